import Model
import PlanningBenchmarks
import Testing

@testable import Decision

/// Small problems of several dimensions, against all that could be done.
@Suite struct ChooserBoundTests {
  /// Up to seven pods in up to four groups, with pods that repel each other and groups of which one worker may hold only
  /// some.
  static func problem(_ random: inout Seeded) -> PlanningProblem {
    let workers = (0..<random.number(1...3)).map { index in
      WorkerShape(
        pool: random.chance(30) ? "spot" : "general", name: TemplateName(rawValue: "kind-\(index)"),
        cpuMillicores: Int64(random.number(2...8) * 1000), memoryMebibytes: Int64(random.number(2...8) * 1000),
        pods: Int64(random.number(2...5)), price: Int64(random.number(3...20) * 10))
    }
    var left = random.number(1...7)
    var pods: [PodFigures] = []
    while left > 0 && pods.count < 4 {
      let count = min(left, random.number(1...3))
      left -= count
      pods.append(
        PodFigures(
          cpuMillicores: Int64(random.number(1...16) * 250), memoryMebibytes: Int64(random.number(1...16) * 250),
          count: count, avoids: random.chance(25) ? ["spot"] : [], perWorker: random.chance(25) ? 1 : .max))
    }
    var maxima: [PoolName: Int] = [:]
    if random.chance(40) { for pool in Set(workers.map(\.pool)).sorted() { maxima[pool] = random.number(0...4) } }
    let planning = PlanningProblem(name: "small", pods: pods, workers: workers, maxima: maxima)
    guard pods.count > 1, random.chance(40) else { return planning }
    let problem = planning.problem
    var conflicts = problem.conflicts
    (conflicts[0], conflicts[1]) = ([1], [0])
    return PlanningProblem(
      name: "repelling",
      problem: PackingProblem(
        rows: problem.rows, counts: problem.counts, priorities: problem.priorities, kinds: problem.kinds,
        allowed: problem.allowed, perWorker: problem.perWorker, conflicts: conflicts), book: planning.book)
  }

  /// The least price of workers within the limits that hold all pods of these groups, if it is below `bound`; written
  /// apart from the code under test.
  static func leastPrice(_ planning: PlanningProblem, _ counts: [Int], atMost bound: Int64) -> Int64 {
    let problem = planning.problem
    let pods = counts.indices.flatMap { Array(repeating: $0, count: counts[$0]) }
    var held: [[Int]] = []
    func fits(_ pod: Int, _ kind: Int, _ others: [Int]) -> Bool {
      guard problem.allowed[pod][kind], others.count(where: { $0 == pod }) < problem.perWorker[pod],
        !others.contains(where: { problem.conflicts[pod].contains($0) })
      else { return false }
      return problem.kinds[kind].room.indices.allSatisfy { dimension in
        others.reduce(problem.rows[pod][dimension]) { $0 + problem.rows[$1][dimension] }
          <= problem.kinds[kind].room[dimension]
      }
    }
    func place(_ index: Int, _ kinds: [Int]) -> Bool {
      guard index < pods.count else { return true }
      for worker in kinds.indices where fits(pods[index], kinds[worker], held[worker]) {
        held[worker].append(pods[index])
        if place(index + 1, kinds) { return true }
        held[worker].removeLast()
      }
      return false
    }
    var best = bound
    func grow(_ first: Int, _ kinds: [Int], _ price: Int64) {
      held = kinds.map { _ in [] }
      if place(0, kinds) {
        best = min(best, price)
        return
      }
      for kind in problem.kinds.indices.dropFirst(first)
      where price + problem.kinds[kind].price < best && kinds.count < pods.count {
        var book = planning.book
        guard (kinds + [kind]).allSatisfy({ book.reserve(problem.kinds[$0], atMost: 1) == 1 }) else { continue }
        grow(kind, kinds + [kind], price + problem.kinds[kind].price)
      }
    }
    grow(0, [], 0)
    return best
  }

  @Test func provesTheLeastPriceOfSmallProblemsAndNoBoundIsAboveIt() {
    var optimal = 0
    for seed in 0..<150 {
      var random = Seeded(seed)
      let planning = Self.problem(&random)
      let problem = planning.problem
      let solution = planning.chosen()
      let counts = zip(problem.counts, solution.unserved).map { $0 - $1 }
      let price = solution.price(problem)
      let least = Self.leastPrice(planning, counts, atMost: price)
      #expect(price == least, "seed \(seed)")
      optimal += solution.isOptimal ? 1 : 0
      let possible = problem.rows.indices.map { group in
        problem.kinds.indices.contains { kind in
          var book = planning.book
          return problem.allowed[group][kind] && book.reserve(problem.kinds[kind], atMost: 1) == 1
        } ? problem.counts[group] : 0
      }
      if counts != possible {
        #expect(Self.leastPrice(planning, possible, atMost: 1 << 40) == 1 << 40, "seed \(seed): all could be held")
      }
      #expect(solution.lowerBound <= least, "seed \(seed)")
      let relaxation = Self.relaxed(planning, counts)
      #expect(relaxation.lowerBound(counts) <= least, "seed \(seed)")
      #expect(problem.lowerBound(counts) <= least, "seed \(seed)")
    }
    #expect(optimal >= 148)
  }

