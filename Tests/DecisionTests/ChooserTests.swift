import Model
import Testing

@testable import Decision

@Suite struct ChooserTests {
  /// A problem of CPU and pod slots: groups as (millicores, count), kinds as (millicores, price).
  private func problem(_ groups: [(Int64, Int)], _ kinds: [(Int64, Int64)], slots: Int64 = 100) -> Chooser {
    var scene = Scene()
    scene.changePool("burst") {
      $0.maximum = 1_000_000
      $0.monthlyBudget = nil
    }
    scene.policy.money.burstEventMaximum = nil
    scene.changeHosts {
      $0.cpuCores = 1 << 30
      $0.memoryBytes = 1 << 60
      $0.freeStorageBytes = 1 << 60
    }
    let template = scene.policy.template("small")!
    let groups = groups.sorted { $0.0 > $1.0 }
    let all = kinds.map { room, price in
      PackingProblem.Kind(
        offer: Offer(pool: scene.pool("burst"), template: template), room: [room, 0, 0, slots], price: price)
    }
    let problem = PackingProblem(
      rows: groups.map { [$0.0, 0, 0, 1] }, counts: groups.map(\.1), priorities: groups.map { _ in 0 }, kinds: all,
      allowed: groups.map { _ in kinds.map { _ in true } })
    var book = GrowthBook(Situation(snapshot: scene.snapshot, policy: scene.policy))
    book.slots = .max
    return Chooser(problem: problem, book: book)
  }

  @Test func packsFiftyThousandSmallPodsWithoutWaste() {
    let chooser = problem([(95, 1000), (50, 50_000)], [(1000, 100)])
    let solution = chooser.solve()
    #expect(solution.workers.count == 2595)
    #expect(solution.price(chooser.problem) == chooser.problem.lowerBound(chooser.problem.counts))
    #expect(solution.isOptimal)
  }

  /// The least price of any set that holds the pods: all sets up to a price, all assignments of pods.
  private func leastPrice(_ sizes: [Int64], _ kinds: [(Int64, Int64)], atMost bound: Int64) -> Int64 {
    func fits(_ index: Int, _ rooms: inout [Int64]) -> Bool {
      guard index < sizes.count else { return true }
      for room in rooms.indices where rooms[room] >= sizes[index] {
        rooms[room] -= sizes[index]
        if fits(index + 1, &rooms) { return true }
        rooms[room] += sizes[index]
      }
      return false
    }
    var best = bound
    func grow(_ first: Int, _ rooms: [Int64], _ price: Int64) {
      if rooms.reduce(0, +) >= sizes.reduce(0, +) {
        var trial = rooms
        if fits(0, &trial) {
          best = min(best, price)
          return
        }
      }
      for kind in kinds.indices.dropFirst(first) where price + kinds[kind].1 < best {
        grow(kind, rooms + [kinds[kind].0], price + kinds[kind].1)
      }
    }
    grow(0, [], 0)
    return best
  }

  @Test func findsTheLeastPriceOnSmallProblems() {
    for seed in 0..<300 {
      var random = Seeded(seed)
      let kinds = (0..<random.number(1...3)).map { index in
        (Int64(random.number(3...5) * (index + 1) * 1000), Int64(random.number(8...14) * (index + 1)))
      }
      let groups = (0..<random.number(1...4)).map { _ in (Int64(random.number(3...30) * 100), random.number(1...2)) }
      let chooser = problem(groups, kinds)
      let solution = chooser.solve()
      let sizes = groups.flatMap { Array(repeating: $0.0, count: $0.1) }.sorted(by: >)
      let price = solution.price(chooser.problem)
      let least = leastPrice(sizes, kinds, atMost: price)
      #expect(solution.unserved.allSatisfy { $0 == 0 })
      #expect(price == least, "seed \(seed)")
      #expect(chooser.problem.lowerBound(chooser.problem.counts) <= least, "seed \(seed)")
    }
  }

  @Test func neverCostsMoreThanTheBestSingleKindPackedGreedily() {
    for seed in 0..<60 {
      var random = Seeded(seed)
      let kinds: [(Int64, Int64)] = [(3800, 120), (7800, 240), (15_800, 480)].shuffled(using: &random)
      let groups = (0..<random.number(1...8)).map { _ in (Int64(random.number(1...37) * 100), random.number(1...30)) }
      let chooser = problem(groups, kinds)
      let greedy = kinds.indices.map { kind -> Int64 in
        let (only, price) = kinds[kind]
        var rooms: [Int64] = []
        for (size, count) in groups.sorted(by: { $0.0 > $1.0 }) {
          for _ in 0..<count {
            if let room = rooms.firstIndex(where: { $0 >= size }) {
              rooms[room] -= size
            } else {
              rooms.append(only - size)
            }
          }
        }
        return Int64(rooms.count) * price
      }
      #expect(chooser.solve().price(chooser.problem) <= greedy.min()!, "seed \(seed)")
    }
  }

  @Test func holdsWhatItSaysItHolds() {
    for seed in 0..<60 {
      var random = Seeded(seed)
      let groups = (0..<random.number(1...8)).map { _ in (Int64(random.number(1...150) * 100), random.number(1...30)) }
        .sorted { $0.0 > $1.0 }
      let chooser = problem(groups, [(3800, 120), (7800, 240), (15_800, 480)], slots: 12)
      let solution = chooser.solve()
      var served = Array(repeating: 0, count: groups.count)
      for worker in solution.workers {
        var taken: Int64 = 0
        var pods = 0
        for share in worker.shares {
          served[share.group] += share.pods
          taken += groups[share.group].0 * Int64(share.pods)
          pods += share.pods
        }
        #expect(taken <= chooser.problem.kinds[worker.kind].room[0] && pods <= 12, "seed \(seed)")
      }
      #expect(zip(served, solution.unserved).map(+) == groups.map(\.1), "seed \(seed)")
    }
  }
}
