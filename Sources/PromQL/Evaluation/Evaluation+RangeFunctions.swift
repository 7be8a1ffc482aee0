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
    /// The number of the metric's name that was looked at last.
    var metricNumber: UInt32?
    /// The result of the series that was worked on last.
    var row: Row
  }

  /// Slides the windows over each series and hands over one row a series. The row's memory is used again.
  func applyRangeFunction(_ call: Call, _ grid: StepGrid, _ body: (inout Row) throws -> Void) throws {
    guard let function = RangeFunction(call.name), grid.count > 0 else { return }
    guard let matrix = call.arguments.first(where: { $0.type == .matrix }) else { return }
    let parameters = try call.arguments.filter { $0.type == .scalar }.map { try scalar($0, grid) }
    try checkParameters(function, parameters, call)
    var application = Application(
      function: function, call: call, matrix: matrix, grid: grid, parameters: parameters,
      slider: WindowSlider(function, grid, parameters), row: .empty(Labels(), count: grid.count))
    guard case .matrix(let selector) = matrix.unwrapped else {
      return try forEachSeries(of: matrix, grid) { samples, geometry in
        apply(samples, geometry, &application)
        if application.row.isPopulated { try body(&application.row) }
      }
    }
    var reader = try windows(of: selector, grid)
    for index in 0..<reader.count {
      switch try read(index, &reader, grid, isQuick: true) {
      case .nothing: continue
      case .columns:
        let metric = reader.metricNumber(index)
        begin(
          reader.labels(index), dropsName: false, isNoted: metric != nil && metric == application.metricNumber,
          &application)
        application.metricNumber = metric
        application.slider.slide(
          reader.columns.times, reader.columns.values, reader.geometry, &application.row.values)
      case .samples: apply(reader.samples, reader.geometry, &application)
      }
      if application.row.isPopulated { try body(&application.row) }
    }
  }

  /// - Parameter isNoted: whether nothing is to be noted of the metric's name, or has been already.
  private func begin(_ labels: Labels, dropsName: Bool, isNoted: Bool, _ application: inout Application) {
    application.row.labels = labels
    application.row.dropsName = dropsName || !application.function.keepsName
    if application.row.hasHistograms { application.row.histograms = [] }
    if !isNoted { noteCounterName(application.function, labels, application.matrix) }
  }

  private func apply(_ samples: SeriesSamples, _ geometry: WindowGeometry, _ application: inout Application) {
    let isFloats = samples.buffer.histograms.isEmpty
    begin(samples.labels, dropsName: samples.dropsName, isNoted: !isFloats, &application)
    let (function, grid) = (application.function, application.grid)
    if geometry.mode != .plain {
      edgedFunction(function, samples.buffer, geometry, grid, &application.row)
    } else if isFloats {
      samples.buffer.withColumns { application.slider.slide($0, $1, geometry, &application.row.values) }
    } else {
      slideMixed(
        function, samples.buffer, geometry, grid, application.parameters, (application.call, samples.labels),
        &application.row)
    }
  }

  private func checkParameters(_ function: RangeFunction, _ parameters: [[Double]], _ call: Call) throws {
    switch function {
    case .quantile:
      for value in parameters[0] where !(value >= 0 && value <= 1) { warnQuantile(value, call.arguments[0].range) }
    case .smoothing:
      for (value, name) in zip(parameters, ["smoothing", "trend"]) {
        if let wrong = value.first(where: { !($0 > 0 && $0 < 1) }) {
          throw PromQLError(
            .execution,
            "invalid \(name) factor. Expected: 0 < \(name == "trend" ? "tf" : "sf") < 1, got: \(FloatFormat.decimal(wrong))"
          )
        }
      }
    default: break
    }
  }

  func warnQuantile(_ value: Double, _ range: SourceRange) {
    annotations.warn("quantile value should be between 0 and 1, got \(FloatFormat.general(value)) \(place(range))")
  }

  private func noteCounterName(_ function: RangeFunction, _ labels: Labels, _ matrix: Expression) {
    guard function == .rate || function == .increase, case .matrix = matrix.unwrapped else { return }
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
}
