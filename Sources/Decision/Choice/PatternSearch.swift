import Model

/// Finds what one worker of a kind should hold when each pod is worth something: a knapsack of several dimensions, by
/// branch and bound.
///
/// The bound weighs all dimensions into one and fills that with fractions of pods, those of most worth for their weight
/// first. With every weighting the bound is valid; a good one is found as the search is used.
struct PatternSearch {
  struct Outcome {
    /// No pattern is worth more, if any is worth more than what was asked for.
    var bound: Double
    /// Worth of `shares`, which are empty when no pattern exceeds what was asked for.
    var value: Double
    var shares: [PackingProblem.Share]
  }

  private let problem: PackingProblem
  /// By kind and dimension, what a unit counts for: the kind's whole room counts 1.
  private var weights: [Double]
  /// Steps made, over all searches.
  private(set) var steps = 0

  /// By group, the most pods on one worker of the present kind.
  private var most: [Int]
  private var ranking: [(ratio: Double, size: Double, group: Int)] = []
  // The pods of the present search, best worth for their weight first.
  private var prices: [Double] = []
  private var rows: [Int64] = []
  // Where it stands.
  private var free: [Int64] = []
  private var value = 0.0
  private var capacity = 0.0
  private var stack: [(item: Int, pods: Int)] = []
  private var usage: [Double]

  /// - Parameter shares: by kind and dimension, how much each dimension counts; the sum by kind is 1, and a dimension
  ///   of which the kind has nothing counts nothing.
  init(_ problem: PackingProblem, shares: [Double]) {
    self.problem = problem
    most = Array(repeating: 0, count: problem.rows.count)
    usage = Array(repeating: 0, count: problem.width)
    weights = shares
    for kind in problem.kinds.indices {
      for dimension in 0..<problem.width where problem.kinds[kind].room[dimension] > 0 {
        weights[kind * problem.width + dimension] /= Double(problem.kinds[kind].room[dimension])
      }
    }
  }

  /// The best pattern of those worth more than `least`.
  /// - Parameters:
  ///   - worth: by group, what one pod is worth; groups worth nothing are left out.
  ///   - limits: by group, the most pods.
  ///   - tuning: how often the weighting is made better first.
  ///   - limit: after so many steps the search gives up, and the bound is that of what it did not see.
  mutating func best(
    of kind: Int, worth: [Double], limits: [Int], above least: Double, tuning: Int, steps limit: Int
  ) -> Outcome {
    collect(kind, worth, limits)
    var root = rank(kind, worth)
    for _ in 0..<tuning {
      guard root > least, let known = tune(kind) else { break }
      let next = rank(kind, worth)
      guard next >= root else {
        root = next
        continue
      }
      weights.replaceSubrange((kind * problem.width)..<((kind + 1) * problem.width), with: known)
      root = rank(kind, worth)
      break
    }
    guard root > least else { return Outcome(bound: root, value: 0, shares: []) }
    load(kind, worth)
    return search(above: least, steps: limit)
  }

  /// Which groups can be on the kind at all, and how many of each.
  private mutating func collect(_ kind: Int, _ worth: [Double], _ limits: [Int]) {
    ranking.removeAll(keepingCapacity: true)
    let room = problem.kinds[kind].room
    for group in worth.indices where worth[group] > 0 && limits[group] > 0 && problem.isAllowed(group, kind) {
      var pods = min(limits[group], problem.perWorker[group])
      let start = group * problem.width
      for dimension in 0..<problem.width where problem.demands[start + dimension] > 0 {
        let demand = problem.demands[start + dimension]
        if Int64(pods) * demand > room[dimension] || pods > 1 << 20 { pods = min(pods, Int(room[dimension] / demand)) }
      }
      most[group] = pods
      ranking.append((0, 0, group))
    }
  }

  /// Sorts the groups by worth for their weight. Returns the bound of the whole search.
  private mutating func rank(_ kind: Int, _ worth: [Double]) -> Double {
    let first = kind * problem.width
    for index in ranking.indices {
      let start = ranking[index].group * problem.width
      var size = 1e-12
      for dimension in 0..<problem.width {
        size += weights[first + dimension] * Double(problem.demands[start + dimension])
      }
      ranking[index].size = size
      ranking[index].ratio = worth[ranking[index].group] / size
    }
    ranking.sort { $0.ratio != $1.ratio ? $0.ratio > $1.ratio : $0.group < $1.group }
    steps += ranking.count
    for dimension in usage.indices { usage[dimension] = 0 }
    var (bound, left) = (0.0, 1.0)
    for item in ranking where left > 0 {
      let pods = min(Double(most[item.group]), left / item.size)
      bound += pods * worth[item.group]
      left -= pods * item.size
      let start = item.group * problem.width
      for dimension in usage.indices { usage[dimension] += pods * Double(problem.demands[start + dimension]) }
    }
    return bound
  }

