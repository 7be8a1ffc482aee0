import Model

/// A set of new workers with what each holds.
package struct Solution {
  package var workers: [PackingProblem.Packed]
  /// Pods by group that found no worker.
  package var unserved: [Int]
  /// No set of workers within the limits that holds the pods that this one holds costs less, in micro-units an hour.
  package var lowerBound: Int64 = 0
  /// Whether no cheaper set exists within the limits.
  package var isOptimal = false

  package init(workers: [PackingProblem.Packed], unserved: [Int]) {
    self.workers = workers
    self.unserved = unserved
  }

  package func price(_ problem: PackingProblem) -> Int64 {
    workers.reduce(0) { $0 + problem.kinds[$1.kind].price }
  }

  /// Lower is better: first serve more, from the highest priority on, then cost less an hour, keep fewer permanent
  /// workers, use fewer workers, leave more room, and at last by name.
  package func isBetter(than other: Solution, _ problem: PackingProblem) -> Bool {
    Arrangement(self).isBetter(than: Arrangement(other), problem)
  }
}

/// A solution in which equal workers are told once.
struct Arrangement {
  struct Bundle {
    var worker: PackingProblem.Packed
    var times: Int
  }

  var bundles: [Bundle]
  var unserved: [Int]

  init(unserved: [Int]) {
    bundles = []
    self.unserved = unserved
  }

  init(_ solution: Solution) {
    bundles = solution.workers.map { Bundle(worker: $0, times: 1) }
    unserved = solution.unserved
  }

  var workerCount: Int { bundles.reduce(0) { $0 + $1.times } }

  func price(_ problem: PackingProblem) -> Int64 {
    bundles.reduce(0) { $0 + problem.kinds[$1.worker.kind].price * Int64($1.times) }
  }

  func solution() -> Solution {
    var workers: [PackingProblem.Packed] = []
    workers.reserveCapacity(workerCount)
    for bundle in bundles { for _ in 0..<bundle.times { workers.append(bundle.worker) } }
    return Solution(workers: workers, unserved: unserved)
  }

  /// Workers of each kind.
  func counts(_ problem: PackingProblem) -> [Int] {
    var counts = problem.kinds.map { _ in 0 }
    for bundle in bundles { counts[bundle.worker.kind] += bundle.times }
    return counts
  }

  /// See `Solution.isBetter`.
  func isBetter(than other: Arrangement, _ problem: PackingProblem) -> Bool {
    if unserved != other.unserved {
      let (mine, theirs) = (unservedByPriority(problem), other.unservedByPriority(problem))
      if mine != theirs { return mine.lexicographicallyPrecedes(theirs) }
    }
    let (left, right) = (rank(problem), other.rank(problem))
    if left.price != right.price { return left.price < right.price }
    if left.permanent != right.permanent { return left.permanent < right.permanent }
    if left.workers != right.workers { return left.workers < right.workers }
    if left.room != right.room { return left.room > right.room }
    return hasEarlierNames(than: other, problem)
  }

  private func rank(_ problem: PackingProblem) -> (price: Int64, permanent: Int, workers: Int, room: Int64) {
    var rank = (price: Int64(0), permanent: 0, workers: 0, room: Int64(0))
    for bundle in bundles {
      rank.price += problem.kinds[bundle.worker.kind].price * Int64(bundle.times)
      if !problem.kinds[bundle.worker.kind].offer.pool.isTemporary { rank.permanent += bundle.times }
      rank.workers += bundle.times
      rank.room += (bundle.worker.free.first ?? 0) * Int64(bundle.times)
    }
    return rank
  }

  private func unservedByPriority(_ problem: PackingProblem) -> [Double] {
    var result: [Double] = []
    var last: Int?
    for group in unserved.indices {
      if problem.priorities[group] != last { result.append(0) }
      last = problem.priorities[group]
      result[result.count - 1] += Double(unserved[group]) * problem.values[group]
    }
    return result
  }

  /// With as many workers: the first name that one of them has more often decides.
  private func hasEarlierNames(than other: Arrangement, _ problem: PackingProblem) -> Bool {
    let (mine, theirs) = (counts(problem), other.counts(problem))
    for kind in problem.kinds.indices.sorted(by: { problem.nameRanks[$0] < problem.nameRanks[$1] })
    where mine[kind] != theirs[kind] { return mine[kind] > theirs[kind] }
    return false
  }
}
