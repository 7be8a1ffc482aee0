import Model

/// Replaces workers that their template would make otherwise today, one at a time in a pool: the successor is created and
/// ready before the old worker is drained.
///
/// The successor's reason names whom it replaces and is kept in its record. The old one goes by choice, so that all holds
/// that is asked of what goes by choice: places for its pods, disruption budgets, pace, cooldown, minimum, known readings.
enum UpgradeRule {
  /// The key in the successor's reason.
  static let upgrades = "upgrades"

  @Sendable static func apply(_ draft: inout Draft) {
    for pool in draft.situation.pools where pool.enabled && pool.upgrade == .replace {
      let stale = draft.situation.workers(of: pool.name).compactMap { worker -> Stale? in
        guard worker.isStaying, !draft.retiring.contains(worker.name) else { return nil }
        return Staleness.of(worker, draft.situation).map { Stale(worker: worker, how: $0) }
      }
      guard !stale.isEmpty else { continue }
      upgrade(pool, stale, &draft)
      for old in stale { say(old, "it is replaced in its turn", &draft) }
    }
  }

  private struct Stale {
    let worker: WorkerRecord
    let how: String
  }

  private static func upgrade(_ pool: Pool, _ stale: [Stale], _ draft: inout Draft) {
    for old in stale {
      guard let successor = successor(of: old.worker, draft) else { continue }
      guard isServing(successor, draft) else {
        say(old, "it goes when its successor \(successor.name) is ready", as: .replace, &draft)
        return
      }
      if let why = hindrance(pool, draft) {
        say(old, "it stays for now: \(why)", &draft)
        return
      }
      retire(old, pool, "its successor \(successor.name) is ready", &draft)
      return
    }
    if let why = hindrance(pool, draft) {
      for old in stale { say(old, "it stays for now: \(why)", &draft) }
      return
    }
    begin(pool, stale, &draft)
  }

  // MARK: - Holding

  /// What stands in the way of any upgrade in the pool now, as a part of a sentence with its full stop.
  private static func hindrance(_ pool: Pool, _ draft: Draft) -> String? {
    let situation = draft.situation
    if let hold = ShrinkGate.hold(pool, draft) { return hold.sentence }
    if let until = draft.book.backoff[pool.name] {
      return "Pool \(pool.name) waits until \(until.clockText) after a failure."
    }
    for worker in situation.workers(of: pool.name) {
      if !worker.isStaying || draft.retiring.contains(worker.name) {
        return "Worker \(worker.name) of its pool leaves."
      }
      if worker.state != .ready || situation.node(of: worker)?.isReady != true
        || !Issue.of(worker, situation).isEmpty
      {
        return "Worker \(worker.name) of its pool is not in order."
      }
    }
    return nil
  }

  /// The worker that was created to take this one's place.
  private static func successor(of worker: WorkerRecord, _ draft: Draft) -> WorkerRecord? {
    draft.situation.workers(of: worker.pool).first { candidate in
      candidate.isStaying && candidate.reason.has(.upgrades) && !draft.retiring.contains(candidate.name)
        && candidate.reason.data[upgrades] == worker.name.rawValue && worker.createdAt < candidate.wantedSince
    }
  }

  private static func isServing(_ worker: WorkerRecord, _ draft: Draft) -> Bool {
    worker.state == .ready && draft.situation.node(of: worker)?.takesPods == true
  }

  // MARK: - The first half

  private static func begin(_ pool: Pool, _ stale: [Stale], _ draft: inout Draft) {
    let situation = draft.situation
    func pods(_ old: Stale) -> Int { situation.load(of: NodeName(old.worker.name.rawValue)).workload.count }
    let ordered = stale.sorted { left, right in
      let (a, b) = (pods(left), pods(right))
      if a != b { return a < b }
      return (left.worker.createdAt, left.worker.name) < (right.worker.createdAt, right.worker.name)
    }
    for old in ordered {
      let worker = old.worker
      guard let template = situation.policy.template(worker.template), isWorthIt(worker, situation) else { continue }
      if let hold = ShrinkGate.hold(worker, draft) {
        draft.note(worker.name, .keep, hold)
        continue
      }
      let zone = situation.zones.isEmpty ? nil : worker.host.flatMap(situation.policy.placement.zone(of:))
      let offer = Offer(pool: pool, template: template, zone: zone)
      if let refusal = refusal(worker, offer, &draft) {
        draft.note(worker.name, .keep, refusal)
        continue
      }
      replace(old, offer, &draft)
      return
    }
  }

