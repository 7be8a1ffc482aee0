import TimeSeries

/// The sum or the mean of native histograms, number by number, without losing small terms to rounding.
///
/// The mean is that of the sum; once a number of the sum overflows, the mean is carried along sample by sample instead.
struct HistogramAccumulator {
  private var total: NativeHistogram
  /// What rounding has cost so far, in the same buckets as `total`.
  private var lost: NativeHistogram
  private(set) var number = 1.0
  private var isIncremental = false
  private let isMean: Bool
  private var sawReset = false
  private var sawNoReset = false
  /// Whether custom buckets with different bounds had to be reduced to those that they share.
  private(set) var hasReconciledBounds = false
  /// Whether custom and exponential buckets met, which have no sum.
  private(set) var isIncompatible = false

  init(_ first: NativeHistogram, isMean: Bool) {
    total = first
    lost = first
    self.isMean = isMean
    lost.clear()
    note(first.counterResetHint)
  }

  /// Whether some samples say that their counter began anew and others that theirs did not.
  var hasConflictingResets: Bool { sawReset && sawNoReset }

  private mutating func note(_ hint: CounterResetHint) {
    if hint == .reset { sawReset = true }
    if hint == .notReset { sawNoReset = true }
  }

  mutating func add(_ next: NativeHistogram) {
    if isIncompatible { return }
    note(next.counterResetHint)
    guard total.usesCustomBuckets == next.usesCustomBuckets else {
      isIncompatible = true
      return
    }
    if total.hasOtherCustomBounds(than: next) { hasReconciledBounds = true }
    number += 1
    if !isIncremental {
      let before = (total, lost)
      merge(next)
      if !isMean || !total.hasInfinity { return }
      (total, lost) = before
      isIncremental = true
      total = total.scaled(by: 1 / (number - 1))
      lost = lost.scaled(by: 1 / (number - 1))
    }
    let weight = (number - 1) / number
    total = total.scaled(by: weight)
    lost = lost.scaled(by: weight)
    merge(next.scaled(by: 1 / number))
  }

  private mutating func merge(_ next: NativeHistogram) {
    var next = next
    let hint = total.hint(combinedWith: next)
    _ = NativeHistogram.align(&total, &next)
    if lost.usesCustomBuckets {
      if lost.customValues != total.customValues { lost = lost.rebucketed(to: total.customValues) }
    } else {
      if lost.zeroThreshold < total.zeroThreshold { lost.widenZeroBucket(to: total.zeroThreshold) }
      lost = lost.reduced(to: total.schema)
    }
    Arithmetic.add(next.count, &total.count, &lost.count)
    Arithmetic.add(next.sum, &total.sum, &lost.sum)
    Arithmetic.add(next.zeroCount, &total.zeroCount, &lost.zeroCount)
    var (positive, negative) = (total.positive, total.negative)
    var (lostPositive, lostNegative) = (lost.positive, lost.negative)
    positive.add(next.positive, &lostPositive)
    negative.add(next.negative, &lostNegative)
    total.set(positive: positive, negative: negative)
    lost.set(positive: lostPositive, negative: lostNegative)
    total.counterResetHint = hint
  }

  /// The sum or the mean.
  var value: NativeHistogram {
    var result = total
    func settled(_ value: Double, _ compensation: Double) -> Double {
      value.isInfinite ? value : value + compensation
    }
    result.count = settled(total.count, lost.count)
    result.sum = settled(total.sum, lost.sum)
    result.zeroCount = settled(total.zeroCount, lost.zeroCount)
    result.set(
      positive: total.positive.merging(lost.positive, factor: 1),
      negative: total.negative.merging(lost.negative, factor: 1))
    return isMean && !isIncremental ? result.divided(by: number) : result
  }
}

extension NativeHistogram {
  fileprivate mutating func clear() {
    (count, sum, zeroCount) = (0, 0, 0)
    set(positive: SparseBuckets(), negative: SparseBuckets())
  }

  fileprivate var hasInfinity: Bool {
    count.isInfinite || sum.isInfinite || zeroCount.isInfinite || positiveBuckets.contains(where: \.isInfinite)
      || negativeBuckets.contains(where: \.isInfinite)
  }
}

extension SparseBuckets {
  /// Adds other buckets with compensation; `lost` has what rounding has cost so far, by the same indices.
  fileprivate mutating func add(_ other: SparseBuckets, _ lost: inout SparseBuckets) {
    let slots = merging(other, factor: 0)
    let aligned = slots.merging(lost, factor: 0)
    var (sums, losses) = (SparseBuckets(), SparseBuckets())
    for index in aligned.indices {
      var (sum, compensation) = (count(at: index), lost.count(at: index))
      Arithmetic.add(other.count(at: index), &sum, &compensation)
      sums.indices.append(index)
      sums.counts.append(sum)
      losses.indices.append(index)
      losses.counts.append(compensation)
    }
    self = sums
    lost = losses
  }

  /// The count at an index, 0 where there is no bucket.
  private func count(at index: Int32) -> Double {
    var (low, high) = (0, indices.count)
    while low < high {
      let middle = (low + high) / 2
      if indices[middle] < index { low = middle + 1 } else { high = middle }
    }
    return low < indices.count && indices[low] == index ? counts[low] : 0
  }
}
