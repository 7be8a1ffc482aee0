/// Reads JSON in one pass. The list of a cluster's machines is read twice a cycle; a reader that tries one type after
/// another for each value takes many times as long.
struct JSONReader {
  /// Lists and objects within each other.
  static let maximumDepth = 64

  struct Malformed: Error {}

  private let bytes: UnsafeBufferPointer<UInt8>
  private var index = 0

  static func value(of bytes: [UInt8]) throws(Malformed) -> JSONValue {
    let result = bytes.withUnsafeBufferPointer { buffer -> Result<JSONValue, Malformed> in
      var reader = JSONReader(bytes: buffer)
      do throws(Malformed) {
        let value = try reader.value(depth: 0)
        reader.skipSpace()
        return reader.index == buffer.count ? .success(value) : .failure(Malformed())
      } catch { return .failure(error) }
    }
    return try result.get()
  }

  private init(bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

  // MARK: Values

  private mutating func value(depth: Int) throws(Malformed) -> JSONValue {
    skipSpace()
    guard index < bytes.count, depth <= Self.maximumDepth else { throw Malformed() }
    switch bytes[index] {
    case UInt8(ascii: "{"): return try object(depth: depth)
    case UInt8(ascii: "["): return try list(depth: depth)
    case UInt8(ascii: "\""): return .text(try text())
    case UInt8(ascii: "t"): return try word("true", .flag(true))
    case UInt8(ascii: "f"): return try word("false", .flag(false))
    case UInt8(ascii: "n"): return try word("null", .null)
    default: return try number()
    }
  }

  private mutating func object(depth: Int) throws(Malformed) -> JSONValue {
    index += 1
    var members: [String: JSONValue] = [:]
    if take(UInt8(ascii: "}")) { return .object(members) }
    repeat {
      skipSpace()
      guard index < bytes.count, bytes[index] == UInt8(ascii: "\"") else { throw Malformed() }
      let key = try text()
      guard take(UInt8(ascii: ":")) else { throw Malformed() }
      members[key] = try value(depth: depth + 1)
    } while take(UInt8(ascii: ","))
    guard take(UInt8(ascii: "}")) else { throw Malformed() }
    return .object(members)
  }

  private mutating func list(depth: Int) throws(Malformed) -> JSONValue {
    index += 1
    var elements: [JSONValue] = []
    if take(UInt8(ascii: "]")) { return .list(elements) }
    repeat { elements.append(try value(depth: depth + 1)) } while take(UInt8(ascii: ","))
    guard take(UInt8(ascii: "]")) else { throw Malformed() }
    return .list(elements)
  }

  private mutating func word(_ word: StaticString, _ value: JSONValue) throws(Malformed) -> JSONValue {
    let count = word.utf8CodeUnitCount
    guard index + count <= bytes.count else { throw Malformed() }
    for offset in 0..<count where bytes[index + offset] != word.utf8Start[offset] { throw Malformed() }
    index += count
    return value
  }

  /// A minus, digits without a leading zero, a fraction, an exponent.
  private mutating func number() throws(Malformed) -> JSONValue {
    let start = index
    if peek == UInt8(ascii: "-") { index += 1 }
    let first = peek
    let whole = skipDigits()
    guard whole > 0, whole == 1 || first != UInt8(ascii: "0") else { throw Malformed() }
    var isInteger = true
    if peek == UInt8(ascii: ".") {
      index += 1
      isInteger = false
      guard skipDigits() > 0 else { throw Malformed() }
    }
    if peek == UInt8(ascii: "e") || peek == UInt8(ascii: "E") {
      index += 1
      isInteger = false
      if peek == UInt8(ascii: "+") || peek == UInt8(ascii: "-") { index += 1 }
      guard skipDigits() > 0 else { throw Malformed() }
    }
    let digits = String(decoding: bytes[start..<index], as: UTF8.self)
    if isInteger, let number = Int64(digits) { return .integer(number) }
    guard let number = Double(digits) else { throw Malformed() }
    return .number(number)
  }

  // MARK: Texts

  private mutating func text() throws(Malformed) -> String {
    index += 1
    let start = index
    while index < bytes.count, bytes[index] != UInt8(ascii: "\""), bytes[index] != UInt8(ascii: "\\"),
      bytes[index] >= 32
    {
      index += 1
    }
    guard index < bytes.count, bytes[index] >= 32 else { throw Malformed() }
    if bytes[index] == UInt8(ascii: "\"") {
      defer { index += 1 }
      return String(decoding: bytes[start..<index], as: UTF8.self)
    }
    var unescaped = Array(bytes[start..<index])
    while index < bytes.count {
      let byte = bytes[index]
      index += 1
      switch byte {
      case UInt8(ascii: "\""): return String(decoding: unescaped, as: UTF8.self)
      case UInt8(ascii: "\\"): unescaped += Array(String(Character(try escape())).utf8)
      case 0..<32: throw Malformed()
      default: unescaped.append(byte)
      }
    }
    throw Malformed()
  }

  private mutating func escape() throws(Malformed) -> Unicode.Scalar {
    guard index < bytes.count else { throw Malformed() }
    defer { index += 1 }
    switch bytes[index] {
    case UInt8(ascii: "\""): return "\""
    case UInt8(ascii: "\\"): return "\\"
    case UInt8(ascii: "/"): return "/"
    case UInt8(ascii: "b"): return "\u{8}"
    case UInt8(ascii: "f"): return "\u{c}"
    case UInt8(ascii: "n"): return "\n"
    case UInt8(ascii: "r"): return "\r"
    case UInt8(ascii: "t"): return "\t"
    case UInt8(ascii: "u"): return try codePoint()
    default: throw Malformed()
    }
  }

  /// Four hexadecimal digits, or two times four for what lies beyond; a half of such a pair becomes U+FFFD. Ends on the
  /// last digit.
  private mutating func codePoint() throws(Malformed) -> Unicode.Scalar {
    let first = try fourDigits()
    guard (0xd800..<0xdc00).contains(first) else { return Unicode.Scalar(first) ?? "\u{fffd}" }
    let mark = index
    guard index + 2 < bytes.count, bytes[index + 1] == UInt8(ascii: "\\"), bytes[index + 2] == UInt8(ascii: "u") else {
      return "\u{fffd}"
    }
    index += 2
    let second = try fourDigits()
    guard (0xdc00..<0xe000).contains(second) else {
      index = mark
      return "\u{fffd}"
    }
    return Unicode.Scalar(0x10000 + (first - 0xd800) << 10 + (second - 0xdc00)) ?? "\u{fffd}"
  }

  private mutating func fourDigits() throws(Malformed) -> UInt32 {
    guard index + 4 < bytes.count else { throw Malformed() }
    var number: UInt32 = 0
    for offset in 1...4 {
      let byte = bytes[index + offset]
      guard let digit = Character(Unicode.Scalar(byte)).hexDigitValue, byte < 128 else { throw Malformed() }
      number = number << 4 | UInt32(digit)
    }
    index += 4
    return number
  }

  // MARK: Bytes

  private var peek: UInt8? { index < bytes.count ? bytes[index] : nil }

  private mutating func skipSpace() {
    while index < bytes.count {
      switch bytes[index] {
      case 32, 9, 10, 13: index += 1
      default: return
      }
    }
  }

  private mutating func skipDigits() -> Int {
    let start = index
    while index < bytes.count, (48...57).contains(bytes[index]) { index += 1 }
    return index - start
  }

  /// Whether this byte comes next, space aside; then it is behind us.
  private mutating func take(_ byte: UInt8) -> Bool {
    skipSpace()
    guard peek == byte else { return false }
    index += 1
    return true
  }
}