  /// What expires within the hour goes by itself, and so does what somebody asked for until it expires.
  private static func isWorthIt(_ worker: WorkerRecord, _ situation: Situation) -> Bool {
    guard let life = worker.timeToLive else { return true }
    return worker.request == nil
      && life.expiresAt >= situation.now.advanced(by: situation.policy.consolidation.payback)
  }

  /// Why the worker's pods could not go even when its successor is there; `nil` when they could.
  private static func refusal(_ worker: WorkerRecord, _ offer: Offer, _ draft: inout Draft) -> Reason? {
    draft.withEvacuation { given, draft in
      var trial = given
      let load: Evacuation.Load
      switch trial.load(worker, &draft) {
      case .failure(let refused): return refused.reason
      case .success(let found): load = found
      }
      guard trial.budgetsAllow([load]) else {
        return Reason(
          .disruptionBudget, "Worker \(worker.name) stays: a disruption budget of its pods does not allow more now.",
          remedy: "It may go when the budget allows it.")
      }
      let situation = draft.situation
      let mark = draft.fit!.mark
      defer { draft.fit!.undo(to: mark) }
      let left = trial.leftovers([load], &draft)
      let labels = offer.labels(situation.commonLabels, situation.policy.placement)
      let free = draft.fit!.dimensions.remainder(
        of: offer.template.allocatable, less: situation.daemonOverhead(of: offer, labels: labels))
      var route = FitModel.Route([draft.fit!.addNew(0, offer, free, labels)])
      if left.allSatisfy({ draft.fit!.place($0.shape, count: $0.count, along: &route) == $0.count }) { return nil }
      return Reason(
        .podsHaveNoPlace, "Worker \(worker.name) stays: a successor of it would not hold all of its pods.")
    }
  }

  private static func replace(_ old: Stale, _ offer: Offer, _ draft: inout Draft) {
    let (worker, pool) = (old.worker, offer.pool)
    let reason = Reason(
      .upgrades, "Worker \(worker.name) \(old.how); this one takes its place.",
      data: [upgrades: worker.name.rawValue])
    guard let obstacle = draft.create(offer, reason) else {
      draft.note(worker.name, .replace, reason)
      draft.note(pool.name, reason)
      return
    }
    let hindrance = obstacle.reason(offer, draft.situation)
    let mayGoFirst =
      switch obstacle {
      case .maximum, .hostsFull: draft.stayingAfterPlan(pool.name) - 1 >= pool.minimum
      default: false
      }
    guard mayGoFirst else {
      let reason = Reason(
        .upgradeWaits, "Worker \(worker.name) \(old.how); it cannot be replaced yet: \(hindrance.sentence)",
        remedy: hindrance.remedy, data: hindrance.data)
      draft.note(worker.name, .keep, reason)
      draft.note(pool.name, reason)
      return
    }
    retire(old, pool, "there is no room for a successor first: \(hindrance.sentence.dropLast())", &draft)
  }

  // MARK: - The second half

  private static func retire(_ old: Stale, _ pool: Pool, _ why: String, _ draft: inout Draft) {
    let worker = old.worker
    let hold = ShrinkGate.limit(pool, draft) ?? ShrinkGate.hold(worker, draft) ?? draft.evacuate(worker)
    if let hold {
      draft.note(worker.name, .keep, hold)
      return
    }
    let reason = Reason(.upgraded, "Worker \(worker.name) \(old.how); it goes, as \(why).")
    ShrinkGate.retire(worker, pool, reason, &draft)
    draft.note(pool.name, reason)
  }

  // MARK: - Telling

  /// Unless another rule has spoken of the worker.
  private static func say(
    _ old: Stale, _ what: String, as verdict: WorkerReport.Verdict = .keep, _ draft: inout Draft
  ) {
    guard draft.workerNotes[old.worker.name] == nil else { return }
    let end = what.hasSuffix(".") ? "" : "."
    draft.note(
      old.worker.name, verdict, Reason(.upgradeWaits, "Worker \(old.worker.name) \(old.how); \(what)\(end)"))
  }
}
