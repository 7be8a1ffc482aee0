/// Why a body is no JSON.
struct ManifestSyntaxError: Error {
  var message: String
}

/// Reads JSON (RFC 8259). What is nested deeper than `maximumDepth` is refused.
struct ManifestParser {
  static let maximumDepth = 100

  private let bytes: [UInt8]
  private var position = 0

  private init(_ bytes: [UInt8]) { self.bytes = bytes }

  static func parse(_ bytes: [UInt8]) throws(ManifestSyntaxError) -> ManifestValue {
    var parser = ManifestParser(bytes)
    parser.skipSpace()
    let value = try parser.value(depth: 0)
    parser.skipSpace()
    guard parser.position == bytes.count else { throw parser.error("text after the value") }
    return value
  }

  private func error(_ what: String) -> ManifestSyntaxError {
    ManifestSyntaxError(message: "invalid JSON at byte \(position): \(what)")
  }

  private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

  private mutating func skipSpace() {
    while let byte = next, byte == 32 || byte == 10 || byte == 13 || byte == 9 { position += 1 }
  }

  private mutating func take(_ character: Unicode.Scalar) -> Bool {
    guard next == UInt8(ascii: character) else { return false }
    position += 1
    return true
  }

  private mutating func value(depth: Int) throws(ManifestSyntaxError) -> ManifestValue {
    guard depth < Self.maximumDepth else { throw error("nested deeper than \(Self.maximumDepth)") }
    switch next {
    case UInt8(ascii: "{"): return try object(depth: depth)
    case UInt8(ascii: "["): return try array(depth: depth)
    case UInt8(ascii: "\""): return .text(try string())
    case UInt8(ascii: "t"): return try word("true", .bool(true))
    case UInt8(ascii: "f"): return try word("false", .bool(false))
    case UInt8(ascii: "n"): return try word("null", .null)
    case nil: throw error("the text ends too early")
    default: return try number()
    }
  }

  private mutating func word(_ word: String, _ value: ManifestValue) throws(ManifestSyntaxError) -> ManifestValue {
    guard bytes[position...].starts(with: word.utf8) else { throw error("an unknown word") }
    position += word.utf8.count
    return value
  }

  private mutating func object(depth: Int) throws(ManifestSyntaxError) -> ManifestValue {
    position += 1
    var fields = ManifestValue.Fields()
    skipSpace()
    if take("}") { return .object(fields) }
    repeat {
      skipSpace()
      guard next == UInt8(ascii: "\"") else { throw error("a field needs a name in quotes") }
      let key = try string()
      skipSpace()
      guard take(":") else { throw error("a colon is missing") }
      skipSpace()
      fields[key] = try value(depth: depth + 1)
      skipSpace()
    } while take(",")
    guard take("}") else { throw error("an object does not end") }
    return .object(fields)
  }

  private mutating func array(depth: Int) throws(ManifestSyntaxError) -> ManifestValue {
    position += 1
    var values: [ManifestValue] = []
    skipSpace()
    if take("]") { return .list(values) }
    repeat {
      skipSpace()
      values.append(try value(depth: depth + 1))
      skipSpace()
    } while take(",")
    guard take("]") else { throw error("a list does not end") }
    return .list(values)
  }

  private mutating func number() throws(ManifestSyntaxError) -> ManifestValue {
    let start = position
    while let byte = next, "+-.eE0123456789".utf8.contains(byte) { position += 1 }
    let text = String(decoding: bytes[start..<position], as: UTF8.self)
    if let value = Int64(text) { return .integer(value) }
    guard let value = Double(text), value.isFinite, !text.isEmpty else { throw error("an unexpected character") }
    return .number(value)
  }

  private mutating func string() throws(ManifestSyntaxError) -> String {
    position += 1
    var content: [UInt8] = []
    while let byte = next {
      position += 1
      switch byte {
      case UInt8(ascii: "\""):
        guard let text = String(validating: content, as: UTF8.self) else { throw error("no valid UTF-8") }
        return text
      case UInt8(ascii: "\\"): try escape(into: &content)
      case 0..<32: throw error("a control character in a text")
      default: content.append(byte)
      }
    }
    throw error("a text does not end")
  }

  private mutating func escape(into content: inout [UInt8]) throws(ManifestSyntaxError) {
    guard let byte = next else { throw error("a text does not end") }
    position += 1
    switch byte {
    case UInt8(ascii: "n"): content.append(10)
    case UInt8(ascii: "t"): content.append(9)
    case UInt8(ascii: "r"): content.append(13)
    case UInt8(ascii: "b"): content.append(8)
    case UInt8(ascii: "f"): content.append(12)
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): content.append(byte)
    case UInt8(ascii: "u"):
      var code = try hexadecimal()
      if code & 0xFC00 == 0xD800, bytes[position...].starts(with: "\\u".utf8) {
        position += 2
        let low = try hexadecimal()
        code = 0x10000 + (code & 0x3FF) << 10 + (low & 0x3FF)
      }
      content += String(Unicode.Scalar(code) ?? "\u{FFFD}").utf8
    default: throw error("an unknown escape")
    }
  }

  private mutating func hexadecimal() throws(ManifestSyntaxError) -> UInt32 {
    guard position + 4 <= bytes.count,
      let code = UInt32(String(decoding: bytes[position..<position + 4], as: UTF8.self), radix: 16)
    else { throw error("four hexadecimal digits are needed") }
    position += 4
    return code
  }
}
