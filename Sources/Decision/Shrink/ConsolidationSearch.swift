import Model

/// Looks for the change that saves most: some workers less, or one cheaper worker for some.
struct ConsolidationSearch {
  /// How many workers are looked at alone, the dearest first.
  static let singles = 32
  /// How many may be replaced together.
  static let together = 8

  /// What is to be done.
  struct Choice {
    let workers: [UnderUseRule.Candidate]
    /// `nil`: the workers that stay hold everything.
    let offer: Offer?
    let saving: HourlyPrice
    let churn: Money

    var cost: Int64 { workers.reduce(0) { $0 + $1.cost } }

    /// More saved; then less to move; then no new worker; then by name.
    func isBetter(than other: Choice?) -> Bool {
      guard let other else { return true }
      if saving != other.saving { return saving > other.saving }
      if cost != other.cost { return cost < other.cost }
      if (offer == nil) != (other.offer == nil) { return offer == nil }
      let (own, others) = (workers.map(\.worker.name), other.workers.map(\.worker.name))
      return own.lexicographicallyPrecedes(others)
    }
  }

  /// One kind of worker that might take the pods.
  private struct Substitute {
    let offer: Offer
    let room: [Int64]
    let labels: [String: String]
  }

  private let candidates: [UnderUseRule.Candidate]
  /// Cheapest first.
  private let substitutes: [Substitute]
  private let use: ClusterUse
  /// How many workers of each pool may go by choice now.
  private let quotas: [PoolName: Int]
  /// Workers of each of these pools that stay after the plan so far.
  private let staying: [PoolName: Int]

  /// - Parameter busy: pools in which a consolidation is in flight.
  static func best(except busy: Set<PoolName>, _ draft: inout Draft) -> Choice? {
    guard let search = ConsolidationSearch(busy, &draft) else { return nil }
    return draft.withEvacuation { search.best($0, &$1) }
  }

  private init?(_ busy: Set<PoolName>, _ draft: inout Draft) {
    let situation = draft.situation
    var quotas: [PoolName: Int] = [:]
    for pool in situation.pools where !busy.contains(pool.name) && Eligibility.mayShrink(pool, draft) {
      if Eligibility.hold(pool, draft) != nil { continue }
      // A substitute in the same pool keeps the minimum; how many may go is looked at again when it is ready.
      let quota = min(ShrinkGate.allowance(pool, draft), draft.removalSlots)
      if quota > 0 { quotas[pool.name] = quota }
    }
    let settled = situation.now.advanced(by: .zero - situation.policy.consolidation.unneededFor)
    let found = situation.workers.compactMap { worker -> UnderUseRule.Candidate? in
      guard quotas[worker.pool] != nil, let ready = worker.readyAt, ready <= settled,
        let node = Eligibility.node(of: worker, draft), ShrinkGate.hold(worker, draft) == nil
      else { return nil }
      return UnderUseRule.Candidate(worker, node, situation)
    }
    guard !found.isEmpty else { return nil }
    candidates = found
    self.quotas = quotas
    staying = quotas.keys.reduce(into: [:]) { [draft] in $0[$1] = draft.stayingAfterPlan($1) }
    use = ClusterUse(draft)
    draft.modelFit()
    substitutes = Self.substitutes(busy, draft)
  }

  private static func substitutes(_ busy: Set<PoolName>, _ draft: Draft) -> [Substitute] {
    let situation = draft.situation
    let common = situation.commonLabels
    var found: [Substitute] = []
    for pool in situation.pools where pool.enabled && !busy.contains(pool.name) && mayReceive(pool, draft) {
      for offer in situation.zonedOffers(of: pool) {
        var trial = draft.book
        guard case .success = trial.reserve(offer) else { continue }
        let labels = offer.labels(common, situation.policy.placement)
        let room = draft.fit!.dimensions.remainder(
          of: offer.template.allocatable, less: situation.daemonOverhead(of: offer, labels: labels))
        found.append(Substitute(offer: offer, room: room, labels: labels))
      }
    }
    return found.sorted { left, right in
      let (a, b) = (left.offer, right.offer)
      if a.price != b.price { return a.price < b.price }
      return (a.name, a.zone ?? "") < (b.name, b.zone ?? "")
    }
  }

  /// Whether a pool may get a worker for the sake of a saving: not by hand only, not while it grows, has just grown or
  /// shrinks, nor while its readings are unknown.
  private static func mayReceive(_ pool: Pool, _ draft: Draft) -> Bool {
    guard pool.servesPendingPods || Eligibility.mayShrink(pool, draft) else { return false }
    if draft.isGrowing(pool.name) || draft.chosen[pool.name] != nil { return false }
    if let grown = draft.memory.pools[pool.name]?.grownAt, draft.situation.now - grown < pool.growCooldown {
      return false
    }
    return draft.situation.triggers.allSatisfy { trigger in
      guard trigger.pool == pool.name else { return true }
      return draft.memory.triggers[trigger.name].map { !$0.isUncertain && $0.phase != .firing } ?? false
    }
  }

