import TimeSeries

extension Evaluation {
  /// Slides the windows over each series and hands over one row a series. The row's memory is used again.
  func applyRangeFunction(_ call: Call, _ grid: StepGrid, _ body: (inout Row) throws -> Void) throws {
    guard let function = RangeFunction(call.name) else { return }
    guard let matrix = call.arguments.first(where: { $0.type == .matrix }) else { return }
    let parameters = try call.arguments.filter { $0.type == .scalar }.map { try scalar($0, grid) }
    if function == .quantile {
      for value in parameters[0] where !(value >= 0 && value <= 1) { warnQuantile(value, call.arguments[0].range) }
    }
    var row = Row(labels: Labels(), values: Array(repeating: .absent, count: grid.count))
    try forEachSeries(of: matrix, grid) { samples, geometry in
      row.labels = samples.labels
      row.dropsName = samples.dropsName || !function.keepsName
      row.histograms = []
      if function == .smoothing { try checkFactors(parameters, samples.buffer, geometry, grid) }
      noteCounterName(function, samples.labels, matrix, hasHistograms: !samples.buffer.histograms.isEmpty)
      if geometry.mode != .plain {
        edgedFunction(function, samples.buffer, geometry, grid, &row)
      } else if samples.buffer.histograms.isEmpty {
        slideFloats(function, samples.buffer, geometry, grid, parameters, &row.values)
      } else {
        slideMixed(function, samples.buffer, geometry, grid, parameters, (call, samples.labels), &row)
      }
      if row.isPopulated { try body(&row) }
    }
  }

  /// The factors of smoothing lie between 0 and 1, or are NaN, wherever there is something to smooth.
  private func checkFactors(
    _ parameters: [[Double]], _ buffer: SampleBuffer, _ geometry: WindowGeometry, _ grid: StepGrid
  ) throws {
    for (values, name) in zip(parameters, ["smoothing", "trend"]) {
      for step in 0..<grid.count where values[step] <= 0 || values[step] >= 1 {
        let end = geometry.end(grid.time(step))
        guard buffer.timestamps.contains(where: { $0 <= end && $0 > end - geometry.window }) else { continue }
        throw PromQLError(
          .execution,
          "invalid \(name) factor. Expected: 0 < \(name == "trend" ? "tf" : "sf") < 1, "
            + "got: \(FloatFormat.decimal(values[step]))")
      }
    }
  }

  func warnQuantile(_ value: Double, _ range: SourceRange) {
    annotations.warn("quantile value should be between 0 and 1, got \(FloatFormat.general(value)) \(place(range))")
  }

  private func noteCounterName(
    _ function: RangeFunction, _ labels: Labels, _ matrix: Expression, hasHistograms: Bool
  ) {
    guard function == .rate || function == .increase, !hasHistograms, case .matrix = matrix.unwrapped else { return }
    let name = labels.metric
    guard !name.isEmpty, name != lastCounterName else { return }
    for suffix in ["_total", "_sum", "_count", "_bucket"] where name.hasSuffix(suffix) {
      lastCounterName = name
      return
    }
    annotations.inform(
      "metric might not be a counter, name does not end in _total/_sum/_count/_bucket: \(Quoting.quoted(name)) "
        + place(matrix.range))
  }

  /// The windows of a series of floats: two indices move forward over plain memory.
  private func slideFloats(
    _ function: RangeFunction, _ buffer: SampleBuffer, _ geometry: WindowGeometry, _ grid: StepGrid,
    _ parameters: [[Double]], _ out: inout [Double]
  ) {
    let count = buffer.count
    let steps = grid.count
    buffer.timestamps.withUnsafeBufferPointer { times in
      buffer.values.withUnsafeBufferPointer { values in
        out.withUnsafeMutableBufferPointer { out in
          guard let timesBase = times.baseAddress, let valuesBase = values.baseAddress else { return }
          let hasDecrease = function.isForCounters && FloatKernels.hasDecrease(values)
          var low = 0
          var high = 0
          for step in 0..<steps {
            if step > 0, geometry.fixed != nil, !function.dependsOnTime, parameters.isEmpty {
              out[step] = out[0]
              continue
            }
            let end = geometry.end(grid.time(step))
            let start = end - geometry.window
            while high < count && times[high] <= end { high += 1 }
            while low < high && times[low] <= start { low += 1 }
            guard high > low else {
              out[step] = .absent
              continue
            }
            let window = FloatWindow(
              times: timesBase + low, values: valuesBase + low, count: high - low, start: start, end: end,
              hasDecrease: hasDecrease)
            out[step] = FloatKernels.apply(function, window, parameters, step: step, time: grid.time(step))
          }
        }
      }
    }
  }
}
