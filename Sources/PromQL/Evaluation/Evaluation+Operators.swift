import TimeSeries

extension Evaluation {
  func combine(_ node: BinaryExpression, _ grid: StepGrid) throws -> Value {
    // Chains of operators lean to the left; the left spine is walked in a loop so that it costs no stack.
    var spine = [node]
    var leftmost = node.left
    while case .binary(let inner) = leftmost {
      spine.append(inner)
      leftmost = inner.left
    }
    var left: Value
    if let innermost = spine.last, Evaluation.isRowByRow(innermost) {
      spine.removeLast()
      left = .vector(try collect { try self.combineRowByRow(innermost, grid, $0) })
    } else {
      left = try evaluate(leftmost, grid)
    }
    while let current = spine.popLast() {
      left = try combine(current, left, try evaluate(current.right, grid), grid)
      try touch(grid.count)
    }
    return left
  }

  private func combine(_ node: BinaryExpression, _ left: Value, _ right: Value, _ grid: StepGrid) throws -> Value {
    switch (left, right) {
    case (.scalar(var values), .scalar(let others)):
      if node.operation.isTrim {
        throw PromQLError(.execution, "operator \"\(node.operation.rawValue)\" not allowed for Scalar operations")
      }
      for step in 0..<grid.count {
        values[step] =
          node.operation.isComparison
          ? (node.operation.holds(values[step], others[step]) ? 1 : 0)
          : node.operation.apply(values[step], others[step])
      }
      return .scalar(values)
    case (.vector(let rows), .scalar(let values)): return .vector(combine(node, rows, values, scalarIsLeft: false))
    case (.scalar(let values), .vector(let rows)): return .vector(combine(node, rows, values, scalarIsLeft: true))
    case (.vector(let left), .vector(let right)):
      if node.operation.isSet { return .vector(try combineSets(node, left, right, grid)) }
      return .vector(try match(node, left, right, grid))
    default: throw PromQLError(.execution, "operators need scalars or instant vectors")
    }
  }

  /// Whether an operator joins rows that come from samples with a scalar, so that only the rows that stay need memory.
  static func isRowByRow(_ node: BinaryExpression) -> Bool {
    guard !node.operation.isSet, node.right.type == .scalar else { return false }
    switch node.left.unwrapped {
    case .selector: return true
    case .call(let call): return RangeFunction(call.name) != nil
    default: return false
    }
  }

  func combineRowByRow(_ node: BinaryExpression, _ grid: StepGrid, _ body: (inout Row) throws -> Void) throws {
    let scalars = try scalar(node.right, grid)
    try forEachRow(node.left, grid) { row in
      combine(node, &row, scalars, scalarIsLeft: false)
      if row.isPopulated { try body(&row) }
    }
  }

  private func combine(_ node: BinaryExpression, _ rows: [Row], _ scalars: [Double], scalarIsLeft: Bool) -> [Row] {
    var out: [Row] = []
    out.reserveCapacity(rows.count)
    for var row in rows {
      combine(node, &row, scalars, scalarIsLeft: scalarIsLeft)
      if row.isPopulated { out.append(row) }
    }
    return out
  }

  /// The operators that cut histograms at a value; whatever else they meet vanishes.
  private func trim(_ node: BinaryExpression, _ row: inout Row, _ scalars: [Double], scalarIsLeft: Bool) {
    for step in row.values.indices where !row.values[step].isAbsent {
      guard let histogram = row.histogram(step), !scalarIsLeft else {
        let kind = row.histogram(step) == nil ? "float" : "histogram"
        noteIncompatible(node, scalarIsLeft ? "float" : kind, scalarIsLeft ? kind : "float")
        row.remove(step)
        continue
      }
      row.histograms[step] = histogram.trimmed(at: scalars[step], keepsLower: node.operation == .trimUpper)
    }
  }

