import Model

/// The choice without whole numbers: patterns may be used in fractions. Its price is a lower bound, what a pod adds to it
/// says what the pod is worth, and its patterns are the ones that good solutions are made of.
///
/// Patterns are made as they are needed: given what pods are worth, `PatternSearch` finds those worth more than they cost.
/// Whatever pods are said to be worth, if no worker can hold more than its price then their sum is a lower bound.
struct Relaxation {
  /// Kinds that are the same to pods and limits: only the first is searched.
  struct KindClass {
    var first: Int
    var members: [Int]
  }

  let problem: PackingProblem
  /// Pods by group that must be held.
  let counts: [Int]
  let classes: [KindClass]
  /// Of kinds that may be used at all.
  let limits: [SummedLimit]
  private(set) var program: CoveringProgram
  private(set) var search: PatternSearch
  /// By row, its group; and by group, its row.
  let groups: [Int]
  private var rows: [Int]
  /// Limits that have a row.
  private(set) var binding: [Int] = []
  /// The largest price, to which all are related.
  let scale: Double
  /// What a worker costs beside its price, so that of equal prices the fewest workers are preferred.
  private let fixed: Double
  /// The best that is known of what pods are worth, with what limits cost.
  private(set) var worth: [Double]
  private(set) var tolls: [Double]
  /// Sum of `worth` over all pods less the tolls, in micro-units an hour.
  private(set) var bound: Double

  /// Whether there are fractions to go by.
  private(set) var isSolved = false

  /// Work after which nothing more is tried. With many groups every step costs more time than it counts.
  private static let work = (few: 24_000_000, many: 15_000_000)
  private static let manyGroups = 100
  /// Rows of the largest programme that is solved; beyond it the volume alone is the bound.
  static let largest = 320

  private var workLimit: Int { groups.count > Self.manyGroups ? Self.work.many : Self.work.few }

  /// Work of programmes that were rounded and are no more.
  private var roundedWork = 0

  var workDone: Int { program.work + roundedWork + 3 * search.steps }

  init(_ problem: PackingProblem, kinds: [Int], counts: [Int], limits: [SummedLimit]) {
    self.problem = problem
    self.counts = counts
    self.limits = limits
    tolls = limits.map { _ in 0 }
    classes = Self.classes(problem, kinds, limits)
    let groups = problem.rows.indices.filter { group in
      counts[group] > 0 && kinds.contains { problem.isAllowed(group, $0) }
    }
    self.groups = groups
    rows = problem.rows.indices.map { _ in -1 }
    for (row, group) in groups.enumerated() { rows[group] = row }
    scale = Double(max(1, kinds.map { problem.kinds[$0].price }.max() ?? 1))
    let least = kinds.map { problem.kinds[$0].price }.filter { $0 > 0 }.min() ?? Int64(0)
    fixed = Double(least) / scale * 1e-6
    let volume = VolumePrices(problem, kinds: classes.map(\.first), counts: counts)
    search = PatternSearch(problem, shares: volume.shares)
    worth = volume.perPod
    bound = groups.reduce(0) { $0 + volume.perPod[$1] * Double(counts[$1]) }
    program = CoveringProgram(
      demands: groups.map { Double(counts[$0]) }, limits: 0, penalties: Self.penalties(problem, groups))
  }

  private static func classes(_ problem: PackingProblem, _ kinds: [Int], _ limits: [SummedLimit]) -> [KindClass] {
    var classes: [KindClass] = []
    for kind in kinds {
      let equal = classes.firstIndex { known in
        let (one, other) = (problem.kinds[known.first], problem.kinds[kind])
        return one.price == other.price && one.room == other.room
          && limits.allSatisfy { $0.weights[known.first] == $0.weights[kind] }
          && problem.rows.indices.allSatisfy { problem.isAllowed($0, known.first) == problem.isAllowed($0, kind) }
      }
      if let equal {
        classes[equal].members.append(kind)
      } else {
        classes.append(KindClass(first: kind, members: [kind]))
      }
    }
    return classes
  }

  /// What it costs not to hold a pod: more than any worker, still more for large and for important pods.
  static func penalties(_ problem: PackingProblem, _ groups: [Int]) -> [Double] {
    let least = groups.map { problem.values[$0] }.min() ?? 1
    let levels = Set(groups.map { problem.priorities[$0] }).sorted()
    return groups.map { group in
      let level = levels.firstIndex(of: problem.priorities[group])!
      var penalty = 10 * min(1000, problem.values[group] / least)
      for _ in 0..<min(level, 3) { penalty *= 30 }
      return penalty
    }
  }

