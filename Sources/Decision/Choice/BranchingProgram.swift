import Model

/// Sets of classes of kinds whose workers are counted together: each class alone first; then all; those that may hold a
/// group; and those that may hold no other groups than a class does.
struct KindSets {
  private(set) var sets: [[Int]]
  /// By set, what pods need at least, and what they can use at most.
  private(set) var least: [Int] = []
  private(set) var most: [Int] = []

  private static let packingSteps = 1_500
  /// Workers up to which it is found out how many are needed.
  private static let packedWorkers = 24

  init(_ relaxation: Relaxation, counts: [Int]) {
    let (problem, classes, groups) = (relaxation.problem, relaxation.classes, relaxation.groups)
    let holders = groups.map { group in
      classes.indices.filter { problem.isAllowed(group, classes[$0].first) }
    }
    let held = classes.map { known in groups.filter { problem.isAllowed($0, known.first) } }
    sets = classes.indices.map { [$0] }
    func add(_ set: [Int]) { if !set.isEmpty && !sets.contains(set) { sets.append(set) } }
    add(Array(classes.indices))
    for set in holders { add(set) }
    for own in held { add(classes.indices.filter { place in held[place].allSatisfy(own.contains) }) }
    for set in sets {
      // A worker that holds no pod is not needed.
      let usable = groups.filter { group in set.contains { problem.isAllowed(group, classes[$0].first) } }
      most.append(usable.reduce(0) { $0 + counts[$1] })
      let dependent = groups.indices.filter { holders[$0].allSatisfy(set.contains) }.map { groups[$0] }
      least.append(Self.needed(problem, set.map { classes[$0].first }, dependent, counts))
    }
  }

  /// How many workers, each as large as the largest of some kinds in every dimension, groups need at least that no other
  /// kinds can hold.
  private static func needed(_ problem: PackingProblem, _ kinds: [Int], _ groups: [Int], _ counts: [Int]) -> Int {
    guard !groups.isEmpty else { return 0 }
    let ordered = groups.sorted { (-problem.values[$0], $0) < (-problem.values[$1], $1) }
    let room = (0..<problem.width).map { dimension in kinds.map { problem.kinds[$0].room[dimension] }.max() ?? 0 }
    let places = Dictionary(uniqueKeysWithValues: ordered.enumerated().map { ($1, $0) })
    let part = PackingProblem(
      rows: ordered.map { problem.rows[$0] }, counts: ordered.map { counts[$0] },
      priorities: ordered.map { problem.priorities[$0] },
      kinds: [PackingProblem.Kind(offer: problem.kinds[kinds[0]].offer, room: room, price: 0)],
      allowed: ordered.map { _ in [true] }, perWorker: ordered.map { problem.perWorker[$0] },
      conflicts: ordered.map { problem.conflicts[$0].compactMap { places[$0] } })
    var workers = 1
    for dimension in room.indices where room[dimension] > 0 {
      let demand = part.rows.indices.reduce(Int64(0)) { $0 + part.rows[$1][dimension] * Int64(part.counts[$1]) }
      workers = max(workers, Int((demand + room[dimension] - 1) / room[dimension]))
    }
    while workers < packedWorkers {
      var packing = Packing(
        part, Array(part.rows.indices), part.counts, Array(repeating: 0, count: workers), steps: packingSteps)
      if packing.run() || packing.stepsLeft <= 0 { break }
      workers += 1
    }
    return workers
  }
}

/// The programme of one node of `KindBranching`: rows for groups, for numbers from below, for limits, for numbers from
/// above.
struct BranchingProgram {
  private let relaxation: Relaxation
  private let node: KindBranching.Node
  private let sets: KindSets
  var program: CoveringProgram
  private var rowOfGroup: [Int]
  /// By set; -1 where it has none.
  private var lowRow: [Int]
  private var highRow: [Int]
  private let limitRow: Int
  /// By class, whether the node allows any worker of it.
  private(set) var isOpen: [Bool]

