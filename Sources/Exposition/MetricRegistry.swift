import Synchronization

/// Counters and histograms that grow over the program's life, shared by all of its parts.
///
/// Every call may come from any thread and holds a lock for about the time of two dictionary look-ups; count a request
/// or a batch, not each sample in it.
public final class MetricRegistry: Sendable {
  private let table = Mutex(MetricTable())

  /// A registry without values.
  public init() {}

  /// Sets a gauge or an info metric, or a counter that is kept elsewhere.
  public func set(_ metric: MetricDescriptor, _ value: Double, labels: [String] = []) {
    table.withLock { $0.set(metric, value, labels: labels) }
  }

  /// Adds to a counter.
  public func increment(_ metric: MetricDescriptor, by amount: Double = 1, labels: [String] = []) {
    table.withLock { $0.increment(metric, by: amount, labels: labels) }
  }

  /// Counts one observation of a histogram.
  public func observe(_ metric: MetricDescriptor, _ observation: Double, labels: [String] = []) {
    table.withLock { $0.observe(metric, observation, labels: labels) }
  }

  /// Several changes that a scrape sees together or not at all.
  public func update(_ changes: (inout sending MetricTable) -> Void) {
    table.withLock { changes(&$0) }
  }

  /// A copy of all values at this instant, to which a scrape can add gauges of its own.
  public func snapshot() -> MetricTable { table.withLock { $0 } }
}
