import TimeSeries

extension Evaluation {
  func absent(_ call: Call, _ grid: StepGrid) throws -> [Row] {
    var present = [Bool](repeating: false, count: grid.count)
    try forEachRow(call.arguments[0], grid) { row in
      for step in 0..<grid.count where !row.values[step].isAbsent { present[step] = true }
    }
    return missing(call, present)
  }

  func absentOverTime(_ call: Call, _ grid: StepGrid) throws -> [Row] {
    try checkMode(call)
    var present = [Bool](repeating: false, count: grid.count)
    try forEachSeries(of: call.arguments[0], grid) { samples, geometry in
      var next = 0
      for step in 0..<grid.count where !present[step] {
        let end = geometry.end(grid.time(step))
        while next < samples.buffer.count && samples.buffer.timestamps[next] <= end { next += 1 }
        if next > 0, samples.buffer.timestamps[next - 1] > end - geometry.window { present[step] = true }
      }
    }
    return missing(call, present)
  }

  private func missing(_ call: Call, _ present: [Bool]) -> [Row] {
    let row = Row(
      labels: Evaluation.absentLabels(call.arguments[0]), values: present.map { $0 ? Double.absent : 1 })
    return row.isPopulated ? [row] : []
  }

  /// The labels that the selector's equality matchers fix. Any further matcher of a label takes it away for good,
  /// unless what came before it was no equality.
  private static func absentLabels(_ expression: Expression) -> Labels {
    let matchers: [LabelMatcher]
    switch expression.unwrapped {
    case .selector(let selector): matchers = selector.matchers
    case .matrix(let matrix): matchers = matrix.selector.matchers
    default: return Labels()
    }
    var labels = Labels()
    var seen: Set<String> = []
    for matcher in matchers where matcher.name != Labels.metricName {
      let isFirst = matcher.operation == .equal && seen.insert(matcher.name).inserted
      labels = labels.setting(matcher.name, to: isFirst ? matcher.value : "")
    }
    return labels
  }
}
