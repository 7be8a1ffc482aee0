import Model

/// Lets spot workers go when a permanent worker, or one of a pool's minimum, is needed and no host has room for it: those
/// of one host whose loss is least.
///
/// A worker that is leaving counts as room to come, so that nobody goes twice for the same need.
enum PreemptionRule {
  @Sendable static func apply(_ draft: inout Draft) {
    let situation = draft.situation
    guard situation.hosts != nil, situation.pools.contains(where: { $0.kind == .spot }) else { return }
    let needs = needs(&draft)
    guard !needs.isEmpty else { return }
    var spaces = draft.book.hosts.rooms ?? []
    for worker in situation.workers where isMakingRoom(worker, draft) {
      guard let index = spaces.firstIndex(where: { $0.name == worker.host }),
        let machine = situation.policy.template(worker.template)?.machine
      else { continue }
      spaces[index].free(machine)
    }
    for offer in needs { answer(offer, &spaces, &draft) }
  }

  // MARK: - Needs

  /// What the rules before could not place, one worker a pool: permanent ones, and those of a minimum.
  private static func needs(_ draft: inout Draft) -> [Offer] {
    var needs = draft.unplaced
    for pool in draft.situation.pools where pool.kind == .permanent && needs[pool.name] == nil {
      if let offer = forPendingPods(pool, &draft) {
        needs[pool.name] = Draft.Unplaced(offer: offer, isMinimum: false)
      }
    }
    return needs.keys.sorted().map { needs[$0]! }.filter { need in
      need.offer.pool.kind == .permanent || (need.isMinimum && need.offer.pool.kind != .spot)
    }.map(\.offer)
  }

  /// The cheapest worker of a permanent pool that pods wait for and that only the hosts forbid.
  private static func forPendingPods(_ pool: Pool, _ draft: inout Draft) -> Offer? {
    guard pool.enabled, pool.servesPendingPods, draft.podGroups.contains(where: { $0.outcome == .waits }) else {
      return nil
    }
    let situation = draft.situation
    let waiting = Set(draft.podGroups.filter { $0.outcome == .waits }.map(\.example))
    draft.modelFit()
    let groups = PodGroup.pending(situation, &draft.fit!).filter {
      waiting.contains($0.example) && PendingPodsRule.serves(pool, $0, draft)
    }
    guard !groups.isEmpty else { return nil }
    let offers = situation.offers(of: pool).sorted { ($0.price, $0.name) < ($1.price, $1.name) }
    for offer in offers {
      var trial = draft.book
      guard case .failure(.hostsFull) = trial.reserve(offer) else { continue }
      let labels = offer.labels(situation.commonLabels, situation.policy.placement)
      let room = draft.fit!.dimensions.remainder(
        of: offer.template.allocatable, less: situation.daemonOverhead(of: offer, labels: labels))
      for group in groups where group.constraint.mismatch(taints: pool.taints, labels: labels) == nil {
        if room.capacity(for: draft.fit!.shapes[group.shape].row, atMost: 1) == 1 { return offer }
      }
    }
    return nil
  }

  /// On its way out, and not for longer than a way out takes: one that is stuck makes no room.
  private static func isMakingRoom(_ worker: WorkerRecord, _ draft: Draft) -> Bool {
    if draft.retiring.contains(worker.name) { return true }
    guard !worker.isStaying, worker.host != nil, worker.machine != nil else { return false }
    let since = worker.removal?.askedAt ?? worker.stateSince
    return draft.situation.now - since < draft.situation.retirementSpan
  }

  // MARK: - Answers

  private static func answer(_ offer: Offer, _ spaces: inout [HostRooms.Room], _ draft: inout Draft) {
    let situation = draft.situation
    let pool = offer.pool.name
    if let index = spaces.indices.first(where: {
      isAllowed(spaces[$0], offer, situation) && spaces[$0].holds(machine(offer))
    }) {
      let host = spaces[index].name
      spaces[index].take(machine(offer))
      draft.note(
        pool,
        Reason(
          .preemptionWaits,
          "A \(offer.template.name) worker of pool \(pool) waits for the room that others free on host \(host)."))
      return
    }
    guard situation.nodes != nil, situation.pods != nil else {
      draft.note(
        pool,
        Reason(
          .listMissing, "No spot worker makes room for pool \(pool): the nodes or pods are not known."))
      return
    }
    let choices = spaces.indices.compactMap { index -> Choice? in
      isAllowed(spaces[index], offer, situation) ? choice(offer, spaces[index], draft) : nil
    }
    guard let best = choices.min() else {
      draft.note(
        pool,
        Reason(
          .preemptionWaits,
          "No host would have room for a \(offer.template.name) worker of pool \(pool) without its spot workers."))
      return
    }
    guard draft.removalSlots >= best.victims.count else {
      draft.note(
        pool,
        Reason(
          .removalLimit, "As many workers are leaving at once as may; the spot workers that are to make room wait."))
      return
    }
    carryOut(best, offer, &draft)
    let index = spaces.firstIndex { $0.name == best.host }!
    for victim in best.victims {
      if let machine = situation.policy.template(victim.worker.template)?.machine { spaces[index].free(machine) }
    }
    spaces[index].take(machine(offer))
  }

