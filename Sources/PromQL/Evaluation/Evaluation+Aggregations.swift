import TimeSeries

extension Evaluation {
  func aggregate(_ node: Aggregation, _ grid: StepGrid) throws -> [Row] {
    switch node.operation {
    case .topk, .bottomk: return try extremes(node, grid)
    case .limitk, .limitRatio: return try limited(node, grid)
    case .quantile: return try quantiles(node, grid)
    case .countValues: return try countValues(node, grid)
    default: return try simple(node, grid)
    }
  }

  private func simple(_ node: Aggregation, _ grid: StepGrid) throws -> [Row] {
    var index = GroupIndex(node.grouping)
    var columns = GroupColumns(node.operation, steps: grid.count)
    try forEachRow(node.expression, grid) { row in
      columns.add(row, to: index.group(of: row.labels))
    }
    let rows = columns.rows(index.labels)
    try touch(rows.count * grid.count)
    if columns.ignoredHistograms { noteIgnoredHistogram(node) }
    if columns.mixed {
      annotations.warn("encountered a mix of histograms and floats for aggregation \(place(node.expression.range))")
    }
    for metric in columns.incompatibleMetrics { warnSchemas(metric, place(node.expression.range)) }
    if columns.conflictingResets { noteConflictingResets("aggregation", place(node.expression.range)) }
    if columns.reconciledBounds { noteReconciledBounds("aggregation", place(node.expression.range)) }
    return index.keepsName
      ? rows
      : rows.map { row in
        var row = row
        row.dropsName = false
        return row
      }
  }

  func noteIgnoredHistogram(_ node: Aggregation) {
    annotations.inform(
      "ignored histogram in \(node.operation.rawValue) aggregation \(place(node.expression.range))")
  }

  /// The input rows of each group, in order of appearance.
  private func groups(_ node: Aggregation, _ rows: [Row]) -> (index: GroupIndex, members: [[Int]]) {
    var index = GroupIndex(node.grouping)
    var members: [[Int]] = []
    for (position, row) in rows.enumerated() {
      let group = index.group(of: row.labels)
      if group == members.count { members.append([]) }
      members[group].append(position)
    }
    return (index, members)
  }

  private func parameter(_ node: Aggregation, _ grid: StepGrid) throws -> [Double] {
    guard let parameter = node.parameter else { return [] }
    return try scalar(parameter, grid)
  }

  /// How many series to keep at each step.
  private func limits(_ node: Aggregation, _ grid: StepGrid) throws -> [Int] {
    try parameter(node, grid).map { value in
      if value.isNaN { throw PromQLError(.execution, "Parameter value is NaN") }
      if value.magnitude >= 9.2e18 {
        let direction = value > 0 ? "overflows" : "underflows"
        throw PromQLError(.execution, "Scalar value \(FloatFormat.general(value)) \(direction) int64")
      }
      return Int(value)
    }
  }

  private func extremes(_ node: Aggregation, _ grid: StepGrid) throws -> [Row] {
    let limits = try limits(node, grid)
    var rows = try vector(node.expression, grid)
    if rows.contains(where: \.hasHistograms) {
      var ignored = false
      for index in rows.indices where rows[index].hasHistograms {
        ignored = ignored || rows[index].histograms.contains { $0 != nil }
        rows[index].removeHistograms()
      }
      if ignored { noteIgnoredHistogram(node) }
    }
    let isTop = node.operation == .topk
    let (_, members) = groups(node, rows)
    var kept = rows.map { Row.empty($0.labels, dropsName: $0.dropsName, count: grid.count) }
    var order: [Int] = []
    for group in members {
      for step in 0..<grid.count where limits[step] > 0 {
        let present = group.filter { !rows[$0].values[step].isAbsent }
        let best = Evaluation.best(limits[step], of: present, isTop: isTop) { rows[$0].values[step] }
        for index in best { kept[index].values[step] = rows[index].values[step] }
        if grid.count == 1 { order += best }
      }
      try touch(group.count)
    }
    if grid.count == 1 { return order.map { kept[$0] } }
    return kept.filter(\.isPopulated)
  }

  /// The `limit` best of some candidates, best first; of equals the earlier comes first, NaN last.
  private static func best(_ limit: Int, of candidates: [Int], isTop: Bool, _ value: (Int) -> Double) -> [Int] {
    func isBetter(_ a: Int, _ b: Int) -> Bool {
      let (x, y) = (value(a), value(b))
      if x.isNaN || y.isNaN { return x.isNaN == y.isNaN ? a < b : y.isNaN }
      if x == y { return a < b }
      return isTop ? x > y : x < y
    }
    if limit == 1, let first = candidates.first {
      return [candidates.dropFirst().reduce(first) { isBetter($1, $0) ? $1 : $0 }]
    }
    return Array(candidates.sorted(by: isBetter).prefix(limit))
  }

