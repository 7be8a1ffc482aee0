import TimeSeries

extension Evaluation {
  /// The instant that `@` fixes, if it is there.
  func fixedTime(_ at: AtModifier?) -> Int64? {
    switch at {
    case nil: nil
    case .timestamp(let time): time
    case .start: queryStart
    case .end: queryEnd
    }
  }

  func series(
    _ matchers: [LabelMatcher], from: Int64, through: Int64, latestOnly: Bool = false
  ) throws -> any SeriesSelection {
    do {
      let selected = try source.selection(matchers, from: from, through: through, latestOnly: latestOnly)
      try touch(selected.count)
      return selected
    } catch let cause as TimeSeriesError {
      throw PromQLError(.execution, cause.message)
    }
  }

  /// The latest sample within the lookback, at each step.
  func select(
    _ selector: VectorSelector, _ grid: StepGrid, timestamps: Bool = false, _ body: (inout Row) throws -> Void
  ) throws {
    guard grid.count > 0 else { return }
    if selector.mode == .smoothed { return try selectSmoothed(selector, grid, body) }
    let offset = try milliseconds(selector.offset)
    let fixed = fixedTime(selector.at)
    let first = (fixed ?? grid.start) - offset
    let last = (fixed ?? grid.end) - offset
    let from = first - limits.lookback + 1
    // All steps look at the same instant.
    let isInstant = first == last
    var buffer = SampleBuffer()
    var row = Row(labels: Labels(), values: Array(repeating: .absent, count: grid.count))
    let series = try self.series(selector.matchers, from: from, through: last, latestOnly: isInstant)
    for index in 0..<series.count {
      let latest = isInstant ? series.latest(index, from: from, through: last) : .unknown
      switch latest {
      case .none: continue
      case .float(let timestamp, let value):
        try touch(1 + grid.count)
        if value.isStaleMarker { continue }
        row.histograms = []
        for step in 0..<grid.count { row.values[step] = timestamps ? Double(timestamp) / 1000 : value }
      case .unknown:
        buffer.removeAll()
        series.read(index, from: from, through: last, into: &buffer)
        if buffer.isEmpty { continue }
        try touch(buffer.count + grid.count)
        row.histograms = []
        let isFilled = fill(&row, from: buffer, grid, first: first, fixed: fixed != nil, timestamps: timestamps)
        if !isFilled { continue }
      }
      row.labels = series.labels(index)
      row.dropsName = false
      try body(&row)
    }
  }

  /// Writes the latest sample of each step into the row. Returns whether there is any.
  private func fill(
    _ row: inout Row, from buffer: SampleBuffer, _ grid: StepGrid, first: Int64, fixed: Bool, timestamps: Bool
  ) -> Bool {
    let lookback = limits.lookback
    let hasHistograms = !buffer.histograms.isEmpty && !timestamps
    if hasHistograms { row.histograms = Array(repeating: nil, count: grid.count) }
    let count = buffer.count
    var found = false
    buffer.timestamps.withUnsafeBufferPointer { times in
      buffer.values.withUnsafeBufferPointer { values in
        row.values.withUnsafeMutableBufferPointer { out in
          var next = 0
          var time = first
          for step in 0..<grid.count {
            while next < count && times[next] <= time { next += 1 }
            out[step] = .absent
            if next > 0, times[next - 1] > time - lookback, !values[next - 1].isStaleMarker {
              found = true
              out[step] = timestamps ? Double(times[next - 1]) / 1000 : values[next - 1]
              if hasHistograms { row.histograms[step] = buffer.histograms[next - 1] }
            }
            if !fixed { time += grid.step }
          }
        }
      }
    }
    return found
  }
}

extension NativeHistogram {
  /// Between two instants other samples may lie, so what the sample said about its predecessor no longer holds.
  mutating func forgetCounterReset() {
    if counterResetHint != .gauge { counterResetHint = .unknown }
  }
}
