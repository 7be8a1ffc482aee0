import TimeSeries

extension Evaluation {
  /// Hands over each series of a range vector with the samples that all its windows need.
  func forEachSeries(
    of expression: Expression, _ grid: StepGrid, _ body: (inout SeriesSamples, WindowGeometry) throws -> Void
  ) throws {
    guard grid.count > 0 else { return }
    switch expression.unwrapped {
    case .matrix(let matrix): try forEachSeries(of: matrix, grid, body)
    case .subquery(let subquery): try forEachSeries(of: subquery, grid, body)
    default: throw PromQLError(.execution, "expected a range vector")
    }
  }

  private func forEachSeries(
    of matrix: MatrixSelector, _ grid: StepGrid, _ body: (inout SeriesSamples, WindowGeometry) throws -> Void
  ) throws {
    var reader = try windows(of: matrix, grid)
    for index in 0..<reader.count {
      guard try read(index, &reader, grid, isQuick: false) != .nothing else { continue }
      try body(&reader.samples, reader.geometry)
    }
  }

  /// Selects the series of a range vector.
  func windows(of matrix: MatrixSelector, _ grid: StepGrid) throws -> WindowReader {
    let selector = matrix.selector
    let geometry = WindowGeometry(
      window: try checkedWindow(matrix.window), offset: try milliseconds(selector.offset),
      fixed: fixedTime(selector.at), mode: selector.mode)
    // Anchored and smoothed ranges also look at the last sample before the window, smoothed ones at the next after it.
    let before = selector.mode == .plain ? 0 : limits.lookback
    let after = selector.mode == .smoothed ? limits.lookback : 0
    let from = geometry.end(grid.start) - geometry.window + 1 - before
    let through = geometry.end(grid.end) + after
    return WindowReader(
      try series(selector.matchers, from: from, through: through), geometry, from: from, through: through)
  }

  /// Reads the samples of one series, without stale markers.
  /// - Parameter isQuick: whether floats shall go to the reader's columns where that is possible.
  /// - Returns: where they are.
  func read(
    _ index: Int, _ reader: inout WindowReader, _ grid: StepGrid, isQuick: Bool
  ) throws -> WindowReader.Place {
    let place = reader.read(index, isQuick: isQuick)
    guard place != .nothing else { return place }
    try touch((place == .columns ? reader.columns.count : reader.samples.buffer.count) + grid.count)
    return reader.removeStaleMarkers(place)
  }

  func checkedWindow(_ duration: DurationExpression) throws -> Int64 {
    let window = try duration.milliseconds(durations)
    if window <= 0 { throw PromQLError(.badData, "\(duration.place)duration must be greater than 0") }
    return window
  }

  /// How far an `offset` looks back; 0 where there is none.
  func milliseconds(_ offset: DurationExpression?) throws -> Int64 { try offset?.milliseconds(durations) ?? 0 }

  private func forEachSeries(
    of subquery: Subquery, _ grid: StepGrid, _ body: (inout SeriesSamples, WindowGeometry) throws -> Void
  ) throws {
    let geometry = WindowGeometry(
      window: try checkedWindow(subquery.window), offset: try milliseconds(subquery.offset),
      fixed: fixedTime(subquery.at))
    let resolution = try subquery.resolution.map { try checkedWindow($0) } ?? limits.subqueryStep
    let inner = Evaluation.subqueryGrid(geometry, grid, resolution)
    guard inner.count > 0 else { return }
    try touch(inner.count)
    for row in try vector(subquery.expression, inner) {
      var samples = SeriesSamples(labels: row.labels, dropsName: row.dropsName, buffer: SampleBuffer())
      for step in 0..<inner.count where !row.values[step].isAbsent {
        samples.buffer.timestamps.append(inner.time(step))
        samples.buffer.values.append(row.values[step])
        if row.hasHistograms {
          var histogram = row.histograms[step]
          histogram?.forgetCounterReset()
          samples.buffer.histograms.append(histogram)
        }
      }
      if samples.buffer.isEmpty { continue }
      try touch(samples.buffer.count + grid.count)
      try body(&samples, geometry)
    }
  }

  /// The instants of a subquery: multiples of its resolution within all the windows.
  static func subqueryGrid(_ geometry: WindowGeometry, _ grid: StepGrid, _ resolution: Int64) -> StepGrid {
    let edge = geometry.end(grid.start) - geometry.window
    var start = resolution * (edge / resolution)
    if start <= edge { start += resolution }
    return .range(start: start, end: geometry.end(grid.end), step: resolution)
  }
}
