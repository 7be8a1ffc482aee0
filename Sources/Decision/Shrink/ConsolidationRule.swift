import Model

/// Moves the pods of one or several workers to where they cost less: onto the workers that stay, or onto these and one new
/// worker, also of another pool. So pods that had to take a dear worker come back to a cheap one.
///
/// A substitute's reason names whom it replaces and is kept in its record. When it is ready, those go whose pods then have
/// a place; if it has become useless it is idle and goes.
enum ConsolidationRule {
  @Sendable static func apply(_ draft: inout Draft) {
    let situation = draft.situation
    let earlier = draft.memory.savingSince
    draft.memory.savingSince = nil
    guard situation.policy.consolidation.enabled, situation.nodes != nil, situation.pods != nil else { return }
    let busy = finish(&draft)
    guard let choice = ConsolidationSearch.best(except: busy, &draft) else { return }
    let since = earlier ?? situation.now
    draft.memory.savingSince = since
    guard situation.now - since >= situation.policy.consolidation.unneededFor else {
      wait(choice, since, &draft)
      return
    }
    if let offer = choice.offer {
      replace(choice, offer, &draft)
    } else {
      for candidate in choice.workers { remove(candidate.worker, choice, &draft) }
    }
  }

  // MARK: - The second half

  /// Lets those go whose substitutes are ready; returns the pools in which a consolidation is in flight.
  private static func finish(_ draft: inout Draft) -> Set<PoolName> {
    let situation = draft.situation
    var busy: Set<PoolName> = []
    for substitute in situation.workers where substitute.isStaying && substitute.reason.has(.consolidates) {
      let replaced = Substitution.replaced(by: substitute, situation)
      guard !replaced.isEmpty, Substitution.isInFlight(substitute, situation) else { continue }
      busy.insert(substitute.pool)
      for worker in replaced { busy.insert(worker.pool) }
      guard substitute.state == .ready else {
        for worker in replaced where worker.isStaying {
          draft.note(
            worker.name, .replace,
            Reason(
              .consolidationWaits, "Worker \(worker.name) goes when \(substitute.name), which costs less, is ready."))
        }
        continue
      }
      for worker in replaced where worker.isStaying && !draft.retiring.contains(worker.name) {
        finish(worker, substitute, &draft)
      }
    }
    return busy
  }

  private static func finish(_ worker: WorkerRecord, _ substitute: WorkerRecord, _ draft: inout Draft) {
    guard let pool = draft.situation.policy.pool(worker.pool) else { return }
    if let hold = ShrinkGate.hold(pool, draft) ?? ShrinkGate.limit(pool, draft) {
      draft.note(pool.name, hold)
      draft.note(worker.name, .keep, hold)
      return
    }
    if let refusal = draft.evacuate(worker) {
      draft.note(worker.name, .keep, refusal)
      return
    }
    ShrinkGate.retire(
      worker, pool,
      Reason(
        .consolidated,
        "Worker \(worker.name) goes: \(substitute.name) is ready and costs less, and each of its pods has a place elsewhere.",
        data: ["substitute": substitute.name.rawValue]), &draft)
  }

  // MARK: - The first half

  private static func wait(_ choice: ConsolidationSearch.Choice, _ since: Instant, _ draft: inout Draft) {
    let policy = draft.situation.policy
    let due = since.advanced(by: policy.consolidation.unneededFor).clockText
    for candidate in choice.workers where draft.workerNotes[candidate.worker.name] == nil {
      draft.note(
        candidate.worker.name, .keep,
        Reason(
          .consolidationWaits,
          "Worker \(candidate.worker.name) may go from \(due) on if its pods can still be held for "
            + "\(Phrase.amount(choice.saving.perHour, policy)) an hour less then."))
    }
  }

  private static func replace(_ choice: ConsolidationSearch.Choice, _ offer: Offer, _ draft: inout Draft) {
    let policy = draft.situation.policy
    let names = choice.workers.map(\.worker.name.rawValue).sorted()
    let those = names.count == 1 ? "worker \(names[0])" : "workers \(Phrase.list(names))"
    let reason = Reason(
      .consolidates,
      "Takes the place of \(those): that saves \(Phrase.amount(choice.saving.perHour, policy)) an hour.",
      data: [
        Substitution.consolidates: names.joined(separator: " "), "saving_per_hour": "\(choice.saving.perHour.units)",
        "churn": "\(choice.churn.units)",
      ])
    let obstacle = draft.create(offer, reason)
    draft.note(offer.pool.name, obstacle?.reason(offer, draft.situation) ?? reason)
    guard obstacle == nil else { return }
    for candidate in choice.workers {
      draft.note(
        candidate.worker.name, .replace,
        Reason(
          .consolidationWaits,
          "Worker \(candidate.worker.name) goes when \(draft.plan.creations.last!.worker), which costs less, is ready.")
      )
    }
  }

  private static func remove(
    _ worker: WorkerRecord, _ choice: ConsolidationSearch.Choice, _ draft: inout Draft
  ) {
    guard let pool = draft.situation.policy.pool(worker.pool) else { return }
    if let refusal = ShrinkGate.limit(pool, draft) ?? draft.evacuate(worker) {
      draft.note(worker.name, .keep, refusal)
      return
    }
    ShrinkGate.retire(
      worker, pool,
      Reason(
        .consolidated,
        "Worker \(worker.name) goes: each of its pods has a place on the workers that stay, which saves "
          + "\(Phrase.amount(worker.price.perHour, draft.situation.policy)) an hour.",
        data: ["saving_per_hour": "\(choice.saving.perHour.units)"]), &draft)
  }
}
