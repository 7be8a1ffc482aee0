import Model

/// Finds the cheapest set of new workers: several constructions, each improved; then the relaxed problem, whose bound tells
/// how far they are from the least possible and whose patterns make better ones; for small problems a complete search.
///
/// All bounds are counts of work, never times, so that the same input gives the same plan on every machine.
package struct Chooser {
  /// Constructions are cut to the most promising when groups × kinds × workers would exceed this.
  static let constructionWork = 12_000_000

  package let problem: PackingProblem
  /// Limits before any of the new workers; its slots are open, as later ticks go on with the rest.
  let book: GrowthBook
  /// Kinds of which the limits allow one at all.
  let kinds: [Int]
  let limits: [SummedLimit]
  let sums: PriceSums

  package init(problem: PackingProblem, book: GrowthBook) {
    self.problem = problem
    self.book = book
    kinds = problem.kinds.indices.filter { kind in
      var trial = book
      return trial.reserve(problem.kinds[kind].offer, atMost: 1) == 1
    }
    limits = book.summedLimits(problem.kinds.map(\.offer))
    sums = PriceSums(kinds.map { problem.kinds[$0].price })
  }

  package func solve() -> Solution {
    // What no kind can hold is nobody's to choose for.
    let counts = problem.rows.indices.map { group in
      kinds.contains { problem.isAllowed(group, $0) } ? problem.counts[group] : 0
    }
    var run = ChoiceRun(chooser: self, counts: counts)
    guard counts.contains(where: { $0 > 0 }) else { return run.result() }
    run.construct()
    if !run.isSettled { run.relax() }
    if !run.holdsAll { run.holdMore() }
    if !run.isProven { run.recreate() }
    if !run.isProven { run.relaxHeld() }
    if !run.isProven { run.branch() }
    if !run.isProven || run.isSmall { run.search() }
    return run.result()
  }
}

/// One search for the cheapest set, with what is known so far.
struct ChoiceRun {
  let chooser: Chooser
  let problem: PackingProblem
  /// Pods that some kind can hold.
  let counts: [Int]
  /// Kinds that may be used, the cheapest first.
  let kindsByPrice: [Int]
  var relaxation: Relaxation
  var best: Arrangement
  private var hasBest = false
  /// The relaxed problem of the pods that the best set holds, where the limits leave no room for all.
  private var heldRelaxation: Relaxation?
  /// What branching proved of sets that hold these pods.
  private var branched: (held: [Int], bound: Int64)?
  /// Set when the complete search has seen everything.
  var isExhausted = false
  /// What the bound of the best known is, and for which pods.
  private(set) var provenBound: Int64 = 0

  init(chooser: Chooser, counts: [Int]) {
    self.chooser = chooser
    self.counts = counts
    problem = chooser.problem
    relaxation = Relaxation(chooser.problem, kinds: chooser.kinds, counts: counts, limits: chooser.limits)
    best = Arrangement(unserved: counts)
    kindsByPrice = chooser.kinds.sorted { [problem] in
      (problem.kinds[$0].price, $0) < (problem.kinds[$1].price, $1)
    }
  }

  /// All pods are held that any kind can hold.
  var holdsAll: Bool { best.unserved.allSatisfy { $0 == 0 } }

  /// Nothing can be better than the best known but by how it breaks a tie.
  var isSettled: Bool { holdsAll && isProven }

  /// Nothing that holds the same pods is cheaper.
  var isProven: Bool { hasBest && best.price(problem) <= provenBound }

  /// Keeps the better one.
  mutating func offer(_ arrangement: Arrangement) {
    guard !hasBest || arrangement.isBetter(than: best, problem) else { return }
    best = arrangement
    hasBest = true
    updateBound()
  }

  mutating func updateBound() {
    let held = held
    var least = max(problem.lowerBound(held), relaxation.lowerBound(held))
    if let heldRelaxation, heldRelaxation.counts == held { least = max(least, heldRelaxation.lowerBound(held)) }
    provenBound = chooser.sums.leastSum(atLeast: least)
    if let branched, branched.held == held { provenBound = max(provenBound, branched.bound) }
  }

  /// Whether every limit allows so many workers of each kind.
  func isAllowed(_ workers: [Int]) -> Bool {
    var limits = chooser.book
    for kind in workers.indices where workers[kind] > 0 {
      guard limits.reserve(problem.kinds[kind].offer, atMost: workers[kind]) == workers[kind] else { return false }
    }
    return true
  }

  /// So many workers of each class, as kinds with equal ones side by side. Not allowed where the limits' sums are
  /// exceeded; not known where they are not, and still the limits do not take these workers one after the other, as
  /// another order might do.
  func assign(_ numbers: [Int]) -> Assignment {
    var (limits, kinds) = (chooser.book, [Int]())
    var isTaken = true
    for (place, known) in relaxation.classes.enumerated() {
      var left = numbers[place]
      for member in known.members where left > 0 {
        let taken = limits.reserve(problem.kinds[member].offer, atMost: left)
        kinds += repeatElement(member, count: taken)
        left -= taken
      }
      if left > 0 { isTaken = false }
    }
    if isTaken { return .kinds(kinds) }
    for limit in chooser.limits {
      var sum = 0.0
      for (place, known) in relaxation.classes.enumerated() {
        let least = known.members.map { limit.weights[$0] }.min() ?? 0
        sum += Double(least) * Double(numbers[place])
      }
      if sum > Double(limit.most) * (1 + 1e-9) { return .notAllowed }
    }
    return .unknown
  }

