public import TimeSeries

/// Evaluates queries over a source of series. Pure: the same source, query and times give the same answer.
public struct Engine: Sendable {
  /// The bounds of every query.
  public var limits: EngineLimits

  /// The farthest time from the Unix epoch that can be asked for, in milliseconds (about 317,000 years).
  static let timeLimit: Int64 = 10_000_000_000_000_000

  private static func checkTimes(_ times: Int64...) throws {
    if times.contains(where: { $0.magnitude > timeLimit.magnitude }) {
      throw PromQLError(.badData, "time is out of range; give seconds since the Unix epoch")
    }
  }

  /// Makes an engine.
  public init(limits: EngineLimits = EngineLimits()) { self.limits = limits }

  /// The value of a query at one instant (milliseconds since the Unix epoch).
  /// - Throws: `PromQLError`.
  public func instant(_ query: Query, _ source: any SeriesSource, at time: Int64) throws -> QueryResult {
    try Engine.checkTimes(time)
    let evaluation = Evaluation(query: query, source: source, limits: limits, start: time, end: time, step: 0)
    let grid = StepGrid.instant(time)
    if query.expression.type == .matrix {
      let series = try evaluation.matrix(query.expression, grid)
      return QueryResult(value: .matrix(series), annotations: evaluation.annotations)
    }
    let value: QueryResult.Value
    switch try evaluation.evaluate(query.expression, grid) {
    case .scalar(let values): value = .scalar(timestamp: time, value: values[0])
    case .string(let text): value = .string(timestamp: time, value: text)
    case .vector(let rows):
      value = .vector(
        timestamp: time,
        samples: try Engine.finish(rows, mixesNames: evaluation.mixesNames).map {
          VectorSample(labels: $0.labels, value: $0.sample(0))
        })
    }
    return QueryResult(value: value, annotations: evaluation.annotations)
  }

  /// The values of a query at `start`, `start + step`, … up to `end` (milliseconds since the Unix epoch, `step` > 0).
  /// - Throws: `PromQLError`; `bad_data` when the range is wrong or would have too many points.
  public func range(_ query: Query, _ source: any SeriesSource, start: Int64, end: Int64, step: Int64) throws
    -> QueryResult
  {
    let type = query.expression.type
    guard type == .scalar || type == .vector else {
      throw PromQLError(
        .badData,
        "invalid expression type \"\(type == .matrix ? "range vector" : "string")\" for range query, "
          + "must be Scalar or instant Vector")
    }
    guard step > 0 else {
      throw PromQLError(
        .badData, "zero or negative query resolution step widths are not accepted. Try a positive integer")
    }
    try Engine.checkTimes(start, end)
    guard end >= start else { throw PromQLError(.badData, "end timestamp must not be before start time") }
    guard (end - start) / step < Int64(limits.maximumPointsPerSeries) else {
      throw PromQLError(
        .badData,
        "exceeded maximum resolution of \(FloatFormat.grouped(limits.maximumPointsPerSeries)) points per timeseries. "
          + "Try decreasing the query resolution (?step=XX)")
    }
    let evaluation = Evaluation(query: query, source: source, limits: limits, start: start, end: end, step: step)
    let grid = StepGrid.range(start: start, end: end, step: step)
    let rows: [Row]
    switch try evaluation.evaluate(query.expression, grid) {
    case .scalar(let values): rows = [Row(labels: Labels(), values: values)]
    case .vector(let computed):
      rows = try Engine.finish(computed, mixesNames: evaluation.mixesNames).sorted { $0.labels < $1.labels }
    case .string: rows = []
    }
    let series = rows.map { row in
      let steps = (0..<grid.count).filter { !row.values[$0].isAbsent }
      return MatrixSeries(
        labels: row.labels, points: steps.map { Point(timestamp: grid.time($0), value: row.sample($0)) })
    }
    return QueryResult(value: .matrix(series), annotations: evaluation.annotations)
  }

  /// Drops the names that are to be dropped and makes sure that no labels occur twice at one instant.
  /// - Parameter mixesNames: whether one series may be in two rows, one of which lost its name before the other did.
  static func finish(_ rows: [Row], mixesNames: Bool) throws -> [Row] {
    guard let first = rows.first else { return rows }
    let renamed = rows.map { row in
      guard row.dropsName else { return row }
      var row = row
      row.labels = row.labels.withoutMetadata
      row.dropsName = false
      return row
    }
    // Rows are unique before; while all bore the same name they are so afterwards, too.
    let name = first.labels.metric
    let isUnique =
      rows.allSatisfy { !$0.dropsName }
      || !mixesNames
        && rows.allSatisfy { $0.dropsName && $0.labels.metric == name && !$0.labels.hasTypeOrUnit }
    return try (isUnique ? renamed : Evaluation.merge(renamed)).filter(\.isPopulated)
  }
}

extension Row {
  func sample(_ step: Int) -> SampleValue {
    histogram(step).map(SampleValue.histogram) ?? .float(values[step])
  }
}

extension Evaluation {
  /// A range vector as the result of an instant query: the samples themselves.
  func matrix(_ expression: Expression, _ grid: StepGrid) throws -> [MatrixSeries] {
    var out: [MatrixSeries] = []
    try forEachSeries(of: expression, grid) { samples, geometry in
      let end = geometry.end(grid.start)
      let labels = samples.dropsName ? samples.labels.withoutMetadata : samples.labels
      if geometry.mode != .plain {
        let points = try edgedPoints(samples.buffer, geometry, at: grid.start)
        if !points.isEmpty { out.append(MatrixSeries(labels: labels, points: points)) }
        return
      }
      var points: [Point] = []
      for index in 0..<samples.buffer.count {
        let time = samples.buffer.timestamps[index]
        guard time <= end, time > end - geometry.window else { continue }
        let histogram = samples.buffer.histograms.isEmpty ? nil : samples.buffer.histograms[index]
        points.append(
          Point(timestamp: time, value: histogram.map(SampleValue.histogram) ?? .float(samples.buffer.values[index])))
      }
      if !points.isEmpty { out.append(MatrixSeries(labels: labels, points: points)) }
    }
    return out.sorted { $0.labels < $1.labels }
  }
}
