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
    if following.kind == .leftParenthesis { return try call(word) }
    advance()
    return Node(expression: .selector(try selector(name: word, from: start)), height: 1)
  }

  private mutating func call(_ word: String) throws -> Node {
    let start = current.range.start
    guard let signature = FunctionSignature.named(word) else {
      throw error("unknown function with name \"\(word)\"", at: start)
    }
    advance()
    let (arguments, height) = try argumentList("")
    try checkHeight(height + 1, at: start)
    let node = Call(signature: signature, arguments: arguments, range: range(from: start))
    return Node(expression: .call(node), height: height + 1)
  }

  private mutating func argumentList(_ context: String) throws -> ([Expression], Int) {
    try expect(.leftParenthesis, context)
    var arguments: [Expression] = []
    var height = 0
    while current.kind != .rightParenthesis {
      let argument = try expression(atLeast: 1)
      arguments.append(argument.expression)
      height = max(height, argument.height)
      let comma = current.range.start
      guard take(.comma) else { break }
      if current.kind == .rightParenthesis {
        throw error("trailing commas not allowed in function call args", at: comma)
      }
    }
    try expect(.rightParenthesis, context)
    return (arguments, height)
  }

  private mutating func aggregation(_ operation: AggregationOperator) throws -> Node {
    let start = current.range.start
    advance()
    var grouping: Grouping?
    if keyword == "by" || keyword == "without" { grouping = try groupingClause() }
    let (arguments, height) = try argumentList("aggregation")
    if grouping == nil, keyword == "by" || keyword == "without" { grouping = try groupingClause() }
    let wanted = operation.hasParameter ? 2 : 1
    guard arguments.count == wanted else {
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
