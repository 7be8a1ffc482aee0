import Model

extension ChoiceRun {
  /// Pods and workers that the complete search takes on.
  private static let searchedPods = 60
  private static let searchedWorkers = 10

  /// Whether all sets of workers can be gone through.
  var isSmall: Bool {
    best.workerCount <= Self.searchedWorkers && counts.reduce(0, +) <= Self.searchedPods && holdsAll
  }

  /// For small problems whose pods all find a worker: every set of kinds that costs no less than the bound and no more
  /// than the best known. When none of them is better, and all were seen to the end, nothing better exists.
  mutating func search() {
    guard isSmall, !best.bundles.isEmpty else { return }
    var search = SetSearch(self, bound: provenBound)
    search.descend(0)
    offer(search.best)
    isExhausted = !search.gaveUp
  }
}

/// Goes through sets of kinds by depth, the dearest kinds first.
private struct SetSearch {
  /// Sets looked at, steps spent on packing one of them, and steps over all, before the search gives up.
  private static let sets = 20_000
  private static let packingSteps = 4_000
  private static let totalSteps = 150_000
  /// Workers beyond those of the best known that a set is looked for with.
  private static let moreWorkers = 8

  private let run: ChoiceRun
  private let problem: PackingProblem
  private let bound: Int64
  private let kinds: [Int]
  /// By place in `kinds` and dimension: the least price of a unit from there on.
  private let unitPrices: [Double]
  /// Groups with pods, the largest first.
  private let groups: [Int]
  private let demand: [Int64]
  private let pods: Int
  var best: Arrangement
  private var bestPrice: Int64
  private(set) var gaveUp = false
  private var chosen: [Int] = []
  private var room: [Int64]
  private var price: Int64 = 0
  private(set) var sets = 0
  private(set) var steps = 0

  init(_ run: ChoiceRun, bound: Int64) {
    self.run = run
    self.bound = bound
    let problem = run.problem
    self.problem = problem
    best = run.best
    bestPrice = run.best.price(problem)
    let useful = run.relaxation.classes.map(\.first).filter { kind in
      run.counts.indices.contains { run.counts[$0] > 0 && problem.isAllowed($0, kind) }
    }
    kinds = useful.sorted {
      (-problem.kinds[$0].price, $0) < (-problem.kinds[$1].price, $1)
    }
    groups = run.counts.indices.filter { run.counts[$0] > 0 }
      .sorted { (-problem.values[$0], $0) < (-problem.values[$1], $1) }
    demand = (0..<problem.width).map { dimension in
      run.counts.indices.reduce(0) { $0 + problem.rows[$1][dimension] * Int64(run.counts[$1]) }
    }
    pods = run.counts.reduce(0, +)
    room = demand.map { _ in 0 }
    var prices = Array(repeating: Double.infinity, count: (kinds.count + 1) * problem.width)
    for place in kinds.indices.reversed() {
      for dimension in 0..<problem.width {
        let size = problem.kinds[kinds[place]].room[dimension]
        let own = size > 0 ? Double(problem.kinds[kinds[place]].price) / Double(size) : .infinity
        prices[place * problem.width + dimension] = min(own, prices[(place + 1) * problem.width + dimension])
      }
    }
    unitPrices = prices
  }

  mutating func descend(_ first: Int) {
    for place in first..<kinds.count {
      guard !gaveUp || sets <= Self.sets else { return }
      let kind = kinds[place]
      let next = price + problem.kinds[kind].price
      // At the same price a set is better by what it consists of, but never with more workers.
      guard next < bestPrice || (next == bestPrice && chosen.count < best.workerCount) else { continue }
      sets += 1
      if sets > Self.sets || steps > Self.totalSteps {
        gaveUp = true
        sets = Self.sets + 1
        return
      }
      chosen.append(kind)
      price = next
      add(kind, 1)
      if !(isEnough && price >= bound && tryChosen()) && mayBeCompleted(place) { descend(place) }
      add(kind, -1)
      price -= problem.kinds[kind].price
      chosen.removeLast()
    }
  }

  private mutating func add(_ kind: Int, _ times: Int64) {
    for dimension in room.indices { room[dimension] += times * problem.kinds[kind].room[dimension] }
  }

  private var isEnough: Bool {
    for dimension in room.indices where room[dimension] < demand[dimension] { return false }
    return true
  }

  /// Whether what is missing could be had for what is left to the best known price.
  private mutating func mayBeCompleted(_ place: Int) -> Bool {
    // Each worker holds a pod, or it would not be there.
    guard chosen.count < pods else { return false }
    for dimension in room.indices where room[dimension] < demand[dimension] {
      let missing = Double(demand[dimension] - room[dimension]) * unitPrices[place * problem.width + dimension]
      if Double(price) + missing * (1 - 1e-9) > Double(bestPrice) { return false }
    }
    if chosen.count > best.workerCount + Self.moreWorkers {
      gaveUp = true
      return false
    }
    return true
  }

  /// Returns whether the chosen set holds all pods.
  private mutating func tryChosen() -> Bool {
    var numbers = run.relaxation.classes.map { _ in 0 }
    for kind in chosen { numbers[run.relaxation.classes.firstIndex { $0.first == kind }!] += 1 }
    let assigned: [Int]
    switch run.assign(numbers) {
    case .kinds(let kinds): assigned = kinds
    case .notAllowed: return false
    case .unknown:
      gaveUp = true
      return false
    }
    var packing = Packing(problem, groups, run.counts, assigned, steps: Self.packingSteps)
    let isPacked = packing.run()
    steps += Self.packingSteps - packing.stepsLeft
    if packing.stepsLeft <= 0 { gaveUp = true }
    guard isPacked else { return false }
    var candidate = Arrangement(unserved: best.unserved)
    candidate.bundles = packing.workers.filter { !$0.shares.isEmpty }.map { Arrangement.Bundle(worker: $0, times: 1) }
    if candidate.isBetter(than: best, problem) {
      best = candidate
      bestPrice = best.price(problem)
    }
    return true
  }
}
