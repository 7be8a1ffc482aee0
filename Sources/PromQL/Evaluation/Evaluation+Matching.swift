import TimeSeries

extension Evaluation {
  /// Arithmetic and comparison of two vectors. Series are grouped by what they match on; within a group every pair is
  /// computed over all steps at once, and clashes are looked for only where a group has more than one series a side.
  func match(_ node: BinaryExpression, _ left: [Row], _ right: [Row], _ grid: StepGrid) throws -> [Row] {
    let matching = node.matching
    if matching.fillLeft == nil && matching.fillRight == nil && (left.isEmpty || right.isEmpty) { return [] }
    let isSwapped = matching.cardinality == .oneToMany
    let (many, one) = isSwapped ? (right, left) : (left, right)
    var index = GroupIndex(matching)
    let manyGroups = many.map { index.group(of: $0.labels) }
    let oneGroups = one.map { index.group(of: $0.labels) }
    let manyOf = GroupMembers(manyGroups, groups: index.count)
    let oneOf = GroupMembers(oneGroups, groups: index.count)
    lazy var presence = Presence(left: left, right: right, steps: grid.count)
    var out: [Row] = []
    // One pair a group: the group's key is part of the result's labels, so that no two results are the same.
    var isUnique = matching.cardinality == .oneToOne && matching.fillLeft == nil && matching.fillRight == nil
    for group in 0..<index.count {
      let (manyMembers, oneMembers) = (manyOf[group], oneOf[group])
      isUnique = isUnique && manyMembers.count <= 1 && oneMembers.count <= 1
      if oneMembers.count > 1 {
        try checkOneSide(node, one, oneMembers, index.labels(of: group), presence, grid)
      }
      let before = out.count
      try matchGroup(node, many, manyMembers, one, oneMembers, grid, &out)
      try touch((out.count - before) * grid.count)
      if matching.fillLeft != nil || matching.fillRight != nil {
        out += fill(node, many, manyMembers, one, oneMembers, grid)
      }
    }
    return isUnique ? out : try Evaluation.merge(out)
  }

  /// The rows of each group, in order, in two flat lists.
  struct GroupMembers {
    private var rows: [Int]
    private var starts: [Int]

    /// - Parameter numbers: the group of each row.
    init(_ numbers: [Int], groups: Int) {
      starts = [Int](repeating: 0, count: groups + 1)
      for group in numbers { starts[group + 1] += 1 }
      for group in 0..<groups { starts[group + 1] += starts[group] }
      rows = [Int](repeating: 0, count: numbers.count)
      var next = starts
      for (row, group) in numbers.enumerated() {
        rows[next[group]] = row
        next[group] += 1
      }
    }

    subscript(group: Int) -> ArraySlice<Int> { rows[starts[group]..<starts[group + 1]] }
  }

  /// At which steps either side has any sample: where one side is empty nothing matches and nothing can clash.
  struct Presence {
    let both: [Bool]

    init(left: [Row], right: [Row], steps: Int) {
      func any(_ rows: [Row]) -> [Bool] {
        (0..<steps).map { step in rows.contains { !$0.values[step].isAbsent } }
      }
      both = zip(any(left), any(right)).map { $0 && $1 }
    }
  }

  private func checkOneSide(
    _ node: BinaryExpression, _ rows: [Row], _ members: ArraySlice<Int>, _ key: Labels, _ presence: Presence,
    _ grid: StepGrid
  ) throws {
    let isFilling = node.matching.fillLeft != nil || node.matching.fillRight != nil
    for step in 0..<grid.count where isFilling || presence.both[step] {
      let here = members.filter { !rows[$0].values[step].isAbsent }
      guard here.count > 1 else { continue }
      let side = node.matching.cardinality == .oneToMany ? "left" : "right"
      let names = here.map { rows[$0].labels }.sorted().prefix(2).map(\.setNotation).joined(separator: ", ")
      throw PromQLError(
        .execution,
        "found duplicate series for the match group \(key.setNotation) on the \(side) hand-side of the operation: "
          + "[\(names)];many-to-many matching not allowed: matching labels must be unique on one side")
    }
  }

  private func matchGroup(
    _ node: BinaryExpression, _ many: [Row], _ manyMembers: ArraySlice<Int>, _ one: [Row],
    _ oneMembers: ArraySlice<Int>, _ grid: StepGrid, _ out: inout [Row]
  ) throws {
    guard !manyMembers.isEmpty, !oneMembers.isEmpty else { return }
    let isOneToOne = node.matching.cardinality == .oneToOne
    var taken: [Labels: [Bool]] = [:]
    for position in manyMembers {
      for partner in oneMembers {
        let labels = resultLabels(node, many[position].labels, one[partner].labels)
        if manyMembers.count > 1 {
          let key = isOneToOne ? Labels() : labels
          var steps = taken[key] ?? Array(repeating: false, count: grid.count)
          for step in 0..<grid.count
          where !many[position].values[step].isAbsent && !one[partner].values[step].isAbsent {
            if steps[step] {
              throw PromQLError(
                .execution,
                isOneToOne
                  ? "multiple matches for labels: many-to-one matching must be explicit (use group_left/group_right)"
                  : "multiple matches for labels: grouping labels must ensure unique matches")
            }
            steps[step] = true
          }
          taken[key] = steps
        }
        var row = pair(node, many[position], one[partner], grid)
        row.labels = labels
        if row.isPopulated { out.append(row) }
      }
    }
  }

