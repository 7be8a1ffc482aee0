public import Model
public import Ports
public import PromQL
public import TimeSeries

/// Answers about a stretch of time from a store of our own, by the same PromQL as triggers.
public final class EmbeddedRangeSource: RangeSource {
  private let source: any SeriesSource
  private let engine: Engine

  /// - Parameter engine: its lookback is that of expressions which need not be fresh.
  public init(source: any SeriesSource, engine: Engine) {
    self.source = source
    self.engine = engine
  }

  /// See `RangeSource`.
  public func range(
    _ expression: String, from start: Instant, through end: Instant, step: Duration, freshWithin: Duration?
  ) async throws -> [RangeSeries] {
    var engine = engine
    let query = try parsed(expression, freshWithin: freshWithin)
    if let freshWithin { engine.limits.lookback = min(engine.limits.lookback, freshWithin.milliseconds) }
    var places: [[String: String]: Int] = [:]
    var all: [RangeSeries] = []
    for piece in RangePieces.of(start, through: end, step: step, mostPoints: engine.limits.maximumPointsPerSeries) {
      try Task.checkCancellation()
      let result: QueryResult
      do {
        result = try engine.range(
          query, source, start: piece.start.milliseconds, end: piece.end.milliseconds,
          step: max(step.milliseconds, 1))
      } catch let error as PromQLError where error.code != .badData {
        throw RangeTooLarge("The store gives no answer: \(error)")
      }
      guard case .matrix(let series) = result.value else { continue }
      for one in series {
        let labels = Dictionary(uniqueKeysWithValues: one.labels.entries.map { ($0.name, $0.value) })
        let points = one.points.compactMap { point in
          point.value.float.map { RangePoint(at: Instant(milliseconds: point.timestamp), value: $0) }
        }
        guard !points.isEmpty else { continue }
        if let known = places[labels] {
          all[known].points += points
        } else {
          places[labels] = all.count
          all.append(RangeSeries(labels: labels, points: points))
        }
      }
    }
    return all
  }

  private func parsed(_ expression: String, freshWithin: Duration?) throws -> Query {
    let operation = "metrics.range"
    do {
      let query = try Query(parse: expression)
      guard let freshWithin else { return query }
      guard let text = query.textWhereFresh(withinMilliseconds: freshWithin.milliseconds) else {
        throw PortError(
          .invalid, "A trigger needs a number or an instant vector, not a \(query.resultType).", operation: operation)
      }
      return try Query(parse: text)
    } catch let error as PromQLError {
      throw PortError(.invalid, "The expression is wrong: \(error)", operation: operation)
    }
  }
}