  enum Assignment {
    case kinds([Int])
    case notAllowed
    case unknown
  }

  func result() -> Solution {
    var solution = best.solution()
    solution.unserved = problem.counts.indices.map { problem.counts[$0] - counts[$0] + best.unserved[$0] }
    let price = best.price(problem)
    solution.isOptimal = price <= provenBound || isExhausted
    solution.lowerBound = solution.isOptimal ? price : provenBound
    return solution
  }

  // MARK: constructions

  private var construction: Construction {
    Construction(problem, book: chooser.book, counts: counts, kinds: relaxation.classes.map(\.members))
  }

  /// With all kinds, each alone, each pool's.
  mutating func construct() {
    let patterns = min(counts.reduce(0, +), 4 * problem.rows.count + 16)
    let work = max(1, patterns * problem.rows.count * relaxation.classes.count)
    for preferred in preferences.prefix(max(1, Chooser.constructionWork / work)) {
      var built = construction
      built.complete(preferred: preferred, values: problem.values)
      offer(tidied(built.arrangement))
      if isSettled { return }
    }
    var built = construction
    built.complete(preferred: problem.kinds.map { _ in true }, values: relaxation.worth)
    offer(tidied(built.arrangement))
  }

  /// Where the limits left pods out: those first for which there are fewest kinds, or with the largest workers whatever
  /// they cost; then a search for any set that holds all.
  mutating func holdMore() {
    let holders = problem.rows.indices.map { group in chooser.kinds.count { problem.isAllowed(group, $0) } }
    let orders = [
      Array(counts.indices),
      counts.indices.sorted {
        (-problem.priorities[$0], holders[$0], $0) < (-problem.priorities[$1], holders[$1], $1)
      },
    ]
    for order in orders {
      for countsPrice in [true, false] where !holdsAll {
        var built = construction
        built.complete(
          preferred: problem.kinds.map { _ in true }, values: problem.values, order: order, countsPrice: countsPrice)
        offer(tidied(built.arrangement))
      }
    }
    guard !holdsAll, canBranch else { return }
    var branching = KindBranching(self, relaxation, holdingAll: true)
    branching.solve()
    if let found = branching.best { offer(tidied(found)) }
  }

  private var preferences: [[Bool]] {
    let kinds = problem.kinds
    var sets = [kinds.map { _ in true }]
    if relaxation.classes.count > 1 {
      sets += relaxation.classes.map { chosen in kinds.indices.map { chosen.members.contains($0) } }
    }
    let pools = Set(kinds.map(\.offer.pool.name)).sorted()
    if pools.count > 1 { for pool in pools { sets.append(kinds.map { $0.offer.pool.name == pool }) } }
    return sets
  }

  // MARK: the relaxed problem

  /// Where the limits leave pods out: given which, the least price for the others.
  mutating func relaxHeld() {
    for _ in 0..<3 where !holdsAll && !isProven && heldRelaxation?.counts != held {
      var other = Relaxation(problem, kinds: chooser.kinds, counts: held, limits: chooser.limits)
      other.solve(target: best.price(problem), seeds: best.bundles)
      if other.isSolved {
        let unserved = best.unserved
        var random: SplitMix?
        var built = other.rounded(chooser.book, random: &random)
        heldRelaxation = other
        built.complete(preferred: problem.kinds.map { _ in true }, values: other.worth)
        var arrangement = tidied(built.arrangement)
        for group in unserved.indices { arrangement.unserved[group] += unserved[group] }
        offer(arrangement)
      } else {
        heldRelaxation = other
      }
      updateBound()
    }
  }

  /// Branches on the numbers of workers where these are few.
  mutating func branch() {
    let relaxed = holdsAll ? relaxation : heldRelaxation
    guard canBranch, let relaxed, relaxed.isSolved, relaxed.counts == held else { return }
    var branching = KindBranching(self, relaxed, holdingAll: false)
    branching.solve()
    branched = (held, branching.bound)
    if let found = branching.best { offer(found) }
    updateBound()
  }

  private var canBranch: Bool {
    relaxation.isSolved && relaxation.groups.count <= 40 && best.workerCount <= 40
  }

  private var held: [Int] { counts.indices.map { counts[$0] - best.unserved[$0] } }

  /// Roundings that are tried, as long as all of them together make no more work than this.
  private static let (roundings, repeatedRounding) = (40, 5_000_000)

  mutating func relax() {
    relaxation.solve(target: holdsAll ? best.price(problem) : .max, seeds: best.bundles)
    updateBound()
    guard !isSettled, relaxation.isSolved else { return }
    let end = relaxation.workDone + Self.repeatedRounding
    var random: SplitMix?
    for _ in 0..<Self.roundings {
      let rounded = relaxation.rounded(chooser.book, random: &random)
      for values in [relaxation.worth, problem.values] {
        var built = rounded
        built.complete(preferred: problem.kinds.map { _ in true }, values: values)
        offer(tidied(built.arrangement))
        if isSettled { return }
        if !rounded.hasPodsLeft { break }
      }
      if relaxation.workDone > end { return }
      random = random ?? SplitMix()
    }
  }
}
