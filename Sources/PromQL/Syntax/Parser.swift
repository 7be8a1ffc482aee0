/// Reads an expression by precedence climbing.
///
/// The depth of nesting is bounded, counted over recursion and over chains of operators alike, because whatever walks
/// the tree later recurses as deeply as the tree is high.
struct Parser {
  /// The most levels that an expression may have.
  static let depthLimit = 400

  let text: [UInt8]
  let tokens: [Token]
  var index = 0
  var depth = 0
  /// How many aggregations enclose the current token.
  var aggregations = 0
  /// Where a duration is being read, and what may stand there, as messages tell it.
  var durationPlace = (context: "offset", expected: "number, duration, step(), or range()")

  init(_ text: [UInt8]) {
    self.text = text
    tokens = Lexer.tokens(of: text)
  }

  /// Reads and type-checks a whole text.
  /// - Throws: `PromQLError` of code `bad_data` with the position.
  static func expression(_ text: String) throws -> Expression {
    var parser = Parser(Array(text.utf8))
    if case .end = parser.current.kind {
      throw PromQLError(.badData, "no expression found in input", at: SourcePosition(line: 1, column: 1))
    }
    let expression = try parser.expression(atLeast: 1).expression
    guard case .end = parser.current.kind else { throw parser.unexpected("") }
    var checker = TypeChecker(text: parser.text)
    _ = try checker.check(expression)
    return expression
  }

  /// An expression with the height of its tree.
  struct Node {
    var expression: Expression
    var height: Int
  }

  var current: Token { tokens[index] }
  /// Where the token before the current one ended.
  var lastEnd: Int { index > 0 ? tokens[index - 1].range.end : 0 }

  mutating func advance() {
    if index + 1 < tokens.count { index += 1 }
  }

  mutating func take(_ kind: Token.Kind) -> Bool {
    guard current.kind == kind else { return false }
    advance()
    return true
  }

  mutating func expect(_ kind: Token.Kind, _ context: String = "", expected: String = "") throws {
    guard take(kind) else { throw unexpected(context, expected: expected) }
  }

  /// The current word in lower case, or `nil` when the current token is none.
  var keyword: String? {
    guard case .word(let word) = current.kind else { return nil }
    return word.lowercased()
  }

  mutating func takeKeyword(_ name: String) -> Bool {
    guard keyword == name else { return false }
    advance()
    return true
  }

  func unexpected(_ context: String, expected: String = "") -> PromQLError {
    if case .invalid(let message) = current.kind { return error(message) }
    let context = context.isEmpty && aggregations > 0 ? "aggregation" : context
    let place = context.isEmpty ? "" : " in \(context)"
    let wanted = expected.isEmpty ? "" : ", expected \(expected)"
    let spelled = String(decoding: text[current.range.start..<current.range.end], as: UTF8.self)
    return error("unexpected \(current.description(spelled))\(place)\(wanted)")
  }

  func error(_ message: String, at offset: Int? = nil) -> PromQLError {
    PromQLError(.badData, message, at: .at(offset ?? current.range.start, in: text))
  }

  func range(from start: Int) -> SourceRange { SourceRange(start: start, end: lastEnd) }

  func checkHeight(_ height: Int, at start: Int) throws {
    if height > Parser.depthLimit {
      throw error("expression is nested more than \(Parser.depthLimit) levels deep; split it up", at: start)
    }
  }

  mutating func expression(atLeast minimum: Int) throws -> Node {
    depth += 1
    defer { depth -= 1 }
    try checkHeight(depth, at: current.range.start)
    var left = try unary()
    while let operation = binaryOperator(), operation.precedence >= minimum {
      let start = left.expression.range.start
      let place = current.range
      advance()
      var node = BinaryExpression(operation: operation, left: left.expression, right: left.expression)
      node.operatorRange = place
      try modifiers(of: &node)
      let right = try expression(atLeast: operation.precedence + (operation.isRightAssociative ? 0 : 1))
      node.right = right.expression
      node.range = range(from: start)
      let height = max(left.height, right.height) + 1
      try checkHeight(height, at: start)
      left = Node(expression: .binary(node), height: height)
    }
    return left
  }

