extension Lexer {
  /// A number in decimal, hexadecimal or (with a leading zero) octal notation, or a duration such as `1h30m`.
  mutating func number() -> Token.Kind {
    let start = position
    if peek() == UInt8(ascii: "0"), let x = peek(1), x == UInt8(ascii: "x") || x == UInt8(ascii: "X") {
      return hexadecimal(from: start)
    }
    accept { Lexer.isDigit($0) || $0 == UInt8(ascii: "_") }
    if let unit = peek(), Lexer.isDurationUnit(unit) { return duration(from: start) }
    if peek() == UInt8(ascii: ".") {
      position += 1
      accept { Lexer.isDigit($0) || $0 == UInt8(ascii: "_") }
    }
    if let e = peek(), e == UInt8(ascii: "e") || e == UInt8(ascii: "E") {
      position += 1
      if let sign = peek(), sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") { position += 1 }
      accept(Lexer.isDigit)
    }
    return finish(from: start) { Lexer.decimalValue($0) }
  }

  private mutating func hexadecimal(from start: Int) -> Token.Kind {
    position += 2
    accept { Lexer.hexValue($0) != nil || $0 == UInt8(ascii: "_") }
    return finish(from: start) { digits in
      guard Lexer.underscoresFit(digits, hexadecimal: true) else { return nil }
      let plain = digits.dropFirst(2).filter { $0 != UInt8(ascii: "_") }
      return Int64(String(decoding: plain, as: UTF8.self), radix: 16).map { Double($0) }
    }
  }

  private mutating func finish(from start: Int, _ value: (ArraySlice<UInt8>) -> Double?) -> Token.Kind {
    let digits = text[start..<position]
    let isEnd = peek().map { !Lexer.isNameStart($0) && !Lexer.isDigit($0) } ?? true
    guard isEnd, let result = value(digits) else {
      if !isEnd { position += 1 }
      return .invalid("bad number or duration syntax: \"\(String(decoding: text[start..<position], as: UTF8.self))\"")
    }
    return .number(result)
  }

  /// The rest of a duration after its first number.
  private mutating func duration(from start: Int) -> Token.Kind {
    var isWellFormed = true
    position += 1
    if peek() == UInt8(ascii: "s") { position += 1 }
    while let byte = peek(), Lexer.isDigit(byte) {
      accept(Lexer.isDigit)
      guard let unit = peek(), Lexer.isDurationUnit(unit), unit != UInt8(ascii: "y") else {
        isWellFormed = false
        break
      }
      position += 1
      if peek() == UInt8(ascii: "s") { position += 1 }
    }
    if isWellFormed, let byte = peek(), Lexer.isNameStart(byte) || Lexer.isDigit(byte) {
      isWellFormed = false
      position += 1
    }
    let spelled = text[start..<position]
    let quoted = Quoting.quoted(bytes: Array(spelled))
    guard isWellFormed else { return .invalid("bad number or duration syntax: \(quoted)") }
    guard let milliseconds = DurationFormat.milliseconds(spelled) else {
      return .invalid("not a valid duration string: \(quoted)")
    }
    return .duration(milliseconds)
  }

  private mutating func accept(_ fits: (UInt8) -> Bool) {
    while let byte = peek(), fits(byte) { position += 1 }
  }

  /// The value of a decimal (or octal) literal; `nil` when malformed or too large.
  private static func decimalValue(_ digits: ArraySlice<UInt8>) -> Double? {
    guard underscoresFit(digits, hexadecimal: false) else { return nil }
    let plain = digits.filter { $0 != UInt8(ascii: "_") }
    let isOctal =
      plain.count > 1 && plain.first == UInt8(ascii: "0")
      && plain.allSatisfy { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "7") }
    if isOctal { return plain.reduce(0.0) { $0 * 8 + Double($1 - UInt8(ascii: "0")) } }
    var spelled = String(decoding: plain, as: UTF8.self)
    if spelled.hasSuffix(".") { spelled.removeLast() }
    spelled = spelled.replacing(".e", with: "e").replacing(".E", with: "e")
    if spelled.hasPrefix(".") { spelled = "0" + spelled }
    return Double(spelled).flatMap { $0.isFinite ? $0 : nil }
  }

  /// Underscores may only stand between digits (or after the prefix `0x`).
  private static func underscoresFit(_ digits: ArraySlice<UInt8>, hexadecimal: Bool) -> Bool {
    let list = Array(digits)
    for (index, byte) in list.enumerated() where byte == UInt8(ascii: "_") {
      guard index > 0, index + 1 < list.count else { return false }
      let before = list[index - 1]
      let after = list[index + 1]
      let isDigitBefore = hexadecimal ? (hexValue(before) != nil || index == 2) : isDigit(before)
      let isDigitAfter = hexadecimal ? hexValue(after) != nil : isDigit(after)
      guard isDigitBefore, isDigitAfter else { return false }
    }
    return true
  }

  static func hexValue(_ byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
    default: nil
    }
  }

  private static func isDurationUnit(_ byte: UInt8) -> Bool {
    switch Character(UnicodeScalar(byte)) {
    case "y", "w", "d", "h", "m", "s": true
    default: false
    }
  }
}
