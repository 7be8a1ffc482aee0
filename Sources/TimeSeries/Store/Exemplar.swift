/// One example behind a sample, commonly a trace.
public struct Exemplar: Sendable, Hashable {
  /// Labels of the series that it belongs to.
  public let series: Labels
  /// The exemplar's own labels, for example `trace_id`.
  public let labels: Labels
  /// The value of the example itself.
  public let value: Double
  /// Milliseconds since the Unix epoch.
  public let timestamp: Int64

  /// An exemplar with these parts.
  public init(series: Labels, labels: Labels, value: Double, timestamp: Int64) {
    self.series = series
    self.labels = labels
    self.value = value
    self.timestamp = timestamp
  }
}

/// The newest exemplars over all series; the oldest give way. Kept in memory only.
struct ExemplarRing {
  private(set) var entries: [Exemplar] = []
  private var next = 0

  mutating func append(_ exemplar: Exemplar, limit: Int) {
    guard limit > 0 else { return }
    if entries.count < limit {
      entries.append(exemplar)
    } else {
      entries[next % limit] = exemplar
      next = (next + 1) % limit
    }
  }

  mutating func removeAll(before cutoff: Int64) {
    guard entries.contains(where: { $0.timestamp < cutoff }) else { return }
    entries = (entries[next...] + entries[..<next]).filter { $0.timestamp >= cutoff }
    next = 0
  }
}
