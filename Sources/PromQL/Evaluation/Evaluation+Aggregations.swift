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
    if grid.count == 1 { return try extremes(node, grid, limit: limits[0]) }
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
    // Rows are made only for series that are among the best at any step.
    var places = [Int](repeating: -1, count: rows.count)
    var kept: [Row] = []
    for group in members {
      for step in 0..<grid.count where limits[step] > 0 {
        var best = Extremes<Void>(limit: limits[step], isTop: isTop)
        for index in group where !rows[index].values[step].isAbsent {
          best.offer(rows[index].values[step], position: index, ())
        }
        for element in best.sorted() {
          if places[element.position] < 0 {
            places[element.position] = kept.count
            let row = rows[element.position]
            kept.append(.empty(row.labels, dropsName: row.dropsName, count: grid.count))
          }
          kept[places[element.position]].values[step] = element.value
        }
      }
      try touch(group.count)
    }
    return places.compactMap { $0 < 0 ? nil : kept[$0] }
  }

  /// The best of one instant, best first: no row is made of the others.
  private func extremes(_ node: Aggregation, _ grid: StepGrid, limit: Int) throws -> [Row] {
    typealias Series = (labels: Labels, dropsName: Bool)
    var index = GroupIndex(node.grouping)
    var best: [Extremes<Series>] = []
    var ignored = false
    var position = 0
    try forEachRow(node.expression, grid) { row in
      let group = index.group(of: row.labels)
      if group == best.count { best.append(Extremes(limit: limit, isTop: node.operation == .topk)) }
      if row.histogram(0) != nil {
        ignored = true
      } else if !row.values[0].isAbsent {
        best[group].offer(row.values[0], position: position, (row.labels, row.dropsName))
        position += 1
      }
    }
    try touch(position)
    if ignored { noteIgnoredHistogram(node) }
    return best.flatMap { group in
      group.sorted().map { Row(labels: $0.payload.labels, dropsName: $0.payload.dropsName, values: [$0.value]) }
    }
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
        let labels =
          isDropped ? index.labels(of: group) : index.labels(of: group).setting(label.value, to: spelled)
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
