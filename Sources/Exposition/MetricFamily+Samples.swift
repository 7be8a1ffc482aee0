/// One sample as a scraper stores it.
public struct MetricSample: Sendable {
  /// The name with the suffix of a histogram's part, for example `_bucket`.
  public let name: String
  /// In the order of the descriptor; a bucket's bound `le` comes last, in the canonical form of OpenMetrics (`1.0`).
  public let labels: [(name: String, value: String)]
  /// The value at the instant of the scrape.
  public let value: Double
}

extension MetricFamily {
  /// What a Prometheus stores of the family after a scrape: a histogram comes as its cumulative buckets, sum and count.
  public var samples: [MetricSample] {
    points.flatMap { point in
      let labels = Array(zip(descriptor.labels, point.labels)).map { (name: $0, value: $1) }
      switch point.value {
      case .number(let value): return [MetricSample(name: descriptor.name, labels: labels, value: value)]
      case .histogram(let histogram): return samples(of: histogram, labels)
      }
    }
  }

  private func samples(of histogram: HistogramValue, _ labels: [(name: String, value: String)]) -> [MetricSample] {
    var samples: [MetricSample] = []
    var cumulative: UInt64 = 0
    for (index, count) in histogram.counts.enumerated() {
      cumulative += count
      let bound = index < histogram.bounds.count ? histogram.bounds[index] : .infinity
      samples.append(
        MetricSample(
          name: descriptor.name + "_bucket",
          labels: labels + [("le", ExpositionWriter.boundText(of: bound, format: .openMetrics))],
          value: Double(cumulative)))
    }
    samples.append(MetricSample(name: descriptor.name + "_sum", labels: labels, value: histogram.sum))
    samples.append(MetricSample(name: descriptor.name + "_count", labels: labels, value: Double(cumulative)))
    return samples
  }
}
