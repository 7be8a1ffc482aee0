import TimeSeries

@testable import PromQL

/// What the rules ask of an expression.
extension Expression {
  /// Whether the value is the same at all times: a literal, or arithmetic on them.
  var isFixed: Bool {
    switch self {
    case .number: true
    case .parenthesized, .unary, .binary: children.allSatisfy(\.isFixed)
    default: false
    }
  }

  // MARK: - Names

  private static let keepsNames: Set<String> = [
    "last_over_time", "first_over_time", "sort", "sort_desc", "sort_by_label", "sort_by_label_desc", "label_replace",
    "label_join",
  ]
  /// Functions whose results have no labels of series.
  private static let makesSeries: Set<String> = ["vector", "absent", "absent_over_time"]

  /// Whether the name goes away at this node.
  var dropsNames: Bool {
    switch self {
    case .call(let call):
      call.signature.returns == .vector && !Self.keepsNames.contains(call.name) && !Self.makesSeries.contains(call.name)
    case .unary(let unary): unary.isNegation
    case .binary(let binary):
      type == .vector && !binary.operation.isSet && (!binary.operation.isComparison || binary.returnsBool)
    default: false
    }
  }

  /// Whether rows of this vector may bear a name that 3 still has to drop.
  var hasDroppedNames: Bool {
    switch self {
    case .aggregation(let node):
      node.grouping.labels.contains(Labels.metricName) && !node.grouping.isWithout || node.operation.keepsSeries
        ? node.expression.hasDroppedNames : false
    case .call(let call) where Self.makesSeries.contains(call.name): false
    default: dropsNames || children.contains(where: \.hasDroppedNames)
    }
  }

  /// Whether the result depends on names.
  var looksAtNames: Bool {
    switch self {
    case .aggregation(let node): node.grouping.labels.contains(Labels.metricName) && !node.grouping.isWithout
    case .binary(let node): (node.matching.labels + node.matching.included).contains(Labels.metricName)
    case .call(let call) where call.name == "label_replace" || call.name == "label_join":
      call.arguments.contains {
        if case .string(let text) = $0.unwrapped { text.value == Labels.metricName } else { false }
      }
    default: false
    }
  }

  // MARK: - Rounding

  /// Whether values may be infinite, NaN, huge or tiny.
  var mayBeOdd: Bool {
    contains { node in
      switch node {
      case .selector(let selector): (selector.fixedName ?? "odd_values") == "odd_values"
      case .matrix(let matrix): (matrix.selector.fixedName ?? "odd_values") == "odd_values"
      case .number(let number): !(number.value.magnitude <= 1e6) || (number.value != 0 && number.value.magnitude < 1e-6)
      case .call(let call): Self.mayMakeOdd.contains(call.name)
      case .aggregation(let aggregation): aggregation.operation == .quantile
      case .binary(let binary): [.divide, .modulo, .power, .atan2].contains(binary.operation)
      default: false
      }
    }
  }

  private static let mayMakeOdd: Set<String> = [
    "exp", "sqrt", "ln", "log2", "log10", "asin", "acos", "acosh", "atanh", "sinh", "cosh", "scalar",
    "histogram_quantile", "quantile_over_time",
  ]
  /// Go and C round these differently.
  private static let library: Set<String> = [
    "exp", "ln", "log2", "log10", "sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh", "tanh", "asinh", "acosh",
    "atanh",
  ]
  private static let jumping: Set<String> = [
    "ceil", "floor", "round", "sgn", "sqrt", "ln", "log2", "log10", "asin", "acos", "acosh", "atanh", "sin", "cos",
    "tan", "minute",
    "hour", "day_of_week", "day_of_month", "day_of_year", "days_in_month", "month", "year", "changes", "resets", "rate",
    "increase", "irate", "histogram_quantile", "quantile_over_time", "deriv", "predict_linear",
  ]

  /// Whether the last digits of the values may differ.
  var isRounded: Bool {
    switch self {
    case .aggregation(let node) where node.operation == .count || node.operation == .group: false
    case .call(let call) where ["absent", "timestamp", "count_over_time", "present_over_time"].contains(call.name):
      false
    default: roundsHere || children.contains(where: \.isRounded)
    }
  }

  private var roundsHere: Bool {
    switch self {
    case .aggregation(let node):
      [.avg, .stddev, .stdvar].contains(node.operation) || node.operation == .sum && !node.expression.isDyadic
    case .call(let call): call.name == "avg_over_time" || Self.library.contains(call.name)
    case .binary(let node): node.operation == .power || node.operation == .atan2
    default: false
    }
  }

  /// Whether values are small multiples of a power of two, which every sum of them is exactly.
  private var isDyadic: Bool {
    switch self {
    case .number(let number): number.value.magnitude <= 1e6 && (number.value * 1024).rounded() == number.value * 1024
    case .selector(let selector): (selector.fixedName ?? "odd_values") != "odd_values"
    case .matrix(let matrix): (matrix.selector.fixedName ?? "odd_values") != "odd_values"
    case .parenthesized(let inner, _): inner.isDyadic
    case .unary(let node): node.operand.isDyadic
    case .subquery(let node): node.expression.isDyadic
    case .aggregation(let node):
      [.sum, .min, .max, .count, .group, .topk, .bottomk].contains(node.operation) && node.expression.isDyadic
    case .binary(let node):
      [.add, .subtract].contains(node.operation) || node.operation.isSet || node.operation.isComparison
        ? node.left.isDyadic && node.right.isDyadic : false
    case .call(let call):
      [
        "abs", "ceil", "floor", "sgn", "last_over_time", "min_over_time", "max_over_time", "count_over_time", "changes",
        "resets", "present_over_time", "idelta", "sum_over_time", "sort", "sort_desc", "label_replace", "label_join",
      ].contains(call.name) && (call.arguments.first?.isDyadic ?? false)
    default: false
    }
  }

  /// Whether a small difference of an operand may become a large one of the result.
  var jumps: Bool {
    switch self {
    case .call(let call): Self.jumping.contains(call.name)
    case .binary(let node):
      node.operation.isComparison || [.divide, .modulo, .power, .atan2].contains(node.operation)
    case .aggregation(let node): [.topk, .bottomk, .countValues, .quantile].contains(node.operation)
    default: false
    }
  }

  // MARK: - Ties

  /// Whether there are equal values, at the question's own times.
  func isTied(_ context: KnownDifference.Context) -> Bool {
    let operand = Question(text: text, times: context.question.times)
    guard let answer = try? operand.answer(context.engine, context.source) else { return false }
    let series: [AnsweredSeries]
    switch answer {
    case .vector(let found), .matrix(let found): series = found
    default: return false
    }
    var seen: [Int64: Set<UInt64>] = [:]
    for (time, value) in series.flatMap(\.points) {
      guard case .float(let float, _) = value else { continue }
      let key: Double = float.isNaN ? .nan : float == 0 ? 0 : float
      if !seen[time, default: []].insert(key.bitPattern).inserted { return true }
    }
    return false
  }
}
