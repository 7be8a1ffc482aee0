extension Parser {
  /// A duration inside brackets: a literal must not be zero or negative. Arithmetic is checked when it is evaluated.
  mutating func positiveDuration() throws -> DurationExpression {
    let start = current.range.start
    let duration = try durationSum(atLeast: 1)
    guard duration.isLiteral else { return .located(duration, range(from: start)) }
    let length = try literal(duration, at: start)
    if length <= 0 { throw error("duration must be greater than 0", at: start) }
    return .literal(length)
  }

  /// A duration after `offset`: may be negative; arithmetic only within parentheses.
  mutating func offsetDuration() throws -> DurationExpression {
    let start = current.range.start
    let isNegative = current.kind == .minus
    durationPlace = ("offset", "number, duration, step(), or range()")
    if isNegative || current.kind == .plus { advance() }
    let operand = try durationOperand()
    let duration = isNegative ? operand.negation : operand
    guard duration.isLiteral else { return .located(duration, range(from: start)) }
    return .literal(try literal(duration, at: start))
  }

  private func unexpectedDuration() -> PromQLError {
    unexpected(durationPlace.context, expected: durationPlace.expected)
  }

  private func literal(_ duration: DurationExpression, at start: Int) throws -> Int64 {
    do {
      return try duration.milliseconds(.init(step: 0, range: 0))
    } catch let cause as PromQLError {
      throw error(cause.message, at: start)
    }
  }

  private mutating func durationSum(atLeast minimum: Int) throws -> DurationExpression {
    depth += 1
    defer { depth -= 1 }
    try checkHeight(depth, at: current.range.start)
    var left = try durationOperand()
    var length = depth
    while let operation = durationOperator(), operation.precedence >= minimum {
      let place = current.range.start
      advance()
      length += 1
      try checkHeight(length, at: current.range.start)
      let right = try durationSum(atLeast: operation.precedence + (operation == .power ? 0 : 1))
      if right.isZero, operation == .divide || operation == .modulo {
        throw error("\(operation == .divide ? "division" : "modulo") by zero", at: place)
      }
      left = .binary(operation, left, right)
    }
    return left
  }

  private func durationOperator() -> DurationExpression.Operation? {
    switch current.kind {
    case .plus: .add
    case .minus: .subtract
    case .star: .multiply
    case .slash: .divide
    case .percent: .modulo
    case .caret: .power
    default: nil
    }
  }

  private mutating func durationOperand() throws -> DurationExpression {
    depth += 1
    defer { depth -= 1 }
    try checkHeight(depth, at: current.range.start)
    switch current.kind {
    case .number(let value):
      advance()
      return .number(value)
    case .duration(let milliseconds):
      advance()
      return .literal(milliseconds)
    case .plus:
      advance()
      return try durationSum(atLeast: DurationExpression.Operation.power.precedence)
    case .minus:
      advance()
      return try durationSum(atLeast: DurationExpression.Operation.power.precedence).negation
    case .leftParenthesis:
      advance()
      let inner = try durationSum(atLeast: 1)
      guard take(.rightParenthesis) else { throw unexpectedDuration() }
      return .parenthesized(inner)
    case .word: return try durationFunction()
    default: throw unexpectedDuration()
    }
  }

  private mutating func durationFunction() throws -> DurationExpression {
    let name = keyword ?? ""
    guard ["step", "range", "min", "max", "min_of", "max_of"].contains(name) else {
      throw unexpectedDuration()
    }
    advance()
    guard take(.leftParenthesis) else { throw unexpectedDuration() }
    if name == "step" || name == "range" {
      guard take(.rightParenthesis) else { throw unexpectedDuration() }
      return name == "step" ? .step : .queryRange
    }
    let left = try durationSum(atLeast: 1)
    guard take(.comma) else { throw unexpectedDuration() }
    let right = try durationSum(atLeast: 1)
    guard take(.rightParenthesis) else { throw unexpectedDuration() }
    return name.hasPrefix("min") ? .minimum(left, right) : .maximum(left, right)
  }
}

extension DurationExpression {
  fileprivate var negation: DurationExpression {
    switch self {
    case .literal(let milliseconds): .literal(-milliseconds)
    case .number(let value): .number(-value)
    default: .negated(self)
    }
  }

  fileprivate var isZero: Bool {
    switch self {
    case .literal(let milliseconds): milliseconds == 0
    case .number(let value): value == 0
    default: false
    }
  }
}
