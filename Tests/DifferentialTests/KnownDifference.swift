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
    tinyLogarithms, laterNames, severalNames, newlines, cancellation, oddSpread, decidedByRounding, ties,
  ]

  // MARK: - What 2.42 does not have

  /// Whether 2.42 cannot read an expression that we read.
  static func isNewToThePeer(_ question: Question) -> Bool {
    guard let tree = question.tree else { return false }
    let context = Context(question: question, engine: Engine(), source: SeriesStore())
    return [newSyntax, newFunctions, newDurations].contains { $0.applies(tree, context) }
  }

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

  /// Whether 2.42 formats an expression otherwise: it spells long numbers with an exponent, leaves `ignoring ()` out even
  /// where a group follows, and does not indent a subquery inside of what it splits.
  static func isFormattedOtherwise(_ query: Query) -> Bool {
    let isSplit = query.format().contains("\n")
    return query.expression.contains { node in
      switch node {
      case .number(let number):
        number.value != 0 && number.value.isFinite && !(1e-4..<1e6).contains(number.value.magnitude)
      case .binary(let binary):
        binary.matching.cardinality != .oneToOne && binary.matching.labels.isEmpty && !binary.matching.isOn
      case .subquery: isSplit
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
    name: "new durations",
    reason: "in 2.42 a duration is no number, a number no duration, neither is computed, and none is zero"
  ) { tree, context in
    // The tree does not tell how the time after @ was spelled, whether a length had a unit, nor how many signs there were.
    let withoutUnit =
      /(?i)(?:\boffset|\[|\[[^\]"'`]*:)\s*[-+]?\s*(?:0x[0-9a-f_]+|[0-9._]+(?:e[-+]?[0-9]+)?)(?![0-9._]*[a-z])/
    if context.question.text.contains(/@\s*[-+]?\s*[0-9]+(?:ms|[smhdwy])/)
      || context.question.text.contains(withoutUnit)
      || context.question.text.contains(/(?i)offset\s*(?:\+|-\s*[-+])|[\[:]\s*[-+]/)
    {
      return true
    }
    return tree.contains { node in
      if case .number(let number) = node, number.isDuration { return true }
      return node.durations.contains { if case .literal(let length) = $0 { length == 0 } else { true } }
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
}

extension VectorSelector {
  fileprivate func isNewSyntax(_ text: [UInt8]) -> Bool {
    let isNamedInBraces = !name.isEmpty && text.indices.contains(range.start) && text[range.start] == UInt8(ascii: "{")
    return mode != .plain || isNamedInBraces || !(name.isEmpty || Quoting.isPlainMetricName(name))
      || matchers.contains { !Quoting.isPlainLabelName($0.name) }
  }
}
