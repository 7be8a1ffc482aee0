import Model

/// Branch and bound on how many workers of each kind, and of some kinds together, there are: the relaxed problem with such
/// numbers bounded from below and above. Where its numbers are whole, pods are put onto exactly these workers; where that fails, and where they are
/// not whole, the problem is cut in two or three.
struct KindBranching {
  struct Node {
    /// By set of classes.
    var least: [Int]
    var most: [Int]
    /// Nothing in it costs less, in micro-units an hour.
    var bound: Int64
  }

  /// Work, nodes and steps of packing in one node before it gives up.
  private static let work = (holdingAll: 3_000_000, cheapest: 9_000_000)
  private static let nodes = 2_000
  private static let packingSteps = 3_000
  private static let packedWorkers = 64

  private let run: ChoiceRun
  private let problem: PackingProblem
  private let relaxation: Relaxation
  private let sums: PriceSums
  private let sets: KindSets
  private var patterns: [(place: Int, shares: [PackingProblem.Share])]
  private var search: PatternSearch
  private var open: [Node]
  private var workDone = 0
  /// The least bound of nodes that were given up.
  private var unresolved = Int64.max
  /// The best that was found, if it is better than what was known before.
  private(set) var best: Arrangement?
  private var bestPrice: Int64
  /// Whether any set will do.
  private let stopsAtFirst: Bool
  /// Pods that are left out by all that is found.
  private let unserved: [Int]
  /// By how much more than usual it costs not to hold a pod.
  private let penalty: Double
  /// No set costs less.
  private(set) var bound: Int64

  /// - Parameters:
  ///   - relaxation: of the pods to hold.
  ///   - holdingAll: looks for any set that holds them, where none is known.
  init(_ run: ChoiceRun, _ relaxation: Relaxation, holdingAll: Bool) {
    self.run = run
    problem = run.problem
    self.relaxation = relaxation
    sums = run.chooser.sums
    search = relaxation.search
    stopsAtFirst = holdingAll
    unserved = holdingAll ? run.best.unserved.map { _ in 0 } : run.best.unserved
    // Each worker holds a pod, or it would not be there.
    let pods = relaxation.counts.reduce(0, +)
    let dearest = run.chooser.kinds.map { run.problem.kinds[$0].price }.max() ?? 0
    let (most, isOver) = dearest.multipliedReportingOverflow(by: Int64(pods))
    bestPrice = holdingAll ? (isOver ? .max : most) : run.best.price(problem)
    bound = holdingAll ? 0 : run.provenBound
    penalty = holdingAll ? Double(pods + 1) : 1
    let places = relaxation.classes
    patterns = relaxation.program.columns.compactMap { column in
      places.firstIndex { $0.first == column.kind }.map { ($0, column.shares) }
    }
    sets = KindSets(relaxation, counts: relaxation.counts)
    open = [Node(least: sets.least, most: sets.most, bound: bound)]
  }

  private var workLimit: Int { stopsAtFirst ? Self.work.holdingAll : Self.work.cheapest }

  /// Goes on with the node of the least bound until none is left that may hold something cheaper, or the work is done.
  mutating func solve() {
    var count = 0
    while let index = open.indices.reversed().min(by: { open[$0].bound < open[$1].bound }) {
      bound = min(bestPrice, min(unresolved, open[index].bound))
      if bound >= bestPrice || count >= Self.nodes || workDone > workLimit || (stopsAtFirst && best != nil) { break }
      let node = open.remove(at: index)
      count += 1
      branch(node)
      open.removeAll { $0.bound >= bestPrice }
    }
    bound = min(bestPrice, min(unresolved, open.map(\.bound).min() ?? .max))
  }

  private mutating func branch(_ node: Node) {
    var node = node
    let (bound, amounts) = relaxed(node)
    node.bound = max(node.bound, bound)
    guard node.bound < bestPrice else { return }
    let totals = sets.sets.map { set in set.reduce(0) { $0 + amounts[$1] } }
    // Rather of several kinds together: then the rest cannot just move from one to the other.
    func distance(_ set: Int) -> Double { abs(totals[set] - totals[set].rounded()) }
    let fractional = totals.indices.filter { distance($0) > 1e-6 }.max { left, right in
      distance(left) + (sets.sets[left].count > 1 ? 0.1 : 0) < distance(right) + (sets.sets[right].count > 1 ? 0.1 : 0)
    }
    if let fractional {
      split(node, fractional, below: Int(totals[fractional]), above: Int(totals[fractional]) + 1)
      return
    }
    let numbers = amounts.map { Int($0.rounded()) }
    let isPacked = pack(numbers)
    // Whole, packed, and what the relaxed problem says is the least.
    if node.bound >= bestPrice { return }
    let loose = numbers.indices.filter { node.least[$0] < node.most[$0] }
    guard let place = loose.max(by: { numbers[$0] < numbers[$1] }) else {
      if isPacked == nil { unresolved = min(unresolved, node.bound) }
      return
    }
    split(node, place, below: numbers[place] - 1, above: numbers[place] + 1)
    var same = node
    (same.least[place], same.most[place]) = (numbers[place], numbers[place])
    open.append(same)
  }