  init(_ node: KindBranching.Node, _ relaxation: Relaxation, _ sets: KindSets, penalty: Double) {
    self.node = node
    self.relaxation = relaxation
    self.sets = sets
    let groups = relaxation.groups
    rowOfGroup = relaxation.problem.rows.map { _ in -1 }
    for (row, group) in groups.enumerated() { rowOfGroup[group] = row }
    var demands = groups.map { Double(relaxation.counts[$0]) }
    var penalties = Relaxation.penalties(relaxation.problem, groups).map { $0 * penalty }
    lowRow = node.least.map { _ in -1 }
    highRow = lowRow
    isOpen = relaxation.classes.map { _ in true }
    for set in node.least.indices where node.least[set] > 0 {
      lowRow[set] = demands.count
      demands.append(Double(node.least[set]))
      penalties.append(10 * penalty)
    }
    limitRow = demands.count
    var row = demands.count + relaxation.binding.count
    let pods = groups.reduce(0) { $0 + relaxation.counts[$1] }
    for set in node.most.indices where node.most[set] < pods {
      if node.most[set] == 0 {
        for place in sets.sets[set] { isOpen[place] = false }
      } else {
        highRow[set] = row
        row += 1
      }
    }
    program = CoveringProgram(demands: demands, limits: row - demands.count, penalties: penalties)
  }

  /// Adds a pattern if the node allows its kind. Returns whether it did.
  @discardableResult
  mutating func add(_ place: Int, _ shares: [PackingProblem.Share], onlyIfCheaper: Bool = false) -> Bool {
    guard isOpen[place] else { return false }
    let kind = relaxation.classes[place].first
    var entries: [(row: Int, amount: Double)] = []
    for share in shares where rowOfGroup[share.group] >= 0 {
      entries.append((rowOfGroup[share.group], Double(share.pods)))
    }
    for (index, limit) in relaxation.binding.enumerated() where relaxation.limits[limit].weights[kind] > 0 {
      let limit = relaxation.limits[limit]
      entries.append((limitRow + index, Double(limit.weights[kind]) / Double(limit.most)))
    }
    for set in sets.sets.indices where sets.sets[set].contains(place) {
      if lowRow[set] >= 0 { entries.append((lowRow[set], 1)) }
      if highRow[set] >= 0 { entries.append((highRow[set], 1 / Double(node.most[set]))) }
    }
    let column = CoveringProgram.Column(
      kind: place, entries: entries, cost: Double(relaxation.problem.kinds[kind].price) / relaxation.scale,
      shares: shares)
    if onlyIfCheaper && program.reducedCost(column) >= -1e-8 { return false }
    program.add(column)
    return true
  }

  /// Workers of each class in the present solution.
  var amounts: [Double] {
    var amounts = relaxation.classes.map { _ in 0.0 }
    for (column, amount) in program.patterns { amounts[program.columns[column].kind] += amount }
    return amounts
  }

  /// What pods, limits and numbers are worth, in micro-units an hour.
  struct Duals {
    /// A pod, by group.
    var worth: [Double]
    /// By class: pods on one worker may be worth no more than this.
    var costs: [Double]
    /// By set: one worker more.
    var gains: [Double]
    /// What limits and numbers add to the sum of all pods.
    var constant: Double
  }

  func duals() -> Duals {
    let problem = relaxation.problem
    var worth = problem.rows.map { _ in 0.0 }
    for group in relaxation.groups { worth[group] = max(0, program.duals[rowOfGroup[group]]) * relaxation.scale }
    var costs = relaxation.classes.map { Double(problem.kinds[$0.first].price) }
    var (gains, constant) = (node.least.map { _ in 0.0 }, 0.0)
    for set in sets.sets.indices {
      if lowRow[set] >= 0 {
        let gain = max(0, program.duals[lowRow[set]]) * relaxation.scale
        gains[set] = gain
        for place in sets.sets[set] { costs[place] -= gain }
        constant += gain * Double(node.least[set]) * (1 - 1e-9)
      }
      if highRow[set] >= 0 {
        let toll = max(0, -program.duals[highRow[set]]) * relaxation.scale
        for place in sets.sets[set] { costs[place] += toll / Double(node.most[set]) }
        constant -= toll * (1 + 1e-9)
      }
    }
    for (index, number) in relaxation.binding.enumerated() {
      let limit = relaxation.limits[number]
      let toll = max(0, -program.duals[limitRow + index]) * relaxation.scale
      for (place, known) in relaxation.classes.enumerated() {
        costs[place] += toll * Double(limit.weights[known.first]) / Double(limit.most)
      }
      constant -= toll * (1 + 1e-9)
    }
    return Duals(worth: worth, costs: costs, gains: gains, constant: constant)
  }
}
