import TimeSeries

extension Parser {
  /// The rest of a selector after its name, if it has one.
  mutating func selector(name: String?, from start: Int) throws -> VectorSelector {
    var selector = VectorSelector(matchers: [], name: name ?? "")
    if current.kind == .leftBrace { try matchers(into: &selector) }
    selector.range = range(from: start)
    if !selector.name.isEmpty {
      if selector.matchers.contains(where: { $0.name == Labels.metricName }) {
        let other = selector.matchers.first { $0.name == Labels.metricName }?.value ?? ""
        throw error(
          "metric name must not be set twice: \(Quoting.quoted(selector.name)) or \(Quoting.quoted(other))", at: start)
      }
      selector.matchers.append(try matcher(Labels.metricName, .equal, selector.name, at: start))
    }
    let names = selector.matchers.filter { $0.name == Labels.metricName && $0.operation == .equal }
    if names.count > 1 {
      let spelled = names.prefix(2).map { Quoting.quoted($0.value) }.joined(separator: " or ")
      throw error("metric name must not be set twice: \(spelled)", at: start)
    }
    return selector
  }

  private mutating func matchers(into selector: inout VectorSelector) throws {
    advance()
    while current.kind != .rightBrace {
      try matcher(into: &selector)
      if !take(.comma) { break }
    }
    try expect(.rightBrace, "label matching", expected: "\",\" or \"}\"")
  }

  private mutating func matcher(into selector: inout VectorSelector) throws {
    let start = current.range.start
    let name: String
    var isQuoted = false
    switch current.kind {
    case .word(let word): name = word
    case .string(let literal):
      if literal.invalidBytes != nil { throw error("invalid label name \(Quoting.quoted(literal.value))") }
      name = literal.value
      isQuoted = true
    default: throw unexpected("label matching", expected: "identifier or \"}\"")
    }
    advance()
    let operation: MatchOperation
    switch current.kind {
    case .assign: operation = .equal
    case .notEqual: operation = .notEqual
    case .matchesExpression: operation = .matches
    case .notMatchesExpression: operation = .notMatches
    case .comma, .rightBrace:
      guard isQuoted else { fallthrough }
      if !selector.name.isEmpty {
        throw error(
          "metric name must not be set twice: \(Quoting.quoted(selector.name)) or \(Quoting.quoted(name))", at: start)
      }
      selector.name = name
      return
    default: throw unexpected("label matching", expected: "label matching operator")
    }
    advance()
    guard case .string(let value) = current.kind else { throw unexpected("label matching", expected: "string") }
    if let bytes = value.invalidBytes, operation == .matches || operation == .notMatches {
      throw error("invalid regular expression \(Quoting.quoted(bytes: bytes)): invalid UTF-8")
    }
    advance()
    selector.matchers.append(try matcher(name, operation, value.value, at: start))
  }

  private func matcher(_ name: String, _ operation: MatchOperation, _ value: String, at start: Int) throws
    -> LabelMatcher
  {
    do {
      return try LabelMatcher(name: name, operation: operation, value: value)
    } catch let cause as TimeSeriesError {
      throw error(ExpressionComplaint.text(cause, pattern: value), at: start)
    }
  }

  /// An operand with everything that may follow it: ranges, `offset`, `@`, `anchored`, `smoothed`.
  mutating func postfix() throws -> Node {
    var node = try primary()
    while true {
      let start = node.expression.range.start
      switch current.kind {
      case .leftBracket:
        node = try ranged(node)
        try checkHeight(node.height, at: start)
      case .at: node.expression = try atModifier(node.expression)
      case .word:
        switch keyword {
        case "offset": node.expression = try offsetModifier(node.expression)
        case "anchored", "smoothed": node.expression = try modeModifier(node.expression)
        default: return node
        }
      default: return node
      }
    }
  }

