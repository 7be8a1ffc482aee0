import TimeSeries

extension NativeHistogram {
  /// Whether both hold the same observations; hints and the layout of spans do not matter.
  func isEquivalent(to other: NativeHistogram) -> Bool {
    func same(_ a: Double, _ b: Double) -> Bool { a == b || (a.isNaN && b.isNaN) }
    guard schema == other.schema, same(count, other.count), same(sum, other.sum) else { return false }
    if usesCustomBuckets {
      guard customValues == other.customValues else { return false }
    }
    guard zeroThreshold == other.zeroThreshold, same(zeroCount, other.zeroCount) else { return false }
    let (a, b) = (compacted(), other.compacted())
    return a.positiveSpans == b.positiveSpans && a.positiveBuckets == b.positiveBuckets
      && a.negativeSpans == b.negativeSpans && a.negativeBuckets == b.negativeBuckets
  }

  /// Whether a counter has begun anew since an earlier sample. What the sample itself says of it goes before what the
  /// buckets tell; a gauge, to which the question does not really apply, is looked at like a counter.
  func isReset(after previous: NativeHistogram) -> Bool {
    switch counterResetHint {
    case .reset: return true
    case .notReset: return false
    case .gauge, .unknown: break
    }
    if count < previous.count || usesCustomBuckets != previous.usesCustomBuckets { return true }
    var (current, earlier) = (self, previous)
    if usesCustomBuckets {
      if customValues != previous.customValues, !NativeHistogram.align(&current, &earlier) { return true }
    } else {
      if schema > previous.schema || zeroThreshold < previous.zeroThreshold { return true }
      if zeroThreshold > earlier.zeroThreshold {
        earlier.widenZeroBucket(to: zeroThreshold)
        if earlier.zeroThreshold != zeroThreshold { return true }
      }
      if zeroCount < earlier.zeroCount { return true }
      earlier = earlier.reduced(to: schema)
    }
    return !current.positive.covers(earlier.positive) || !current.negative.covers(earlier.negative)
  }

  /// What a store knows of a sample that follows another one: it looks at counts, and where the buckets are laid out
  /// otherwise it leaves the question to the query. Explicit resets and gauges stay what they are.
  func hint(storedAfter previous: NativeHistogram?) -> CounterResetHint {
    if counterResetHint == .reset || counterResetHint == .gauge { return counterResetHint }
    guard let previous, previous.counterResetHint != .gauge else { return .unknown }
    if count < previous.count { return .reset }
    guard schema == previous.schema, zeroThreshold == previous.zeroThreshold, customValues == previous.customValues
    else { return .unknown }
    let isLess =
      zeroCount < previous.zeroCount || !positive.covers(previous.positive) || !negative.covers(previous.negative)
    return isLess ? .reset : .notReset
  }
}

extension SparseBuckets {
  /// Whether no bucket holds less than the same bucket of an earlier sample.
  func covers(_ earlier: SparseBuckets) -> Bool {
    !merging(earlier, factor: -1).counts.contains { $0 < 0 }
  }
}
