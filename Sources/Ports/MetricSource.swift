public import Model

/// One element of an answer.
public struct MetricElement: Hashable, Sendable {
  public var labels: [String: String]
  public var value: Double
  public var at: Instant

  public init(labels: [String: String], value: Double, at: Instant) {
    self.labels = labels
    self.value = value
    self.at = at
  }
}

/// Where the answers to PromQL come from: the embedded store, or a server that speaks the Prometheus API.
public protocol MetricSource: Sendable {
  /// Evaluates an instant query.
  /// - Returns: the elements; a scalar is one element without labels. Empty means *no data*, never zero.
  func query(_ expression: String, at: Instant) async throws -> [MetricElement]
}
