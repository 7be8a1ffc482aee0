import Model

/// What every choice to shrink a pool must pass, in this order.
enum ShrinkGate {
  /// Why nothing of the pool may go by choice now; `nil` when something may.
  static func hold(_ pool: Pool, _ draft: Draft) -> Reason? {
    let situation = draft.situation
    if let first = situation.missing.first, situation.nodes == nil || situation.pods == nil {
      return Reason(.listMissing, "Pool \(pool.name) does not shrink: \(first)")
    }
    for trigger in situation.triggers where trigger.pool == pool.name {
      guard let state = draft.memory.triggers[trigger.name],
        !state.isUncertain || SeededBug.shrinksWithoutReadings.isOn
      else {
        return Reason(
          .readingMissing, "Pool \(pool.name) does not shrink: trigger \(trigger.name) has no reading.",
          remedy: "It may shrink again when the reading is back.", data: ["trigger": trigger.name.rawValue])
      }
      if state.phase == .firing {
        return Reason(
          .poolGrows, "Pool \(pool.name) does not shrink: trigger \(trigger.name) fires.",
          data: ["trigger": trigger.name.rawValue])
      }
    }
    let scheduled = situation.scheduledMinimum(of: pool)
    if scheduled > pool.minimum, draft.stayingAfterPlan(pool.name) <= scheduled {
      return Reason(
        .scheduledMinimum,
        "Pool \(pool.name) does not shrink: a schedule keeps \(Phrase.count(scheduled, "worker")) there.",
        data: ["scheduled": "\(scheduled)"])
    }
    if draft.isGrowing(pool.name) {
      return Reason(.poolGrows, "Pool \(pool.name) does not shrink: it is growing.")
    }
    if let shrunk = draft.memory.pools[pool.name]?.shrunkAt {
      let end = shrunk.advanced(by: pool.shrinkCooldown)
      if end > situation.now {
        return Reason(
          .coolingDown, "Pool \(pool.name) does not shrink before \(end.clockText): it has shrunk just now.",
          data: ["until": end.description])
      }
    }
    return nil
  }

  /// How many more may go by choice within the window: a share of the workers that there were, at least one.
  static func allowance(_ pool: Pool, _ draft: Draft) -> Int {
    let gone = draft.memory.pools[pool.name]?.retirements.count ?? 0
    let staying = draft.situation.workers(of: pool.name).count { $0.isStaying }
    let before = staying + gone - (draft.chosen[pool.name] ?? 0)
    let share = max(1, Int(Double(before) * draft.situation.policy.pace.shrinkPercent / 100)) - gone
    // Never below what a schedule keeps.
    return min(share, draft.stayingAfterPlan(pool.name) - draft.situation.scheduledMinimum(of: pool))
  }

  /// How many workers of a pool may go by choice now, by its minimum, the pace and the number that leaves at once.
  static func quota(_ pool: Pool, _ draft: Draft) -> Int {
    max(
      0,
      min(
        draft.stayingAfterPlan(pool.name) - (SeededBug.ignoresMinimum.isOn ? 0 : pool.minimum),
        allowance(pool, draft), draft.removalSlots))
  }

  /// Why the quota is used up; `nil` while it is not.
  ///
  /// - Parameter more: as if so many more had gone.
  static func limit(_ pool: Pool, after more: Int = 0, _ draft: Draft) -> Reason? {
    if draft.stayingAfterPlan(pool.name) - more <= pool.minimum, !SeededBug.ignoresMinimum.isOn {
      return Reason(.minimumReached, "Pool \(pool.name) keeps its minimum of \(Phrase.count(pool.minimum, "worker")).")
    }
    if allowance(pool, draft) <= more {
      let pace = draft.situation.policy.pace
      return Reason(
        .shrinkPace,
        "Pool \(pool.name) has let go \(Phrase.number(pace.shrinkPercent)) % of its workers within "
          + "\(pace.shrinkWindow.text); the others wait.")
    }
    if draft.removalSlots <= more {
      return Reason(.removalLimit, "As many workers are leaving at once as may; pool \(pool.name) waits.")
    }
    return nil
  }

  /// Why a worker must stay whatever its pods are: its node says so, or it is there for pods that are about to come.
  static func hold(_ worker: WorkerRecord, _ draft: Draft) -> Reason? {
    let situation = draft.situation
    if let node = situation.node(of: worker), let why = Movability.hindrance(of: node, now: situation.now) {
      return Reason(.mustNotMove, "Worker \(worker.name) stays: \(why).")
    }
    if worker.reason.has(.alert),
      let alert = situation.firingAlerts.first(where: { $0.fingerprint == worker.reason.data[AlertRule.alert] })
    {
      return Reason(
        .alertHolds,
        "Worker \(worker.name) stays: alert \(alert.name), which it was made for, has fired since \(alert.startsAt).",
        remedy: "It may go when the alert is resolved; it goes in any case when its life ends.",
        data: [AlertRule.alert: alert.fingerprint])
    }
    let replaced = Substitution.replaced(by: worker, situation)
    guard !replaced.isEmpty, Substitution.isInFlight(worker, situation) else { return nil }
    let names = Phrase.list(replaced.map(\.name.rawValue))
    return Reason(.inUse, "Worker \(worker.name) stays: the pods of \(names) are to move to it.")
  }

  /// Lets a worker go by choice, and counts it.
  static func retire(_ worker: WorkerRecord, _ pool: Pool, _ reason: Reason, _ draft: inout Draft) {
    draft.retire(worker, byChoice: true, reason)
    draft.memory.pools[pool.name]?.retirements.append(draft.situation.now)
  }
}
