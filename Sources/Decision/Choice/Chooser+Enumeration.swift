import Model

extension Chooser {
  /// Sets of kinds looked at before the search gives up.
  static let enumeratedSets = 6_000
  /// Pods that the complete search takes on, and steps it spends on packing one set.
  static let enumeratedPods = 40
  static let packingSteps = 3_000
  /// Steps over all sets.
  static let totalSteps = 400_000

  /// For small problems whose pods all find a worker: every set of kinds that is cheaper than the best known.
  /// Proves the best known optimal when none of them holds the pods.
  func enumerated(_ known: Solution) -> Solution {
    let pods = problem.counts.reduce(0, +)
    guard known.unserved.allSatisfy({ $0 == 0 }), !known.workers.isEmpty else { return known }
    let price = known.price(problem)
    var best = known
    if problem.lowerBound(problem.counts) >= price && known.workers.count == 1 {
      best.isOptimal = true
      return best
    }
    guard pods <= Self.enumeratedPods else {
      best.isOptimal = problem.lowerBound(problem.counts) >= price
      return best
    }
    var search = SetSearch(chooser: self, best: best)
    search.descend(0)
    best = search.best
    best.isOptimal = !search.gaveUp || problem.lowerBound(problem.counts) >= best.price(problem)
    return best
  }
}

/// Goes through sets of kinds by depth, cheapest first being unnecessary as the bound is the best known price.
private struct SetSearch {
  let chooser: Chooser
  var best: Solution
  var gaveUp = false
  private var chosen: [Int] = []
  private var price: Int64 = 0
  private var sets = 0
  private var steps = 0
  private let totals: [Int64]

  init(chooser: Chooser, best: Solution) {
    self.chooser = chooser
    self.best = best
    let problem = chooser.problem
    totals = (0..<(problem.rows.first?.count ?? 0)).map { dimension in
      problem.rows.indices.reduce(0) { $0 + problem.rows[$1][dimension] * Int64(problem.counts[$1]) }
    }
  }

  mutating func descend(_ kind: Int) {
    guard !gaveUp else { return }
    sets += 1
    if sets > Chooser.enumeratedSets || steps > Chooser.totalSteps {
      gaveUp = true
      return
    }
    if !chosen.isEmpty { tryChosen() }
    for next in chooser.problem.kinds.indices.dropFirst(kind) {
      let nextPrice = price + chooser.problem.kinds[next].price
      let bestPrice = best.price(chooser.problem)
      // At the same price only a smaller set is better.
      guard nextPrice < bestPrice || (nextPrice == bestPrice && chosen.count + 1 < best.workers.count) else { continue }
      // A kind without a price would be taken for ever.
      guard chosen.count < Chooser.improvedWorkers else { continue }
      chosen.append(next)
      price = nextPrice
      descend(next)
      price -= chooser.problem.kinds[next].price
      chosen.removeLast()
    }
  }

  private mutating func tryChosen() {
    let problem = chooser.problem
    for dimension in totals.indices {
      let room = chosen.reduce(Int64(0)) { $0 + problem.kinds[$1].room[dimension] }
      if room < totals[dimension] { return }
    }
    guard chooser.isAllowed(chosen) else { return }
    var workers = chosen.map { PackingProblem.Packed(kind: $0, shares: [], free: problem.kinds[$0].room) }
    var budget = Chooser.packingSteps
    let packed = pack(0, 0, &workers, &budget)
    steps += Chooser.packingSteps - budget
    guard packed else {
      if budget <= 0 { gaveUp = true }
      return
    }
    let candidate = Solution(workers: workers.filter { !$0.shares.isEmpty }, unserved: best.unserved)
    if candidate.isBetter(than: best, problem) { best = candidate }
  }

  /// Places pods one after the other, trying each worker that differs from those tried before.
  private func pack(
    _ group: Int, _ placed: Int, _ workers: inout [PackingProblem.Packed], _ budget: inout Int
  ) -> Bool {
    let problem = chooser.problem
    guard group < problem.rows.count else { return true }
    guard placed < problem.counts[group] else { return pack(group + 1, 0, &workers, &budget) }
    budget -= 1
    guard budget > 0 else { return false }
    let row = problem.rows[group]
    for index in workers.indices where problem.allowed[group][workers[index].kind] {
      guard workers[index].free.capacity(for: row, atMost: 1) == 1 else { continue }
      let repeated = workers[..<index].contains {
        $0.kind == workers[index].kind && $0.free == workers[index].free
      }
      if repeated { continue }
      let before = workers[index]
      workers[index].free.take(row, times: 1)
      workers[index].add(group)
      if pack(group, placed + 1, &workers, &budget) { return true }
      workers[index] = before
    }
    return false
  }
}

extension PackingProblem.Packed {
  fileprivate mutating func add(_ group: Int) {
    if let index = shares.firstIndex(where: { $0.group == group }) {
      shares[index].pods += 1
    } else {
      shares.append(PackingProblem.Share(group: group, pods: 1))
    }
  }
}
