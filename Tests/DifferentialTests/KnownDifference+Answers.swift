import TimeSeries

@testable import PromQL

/// What both versions have, and 2.42 does otherwise.
extension KnownDifference {
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
