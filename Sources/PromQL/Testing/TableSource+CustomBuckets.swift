import TimeSeries

extension TableSource {
  /// Adds, for each classic histogram among loaded series, the same data as a native histogram with custom buckets.
  mutating func addCustomBucketHistograms(of loaded: [(Labels, [SampleValue?])], step: Int64) {
    struct Classic {
      var bounds: [(bound: Double, points: [SampleValue?])] = []
      var sums: [SampleValue?] = []
      var counts: [SampleValue?] = []
    }
    var classics: [Labels: Classic] = [:]
    for (labels, points) in loaded {
      let name = labels.metric
      for suffix in ["_bucket", "_sum", "_count"] where name.hasSuffix(suffix) {
        let key = labels.removing(["le"]).setting(Labels.metricName, to: String(name.dropLast(suffix.count)))
        switch suffix {
        case "_sum": classics[key, default: Classic()].sums = points
        case "_count": classics[key, default: Classic()].counts = points
        default:
          let spelled = labels["le"] ?? ""
          guard let bound = spelled == "+Inf" ? .infinity : Double(spelled) else { continue }
          classics[key, default: Classic()].bounds.append((bound, points))
        }
      }
    }
    for labels in classics.keys.sorted() {
      guard let classic = classics[labels], !classic.bounds.isEmpty else { continue }
      let bounds = classic.bounds.sorted { $0.bound < $1.bound }
      for index in 0..<(bounds.map(\.points.count).max() ?? 0) {
        func value(_ points: [SampleValue?]) -> Double? { points.indices.contains(index) ? points[index]?.float : nil }
        guard bounds.contains(where: { value($0.points) != nil }) else { continue }
        var histogram = NativeHistogram()
        histogram.schema = NativeHistogram.customSchema
        histogram.customValues = bounds.map(\.bound).filter(\.isFinite)
        var previous = 0.0
        var counts: [Double] = []
        for bucket in bounds {
          let cumulative = max(previous, value(bucket.points) ?? previous)
          counts.append(cumulative - previous)
          previous = cumulative
        }
        histogram.count = value(classic.counts) ?? previous
        if counts.count == histogram.customValues.count { counts.append(histogram.count - previous) }
        histogram.sum = value(classic.sums) ?? 0
        histogram.set(positive: SparseBuckets(firstIndex: 0, counts), negative: SparseBuckets())
        add(labels, at: Int64(index) * step, .histogram(histogram))
      }
    }
  }
}
