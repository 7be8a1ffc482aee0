/// Reads JSON by pulling: values come in the text's order, and what nobody asks for is stepped over without being built.
///
/// A list of pods is megabytes, of which a tenth is of interest; so nothing is allocated but the texts that are kept.
/// Mistakes are remembered instead of thrown: after the first one every call answers as at the end of its container, and
/// `isSound` is false. The bytes must outlive the reader. Numbers beyond `Int64` and `Double` texts are the caller's.
struct JSONPull {
  private let bytes: UnsafeBufferPointer<UInt8>
  private(set) var position = 0
  private(set) var isSound = true
  /// Shares what comes in many objects; `nil`: nothing is shared.
  let pools: DecodingPools?

  init(_ bytes: UnsafeBufferPointer<UInt8>, pools: DecodingPools? = nil) {
    self.bytes = bytes
    self.pools = pools
  }

  /// The bytes of the value that begins here, which is stepped over.
  mutating func raw() -> UnsafeBufferPointer<UInt8> {
    skipSpace()
    let start = position
    skip()
    return slice(from: start)
  }

  /// An object's key as it stands in the text.
  struct Key {
    fileprivate let bytes: UnsafeBufferPointer<UInt8>

    var text: String { String(decoding: bytes, as: UTF8.self) }

    static func ~= (pattern: StaticString, key: Key) -> Bool {
      guard pattern.utf8CodeUnitCount == key.bytes.count else { return false }
      for index in 0..<key.bytes.count where pattern.utf8Start[index] != key.bytes[index] { return false }
      return true
    }
  }

  /// Bytes of the whole text from `start` to where the reader stands; none after a mistake.
  private func slice(from start: Int) -> UnsafeBufferPointer<UInt8> {
    guard isSound else { return UnsafeBufferPointer(start: nil, count: 0) }
    return UnsafeBufferPointer(rebasing: bytes[start..<position])
  }

  /// Whether nothing but space is left.
  mutating func isAtEnd() -> Bool {
    skipSpace()
    return position == bytes.count
  }

  // MARK: Containers

  /// Steps into an object; false for `null`, and for anything else, which is stepped over.
  mutating func enterObject() -> Bool { enter(UInt8(ascii: "{")) }

  /// Steps into an array; false for `null`, and for anything else, which is stepped over.
  mutating func enterArray() -> Bool { enter(UInt8(ascii: "[")) }

  private mutating func enter(_ sign: UInt8) -> Bool {
    guard let next = peek() else { return false }
    guard next == sign else {
      skip()
      return false
    }
    position += 1
    return true
  }

  /// The next key; its value must be read or skipped before the next call. `nil` after the last, out of the object.
  mutating func nextKey() -> Key? {
    guard var next = peek() else { return nil }
    if next == UInt8(ascii: ",") {
      position += 1
      guard let after = peek() else { return nil }
      next = after
    }
    if next == UInt8(ascii: "}") {
      position += 1
      return nil
    }
    guard next == UInt8(ascii: "\""), let range = stringRange()?.range else {
      fail()
      return nil
    }
    guard peek() == UInt8(ascii: ":") else {
      fail()
      return nil
    }
    position += 1
    return Key(bytes: UnsafeBufferPointer(rebasing: bytes[range]))
  }

  /// Whether another element follows, at which the reader then stands. False after the last, out of the array.
  mutating func nextElement() -> Bool {
    guard var next = peek() else { return false }
    if next == UInt8(ascii: ",") {
      position += 1
      guard let after = peek() else { return false }
      next = after
    }
    if next == UInt8(ascii: "]") {
      position += 1
      return false
    }
    return true
  }

  // MARK: Values

  /// A text; `nil` for `null` and for anything else, which is stepped over.
  /// - Parameter isShared: for texts that come in many objects, such as names of namespaces.
  mutating func text(isShared: Bool = false) -> String? {
    guard peek() == UInt8(ascii: "\"") else {
      skip()
      return nil
    }
    guard let (range, isPlain) = stringRange() else { return nil }
    let content = UnsafeBufferPointer(rebasing: bytes[range])
    if isPlain { return (isShared ? pools?.texts.text(content) : nil) ?? String(decoding: content, as: UTF8.self) }
    guard let text = JSONEscapes.text(content) else {
      fail()
      return nil
    }
    return text
  }

  /// A whole number; `nil` for anything else, which is stepped over.
  mutating func integer() -> Int? {
    guard let next = peek(), next == UInt8(ascii: "-") || (48...57).contains(next) else {
      skip()
      return nil
    }
    let start = position
    skip()
    return Int(String(decoding: slice(from: start), as: UTF8.self))
  }

  /// True or false; `nil` for anything else, which is stepped over.
  mutating func flag() -> Bool? {
    let next = peek()
    let start = position
    skip()
    guard isSound else { return nil }
    switch next {
    case UInt8(ascii: "t") where position - start == 4: return true
    case UInt8(ascii: "f") where position - start == 5: return false
    default: return nil
    }
  }

  /// The bytes of a text without escapes, or of a number: how quantities come.
  mutating func scalar() -> UnsafeBufferPointer<UInt8>? {
    guard let next = peek() else { return nil }
    if next == UInt8(ascii: "\"") {
      guard let (range, isPlain) = stringRange(), isPlain else { return nil }
      return UnsafeBufferPointer(rebasing: bytes[range])
    }
    let start = position
    skip()
    guard next == UInt8(ascii: "-") || (48...57).contains(next) else { return nil }
    return slice(from: start)
  }

  /// Steps over the value that begins here, whatever it is and however deep.
  mutating func skip() {
    guard let first = peek() else { return }
    switch first {
    case UInt8(ascii: "\""): _ = stringRange()
    case UInt8(ascii: "{"), UInt8(ascii: "["): skipContainer()
    case UInt8(ascii: "}"), UInt8(ascii: "]"), UInt8(ascii: ","), UInt8(ascii: ":"): fail()
    default:
      while position < bytes.count, !Self.endsWord(bytes[position]) { position += 1 }
    }
  }

  private mutating func skipContainer() {
    var depth = 0
    while position < bytes.count {
      switch bytes[position] {
      case UInt8(ascii: "\""):
        guard stringRange() != nil else { return }
        continue
      case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
      case UInt8(ascii: "}"), UInt8(ascii: "]"):
        depth -= 1
        if depth == 0 {
          position += 1
          return
        }
      default: break
      }
      position += 1
    }
    fail()
  }

  private static func endsWord(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: ",") || byte == UInt8(ascii: "}") || byte == UInt8(ascii: "]") || byte <= 32
  }

  // MARK: Bytes

  private mutating func skipSpace() {
    while position < bytes.count, bytes[position] <= 32 { position += 1 }
  }

  private mutating func peek() -> UInt8? {
    skipSpace()
    guard position < bytes.count else {
      fail()
      return nil
    }
    return bytes[position]
  }

  mutating func fail() {
    isSound = false
    position = bytes.count
  }

  /// What stands between the quotes, and whether it holds no escape. The reader stands behind the closing quote.
  private mutating func stringRange() -> (range: Range<Int>, isPlain: Bool)? {
    let start = position + 1
    var index = start
    var isPlain = true
    while index < bytes.count {
      let byte = bytes[index]
      if byte == UInt8(ascii: "\"") {
        position = index + 1
        return (start..<index, isPlain)
      }
      if byte == UInt8(ascii: "\\") {
        isPlain = false
        index += 1
      }
      index += 1
    }
    fail()
    return nil
  }
}
