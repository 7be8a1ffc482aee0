import TimeSeries

extension Evaluation {
  func evaluate(_ call: Call, _ grid: StepGrid) throws -> Value {
    if RangeFunction(call.name) != nil {
      return .vector(try collect { try self.applyRangeFunction(call, grid, $0) })
    }
    if let function = Arithmetic.function(call.name) {
      return .vector(try map(call, grid) { _, value in function(value) })
    }
    if let field = CivilTime.field(call.name) { return .vector(try dates(call, grid, field)) }
    if let value = try scalarCall(call, grid) { return .scalar(value) }
    return .vector(try vectorCall(call, grid))
  }

  /// Functions that return one number a step.
  private func scalarCall(_ call: Call, _ grid: StepGrid) throws -> [Double]? {
    func constant(_ value: Double) -> [Double] { Array(repeating: value, count: grid.count) }
    switch call.name {
    case "pi": return constant(.pi)
    case "time": return (0..<grid.count).map { Double(grid.time($0)) / 1000 }
    case "start": return constant(Double(queryStart) / 1000)
    case "end": return constant(Double(queryEnd) / 1000)
    case "step": return constant(Double(queryStep) / 1000)
    case "range": return constant(Double(queryEnd - queryStart) / 1000)
    case "max_of", "min_of":
      let (left, right) = (try scalar(call.arguments[0], grid), try scalar(call.arguments[1], grid))
      let isMaximum = call.name == "max_of"
      return zip(left, right).map { Evaluation.bounded($0, by: $1, isMaximum: isMaximum) }
    case "scalar":
      let rows = try vector(call.arguments[0], grid)
      return (0..<grid.count).map { step in
        var found = Double.nan
        var count = 0
        for row in rows where !row.values[step].isAbsent && row.histogram(step) == nil {
          count += 1
          found = row.values[step]
        }
        return count == 1 ? found : .nan
      }
    default: return nil
    }
  }

  /// The larger or smaller of two, as Go's library has it: NaN when either is, unless the other is infinite in the
  /// direction asked for; -0 is smaller than 0.
  static func bounded(_ left: Double, by right: Double, isMaximum: Bool) -> Double {
    let extreme = isMaximum ? Double.infinity : -.infinity
    if left == extreme || right == extreme { return extreme }
    if left.isNaN || right.isNaN { return .nan }
    if left == right { return (left.sign == .minus) == isMaximum ? right : left }
    return isMaximum ? max(left, right) : min(left, right)
  }

  private func vectorCall(_ call: Call, _ grid: StepGrid) throws -> [Row] {
    switch call.name {
    case "vector": return [Row(labels: Labels(), values: try scalar(call.arguments[0], grid))]
    case "absent": return try absent(call, grid)
    case "absent_over_time": return try absentOverTime(call, grid)
    case "clamp", "clamp_min", "clamp_max": return try clamp(call, grid)
    case "round": return try round(call, grid)
    case "timestamp": return try timestamp(call, grid)
    case "start_timestamp": return try startTimestamp(call, grid)
    case "sort", "sort_desc", "sort_by_label", "sort_by_label_desc": return try sort(call, grid)
    case "label_replace": return try labelReplace(call, grid)
    case "label_join": return try labelJoin(call, grid)
    case "info": return try info(call, grid)
    case "histogram_quantile": return try histogramQuantile(call, grid)
    case "histogram_quantiles": return try histogramQuantiles(call, grid)
    case "histogram_fraction": return try histogramFraction(call, grid)
    case "histogram_avg": return try mapHistograms(call, grid) { $0.sum / $0.count }
    case "histogram_count": return try mapHistograms(call, grid) { $0.count }
    case "histogram_sum": return try mapHistograms(call, grid) { $0.sum }
    case "histogram_stdvar": return try mapHistograms(call, grid) { HistogramStatistics.variance($0) }
    case "histogram_stddev": return try mapHistograms(call, grid) { HistogramStatistics.variance($0).squareRoot() }
    default: throw PromQLError(.execution, "function \(call.name) has no implementation")
    }
  }

