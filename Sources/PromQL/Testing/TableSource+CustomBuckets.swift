import TimeSeries

extension TableSource {
  /// Adds, for each classic histogram among loaded series, the same data as a native histogram with custom buckets.
  mutating func addCustomBucketHistograms(of loaded: [(Labels, [ScriptPoint?])], step: Int64) {
    var classics: [Labels: [Int: ClassicSample]] = [:]
    for (labels, points) in loaded {
      let name = labels.metric
      guard let suffix = ["_bucket", "_sum", "_count"].first(where: { name.hasSuffix($0) }) else { continue }
      let spelled = labels["le"] ?? ""
      let bound = spelled == "+Inf" ? Double.infinity : Double(spelled)
      if suffix == "_bucket" && bound == nil { continue }
      let key = labels.removing(["le"]).setting(Labels.metricName, to: String(name.dropLast(suffix.count)))
      for (index, point) in points.enumerated() {
        guard let value = point?.value.float, !value.isStaleMarker else { continue }
        switch suffix {
        case "_sum": classics[key, default: [:]][index, default: ClassicSample()].sum = value
        case "_count": classics[key, default: [:]][index, default: ClassicSample()].count = value
        default:
          classics[key, default: [:]][index, default: ClassicSample()].buckets.append(
            ClassicBucket(upperBound: bound ?? .infinity, count: value))
        }
      }
    }
    for labels in classics.keys.sorted() {
      for (index, sample) in (classics[labels] ?? [:]).sorted(by: { $0.key < $1.key }) {
        add(labels, at: Int64(index) * step, .histogram(sample.histogram))
      }
    }
  }
}

/// What the series of one classic histogram say at one time.
private struct ClassicSample {
  var buckets: [ClassicBucket] = []
  var sum = 0.0
  var count: Double?

  var histogram: NativeHistogram {
    var histogram = NativeHistogram()
    histogram.schema = NativeHistogram.customSchema
    var previous = 0.0
    var counts: [Double] = []
    for bucket in buckets.sorted(by: { $0.upperBound < $1.upperBound }) {
      // Bounds that are spelled in two ways are one bucket; counts never fall.
      if bucket.upperBound == histogram.customValues.last { continue }
      counts.append(max(0, bucket.count - previous))
      previous = max(previous, bucket.count)
      if bucket.upperBound.isFinite { histogram.customValues.append(bucket.upperBound) }
    }
    histogram.count = count ?? previous
    if counts.count == histogram.customValues.count { counts.append(max(0, histogram.count - previous)) }
    histogram.sum = sum
    histogram.set(positive: SparseBuckets(firstIndex: 0, counts), negative: SparseBuckets())
    return histogram
  }
}
