import Model

/// Finds what one worker of a kind should hold when each pod is worth something: a knapsack of several dimensions, by
/// branch and bound.
///
/// The bound weighs all dimensions into one and fills that with fractions of pods, those of most worth for their weight
/// first. With every weighting the bound is valid. A search goes through what the weighted worths suggest; where it
/// does not come to an end soon, it is cut into one for each number of pods of a large group, each with a weighting of
/// its own.
struct PatternSearch {
  struct Outcome {
    /// No pattern is worth more, if any is worth more than what was asked for.
    var bound: Double
    /// Worth of `shares`, which are empty when no pattern exceeds what was asked for.
    var value: Double
    var shares: [PackingProblem.Share]
    /// When the search gave up: pods by group, in fractions, that are worth what the bound of the part says that it did
    /// not see and that may be worth most.
    var fractions: [(group: Int, pods: Double)]
  }

  private struct Item {
    var group: Int
    /// Worth of a pod.
    var price: Double
    /// Most pods in an empty worker.
    var most: Int
    /// Weight of a pod; all that is free weighs 1.
    var size = 0.0
  }

  /// A search that may make fewer steps is not cut.
  private static let cutSteps = 2_500
  /// Groups that a search can take on, less one.
  private static let indexBits: UInt64 = 4095

  private let problem: PackingProblem
  private let width: Int
  /// By kind and dimension, what a unit weighs.
  private var weightsByKind: [Double]
  /// Steps made, over all searches.
  private(set) var steps = 0

  // What the present search has fixed, and what can be added to it.
  private var candidates: [Item] = []
  private var isBranched: [Bool]
  private var fixed: [PackingProblem.Share] = []
  private var fixedFree: [Int64] = []
  private var fixedValue = 0.0
  private var best = 0.0
  private var bestShares: [PackingProblem.Share] = []
  private var unseen = 0.0
  private var unseenFractions: [(group: Int, pods: Double)] = []

  // Its present part: items by ratio, with their demands; and what of them is taken.
  private var items: [Item] = []
  private var rows: [Int64] = []
  private var order: [UInt64] = []
  private var unsorted: [Item] = []
  private var weights: [Double] = []
  private var usage: [Double]
  private var free: [Int64] = []
  private var value = 0.0
  private var capacity = 0.0
  private var stack: [(item: Int, pods: Int)] = []

  /// - Parameter shares: by kind and dimension, how much each dimension counts; the sum by kind is 1, and a dimension
  ///   of which the kind has nothing counts nothing.
  init(_ problem: PackingProblem, shares: [Double]) {
    self.problem = problem
    width = problem.width
    usage = Array(repeating: 0, count: problem.width)
    isBranched = problem.rows.map { _ in false }
    weightsByKind = shares
    for kind in problem.kinds.indices {
      for dimension in 0..<width where problem.kinds[kind].room[dimension] > 0 {
        weightsByKind[kind * width + dimension] /= Double(problem.kinds[kind].room[dimension])
      }
    }
  }

  /// The best pattern of those worth more than `least`.
  /// - Parameters:
  ///   - worth: by group, what one pod is worth; groups worth nothing are left out.
  ///   - limits: by group, the most pods.
  ///   - tuning: how often a weighting is made better first.
  ///   - limit: after so many steps the search gives up, and the bound is that of what it did not see.
  mutating func best(
    of kind: Int, worth: [Double], limits: [Int], above least: Double, tuning: Int, steps limit: Int
  ) -> Outcome {
    collect(kind, worth, limits)
    (best, bestShares, unseen, unseenFractions) = (least, [], 0, [])
    weights = Array(weightsByKind[(kind * width)..<((kind + 1) * width)])
    explore(tuning: tuning, quota: limit < Self.cutSteps ? limit : limit / 16, end: steps + limit, depth: 0, kind: kind)
    return Outcome(
      bound: max(best, unseen), value: bestShares.isEmpty ? 0 : best, shares: bestShares,
      fractions: unseen > best ? unseenFractions : [])
  }

  /// Which groups can be on the kind at all, and how many of each.
  private mutating func collect(_ kind: Int, _ worth: [Double], _ limits: [Int]) {
    candidates.removeAll(keepingCapacity: true)
    fixed.removeAll(keepingCapacity: true)
    fixedValue = 0
    fixedFree = problem.kinds[kind].room
    for group in worth.indices where worth[group] > 0 && limits[group] > 0 && problem.isAllowed(group, kind) {
      var pods = min(limits[group], problem.perWorker[group])
      let start = group * width
      for dimension in 0..<width where problem.demands[start + dimension] > 0 {
        let demand = problem.demands[start + dimension]
        if pods > 1 << 16 || Int64(pods) * demand > fixedFree[dimension] {
          pods = min(pods, Int(fixedFree[dimension] / demand))
        }
      }
      candidates.append(Item(group: group, price: worth[group], most: pods))
    }
  }

