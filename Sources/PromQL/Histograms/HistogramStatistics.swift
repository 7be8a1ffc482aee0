import TimeSeries

/// Quantiles, fractions and spread, estimated from buckets.
enum HistogramStatistics {
  /// The value below which the share `q` of a native histogram's observations lies.
  static func quantile(_ q: Double, _ histogram: NativeHistogram) -> Double {
    if q < 0 { return -.infinity }
    if q > 1 { return .infinity }
    if histogram.count == 0 || q.isNaN { return .nan }
    let forward = histogram.sum.isNaN || q < 0.5
    var rank = (forward ? q : 1 - q) * histogram.count
    let buckets = forward ? histogram.buckets : histogram.buckets.reversed()
    guard var bucket = buckets.first else { return histogram.sum.isNaN ? .nan : 0 }
    var count = 0.0
    for next in buckets {
      bucket = next
      count += next.count
      if count >= rank { break }
    }
    if histogram.usesCustomBuckets {
      if bucket.lower == -.infinity {
        if bucket.upper <= 0 { return bucket.upper }
        bucket.lower = 0
      } else if bucket.upper == .infinity {
        return bucket.lower
      }
    } else {
      narrowZeroBucket(&bucket, histogram)
    }
    count = min(count, histogram.count)
    if count < rank { return histogram.sum.isNaN ? .nan : forward ? bucket.upper : bucket.lower }
    rank = forward ? rank - (count - bucket.count) : count - rank
    return value(at: rank / bucket.count, in: bucket, linearly: histogram.usesCustomBuckets)
  }

  /// A zero bucket beside buckets of one sign only holds values of that sign.
  private static func narrowZeroBucket(_ bucket: inout HistogramBucket, _ histogram: NativeHistogram) {
    guard bucket.lower < 0, bucket.upper > 0 else { return }
    if histogram.negativeBuckets.isEmpty && !histogram.positiveBuckets.isEmpty { bucket.lower = 0 }
    if histogram.positiveBuckets.isEmpty && !histogram.negativeBuckets.isEmpty { bucket.upper = 0 }
  }

  private static func value(at fraction: Double, in bucket: HistogramBucket, linearly: Bool) -> Double {
    let (lower, upper) = (bucket.lower, bucket.upper)
    if linearly || (lower <= 0 && upper >= 0) { return lower + (upper - lower) * fraction }
    let logLower = Arithmetic.logarithm2(lower.magnitude)
    let logUpper = Arithmetic.logarithm2(upper.magnitude)
    if lower > 0 { return Arithmetic.exponential2(logLower + (logUpper - logLower) * fraction) }
    return -Arithmetic.exponential2(logUpper + (logLower - logUpper) * (1 - fraction))
  }

  /// The share of observations between two values. Observations of NaN lie nowhere, but count.
  static func fraction(_ lower: Double, _ upper: Double, _ histogram: NativeHistogram) -> Double {
    let buckets = histogram.buckets.map { bucket in
      var bucket = bucket
      if histogram.usesCustomBuckets {
        // As everywhere with bounds of one's own, values are taken not to be negative unless the bounds say so.
        if bucket.lower == -.infinity, bucket.upper >= 0 { bucket.lower = 0 }
      } else {
        narrowZeroBucket(&bucket, histogram)
      }
      return bucket
    }
    let observed = histogram.sum.isNaN ? buckets.reduce(0) { $0 + $1.count } : histogram.count
    return fraction(
      lower, upper, buckets, total: (histogram.count, observed), linearly: histogram.usesCustomBuckets)
  }

  /// `total` has all observations, and those that lie in buckets.
  static func fraction(
    _ lower: Double, _ upper: Double, _ buckets: [HistogramBucket], total: (all: Double, observed: Double),
    linearly: Bool
  ) -> Double {
    if total.all == 0 || lower.isNaN || upper.isNaN { return .nan }
    if lower >= upper { return 0 }
    func rank(_ value: Double) -> Double {
      var rank = 0.0
      for bucket in buckets {
        if bucket.lower >= value { return rank }
        if bucket.upper > value { return rank + bucket.count * share(below: value, bucket, linearly: linearly) }
        rank += bucket.count
      }
      return total.observed
    }
    return (min(rank(upper), total.observed) - min(rank(lower), total.observed)) / total.all
  }

  private static func share(below value: Double, _ bucket: HistogramBucket, linearly: Bool) -> Double {
    let (lower, upper) = (bucket.lower, bucket.upper)
    if upper == .infinity { return 0 }
    if lower == -.infinity { return 1 }
    if linearly || (lower <= 0 && upper >= 0) { return (value - lower) / (upper - lower) }
    let logLower = Arithmetic.logarithm2(lower.magnitude)
    let logUpper = Arithmetic.logarithm2(upper.magnitude)
    let logValue = Arithmetic.logarithm2(value.magnitude)
    if value > 0 { return (logValue - logLower) / (logUpper - logLower) }
    return 1 - (logValue - logUpper) / (logLower - logUpper)
  }