  /// The labels of a result: those of the "many" side, or only the matched ones when it is one to one.
  private func resultLabels(_ node: BinaryExpression, _ many: Labels, _ one: Labels) -> Labels {
    let matching = node.matching
    var labels = node.operation.keepsName ? many : many.withoutMetadata
    if matching.cardinality == .oneToOne {
      if matching.isOn {
        labels = labels.keeping(matching.labels)
      } else if !matching.labels.isEmpty {
        labels = labels.removing(matching.labels)
      }
    }
    for name in matching.included { labels = labels.setting(name, to: one[name] ?? "") }
    return labels
  }

  /// The labels by which a series finds its partner: all that is known of a partner that is filled in.
  private func matchedLabels(_ node: BinaryExpression, _ labels: Labels) -> Labels {
    let matching = node.matching
    return matching.isOn ? labels.keeping(matching.labels) : labels.removing(matching.labels).withoutName
  }

  /// One pair of series over all steps. The labels are left to the caller.
  private func pair(_ node: BinaryExpression, _ many: Row, _ one: Row, _ grid: StepGrid) -> Row {
    let operation = node.operation
    let isSwapped = node.matching.cardinality == .oneToMany
    let (left, right) = isSwapped ? (one, many) : (many, one)
    var out = Row.empty(
      Labels(), dropsName: node.returnsBool || many.dropsName && operation.keepsName, count: grid.count)
    if left.hasHistograms || right.hasHistograms || operation.isTrim {
      for step in 0..<grid.count where !left.values[step].isAbsent && !right.values[step].isAbsent {
        pairHistograms(node, left, right, step, &out)
      }
      return out
    }
    for step in 0..<grid.count {
      let (a, b) = (left.values[step], right.values[step])
      if a.isAbsent || b.isAbsent { continue }
      if !operation.isComparison {
        out.values[step] = operation.apply(a, b)
      } else if node.returnsBool {
        out.values[step] = operation.holds(a, b) ? 1 : 0
      } else if operation.holds(a, b) {
        out.values[step] = a
      }
    }
    return out
  }

  private func pairHistograms(_ node: BinaryExpression, _ left: Row, _ right: Row, _ step: Int, _ out: inout Row) {
    let operation = node.operation
    let (a, b) = (left.values[step], right.values[step])
    switch (left.histogram(step), right.histogram(step)) {
    case (nil, nil):
      if operation.isTrim {
        noteIncompatible(node, "float", "float")
      } else if !operation.isComparison {
        out.values[step] = operation.apply(a, b)
      } else if node.returnsBool {
        out.values[step] = operation.holds(a, b) ? 1 : 0
      } else if operation.holds(a, b) {
        out.values[step] = a
      }
    case (let x?, let y?):
      switch operation {
      case .add, .subtract:
        noteAddition(x, y, operation == .add ? "addition" : "subtraction", place(node.range))
        if let result = operation == .add ? x.adding(y) : x.subtracting(y) {
          out.set(step, result.compacted())
        } else {
          annotations.warn(
            "incompatible bucket layout encountered for binary operator \(operation.rawValue) \(place(node.range))")
        }
      case .equal, .notEqual:
        let holds = x.isEquivalent(to: y) == (operation == .equal)
        if node.returnsBool { out.values[step] = holds ? 1 : 0 } else if holds { out.set(step, x) }
      default: noteIncompatible(node, "histogram", "histogram")
      }
    case (let x?, nil):
      switch operation {
      case .multiply: out.set(step, x.scaled(by: b))
      case .divide: out.set(step, x.divided(by: b))
      case .trimUpper, .trimLower: out.set(step, x.trimmed(at: b, keepsLower: operation == .trimUpper))
      default: noteIncompatible(node, "histogram", "float")
      }
    case (nil, let y?):
      if operation == .multiply { out.set(step, y.scaled(by: a)) } else { noteIncompatible(node, "float", "histogram") }
    }
  }

  /// Results for series without partner where a `fill` modifier gives the missing value.
  private func fill(
    _ node: BinaryExpression, _ many: [Row], _ manyMembers: ArraySlice<Int>, _ one: [Row],
    _ oneMembers: ArraySlice<Int>, _ grid: StepGrid
  ) -> [Row] {
    let isSwapped = node.matching.cardinality == .oneToMany
    let forOne = isSwapped ? node.matching.fillLeft : node.matching.fillRight
    let forMany = isSwapped ? node.matching.fillRight : node.matching.fillLeft
    func missing(_ value: Double?, _ rows: [Row], _ members: ArraySlice<Int>) -> Row? {
      guard let value else { return nil }
      var row = Row(labels: Labels(), values: Array(repeating: value, count: grid.count))
      for member in members {
        for step in 0..<grid.count where !rows[member].values[step].isAbsent { row.values[step] = .absent }
      }
      return row
    }
    var out: [Row] = []
    if let partner = missing(forOne, one, oneMembers) {
      for member in manyMembers {
        var row = pair(node, many[member], partner, grid)
        row.labels = resultLabels(node, many[member].labels, matchedLabels(node, many[member].labels))
        if row.isPopulated { out.append(row) }
      }
    }
    if let partner = missing(forMany, many, manyMembers) {
      for member in oneMembers {
        var row = pair(node, partner, one[member], grid)
        row.labels = resultLabels(node, matchedLabels(node, one[member].labels), one[member].labels)
        if row.isPopulated { out.append(row) }
      }
    }
    return out
  }
}
