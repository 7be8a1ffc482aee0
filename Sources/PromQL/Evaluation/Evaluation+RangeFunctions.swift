import TimeSeries

extension Evaluation {
  /// Slides the windows over each series and hands over one row a series. The row's memory is used again.
  func applyRangeFunction(_ call: Call, _ grid: StepGrid, _ body: (inout Row) throws -> Void) throws {
    guard let function = RangeFunction(call.name) else { return }
    guard let matrix = call.arguments.first(where: { $0.type == .matrix }) else { return }
    try checkMode(call)
    let parameters = try call.arguments.filter { $0.type == .scalar }.map { try scalar($0, grid) }
    var row = Row(labels: Labels(), values: Array(repeating: .absent, count: grid.count))
    try forEachSeries(of: matrix, grid) { samples, geometry in
      row.labels = samples.labels
      row.dropsName = samples.dropsName || !function.keepsName
      row.histograms = []
      if !parameters.isEmpty { try checkParameters(function, parameters, call, samples.buffer, geometry, grid) }
      if geometry.mode != .plain {
        try edgedFunction(function, samples.buffer, geometry, grid, &row)
      } else if samples.buffer.histograms.isEmpty {
        slideFloats(function, samples.buffer, geometry, grid, parameters, &row.values)
      } else {
        slideMixed(function, samples.buffer, geometry, grid, parameters, (call, samples.labels), &row)
      }
      guard row.isPopulated else { return }
      noteCounterName(function, row, samples.labels, matrix)
      try body(&row)
    }
  }

  /// Looks at the parameters of the steps at which there is something to compute.
  private func checkParameters(
    _ function: RangeFunction, _ parameters: [[Double]], _ call: Call, _ buffer: SampleBuffer,
    _ geometry: WindowGeometry, _ grid: StepGrid
  ) throws {
    let isWrong: (Double) -> Bool
    switch function {
    case .quantile: isWrong = { !($0 >= 0 && $0 <= 1) }
    case .smoothing: isWrong = { $0 <= 0 || $0 >= 1 }
    default: return
    }
    for (index, values) in parameters.enumerated() {
      for step in 0..<grid.count where isWrong(values[step]) {
        let end = geometry.end(grid.time(step))
        let isInside: (Int) -> Bool = { buffer.timestamps[$0] > end - geometry.window && buffer.timestamps[$0] <= end }
        let inside = (0..<buffer.count).filter(isInside)
        if function == .quantile, inside.contains(where: { buffer.histograms.isEmpty || buffer.histograms[$0] == nil })
        {
          warnQuantile(values[step], call.arguments[0].range)
        }
        if function == .smoothing, !inside.isEmpty {
          throw PromQLError(
            .execution,
            "invalid \(index == 0 ? "smoothing" : "trend") factor. Expected: 0 < \(index == 0 ? "sf" : "tf") < 1, "
              + "got: \(FloatFormat.sixDecimals(values[step]))")
        }
      }
    }
  }

  func warnQuantile(_ value: Double, _ range: SourceRange) {
    annotations.warn("quantile value should be between 0 and 1, got \(FloatFormat.general(value)) \(place(range))")
  }

  private func noteCounterName(_ function: RangeFunction, _ row: Row, _ labels: Labels, _ matrix: Expression) {
    guard function == .rate || function == .increase else { return }
    let name = labels.metric
    guard !name.isEmpty, name != lastCounterName else { return }
    for suffix in ["_total", "_sum", "_count", "_bucket"] where name.hasSuffix(suffix) {
      lastCounterName = name
      return
    }
    guard !row.hasHistograms || row.values.indices.contains(where: { row.isFloat($0) }) else { return }
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
