public import Model
public import Ports
public import PromQL
import Synchronization
public import TimeSeries

/// Answers triggers from the store that the program keeps itself.
///
/// A trigger must not rest on what has stopped coming: an expression none of whose selectors has a sample within the
/// staleness window returns nothing, although PromQL's own lookback and range would still reach older samples.
public final class EmbeddedMetricSource: MetricSource {
  private let source: any SeriesSource
  private let engine: Engine
  private let staleAfter: Duration
  /// Triggers' expressions are few and never change while the program runs.
  private let parsed = Mutex<[String: Query]>([:])

  /// - Parameter staleAfter: twice the interval at which samples are expected.
  public init(source: any SeriesSource, engine: Engine, staleAfter: Duration) {
    self.source = source
    var engine = engine
    engine.limits.lookback = min(engine.limits.lookback, staleAfter.milliseconds)
    self.engine = engine
    self.staleAfter = staleAfter
  }

  /// The elements of an instant query; none when nothing that it selects is fresh.
  /// - Throws: `PromQLError`.
  public func query(_ expression: String, at now: Instant) async throws -> [MetricElement] {
    let query = try parse(expression)
    guard try isFresh(query, at: now) else { return [] }
    let result = try engine.instant(query, source, at: now.milliseconds)
    switch result.value {
    case .scalar(_, let value): return [MetricElement(labels: [:], value: value, at: now)]
    case .vector(_, let samples):
      return samples.compactMap { sample in
        guard let value = sample.value.float else { return nil }
        let labels = sample.labels.entries.map { ($0.name, $0.value) }
        return MetricElement(labels: Dictionary(uniqueKeysWithValues: labels), value: value, at: now)
      }
    case .string, .matrix:
      throw PromQLError(.badData, "a trigger needs a number or an instant vector, not a \(query.resultType)")
    }
  }

  private func parse(_ expression: String) throws -> Query {
    if let known = parsed.withLock({ $0[expression] }) { return known }
    let query = try Query(parse: expression)
    parsed.withLock { $0[expression] = query }
    return query
  }

  /// Whether any selector has a series with a sample within the window that has not ended; an expression without
  /// selectors always is. Looks at the newest sample of each series only, which costs next to nothing.
  private func isFresh(_ query: Query, at now: Instant) throws -> Bool {
    let selectors = query.selectors
    if selectors.isEmpty { return true }
    let from = now.milliseconds - staleAfter.milliseconds
    var buffer = SampleBuffer()
    for matchers in selectors {
      let series = try source.selection(matchers, from: from, through: now.milliseconds, latestOnly: true)
      for index in 0..<series.count {
        switch series.latest(index, from: from, through: now.milliseconds) {
        case .none: continue
        case .float(_, let value):
          if !value.isStaleMarker { return true }
        case .unknown:
          buffer.removeAll()
          series.read(index, from: from, through: now.milliseconds, into: &buffer)
          if let last = buffer.values.last, !last.isStaleMarker { return true }
        }
      }
    }
    return false
  }
}
