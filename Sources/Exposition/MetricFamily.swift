/// Observations counted by size.
public struct HistogramValue: Sendable, Hashable {
  /// Upper bounds of the buckets, ascending, without +Inf.
  public let bounds: [Double]
  /// Observations in each bucket alone (not cumulative); one entry more than `bounds`, the last for +Inf.
  public private(set) var counts: [UInt64]
  /// Of all observed values.
  public private(set) var sum: Double

  /// A histogram without observations.
  public init(bounds: [Double]) {
    self.bounds = bounds
    counts = [UInt64](repeating: 0, count: bounds.count + 1)
    sum = 0
  }

  /// Number of observations.
  public var count: UInt64 { counts.reduce(0, +) }

  /// Counts one observation in the first bucket whose bound is not below it. NaN falls into +Inf.
  public mutating func observe(_ value: Double) {
    var index = 0
    while index < bounds.count, !(value <= bounds[index]) { index += 1 }
    counts[index] += 1
    sum += value
  }
}

/// The value of one time series at this instant.
public enum MetricValue: Sendable, Hashable {
  case number(Double)
  case histogram(HistogramValue)
}

/// One labelled value of a family.
public struct MetricPoint: Sendable, Hashable {
  /// In the order of the descriptor's `labels`.
  public var labels: [String]
  /// A histogram exactly where the descriptor is one.
  public var value: MetricValue

  /// A point; a metric without labels has one at most.
  public init(labels: [String] = [], value: MetricValue) {
    self.labels = labels
    self.value = value
  }
}

/// A metric with its values of this instant, ready to be rendered.
public struct MetricFamily: Sendable, Hashable {
  /// What the metric is.
  public var descriptor: MetricDescriptor
  /// Its series, each with labels of its own.
  public var points: [MetricPoint]

  /// A family; without points it is not rendered.
  public init(_ descriptor: MetricDescriptor, points: [MetricPoint] = []) {
    self.descriptor = descriptor
    self.points = points
  }
}
