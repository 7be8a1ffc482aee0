extension Parser {
  /// Words that are numbers or belong to operators, and so cannot name a metric without quotes.
  private static let reserved: Set<String> = [
    "on", "ignoring", "group_left", "group_right", "bool", "atan2",
  ]

  func isReserved(_ word: String) -> Bool { Parser.reserved.contains(word.lowercased()) }

  mutating func primary() throws -> Node {
    let start = current.range.start
    switch current.kind {
    case .number(let value):
      advance()
      return Node(expression: .number(NumberLiteral(value: value, range: range(from: start))), height: 1)
    case .duration(let milliseconds):
      advance()
      let literal = NumberLiteral(value: Double(milliseconds) / 1000, isDuration: true, range: range(from: start))
      return Node(expression: .number(literal), height: 1)
    case .string(var literal):
      advance()
      literal.range = range(from: start)
      return Node(expression: .string(literal), height: 1)
    case .leftParenthesis:
      advance()
      let inner = try expression(atLeast: 1)
      try expect(.rightParenthesis)
      try checkHeight(inner.height + 1, at: start)
      return Node(expression: .parenthesized(inner.expression, range(from: start)), height: inner.height + 1)
    case .leftBrace:
      return Node(expression: .selector(try selector(name: nil, from: start)), height: 1)
    case .word(let word):
      return try named(word)
    default:
      throw unexpected("")
    }
  }

  private mutating func named(_ word: String) throws -> Node {
    let start = current.range.start
    let lower = word.lowercased()
    if lower == "inf" || lower == "nan" {
      advance()
      let value = lower == "inf" ? Double.infinity : Double.nan
      return Node(expression: .number(NumberLiteral(value: value, range: range(from: start))), height: 1)
    }
    if isReserved(word) { throw unexpected("") }
    let following = tokens[min(index + 1, tokens.count - 1)]
    if let operation = AggregationOperator(rawValue: lower) {
      if following.kind == .leftParenthesis { return try aggregation(operation) }
      if case .word(let next) = following.kind, ["by", "without"].contains(next.lowercased()) {
        return try aggregation(operation)
      }
    }
    if following.kind == .leftParenthesis, canNameFunction(word) { return try call(word) }
    advance()
    return Node(expression: .selector(try selector(name: word, from: start)), height: 1)
  }

  /// Whether a word before a parenthesis is a function's name; keywords are metrics even there.
  private func canNameFunction(_ word: String) -> Bool {
    FunctionSignature.named(word) != nil
      || !(word.contains(":") || Token.keywords.contains(word.lowercased())
        || ["and", "or", "unless"].contains(word.lowercased()))
  }

  private mutating func call(_ word: String) throws -> Node {
    let start = current.range.start
    advance()
    let (arguments, height) = try argumentList()
    guard let signature = FunctionSignature.named(word) else {
      throw error("unknown function with name \"\(word)\"", at: start)
    }
    try checkHeight(height + 1, at: start)
    let node = Call(signature: signature, arguments: arguments, range: range(from: start))
    return Node(expression: .call(node), height: height + 1)
  }

  private mutating func argumentList() throws -> ([Expression], Int) {
    try expect(.leftParenthesis)
    var arguments: [Expression] = []
    var height = 0
    while current.kind != .rightParenthesis {
      let argument = try expression(atLeast: 1)
      arguments.append(argument.expression)
      height = max(height, argument.height)
      let comma = current.range.start
      guard take(.comma) else { break }
      if !canBeginExpression {
        if case .invalid = current.kind { throw unexpected("") }
        throw error("trailing commas not allowed in function call args", at: comma)
      }
    }
    try expect(.rightParenthesis)
    return (arguments, height)
  }

  var canBeginExpression: Bool {
    switch current.kind {
    case .number, .duration, .string, .leftParenthesis, .leftBrace, .plus, .minus: true
    case .word(let word): !isReserved(word)
    default: false
    }
  }

  private mutating func aggregation(_ operation: AggregationOperator) throws -> Node {
    let start = current.range.start
    advance()
    var grouping: Grouping?
    aggregations += 1
    if keyword == "by" || keyword == "without" { grouping = try groupingClause() }
    let isGroupedBefore = grouping != nil
    let (arguments, height) = try argumentList()
    aggregations -= 1
    if grouping == nil, keyword == "by" || keyword == "without" { grouping = try groupingClause() }
    let wanted = operation.hasParameter ? 2 : 1
    guard arguments.count == wanted else {
      // Where the grouping may still come, the next word is looked at first.
      if !isGroupedBefore, case .invalid = current.kind { throw unexpected("") }
      let message =
        arguments.isEmpty
        ? "no arguments for aggregate expression provided"
        : "wrong number of arguments for aggregate expression provided, expected \(wanted), got \(arguments.count)"
      throw error(message, at: start)
    }
    try checkHeight(height + 1, at: start)
    let node = Aggregation(
      operation: operation, grouping: grouping ?? Grouping(), parameter: wanted == 2 ? arguments[0] : nil,
      expression: arguments[wanted - 1], range: range(from: start))
    return Node(expression: .aggregation(node), height: height + 1)
  }

  private mutating func groupingClause() throws -> Grouping {
    let isWithout = keyword == "without"
    advance()
    return Grouping(isWithout: isWithout, labels: try labelList("grouping opts"))
  }
}
