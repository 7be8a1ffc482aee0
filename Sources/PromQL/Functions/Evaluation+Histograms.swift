import TimeSeries

extension Evaluation {
  func histogramQuantile(_ call: Call, _ grid: StepGrid) throws -> [Row] {
    let quantiles = try scalar(call.arguments[0], grid)
    for value in quantiles where !(value >= 0 && value <= 1) { warnQuantile(value, call.arguments[0].range) }
    return try overHistograms(call.arguments[1], call, grid) { step, histogram, labels in
      self.nativeQuantile(quantiles[step], histogram, labels, call.arguments[1])
    } classic: { step, buckets, labels in
      self.classicQuantile(quantiles[step], buckets, labels, call.arguments[1], at: grid.time(step))
    }
  }

  private func nativeQuantile(_ q: Double, _ histogram: NativeHistogram, _ labels: Labels, _ argument: Expression)
    -> Double
  {
    let value = HistogramStatistics.quantile(q, histogram)
    if histogram.hasNaNObservations, q >= 0, q <= 1 {
      let effect = value.isNaN ? "result is NaN" : "result is skewed higher"
      inform("input to histogram_quantile has NaN observations, \(effect)", labels, argument)
    }
    return value
  }

  /// An info with the metric's name, if it has one, and the place of an argument.
  private func inform(_ message: String, _ labels: Labels, _ argument: Expression) {
    annotations.inform("\(message)\(Evaluation.nameNote(labels)) \(place(argument.range))")
  }

  /// ` for metric name "…"`, or nothing where there is no name.
  private static func nameNote(_ labels: Labels) -> String {
    labels.metric.isEmpty ? "" : " for metric name \(Quoting.quoted(labels.metric))"
  }

  private func classicQuantile(
    _ q: Double, _ buckets: [ClassicBucket], _ labels: Labels, _ argument: Expression, at time: Int64
  ) -> Double {
    let (value, correction) = HistogramStatistics.quantile(q, buckets)
    if let correction {
      annotations.inform(
        "input to histogram_quantile needed to be fixed for monotonicity (see "
          + "https://prometheus.io/docs/prometheus/latest/querying/functions/#histogram_quantile)"
          + Evaluation.nameNote(labels), place(argument.range), correction, at: time)
    }
    return value
  }

  /// Several quantiles at once, each under its own value of a label.
  func histogramQuantiles(_ call: Call, _ grid: StepGrid) throws -> [Row] {
    let label = try string(call.arguments[1])
    var out: [Row] = []
    for argument in call.arguments.dropFirst(2) {
      let quantiles = try scalar(argument, grid)
      for value in quantiles where !(value >= 0 && value <= 1) { warnQuantile(value, argument.range) }
      let rows = try overHistograms(call.arguments[0], call, grid) { step, histogram, labels in
        self.nativeQuantile(quantiles[step], histogram, labels, call.arguments[0])
      } classic: { step, buckets, labels in
        self.classicQuantile(quantiles[step], buckets, labels, call.arguments[0], at: grid.time(step))
      }
      for row in rows {
        for step in 0..<grid.count where !row.values[step].isAbsent {
          var part = Row.empty(
            row.labels.setting(label, to: FloatFormat.openMetrics(quantiles[step])), dropsName: true, count: grid.count)
          part.values[step] = row.values[step]
          out.append(part)
        }
      }
    }
    return try Evaluation.merge(out)
  }

  func histogramFraction(_ call: Call, _ grid: StepGrid) throws -> [Row] {
    let lower = try scalar(call.arguments[0], grid)
    let upper = try scalar(call.arguments[1], grid)
    return try overHistograms(call.arguments[2], call, grid) { step, histogram, labels in
      if histogram.hasNaNObservations {
        self.inform(
          "input to histogram_fraction has NaN observations, which are excluded from all fractions", labels,
          call.arguments[2])
      }
      return HistogramStatistics.fraction(lower[step], upper[step], histogram)
    } classic: { step, buckets, _ in
      HistogramStatistics.fraction(lower[step], upper[step], buckets)
    }
  }

  /// A classic histogram: its bucket series by upper bound.
  private struct ClassicGroup {
    var labels: Labels
    var members: [(bound: Double, row: Int)] = []
  }

  /// Applies one function to the native histograms and another to the classic ones (groups of `le` series).
  private func overHistograms(
    _ argument: Expression, _ call: Call, _ grid: StepGrid, native: (Int, NativeHistogram, Labels) -> Double,
    classic: (Int, [ClassicBucket], Labels) -> Double
  ) throws -> [Row] {
    let rows = try vector(argument, grid)
    var groups: [ClassicGroup] = []
    var numbers: [Labels: Int] = [:]
    var out: [Labels: Row] = [:]
    var order: [Labels] = []
    for (index, row) in rows.enumerated() {
      if row.hasHistograms {
        var result = Row.empty(row.labels, dropsName: true, count: grid.count)
        for step in 0..<grid.count {
          if let histogram = row.histograms[step] { result.values[step] = native(step, histogram, row.labels) }
        }
        if result.isPopulated {
          out[row.labels] = result
          order.append(row.labels)
        }
      }
      guard row.values.indices.contains(where: { !row.values[$0].isAbsent && row.histogram($0) == nil }) else {
        continue
      }
      guard let bound = Evaluation.bound(row.labels["le"]) else {
        annotations.warn(
          "bucket label \"le\" is missing or has a malformed value of \(Quoting.quoted(row.labels["le"] ?? ""))"
            + "\(Evaluation.nameNote(row.labels)) \(place(argument.range))")
        continue
      }
      let labels = row.labels.removing(["le"])
      let number = numbers[labels] ?? groups.count
      if number == groups.count {
        numbers[labels] = number
        groups.append(ClassicGroup(labels: labels))
      }
      groups[number].members.append((bound, index))
    }
    for var group in groups {
      group.members.sort { $0.bound < $1.bound }
      var result = Row.empty(group.labels, dropsName: true, count: grid.count)
      for step in 0..<grid.count {
        let buckets = group.members.compactMap { member -> ClassicBucket? in
          let row = rows[member.row]
          guard !row.values[step].isAbsent, row.histogram(step) == nil else { return nil }
          return ClassicBucket(upperBound: member.bound, count: row.values[step])
        }
        if buckets.isEmpty { continue }
        if let known = out[group.labels], !known.values[step].isAbsent {
          annotations.warn(
            "vector contains a mix of classic and native histograms\(Evaluation.nameNote(group.labels)) "
              + place(argument.range))
          out[group.labels]?.values[step] = .absent
          continue
        }
        result.values[step] = classic(step, buckets, group.labels)
      }
      try touch(grid.count * max(1, group.members.count / 8))
      guard result.isPopulated else { continue }
      if let known = out[group.labels] {
        out[group.labels] = try Evaluation.merge([known, result])[0]
      } else {
        out[group.labels] = result
        order.append(group.labels)
      }
    }
    return order.compactMap { out[$0] }.filter(\.isPopulated)
  }

  /// The number of an `le` label.
  private static func bound(_ spelled: String?) -> Double? {
    guard let spelled, !spelled.isEmpty else { return nil }
    switch spelled.lowercased() {
    case "+inf", "inf": return .infinity
    case "-inf", "-infinity": return -.infinity
    case "infinity", "+infinity": return .infinity
    default: return Double(spelled)
    }
  }
}
