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
      guard let state = draft.memory.triggers[trigger.name], !state.isUncertain else {
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
    let chosen = draft.plan.retirements.count { retirement in
      retirement.byChoice && draft.situation.workers(of: pool.name).contains { $0.name == retirement.worker }
    }
    let staying = draft.situation.workers(of: pool.name).count { $0.isStaying }
    let share = Double(staying + gone - chosen) * draft.situation.policy.pace.shrinkPercent / 100
    // Never below what a schedule keeps.
    let spare = draft.stayingAfterPlan(pool.name) - draft.situation.scheduledMinimum(of: pool)
    return min(spare, max(1, Int(share)) - gone)
  }

  /// Lets a worker go by choice, and counts it.
  static func retire(_ worker: WorkerRecord, _ pool: Pool, _ reason: Reason, _ draft: inout Draft) {
    draft.retire(worker, byChoice: true, reason)
    draft.memory.pools[pool.name]?.retirements.append(draft.situation.now)
  }
}
