import Model

/// A set of new workers with what each holds.
struct Solution {
  var workers: [PackingProblem.Packed]
  /// Pods by group that found no worker.
  var unserved: [Int]
  /// Whether no cheaper set exists within the limits.
  var isOptimal = false

  /// Lower is better: first serve more, from the highest priority on, then cost less an hour, keep fewer permanent
  /// workers, use fewer workers, leave more room, and at last by name.
  func isBetter(than other: Solution, _ problem: PackingProblem) -> Bool {
    let (mine, theirs) = (unservedByPriority(problem), other.unservedByPriority(problem))
    if mine != theirs { return mine.lexicographicallyPrecedes(theirs) }
    let (left, right) = (rank(problem), other.rank(problem))
    if left != right { return left.lexicographicallyPrecedes(right) }
    let (leftRoom, rightRoom) = (roomLeft(problem), other.roomLeft(problem))
    if leftRoom != rightRoom { return leftRoom > rightRoom }
    return names(problem).lexicographicallyPrecedes(other.names(problem))
  }

  func price(_ problem: PackingProblem) -> Int64 { workers.reduce(0) { $0 + problem.kinds[$1.kind].price } }

  private func rank(_ problem: PackingProblem) -> [Int64] {
    let permanent = workers.count { !problem.kinds[$0.kind].offer.pool.isTemporary }
    return [price(problem), Int64(permanent), Int64(workers.count)]
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

  private func roomLeft(_ problem: PackingProblem) -> Int64 {
    workers.reduce(0) { $0 + $1.free[0] }
  }

  private func names(_ problem: PackingProblem) -> [String] {
    workers.map { problem.kinds[$0.kind].offer.name }.sorted()
  }
}
