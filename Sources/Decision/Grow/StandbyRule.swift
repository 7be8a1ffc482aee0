import Model

/// Keeps stopped clones ready that become workers without the time that a clone takes.
///
/// They are machines and cost a share of their worker's price, but are no capacity and count for no pool's size: a pool's
/// maximum holds for workers, and no clone is made that it would forbid to start.
enum StandbyRule {
  /// Those that can be started now: complete, of a template that is still what they were made from, with a machine that is
  /// in the list, on a host that is on line. The cheapest first.
  static func startable(_ situation: Situation) -> [WorkerRecord] {
    let hosts = Set((situation.hosts ?? []).filter(\.online).map(\.name))
    return situation.reserves.filter { standby in
      guard standby.state == .standby, standby.isStaying, standby.missingSince == nil, let host = standby.host else {
        return false
      }
      return hosts.contains(host) && obsolete(standby, situation) == nil
    }.sorted { ($0.price, $0.createdAt, $0.name) < ($1.price, $1.createdAt, $1.name) }
  }

  @Sendable static func apply(_ draft: inout Draft) {
    let situation = draft.situation
    for pool in situation.pools { removeSuperfluous(of: pool, &draft) }
    for standby in situation.reserves where situation.policy.pool(standby.pool) == nil && standby.isStaying {
      remove(standby, "pool \(standby.pool) is no longer in the configuration", &draft)
    }
    // Whatever is needed now comes first, and one clone at a time leaves the storage to it.
    let isBusy =
      !draft.plan.creations.isEmpty
      || (situation.workers + situation.reserves).contains { $0.isStaying && $0.state.isUnderWay }
    guard !isBusy else { return }
    for pool in situation.pools where draft.plan.standbys == nil { make(for: pool, &draft) }
  }

  // MARK: - Removing

  private static func removeSuperfluous(of pool: Pool, _ draft: inout Draft) {
    let situation = draft.situation
    let started = draft.startedStandbys
    var kept: [WorkerRecord] = []
    for standby in situation.keptReserves(of: pool.name) where !started.contains(standby.name) {
      if draft.retiring.contains(standby.name) { continue }
      if let why = obsolete(standby, situation) ?? unaffordable(pool, draft) {
        remove(standby, why, &draft)
      } else {
        kept.append(standby)
      }
    }
    let wanted = pool.enabled ? pool.standby : 0
    for standby in kept.sorted(by: { ($0.createdAt, $0.name) > ($1.createdAt, $1.name) }).prefix(
      max(0, kept.count - wanted))
    {
      let why =
        pool.enabled
        ? "pool \(pool.name) keeps \(Phrase.count(wanted, "clone")) ready" : "pool \(pool.name) is disabled"
      remove(standby, why, &draft)
    }
  }

  private static func remove(_ standby: WorkerRecord, _ why: String, _ draft: inout Draft) {
    let reason = Reason(.standbyRemoved, "Standby clone \(standby.name) goes: \(why).")
    // While the hypervisor cannot be seen, nothing is concluded.
    guard draft.removalSlots > 0, draft.situation.hosts != nil else {
      draft.note(standby.name, .keep, reason)
      return
    }
    draft.retire(standby, byChoice: false, reason)
    if draft.situation.policy.pool(standby.pool) != nil { draft.note(standby.pool, reason) }
  }

  /// Why a clone is no longer what a worker of its pool would be made from, as the end of a sentence.
  private static func obsolete(_ standby: WorkerRecord, _ situation: Situation) -> String? {
    guard let pool = situation.policy.pool(standby.pool), pool.defaultTemplate == standby.template,
      let template = situation.policy.template(standby.template)
    else { return "template \(standby.template) is no longer the default of its pool" }
    guard let build = standby.build, build != template.build else { return nil }
    return build.machine == template.machine
      ? "template \(template.name) has another version by now" : "template \(template.name) has another size by now"
  }

  /// Why the money does not allow clones that serve nobody, as the end of a sentence.
  private static func unaffordable(_ pool: Pool, _ draft: Draft) -> String? {
    let situation = draft.situation
    let forMoney: Set = [ReasonCode.budgetExhausted.rawValue, ReasonCode.hourlyBudgetExceeded.rawValue]
    if draft.plan.retirements.contains(where: { retirement in
      forMoney.contains(retirement.reason.code)
        && situation.workers(of: pool.name).contains { $0.name == retirement.worker }
    }) {
      return "workers of pool \(pool.name) have to go for its budget"
    }
    guard let spending = situation.spending else { return nil }
    func wayOut(_ reserves: [WorkerRecord]) -> Money {
      reserves.reduce(.zero) { $0 + $1.presentPrice.cost(of: situation.retirementSpan) }
    }
    let own = situation.reserves.filter { $0.pool == pool.name }
    if let cap = pool.monthlyBudget, (spending.byPool[pool.name] ?? .zero) + wayOut(own) >= cap {
      return "the monthly budget of pool \(pool.name), \(cap), is used up"
    }
    if let cap = situation.policy.money.monthlyBudget, spending.total + wayOut(situation.reserves) >= cap {
      return "the monthly budget of all pools, \(cap), is used up"
    }
    return nil
  }

  /// Lets clones go until the workers of some pools cost no more than a cap of an hour. Returns what they then cost.
  static func trim(_ pools: Set<PoolName>, _ hour: Money, _ cap: Money, _ scope: String, _ draft: inout Draft) -> Money
  {
    var hour = hour
    for standby in draft.situation.reserves where hour > cap && pools.contains(standby.pool) && standby.isStaying {
      guard !draft.startedStandbys.contains(standby.name), !draft.retiring.contains(standby.name) else { continue }
      remove(standby, "the workers of \(scope) cost \(hour) an hour, more than their hourly budget of \(cap)", &draft)
      if draft.retiring.contains(standby.name) { hour -= standby.presentPrice.perHour }
    }
    return hour
  }

