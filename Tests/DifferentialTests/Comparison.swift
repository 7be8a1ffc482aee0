import TimeSeries

@testable import PromQL

/// Compares the answers of two servers to one question.
struct Comparison {
  /// By how much values may differ, relative to their size; 0 where both compute alike.
  var tolerance: Double
  /// Answers to range queries are in the order of labels.
  var isRange: Bool
  /// Whether the order of an instant vector matters.
  var isOrdered: Bool

  /// What a question's tree promises. The bounds of native buckets, and so quantiles, are rounded differently.
  init(_ question: Question, areHistograms: Bool) {
    let tree = question.tree
    isRange = question.times.isRange
    tolerance = tree?.isRounded == false && !areHistograms ? 0 : 1e-9
    isOrdered =
      switch tree?.unwrapped {
      case .call(let call)?: call.name == "sort" || call.name == "sort_desc"
      case .aggregation(let node)?:
        (node.operation == .topk || node.operation == .bottomk) && node.grouping == Grouping()
      default: false
      }
  }

  /// The first difference in words; `nil` where there is none.
  func difference(_ ours: Answer, _ theirs: Answer) -> String? {
    switch (ours, theirs) {
    case (.failure(let type, _), .failure(let other, _)):
      return type == other ? nil : "error type \(type), not \(other)"
    case (.scalar(let value), .scalar(let other)):
      return isClose(value, other) ? nil : "\(value), not \(other)"
    case (.string(let value), .string(let other)):
      return Array(value.utf8) == Array(other.utf8) ? nil : "\"\(value)\", not \"\(other)\""
    case (.vector(let series), .vector(let others)):
      return difference(series, others) ?? (isOrdered ? orderDifference(series, others) : nil)
    case (.matrix(let series), .matrix(let others)):
      if let difference = difference(series, others) { return difference }
      return isRange && series.map(key) != others.map(key) ? "the series are in another order" : nil
    default: return "another kind of answer"
    }
  }

  private func key(_ series: AnsweredSeries) -> [UInt8] { Array(series.labels.description.utf8) }

  private func difference(_ ours: [AnsweredSeries], _ theirs: [AnsweredSeries]) -> String? {
    var rest = Dictionary(ours.map { (key($0), $0) }) { first, _ in first }
    if rest.count != ours.count { return "a series occurs twice" }
    for series in theirs {
      guard let own = rest.removeValue(forKey: key(series)) else { return "\(series) is missing" }
      guard own.points.map(\.time) == series.points.map(\.time) else {
        return "\(series.labels) has points at \(own.points.map(\.time)), not \(series.points.map(\.time))"
      }
      for (point, other) in zip(own.points, series.points) where !isClose(point.value, other.value) {
        return "\(series.labels) at \(point.time) is \(point.value), not \(other.value)"
      }
    }
    return rest.values.map(\.description).min().map { "\($0) is too much" }
  }

  /// Equal values may stand in any order.
  private func orderDifference(_ ours: [AnsweredSeries], _ theirs: [AnsweredSeries]) -> String? {
    for (own, other) in zip(ours, theirs) where !isClose(own.points[0].value, other.points[0].value) {
      return "\(own.labels) stands where \(other.labels) should"
    }
    return nil
  }

  private func isClose(_ value: AnsweredSeries.Value, _ other: AnsweredSeries.Value) -> Bool {
    switch (value, other) {
    case (.float(let a, let text), .float(let b, let other)):
      isClose(a, b) && (tolerance > 0 || text == other || a == 0)
    case (.histogram(let a), .histogram(let b)):
      isClose(a.count, b.count) && isClose(a.sum, b.sum) && a.buckets.count == b.buckets.count
        && zip(a.buckets, b.buckets).allSatisfy { isClose($0, $1) }
    default: false
    }
  }

  /// Bounds may differ in the last digit: the table in Prometheus is not rounded to the nearest.
  private func isClose(_ bucket: AnsweredHistogram.Bucket, _ other: AnsweredHistogram.Bucket) -> Bool {
    guard bucket.boundaries == other.boundaries, bucket.numbers.count == 3, other.numbers.count == 3 else {
      return false
    }
    return zip(bucket.numbers, other.numbers).dropLast().allSatisfy { $0 == $1 || ($0 / $1 - 1).magnitude < 1e-15 }
      && isClose(bucket.numbers[2], other.numbers[2])
  }

  private func isClose(_ a: Double, _ b: Double) -> Bool {
    if a == b || (a.isNaN && b.isNaN) { return true }
    let difference = (a - b).magnitude
    return difference <= tolerance * max(a.magnitude, b.magnitude) || difference <= tolerance
  }
}
