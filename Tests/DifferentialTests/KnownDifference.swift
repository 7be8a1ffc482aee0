import TimeSeries

@testable import PromQL

/// A rule that tells which questions Prometheus 2.42, Debian's, answers otherwise than Prometheus 3, whose answers are
/// wanted. A rule looks at the expression's tree, never at the two answers.
struct KnownDifference: Sendable {
  /// What a rule may look at beside the tree.
  struct Context {
    var question: Question
    var engine: Engine
    var source: any SeriesSource
  }

  var name: String
  /// Why the two versions differ.
  var reason: String
  var applies: @Sendable (Expression, Context) -> Bool

  /// All rules; of several that apply the first counts.
  static let all = [
    newSyntax, newFunctions, newDurations, newLabels, extrapolation, arcTangent, wanderingWindow, fixedTimestamps,
    emptySubquery, filteredClashes, countedValues, lostFloatHistograms, negativeBuckets, farSpread, overflow, dates,
    tinyLogarithms, laterNames,
    severalNames,
    newlines, cancellation,
    oddSpread, decidedByRounding, ties,
  ]

  // MARK: - What 2.42 does not have

  static let newSyntax = KnownDifference(
    name: "new syntax", reason: "2.42 has no quoted names, no fill modifiers, no anchored and smoothed ranges"
  ) { tree, context in
    // Quotes around a plain name are gone in the tree.
    let text = context.question.text
    if text.contains(/(?i)\b(?:by|without|on|ignoring|group_left|group_right)\s*\([^()]*["'`]/)
      || text.contains(/["'`]\s*(?:=|!=|!~)/)
    {
      return true
    }
    let bytes = Array(text.utf8)
    return tree.contains { node in
      switch node {
      case .selector(let selector): selector.isNewSyntax(bytes)
      case .matrix(let matrix): matrix.selector.isNewSyntax(bytes)
      case .binary(let binary):
        binary.matching.fillLeft != nil || binary.matching.fillRight != nil
          || (binary.matching.labels + binary.matching.included).contains { !Quoting.isPlainLabelName($0) }
      case .aggregation(let aggregation): aggregation.grouping.labels.contains { !Quoting.isPlainLabelName($0) }
      default: false
      }
    }
  }

  private static let functions: Set<String> = [
    "first_over_time", "histogram_avg", "histogram_quantiles", "histogram_stddev", "histogram_stdvar", "info",
    "mad_over_time", "max_of", "min_of", "start", "end", "step", "range", "sort_by_label", "sort_by_label_desc",
    "ts_of_first_over_time", "ts_of_last_over_time", "ts_of_max_over_time", "ts_of_min_over_time",
  ]

  static let newFunctions = KnownDifference(
    name: "new functions", reason: "2.42 has neither these functions nor limitk and limit_ratio"
  ) { tree, _ in
    tree.contains { node in
      switch node {
      case .call(let call): functions.contains(call.name)
      case .aggregation(let node): node.operation == .limitk || node.operation == .limitRatio
      default: false
      }
    }
  }

  static let newDurations = KnownDifference(
    name: "new durations", reason: "in 2.42 a duration is no number, a number no duration, and neither is computed"
  ) { tree, context in
    // The tree does not tell how the time after @ was spelled, nor how many signs there were.
    if context.question.text.contains(/@\s*[-+]?\s*[0-9]+(?:ms|[smhdwy])/)
      || context.question.text.contains(/(?i)offset\s*(?:\+|-\s*[-+])|[\[:]\s*[-+]/)
    {
      return true
    }
    return tree.contains { node in
      if case .number(let number) = node, number.isDuration { return true }
      return node.durations.contains { if case .literal = $0 { false } else { true } }
    }
  }

  static let newLabels = KnownDifference(
    name: "new label names", reason: "2.42 refuses to make labels with names that it could not spell without quotes"
  ) { tree, _ in
    @Sendable func isNew(_ text: Expression?) -> Bool {
      guard case .string(let literal)? = text?.unwrapped else { return false }
      return !literal.value.isEmpty && !Quoting.isPlainLabelName(literal.value)
    }
    return tree.contains { node in
      switch node {
      case .call(let call):
        (call.name == "label_replace" || call.name == "label_join") && isNew(call.arguments.dropFirst().first)
          || call.name == "label_join" && call.arguments.dropFirst(3).contains(where: isNew)
      case .aggregation(let aggregation): aggregation.operation == .countValues && isNew(aggregation.parameter)
      default: false
      }
    }
  }

  // MARK: - What 2.42 does otherwise

  /// Either evenly spaced and beginning at 0, or far above what they grow by, or constant.
  private static let steadyMetrics: Set<String> = [
    "requests_total", "bytes_total", "latency_seconds_bucket", "latency_seconds_count", "latency_seconds_sum",
    "job:limit:max", "build_info", "nothing", "request_seconds", "sizes", "shares",
  ]

  static let extrapolation = KnownDifference(
    name: "extrapolation to zero",
    reason:
      "where a counter would have been zero inside the window, 2.42 first shortens the way to the window's start and "
      + "then asks whether it is too long; 3 asks first. That matters where a series near zero begins in the window, which "
      + "only some metrics here exclude"
  ) { tree, _ in
    tree.contains { node in
      guard case .call(let call) = node, call.name == "rate" || call.name == "increase" else { return false }
      guard case .matrix(let matrix)? = call.arguments.first?.unwrapped else { return true }
      return !steadyMetrics.contains(matrix.selector.fixedName ?? "")
    }
  }

  static let laterNames = KnownDifference(
    name: "later loss of names",
    reason: "2.42 drops a metric's name at once, 3 at the end, so that what looks at the name still sees it"
  ) { tree, _ in
    tree.contains { $0.looksAtNames && $0.children.contains(where: \.hasDroppedNames) }
  }

  static let severalNames = KnownDifference(
    name: "several names",
    reason:
      "series that differ in their names only collide in 2.42 as soon as the name is dropped, in 3 at the end, and "
      + "only where both have a value at the same time"
  ) { tree, _ in
    tree.contains { node in
      guard node.dropsNames else { return false }
      guard let names = node.metricNames else { return true }
      guard names.count > 1 else { return false }
      // Operators and functions of instant vectors are evaluated step by step in both.
      if case .unary = node { return true }
      return node.children.contains { $0.type == .matrix }
    }
  }

  static let arcTangent = KnownDifference(
    name: "name after atan2", reason: "atan2 keeps the metric's name in 2.42, unlike every other operator of arithmetic"
  ) { tree, _ in
    tree.contains { if case .binary(let node) = $0 { node.operation == .atan2 && $0.type == .vector } else { false } }
  }

  static let wanderingWindow = KnownDifference(
    name: "wandering window",
    reason:
      "a window that @ fixes moves with the steps of a range query in 2.42, when another argument of the function "
      + "is not fixed or the function looks at the time"
  ) { tree, context in
    guard context.question.times.isRange || tree.contains({ if case .subquery = $0 { true } else { false } }) else {
      return false
    }
    return tree.contains { node in
      guard case .call(let call) = node, let index = call.arguments.firstIndex(where: { $0.type == .matrix }) else {
        return false
      }
      let isFixed =
        switch call.arguments[index].unwrapped {
        case .matrix(let matrix): matrix.selector.at != nil
        case .subquery(let subquery): subquery.at != nil
        default: false
        }
      let others = call.arguments.indices.filter { $0 != index }.map { call.arguments[$0] }
      return isFixed && (call.name == "predict_linear" || others.contains { !$0.isFixed })
    }
  }

  static let fixedTimestamps = KnownDifference(
    name: "timestamp of a fixed time",
    reason: "timestamp in 2.42 looks at other times than a selector does when @ and offset come together"
  ) { tree, _ in
    tree.contains { node in
      guard case .call(let call) = node, call.name == "timestamp",
        case .selector(let selector)? = call.arguments.first?.unwrapped, case .literal(let offset)? = selector.offset
      else { return false }
      return selector.at != nil && offset != 0
    }
  }

  static let emptySubquery = KnownDifference(
    name: "subquery without steps",
    reason: "where no step of a subquery lies in its window, 2.42 shows what @ has fixed at the step after it"
  ) { tree, _ in
    guard case .subquery(let subquery) = tree.unwrapped else { return false }
    return subquery.expression.selectors.allSatisfy { $0.at != nil }
  }

  static let tinyLogarithms = KnownDifference(
    name: "logarithm of subnormal numbers", reason: "Go's logarithm on x86 took all of them for the same number"
  ) { tree, _ in
    tree.contains { ["ln", "log2", "log10"].contains($0.function) && $0.mayBeOdd }
  }

  static let dates = KnownDifference(
    name: "dates of odd values", reason: "what Go makes of NaN and infinity as whole seconds depends on the machine"
  ) { tree, _ in
    tree.contains { node in
      guard case .call(let call) = node else { return false }
      return CivilTime.field(call.name) != nil && node.mayBeOdd
    }
  }

  static let newlines = KnownDifference(
    name: "dot and newline", reason: "the dot of a regular expression fits a newline in 3, not in 2.42"
  ) { tree, _ in
    func hasDot(_ pattern: String) -> Bool { pattern.contains(".") || pattern.contains("[^") }
    return tree.contains { node in
      if case .call(let call) = node, call.name == "label_replace", call.arguments.count == 5,
        case .string(let origin) = call.arguments[3].unwrapped, case .string(let pattern) = call.arguments[4].unwrapped
      {
        return origin.value == "text" && hasDot(pattern.value)
      }
      return false
    }
      || tree.selectors.contains { selector in
        selector.matchers.contains { matcher in
          matcher.name == "text" && (matcher.operation == .matches || matcher.operation == .notMatches)
            && hasDot(matcher.value)
        }
      }
  }

  static let cancellation = KnownDifference(
    name: "sums of odd values",
    reason: "2.42 adds and averages without compensation, so that a sum of 1e300, 1 and -1e300 loses the 1, and means "
      + "of huge values overflow elsewhere"
  ) { tree, _ in
    tree.contains { node in
      switch node {
      case .aggregation(let aggregation):
        [.sum, .avg, .stddev, .stdvar].contains(aggregation.operation) && aggregation.expression.mayBeOdd
      case .call(let call): call.name == "avg_over_time" && node.mayBeOdd
      default: false
      }
    }
  }

  static let oddSpread = KnownDifference(
    name: "spread of odd values", reason: "the spread of a single infinity or NaN is 0 in 2.42 and NaN in 3"
  ) { tree, _ in
    tree.contains { node in
      guard case .call(let call) = node else { return false }
      return (call.name == "stddev_over_time" || call.name == "stdvar_over_time") && node.mayBeOdd
    }
  }

  static let decidedByRounding = KnownDifference(
    name: "decided by rounding",
    reason:
      "the two round differently (compensated sums, means, the mathematics library), and what jumps at a point, as "
      + "a comparison does, makes a large difference of a last digit"
  ) { tree, _ in
    tree.contains { $0.jumps && $0.children.contains(where: \.isRounded) }
  }

  static let countedValues = KnownDifference(
    name: "count_values over steps",
    reason: "2.42 adds the label of count_values to the labels of by at every step and gets them mixed up"
  ) { tree, context in
    tree.contains(inSubquery: context.question.times.isRange) { node, hasSteps in
      guard hasSteps, case .aggregation(let aggregation) = node else { return false }
      return aggregation.operation == .countValues && !aggregation.grouping.isWithout
        && !aggregation.grouping.labels.isEmpty
    }
  }

  static let lostFloatHistograms = KnownDifference(
    name: "lost float histograms", reason: "2.42 loses some samples of float histograms, which windows show"
  ) { tree, _ in
    tree.contains { if case .matrix(let matrix) = $0 { matrix.selector.fixedName == "shares" } else { false } }
  }

  static let negativeBuckets = KnownDifference(
    name: "interpolation in buckets",
    reason:
      "2.42 interpolates linearly in a native bucket, 3 exponentially; at the quantiles 0 and 1 and at the bounds of "
      + "buckets that is the same, unless counts are negative"
  ) { tree, _ in
    tree.contains { node in
      guard node.function == "histogram_quantile" || node.function == "histogram_fraction" else { return false }
      return node.contains { $0.function == "delta" }
    }
  }

  static let farSpread = KnownDifference(
    name: "spread of far values",
    reason:
      "the spread of values that lie close together and far from zero keeps few digits, which depend on the order "
      + "of the series"
  ) { tree, _ in
    tree.contains { node in
      guard case .aggregation(let aggregation) = node, [.stddev, .stdvar].contains(aggregation.operation) else {
        return false
      }
      return aggregation.expression.contains { inner in
        ["timestamp", "time"].contains(inner.function) || inner.selectors.contains { $0.fixedName == "bytes_total" }
      }
    }
  }

  static let overflow = KnownDifference(
    name: "overflowing sums", reason: "compensation becomes NaN in 2.42 when a sum overflows, and is dropped in 3"
  ) { tree, _ in
    tree.contains { ["deriv", "predict_linear"].contains($0.function) && $0.mayBeOdd }
  }

  static let filteredClashes = KnownDifference(
    name: "filtered clashes",
    reason: "several matches are an error in 3 even where the comparison filters all but one of them out, not in 2.42"
  ) { tree, context in
    tree.contains(inSubquery: false) { node, inSubquery in
      guard case .binary(var binary) = node, binary.operation.isComparison, !binary.returnsBool,
        binary.left.type == .vector, binary.right.type == .vector
      else { return false }
      // At the question's own times the same comparison without filtering tells; other times count in subqueries.
      if inSubquery { return binary.matching.isOn || !binary.matching.labels.isEmpty }
      binary.returnsBool = true
      let unfiltered = Question(text: Expression.binary(binary).text, times: context.question.times)
      return (try? unfiltered.answer(context.engine, context.source))?.isFailure ?? true
    }
  }

  static let ties = KnownDifference(
    name: "ties", reason: "which of equal values topk and bottomk keep is left open, and 2.42 has another order"
  ) { tree, context in
    tree.contains(inSubquery: false) { node, inSubquery in
      guard case .aggregation(let ranking) = node, ranking.operation == .topk || ranking.operation == .bottomk else {
        return false
      }
      return inSubquery || ranking.expression.isTied(context)
    }
  }
}

extension VectorSelector {
  fileprivate func isNewSyntax(_ text: [UInt8]) -> Bool {
    let isNamedInBraces = !name.isEmpty && text.indices.contains(range.start) && text[range.start] == UInt8(ascii: "{")
    return mode != .plain || isNamedInBraces || !(name.isEmpty || Quoting.isPlainMetricName(name))
      || matchers.contains { !Quoting.isPlainLabelName($0.name) }
  }
}

extension Expression {
  /// Whether the value is the same at all times: a literal, or arithmetic on them.
  fileprivate var isFixed: Bool {
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
  fileprivate var dropsNames: Bool {
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
  fileprivate var hasDroppedNames: Bool {
    switch self {
    case .aggregation(let node):
      node.grouping.labels.contains(Labels.metricName) && !node.grouping.isWithout || node.operation.keepsSeries
        ? node.expression.hasDroppedNames : false
    case .call(let call) where Self.makesSeries.contains(call.name): false
    default: dropsNames || children.contains(where: \.hasDroppedNames)
    }
  }

  /// Whether the result depends on names.
  fileprivate var looksAtNames: Bool {
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
  fileprivate var mayBeOdd: Bool {
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
  fileprivate var jumps: Bool {
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
  fileprivate func isTied(_ context: KnownDifference.Context) -> Bool {
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
