import TimeSeries

extension Evaluation {
  /// A range function on its way through the series.
  private struct Application {
    let function: RangeFunction
    let call: Call
    let matrix: Expression
    let grid: StepGrid
    let parameters: [[Double]]
    var slider: WindowSlider
    /// The number of the metric's name that was looked at last; `nil` when that had none.
    var metricNumber: UInt32?
    /// The result of the series that was worked on last.
    var row: Row
  }

  /// Slides the windows over each series and hands over one row a series. The row's memory is used again.
  func applyRangeFunction(_ call: Call, _ grid: StepGrid, _ body: (inout Row) throws -> Void) throws {
    guard let function = RangeFunction(call.name), grid.count > 0 else { return }
    guard let matrix = call.arguments.first(where: { $0.type == .matrix }) else { return }
    try checkMode(call)
    let parameters = try call.arguments.filter { $0.type == .scalar }.map { try scalar($0, grid) }
    var application = Application(
      function: function, call: call, matrix: matrix, grid: grid, parameters: parameters,
      slider: WindowSlider(function, grid, parameters), row: .empty(Labels(), count: grid.count))
    guard case .matrix(let selector) = matrix.unwrapped else {
      return try forEachSeries(of: matrix, grid) { samples, geometry in
        try apply(samples, geometry, &application)
        try handOver(&application, nil, body)
      }
    }
    // Parameters that may be wrong are looked at beside the samples.
    let isQuick = function != .quantile && function != .smoothing
    var reader = try windows(of: selector, grid)
    for index in 0..<reader.count {
      var metric: UInt32?
      switch try read(index, &reader, grid, isQuick: isQuick) {
      case .nothing: continue
      case .columns:
        metric = reader.metricNumber(index)
        begin(reader.labels(index), dropsName: false, &application)
        application.slider.slide(
          reader.columns.times, reader.columns.values, reader.geometry, &application.row.values)
      case .samples: try apply(reader.samples, reader.geometry, &application)
      }
      try handOver(&application, metric, body)
    }
  }

  /// - Parameter metric: the number of the series' name, where it has one and floats only.
  private func handOver(
    _ application: inout Application, _ metric: UInt32?, _ body: (inout Row) throws -> Void
  ) throws {
    guard application.row.isPopulated else { return }
    // Nearly all series of a selector have the same name.
    if metric == nil || metric != application.metricNumber { noteCounterName(application) }
    application.metricNumber = metric
    try body(&application.row)
  }

  private func begin(_ labels: Labels, dropsName: Bool, _ application: inout Application) {
    application.row.labels = labels
    application.row.dropsName = dropsName || !application.function.keepsName
    if application.row.hasHistograms { application.row.histograms = [] }
  }

  private func apply(
    _ samples: SeriesSamples, _ geometry: WindowGeometry, _ application: inout Application
  ) throws {
    begin(samples.labels, dropsName: samples.dropsName, &application)
    let (function, grid) = (application.function, application.grid)
    try checkParameters(function, application.parameters, application.call, samples.buffer, geometry, grid)
    if geometry.mode != .plain {
      try edgedFunction(function, samples.buffer, geometry, grid, &application.row)
    } else if samples.buffer.histograms.isEmpty {
      samples.buffer.withColumns { application.slider.slide($0, $1, geometry, &application.row.values) }
    } else {
      slideMixed(
        function, samples.buffer, geometry, grid, application.parameters, (application.call, samples.labels),
        &application.row)
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

  private func noteCounterName(_ application: Application) {
    guard application.function == .rate || application.function == .increase else { return }
    let row = application.row
    guard !row.hasHistograms || row.values.indices.contains(where: { row.isFloat($0) }) else { return }
    let name = row.labels.metric
    guard !name.isEmpty, name != lastCounterName else { return }
    for suffix in ["_total", "_sum", "_count", "_bucket"] where name.hasSuffix(suffix) {
      lastCounterName = name
      return
    }
    annotations.inform(
      "metric might not be a counter, name does not end in _total/_sum/_count/_bucket: \(Quoting.quoted(name)) "
        + place(application.matrix.range))
  }
}
