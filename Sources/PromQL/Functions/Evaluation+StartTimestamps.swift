import TimeSeries

extension Evaluation {
  /// When the counting began that the latest sample of each series continues, in seconds. Samples of which that is not
  /// known have no result, and neither have computed ones.
  func startTimestamp(_ call: Call, _ grid: StepGrid) throws -> [Row] {
    guard grid.count > 0, case .selector(let selector) = call.arguments[0].unwrapped, selector.mode == .plain else {
      _ = try vector(call.arguments[0], grid)
      return []
    }
    let offset = try milliseconds(selector.offset)
    let fixed = fixedTime(selector.at)
    let lookback = limits.lookback
    let from = (fixed ?? grid.start) - offset - lookback + 1
    let through = (fixed ?? grid.end) - offset
    var buffer = SampleBuffer()
    var out: [Row] = []
    let series = try self.series(selector.matchers, from: from, through: through)
    for index in 0..<series.count {
      buffer.removeAll()
      series.read(index, from: from, through: through, into: &buffer)
      try touch(buffer.count + grid.count)
      if buffer.startTimestamps.isEmpty { continue }
      var row = Row.empty(series.labels(index), dropsName: true, count: grid.count)
      for step in 0..<grid.count {
        let time = (fixed ?? grid.time(step)) - offset
        guard let latest = buffer.range(after: time - lookback, through: time).last,
          !buffer.values[latest].isStaleMarker, buffer.startTimestamps[latest] != 0
        else { continue }
        row.values[step] = Double(buffer.startTimestamps[latest]) / 1000
      }
      if row.isPopulated { out.append(row) }
    }
    return out
  }
}
