/// Cuts an expression's text into tokens.
///
/// Inside braces and brackets a colon is a token of its own; elsewhere it may be part of a metric's name.
struct Lexer {
  let text: [UInt8]
  var position = 0
  var tokens: [Token] = []
  var inBraces = false
  var inBrackets = false
  private var openParentheses = 0
  /// Whether the current brackets have had their colon.
  private var sawColon = false

  init(_ text: [UInt8]) { self.text = text }

  /// All tokens of a text; the last one is `end` or `invalid`.
  static func tokens(of text: [UInt8]) -> [Token] {
    var lexer = Lexer(text)
    while true {
      lexer.skipBlanks()
      let start = lexer.position
      let kind = lexer.next()
      // A parenthesis too many is only noticed behind it.
      let isBehind = lexer.openParentheses < 0
      lexer.tokens.append(
        Token(
          kind: kind, range: SourceRange(start: isBehind ? lexer.position : start, end: max(start, lexer.position)),
          isInBraces: lexer.inBraces))
      switch kind {
      case .end, .invalid: return lexer.tokens
      default: continue
      }
    }
  }

  func peek(_ ahead: Int = 0) -> UInt8? {
    position + ahead < text.count ? text[position + ahead] : nil
  }

  private mutating func skipBlanks() {
    while let byte = peek() {
      switch byte {
      case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\n"), UInt8(ascii: "\r"): position += 1
      case UInt8(ascii: "#"):
        while let next = peek(), next != UInt8(ascii: "\n") { _ = next; position += 1 }
      default: return
      }
    }
  }

  private mutating func next() -> Token.Kind {
    guard let byte = peek() else {
      if inBraces { return .invalid("unexpected end of input inside braces") }
      if openParentheses > 0 { return .invalid("unclosed left parenthesis") }
      if inBrackets { return .invalid("unclosed left bracket") }
      return .end
    }
    if !inBraces, Lexer.isDigit(byte) || (byte == UInt8(ascii: ".") && peek(1).map(Lexer.isDigit) == true) {
      return number()
    }
    if Lexer.isNameStart(byte) || (byte == UInt8(ascii: ":") && !inBraces && !inBrackets) { return word() }
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "'"): return quotedString(byte)
    case UInt8(ascii: "`"): return rawString()
    default: return symbol(byte)
    }
  }

  private mutating func word() -> Token.Kind {
    let start = position
    let colons = !inBraces && !inBrackets
    while let byte = peek(), Lexer.isNameStart(byte) || Lexer.isDigit(byte) || (colons && byte == UInt8(ascii: ":")) {
      position += 1
    }
    return .word(String(decoding: text[start..<position], as: UTF8.self))
  }

  private mutating func symbol(_ byte: UInt8) -> Token.Kind {
    position += 1
    switch Character(UnicodeScalar(byte)) {
    case "(" where !inBraces:
      openParentheses += 1
      return .leftParenthesis
    case ")" where !inBraces:
      openParentheses -= 1
      if openParentheses < 0 { return .invalid("unexpected right parenthesis ')'") }
      return .rightParenthesis
    case "{" where !inBraces:
      inBraces = true
      return .leftBrace
    case "{": return .invalid("unexpected left brace '{'")
    case "}" where inBraces:
      inBraces = false
      return .rightBrace
    case "[" where !inBraces:
      if inBrackets { return .invalid("unexpected left bracket '['") }
      inBrackets = true
      sawColon = false
      return .leftBracket
    case "]" where !inBraces:
      if !inBrackets { return .invalid("unexpected right bracket ']'") }
      inBrackets = false
      return .rightBracket
    case ",": return .comma
    case ":" where !inBraces:
      if !inBrackets || sawColon { return .invalid("unexpected colon ':'") }
      sawColon = true
      return .colon
    case "@" where !inBraces: return .at
    case "=", "!": return equality(byte)
    default: return inBraces ? unexpected(byte) : operation(byte)
    }
  }

  private mutating func pair(_ second: Character, _ kind: Token.Kind, otherwise: Token.Kind) -> Token.Kind {
    guard peek() == second.asciiValue else { return otherwise }
    position += 1
    return kind
  }

  /// `=`, `==`, `!=`, and within braces `=~` and `!~`.
  private mutating func equality(_ byte: UInt8) -> Token.Kind {
    if byte == UInt8(ascii: "=") {
      if peek() == UInt8(ascii: "~") {
        return inBraces
          ? pair("~", .matchesExpression, otherwise: .assign) : .invalid("unexpected character after '=': '~'")
      }
      return inBraces ? .assign : pair("=", .equal, otherwise: .assign)
    }
    if peek() == UInt8(ascii: "=") { return pair("=", .notEqual, otherwise: .end) }
    if inBraces, peek() == UInt8(ascii: "~") { return pair("~", .notMatchesExpression, otherwise: .end) }
    return .invalid("unexpected character after '!'\(inBraces ? " inside braces" : ""): \(character(at: position))")
  }

  private func unexpected(_ byte: UInt8) -> Token.Kind {
    .invalid("unexpected character\(inBraces ? " inside braces" : ""): \(character(at: position - 1))")
  }

  /// A character in single quotes, as messages show it.
  private func character(at place: Int) -> String {
    let rest = String(decoding: text[min(place, text.count)..<min(text.count, place + 4)], as: UTF8.self)
    let spelled = rest.unicodeScalars.first.map { String(Character($0)) } ?? "\u{FFFD}"
    return spelled == "'" || spelled == "\\" ? "'\\\(spelled)'" : "'\(spelled)'"
  }

  private mutating func operation(_ byte: UInt8) -> Token.Kind {
    switch Character(UnicodeScalar(byte)) {
    case "+": return .plus
    case "-": return .minus
    case "*": return .star
    case "/": return .slash
    case "%": return .percent
    case "^": return .caret
    case "<":
      if peek() == UInt8(ascii: "/") { return pair("/", .trimUpper, otherwise: .less) }
      return pair("=", .lessOrEqual, otherwise: .less)
    case ">":
      if peek() == UInt8(ascii: "/") { return pair("/", .trimLower, otherwise: .greater) }
      return pair("=", .greaterOrEqual, otherwise: .greater)
    default: return unexpected(byte)
    }
  }

  static func isDigit(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") }

  static func isNameStart(_ byte: UInt8) -> Bool {
    (byte >= UInt8(ascii: "a") && byte <= UInt8(ascii: "z")) || (byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z"))
      || byte == UInt8(ascii: "_")
  }
}
