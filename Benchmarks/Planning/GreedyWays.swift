package import Decision

/// The ways of two other autoscalers, for comparison. They take pods one after the other and know nothing of what is still
/// to come, nor of money beyond the price of the worker at hand.
package enum GreedyWay: String, CaseIterable {
  /// Karpenter's: pods by CPU, then memory, the largest first; each goes to the first new worker that can still hold it,
  /// for which ever fewer types remain; in the end each worker becomes the cheapest type that holds its pods.
  case firstFitDecreasing = "first fit decreasing, cheapest type"
  /// Cluster Autoscaler's: one type for as many pods as it can hold, the one that leaves the least CPU and memory unused;
  /// then again for the pods that are left.
  case leastWaste = "one type at a time, least waste"

  package func solve(_ planning: PlanningProblem) -> Solution {
    switch self {
    case .firstFitDecreasing:
      var way = NarrowingWay(planning)
      return way.solve()
    case .leastWaste:
      var way = LeastWasteWay(planning)
      return way.solve()
    }
  }
}

extension PackingProblem {
  /// Groups by CPU, then memory, the largest first.
  fileprivate var decreasing: [Int] {
    rows.indices.sorted { left, right in
      if rows[left][0] != rows[right][0] { return rows[left][0] > rows[right][0] }
      if rows[left][1] != rows[right][1] { return rows[left][1] > rows[right][1] }
      return left < right
    }
  }

  /// How many more pods of a group go onto a worker of a kind that holds these.
  fileprivate func pods(of group: Int, beside shares: [Share], _ used: [Int64], kind: Int, atMost limit: Int) -> Int {
    guard allowed[group][kind], !shares.contains(where: { conflicts[group].contains($0.group) }) else { return 0 }
    var most = limit
    if perWorker[group] < .max {
      most = min(most, perWorker[group] - (shares.first { $0.group == group }?.pods ?? 0))
    }
    for dimension in used.indices where rows[group][dimension] > 0 {
      most = min(most, Int((kinds[kind].room[dimension] - used[dimension]) / rows[group][dimension]))
    }
    return max(0, most)
  }
}

/// A new worker of which not all is decided.
private struct OpenWorker {
  var kinds: [Int]
  var shares: [PackingProblem.Share] = []
  var used: [Int64]

  mutating func add(_ pods: Int, of group: Int, _ problem: PackingProblem) {
    for dimension in used.indices { used[dimension] += problem.rows[group][dimension] * Int64(pods) }
    if let index = shares.firstIndex(where: { $0.group == group }) {
      shares[index].pods += pods
    } else {
      shares.append(PackingProblem.Share(group: group, pods: pods))
    }
  }

  func packed(_ kind: Int, _ problem: PackingProblem) -> PackingProblem.Packed {
    PackingProblem.Packed(
      kind: kind, shares: shares, free: zip(problem.kinds[kind].room, used).map { $0 - $1 })
  }
}

private struct NarrowingWay {
  let problem: PackingProblem
  var book: GrowthBook
  var solution: Solution

  init(_ planning: PlanningProblem) {
    problem = planning.problem
    book = planning.book
    solution = Solution(workers: [], unserved: planning.problem.counts.map { _ in 0 })
  }

  mutating func solve() -> Solution {
    var open: [OpenWorker] = []
    for group in problem.decreasing {
      var left = problem.counts[group]
      for index in open.indices where left > 0 { left -= put(left, of: group, on: &open[index]) }
      while left > 0 {
        let kinds = problem.kinds.indices.filter { problem.allowed[group][$0] }
        var worker = OpenWorker(kinds: kinds, used: problem.rows[group].map { _ in 0 })
        let pods = put(left, of: group, on: &worker)
        guard pods > 0 else { break }
        left -= pods
        open.append(worker)
      }
      solution.unserved[group] += left
    }
    for worker in open { close(worker) }
    return solution
  }

  /// As many pods as one of the remaining types can hold; types that cannot hold so many are no longer thought of.
  private func put(_ pods: Int, of group: Int, on worker: inout OpenWorker) -> Int {
    let fitting = worker.kinds.map {
      problem.pods(of: group, beside: worker.shares, worker.used, kind: $0, atMost: pods)
    }
    guard let most = fitting.max(), most > 0 else { return 0 }
    worker.kinds = zip(worker.kinds, fitting).filter { $0.1 == most }.map(\.0)
    worker.add(most, of: group, problem)
    return most
  }

  /// The cheapest type that holds the pods and that the limits allow.
  private mutating func close(_ worker: OpenWorker) {
    for kind in worker.kinds.sorted(by: { (problem.kinds[$0].price, $0) < (problem.kinds[$1].price, $1) })
    where book.reserve(problem.kinds[kind], atMost: 1) == 1 {
      solution.workers.append(worker.packed(kind, problem))
      return
    }
    for share in worker.shares { solution.unserved[share.group] += share.pods }
  }
}

private struct LeastWasteWay {
  let problem: PackingProblem
  var book: GrowthBook
  var left: [Int]

  init(_ planning: PlanningProblem) {
    problem = planning.problem
    book = planning.book
    left = planning.problem.counts
  }

  mutating func solve() -> Solution {
    var solution = Solution(workers: [], unserved: left)
    while true {
      var best: (kind: Int, workers: [OpenWorker], waste: Double)?
      for kind in problem.kinds.indices {
        let workers = estimate(kind)
        guard !workers.isEmpty else { continue }
        let waste = waste(kind, workers)
        if waste < best?.waste ?? .infinity { best = (kind, workers, waste) }
      }
      guard let best else { break }
      _ = book.reserve(problem.kinds[best.kind], atMost: best.workers.count)
      for worker in best.workers {
        solution.workers.append(worker.packed(best.kind, problem))
        for share in worker.shares { left[share.group] -= share.pods }
      }
    }
    solution.unserved = left
    return solution
  }

  /// First fit decreasing with one type only, within the limits.
  private func estimate(_ kind: Int) -> [OpenWorker] {
    var limits = book
    var open: [OpenWorker] = []
    for group in problem.decreasing where problem.allowed[group][kind] {
      var pods = left[group]
      for index in open.indices where pods > 0 {
        let more = problem.pods(
          of: group, beside: open[index].shares, open[index].used, kind: kind, atMost: pods)
        if more > 0 { open[index].add(more, of: group, problem) }
        pods -= more
      }
      while pods > 0 && limits.reserve(problem.kinds[kind], atMost: 1) == 1 {
        var worker = OpenWorker(kinds: [kind], used: problem.rows[group].map { _ in 0 })
        let more = problem.pods(of: group, beside: [], worker.used, kind: kind, atMost: pods)
        worker.add(more, of: group, problem)
        pods -= more
        open.append(worker)
      }
    }
    return open
  }

  /// The shares of CPU and of memory that stay unused.
  private func waste(_ kind: Int, _ workers: [OpenWorker]) -> Double {
    (0..<2).reduce(0) { sum, dimension in
      let room = Double(problem.kinds[kind].room[dimension]) * Double(workers.count)
      let used = workers.reduce(0.0) { $0 + Double($1.used[dimension]) }
      return sum + (room > 0 ? (room - used) / room : 0)
    }
  }
}
