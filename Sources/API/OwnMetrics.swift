import Exposition
import Model
import Ports
import RemoteWrite
public import TimeSeries

/// Keeps what `/metrics` shows in the program's own store, as if a Prometheus scraped the program and wrote the samples
/// back: then the console and the dashboards have a history without one.
///
/// It holds back while somebody else writes this program's metrics into the store, so that no sum counts them twice.
public struct OwnMetrics: Sendable {
  /// What a round did.
  public enum Outcome: Sendable, Equatable {
    /// So many series have a new sample; `leftOut` had none, because there are more than `seriesLimit`.
    case kept(series: Int, leftOut: Int)
    /// Somebody else writes them.
    case heldBack
    /// The store's memory is used up; senders are put off, too.
    case noRoom
  }

  /// Series of one round at most. Those of single workers are left out first; a fleet of a thousand workers has fewer.
  public static let seriesLimit = 10_000
  /// Metrics of another writer are looked for among the samples of this time.
  public static let othersLookBack: Int64 = 120_000

  private let parts: ServerParts
  private let own: [Label]
  private let seriesLimit: Int
  /// The series of the last round, which end with a stale marker when they are no longer told.
  private var last: [Labels] = []

  /// - Parameters:
  ///   - labels: put onto every series beside those of the metrics, which win over them.
  ///   - seriesLimit: series of one round at most.
  public init(_ parts: ServerParts, labels: [Label], seriesLimit: Int = OwnMetrics.seriesLimit) {
    self.parts = parts
    own = labels
    self.seriesLimit = seriesLimit
  }

  /// Stores one sample for each series that `/metrics` shows now.
  /// - Throws: `TimeSeriesError` when the log cannot be written; nothing is stored then.
  public mutating func keep() throws -> Outcome {
    let now = parts.time.now().milliseconds
    guard !parts.receiver.store.isMemoryExhausted else { return .noRoom }
    guard try !othersWrite(now) else {
      try append([], at: now)
      return .heldBack
    }
    let all = samples()
    try append(Array(all.prefix(seriesLimit)), at: now)
    return .kept(series: min(all.count, seriesLimit), leftOut: max(0, all.count - seriesLimit))
  }

  /// Ends all series, as a Prometheus does with those of a target that is gone.
  /// - Throws: as `keep`.
  public mutating func end() throws { try append([], at: parts.time.now().milliseconds) }

  private mutating func append(_ samples: [(labels: Labels, value: Double)], at now: Int64) throws {
    let present = Set(samples.map(\.labels))
    let ended = last.filter { !present.contains($0) }
    let batch =
      samples.map { (labels: $0.labels, timestamp: now, value: $0.value) }
      + ended.map { (labels: $0, timestamp: now, value: Double.staleMarker) }
    if !batch.isEmpty { try parts.receiver.store.append(batch, now: now) }
    last = samples.map(\.labels)
  }

  /// What the whole program is comes first, what single workers are last: those give way to the limit.
  private func samples() -> [(labels: Labels, value: Double)] {
    let families = parts.metricTable().families()
    let isOfWorkers = families.map { $0.descriptor.labels.contains("worker") }
    let ordered =
      zip(families, isOfWorkers).filter { !$0.1 }.map(\.0) + zip(families, isOfWorkers).filter(\.1).map(\.0)
    return ordered.flatMap(\.samples).map { sample in
      let labels =
        own + [Label(name: Labels.metricName, value: sample.name)]
        + sample.labels.map { Label(name: $0.name, value: $0.value) }
      return (Labels(labels), sample.value)
    }
  }

  private func othersWrite(_ now: Int64) throws -> Bool {
    let name = try LabelMatcher(name: Labels.metricName, operation: .equal, value: MetricDescriptor.buildInfo.name)
    let from = now - Self.othersLookBack
    let selection = try parts.receiver.store.selection([name], from: from, through: now, latestOnly: true)
    return (0..<selection.count).contains { index in
      switch selection.latest(index, from: from, through: now) {
      case .none: return false
      case .float(_, let value) where value.isStaleMarker: return false
      case .float, .unknown: break
      }
      let labels = selection.labels(index)
      return !own.allSatisfy { labels[$0.name] == $0.value }
    }
  }
}
