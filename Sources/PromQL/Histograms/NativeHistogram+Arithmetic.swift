import TimeSeries

extension NativeHistogram {
  mutating func set(positive: SparseBuckets, negative: SparseBuckets) {
    (positiveSpans, positiveBuckets) = positive.packed
    (negativeSpans, negativeBuckets) = negative.packed
  }

  /// Without empty buckets.
  func compacted() -> NativeHistogram {
    var copy = self
    copy.set(positive: positive, negative: negative)
    return copy
  }

  /// All counts and the sum times a factor; a negative one makes a gauge of it.
  func scaled(by factor: Double) -> NativeHistogram {
    var copy = self
    copy.count *= factor
    copy.sum *= factor
    copy.zeroCount *= factor
    for index in copy.positiveBuckets.indices { copy.positiveBuckets[index] *= factor }
    for index in copy.negativeBuckets.indices { copy.negativeBuckets[index] *= factor }
    if factor < 0 { copy.counterResetHint = .gauge }
    return copy
  }

  /// All counts and the sum divided; by zero the buckets vanish, as in Prometheus.
  func divided(by divisor: Double) -> NativeHistogram {
    var copy = self
    copy.count /= divisor
    copy.sum /= divisor
    copy.zeroCount /= divisor
    if divisor == 0 {
      copy.set(positive: SparseBuckets(), negative: SparseBuckets())
      return copy
    }
    for index in copy.positiveBuckets.indices { copy.positiveBuckets[index] /= divisor }
    for index in copy.negativeBuckets.indices { copy.negativeBuckets[index] /= divisor }
    if divisor < 0 { copy.counterResetHint = .gauge }
    return copy
  }

  /// The sum of two histograms, or `nil` when one has custom buckets and the other exponential ones.
  func adding(_ other: NativeHistogram) -> NativeHistogram? {
    guard var result = combined(with: other, factor: 1) else { return nil }
    result.counterResetHint = hint(combinedWith: other)
    return result
  }

  /// What is known of resets once another histogram is added or subtracted.
  func hint(combinedWith other: NativeHistogram) -> CounterResetHint {
    switch (counterResetHint, other.counterResetHint) {
    case (let a, let b) where a == b: a
    case (.gauge, _), (_, .gauge): .gauge
    default: .unknown
    }
  }

  /// Whether one says that its counter began anew and the other that it did not.
  func hasConflictingReset(with other: NativeHistogram) -> Bool {
    (counterResetHint == .reset && other.counterResetHint == .notReset)
      || (counterResetHint == .notReset && other.counterResetHint == .reset)
  }

  /// Whether both have custom buckets with different bounds, which are then reduced to those that they share.
  func hasOtherCustomBounds(than other: NativeHistogram) -> Bool {
    usesCustomBuckets && other.usesCustomBuckets && customValues != other.customValues
  }

  /// The difference of two histograms (a gauge), or `nil` as in `adding`.
  func subtracting(_ other: NativeHistogram) -> NativeHistogram? {
    guard var result = combined(with: other, factor: -1) else { return nil }
    result.counterResetHint = .gauge
    return result
  }

  private func combined(with other: NativeHistogram, factor: Double) -> NativeHistogram? {
    var (left, right) = (self, other)
    guard NativeHistogram.align(&left, &right) else { return nil }
    left.count += factor * right.count
    left.sum += factor * right.sum
    left.zeroCount += factor * right.zeroCount
    left.set(
      positive: left.positive.merging(right.positive, factor: factor),
      negative: left.negative.merging(right.negative, factor: factor))
    return left
  }

  /// Gives both the same buckets: the coarser schema and the wider zero bucket, or the custom bounds that they share.
  /// - Returns: `false` when one has custom buckets and the other exponential ones.
  static func align(_ left: inout NativeHistogram, _ right: inout NativeHistogram) -> Bool {
    guard left.usesCustomBuckets == right.usesCustomBuckets else { return false }
    if left.usesCustomBuckets {
      guard left.customValues != right.customValues else { return true }
      let known = right.customValues
      let shared = left.customValues.filter { known.contains($0) }
      left = left.rebucketed(to: shared)
      right = right.rebucketed(to: shared)
    } else {
      alignZeroBuckets(&left, &right)
      let coarser = min(left.schema, right.schema)
      left = left.reduced(to: coarser)
      right = right.reduced(to: coarser)
    }
    return true
  }

  /// The same observations with a coarser schema.
  func reduced(to coarser: Int32) -> NativeHistogram {
    guard coarser < schema, !usesCustomBuckets else { return self }
    var copy = self
    let shift = schema &- coarser
    copy.schema = coarser
    copy.set(positive: positive.coarsened(by: shift), negative: negative.coarsened(by: shift))
    return copy
  }

  /// The same observations in fewer custom buckets; `bounds` must be a subset of the present ones.
  func rebucketed(to bounds: [Double]) -> NativeHistogram {
    var copy = self
    copy.customValues = bounds
    let mapped = positive.mapped { index in
      let position = Int(index)
      guard customValues.indices.contains(position) else { return Int32(bounds.count) }
      return Int32(bounds.firstIndex { $0 >= customValues[position] } ?? bounds.count)
    }
    copy.set(positive: mapped, negative: SparseBuckets())
    return copy
  }

  /// Widens the narrower zero bucket until both are equal.
  private static func alignZeroBuckets(_ left: inout NativeHistogram, _ right: inout NativeHistogram) {
    while left.zeroThreshold != right.zeroThreshold {
      if left.zeroThreshold < right.zeroThreshold {
        left.widenZeroBucket(to: right.zeroThreshold)
      } else {
        right.widenZeroBucket(to: left.zeroThreshold)
      }
    }
  }

  /// Moves the buckets within a threshold into the zero bucket; the threshold grows to the bound of a bucket that it cuts.
  mutating func widenZeroBucket(to threshold: Double) {
    var threshold = threshold
    for buckets in [positive, negative] {
      for (index, count) in zip(buckets.indices, buckets.counts) where count != 0 {
        let lower = NativeHistogram.bound(index &- 1, schema: schema)
        let upper = NativeHistogram.bound(index, schema: schema)
        if lower < threshold && upper > threshold { threshold = upper }
      }
    }
    func split(_ buckets: SparseBuckets) -> SparseBuckets {
      var kept = SparseBuckets()
      for (index, count) in zip(buckets.indices, buckets.counts) {
        if NativeHistogram.bound(index, schema: schema) <= threshold {
          zeroCount += count
        } else {
          kept.indices.append(index)
          kept.counts.append(count)
        }
      }
      return kept
    }
    let (positive, negative) = (split(positive), split(negative))
    set(positive: positive, negative: negative)
    zeroThreshold = threshold
  }
}