  /// The variance, with all observations of a bucket taken to lie at its middle (the geometric one where it has one).
  static func variance(_ histogram: NativeHistogram) -> Double {
    let mean = histogram.sum / histogram.count
    var (sum, compensation) = (0.0, 0.0)
    for bucket in histogram.buckets {
      let middle: Double
      if histogram.usesCustomBuckets {
        middle = (bucket.lower + bucket.upper) / 2
      } else if bucket.lower <= 0 && bucket.upper >= 0 {
        middle = 0
      } else {
        let size = (bucket.lower * bucket.upper).squareRoot()
        middle = bucket.upper < 0 ? -size : size
      }
      let delta = middle - mean
      Arithmetic.add(bucket.count * delta * delta, &sum, &compensation)
    }
    return (sum + compensation) / histogram.count
  }
}

/// A bucket of a classic histogram: observations up to a bound, those of lower buckets included.
struct ClassicBucket {
  var upperBound: Double
  var count: Double
}

/// What had to be corrected in a classic histogram: between which bounds, and by how much at most.
struct Correction: Hashable {
  var lowest: Double
  var highest: Double
  var difference: Double

  func joined(with other: Correction) -> Correction {
    Correction(
      lowest: min(lowest, other.lowest), highest: max(highest, other.highest),
      difference: max(difference, other.difference))
  }
}

extension HistogramStatistics {
  /// The quantile of a classic histogram. `correction` tells that counts had to be raised to be monotonic.
  static func quantile(_ q: Double, _ buckets: [ClassicBucket]) -> (value: Double, correction: Correction?) {
    if q.isNaN { return (.nan, nil) }
    if q < 0 { return (-.infinity, nil) }
    if q > 1 { return (.infinity, nil) }
    guard buckets.last?.upperBound == .infinity else { return (.nan, nil) }
    let (buckets, isForced) = monotonic(coalesced(buckets))
    guard buckets.count > 1, let total = buckets.last?.count, total != 0, !total.isNaN else { return (.nan, nil) }
    var rank = q * total
    let index = buckets.dropLast().firstIndex { $0.count >= rank } ?? buckets.count - 1
    if index == buckets.count - 1 { return (buckets[index - 1].upperBound, isForced) }
    if index == 0 && buckets[0].upperBound <= 0 { return (buckets[0].upperBound, isForced) }
    var (start, count) = (0.0, buckets[index].count)
    if index > 0 {
      start = buckets[index - 1].upperBound
      count -= buckets[index - 1].count
      rank -= buckets[index - 1].count
    }
    return (start + (buckets[index].upperBound - start) * (rank / count), isForced)
  }

  /// The share of a classic histogram's observations between two values.
  static func fraction(_ lower: Double, _ upper: Double, _ classic: [ClassicBucket]) -> Double {
    guard classic.last?.upperBound == .infinity else { return .nan }
    let buckets = coalesced(classic)
    guard let total = buckets.last?.count else { return .nan }
    var out: [HistogramBucket] = []
    for (index, bucket) in buckets.enumerated() {
      let start = index > 0 ? buckets[index - 1].upperBound : bucket.upperBound > 0 ? 0 : -.infinity
      let before = index > 0 ? buckets[index - 1].count : 0
      out.append(
        HistogramBucket(
          lower: start, upper: bucket.upperBound, isLowerInclusive: false, isUpperInclusive: true,
          count: bucket.count - before))
    }
    return fraction(lower, upper, out, total: (total, total), linearly: true)
  }

  private static func coalesced(_ buckets: [ClassicBucket]) -> [ClassicBucket] {
    var out: [ClassicBucket] = []
    for bucket in buckets {
      if let last = out.last, last.upperBound == bucket.upperBound {
        out[out.count - 1].count += bucket.count
      } else {
        out.append(bucket)
      }
    }
    return out
  }

  /// Raises counts that are lower than those before them. Differences of rounding do not count as corrections.
  private static func monotonic(_ buckets: [ClassicBucket]) -> (buckets: [ClassicBucket], correction: Correction?) {
    var out = buckets
    var correction: Correction?
    guard var previous = out.first?.count else { return (out, nil) }
    for index in out.indices.dropFirst() {
      let (count, bound) = (out[index].count, out[index].upperBound)
      if count == previous { continue }
      if isAlmostEqual(previous, count) {
        out[index].count = previous
      } else if count < previous {
        out[index].count = previous
        let found = Correction(lowest: bound, highest: bound, difference: previous - count)
        correction = correction?.joined(with: found) ?? found
      } else {
        previous = count
      }
    }
    return (out, correction)
  }

  private static func isAlmostEqual(_ a: Double, _ b: Double) -> Bool {
    let tolerance = 1e-12
    if a == b || (a.isNaN && b.isNaN) { return true }
    let difference = (a - b).magnitude
    let sum = a.magnitude + b.magnitude
    if a == 0 || b == 0 || sum < Double.leastNormalMagnitude {
      return difference < tolerance * Double.leastNormalMagnitude
    }
    return difference / min(sum, Double.greatestFiniteMagnitude) < tolerance
  }
}