  // MARK: - Searching

  private func best(_ evacuation: Evacuation, _ draft: inout Draft) -> Choice? {
    var best: Choice?
    func consider(_ workers: [UnderUseRule.Candidate], _ draft: inout Draft) {
      guard let choice = trial(workers, evacuation, &draft), choice.isBetter(than: best) else { return }
      best = choice
    }
    let dearest = candidates.sorted { left, right in
      let (a, b) = (left.worker, right.worker)
      if a.price != b.price { return a.price > b.price }
      return left.cost != right.cost ? left.cost < right.cost : a.name < b.name
    }
    for candidate in dearest.prefix(Self.singles) { consider([candidate], &draft) }
    let ordered = withinQuotas(candidates.sorted(by: UnderUseRule.Candidate.precedes))
    for count in 2..<max(3, ordered.count + 1) where count <= ordered.count {
      consider(Array(ordered.prefix(count)), &draft)
    }
    return best
  }

  /// The first workers that may go together.
  private func withinQuotas(_ ordered: [UnderUseRule.Candidate]) -> [UnderUseRule.Candidate] {
    var left = quotas
    var chosen: [UnderUseRule.Candidate] = []
    for candidate in ordered where left[candidate.worker.pool] ?? 0 > 0 && chosen.count < Self.together {
      left[candidate.worker.pool]! -= 1
      chosen.append(candidate)
    }
    return chosen
  }

  /// What becomes of some workers' pods without them: nothing is changed.
  private func trial(
    _ workers: [UnderUseRule.Candidate], _ given: Evacuation, _ draft: inout Draft
  ) -> Choice? {
    var evacuation = given
    var loads: [Evacuation.Load] = []
    for candidate in workers {
      guard case .success(let load) = evacuation.load(candidate.worker, &draft) else { return nil }
      loads.append(load)
    }
    guard evacuation.budgetsAllow(loads) else { return nil }
    let mark = draft.fit!.mark
    defer { draft.fit!.undo(to: mark) }
    let left = evacuation.leftovers(loads, &draft)
    if left.isEmpty { return keepsMinimum(workers, nil, draft) ? choice(workers, nil, draft) : nil }
    for substitute in substitutes {
      guard let choice = choice(workers, substitute.offer, draft) else { continue }
      guard keepsMinimum(workers, substitute.offer, draft) else { continue }
      if holds(substitute, left, &draft) { return choice }
    }
    return nil
  }

  private func holds(_ substitute: Substitute, _ left: [(shape: Int, count: Int)], _ draft: inout Draft) -> Bool {
    let mark = draft.fit!.mark
    defer { draft.fit!.undo(to: mark) }
    let room = draft.fit!.addNew(0, substitute.offer, substitute.room, substitute.labels)
    var route = FitModel.Route([room])
    return left.allSatisfy { draft.fit!.place($0.shape, count: $0.count, along: &route) == $0.count }
  }

  /// The change with what it saves; `nil` when that is too little.
  private func choice(_ workers: [UnderUseRule.Candidate], _ offer: Offer?, _ draft: Draft) -> Choice? {
    let policy = draft.situation.policy
    let before = workers.reduce(Money.zero) { $0 + $1.worker.price.perHour }
    let after = offer?.price.perHour ?? .zero
    let saving = HourlyPrice(perHour: before - after)
    guard saving.perHour > .zero,
      saving.perHour.units * 100 >= before.units * policy.consolidation.minimumSavingPercent
    else { return nil }
    // The new one is paid for while it is made, both while the pods move.
    var churn = HourlyPrice(perHour: before).cost(of: policy.draining.limit)
    if let offer { churn += offer.price.cost(of: policy.provisioning.usualTotal + policy.draining.limit) }
    guard saving.cost(of: policy.consolidation.payback) >= churn else { return nil }
    return Choice(workers: workers, offer: offer, saving: saving, churn: churn)
  }

  private func keepsMinimum(_ workers: [UnderUseRule.Candidate], _ offer: Offer?, _ draft: Draft) -> Bool {
    let new = offer?.template.allocatable ?? .zero
    let gone = workers.reduce(into: Resources.zero) { $0.add($1.node.allocatable) }
    for pool in draft.situation.pools where quotas[pool.name] != nil {
      let going = workers.count { $0.worker.pool == pool.name }
      guard going > 0 else { continue }
      let left = (staying[pool.name] ?? 0) - going + (offer?.pool.name == pool.name ? 1 : 0)
      guard left >= pool.minimum,
        Eligibility.staysBelowTargets(pool, use, removing: gone, adding: new, draft)
      else { return false }
    }
    return true
  }
}