  // MARK: - Making

  private static func make(for pool: Pool, _ draft: inout Draft) {
    let situation = draft.situation
    guard pool.enabled, pool.standby > 0, draft.book.backoff[pool.name] == nil,
      let template = situation.policy.template(pool.defaultTemplate)
    else { return }
    let kept = situation.keptReserves(of: pool.name).count { !draft.retiring.contains($0.name) }
    let room = pool.maximum - draft.book.staying(in: pool.name)
    guard kept < min(pool.standby, room), unaffordable(pool, draft) == nil else { return }
    let price = pool.standbyPrice(of: template, situation.policy.money)
    let offer = Offer(pool: pool, template: template)
    switch draft.book.reserveStandby(offer, price) {
    case .failure(let obstacle):
      let reason = obstacle.reason(offer, situation)
      draft.note(
        pool.name,
        Reason(
          .standby,
          "Pool \(pool.name) has \(kept) of \(Phrase.count(pool.standby, "standby clone")): \(reason.sentence)",
          remedy: reason.remedy, data: reason.data))
    case .success(let reservation):
      var standby = StandbyCreation(
        worker: draft.book.nextName(in: pool.name), pool: pool.name, template: template.name, price: offer.price,
        standbyPrice: price, commitment: reservation.commitment)
      standby.host = reservation.host
      standby.reason = Reason(
        .standbyMade,
        "Pool \(pool.name) has \(kept) of \(Phrase.count(pool.standby, "standby clone")); this one is kept ready for "
          + "\(Phrase.amount(price.perHour, situation.policy)) an hour.",
        data: ["standby": "\(kept)", "wanted": "\(pool.standby)"])
      draft.plan.standbys = [standby]
      draft.note(pool.name, standby.reason)
    }
  }

  // MARK: - Telling

  /// Why a clone stays that no rule has spoken of.
  static func standing(of standby: WorkerRecord, _ draft: Draft) -> Reason {
    guard standby.state == .standby, standby.isStaying else { return Standing.of(standby, draft) }
    if draft.startedStandbys.contains(standby.name) {
      return Reason(.standby, "Standby clone \(standby.name) is started: it becomes a worker of pool \(standby.pool).")
    }
    return Reason(
      .standby,
      "Standby clone \(standby.name) is stopped and ready to be started; it costs "
        + "\(Phrase.amount(standby.presentPrice.perHour, draft.situation.policy)) an hour.",
      remedy: "It is started when pool \(standby.pool) needs a \(standby.template) worker.",
      data: ["standby_since": (standby.standby?.readyAt ?? standby.stateSince).description])
  }
}

extension PendingSearch {
  /// What fits nowhere else goes to standby clones before new workers are looked for: a start takes much less time than a
  /// clone.
  mutating func useStandbys(_ draft: inout Draft) {
    for standby in draft.book.standbys {
      let zone = standby.host.flatMap(draft.situation.policy.placement.zone(of:))
      let index = offers.firstIndex {
        $0.pool.name == standby.pool && $0.template.name == standby.template && ($0.zone == nil || $0.zone == zone)
      }
      guard let index else { continue }
      let mark = draft.fit!.mark
      let room = draft.fit!.add(
        .underWay(standby.name), taints: offers[index].pool.taints, labels: offerLabels[index], free: offerRooms[index])
      var shares: [(group: Int, pods: Int)] = []
      for group in groups.indices where fates[group].left > 0 && mayServe(group, index) {
        let placed = draft.fit!.place(groups[group].shape, into: room, atMost: fates[group].left)
        if placed > 0 { shares.append((group, placed)) }
      }
      guard let first = shares.first else {
        draft.fit!.undo(to: mark)
        continue
      }
      let pods = shares.reduce(0) { $0 + $1.pods }
      let example = groups[first.group].example
      let reason = Reason(
        .pendingPods,
        "For \(Phrase.count(pods, "pending pod")), such as \(example), that \(pods == 1 ? "fits" : "fit") on no node and "
          + "no worker under way.", data: ["pods": "\(pods)", "example": example.description])
      if let obstacle = draft.start(standby, offers[index], reason) {
        draft.fit!.undo(to: mark)
        draft.note(standby.pool, obstacle.reason(offers[index], draft.situation))
        continue
      }
      for (group, pods) in shares {
        fates[group].new += pods
        fates[group].left -= pods
        fates[group].newWorkers.append(standby.name)
      }
      draft.note(
        standby.pool,
        Reason(
          .pendingPods,
          "Pool \(standby.pool) starts \(standby.name) from standby for \(Phrase.count(pods, "pending pod")).",
          data: ["started": standby.name.rawValue, "pods": "\(pods)"]))
    }
  }
}

extension FitModel {
  /// Puts as many of `most` pods of a shape as the rules allow into one room. Whether they may run there at all has been
  /// judged.
  mutating func place(_ number: Int, into room: Int, atMost most: Int) -> Int {
    let shape = shapes[number]
    guard shape.dependsOnPods else {
      let fitting = capacity(shape.row, room: room, atMost: most)
      if fitting > 0 { place(number, room: room, pods: fitting) }
      return fitting
    }
    var placed = 0
    while placed < most, capacity(shape.row, room: room, atMost: 1) == 1, admits(shape, room: room) {
      place(number, room: room, pods: 1)
      placed += 1
    }
    return placed
  }
}
