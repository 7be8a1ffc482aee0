/// One word of an expression's text.
struct Token: Sendable {
  enum Kind: Sendable, Equatable {
    /// A name or keyword, as written. May contain colons outside of braces and brackets.
    case word(String)
    case number(Double)
    /// A duration literal in milliseconds.
    case duration(Int64)
    case string(StringLiteral)
    case leftParenthesis, rightParenthesis
    case leftBrace, rightBrace
    case leftBracket, rightBracket
    case comma, colon, at
    /// `=` as it stands in matchers.
    case assign
    case matchesExpression
    case notMatchesExpression
    case plus, minus, star, slash, percent, caret
    case trimUpper, trimLower
    case equal, notEqual, less, lessOrEqual, greater, greaterOrEqual
    /// Text that is no token; the message says why. Always the last token.
    case invalid(String)
    case end
  }

  var kind: Kind
  var range: SourceRange
  /// Whether it stands in the braces of a selector, where no word has a meaning of its own.
  var isInBraces = false

  static let keywords: Set<String> = [
    "offset", "smoothed", "anchored", "by", "without", "on", "ignoring", "group_left", "group_right", "bool", "start",
    "end", "step", "range", "fill", "fill_left", "fill_right",
  ]

  /// How the token is called in messages; `spelled` is its text.
  func description(_ spelled: String) -> String {
    switch kind {
    case .end: return "end of input"
    case .invalid(let message): return message
    case .word:
      if isInBraces { return "identifier \(Quoting.quoted(spelled))" }
      let lower = spelled.lowercased()
      if Token.keywords.contains(lower) { return "<\(spelled)>" }
      if AggregationOperator(rawValue: lower) != nil { return "<aggr:\(spelled)>" }
      if ["and", "or", "unless", "atan2"].contains(lower) { return "<op:\(spelled)>" }
      if lower == "inf" || lower == "nan" { return "number \(Quoting.quoted(spelled))" }
      return "\(spelled.contains(":") ? "metric identifier" : "identifier") \(Quoting.quoted(spelled))"
    case .number: return "number \(Token.short(spelled))"
    case .duration: return "duration \(Token.short(spelled))"
    case .string: return "string \(Token.short(spelled))"
    case .leftParenthesis, .rightParenthesis, .leftBrace, .rightBrace, .leftBracket, .rightBracket, .comma, .colon,
      .assign:
      return Quoting.quoted(spelled)
    default: return "<op:\(spelled)>"
    }
  }

  /// Long texts are cut.
  private static func short(_ spelled: String) -> String {
    guard spelled.utf8.count > 10 else { return Quoting.quoted(spelled) }
    return Quoting.quoted(String(spelled.unicodeScalars.prefix(10).reduce(into: "") { $0.unicodeScalars.append($1) }))
      + "..."
  }
}

/// A string of the expression. Escapes such as `\xc5` can spell bytes that are no UTF-8; they are kept beside the text.
struct StringLiteral: Hashable, Sendable {
  var value: String
  /// The bytes as spelled, only when they are not valid UTF-8.
  var invalidBytes: [UInt8]?
  var range = SourceRange.none
}