  // MARK: solving

  /// Makes the bound as tight as the work allows, or until it proves that nothing cheaper than a known price exists.
  mutating func solve(target: Int64, seeds: [Arrangement.Bundle]) {
    guard !groups.isEmpty, groups.count <= Self.largest else { return }
    isSolved = true
    for seed in seeds { addPattern(seed.worker.kind, seed.worker.shares, always: true) }
    for group in groups { addSingle(group, counts) }
    let sums = PriceSums(classes.map { problem.kinds[$0.first].price })
    generate(target, sums)
    while let violated = violatedLimits(), workDone < workLimit {
      binding += violated
      restart(penalties: Self.penalties(problem, groups))
      generate(target, sums)
    }
  }

  /// The pattern of one group alone that holds its pods at the lowest price each.
  private mutating func addSingle(_ group: Int, _ counts: [Int]) {
    var best: (kind: Int, pods: Int, price: Double)?
    for kind in classes.map(\.first) where problem.isAllowed(group, kind) {
      let pods = problem.capacity(problem.empty(kind), group, atMost: counts[group])
      guard pods > 0 else { continue }
      let price = Double(problem.kinds[kind].price) / Double(pods)
      if price < best?.price ?? .infinity { best = (kind, pods, price) }
    }
    guard let best else { return }
    addPattern(best.kind, [PackingProblem.Share(group: group, pods: best.pods)], always: true)
  }

  private mutating func restart(penalties: [Double]) {
    let known = program.columns
    program = CoveringProgram(
      demands: groups.map { Double(counts[$0]) }, limits: binding.count, penalties: penalties)
    for column in known { addPattern(column.kind, column.shares, always: true) }
  }

  /// Limits without a row that the present fractions exceed.
  private func violatedLimits() -> [Int]? {
    var used = limits.map { _ in 0.0 }
    for (index, amount) in program.patterns {
      for limit in limits.indices { used[limit] += Double(limits[limit].weights[program.columns[index].kind]) * amount }
    }
    let violated = limits.indices.filter { limit in
      used[limit] > Double(limits[limit].most) * (1 + 1e-9) && limits[limit].most > 0 && !binding.contains(limit)
    }
    return violated.isEmpty ? nil : violated
  }

  /// Adds a pattern. Unless `always`, only if that makes the present solution cheaper.
  @discardableResult
  private mutating func addPattern(_ kind: Int, _ shares: [PackingProblem.Share], always: Bool) -> Bool {
    let kind = classes.first { $0.members.contains(kind) }?.first ?? kind
    return addColumn(kind, shares.map { ($0.group, Double($0.pods)) }, shares, always: always)
  }

  private mutating func addColumn(
    _ kind: Int, _ pods: [(group: Int, pods: Double)], _ shares: [PackingProblem.Share], always: Bool
  ) -> Bool {
    var entries = pods.compactMap { part -> (row: Int, amount: Double)? in
      rows[part.group] >= 0 ? (rows[part.group], part.pods) : nil
    }
    for (index, limit) in binding.enumerated() where limits[limit].weights[kind] > 0 {
      entries.append((groups.count + index, Double(limits[limit].weights[kind]) / Double(limits[limit].most)))
    }
    let offer = problem.kinds[kind].offer
    let column = CoveringProgram.Column(
      kind: kind, entries: entries,
      cost: Double(problem.kinds[kind].price) / scale + fixed * (offer.pool.isTemporary ? 1 : 2), shares: shares)
    guard always || program.reducedCost(column) < -1e-8 else { return false }
    program.add(column)
    return true
  }

  /// How thoroughly patterns are searched: at first quickly, in the end until nothing better can exist.
  private struct Effort {
    var tuning: Int
    var steps: Int
    /// By how much a pattern must be worth more than it costs to be looked for: first much, which a search soon says
    /// that there is none of, then less, as long as the steps allow.
    var excesses = [1e-7]
    /// Whether patterns of fractions are added where a search gives up.
    var mayUseFractions = false
  }

  private static let tightening = Effort(tuning: 8, steps: 3000, mayUseFractions: true)
  private static let tighteningWork = 6_000_000