  private func binaryOperator() -> BinaryOperator? {
    switch current.kind {
    case .plus: .add
    case .minus: .subtract
    case .star: .multiply
    case .slash: .divide
    case .percent: .modulo
    case .caret: .power
    case .equal: .equal
    case .notEqual: .notEqual
    case .less: .less
    case .lessOrEqual: .lessOrEqual
    case .greater: .greater
    case .greaterOrEqual: .greaterOrEqual
    case .trimUpper: .trimUpper
    case .trimLower: .trimLower
    case .word:
      switch keyword {
      case "and": .and
      case "or": .or
      case "unless": .unless
      case "atan2": .atan2
      default: nil
      }
    default: nil
    }
  }

  private mutating func unary() throws -> Node {
    let start = current.range.start
    let isNegation = current.kind == .minus
    guard isNegation || current.kind == .plus else { return try postfix() }
    advance()
    let operand = try expression(atLeast: BinaryOperator.unaryPrecedence)
    if case .number(var literal) = operand.expression {
      if isNegation { literal.value = -literal.value }
      literal.range = range(from: start)
      return Node(expression: .number(literal), height: operand.height)
    }
    let node = UnaryExpression(isNegation: isNegation, operand: operand.expression, range: range(from: start))
    try checkHeight(operand.height + 1, at: start)
    return Node(expression: .unary(node), height: operand.height + 1)
  }

  /// `bool`, `on`/`ignoring`, `group_left`/`group_right` and `fill…` after an operator.
  private mutating func modifiers(of node: inout BinaryExpression) throws {
    if takeKeyword("bool") { node.returnsBool = true }
    if keyword == "on" || keyword == "ignoring" {
      node.matching.isOn = keyword == "on"
      advance()
      node.matching.labels = try labelList("grouping opts")
      if keyword == "group_left" || keyword == "group_right" {
        node.matching.cardinality = keyword == "group_left" ? .manyToOne : .oneToMany
        advance()
        if current.kind == .leftParenthesis {
          node.matching.included = try labelList("grouping opts")
        } else if !canBeginExpression {
          throw unexpected("grouping opts", expected: "\"(\"")
        }
      }
    }
    try fillModifiers(of: &node)
  }

  private mutating func fillModifiers(of node: inout BinaryExpression) throws {
    while let word = keyword, word == "fill" || word == "fill_left" || word == "fill_right",
      tokens[index + 1].kind == .leftParenthesis
    {
      let start = current.range.start
      advance()
      advance()
      let value = try expression(atLeast: 1).expression
      guard case .number(let literal) = value else { throw error("fill value must be a number", at: start) }
      try expect(.rightParenthesis, "fill modifier", expected: "\")\"")
      if word != "fill_right" { node.matching.fillLeft = literal.value }
      if word != "fill_left" { node.matching.fillRight = literal.value }
    }
  }

  /// `(name, "quoted name", …)`, possibly empty, with an optional comma at the end.
  mutating func labelList(_ context: String) throws -> [String] {
    try expect(.leftParenthesis, context, expected: "\"(\"")
    var labels: [String] = []
    while current.kind != .rightParenthesis {
      switch current.kind {
      case .word(let name)
      where Quoting.isPlainLabelName(name) && !["inf", "nan", "without"].contains(name.lowercased()):
        labels.append(name)
      case .string(let literal):
        if literal.value.isEmpty || literal.invalidBytes != nil {
          throw error("invalid label name for grouping: \(Quoting.quoted(literal.value))")
        }
        labels.append(literal.value)
      default: throw unexpected(context, expected: "label")
      }
      advance()
      if !take(.comma) { break }
    }
    try expect(.rightParenthesis, context, expected: "\",\" or \")\"")
    return labels
  }
}
