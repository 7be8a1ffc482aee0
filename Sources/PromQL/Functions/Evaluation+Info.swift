import TimeSeries

extension Evaluation {
  fileprivate static let identifyingLabels = ["instance", "job"]
  private static let defaultInfo = "target_info"

  /// Adds the data labels of info series (`target_info` unless the selector names others) that share `instance` and
  /// `job` with a series.
  /// - Throws: `execution` when two info series of one name, or two names, do not agree, or one holds histograms.
  func info(_ call: Call, _ grid: StepGrid) throws -> [Row] {
    let base = try vector(call.arguments[0], grid)
    var wanted: [LabelMatcher] = []
    if call.arguments.count > 1, case .selector(let selector) = call.arguments[1] { wanted = selector.matchers }
    var names = wanted.filter { $0.name == Labels.metricName }
    if call.arguments.count == 1 { names = [try Evaluation.equals(Labels.metricName, Evaluation.defaultInfo)] }
    // Info series themselves are not enriched.
    let isInfo = base.map { row in !names.isEmpty && names.allSatisfy { $0.fits(row.labels.metric) } }
    let dataMatchers = wanted.filter { $0.name != Labels.metricName }
    let join = InfoJoin(dataMatchers)
    var infos: [Labels: [InfoSeries]] = [:]
    let hasIdentity = zip(base, isInfo).contains { row, isInfo in
      !isInfo && Evaluation.identifyingLabels.contains { row.labels[$0] != nil }
    }
    if hasIdentity {
      if names.isEmpty { names = [try Evaluation.equals(Labels.metricName, Evaluation.defaultInfo)] }
      infos = try infoSeries(names + dataMatchers, grid)
    }
    var out: [Row] = []
    for (row, isInfo) in zip(base, isInfo) {
      if isInfo {
        out.append(row)
      } else {
        out += try join.rows(row, infos[row.labels.keeping(Evaluation.identifyingLabels)] ?? [], grid)
      }
      try touch(grid.count)
    }
    return try Evaluation.merge(out)
  }

  private static func equals(_ name: String, _ value: String) throws -> LabelMatcher {
    do {
      return try LabelMatcher(name: name, operation: .equal, value: value)
    } catch {
      throw PromQLError(.execution, "invalid matcher for \(name)")
    }
  }

  /// The info series by what identifies their target, each with the times of its latest samples.
  private func infoSeries(_ matchers: [LabelMatcher], _ grid: StepGrid) throws -> [Labels: [InfoSeries]] {
    var infos: [Labels: [InfoSeries]] = [:]
    let selector = VectorSelector(matchers: matchers)
    try select(selector, grid) { row in
      if row.histograms.contains(where: { $0 != nil }) {
        throw PromQLError(.execution, "info sample should be float")
      }
    }
    try select(selector, grid, timestamps: true) { row in
      infos[row.labels.keeping(Evaluation.identifyingLabels), default: []].append(
        InfoSeries(labels: row.labels, times: row.values))
    }
    return infos
  }
}

private struct InfoSeries {
  var labels: Labels
  /// The seconds of the latest sample at each step, absent where there is none.
  var times: [Double]
}

/// Puts data labels of info series on the series of their target.
private struct InfoJoin {
  private let matchers: [LabelMatcher]
  private let names: Set<String>
  /// Whether a series without any data label is dropped, since a matcher demands one.
  private let demandsLabels: Bool

  init(_ matchers: [LabelMatcher]) {
    self.matchers = matchers
    names = Set(matchers.map(\.name))
    demandsLabels = matchers.contains { !$0.fits("") }
  }

  /// The row cut by what info series there are at each step.
  func rows(_ row: Row, _ infos: [InfoSeries], _ grid: StepGrid) throws -> [Row] {
    var places: [Labels: Int] = [:]
    var out: [Row] = []
    for step in 0..<grid.count where !row.values[step].isAbsent {
      let added = try dataLabels(row.labels, try latest(infos, step, grid))
      if added.isEmpty && demandsLabels { continue }
      var labels = row.labels
      for label in added.entries { labels = labels.setting(label.name, to: label.value) }
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

  /// Of each name the series with the newest sample, sorted by name.
  private func latest(_ infos: [InfoSeries], _ step: Int, _ grid: StepGrid) throws -> [Labels] {
    var newest: [String: InfoSeries] = [:]
    for info in infos where !info.times[step].isAbsent {
      guard let known = newest[info.labels.metric] else {
        newest[info.labels.metric] = info
        continue
      }
      if info.times[step] == known.times[step] {
        let time = Int64((info.times[step] * 1000).rounded())
        throw PromQLError(
          .execution,
          "found duplicate series for info metric: existing \(known.labels.setNotation) @ \(time), "
            + "new \(info.labels.setNotation) @ \(time)")
      }
      if info.times[step] > known.times[step] { newest[info.labels.metric] = info }
    }
    return newest.keys.sorted().compactMap { newest[$0]?.labels }
  }

  private func dataLabels(_ base: Labels, _ infos: [Labels]) throws -> Labels {
    var added = Labels()
    for info in infos {
      for entry in info.entries where entry.name != Labels.metricName {
        if !names.isEmpty && !names.contains(entry.name) { continue }
        if let known = added[entry.name], known != entry.value {
          throw PromQLError(.execution, "conflicting label: \(entry.name)")
        }
        if base[entry.name] == nil { added = added.setting(entry.name, to: entry.value) }
      }
    }
    return added
  }
}