  /// Searches what can be added to what is fixed.
  private mutating func explore(tuning: Int, quota: Int, end: Int, depth: Int, kind: Int) {
    let bound = prepare(tuning)
    if depth == 0 { weightsByKind.replaceSubrange((kind * width)..<((kind + 1) * width), with: weights) }
    guard exceeds(fixedValue + bound) else { return }
    for item in items {
      let start = item.group * width
      for dimension in 0..<width { rows.append(problem.demands[start + dimension]) }
    }
    if search(until: min(end, steps + quota)) { return }
    guard steps < end, depth < 16, let branch = largest() else {
      giveUp(min(fixedValue + bound, boundOfRest()))
      return
    }
    let (before, valueBefore) = (fixedFree, fixedValue)
    let start = branch.group * width
    var most = branch.most
    for dimension in 0..<width where problem.demands[start + dimension] > 0 {
      most = min(most, Int(before[dimension] / problem.demands[start + dimension]))
    }
    isBranched[branch.group] = true
    for pods in (0...most).reversed() {
      for dimension in 0..<width {
        fixedFree[dimension] = before[dimension] - problem.demands[start + dimension] * Int64(pods)
      }
      fixedValue = valueBefore + branch.price * Double(pods)
      if pods > 0 { fixed.append(PackingProblem.Share(group: branch.group, pods: pods)) }
      explore(tuning: tuning, quota: quota, end: end, depth: depth + 1, kind: kind)
      if pods > 0 { fixed.removeLast() }
    }
    isBranched[branch.group] = false
    (fixedFree, fixedValue) = (before, valueBefore)
  }

  /// What is left of the present part is worth no more than this.
  private mutating func giveUp(_ bound: Double) {
    guard bound > unseen else { return }
    unseen = bound
    unseenFractions = fixed.map { ($0.group, Double($0.pods)) }
    var left = 1.0
    for item in items where left > 0 {
      let pods = min(Double(item.most), left / item.size)
      unseenFractions.append((item.group, pods))
      left -= pods * item.size
    }
  }

  private func exceeds(_ value: Double) -> Bool { value > best * (1 + 1e-9) + 1e-12 }

  /// The group of the present part of which a pod takes most of what is free.
  private func largest() -> Item? {
    var (largest, share) = (Item?.none, 0.0)
    for item in items {
      let start = item.group * width
      var part = 0.0
      for dimension in 0..<width where fixedFree[dimension] > 0 {
        part = max(part, Double(problem.demands[start + dimension]) / Double(fixedFree[dimension]))
      }
      if part > share { (largest, share) = (item, part) }
    }
    return largest
  }

  // MARK: weighing

  /// Makes the present part out of the candidates that fit, with a weighting made better so many times. Returns its bound.
  private mutating func prepare(_ tuning: Int) -> Double {
    items.removeAll(keepingCapacity: true)
    rows.removeAll(keepingCapacity: true)
    stack.removeAll(keepingCapacity: true)
    (free, value, capacity) = (fixedFree, fixedValue, 1)
    for candidate in candidates where !isBranched[candidate.group] {
      let start = candidate.group * width
      var fits = true
      for dimension in 0..<width where problem.demands[start + dimension] > free[dimension] { fits = false }
      guard fits, !fixed.contains(where: { problem.areInConflict(candidate.group, $0.group) }) else { continue }
      items.append(candidate)
    }
    normalise()
    var bound = rank()
    for _ in 0..<tuning {
      guard exceeds(fixedValue + bound) else { break }
      let known = weights
      guard tune() else { break }
      let next = rank()
      guard next < bound else {
        weights = known
        bound = rank()
        break
      }
      bound = next
    }
    return bound
  }

  /// All that is free weighs 1.
  private mutating func normalise() {
    var sum = 0.0
    for dimension in 0..<width { sum += weights[dimension] * Double(free[dimension]) }
    if sum > 1e-9 {
      for dimension in 0..<width { weights[dimension] /= sum }
    } else {
      let open = Double(max(1, free.count { $0 > 0 }))
      for dimension in 0..<width where free[dimension] > 0 { weights[dimension] = 1 / (open * Double(free[dimension])) }
    }
  }

