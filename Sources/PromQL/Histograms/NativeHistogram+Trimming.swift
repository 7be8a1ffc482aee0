import TimeSeries

/// The operators `</` and `>/`: what is left of a histogram below or above a value.
extension NativeHistogram {
  /// The observations at most (`keepsLower`) or at least of a value. A bucket that the value cuts is split as quantiles
  /// interpolate within it. Where anything is taken away the sum is estimated anew from the middles of the buckets.
  func trimmed(at limit: Double, keepsLower: Bool) -> NativeHistogram {
    var copy = self
    var (count, sum) = (0.0, 0.0)
    var isTrimmed = false
    func keep(_ bucket: HistogramBucket, isPositive: Bool) -> Double {
      let kept = share(of: bucket, at: limit, keepsLower: keepsLower, isPositive: isPositive)
      if kept.count != bucket.count { isTrimmed = true }
      count += kept.count
      sum += kept.middle * kept.count
      return kept.count
    }
    var (positive, negative) = (positive, negative)
    for index in positive.indices.indices where positive.counts[index] != 0 {
      positive.counts[index] = keep(positiveBucket(positive.indices[index], positive.counts[index]), isPositive: true)
    }
    for index in negative.indices.indices where negative.counts[index] != 0 {
      negative.counts[index] = keep(negativeBucket(negative.indices[index], negative.counts[index]), isPositive: false)
    }
    if zeroCount > 0 {
      let kept = zeroShare(at: limit, keepsLower: keepsLower)
      if kept.count != zeroCount { isTrimmed = true }
      copy.zeroCount = kept.count
      count += kept.count
      sum += kept.middle * kept.count
    }
    guard isTrimmed else { return self }
    copy.set(positive: positive, negative: negative)
    copy.count = count
    copy.sum = sum
    return copy
  }

  private typealias Share = (count: Double, middle: Double)

  private func share(of bucket: HistogramBucket, at limit: Double, keepsLower: Bool, isPositive: Bool) -> Share {
    let (lower, upper) = (bucket.lower, bucket.upper)
    if keepsLower ? upper <= limit : lower >= limit {
      return (bucket.count, middle(lower, upper, isPositive: isPositive))
    }
    if keepsLower ? lower >= limit : upper <= limit { return (0, 0) }
    if lower == -.infinity || upper == .infinity { return endlessShare(of: bucket, at: limit, keepsLower: keepsLower) }
    let below = bucket.count * part(of: bucket, below: limit, isPositive: isPositive)
    return keepsLower
      ? (below, middle(lower, limit, isPositive: isPositive))
      : (bucket.count - below, middle(limit, upper, isPositive: isPositive))
  }

  /// Of a bucket without end nothing is known but its one bound: it is dropped, unless it can be taken to begin at 0.
  private func endlessShare(of bucket: HistogramBucket, at limit: Double, keepsLower: Bool) -> Share {
    guard bucket.lower == -.infinity, bucket.upper.isFinite, bucket.upper > 0 else { return (0, 0) }
    if keepsLower {
      return limit > 0 ? (bucket.count * limit / bucket.upper, limit / 2) : (0, 0)
    }
    return limit >= 0 ? (bucket.count * (1 - limit / bucket.upper), (limit + bucket.upper) / 2) : (0, 0)
  }

  private func part(of bucket: HistogramBucket, below limit: Double, isPositive: Bool) -> Double {
    if usesCustomBuckets { return (limit - bucket.lower) / (bucket.upper - bucket.lower) }
    let lower = Arithmetic.logarithm2(bucket.lower.magnitude)
    let upper = Arithmetic.logarithm2(bucket.upper.magnitude)
    let value = Arithmetic.logarithm2(limit.magnitude)
    return isPositive ? (value - lower) / (upper - lower) : 1 - (value - upper) / (lower - upper)
  }

  private func zeroShare(at limit: Double, keepsLower: Bool) -> Share {
    var (lower, upper) = (-zeroThreshold, zeroThreshold)
    let (hasPositive, hasNegative) = (!positiveBuckets.isEmpty, !negativeBuckets.isEmpty)
    if hasNegative && !hasPositive { upper = 0 }
    if hasPositive && !hasNegative { lower = 0 }
    if keepsLower {
      if limit <= lower { return (0, 0) }
      if limit >= upper { return (zeroCount, (lower + upper) / 2) }
      return (zeroCount * (limit - lower) / (upper - lower), (lower + limit) / 2)
    }
    if limit <= lower { return (zeroCount, (lower + upper) / 2) }
    if limit >= upper { return (0, 0) }
    return (zeroCount * (upper - limit) / (upper - lower), (limit + upper) / 2)
  }

  /// The value that stands for all observations between two bounds.
  private func middle(_ lower: Double, _ upper: Double, isPositive: Bool) -> Double {
    if lower.isInfinite {
      if upper.isInfinite { return 0 }
      return upper > 0 ? upper / 2 : upper
    }
    if upper.isInfinite { return lower }
    if usesCustomBuckets { return (lower + upper) / 2 }
    let size = (lower * upper).magnitude.squareRoot()
    return isPositive ? size : -size
  }
}
