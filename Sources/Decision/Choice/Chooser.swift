import Model

/// Finds the cheapest set of new workers: several constructions, each improved, and for small problems a complete search.
///
/// All bounds are counts of work, never times, so that the same input gives the same plan on every machine.
struct Chooser {
  /// Constructions are cut to the most promising when groups × kinds × workers would exceed this.
  static let constructionWork = 40_000_000
  /// Improvement compares workers pairwise, up to this many.
  static let improvedWorkers = 32

  let problem: PackingProblem
  /// Limits before any of the new workers; its slots are open, as later ticks go on with the rest.
  let book: GrowthBook

  func solve() -> Solution {
    var best = Solution(workers: [], unserved: problem.counts)
    guard !problem.kinds.isEmpty else { return best }
    for preferred in preferences(Self.estimate(problem)) {
      let built = improved(construct(preferred))
      if built.isBetter(than: best, problem) { best = built }
    }
    return enumerated(best)
  }

  /// Work of one construction: workers × groups × kinds.
  private static func estimate(_ problem: PackingProblem) -> Int {
    let patterns = min(problem.counts.reduce(0, +), 4 * problem.rows.count + 16)
    return max(1, patterns * problem.rows.count * problem.kinds.count)
  }

  /// Sets of kinds to prefer: all, each alone, each pool's.
  private func preferences(_ work: Int) -> [[Bool]] {
    let kinds = problem.kinds
    var sets = [kinds.map { _ in true }]
    sets += kinds.indices.map { chosen in kinds.indices.map { $0 == chosen } }
    for pool in Set(kinds.map(\.offer.pool.name)).sorted() { sets.append(kinds.map { $0.offer.pool.name == pool }) }
    return Array(sets.prefix(max(1, Self.constructionWork / work)))
  }

  /// Worker by worker: the group that comes first chooses, among the kinds that can hold it, the one with the lowest
  /// price for what it would hold; the same pattern is used again as long as it fills.
  func construct(_ preferred: [Bool]) -> Solution {
    var remaining = problem.counts
    var solution = Solution(workers: [], unserved: Array(repeating: 0, count: remaining.count))
    var limits = book
    var head = 0
    while head < remaining.count {
      guard remaining[head] > 0 else {
        head += 1
        continue
      }
      guard let pattern = bestPattern(head, remaining, preferred, limits) else {
        solution.unserved[head] = remaining[head]
        remaining[head] = 0
        continue
      }
      let repeats = pattern.shares.map { remaining[$0.group] / $0.pods }.min() ?? 0
      for _ in 0..<repeats {
        guard case .success = limits.reserve(problem.kinds[pattern.kind].offer) else { break }
        solution.workers.append(pattern)
        for share in pattern.shares { remaining[share.group] -= share.pods }
      }
    }
    return solution
  }

  private func bestPattern(
    _ head: Int, _ remaining: [Int], _ preferred: [Bool], _ limits: GrowthBook
  ) -> PackingProblem.Packed? {
    let open = problem.kinds.indices.filter { kind in
      guard problem.allowed[head][kind] else { return false }
      var trial = limits
      if case .success = trial.reserve(problem.kinds[kind].offer) { return true }
      return false
    }
    let wanted = open.filter { preferred[$0] }
    var best: (packed: PackingProblem.Packed, score: Double, value: Double)?
    for kind in wanted.isEmpty ? open : wanted {
      let packed = problem.fill(kind, head: head, remaining: remaining)
      let value = problem.value(packed)
      let score = Double(problem.kinds[kind].price) / value
      guard let known = best else {
        best = (packed, score, value)
        continue
      }
      if score < known.score || (score == known.score && value > known.value) { best = (packed, score, value) }
    }
    return best?.packed
  }

  /// Whether the limits allow all these workers together.
  func isAllowed(_ kinds: [Int]) -> Bool {
    var limits = book
    for kind in kinds.sorted() {
      guard case .success = limits.reserve(problem.kinds[kind].offer) else { return false }
    }
    return true
  }
}
