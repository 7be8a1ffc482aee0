import Model
import PlanningBenchmarks
import Testing

@testable import Decision

@Suite struct PatternSearchTests {
  /// The most that pods on one worker can be worth: every number of every group.
  private func most(_ problem: PackingProblem, _ kind: Int, _ worth: [Double], _ limits: [Int]) -> Double {
    func best(_ group: Int, _ free: [Int64], _ held: [Int]) -> Double {
      guard group < problem.rows.count else { return 0 }
      var most = best(group + 1, free, held)
      guard problem.allowed[group][kind], !held.contains(where: { problem.conflicts[group].contains($0) }) else {
        return most
      }
      var (free, pods) = (free, 0)
      while pods < min(limits[group], problem.perWorker[group]) {
        free = zip(free, problem.rows[group]).map { $0 - $1 }
        guard free.allSatisfy({ $0 >= 0 }) else { break }
        pods += 1
        most = max(most, worth[group] * Double(pods) + best(group + 1, free, held + [group]))
      }
      return most
    }
    return best(0, problem.kinds[kind].room, [])
  }

  @Test func findsTheBestPatternAndBoundsItHoweverSoonItGivesUp() {
    for seed in 0..<200 {
      var random = Seeded(seed)
      let problem = ChooserBoundTests.problem(&random).problem
      let worth = problem.rows.map { _ in Double(random.number(1...100)) }
      let shares = problem.kinds.flatMap { kind in kind.room.map { $0 > 0 ? 1 / Double(kind.room.count) : 0 } }
      for kind in problem.kinds.indices {
        let truth = most(problem, kind, worth, problem.counts)
        for steps in [1, 5, 100_000] {
          var search = PatternSearch(problem, shares: shares)
          let outcome = search.best(
            of: kind, worth: worth, limits: problem.counts, above: 0, tuning: seed % 3, steps: steps)
          #expect(outcome.bound >= truth - 1e-6, "seed \(seed)")
          #expect(outcome.value <= truth + 1e-6, "seed \(seed)")
          if steps > 5 { #expect(abs(outcome.value - truth) < 1e-6, "seed \(seed)") }
          let told = outcome.shares.reduce(0) { $0 + worth[$1.group] * Double($1.pods) }
          #expect(abs(told - outcome.value) < 1e-6, "seed \(seed)")
          #expect(outcome.shares.isEmpty || problem.packed(outcome.shares, kind: kind) != nil, "seed \(seed)")
        }
        var search = PatternSearch(problem, shares: shares)
        let none = search.best(
          of: kind, worth: worth, limits: problem.counts, above: truth + 0.5, tuning: 1, steps: 100_000)
        #expect(none.shares.isEmpty && none.bound <= truth + 0.5 + 1e-6, "seed \(seed)")
      }
    }
  }

  @Test func solvesAProgrammeOfPatterns() {
    // Two of the first and three of the second group; patterns hold one of each, two of the second, or the first alone.
    var program = CoveringProgram(demands: [2, 3], limits: 1, penalties: [100, 100])
    func add(_ entries: [(row: Int, amount: Double)], _ cost: Double) {
      program.add(CoveringProgram.Column(kind: 0, entries: entries, cost: cost, shares: []))
    }
    add([(0, 1), (1, 1)], 3)
    add([(1, 2), (2, 0.5)], 2)
    add([(0, 1)], 2)
    program.optimise(pivots: 50)
    // 2 × 3 for both groups and half of the second pattern, of which the limit would allow two.
    #expect(abs(program.cost - 7) < 1e-9)
    program.restart(demands: [2, 3], limits: [0]) { _ in true }
    program.optimise(pivots: 50)
    // Without the second pattern three of the first are cheapest.
    #expect(abs(program.cost - 9) < 1e-9)
  }

  @Test func raisesABoundToTheNextSumOfPrices() {
    let sums = PriceSums([120_000, 240_000, 500_000, 0])
    #expect(sums.leastSum(atLeast: 1) == 120_000)
    #expect(sums.leastSum(atLeast: 120_000) == 120_000)
    #expect(sums.leastSum(atLeast: 480_001) == 500_000)
    #expect(sums.leastSum(atLeast: 0) == 0)
    #expect(PriceSums([]).leastSum(atLeast: 5) == 5)
    #expect(PriceSums([7]).leastSum(atLeast: 1_000_000_000_001) == 1_000_000_000_006)
    #expect(PriceSums.roundedUp(259_500) == 259_500)
    #expect(PriceSums.roundedUp(-3) == 0)
  }

  @Test func packsPodsOntoGivenWorkersOrShowsThatTheyDoNotFit() {
    for seed in 0..<300 {
      var random = Seeded(seed)
      let problem = ChooserBoundTests.problem(&random).problem
      let kinds = (0..<random.number(1...3)).map { _ in random.number(0...problem.kinds.count - 1) }.sorted()
      var packing = Packing(problem, Array(problem.rows.indices), problem.counts, kinds, steps: 100_000)
      #expect(packing.run() == fits(problem, kinds), "seed \(seed)")
    }
  }

  private func fits(_ problem: PackingProblem, _ kinds: [Int]) -> Bool {
    let pods = problem.counts.indices.flatMap { Array(repeating: $0, count: problem.counts[$0]) }
    func place(_ index: Int, _ workers: [PackingProblem.Packed]) -> Bool {
      guard index < pods.count else { return true }
      return workers.indices.contains { worker in
        guard problem.capacity(workers[worker], pods[index], atMost: 1) == 1 else { return false }
        var next = workers
        problem.place(1, of: pods[index], on: &next[worker])
        return place(index + 1, next)
      }
    }
    return place(0, kinds.map(problem.empty))
  }
}
