extension Lexer {
  /// A string in backquotes: no escapes.
  mutating func rawString() -> Token.Kind {
    let start = position
    position += 1
    while let byte = peek() {
      position += 1
      if byte == UInt8(ascii: "`") { return Lexer.literal(Array(text[(start + 1)..<(position - 1)])) }
    }
    return .invalid("unterminated raw string")
  }

  /// A string in single or double quotes with Go's escapes.
  mutating func quotedString(_ quote: UInt8) -> Token.Kind {
    position += 1
    var bytes: [UInt8] = []
    while let byte = peek() {
      position += 1
      switch byte {
      case quote: return Lexer.literal(bytes)
      case UInt8(ascii: "\n"): return .invalid("unterminated quoted string")
      case UInt8(ascii: "\\"):
        if let message = escape(quote, into: &bytes) { return .invalid(message) }
      default: bytes.append(byte)
      }
    }
    return .invalid("unterminated quoted string")
  }

  /// Reads what follows a backslash. Returns a message when it is no escape.
  private mutating func escape(_ quote: UInt8, into bytes: inout [UInt8]) -> String? {
    guard let byte = peek() else { return "escape sequence not terminated" }
    position += 1
    switch Character(UnicodeScalar(byte)) {
    case "a": bytes.append(7)
    case "b": bytes.append(8)
    case "f": bytes.append(12)
    case "n": bytes.append(10)
    case "r": bytes.append(13)
    case "t": bytes.append(9)
    case "v": bytes.append(11)
    case "\\": bytes.append(byte)
    case "'", "\"":
      guard byte == quote else { return Lexer.unknownEscape(byte) }
      bytes.append(byte)
    case "x": return codePoint(digits: 2, base: 16, isByte: true, into: &bytes)
    case "u": return codePoint(digits: 4, base: 16, isByte: false, into: &bytes)
    case "U": return codePoint(digits: 8, base: 16, isByte: false, into: &bytes)
    case "0"..."7":
      position -= 1
      return codePoint(digits: 3, base: 8, isByte: true, into: &bytes)
    default: return Lexer.unknownEscape(byte)
    }
    return nil
  }

  private static func unknownEscape(_ byte: UInt8) -> String {
    let hex = String(byte, radix: 16, uppercase: true)
    return "unknown escape sequence U+\(String(repeating: "0", count: 4 - hex.count))\(hex) "
      + "'\(Character(UnicodeScalar(byte)))'"
  }

  private mutating func codePoint(digits: Int, base: UInt32, isByte: Bool, into bytes: inout [UInt8]) -> String? {
    var value: UInt32 = 0
    for _ in 0..<digits {
      guard let byte = peek(), let digit = Lexer.hexValue(byte), UInt32(digit) < base else {
        return "illegal character in escape sequence"
      }
      position += 1
      let (product, overflow) = value.multipliedReportingOverflow(by: base)
      if overflow { return "escape sequence is an invalid Unicode code point" }
      value = product + UInt32(digit)
    }
    if isByte {
      guard value <= 255 else { return "escape sequence is an invalid byte" }
      bytes.append(UInt8(value))
      return nil
    }
    guard let scalar = Unicode.Scalar(value) else { return "escape sequence is an invalid Unicode code point" }
    bytes.append(contentsOf: Array(String(Character(scalar)).utf8))
    return nil
  }

  private static func literal(_ bytes: [UInt8]) -> Token.Kind {
    if let valid = String(validating: bytes, as: UTF8.self) { return .string(StringLiteral(value: valid)) }
    return .string(StringLiteral(value: String(decoding: bytes, as: UTF8.self), invalidBytes: bytes))
  }
}