  /// Vector with scalar, in place.
  private func combine(_ node: BinaryExpression, _ row: inout Row, _ scalars: [Double], scalarIsLeft: Bool) {
    let operation = node.operation
    if node.returnsBool || !operation.keepsName { row.dropsName = true }
    if operation.isTrim { return trim(node, &row, scalars, scalarIsLeft: scalarIsLeft) }
    let hasHistograms = row.hasHistograms
    let histograms = row.histograms
    row.values.withUnsafeMutableBufferPointer { values in
      for step in 0..<scalars.count where !values[step].isAbsent && !(hasHistograms && histograms[step] != nil) {
        let (left, right) = scalarIsLeft ? (scalars[step], values[step]) : (values[step], scalars[step])
        if !operation.isComparison {
          values[step] = operation.apply(left, right)
        } else if node.returnsBool {
          values[step] = operation.holds(left, right) ? 1 : 0
        } else if !operation.holds(left, right) {
          values[step] = .absent
        }
      }
    }
    if hasHistograms { combineHistograms(node, &row, scalars, scalarIsLeft: scalarIsLeft) }
  }

  private func combineHistograms(
    _ node: BinaryExpression, _ row: inout Row, _ scalars: [Double], scalarIsLeft: Bool
  ) {
    for step in row.histograms.indices {
      guard let histogram = row.histograms[step] else { continue }
      switch (node.operation, scalarIsLeft) {
      case (.multiply, _): row.histograms[step] = histogram.scaled(by: scalars[step])
      case (.divide, false): row.histograms[step] = histogram.divided(by: scalars[step])
      default:
        row.remove(step)
        noteIncompatible(node, scalarIsLeft ? "float" : "histogram", scalarIsLeft ? "histogram" : "float")
      }
    }
  }

  func noteIncompatible(_ node: BinaryExpression, _ left: String, _ right: String) {
    annotations.inform(
      "incompatible sample types encountered for binary operator \"\(node.operation.rawValue)\": \(left) "
        + "\(node.operation.rawValue) \(right) \(place(node.range))")
  }

  /// `and`, `or`, `unless`: whether a series stays depends on what the other side has in its group at the same step.
  private func combineSets(_ node: BinaryExpression, _ left: [Row], _ right: [Row], _ grid: StepGrid) throws -> [Row] {
    var groups = GroupIndex(node.matching)
    let leftGroups = left.map { groups.group(of: $0.labels) }
    let rightGroups = right.map { groups.group(of: $0.labels) }
    let mask = node.operation == .or ? (left, leftGroups) : (right, rightGroups)
    var present = [Bool](repeating: false, count: groups.count * grid.count)
    for (row, group) in zip(mask.0, mask.1) {
      for step in 0..<grid.count where !row.values[step].isAbsent { present[group * grid.count + step] = true }
    }
    func filter(_ rows: [Row], _ groups: [Int], keep: Bool) -> [Row] {
      var out: [Row] = []
      for (row, group) in zip(rows, groups) {
        var row = row
        for step in 0..<grid.count where present[group * grid.count + step] != keep { row.remove(step) }
        if row.isPopulated { out.append(row) }
      }
      return out
    }
    switch node.operation {
    case .and: return filter(left, leftGroups, keep: true)
    case .unless: return filter(left, leftGroups, keep: false)
    default:
      let rows = try Evaluation.merge(left + filter(right, rightGroups, keep: false))
      if let first = rows.first, rows.contains(where: { $0.dropsName != first.dropsName }) { mixesNames = true }
      return rows
    }
  }
}

extension BinaryOperator {
  /// The value of an arithmetic operator.
  @inline(__always)
  func apply(_ left: Double, _ right: Double) -> Double {
    switch self {
    case .add: left + right
    case .subtract: left - right
    case .multiply: left * right
    case .divide: left / right
    case .modulo: Arithmetic.remainder(left, right)
    case .power: Arithmetic.power(left, right)
    case .atan2: Arithmetic.arcTangent(left, right)
    default: .nan
    }
  }

  /// Whether a comparison is true.
  @inline(__always)
  func holds(_ left: Double, _ right: Double) -> Bool {
    switch self {
    case .equal: left == right
    case .notEqual: left != right
    case .greater: left > right
    case .less: left < right
    case .greaterOrEqual: left >= right
    case .lessOrEqual: left <= right
    default: false
    }
  }
}
