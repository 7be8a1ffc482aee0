import Model

/// Builds a set of workers one after the other, within the limits.
struct Construction {
  let problem: PackingProblem
  /// Kinds that are the same to pods, by class; the first that a limit has not closed is used.
  private let kinds: [[Int]]
  private(set) var book: GrowthBook
  private(set) var remaining: [Int]
  private(set) var arrangement: Arrangement
  /// Kinds of which the limits allow no more.
  private(set) var isClosed: [Bool]

  init(_ problem: PackingProblem, book: GrowthBook, counts: [Int], kinds: [[Int]]) {
    self.problem = problem
    self.book = book
    self.kinds = kinds
    remaining = counts
    arrangement = Arrangement(unserved: counts.map { _ in 0 })
    isClosed = problem.kinds.map { _ in false }
  }

  var hasPodsLeft: Bool { remaining.contains { $0 > 0 } }

  /// Takes workers that all hold these pods, as many as pods and limits allow. Returns how many.
  mutating func take(_ kind: Int, _ shares: [PackingProblem.Share], atMost most: Int) -> Int {
    var times = most
    for share in shares { times = min(times, remaining[share.group] / share.pods) }
    guard times > 0 else { return 0 }
    var taken = 0
    for member in kinds.first(where: { $0.contains(kind) }) ?? [kind] where !isClosed[member] && taken < times {
      guard let worker = problem.packed(shares, kind: member) else { continue }
      let reserved = book.reserve(problem.kinds[member].offer, atMost: times - taken)
      if reserved < times - taken { isClosed[member] = true }
      guard reserved > 0 else { continue }
      arrangement.bundles.append(Arrangement.Bundle(worker: worker, times: reserved))
      taken += reserved
    }
    for share in shares { remaining[share.group] -= share.pods * taken }
    return taken
  }

  /// Worker by worker: the group that comes first chooses, among the kinds that can hold it, the one with the lowest
  /// price for what it would hold; the same pattern is used again as long as it fills.
  ///
  /// - Parameters:
  ///   - preferred: kinds that are taken as long as one of them can hold the group.
  ///   - values: by group, what holding a pod counts for.
  ///   - order: of the groups, when it is not theirs.
  ///   - countsPrice: whether the price matters, or only what a worker would hold.
  mutating func complete(preferred: [Bool], values: [Double], order: [Int]? = nil, countsPrice: Bool = true) {
    var groups = (order ?? Array(remaining.indices)).filter { remaining[$0] > 0 }
    var head = 0
    while head < groups.count {
      let group = groups[head]
      guard remaining[group] > 0 else {
        head += 1
        if head > 32 && head * 2 > groups.count {
          groups.removeFirst(head)
          head = 0
        }
        continue
      }
      guard let pattern = bestPattern(group, groups, preferred, values, countsPrice) else {
        arrangement.unserved[group] += remaining[group]
        remaining[group] = 0
        continue
      }
      _ = take(pattern.kind, pattern.shares, atMost: .max)
    }
  }

  /// What is left finds no worker.
  mutating func giveUp() {
    for group in remaining.indices {
      arrangement.unserved[group] += remaining[group]
      remaining[group] = 0
    }
  }

  private func bestPattern(
    _ head: Int, _ groups: [Int], _ preferred: [Bool], _ values: [Double], _ countsPrice: Bool
  ) -> PackingProblem.Packed? {
    let open = kinds.compactMap { members in members.first { !isClosed[$0] && problem.isAllowed(head, $0) } }
    let wanted = open.filter { preferred[$0] }
    var best: (packed: PackingProblem.Packed, score: Double, value: Double)?
    for kind in wanted.isEmpty ? open : wanted {
      let packed = problem.fill(kind, head: head, groups: groups, remaining: remaining)
      let value = packed.shares.reduce(0) { $0 + values[$1.group] * Double($1.pods) }
      let score = (countsPrice ? Double(problem.kinds[kind].price) : 1) / max(1e-12, value)
      guard let known = best else {
        best = (packed, score, value)
        continue
      }
      if score < known.score || (score == known.score && value > known.value) { best = (packed, score, value) }
    }
    return best?.packed
  }
}
