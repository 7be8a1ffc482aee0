import TimeSeries

extension Evaluation {
  private static let identifyingLabels = ["instance", "job"]

  /// Adds the data labels of info series (`target_info` unless the selector names others) that share `instance` and
  /// `job` with a series.
  func info(_ call: Call, _ grid: StepGrid) throws -> [Row] {
    let base = try vector(call.arguments[0], grid)
    var wanted: [LabelMatcher] = []
    if call.arguments.count > 1, case .selector(let selector) = call.arguments[1] { wanted = selector.matchers }
    var matchers = wanted.filter { $0.name == Labels.metricName }
    if matchers.isEmpty {
      matchers = [try Evaluation.matcher(Labels.metricName, "target_info")]
    }
    let dataMatchers = wanted.filter { $0.name != Labels.metricName }
    let dataNames = dataMatchers.map(\.name)
    var infos: [Labels: [Row]] = [:]
    let selector = VectorSelector(matchers: matchers + dataMatchers.filter { !$0.fits("") })
    try select(selector, grid) { row in
      infos[row.labels.keeping(Evaluation.identifyingLabels), default: []].append(row)
    }
    var out: [Row] = []
    for row in base {
      if matchers.contains(where: { !$0.fits(row.labels.metric) }) == false {
        out.append(row)
        continue
      }
      out += try enrich(row, infos[row.labels.keeping(Evaluation.identifyingLabels)] ?? [], dataNames, grid)
        .filter { joined in dataMatchers.allSatisfy { $0.fits(joined.labels[$0.name] ?? "") } }
      try touch(grid.count)
    }
    return try Evaluation.merge(out)
  }

  private static func matcher(_ name: String, _ value: String) throws -> LabelMatcher {
    do {
      return try LabelMatcher(name: name, operation: .equal, value: value)
    } catch {
      throw PromQLError(.execution, "invalid matcher for \(name)")
    }
  }

  /// The row cut by what info series there are at each step.
  private func enrich(_ row: Row, _ infos: [Row], _ dataNames: [String], _ grid: StepGrid) throws -> [Row] {
    var places: [Labels: Int] = [:]
    var out: [Row] = []
    for step in 0..<grid.count where !row.values[step].isAbsent {
      var labels = row.labels
      var added: [String: String] = [:]
      for info in infos where !info.values[step].isAbsent {
        for entry in info.labels.entries {
          if entry.name == Labels.metricName || Evaluation.identifyingLabels.contains(entry.name) { continue }
          if !dataNames.isEmpty && !dataNames.contains(entry.name) { continue }
          if row.labels[entry.name] != nil { continue }
          if let known = added[entry.name], known != entry.value {
            throw PromQLError(.execution, "conflicting label: \(entry.name)")
          }
          added[entry.name] = entry.value
          labels = labels.setting(entry.name, to: entry.value)
        }
      }
      let place = places[labels] ?? out.count
      if place == out.count {
        places[labels] = place
        out.append(.empty(labels, dropsName: row.dropsName, count: grid.count))
      }
      if let histogram = row.histogram(step) {
        out[place].set(step, histogram)
      } else {
        out[place].values[step] = row.values[step]
      }
    }
    return out
  }
}
