import Model

/// Puts pods onto given workers, trying everything that makes a difference.
struct Packing {
  private let problem: PackingProblem
  private let groups: [Int]
  private let counts: [Int]
  private(set) var workers: [PackingProblem.Packed]
  /// When none is left the search has given up.
  private(set) var stepsLeft: Int
  /// Room that may stay unused, by dimension.
  private let slack: [Int64]

  /// - Parameters:
  ///   - groups: those with pods, in the order in which they are placed.
  ///   - kinds: of the workers; equal ones side by side.
  init(_ problem: PackingProblem, _ groups: [Int], _ counts: [Int], _ kinds: [Int], steps: Int) {
    self.problem = problem
    self.groups = groups
    self.counts = counts
    workers = kinds.map(problem.empty)
    stepsLeft = steps
    slack = (0..<problem.width).map { dimension in
      kinds.reduce(0) { $0 + problem.kinds[$1].room[dimension] }
        - groups.reduce(0) { $0 + problem.rows[$1][dimension] * Int64(counts[$1]) }
    }
  }

  /// Whether all pods find a place; `workers` then says where.
  mutating func run() -> Bool { place(0) }

  /// Whether pods find a place when each goes to the first or to the fullest worker that can take it: the largest pods
  /// first, or those for which there are fewest workers. When not, nothing is known.
  mutating func runGreedily() -> Bool {
    let holders = groups.map { group in workers.count { problem.isAllowed(group, $0.kind) } }
    var orders = [groups]
    orders.append(groups.indices.sorted { (holders[$0], $0) < (holders[$1], $1) }.map { groups[$0] })
    for dimension in 0..<min(2, problem.width) {
      orders.append(
        groups.indices.sorted { left, right in
          let (one, other) = (problem.rows[groups[left]][dimension], problem.rows[groups[right]][dimension])
          return one != other ? one > other : left < right
        }.map { groups[$0] })
    }
    let empty = workers
    for order in orders {
      for isReversed in [false, true] {
        for fullest in [false, true] where placeGreedily(order, isReversed, fullest: fullest) { return true }
        workers = empty
      }
    }
    return false
  }

  private mutating func placeGreedily(_ order: [Int], _ isReversed: Bool, fullest: Bool) -> Bool {
    for index in workers.indices { workers[index] = problem.empty(workers[index].kind) }
    var places = isReversed ? Array(workers.indices.reversed()) : Array(workers.indices)
    for group in order {
      var left = counts[group]
      stepsLeft -= 1
      if fullest {
        let free = workers.map { $0.free.first ?? 0 }
        places.sort { free[$0] != free[$1] ? free[$0] < free[$1] : $0 < $1 }
      }
      for worker in places where left > 0 {
        let pods = problem.capacity(workers[worker], group, atMost: left)
        if pods > 0 { problem.place(pods, of: group, on: &workers[worker]) }
        left -= pods
      }
      if left > 0 { return false }
    }
    return true
  }

  private mutating func place(_ index: Int) -> Bool {
    guard index < groups.count else { return true }
    return wastesLittle(index) && place(index, counts[groups[index]], from: 0)
  }

  /// Places so many pods of a group on workers from one on: as its pods are equal, an earlier worker is never gone back
  /// to.
  private mutating func place(_ index: Int, _ pods: Int, from first: Int) -> Bool {
    guard pods > 0 else { return place(index + 1) }
    stepsLeft -= 1
    guard stepsLeft > 0 else { return false }
    let group = groups[index]
    var rest = 0
    for worker in workers.indices.dropFirst(first + 1) where rest < pods {
      rest += problem.capacity(workers[worker], group, atMost: pods)
    }
    guard first < workers.count else { return false }
    let before = workers[first]
    var pods = (least: max(0, pods - rest), most: problem.capacity(before, group, atMost: pods), all: pods)
    if let twin = podsOfTwin(first, group) { pods.most = min(pods.most, twin) }
    while pods.most >= pods.least {
      if pods.most > 0 { problem.place(pods.most, of: group, on: &workers[first]) }
      if place(index, pods.all - pods.most, from: first + 1) { return true }
      workers[first] = before
      guard stepsLeft > 0 else { return false }
      pods.most -= 1
    }
    return false
  }

  /// Of workers that were equal before this group, a later one takes no more of it than an earlier one.
  private func podsOfTwin(_ worker: Int, _ group: Int) -> Int? {
    let own = workers[worker]
    for earlier in workers.indices.prefix(worker).reversed() where workers[earlier].kind == own.kind {
      var shares = workers[earlier].shares
      var pods = 0
      if shares.last?.group == group { pods = shares.removeLast().pods }
      if shares == own.shares { return pods }
    }
    return nil
  }

  /// Whether the room that nothing from a group on can use is no more than may stay unused.
  private func wastesLittle(_ index: Int) -> Bool {
    var waste = slack
    for worker in workers {
      var isUsable = false
      for place in groups.indices.dropFirst(index) where problem.capacity(worker, groups[place], atMost: 1) == 1 {
        isUsable = true
        break
      }
      if isUsable { continue }
      for dimension in waste.indices {
        waste[dimension] -= worker.free[dimension]
        if waste[dimension] < 0 { return false }
      }
    }
    return true
  }
}