  /// Lets those dimensions count more of which the bound's fractions use more than there is. Returns the weighting that
  /// it changes; `nil` when the fractions would fit.
  private mutating func tune(_ kind: Int) -> [Double]? {
    let range = (kind * problem.width)..<((kind + 1) * problem.width)
    let known = Array(weights[range])
    let room = problem.kinds[kind].room
    var (sum, excess) = (0.0, 0.0)
    for dimension in usage.indices where room[dimension] > 0 {
      let share = usage[dimension] / Double(room[dimension])
      excess = max(excess, share - 1)
      // A dimension that counted nothing so far may be the one that binds.
      let part = max(known[dimension] * Double(room[dimension]), 1e-3) * min(2, max(0.5, share))
      weights[range.lowerBound + dimension] = part
      sum += part
    }
    guard excess > 1e-9 else {
      weights.replaceSubrange(range, with: known)
      return nil
    }
    for dimension in usage.indices where room[dimension] > 0 {
      weights[range.lowerBound + dimension] /= sum * Double(room[dimension])
    }
    return known
  }

  private mutating func load(_ kind: Int, _ worth: [Double]) {
    prices.removeAll(keepingCapacity: true)
    rows.removeAll(keepingCapacity: true)
    stack.removeAll(keepingCapacity: true)
    for item in ranking {
      prices.append(worth[item.group])
      let start = item.group * problem.width
      for dimension in 0..<problem.width { rows.append(problem.demands[start + dimension]) }
    }
    free = problem.kinds[kind].room
    value = 0
    capacity = 1
  }

  private mutating func search(above least: Double, steps limit: Int) -> Outcome {
    var outcome = Outcome(bound: least, value: least, shares: [])
    let end = steps + limit
    var position = 0
    while true {
      descend(from: position)
      if value > outcome.value {
        outcome.value = value
        outcome.shares = stack.map { PackingProblem.Share(group: ranking[$0.item].group, pods: $0.pods) }
      }
      if steps > end {
        outcome.bound = max(outcome.value, boundOfRest())
        break
      }
      guard let next = backtrack(outcome.value) else {
        outcome.bound = outcome.value
        break
      }
      position = next
    }
    if outcome.shares.isEmpty { outcome.value = 0 }
    return outcome
  }

  /// Takes as many pods as fit of each group from one on.
  private mutating func descend(from position: Int) {
    let width = problem.width
    for item in position..<ranking.count {
      steps += 1
      let start = item * width
      var pods = most[ranking[item].group]
      for dimension in 0..<width where rows[start + dimension] > 0 {
        let (demand, room) = (rows[start + dimension], free[dimension])
        if demand > room {
          pods = 0
          break
        }
        if Int64(pods) * demand > room { pods = Int(room / demand) }
      }
      guard pods > 0, !conflicts(ranking[item].group) else { continue }
      take(item, pods)
      stack.append((item, pods))
    }
  }

  private func conflicts(_ group: Int) -> Bool {
    guard !problem.conflicts[group].isEmpty else { return false }
    return stack.contains { problem.areInConflict(group, ranking[$0.item].group) }
  }

  private mutating func take(_ item: Int, _ pods: Int) {
    let start = item * problem.width
    for dimension in 0..<problem.width { free[dimension] -= rows[start + dimension] * Int64(pods) }
    value += prices[item] * Double(pods)
    capacity -= ranking[item].size * Double(pods)
  }

  /// Gives back pods from the last group on until what follows may exceed the best; where to go on from there.
  private mutating func backtrack(_ best: Double) -> Int? {
    while let (item, pods) = stack.popLast() {
      for left in (0..<pods).reversed() {
        take(item, -1)
        steps += 1
        guard value + fractions(from: item + 1, onlyFitting: true) > best * (1 + 1e-9) + 1e-12 else { continue }
        if left > 0 { stack.append((item, left)) }
        return item + 1
      }
    }
    return nil
  }

  /// Worth of what is left of the weighted room, filled with fractions of pods from one group on.
  private mutating func fractions(from position: Int, onlyFitting: Bool) -> Double {
    let width = problem.width
    var (bound, left) = (0.0, max(0, capacity) + 1e-12)
    var item = position
    while item < ranking.count && left > 0 {
      let start = item * width
      var fits = true
      if onlyFitting {
        for dimension in 0..<width where rows[start + dimension] > free[dimension] {
          fits = false
          break
        }
      }
      if fits {
        let size = ranking[item].size
        let pods = min(Double(most[ranking[item].group]), left / size)
        bound += pods * prices[item]
        left -= pods * size
      }
      item += 1
    }
    steps += (item - position) / 4
    return bound
  }

  /// The bound of all that a search which gives up has not seen: at each group, one pod less than it took. Without
  /// asking what fits, still fewer pods are never worth more.
  private mutating func boundOfRest() -> Double {
    var bound = 0.0
    while let (item, pods) = stack.popLast() {
      take(item, -1)
      bound = max(bound, value + fractions(from: item + 1, onlyFitting: false))
      take(item, -(pods - 1))
    }
    return bound
  }
}