  private static func relaxed(_ planning: PlanningProblem, _ counts: [Int]) -> Relaxation {
    let kinds = Array(planning.problem.kinds.indices)
    var relaxation = Relaxation(
      planning.problem, kinds: kinds, counts: counts,
      limits: planning.book.summedLimits(planning.problem.kinds.map(\.offer)))
    relaxation.solve(target: .max, seeds: [])
    return relaxation
  }

  @Test func holdsWhatItSaysAndKeepsTheLimitsOfPools() {
    for seed in 0..<40 {
      let planning = RandomProblems.problem(seed + 1000)
      let problem = planning.problem
      let solution = planning.chosen()
      var served = problem.counts.map { _ in 0 }
      var book = planning.book
      for worker in solution.workers {
        #expect(book.reserve(problem.kinds[worker.kind], atMost: 1) == 1, "seed \(seed)")
        for share in worker.shares {
          #expect(problem.allowed[share.group][worker.kind] && share.pods <= problem.perWorker[share.group])
          served[share.group] += share.pods
        }
        for dimension in 0..<problem.width {
          let used = worker.shares.reduce(Int64(0)) { $0 + problem.rows[$1.group][dimension] * Int64($1.pods) }
          #expect(problem.kinds[worker.kind].room[dimension] - used == worker.free[dimension], "seed \(seed)")
          #expect(worker.free[dimension] >= 0, "seed \(seed)")
        }
      }
      #expect(zip(served, solution.unserved).map(+) == problem.counts, "seed \(seed)")
      #expect(solution.lowerBound <= solution.price(problem), "seed \(seed)")
    }
  }

  @Test func givesTheSameSolutionAgain() {
    for seed in [3, 14, 27] {
      let (first, second) = (RandomProblems.problem(seed).chosen(), RandomProblems.problem(seed).chosen())
      #expect(first.workers.map(\.kind) == second.workers.map(\.kind))
      #expect(first.workers.map(\.shares) == second.workers.map(\.shares))
      #expect(first.lowerBound == second.lowerBound)
    }
  }

  @Test func usesAnotherPoolForWhatAFullOneCannotHold() {
    let spot = WorkerShape(
      pool: "spot", name: "spot-4", cpuMillicores: 4000, memoryMebibytes: 8000, price: 40_000)
    let permanent = WorkerShape(
      pool: "general", name: "general-4", cpuMillicores: 4000, memoryMebibytes: 8000, price: 120_000)
    let planning = PlanningProblem(
      name: "spot is short", pods: [PodFigures(cpuMillicores: 2000, memoryMebibytes: 1000, count: 10)],
      workers: [permanent, spot], maxima: ["spot": 3, "general": 10])
    let solution = planning.chosen()
    #expect(solution.workers.map(\.kind).sorted() == [0, 0, 1, 1, 1])
    #expect(solution.isOptimal && solution.lowerBound == 360_000)
    #expect(solution.unserved == [0])
  }

  @Test func servesWhatTheLimitsAllowAndProvesItsPrice() {
    let worker = WorkerShape(
      pool: "general", name: "general-4", cpuMillicores: 4000, memoryMebibytes: 8000, price: 120_000)
    let planning = PlanningProblem(
      name: "too few", pods: [PodFigures(cpuMillicores: 2000, memoryMebibytes: 1000, count: 10)], workers: [worker],
      maxima: ["general": 2])
    let solution = planning.chosen()
    #expect(solution.unserved == [6])
    #expect(solution.isOptimal && solution.lowerBound == 240_000)
  }

  @Test func givesEachRepellingPodAWorkerOfItsOwn() {
    let worker = WorkerShape(
      pool: "general", name: "general-4", cpuMillicores: 4000, memoryMebibytes: 8000, price: 120_000)
    let planning = PlanningProblem(
      name: "apart", pods: [PodFigures(cpuMillicores: 100, memoryMebibytes: 100, count: 100, perWorker: 1)],
      workers: [worker])
    let solution = planning.chosen()
    #expect(solution.workers.count == 100)
    #expect(solution.isOptimal)
  }
}
