import Model

/// The linear programme of patterns: how often each is used, fractions allowed, so that every group's pods are held at
/// the least price. Solved by the revised simplex method with a dense inverse.
///
/// Rows are groups with pods, of which at least so many must be held, and then limits, of which at most 1 may be used.
struct CoveringProgram {
  struct Column {
    var kind: Int
    /// Row and amount.
    var entries: [(row: Int, amount: Double)]
    var cost: Double
    var shares: [PackingProblem.Share]
  }

  private(set) var columns: [Column] = []
  // The columns' entries once more, one after the other: they are gone through again and again.
  private var entryStarts = [0]
  private var entryRows: [Int] = []
  private var entryAmounts: [Double] = []
  /// Columns that must not enter: what they hold is more than there is.
  private var isLeftOut: [Bool] = []
  private let groupRows: Int
  private let rowCount: Int
  private var rightSide: [Double]
  /// What a pod that is not held costs, by row of a group.
  private var penalties: [Double]

  private var inverse: [Double]
  /// By row, the column that is basic there: a pattern, or `-1 - row` for the row's own.
  private var basis: [Int]
  private var isBasic: [Bool] = []
  private(set) var amounts: [Double]
  /// By row, what one more unit costs.
  private(set) var duals: [Double]
  /// Multiplications made.
  private(set) var work = 0

  private static let tolerance = 1e-9

  init(demands: [Double], limits: Int, penalties: [Double]) {
    groupRows = demands.count
    rowCount = demands.count + limits
    rightSide = demands + Array(repeating: 1, count: limits)
    self.penalties = penalties
    inverse = Array(repeating: 0, count: rowCount * rowCount)
    basis = []
    amounts = []
    duals = []
    start()
  }

  /// Nothing is held, no limit is used.
  private mutating func start() {
    for index in inverse.indices { inverse[index] = 0 }
    for row in 0..<rowCount { inverse[row * rowCount + row] = 1 }
    basis = (0..<rowCount).map { -1 - $0 }
    isBasic = columns.map { _ in false }
    amounts = rightSide
    duals = (0..<rowCount).map { $0 < groupRows ? penalties[$0] : 0 }
  }

  /// Begins anew with other demands and what is left of the limits, 1 being all of one. Patterns that hold more than
  /// there is, and kinds that are not open, are left out.
  mutating func restart(demands: [Double], limits: [Double], isOpen: (Int) -> Bool) {
    rightSide = demands + limits
    isLeftOut = columns.map { column in
      !isOpen(column.kind) || column.entries.contains { $0.amount > rightSide[$0.row] + Self.tolerance }
    }
    start()
  }

  mutating func add(_ column: Column) {
    columns.append(column)
    for entry in column.entries {
      entryRows.append(entry.row)
      entryAmounts.append(entry.amount)
    }
    entryStarts.append(entryRows.count)
    isLeftOut.append(false)
    isBasic.append(false)
  }

  func reducedCost(_ column: Column) -> Double {
    column.entries.reduce(column.cost) { $0 - duals[$1.row] * $1.amount }
  }

  /// What the present amounts cost, pods that are not held included.
  var cost: Double {
    basis.indices.reduce(0) { sum, row in
      let column = basis[row]
      if column >= 0 { return sum + columns[column].cost * amounts[row] }
      return -1 - column < groupRows ? sum + penalties[-1 - column] * amounts[row] : sum
    }
  }

  /// Patterns in use and how often, in the order in which they came.
  var patterns: [(column: Int, amount: Double)] {
    basis.indices.filter { basis[$0] >= 0 && amounts[$0] > Self.tolerance }
      .map { (basis[$0], amounts[$0]) }.sorted { $0.0 < $1.0 }
  }

  /// Exchanges patterns until no known one makes it cheaper, at most so often.
  mutating func optimise(pivots: Int) {
    for _ in 0..<pivots {
      guard let entering = cheapest() else { return }
      guard pivot(entering) else { return }
    }
  }

  private enum Entering {
    case pattern(Int)
    /// More than is asked of a group, or less than a limit allows.
    case slack(Int)
  }

  private mutating func cheapest() -> Entering? {
    var (best, entering) = (-1e-8, Entering?.none)
    work += entryRows.count
    for index in columns.indices where !isBasic[index] && !isLeftOut[index] {
      var cost = columns[index].cost
      for entry in entryStarts[index]..<entryStarts[index + 1] {
        cost -= duals[entryRows[entry]] * entryAmounts[entry]
      }
      if cost < best { (best, entering) = (cost, .pattern(index)) }
    }
    for row in 0..<rowCount {
      // Holding a pod too many is free; so is leaving a limit unused.
      let cost = row < groupRows ? duals[row] : -duals[row]
      if cost < best { (best, entering) = (cost, .slack(row)) }
    }
    return entering
  }

  private mutating func pivot(_ entering: Entering) -> Bool {
    let count = rowCount
    var direction = Array(repeating: 0.0, count: count)
    var cost = 0.0
    func load(_ entries: [(row: Int, amount: Double)]) {
      for row in 0..<count {
        var sum = 0.0
        for entry in entries { sum += inverse[row * count + entry.row] * entry.amount }
        direction[row] = sum
      }
    }
    switch entering {
    case .pattern(let index):
      load(columns[index].entries)
      cost = reducedCost(columns[index])
      work += count * columns[index].entries.count
    case .slack(let row):
      load([(row, row < groupRows ? -1 : 1)])
      cost = row < groupRows ? duals[row] : -duals[row]
      work += count
    }
    var (leaving, least) = (-1, Double.infinity)
    for row in 0..<count where direction[row] > Self.tolerance {
      let ratio = amounts[row] / direction[row]
      if ratio < least - 1e-12 || (ratio < least + 1e-12 && direction[row] > direction[leaving]) {
        (leaving, least) = (row, min(least, ratio))
      }
    }
    guard leaving >= 0 else { return false }
    exchange(leaving, direction, reducedCost: cost)
    if basis[leaving] >= 0 { isBasic[basis[leaving]] = false }
    switch entering {
    case .pattern(let index):
      basis[leaving] = index
      isBasic[index] = true
    case .slack(let row): basis[leaving] = row < groupRows ? Int.min + row : -1 - row
    }
    return true
  }

  private mutating func exchange(_ leaving: Int, _ direction: [Double], reducedCost: Double) {
    let count = rowCount
    let step = max(0, amounts[leaving] / direction[leaving])
    let factor = reducedCost / direction[leaving]
    work += count * count / 2
    inverse.withUnsafeMutableBufferPointer { inverse in
      let pivotRow = inverse.baseAddress! + leaving * count
      for column in 0..<count where pivotRow[column] != 0 { duals[column] += factor * pivotRow[column] }
      let scale = 1 / direction[leaving]
      for column in 0..<count { pivotRow[column] *= scale }
      for row in 0..<count where row != leaving && direction[row] != 0 {
        let target = inverse.baseAddress! + row * count
        let multiple = direction[row]
        for column in 0..<count { target[column] -= multiple * pivotRow[column] }
      }
    }
    for row in 0..<count where row != leaving && direction[row] != 0 {
      amounts[row] = max(0, amounts[row] - step * direction[row])
    }
    amounts[leaving] = step
  }
}