  private static let efforts = [
    Effort(tuning: 1, steps: 150), Effort(tuning: 2, steps: 2000), Effort(tuning: 6, steps: 10_000),
    Effort(tuning: 6, steps: 50_000),
    Effort(tuning: 8, steps: 20_000, excesses: [0.05, 0.02, 0.01, 0.005, 0.002, 0.001, 0.0003, 1e-7]),
  ]

  private mutating func generate(_ target: Int64, _ sums: PriceSums) {
    var effort = 0
    var weight = 0.5
    while workDone < workLimit {
      program.optimise(pivots: 2 * groups.count + 50)
      if isProven(target, sums) { return }
      let (prices, asked) = presentDuals()
      var trial = prices
      for group in groups { trial[group] = weight * worth[group] + (1 - weight) * prices[group] }
      let (found, ratio) = price(trial, asked, Self.efforts[effort], limits: counts)
      learn(trial, asked, ratio: ratio)
      if found { continue }
      if weight > 0 {
        // The known best prices may have led astray: once more with the present ones alone.
        weight = 0
        continue
      }
      effort += 1
      guard effort < Self.efforts.count else {
        tighten(target, sums)
        return
      }
      weight = effort == 1 ? 0.3 : 0
    }
  }

  /// Where searches give up, their bounds lie far above what a worker can really hold, and all pods would be said to be
  /// worth less for it. Instead such kinds may hold the fractions of pods that the bounds come from: then pods are worth
  /// less only where that makes a difference.
  private mutating func tighten(_ target: Int64, _ sums: PriceSums) {
    let whole = program
    let end = workDone + Self.tighteningWork
    while workDone < end {
      program.optimise(pivots: groups.count + 50)
      guard bound < program.cost * scale * (1 - 1e-5), !isProven(target, sums) else { break }
      let (prices, asked) = presentDuals()
      let (found, ratio) = price(prices, asked, Self.tightening, limits: counts)
      learn(prices, asked, ratio: ratio)
      if !found { break }
    }
    program = whole
  }

  private func isProven(_ target: Int64, _ sums: PriceSums) -> Bool {
    let cost = program.cost * scale
    guard bound > 0, cost > bound else { return false }
    if (cost - bound) < 1e-7 * cost { return true }
    guard (cost - bound) < 0.05 * cost || Double(target) < bound * 1.05 else { return false }
    let raised = sums.leastSum(atLeast: PriceSums.roundedUp(bound))
    return raised >= target || (binding.isEmpty && Double(raised) >= cost * (1 + 1e-6))
  }

  /// What pods are worth and limits cost at present, in micro-units an hour.
  private func presentDuals() -> (worth: [Double], tolls: [Double]) {
    var prices = Array(repeating: 0.0, count: problem.rows.count)
    for (row, group) in groups.enumerated() { prices[group] = max(0, program.duals[row]) * scale }
    var asked = limits.map { _ in 0.0 }
    for (index, limit) in binding.enumerated() {
      asked[limit] = max(0, -program.duals[groups.count + index]) * scale / Double(limits[limit].most)
    }
    return (prices, asked)
  }

  /// Searches every class for patterns that are worth more than they cost.
  ///
  /// Returns whether one makes the present solution cheaper, and by what factor the prices must be lessened so that no
  /// worker can hold more than it costs.
  private mutating func price(
    _ prices: [Double], _ tolls: [Double], _ effort: Effort, limits: [Int],
    where isOpen: (KindClass) -> Bool = { _ in true }
  ) -> (found: Bool, ratio: Double) {
    var (found, ratio) = (false, 1.0)
    for known in classes where isOpen(known) {
      var cost = Double(problem.kinds[known.first].price)
      for limit in binding { cost += tolls[limit] * Double(self.limits[limit].weights[known.first]) }
      var most = Double.infinity
      for excess in effort.excesses {
        let asked = cost * (1 + excess)
        let outcome = search.best(
          of: known.first, worth: prices, limits: limits, above: asked, tuning: effort.tuning, steps: effort.steps)
        most = min(most, max(asked, outcome.bound))
        if !outcome.shares.isEmpty && addPattern(known.first, outcome.shares, always: false) { found = true }
        if effort.mayUseFractions, outcome.bound > cost * (1 + 1e-5),
          addColumn(known.first, outcome.fractions, [], always: false)
        {
          found = true
        }
        guard outcome.shares.isEmpty, outcome.bound <= asked else { break }
      }
      if most > cost { ratio = min(ratio, cost / most) }
    }
    // The search compares with a tolerance of 1e-9.
    return (found, ratio * (1 - 1e-8))
  }