  private mutating func ranged(_ node: Node) throws -> Node {
    let start = node.expression.range.start
    let opening = current.range.start
    advance()
    durationPlace = ("subquery or range selector", "number, duration, step(), or range()")
    let window = try positiveDuration()
    if current.kind == .colon {
      advance()
      durationPlace = ("subquery selector", "number, duration, step(), range(), or \"]\"")
      let resolution = current.kind == .rightBracket ? nil : try positiveDuration()
      try expect(.rightBracket, "subquery selector", expected: "\"]\"")
      let subquery = Subquery(
        expression: node.expression, window: window, resolution: resolution, range: range(from: start))
      return Node(expression: .subquery(subquery), height: node.height + 1)
    }
    try expect(.rightBracket, "subquery or range selector", expected: "\":\" or \"]\"")
    guard case .selector(let selector) = node.expression else {
      throw error("ranges only allowed for vector selectors", at: opening)
    }
    var isFixed = false
    if case .timestamp = selector.at { isFixed = true }
    if selector.offset != nil || isFixed || selector.mode != .plain {
      let what = selector.offset != nil ? "offset" : isFixed ? "@" : "anchored or smoothed"
      throw error("no \(what) modifiers allowed before range", at: opening)
    }
    let matrix = MatrixSelector(selector: selector, window: window, range: range(from: start))
    return Node(expression: .matrix(matrix), height: node.height + 1)
  }

  private mutating func offsetModifier(_ expression: Expression) throws -> Expression {
    let start = expression.range.start
    advance()
    let offset = try offsetDuration()
    func apply(_ existing: inout DurationExpression?) throws {
      if existing != nil { throw error("offset may not be set multiple times", at: start) }
      existing = offset
    }
    let end = lastEnd
    switch expression {
    case .selector(var node):
      try apply(&node.offset)
      node.range.end = end
      return .selector(node)
    case .matrix(var node):
      try apply(&node.selector.offset)
      node.range.end = end
      return .matrix(node)
    case .subquery(var node):
      try apply(&node.offset)
      node.range.end = end
      return .subquery(node)
    default:
      throw error(
        "offset modifier must be preceded by an instant vector selector or range vector selector or a subquery",
        at: start)
    }
  }

  private mutating func atModifier(_ expression: Expression) throws -> Expression {
    let start = expression.range.start
    advance()
    let value = try atValue(of: start)
    func apply(_ existing: inout AtModifier?) throws {
      if existing != nil { throw error("@ <timestamp> may not be set multiple times", at: start) }
      existing = value
    }
    let end = lastEnd
    switch expression {
    case .selector(var node):
      try apply(&node.at)
      node.range.end = end
      return .selector(node)
    case .matrix(var node):
      try apply(&node.selector.at)
      node.range.end = end
      return .matrix(node)
    case .subquery(var node):
      try apply(&node.at)
      node.range.end = end
      return .subquery(node)
    default:
      throw error(
        "@ modifier must be preceded by an instant vector selector or range vector selector or a subquery", at: start)
    }
  }

  private mutating func atValue(of expression: Int) throws -> AtModifier {
    if let word = keyword, word == "start" || word == "end" {
      advance()
      guard take(.leftParenthesis), take(.rightParenthesis) else { throw unexpected("@", expected: "timestamp") }
      return word == "start" ? .start : .end
    }
    var sign = 1.0
    if current.kind == .minus { sign = -1 }
    if current.kind == .minus || current.kind == .plus { advance() }
    let seconds: Double
    switch current.kind {
    case .number(let value): seconds = value
    case .duration(let milliseconds): seconds = Double(milliseconds) / 1000
    case .word where keyword == "inf": seconds = .infinity
    case .word where keyword == "nan": seconds = .nan
    default: throw unexpected("@", expected: "timestamp")
    }
    advance()
    let milliseconds = (sign * seconds * 1000).rounded()
    guard milliseconds.magnitude <= Double(Engine.timeLimit) else {
      throw error("timestamp out of bounds for @ modifier: \(FloatFormat.sixDecimals(sign * seconds))", at: expression)
    }
    return .timestamp(Int64(milliseconds))
  }

  private mutating func modeModifier(_ expression: Expression) throws -> Expression {
    let start = expression.range.start
    let mode: RangeMode = keyword == "anchored" ? .anchored : .smoothed
    advance()
    let end = lastEnd
    switch expression {
    case .selector(var node) where node.mode == .plain && mode == .smoothed:
      node.mode = mode
      node.range.end = end
      return .selector(node)
    case .matrix(var node) where node.selector.mode == .plain:
      node.selector.mode = mode
      node.range.end = end
      return .matrix(node)
    case .selector where mode == .anchored:
      throw error("anchored modifier must be preceded by a range vector selector", at: start)
    case .selector, .matrix:
      throw error("anchored and smoothed modifiers cannot be used together", at: start)
    case .subquery:
      throw error("\(mode.rawValue) modifier is not supported for subqueries", at: start)
    default:
      throw error("\(mode.rawValue) modifier must be preceded by a selector", at: start)
    }
  }
}
