/// Bounds of one query, and the durations that its meaning depends on.
public struct EngineLimits: Sendable {
  /// How far back a selector looks for the latest sample, in milliseconds.
  public var lookback: Int64 = 300_000
  /// The resolution of a subquery that names none, in milliseconds.
  public var subqueryStep: Int64 = 60_000
  /// The most samples that a query may read and compute.
  public var maximumSamples = 50_000_000
  /// The most points a series that a range query may ask for.
  public var maximumPointsPerSeries = 11_000
  /// Asked now and then; when it answers true the query ends with `timeout`.
  public var isDeadlineReached: @Sendable () -> Bool = { false }
  /// Asked now and then; when it answers true the query ends with `canceled`.
  public var isCanceled: @Sendable () -> Bool = { false }

  /// The defaults of Prometheus.
  public init() {}
}