  /// Takes prices as what pods are worth if they prove a better bound.
  private mutating func learn(_ prices: [Double], _ asked: [Double], ratio: Double) {
    var sum = 0.0
    for group in groups { sum += prices[group] * ratio * Double(counts[group]) }
    for limit in binding { sum -= asked[limit] * Double(limits[limit].most) * (1 + 1e-9) }
    guard sum > bound else { return }
    (bound, tolls) = (sum, asked)
    for group in groups { worth[group] = prices[group] * ratio }
  }

  /// No set of workers within the limits that holds so many pods by group costs less; pods that must be held are those
  /// of `counts` or fewer.
  func lowerBound(_ held: [Int]) -> Int64 {
    var sum = 0.0
    for group in groups { sum += worth[group] * Double(min(held[group], counts[group])) }
    sum *= 1 - 1e-9
    for limit in limits.indices where tolls[limit] > 0 {
      sum -= tolls[limit] * Double(limits[limit].most) * (1 + 1e-9)
    }
    return PriceSums.roundedUp(sum)
  }

  // MARK: rounding

  /// Whole workers out of the fractions: patterns that are used once or more are kept as often, then the one used most;
  /// then the rest is solved anew with patterns for what is left, as long as the work allows.
  ///
  /// Returns what it decided on, and what limits and pods are left.
  ///
  /// - Parameter random: `nil` to take the pattern that is used most; otherwise that is left to chance.
  mutating func rounded(_ book: GrowthBook, random: inout SplitMix?) -> Construction {
    var rest = Construction(problem, book: book, counts: counts, kinds: classes.map(\.members))
    let whole = program
    let end = workDone + workLimit
    while true {
      guard take(&rest, &random) else { break }
      guard rest.hasPodsLeft, workDone < end else { break }
      solve(rest)
    }
    roundedWork += program.work - whole.work
    program = whole
    return rest
  }

  /// Keeps what the present fractions say. Returns whether anything was kept.
  private func take(_ rest: inout Construction, _ random: inout SplitMix?) -> Bool {
    let patterns = program.patterns
    var isTaken = false
    for (index, amount) in patterns where amount > 1 - 1e-6 {
      let column = program.columns[index]
      if rest.take(column.kind, column.shares, atMost: Int(amount + 1e-6)) > 0 { isTaken = true }
    }
    if isTaken { return true }
    let ranked = patterns.map { pattern in
      (column: pattern.column, rank: pattern.amount * (1 + (random?.fraction() ?? 0) * 2))
    }
    for (index, _) in ranked.sorted(by: { ($1.rank, $0.column) < ($0.rank, $1.column) }) {
      let column = program.columns[index]
      let shares = column.shares.compactMap { share -> PackingProblem.Share? in
        let pods = min(share.pods, rest.remaining[share.group])
        return pods > 0 ? PackingProblem.Share(group: share.group, pods: pods) : nil
      }
      if !shares.isEmpty, rest.take(column.kind, shares, atMost: 1) > 0 { return true }
    }
    return false
  }

  /// The programme of what is left, with some rounds of new patterns for it.
  private mutating func solve(_ rest: Construction) {
    let used = limits.indices.map { limit in
      rest.arrangement.bundles.reduce(Int64(0)) {
        $0 + limits[limit].weights[$1.worker.kind] * Int64($1.times)
      }
    }
    let left = binding.map { max(0, Double(limits[$0].most - used[$0]) / Double(limits[$0].most)) }
    let openClasses = classes.map { known in known.members.contains { !rest.isClosed[$0] } }
    program.restart(demands: groups.map { Double(rest.remaining[$0]) }, limits: left) { [classes] kind in
      openClasses[classes.firstIndex { $0.first == kind }!]
    }
    for group in groups where rest.remaining[group] > 0 { addSingle(group, rest.remaining) }
    for _ in 0..<4 {
      program.optimise(pivots: groups.count + 30)
      let (prices, asked) = presentDuals()
      let (found, _) = price(prices, asked, Effort(tuning: 1, steps: 60), limits: rest.remaining) { known in
        known.members.contains { !rest.isClosed[$0] }
      }
      if !found { break }
    }
    program.optimise(pivots: groups.count + 30)
  }
}
