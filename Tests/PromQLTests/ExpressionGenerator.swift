import TimeSeries

@testable import PromQL

/// Draws random well-typed expressions.
struct ExpressionGenerator {
  var random: SplitMix

  init(seed: UInt64) { random = SplitMix(seed: seed) }

  mutating func expression(depth: Int) -> Expression {
    random.chance(70) ? vector(depth) : scalar(depth)
  }

  mutating func scalar(_ depth: Int) -> Expression {
    switch depth <= 0 ? 0 : random.next() % 5 {
    case 0, 1: return number()
    case 2: return .call(Call(signature: function("scalar"), arguments: [vector(depth - 1)]))
    case 3: return .call(Call(signature: function("time"), arguments: []))
    default:
      let operation = random.pick(BinaryOperator.allCases.filter { !$0.isSet })
      return .binary(
        BinaryExpression(
          operation: operation, left: wrapped(scalar(depth - 1)), right: wrapped(scalar(depth - 1)),
          returnsBool: operation.isComparison))
    }
  }

  mutating func vector(_ depth: Int) -> Expression {
    if depth <= 0 { return .selector(selector()) }
    switch random.next() % 9 {
    case 0, 1: return .selector(selector())
    case 2: return aggregation(depth)
    case 3:
      return .call(
        Call(signature: function(random.pick(["abs", "ceil", "ln", "absent", "sort"])), arguments: [vector(depth - 1)]))
    case 4:
      return .call(
        Call(signature: function(random.pick(["rate", "sum_over_time", "changes"])), arguments: [range(depth)]))
    case 5: return .call(Call(signature: function("quantile_over_time"), arguments: [scalar(0), range(depth)]))
    case 6:
      let operand = wrapped(vector(depth - 1))
      return .unary(UnaryExpression(isNegation: random.chance(50), operand: operand))
    default: return binary(depth)
    }
  }

  private func function(_ name: String) -> FunctionSignature { FunctionSignature.named(name)! }

  /// Operands in parentheses, so that no precedence is needed to print them.
  private mutating func wrapped(_ expression: Expression) -> Expression {
    switch expression {
    case .selector, .call, .aggregation: expression
    default: .parenthesized(expression, .none)
    }
  }

  private mutating func number() -> Expression {
    let value = random.pick([0, 1, -1, 0.5, 1e300, -1e-300, 12345.678, .infinity, -.infinity, .nan, 1e21, 3.14e-7])
    if random.chance(15) { return .number(NumberLiteral(value: random.pick([300, 0.001, 5_400]), isDuration: true)) }
    return .number(NumberLiteral(value: value))
  }

  private mutating func duration() -> DurationExpression {
    switch random.next() % 8 {
    case 0: .located(.binary(.divide, .literal(60_000), .number(random.pick([30, 1.5, 600]))), .none)
    case 1:
      .located(
        .binary(random.pick([.add, .multiply]), .literal(60_000), .parenthesized(.literal(random.pick([1, 2000])))),
        .none)
    case 2: .located(.maximum(.step, .literal(5000)), .none)
    default: .literal(random.pick([1000, 60_000, 90_500, 300_000, 86_400_000, 694_800_000]))
    }
  }

  private mutating func offset() -> DurationExpression? {
    guard random.chance(25) else { return nil }
    return random.chance(30) ? .literal(-random.pick([1000, 90_000])) : .literal(random.pick([1000, 3_600_000]))
  }

  private mutating func at() -> AtModifier? {
    guard random.chance(20) else { return nil }
    return random.pick([.start, .end, .timestamp(1_700_000_000_123), .timestamp(-5), .timestamp(0)])
  }

  mutating func selector() -> VectorSelector {
    var selector = VectorSelector(matchers: [])
    selector.name = random.pick([
      "up", "http_requests_total", "a:b:c", "sum", "my.metric", "weiß 漢", "by", "offset", "",
    ])
    for _ in 0..<(selector.name.isEmpty ? 1 : random.next() % 3) {
      let name = random.pick(["job", "on", "le", "my.label", "_x", "bool", "in \"quotes\""])
      let operation = random.pick([MatchOperation.equal, .notEqual, .matches, .notMatches])
      selector.matchers.append(matcher(name, operation, random.pick(["a", "b.+", "\n\t", "x\"y\\\\z", "ü", "a|b"])))
    }
    if selector.name.isEmpty { selector.matchers.append(matcher("job", .equal, "x")) }
    // Printing sorts them as text.
    selector.matchers.sort { Labels.precedes(spelled($0), spelled($1)) }
    if !selector.name.isEmpty {
      selector.matchers.append(matcher(Labels.metricName, .equal, selector.name))
    }
    selector.offset = offset()
    selector.at = at()
    return selector
  }

  private func spelled(_ matcher: LabelMatcher) -> String {
    let name = Quoting.isPlainLabelName(matcher.name) ? matcher.name : Quoting.quoted(matcher.name)
    return name + matcher.operation.rawValue + Quoting.quoted(matcher.value)
  }

  private func matcher(_ name: String, _ operation: MatchOperation, _ value: String) -> LabelMatcher {
    do {
      return try LabelMatcher(name: name, operation: operation, value: value)
    } catch {
      fatalError("\(error)")
    }
  }

  private mutating func range(_ depth: Int) -> Expression {
    if depth > 1 && random.chance(30) {
      let inner = wrapped(vector(depth - 1))
      let resolution: DurationExpression? = random.chance(50) ? duration() : nil
      return .subquery(
        Subquery(expression: inner, window: duration(), resolution: resolution, offset: offset(), at: at()))
    }
    return .matrix(MatrixSelector(selector: selector(), window: duration()))
  }

  private mutating func labels() -> [String] {
    ["job", "on", "my.label", "group_left"].filter { _ in random.chance(40) }
  }

  private mutating func aggregation(_ depth: Int) -> Expression {
    let operation = random.pick(AggregationOperator.allCases)
    var parameter: Expression?
    if operation == .countValues {
      parameter = .string(StringLiteral(value: "v"))
    } else if operation.hasParameter {
      parameter = scalar(depth - 1)
    }
    return .aggregation(
      Aggregation(
        operation: operation, grouping: Grouping(isWithout: random.chance(30), labels: labels()), parameter: parameter,
        expression: vector(depth - 1)))
  }

  private mutating func binary(_ depth: Int) -> Expression {
    let operation = random.pick(BinaryOperator.allCases)
    var node = BinaryExpression(
      operation: operation, left: wrapped(vector(depth - 1)), right: wrapped(vector(depth - 1)),
      returnsBool: operation.isComparison && random.chance(30))
    if random.chance(40) {
      node.matching.isOn = random.chance(50)
      node.matching.labels = labels()
      if !operation.isSet && random.chance(50) {
        node.matching.cardinality = random.pick([.manyToOne, .oneToMany])
        node.matching.included = random.chance(50) ? ["extra"] : []
      }
      if !operation.isSet && random.chance(20) { node.matching.fillRight = random.pick([0, -1, 2.5]) }
    }
    return .binary(node)
  }
}