  private static func machine(_ offer: Offer) -> Template.Machine { offer.template.machine }

  private static func isAllowed(_ space: HostRooms.Room, _ offer: Offer, _ situation: Situation) -> Bool {
    offer.zone == nil || offer.zone == situation.policy.placement.zone(of: space.name)
  }

  private static func carryOut(_ choice: Choice, _ offer: Offer, _ draft: inout Draft) {
    for victim in choice.victims {
      let worker = victim.worker
      let reason = Reason(
        .preempted,
        "Worker \(worker.name) makes room on host \(choice.host) for a \(offer.template.name) worker of pool "
          + "\(offer.pool.name): no host has any, and its going costs least.",
        data: ["host": choice.host.rawValue, "for_pool": offer.pool.name.rawValue, "pods": "\(victim.pods)"])
      draft.retire(worker, byChoice: false, reason)
      draft.note(worker.pool, reason)
      draft.note(offer.pool.name, reason)
    }
  }
}

// MARK: - Loss

extension PreemptionRule {
  /// A spot worker that could go.
  struct Victim: Comparable {
    let worker: WorkerRecord
    let pods: Int
    let priority: Int

    init(_ worker: WorkerRecord, _ situation: Situation) {
      let load = situation.load(of: NodeName(worker.name.rawValue))
      self.worker = worker
      pods = load.workload.count
      priority = load.highestPriority
    }

    static func < (left: Victim, right: Victim) -> Bool {
      (left.pods, left.priority, left.worker.price, left.worker.name)
        < (right.pods, right.priority, right.worker.price, right.worker.name)
    }

    static func == (left: Victim, right: Victim) -> Bool { left.worker.name == right.worker.name }
  }

  /// Spot workers of one host whose going makes enough room.
  struct Choice: Comparable {
    let host: HostName
    let victims: [Victim]

    private var pods: Int { victims.reduce(0) { $0 + $1.pods } }
    private var priority: Int { victims.map(\.priority).max() ?? .min }
    private var price: Money { victims.reduce(.zero) { $0 + $1.worker.price.perHour } }

    static func < (left: Choice, right: Choice) -> Bool {
      (left.pods, left.priority, left.price, left.victims.count, left.host)
        < (right.pods, right.priority, right.price, right.victims.count, right.host)
    }

    static func == (left: Choice, right: Choice) -> Bool { left.host == right.host }
  }

  /// Takes those of least loss until there is room, then lets those stay that are not needed for it.
  private static func choice(_ offer: Offer, _ space: HostRooms.Room, _ draft: Draft) -> Choice? {
    let situation = draft.situation
    var space = space
    var victims: [Victim] = []
    for victim in candidates(on: space.name, draft).sorted() where !space.holds(machine(offer)) {
      guard let machine = situation.policy.template(victim.worker.template)?.machine else { continue }
      space.free(machine)
      victims.append(victim)
    }
    guard space.holds(machine(offer)) else { return nil }
    for victim in victims.reversed() {
      guard let own = situation.policy.template(victim.worker.template)?.machine else { continue }
      var without = space
      without.take(own)
      guard without.holds(machine(offer)) else { continue }
      space = without
      victims.removeAll { $0 == victim }
    }
    return victims.isEmpty ? nil : Choice(host: space.name, victims: victims)
  }

  /// Spot workers of a host that their pools' minimum does not keep.
  private static func candidates(on host: HostName, _ draft: Draft) -> [Victim] {
    let situation = draft.situation
    return situation.pools.filter { $0.kind == .spot }.flatMap { pool -> [Victim] in
      let spare = draft.stayingAfterPlan(pool.name) - draft.plan.creations.count { $0.pool == pool.name } - pool.minimum
      let here = situation.workers(of: pool.name).filter {
        $0.host == host && $0.isStaying && !draft.retiring.contains($0.name)
      }
      return Array(here.map { Victim($0, situation) }.sorted().prefix(max(0, spare)))
    }
  }
}