  private mutating func split(_ node: Node, _ set: Int, below: Int, above: Int) {
    if below >= node.least[set] {
      var low = node
      low.most[set] = min(low.most[set], below)
      open.append(low)
    }
    if above <= node.most[set] {
      var high = node
      high.least[set] = max(high.least[set], above)
      open.append(high)
    }
  }

  /// Whether so many workers of each class hold all pods; `nil` when that could not be found out.
  private mutating func pack(_ numbers: [Int]) -> Bool? {
    guard numbers.reduce(0, +) <= Self.packedWorkers else { return nil }
    let kinds: [Int]
    switch run.assign(numbers) {
    case .kinds(let assigned): kinds = assigned
    case .notAllowed: return false
    case .unknown: return nil
    }
    let groups = relaxation.groups.sorted { (-problem.values[$0], $0) < (-problem.values[$1], $1) }
    var packing = Packing(problem, groups, relaxation.counts, kinds, steps: Self.packingSteps)
    let isPacked = packing.runGreedily() || packing.run()
    workDone += 20 * (Self.packingSteps - packing.stepsLeft)
    guard isPacked else { return packing.stepsLeft <= 0 ? nil : false }
    var candidate = Arrangement(unserved: unserved)
    candidate.bundles = packing.workers.filter { !$0.shares.isEmpty }.map { Arrangement.Bundle(worker: $0, times: 1) }
    if best.map({ candidate.isBetter(than: $0, problem) }) ?? (candidate.price(problem) <= bestPrice) {
      best = candidate
      bestPrice = candidate.price(problem)
    }
    return true
  }

  // MARK: the relaxed problem of a node

  /// Its bound and the number of workers of each class in its solution.
  private mutating func relaxed(_ node: Node) -> (bound: Int64, amounts: [Double]) {
    var master = BranchingProgram(node, relaxation, sets, penalty: penalty)
    for pattern in patterns { master.add(pattern.place, pattern.shares) }
    // Workers that nothing needs may be there, so that their number is never worth more than their price.
    for place in relaxation.classes.indices { master.add(place, []) }
    var bound = 0.0
    let before = search.steps
    for round in 0..<40 {
      master.program.optimise(pivots: 200)
      let isLast = round == 39
      var found = false
      for effort in [200, 3000] where !found || isLast {
        let (more, sum) = price(&master, node, steps: effort)
        found = more
        bound = max(bound, sum)
      }
      if !found || sums.leastSum(atLeast: PriceSums.roundedUp(bound)) >= bestPrice { break }
    }
    workDone += master.program.work + 3 * (search.steps - before)
    return (sums.leastSum(atLeast: PriceSums.roundedUp(bound)), master.amounts)
  }

  private mutating func price(_ master: inout BranchingProgram, _ node: Node, steps: Int) -> (
    found: Bool, bound: Double
  ) {
    let duals = master.duals()
    let sum = relaxation.groups.reduce(0) { $0 + duals.worth[$1] * Double(relaxation.counts[$1]) }
    var (found, ratio) = (false, 1.0)
    var reductions = duals.gains.map { _ in 0.0 }
    for place in relaxation.classes.indices where master.isOpen[place] {
      let cost = max(0, duals.costs[place])
      let outcome = search.best(
        of: relaxation.classes[place].first, worth: duals.worth, limits: relaxation.counts, above: cost * (1 + 1e-7),
        tuning: 4, steps: steps)
      if !outcome.shares.isEmpty && master.add(place, outcome.shares, onlyIfCheaper: true) {
        patterns.append((place, outcome.shares))
        found = true
      }
      // Where pods may be worth more than the worker, either a worker more is worth less, or all pods are.
      let excess = outcome.bound * (1 + 1e-9) - duals.costs[place]
      guard excess > 0 else { continue }
      let scaled = cost / outcome.bound
      let set = duals.gains.indices.filter { duals.gains[$0] >= excess && sets.sets[$0].contains(place) }
        .min { node.least[$0] < node.least[$1] }
      if let set, excess * Double(node.least[set]) < sum * (1 - scaled) {
        reductions[set] = max(reductions[set], excess)
      } else {
        ratio = min(ratio, scaled)
      }
    }
    var bound = sum * ratio * (1 - 1e-8) + duals.constant
    for set in reductions.indices { bound -= reductions[set] * Double(node.least[set]) * (1 + 1e-9) }
    return (found, bound)
  }
}
