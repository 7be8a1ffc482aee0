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

  /// How the token is called in messages.
  var description: String {
    switch kind {
    case .word(let text): "\"\(text)\""
    case .number(let value): "number \"\(FloatFormat.decimal(value))\""
    case .duration(let value): "duration \"\(DurationFormat.text(milliseconds: value))\""
    case .string(let literal): "string \(Quoting.quoted(literal.value))"
    case .leftParenthesis: "\"(\""
    case .rightParenthesis: "\")\""
    case .leftBrace: "\"{\""
    case .rightBrace: "\"}\""
    case .leftBracket: "\"[\""
    case .rightBracket: "\"]\""
    case .comma: "\",\""
    case .colon: "\":\""
    case .at: "\"@\""
    case .assign: "\"=\""
    case .matchesExpression: "\"=~\""
    case .notMatchesExpression: "\"!~\""
    case .plus: "\"+\""
    case .minus: "\"-\""
    case .star: "\"*\""
    case .slash: "\"/\""
    case .percent: "\"%\""
    case .caret: "\"^\""
    case .trimUpper: "\"</\""
    case .trimLower: "\">/\""
    case .equal: "\"==\""
    case .notEqual: "\"!=\""
    case .less: "\"<\""
    case .lessOrEqual: "\"<=\""
    case .greater: "\">\""
    case .greaterOrEqual: "\">=\""
    case .invalid(let message): message
    case .end: "end of input"
    }
  }
}

/// A string of the expression. Escapes such as `\xc5` can spell bytes that are no UTF-8; they are kept beside the text.
struct StringLiteral: Hashable, Sendable {
  var value: String
  /// The bytes as spelled, only when they are not valid UTF-8.
  var invalidBytes: [UInt8]?
  var range = SourceRange.none
}
