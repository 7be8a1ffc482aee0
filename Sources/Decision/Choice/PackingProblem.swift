package import Model

/// Which new workers hold the pods that fit nowhere else? Groups and offers as numbers.
package struct PackingProblem {
  package struct Kind {
    let offer: Offer
    /// What pods can use of it, DaemonSets taken off.
    package let room: [Int64]
    /// Micro-units an hour.
    package let price: Int64

    init(offer: Offer, room: [Int64], price: Int64) {
      self.offer = offer
      self.room = room
      self.price = price
    }

    package init(pool: Pool, template: Template, room: [Int64], price: Int64) {
      self.init(offer: Offer(pool: pool, template: template), room: room, price: price)
    }

    package var pool: PoolName { offer.pool.name }
  }

  /// In the order in which they must be served.
  package let rows: [[Int64]]
  package let counts: [Int]
  package let priorities: [Int]
  package let kinds: [Kind]
  /// `[group][kind]`: the group's pods may run there, and one of them fits into an empty worker.
  package let allowed: [[Bool]]
  /// By group, the most of its pods that one worker may hold.
  package let perWorker: [Int]
  /// By group, sorted: groups whose pods may not be on a worker with its own.
  package let conflicts: [[Int]]
  /// A pod's size in shares of the largest kinds, for comparing what kinds hold.
  let values: [Double]
  let width: Int
  /// By kind, its place when all are sorted by name.
  let nameRanks: [Int]
  /// `rows`, one after the other.
  let demands: [Int64]
  /// `allowed`, group by group.
  let permitted: [Bool]
  /// Smallest demand in each dimension of this group and those after it: a row for each group.
  private let leastDemands: [Int64]
  /// A bit for each pair of groups; empty when no groups conflict.
  private let conflictBits: [Bool]

  /// - Parameters:
  ///   - perWorker: `Int.max` where there is no limit; empty when no group has one.
  ///   - conflicts: indices of groups, symmetric; empty when there are none.
  package init(
    rows: [[Int64]], counts: [Int], priorities: [Int], kinds: [Kind], allowed: [[Bool]], perWorker: [Int] = [],
    conflicts: [[Int]] = []
  ) {
    self.rows = rows
    self.counts = counts
    self.priorities = priorities
    self.kinds = kinds
    let limits = perWorker.isEmpty ? rows.map { _ in Int.max } : perWorker
    self.perWorker = limits
    self.conflicts = conflicts.isEmpty ? rows.map { _ in [] } : conflicts.map { $0.sorted() }
    let permissions = allowed.indices.map { group in
      kinds.indices.map { kind in
        allowed[group][kind] && limits[group] > 0 && kinds[kind].room.capacity(for: rows[group], atMost: 1) == 1
      }
    }
    self.allowed = permissions
    permitted = permissions.flatMap { $0 }
    width = rows.first?.count ?? 0
    demands = rows.flatMap { $0 }
    values = Self.values(rows, kinds)
    var ranks = kinds.map { _ in 0 }
    let byName = kinds.indices.sorted { (kinds[$0].offer.name, $0) < (kinds[$1].offer.name, $1) }
    for (rank, kind) in byName.enumerated() { ranks[kind] = rank }
    nameRanks = ranks
    leastDemands = Self.leastDemands(rows)
    var bits: [Bool] = []
    if self.conflicts.contains(where: { !$0.isEmpty }) {
      bits = Array(repeating: false, count: rows.count * rows.count)
      for group in rows.indices { for other in self.conflicts[group] { bits[group * rows.count + other] = true } }
    }
    conflictBits = bits
  }

  private static func values(_ rows: [[Int64]], _ kinds: [Kind]) -> [Double] {
    let width = rows.first?.count ?? 0
    let largest = (0..<width).map { dimension in max(1, kinds.map { $0.room[dimension] }.max() ?? 1) }
    return rows.map { row in
      var value = 1e-6
      for dimension in 0..<width { value += Double(row[dimension]) / Double(largest[dimension]) }
      return value
    }
  }

  private static func leastDemands(_ rows: [[Int64]]) -> [Int64] {
    guard let last = rows.last else { return [] }
    var least = last
    var all = Array(repeating: Int64(0), count: rows.count * last.count)
    for group in rows.indices.reversed() {
      for dimension in last.indices {
        least[dimension] = min(least[dimension], rows[group][dimension])
        all[group * last.count + dimension] = least[dimension]
      }
    }
    return all
  }

  /// Pods of one group on one worker.
  package struct Share: Hashable {
    package var group: Int
    package var pods: Int

    package init(group: Int, pods: Int) {
      self.group = group
      self.pods = pods
    }
  }

  /// One worker of a solution.
  package struct Packed {
    package var kind: Int
    package var shares: [Share]
    package var free: [Int64]

    package init(kind: Int, shares: [Share], free: [Int64]) {
      self.kind = kind
      self.shares = shares
      self.free = free
    }
  }

  func isAllowed(_ group: Int, _ kind: Int) -> Bool { permitted[group * kinds.count + kind] }

  func areInConflict(_ group: Int, _ other: Int) -> Bool {
    !conflictBits.isEmpty && conflictBits[group * rows.count + other]
  }

  /// Whether no group from this one on can have a pod in so little room.
  func isFull(_ free: [Int64], from group: Int) -> Bool {
    let start = group * width
    for dimension in 0..<width where free[dimension] < leastDemands[start + dimension] { return true }
    return false
  }

  /// How many more pods of a group a worker can take, at most `limit`.
  func capacity(_ packed: Packed, _ group: Int, atMost limit: Int) -> Int {
    guard isAllowed(group, packed.kind) else { return 0 }
    let start = group * width
    for dimension in 0..<width where demands[start + dimension] > packed.free[dimension] { return 0 }
    var most = min(limit, perWorker[group])
    if perWorker[group] != .max {
      for share in packed.shares where share.group == group { most = min(limit, perWorker[group] - share.pods) }
    }
    if !conflictBits.isEmpty {
      for share in packed.shares where areInConflict(group, share.group) { return 0 }
    }
    for dimension in 0..<width {
      let demand = demands[start + dimension]
      guard demand > 0 else { continue }
      // One more is asked for most often, and needs no division.
      if most <= 1 { continue }
      let fitting = packed.free[dimension] / demand
      if fitting < Int64(most) { most = Int(fitting) }
    }
    return max(0, most)
  }

  /// Puts pods that fit onto a worker.
  func place(_ pods: Int, of group: Int, on packed: inout Packed) {
    let start = group * width
    for dimension in 0..<width { packed.free[dimension] -= demands[start + dimension] * Int64(pods) }
    if let index = packed.shares.firstIndex(where: { $0.group == group }) {
      packed.shares[index].pods += pods
    } else {
      packed.shares.append(Share(group: group, pods: pods))
    }
  }

  func empty(_ kind: Int) -> Packed { Packed(kind: kind, shares: [], free: kinds[kind].room) }

  /// Fills one empty worker: `head` first, then others of `groups` in their order.
  func fill(_ kind: Int, head: Int, groups: [Int], remaining: [Int]) -> Packed {
    var packed = empty(kind)
    let pods = capacity(packed, head, atMost: remaining[head])
    if pods > 0 { place(pods, of: head, on: &packed) }
    var last = -1
    for group in groups where group != head && remaining[group] > 0 {
      // What follows is known only as long as the groups come in their own order.
      if group < last { last = .max }
      if isFull(packed.free, from: last == .max ? 0 : group) { break }
      if last < .max { last = group }
      let pods = capacity(packed, group, atMost: remaining[group])
      if pods > 0 { place(pods, of: group, on: &packed) }
    }
    return packed
  }

  func value(_ packed: Packed) -> Double {
    packed.shares.reduce(0) { $0 + values[$1.group] * Double($1.pods) }
  }

  /// A worker of a kind with these pods; `nil` when it cannot hold them.
  func packed(_ shares: [Share], kind: Int) -> Packed? {
    var packed = empty(kind)
    for share in shares {
      guard capacity(packed, share.group, atMost: share.pods) == share.pods else { return nil }
      place(share.pods, of: share.group, on: &packed)
    }
    return packed
  }

  /// No set of workers that holds these pods costs less an hour: each pod pays at least its share of the cheapest kind
  /// that holds it, in the dimension that binds most.
  package func lowerBound(_ counts: [Int]) -> Int64 {
    var best = 0.0
    for dimension in 0..<width {
      var total = 0.0
      for group in rows.indices where counts[group] > 0 && rows[group][dimension] > 0 {
        var cheapest = Double.infinity
        for kind in kinds.indices where isAllowed(group, kind) {
          cheapest = min(cheapest, Double(kinds[kind].price) / Double(kinds[kind].room[dimension]))
        }
        if cheapest < .infinity { total += cheapest * Double(rows[group][dimension]) * Double(counts[group]) }
      }
      best = max(best, total)
    }
    for group in rows.indices where counts[group] > 0 {
      var cheapest = Int64.max
      for kind in kinds.indices where isAllowed(group, kind) { cheapest = min(cheapest, kinds[kind].price) }
      if cheapest == .max { continue }
      let workers = perWorker[group] == .max ? 1 : (counts[group] - 1) / perWorker[group] + 1
      best = max(best, Double(cheapest) * Double(workers))
    }
    return PriceSums.roundedUp(best)
  }
}