  /// Replaces each float; histograms vanish.
  func map(_ call: Call, _ grid: StepGrid, _ function: (Int, Double) -> Double) throws -> [Row] {
    guard let argument = call.arguments.first(where: { $0.type == .vector }) else { return [] }
    var rows = try vector(argument, grid)
    for index in rows.indices {
      rows[index].dropsName = true
      rows[index].removeHistograms()
      rows[index].values.withUnsafeMutableBufferPointer { values in
        for step in values.indices where !values[step].isAbsent { values[step] = function(step, values[step]) }
      }
    }
    return rows.filter(\.isPopulated)
  }

  private func mapHistograms(_ call: Call, _ grid: StepGrid, _ function: (NativeHistogram) -> Double) throws -> [Row] {
    var out: [Row] = []
    for row in try vector(call.arguments[0], grid) where row.hasHistograms {
      var result = Row.empty(row.labels, dropsName: true, count: grid.count)
      for step in 0..<grid.count {
        if let histogram = row.histograms[step] { result.values[step] = function(histogram) }
      }
      if result.isPopulated { out.append(result) }
    }
    return out
  }

  private func dates(_ call: Call, _ grid: StepGrid, _ field: (CivilTime) -> Int) throws -> [Row] {
    guard call.arguments.isEmpty else {
      return try map(call, grid) { _, value in CivilTime(seconds: value).map { Double(field($0)) } ?? .nan }
    }
    let values = (0..<grid.count).map { step in
      CivilTime(seconds: Double(grid.time(step)) / 1000).map { Double(field($0)) } ?? .nan
    }
    return [Row(labels: Labels(), values: values)]
  }

  private func clamp(_ call: Call, _ grid: StepGrid) throws -> [Row] {
    let bounds = try call.arguments.dropFirst().map { try scalar($0, grid) }
    if call.name != "clamp" {
      let isMaximum = call.name == "clamp_min"
      return try map(call, grid) { step, value in
        Evaluation.bounded(value, by: bounds[0][step], isMaximum: isMaximum)
      }
    }
    return try map(call, grid) { step, value in
      let (least, most) = (bounds[0][step], bounds[1][step])
      if most < least { return .absent }
      return Evaluation.bounded(Evaluation.bounded(value, by: most, isMaximum: false), by: least, isMaximum: true)
    }
  }

  private func round(_ call: Call, _ grid: StepGrid) throws -> [Row] {
    let units = call.arguments.count > 1 ? try scalar(call.arguments[1], grid) : []
    return try map(call, grid) { step, value in
      let inverse = 1 / (units.isEmpty ? 1 : units[step])
      return (value * inverse + 0.5).rounded(.down) / inverse
    }
  }

  private func timestamp(_ call: Call, _ grid: StepGrid) throws -> [Row] {
    var rows: [Row]
    if case .selector(let selector) = call.arguments[0].unwrapped, selector.mode == .plain {
      rows = try collect { try self.select(selector, grid, timestamps: true, $0) }
      for index in rows.indices { rows[index].dropsName = true }
      return rows
    }
    rows = try vector(call.arguments[0], grid)
    for index in rows.indices {
      rows[index].dropsName = true
      rows[index].histograms = []
      for step in 0..<grid.count where !rows[index].values[step].isAbsent {
        rows[index].values[step] = Double(grid.time(step)) / 1000
      }
    }
    return rows
  }

  private func sort(_ call: Call, _ grid: StepGrid) throws -> [Row] {
    var rows = try vector(call.arguments[0], grid)
    if queryEnd != queryStart || grid.count > 1 {
      annotations.warn(
        "sort is ineffective for range queries since results are always ordered by labels \(place(call.range))")
      return rows
    }
    let isDescending = call.name.hasSuffix("_desc")
    if call.name.hasPrefix("sort_by_label") {
      let names = try call.arguments.dropFirst().map(string)
      rows.sort { left, right in
        for name in names {
          let order = NaturalOrder.compare(left.labels[name] ?? "", right.labels[name] ?? "")
          if order != 0 { return isDescending ? order > 0 : order < 0 }
        }
        return isDescending ? right.labels < left.labels : left.labels < right.labels
      }
      return rows
    }
    rows = rows.filter { $0.isFloat(0) }
    rows.sort { left, right in
      let (a, b) = (left.values[0], right.values[0])
      if a.isNaN || b.isNaN { return !a.isNaN }
      return isDescending ? a > b : a < b
    }
    return rows
  }
}
