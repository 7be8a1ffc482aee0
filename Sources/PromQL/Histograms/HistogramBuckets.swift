import TimeSeries

/// One bucket of a native histogram with its bounds.
struct HistogramBucket: Hashable {
  var lower: Double
  var upper: Double
  var isLowerInclusive: Bool
  var isUpperInclusive: Bool
  var count: Double

  /// As Prometheus prints it: `(0.5,1]:2`.
  var description: String {
    let bounds = "\(FloatFormat.general(lower)),\(FloatFormat.general(upper))"
    return "\(isLowerInclusive ? "[" : "(")\(bounds)\(isUpperInclusive ? "]" : ")"):\(FloatFormat.general(count))"
  }
}

/// Counts by bucket index, ascending, without empty ones in between unless they were given.
struct SparseBuckets: Hashable {
  var indices: [Int32] = []
  var counts: [Double] = []

  init() {}

  init(_ spans: [BucketSpan], _ buckets: [Double]) {
    var index: Int32 = 0
    var position = 0
    for span in spans {
      index &+= span.offset
      for _ in 0..<min(Int(span.length), buckets.count - position) {
        indices.append(index)
        counts.append(buckets[position])
        index &+= 1
        position += 1
      }
    }
  }

  /// The same as spans and counts; empty buckets are left out.
  var packed: (spans: [BucketSpan], buckets: [Double]) {
    var spans: [BucketSpan] = []
    var buckets: [Double] = []
    var next: Int32 = 0
    for (index, count) in zip(indices, counts) where count != 0 {
      if spans.isEmpty || index != next {
        spans.append(BucketSpan(offset: index &- (spans.isEmpty ? 0 : next), length: 0))
      }
      spans[spans.count - 1].length += 1
      buckets.append(count)
      next = index &+ 1
    }
    return (spans, buckets)
  }

  /// Adds other buckets, multiplied by a factor.
  func merging(_ other: SparseBuckets, factor: Double) -> SparseBuckets {
    var out = SparseBuckets()
    var (i, j) = (0, 0)
    while i < indices.count || j < other.indices.count {
      let left = i < indices.count ? indices[i] : Int32.max
      let right = j < other.indices.count ? other.indices[j] : Int32.max
      var count = 0.0
      if left <= right, i < indices.count {
        count += counts[i]
        i += 1
      }
      if right <= left, j < other.indices.count {
        count += factor * other.counts[j]
        j += 1
      }
      out.indices.append(min(left, right))
      out.counts.append(count)
    }
    return out
  }

  /// The buckets at a resolution coarser by `shift` powers of two.
  func coarsened(by shift: Int32) -> SparseBuckets {
    guard shift > 0 else { return self }
    return mapped { (($0 &- 1) >> shift) &+ 1 }
  }

  /// Moves each bucket to another index; the mapping must not reverse their order.
  func mapped(_ index: (Int32) -> Int32) -> SparseBuckets {
    var out = SparseBuckets()
    for (old, count) in zip(indices, counts) {
      let new = index(old)
      if out.indices.last == new {
        out.counts[out.counts.count - 1] += count
      } else {
        out.indices.append(new)
        out.counts.append(count)
      }
    }
    return out
  }
}

extension NativeHistogram {
  /// The schema of histograms with custom bounds.
  static let customSchema: Int32 = -53

  var usesCustomBuckets: Bool { schema == NativeHistogram.customSchema }
  var positive: SparseBuckets { SparseBuckets(positiveSpans, positiveBuckets) }
  var negative: SparseBuckets { SparseBuckets(negativeSpans, negativeBuckets) }

  /// The upper bound of an exponential bucket's absolute value.
  static func bound(_ index: Int32, schema: Int32) -> Double {
    let power = Double(index) * Arithmetic.exponential2(-Double(schema))
    // The last bucket of finite values ends at the largest of them; only infinity lies beyond.
    return power == 1024 ? .greatestFiniteMagnitude : Arithmetic.exponential2(power)
  }

  func positiveBucket(_ index: Int32, _ count: Double) -> HistogramBucket {
    guard usesCustomBuckets else {
      return HistogramBucket(
        lower: lowerBound(index), upper: NativeHistogram.bound(index, schema: schema),
        isLowerInclusive: false, isUpperInclusive: true, count: count)
    }
    let position = Int(index)
    let lower = position > 0 && position <= customValues.count ? customValues[position - 1] : -.infinity
    let upper = position >= 0 && position < customValues.count ? customValues[position] : .infinity
    return HistogramBucket(
      lower: lower, upper: upper, isLowerInclusive: lower == -.infinity, isUpperInclusive: true, count: count)
  }

  /// The bound of an exponential bucket on the side of zero: a bucket begins where the zero bucket ends.
  private func lowerBound(_ index: Int32) -> Double {
    max(NativeHistogram.bound(index &- 1, schema: schema), zeroThreshold)
  }

  func negativeBucket(_ index: Int32, _ count: Double) -> HistogramBucket {
    HistogramBucket(
      lower: -NativeHistogram.bound(index, schema: schema), upper: -lowerBound(index),
      isLowerInclusive: true, isUpperInclusive: false, count: count)
  }

  /// All buckets with observations, from the lowest values to the highest, the zero bucket among them unless its count
  /// is negative, as it may be in the difference of two histograms.
  var buckets: [HistogramBucket] {
    var out: [HistogramBucket] = []
    let negative = negative
    for position in negative.indices.indices.reversed() where negative.counts[position] != 0 {
      out.append(negativeBucket(negative.indices[position], negative.counts[position]))
    }
    if zeroCount > 0 {
      out.append(
        HistogramBucket(
          lower: -zeroThreshold, upper: zeroThreshold, isLowerInclusive: true, isUpperInclusive: true, count: zeroCount)
      )
    }
    let positive = positive
    for (index, count) in zip(positive.indices, positive.counts) where count != 0 {
      out.append(positiveBucket(index, count))
    }
    return out
  }

  /// Prometheus's notation: `{count:3, sum:5, (1,2]:3}`.
  var notation: String {
    var out = "{count:\(FloatFormat.general(count)), sum:\(FloatFormat.general(sum))"
    for bucket in buckets { out += ", \(bucket.description)" }
    return out + "}"
  }
}
