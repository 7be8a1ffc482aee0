import Model

/// Which new workers hold the pods that fit nowhere else? Groups and offers as numbers.
struct PackingProblem {
  struct Kind {
    let offer: Offer
    /// What pods can use of it, DaemonSets taken off.
    let room: [Int64]
    /// Micro-units an hour.
    let price: Int64
  }

  /// In the order in which they must be served.
  let rows: [[Int64]]
  let counts: [Int]
  let priorities: [Int]
  let kinds: [Kind]
  /// `[group][kind]`: the group's pods may run there, and one of them fits into an empty worker.
  let allowed: [[Bool]]
  /// A pod's size in shares of the largest kinds, for comparing what kinds hold.
  let values: [Double]

  init(rows: [[Int64]], counts: [Int], priorities: [Int], kinds: [Kind], allowed: [[Bool]]) {
    self.rows = rows
    self.counts = counts
    self.priorities = priorities
    self.kinds = kinds
    self.allowed = allowed.indices.map { group in
      kinds.indices.map { kind in
        allowed[group][kind] && kinds[kind].room.capacity(for: rows[group], atMost: 1) == 1
      }
    }
    let width = rows.first?.count ?? 0
    let largest = (0..<width).map { dimension in max(1, kinds.map { $0.room[dimension] }.max() ?? 1) }
    values = rows.map { row in
      var value = 1e-6
      for dimension in 0..<width { value += Double(row[dimension]) / Double(largest[dimension]) }
      return value
    }
  }

  /// Pods of one group on one worker.
  struct Share: Hashable {
    var group: Int
    var pods: Int
  }

  /// One worker of a solution.
  struct Packed {
    var kind: Int
    var shares: [Share]
    var free: [Int64]
  }

  /// Fills one empty worker: `head` first, then the others in order.
  func fill(_ kind: Int, head: Int, remaining: [Int]) -> Packed {
    var packed = Packed(kind: kind, shares: [], free: kinds[kind].room)
    add(head, remaining, &packed)
    for group in rows.indices where group != head && remaining[group] > 0 && allowed[group][kind] {
      add(group, remaining, &packed)
    }
    return packed
  }

  private func add(_ group: Int, _ remaining: [Int], _ packed: inout Packed) {
    let pods = packed.free.capacity(for: rows[group], atMost: remaining[group])
    guard pods > 0 else { return }
    packed.free.take(rows[group], times: pods)
    packed.shares.append(Share(group: group, pods: pods))
  }

  func value(_ packed: Packed) -> Double {
    packed.shares.reduce(0) { $0 + values[$1.group] * Double($1.pods) }
  }

  func fits(_ shares: [Share], kind: Int) -> [Int64]? {
    var free = kinds[kind].room
    for share in shares {
      guard allowed[share.group][kind], free.capacity(for: rows[share.group], atMost: share.pods) == share.pods else {
        return nil
      }
      free.take(rows[share.group], times: share.pods)
    }
    return free
  }

  /// No set of workers that holds these pods costs less an hour: each pod pays at least its share of the cheapest kind
  /// that holds it, in the dimension that binds most.
  func lowerBound(_ counts: [Int]) -> Int64 {
    var best = 0.0
    let width = rows.first?.count ?? 0
    for dimension in 0..<width {
      var total = 0.0
      for group in rows.indices where counts[group] > 0 {
        let cheapest = kinds.indices.filter { allowed[group][$0] && kinds[$0].room[dimension] > 0 }.map {
          Double(kinds[$0].price) / Double(kinds[$0].room[dimension])
        }.min()
        total += (cheapest ?? 0) * Double(rows[group][dimension]) * Double(counts[group])
      }
      best = max(best, total)
    }
    for group in rows.indices where counts[group] > 0 {
      let cheapest = kinds.indices.filter { allowed[group][$0] }.map { kinds[$0].price }.min()
      best = max(best, Double(cheapest ?? 0))
    }
    // A hair less, so that rounding errors never lift a bound above a price that is exactly equal.
    return Int64((best * (1 - 1e-12) - 1e-6).rounded(.up))
  }
}
