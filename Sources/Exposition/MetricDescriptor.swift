/// What kind of values a metric has.
public enum MetricType: String, Sendable, Codable, Hashable, CaseIterable {
  /// Only ever grows, until the process restarts. Its name ends with `_total`.
  case counter
  case gauge
  case histogram
  /// Labels are the information, the value is always 1. Its name ends with `_info`.
  case info
}

/// What a metric is called, what it means, and what shape its samples have: constant over the program's life.
public struct MetricDescriptor: Sendable, Hashable {
  /// The name as PromQL sees it, with `_total` or `_info`; for a histogram without `_bucket`, `_sum`, `_count`.
  public let name: String
  /// What kind of values it has.
  public let type: MetricType
  /// One sentence.
  public let help: String
  /// Names of the labels, in the order in which their values are given.
  public let labels: [String]
  /// The base unit that the name ends with (before `_total`): `seconds`, `bytes`, …; `nil` for counts of things.
  public let unit: String?
  /// Upper bounds of a histogram's buckets, ascending, without +Inf; empty for other types.
  public let buckets: [Double]

  /// Describes a metric; `MetricReferenceTests` holds the program's own to the naming conventions.
  public init(
    _ name: String, _ type: MetricType, labels: [String] = [], unit: String? = nil, buckets: [Double] = [], help: String
  ) {
    self.name = name
    self.type = type
    self.help = help
    self.labels = labels
    self.unit = unit
    self.buckets = buckets
  }
}
