import CRemoteWrite
import TimeSeries

/// A native histogram from its message: deltas become absolute counts, and the rules of the format are checked.
enum HistogramReader {
  /// Why a histogram is not taken.
  struct Refusal: Error {
    let sentence: String
  }

  /// Buckets of one sign.
  static let bucketLimit = 10_000

  static func read(_ message: Prometheus__Histogram) -> Result<NativeHistogram, Refusal> {
    var histogram = NativeHistogram()
    histogram.schema = message.schema
    histogram.sum = message.sum
    histogram.zeroThreshold = message.zero_threshold
    histogram.counterResetHint =
      CounterResetHint(rawValue: UInt8(truncatingIfNeeded: message.reset_hint.rawValue)) ?? .unknown
    let isInteger = message.count_case == PROMETHEUS__HISTOGRAM__COUNT_COUNT_INT
    histogram.count = isInteger ? Double(message.count_int) : message.count_float
    histogram.zeroCount =
      message.zero_count_case == PROMETHEUS__HISTOGRAM__ZERO_COUNT_ZERO_COUNT_INT
      ? Double(message.zero_count_int) : message.zero_count_float
    histogram.customValues = values(message.custom_values, message.n_custom_values)
    histogram.positiveSpans = spans(message.positive_spans, message.n_positive_spans)
    histogram.negativeSpans = spans(message.negative_spans, message.n_negative_spans)
    histogram.positiveBuckets =
      isInteger
      ? counts(deltas: message.positive_deltas, message.n_positive_deltas)
      : values(message.positive_counts, message.n_positive_counts)
    histogram.negativeBuckets =
      isInteger
      ? counts(deltas: message.negative_deltas, message.n_negative_deltas)
      : values(message.negative_counts, message.n_negative_counts)
    if histogram.sum.isStaleMarker { return .success(end(histogram)) }
    if let sentence = violation(histogram, isInteger: isInteger) { return .failure(Refusal(sentence: sentence)) }
    return .success(histogram)
  }

  /// A histogram that only says that its series has ended: its buckets mean nothing.
  private static func end(_ histogram: NativeHistogram) -> NativeHistogram {
    var end = NativeHistogram()
    end.sum = histogram.sum
    end.counterResetHint = histogram.counterResetHint
    return end
  }

  /// The first rule that a histogram breaks.
  static func violation(_ histogram: NativeHistogram, isInteger: Bool) -> String? {
    let isCustom = histogram.schema == -53
    guard isCustom || (-4...8).contains(histogram.schema) else {
      return "histogram schema \(histogram.schema) is not known; exponential (-4 to 8) and custom (-53) buckets are"
    }
    let signs = [
      ("positive", histogram.positiveSpans, histogram.positiveBuckets),
      ("negative", histogram.negativeSpans, histogram.negativeBuckets),
    ]
    for (sign, spans, buckets) in signs {
      let covered = spans.reduce(0) { $0 + Int($1.length) }
      if covered != buckets.count {
        return "the \(sign) spans of a histogram cover \(covered) buckets, but \(buckets.count) are given"
      }
      if buckets.count > bucketLimit { return "a histogram has more than \(bucketLimit) \(sign) buckets" }
      if spans.dropFirst().contains(where: { $0.offset < 0 }) {
        return "a \(sign) span of a histogram goes back; only the first offset may be negative"
      }
      if buckets.contains(where: { $0 < 0 }) { return "a \(sign) bucket of a histogram has a negative count" }
    }
    if histogram.count < 0 || histogram.zeroCount < 0 { return "a histogram has a negative count" }
    if isCustom { return customViolation(histogram) }
    if !histogram.customValues.isEmpty { return "a histogram with exponential buckets has custom bounds" }
    let total = (histogram.positiveBuckets + histogram.negativeBuckets).reduce(histogram.zeroCount, +)
    if isInteger && (histogram.sum.isNaN ? total > histogram.count : total != histogram.count) {
      return "the buckets of a histogram hold \(total) observations, but its count is \(histogram.count)"
    }
    return nil
  }

  private static func customViolation(_ histogram: NativeHistogram) -> String? {
    if !histogram.negativeBuckets.isEmpty || histogram.zeroCount != 0 || histogram.zeroThreshold != 0 {
      return "a histogram with custom buckets has negative or zero buckets"
    }
    let bounds = histogram.customValues
    for i in bounds.indices where i > 0 && !(bounds[i - 1] < bounds[i]) {
      return "the custom bounds of a histogram do not ascend"
    }
    if bounds.contains(where: \.isNaN) { return "a custom bound of a histogram is not a number" }
    let last = histogram.positiveSpans.reduce(0) { $0 + Int($1.offset) + Int($1.length) }
    if last > bounds.count + 1 || (histogram.positiveSpans.first?.offset ?? 0) < 0 {
      return "a histogram has buckets beyond its \(bounds.count) custom bounds"
    }
    return nil
  }

  private static func values(_ pointer: UnsafeMutablePointer<Double>?, _ count: Int) -> [Double] {
    Array(UnsafeBufferPointer(start: pointer, count: count))
  }

  /// Each delta is the difference to the bucket before; wrapped sums come out negative or wrong and are refused.
  private static func counts(deltas pointer: UnsafeMutablePointer<Int64>?, _ count: Int) -> [Double] {
    var current: Int64 = 0
    return UnsafeBufferPointer(start: pointer, count: count).map { delta in
      current = current &+ delta
      return Double(current)
    }
  }

  private static func spans(
    _ pointer: UnsafeMutablePointer<UnsafeMutablePointer<Prometheus__BucketSpan>?>?, _ count: Int
  ) -> [BucketSpan] {
    UnsafeBufferPointer(start: pointer, count: count).compactMap { span in
      span.map { BucketSpan(offset: $0.pointee.offset, length: $0.pointee.length) }
    }
  }
}