  /// Sorts the items by worth for their weight. Returns the bound, and notes what its fractions use.
  private mutating func rank() -> Double {
    order.removeAll(keepingCapacity: true)
    for index in items.indices {
      let start = items[index].group * width
      var size = 1e-12
      for dimension in 0..<width { size += weights[dimension] * Double(problem.demands[start + dimension]) }
      items[index].size = size
      // A positive number's bits grow with it; the last ones make room for the index, so that whole numbers are sorted.
      order.append(~(items[index].price / size).bitPattern & ~Self.indexBits | UInt64(index))
    }
    order.sort()
    swap(&items, &unsorted)
    items.removeAll(keepingCapacity: true)
    for key in order { items.append(unsorted[Int(key & Self.indexBits)]) }
    steps += 2 * items.count
    for dimension in 0..<width { usage[dimension] = 0 }
    var (bound, left) = (0.0, 1.0)
    for item in items where left > 0 {
      let pods = min(Double(item.most), left / item.size)
      bound += pods * item.price
      left -= pods * item.size
      let start = item.group * width
      for dimension in 0..<width { usage[dimension] += pods * Double(problem.demands[start + dimension]) }
    }
    return bound
  }

  /// Lets those dimensions weigh more of which the bound's fractions use more than there is. Returns whether anything
  /// was changed.
  private mutating func tune() -> Bool {
    var (sum, excess) = (0.0, 0.0)
    for dimension in 0..<width where free[dimension] > 0 {
      let share = usage[dimension] / Double(free[dimension])
      excess = max(excess, share - 1)
      // A dimension that weighed nothing so far may be the one that binds.
      let part = max(weights[dimension] * Double(free[dimension]), 1e-3) * min(1.5, max(0.6, share))
      weights[dimension] = part
      sum += part
    }
    for dimension in 0..<width where free[dimension] > 0 { weights[dimension] /= sum * Double(free[dimension]) }
    return excess > 1e-9
  }

  // MARK: searching

  /// Whether it came to an end before so many steps were made.
  private mutating func search(until end: Int) -> Bool {
    var position = 0
    while true {
      descend(from: position)
      if value > best {
        best = value
        bestShares = fixed + stack.map { PackingProblem.Share(group: items[$0.item].group, pods: $0.pods) }
      }
      if steps > end { return false }
      guard let next = backtrack() else { return true }
      position = next
    }
  }

  /// Takes as many pods as fit of each group from one on.
  private mutating func descend(from position: Int) {
    steps += (items.count - position) / 2 + 1
    for item in position..<items.count {
      let start = item * width
      var pods = items[item].most
      for dimension in 0..<width where rows[start + dimension] > 0 {
        let (demand, room) = (rows[start + dimension], free[dimension])
        if demand > room {
          pods = 0
          break
        }
        if Int64(pods) * demand > room { pods = Int(room / demand) }
      }
      guard pods > 0, !conflicts(items[item].group) else { continue }
      take(item, pods)
      stack.append((item, pods))
    }
  }

  private func conflicts(_ group: Int) -> Bool {
    guard !problem.conflicts[group].isEmpty else { return false }
    return stack.contains { problem.areInConflict(group, items[$0.item].group) }
  }

  private mutating func take(_ item: Int, _ pods: Int) {
    let start = item * width
    for dimension in 0..<width { free[dimension] -= rows[start + dimension] * Int64(pods) }
    value += items[item].price * Double(pods)
    capacity -= items[item].size * Double(pods)
  }

  /// Gives back pods from the last group on until what follows may exceed the best; where to go on from there.
  private mutating func backtrack() -> Int? {
    while let (item, pods) = stack.popLast() {
      for left in (0..<pods).reversed() {
        take(item, -1)
        steps += 1
        guard exceeds(value + fractions(from: item + 1)) else { continue }
        if left > 0 { stack.append((item, left)) }
        return item + 1
      }
    }
    return nil
  }

  /// Worth of what is left of the weighted room, filled from one group on with fractions of pods, but only of pods that
  /// fit, and with no more than one of those of which two do not.
  private mutating func fractions(from position: Int) -> Double {
    var (bound, left) = (0.0, max(0, capacity) + 1e-12)
    var item = position
    while item < items.count && left > 0 {
      let start = item * width
      var most = items[item].most
      for dimension in 0..<width {
        let demand = rows[start + dimension]
        if demand + demand > free[dimension] { most = demand > free[dimension] ? 0 : min(most, 1) }
        if most == 0 { break }
      }
      if most > 0 {
        let pods = min(Double(most), left / items[item].size)
        bound += pods * items[item].price
        left -= pods * items[item].size
      }
      item += 1
    }
    steps += (item - position) / 4
    return bound
  }

  /// The bound of all that a search which gives up has not seen: at each group, one pod less than it took. As this does
  /// not ask what fits, still fewer pods are never worth more.
  private mutating func boundOfRest() -> Double {
    var bound = 0.0
    while let (item, pods) = stack.popLast() {
      take(item, -1)
      var (rest, left) = (value, max(0, capacity) + 1e-12)
      for next in items[(item + 1)...] where left > 0 {
        let pods = min(Double(next.most), left / next.size)
        rest += pods * next.price
        left -= pods * next.size
      }
      bound = max(bound, rest)
      take(item, -(pods - 1))
    }
    return bound
  }
}
