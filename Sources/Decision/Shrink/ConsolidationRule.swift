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
    let busy = inFlight(draft).reduce(into: Set<PoolName>()) { busy, flight in
      busy.insert(flight.substitute.pool)
      for worker in flight.replaced { busy.insert(worker.pool) }
    }
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
      remove(choice, &draft)
    }
  }

  // MARK: - The second half

  /// Lets those go whose substitutes are ready. Comes before anything else can take the substitutes' room.
  @Sendable static func finish(_ draft: inout Draft) {
    let situation = draft.situation
    guard situation.policy.consolidation.enabled, situation.nodes != nil, situation.pods != nil else { return }
    for (substitute, replaced) in inFlight(draft) {
      guard substitute.state == .ready else {
        for worker in replaced where worker.isStaying {
          draft.note(
            worker.name, .replace,
            Reason(
              .consolidationWaits, "Worker \(worker.name) goes when \(substitute.name), which costs less, is ready."))
        }
        continue
      }
      finish(replaced.filter { $0.isStaying && !draft.retiring.contains($0.name) }, substitute, &draft)
    }
  }

  /// Substitutes that wait for others to go, with these.
  private static func inFlight(_ draft: Draft) -> [(substitute: WorkerRecord, replaced: [WorkerRecord])] {
    let situation = draft.situation
    return situation.workers.filter { $0.isStaying && $0.reason.has(.consolidates) }.compactMap { substitute in
      let replaced = Substitution.replaced(by: substitute, situation)
      return replaced.isEmpty || !Substitution.isInFlight(substitute, situation) ? nil : (substitute, replaced)
    }
  }

  /// All together, so that none moves to another that goes; one by one where that is not possible.
  private static func finish(_ replaced: [WorkerRecord], _ substitute: WorkerRecord, _ draft: inout Draft) {
    var due: [WorkerRecord] = []
    var quotas: [PoolName: Int] = [:]
    for worker in replaced {
      guard let pool = draft.situation.policy.pool(worker.pool) else { continue }
      if let hold = ShrinkGate.hold(pool, draft) ?? ShrinkGate.limit(pool, draft) {
        draft.note(pool.name, hold)
        draft.note(worker.name, .keep, hold)
        continue
      }
      let quota = quotas[pool.name] ?? ShrinkGate.quota(pool, draft)
      quotas[pool.name] = quota - 1
      if quota > 0, due.count < draft.removalSlots { due.append(worker) }
    }
    guard !due.isEmpty else { return }
    if draft.withEvacuation({ $0.moveTogether(due, &$1) }) {
      for worker in due { retire(worker, substitute, &draft) }
      return
    }
    for worker in due {
      if let refusal = draft.evacuate(worker) {
        draft.note(worker.name, .keep, refusal)
      } else {
        retire(worker, substitute, &draft)
      }
    }
  }

  private static func retire(_ worker: WorkerRecord, _ substitute: WorkerRecord, _ draft: inout Draft) {
    guard let pool = draft.situation.policy.pool(worker.pool) else { return }
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

  private static func remove(_ choice: ConsolidationSearch.Choice, _ draft: inout Draft) {
    let workers = choice.workers.map(\.worker)
    guard workers.count <= draft.removalSlots, draft.withEvacuation({ $0.moveTogether(workers, &$1) }) else { return }
    for worker in workers {
      guard let pool = draft.situation.policy.pool(worker.pool) else { continue }
      ShrinkGate.retire(
        worker, pool,
        Reason(
          .consolidated,
          "Worker \(worker.name) goes: each of its pods has a place on the workers that stay, which saves "
            + "\(Phrase.amount(worker.price.perHour, draft.situation.policy)) an hour.",
          data: ["saving_per_hour": "\(choice.saving.perHour.units)"]), &draft)
    }
  }
}
