import TimeSeries

/// The `anchored` and `smoothed` modifiers: the value at a window's edge comes from samples around it, not from
/// extrapolation.
extension Evaluation {
  /// `rate`, `increase`, `delta`, `changes` and `resets` over windows with edges. Histograms give no result.
  func edgedFunction(
    _ function: RangeFunction, _ buffer: SampleBuffer, _ geometry: WindowGeometry, _ grid: StepGrid, _ row: inout Row
  ) {
    let isCounter = function == .rate || function == .increase
    for step in 0..<grid.count {
      let end = geometry.end(grid.time(step))
      let start = end - geometry.window
      row.values[step] = .absent
      guard
        let points = geometry.mode == .anchored
          ? anchored(buffer, start, end) : smoothed(buffer, start, end, isCounter: isCounter)
      else { continue }
      row.values[step] = edgedValue(function, points, seconds: Double(geometry.window) / 1000)
    }
  }

  private func edgedValue(_ function: RangeFunction, _ points: [Double], seconds: Double) -> Double {
    let pairs = zip(points, points.dropFirst())
    switch function {
    case .changes: return Double(pairs.count { $0 != $1 && !($0.isNaN && $1.isNaN) })
    case .resets: return Double(pairs.count { $1 < $0 })
    default: break
    }
    var change = points[points.count - 1] - points[0]
    if function != .delta { for (previous, next) in pairs where next < previous { change += previous } }
    return function == .rate ? change / seconds : change
  }

  /// The last sample at or before the start (or the first one after it) and all within the window.
  private func anchored(_ buffer: SampleBuffer, _ start: Int64, _ end: Int64) -> [Double]? {
    var points: [Double] = []
    var anchor: Double?
    for index in 0..<buffer.count where buffer.histograms.isEmpty || buffer.histograms[index] == nil {
      let time = buffer.timestamps[index]
      if time > end { break }
      if time <= start {
        if time > start - limits.lookback { anchor = buffer.values[index] }
      } else {
        points.append(buffer.values[index])
      }
    }
    if points.isEmpty { return nil }
    points.insert(anchor ?? points[0], at: 0)
    return points
  }

  private enum Edge { case gauge, counterStart, counterEnd }

  /// The interpolated values at both edges with all samples between them.
  private func smoothed(_ buffer: SampleBuffer, _ start: Int64, _ end: Int64, isCounter: Bool) -> [Double]? {
    guard buffer.histograms.isEmpty else { return nil }
    let (left, right): (Edge, Edge) = isCounter ? (.counterStart, .counterEnd) : (.gauge, .gauge)
    guard let first = interpolated(buffer, start, left) ?? firstValue(buffer, after: start, to: end),
      let last = interpolated(buffer, end, right) ?? lastValue(buffer, after: start, to: end)
    else { return nil }
    let inside = (0..<buffer.count).filter { buffer.timestamps[$0] > start && buffer.timestamps[$0] < end }
    return [first] + inside.map { buffer.values[$0] } + [last]
  }

  private func firstValue(_ buffer: SampleBuffer, after start: Int64, to end: Int64) -> Double? {
    (0..<buffer.count).first { buffer.timestamps[$0] > start && buffer.timestamps[$0] <= end }.map { buffer.values[$0] }
  }

  private func lastValue(_ buffer: SampleBuffer, after start: Int64, to end: Int64) -> Double? {
    (0..<buffer.count).last { buffer.timestamps[$0] > start && buffer.timestamps[$0] <= end }.map { buffer.values[$0] }
  }

  /// The value at an instant on the line between the samples around it; `nil` when either is missing.
  private func interpolated(_ buffer: SampleBuffer, _ time: Int64, _ edge: Edge) -> Double? {
    guard let after = (0..<buffer.count).first(where: { buffer.timestamps[$0] >= time }) else { return nil }
    if buffer.timestamps[after] == time { return buffer.values[after] }
    guard after > 0, buffer.timestamps[after - 1] > time - limits.lookback,
      buffer.timestamps[after] < time + limits.lookback
    else { return nil }
    var left = buffer.values[after - 1]
    var right = buffer.values[after]
    if right < left {
      // A counter's reset between the two: at the start it is taken to have begun at zero, at the end to have gone on.
      switch edge {
      case .gauge: break
      case .counterStart: left = 0
      case .counterEnd: right += left
      }
    }
    let share =
      Double(time - buffer.timestamps[after - 1]) / Double(buffer.timestamps[after] - buffer.timestamps[after - 1])
    return left + (right - left) * share
  }

  /// A selector with `smoothed`: the interpolated value at each step, or the last one where no later sample is known.
  func selectSmoothed(_ selector: VectorSelector, _ grid: StepGrid, _ body: (inout Row) throws -> Void) throws {
    let offset = try selector.offset?.milliseconds(durations) ?? 0
    let fixed = fixedTime(selector.at)
    let from = (fixed ?? grid.start) - offset - limits.lookback + 1
    let through = (fixed ?? grid.end) - offset + limits.lookback - 1
    let series = try self.series(selector.matchers, from: from, through: through)
    for index in 0..<series.count {
      var buffer = SampleBuffer()
      series.read(index, from: from, through: through, into: &buffer)
      SeriesSamples.removeStaleMarkers(&buffer)
      try touch(buffer.count + grid.count)
      guard buffer.histograms.isEmpty else { continue }
      var row = Row.empty(series.labels(index), count: grid.count)
      for step in 0..<grid.count {
        let time = (fixed ?? grid.time(step)) - offset
        if let value = interpolated(buffer, time, .gauge)
          ?? lastValue(buffer, after: time - limits.lookback, to: time)
        {
          row.values[step] = value
        }
      }
      if row.isPopulated { try body(&row) }
    }
  }
}
