/// Go's double-quoted notation of strings, which Prometheus prints label values and strings in.
enum Quoting {
  static func quoted(_ text: String) -> String { quoted(bytes: Array(text.utf8)) }

  /// Quotes bytes that may not be valid UTF-8; invalid ones become `\xhh`.
  static func quoted(bytes: [UInt8]) -> String {
    var out = "\""
    var rest = bytes[...]
    while let byte = rest.first {
      if byte < 0x80 {
        out += ascii(byte)
        rest = rest.dropFirst()
        continue
      }
      let length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2
      if let scalar = String(validating: rest.prefix(length), as: UTF8.self) {
        out += scalar
        rest = rest.dropFirst(length)
      } else {
        out += "\\x" + hex(byte)
        rest = rest.dropFirst()
      }
    }
    return out + "\""
  }

  private static func ascii(_ byte: UInt8) -> String {
    switch byte {
    case UInt8(ascii: "\""): "\\\""
    case UInt8(ascii: "\\"): "\\\\"
    case 7: "\\a"
    case 8: "\\b"
    case 9: "\\t"
    case 10: "\\n"
    case 11: "\\v"
    case 12: "\\f"
    case 13: "\\r"
    case 0..<32, 127: "\\x" + hex(byte)
    default: String(Character(UnicodeScalar(byte)))
    }
  }

  private static func hex(_ byte: UInt8) -> String {
    let digits = Array("0123456789abcdef")
    return String([digits[Int(byte >> 4)], digits[Int(byte & 15)]])
  }

  /// Whether a label name needs no quotes.
  static func isPlainLabelName(_ name: String) -> Bool {
    guard let first = name.utf8.first, Lexer.isNameStart(first) else { return false }
    return name.utf8.allSatisfy { Lexer.isNameStart($0) || Lexer.isDigit($0) }
  }

  /// Whether a metric name needs no quotes.
  static func isPlainMetricName(_ name: String) -> Bool {
    guard let first = name.utf8.first, Lexer.isNameStart(first) || first == UInt8(ascii: ":") else { return false }
    return name.utf8.allSatisfy { Lexer.isNameStart($0) || Lexer.isDigit($0) || $0 == UInt8(ascii: ":") }
  }
}