  private func limited(_ node: Aggregation, _ grid: StepGrid) throws -> [Row] {
    let isRatio = node.operation == .limitRatio
    let ratios = isRatio ? try ratios(node, grid) : []
    let limits = isRatio ? [] : try limits(node, grid)
    let rows = try vector(node.expression, grid)
    var kept = rows.map { Row.empty($0.labels, dropsName: $0.dropsName, count: grid.count) }
    for group in groups(node, rows).members {
      for step in 0..<grid.count {
        var taken = 0
        for index in group where !rows[index].values[step].isAbsent {
          if isRatio {
            guard Evaluation.isSampled(rows[index].labels, ratio: ratios[step]) else { continue }
          } else {
            guard taken < limits[step] else { break }
            taken += 1
          }
          if let histogram = rows[index].histogram(step) {
            kept[index].set(step, histogram)
          } else {
            kept[index].values[step] = rows[index].values[step]
          }
        }
      }
    }
    return kept.filter(\.isPopulated)
  }

  private func ratios(_ node: Aggregation, _ grid: StepGrid) throws -> [Double] {
    let values = try parameter(node, grid)
    if values.contains(where: \.isNaN) { throw PromQLError(.execution, "Ratio value is NaN") }
    for (worst, capped) in [(values.max() ?? 0, 1.0), (values.min() ?? 0, -1.0)] where worst.magnitude > 1 {
      guard (worst < 0) == (capped < 0) else { continue }
      annotations.warn(
        "ratio value should be between -1 and 1, got \(FloatFormat.general(worst)), capping to "
          + "\(FloatFormat.general(capped)) \(place(node.parameter?.range ?? node.range))")
    }
    return values.map { max(-1, min(1, $0)) }
  }

  /// Whether a series belongs to the sample of a ratio. A negative ratio selects the complement of the positive one.
  static func isSampled(_ labels: Labels, ratio: Double) -> Bool {
    let position = Double(LabelHash.hash(labels)) / Double(UInt64.max)
    return ratio >= 0 ? position < ratio : position >= 1 + ratio
  }

  private func quantiles(_ node: Aggregation, _ grid: StepGrid) throws -> [Row] {
    let parameters = try parameter(node, grid)
    let numbers = parameters.filter { !$0.isNaN }
    if numbers.count < parameters.count { warnQuantile(.nan, node.parameter?.range ?? node.range) }
    if let most = numbers.max(), most > 1 { warnQuantile(most, node.parameter?.range ?? node.range) }
    if let least = numbers.min(), least < 0 { warnQuantile(least, node.parameter?.range ?? node.range) }
    var rows = try vector(node.expression, grid)
    if rows.contains(where: { $0.histograms.contains { $0 != nil } }) {
      noteIgnoredHistogram(node)
      for index in rows.indices { rows[index].removeHistograms() }
    }
    let (index, members) = groups(node, rows)
    var out: [Row] = []
    for (group, labels) in index.labels.enumerated() {
      let drops = index.keepsName && members[group].contains { rows[$0].dropsName }
      var row = Row.empty(labels, dropsName: drops, count: grid.count)
      for step in 0..<grid.count {
        let values = members[group].lazy.map { rows[$0].values[step] }.filter { !$0.isAbsent }
        if !values.isEmpty { row.values[step] = FloatKernels.quantile(parameters[step], Array(values)) }
      }
      try touch(grid.count)
      if row.isPopulated { out.append(row) }
    }
    return out
  }

  private func countValues(_ node: Aggregation, _ grid: StepGrid) throws -> [Row] {
    guard case .string(let label)? = node.parameter?.unwrapped, label.invalidBytes == nil, !label.value.isEmpty else {
      if case .string(let label)? = node.parameter?.unwrapped {
        let spelled = Quoting.quoted(bytes: label.invalidBytes ?? Array(label.value.utf8))
        throw PromQLError(.execution, "invalid label name \(spelled)")
      }
      throw PromQLError(.execution, "expected a label name")
    }
    var index = GroupIndex(node.grouping)
    var places: [Labels: Int] = [:]
    var out: [Row] = []
    let keepsName = index.keepsName
    // The label is set before the grouping, which may drop it.
    let isDropped =
      node.grouping.isWithout && (node.grouping.labels.contains(label.value) || label.value == Labels.metricName)
    try forEachRow(node.expression, grid) { row in
      let group = index.group(of: row.labels)
      for step in 0..<grid.count where !row.values[step].isAbsent {
        let spelled = row.histogram(step)?.notation ?? FloatFormat.decimal(row.values[step])
        let labels = isDropped ? index.labels[group] : index.labels[group].setting(label.value, to: spelled)
        let place = places[labels] ?? out.count
        if place == out.count {
          places[labels] = place
          out.append(.empty(labels, count: grid.count))
        }
        if keepsName && row.dropsName { out[place].dropsName = true }
        out[place].values[step] = out[place].values[step].isAbsent ? 1 : out[place].values[step] + 1
      }
      try touch(grid.count)
    }
    return out
  }
}
