import Model

/// Lets temporary workers go while all workers under an hourly cap cost more than it allows, those first whose loss costs
/// least. That comes about when the cap is lowered, or when a minimum is kept beyond it.
enum HourlyBudgetRule {
  @Sendable static func apply(_ draft: inout Draft) {
    let situation = draft.situation
    for pool in situation.pools {
      guard let cap = pool.hourlyBudget else { continue }
      trim([pool], cap: cap.perHour, scope: "pool \(pool.name)", &draft)
    }
    if let cap = situation.policy.money.hourlyBudget {
      trim(situation.pools, cap: cap.perHour, scope: "all pools", &draft)
    }
  }

  private static func trim(_ pools: [Pool], cap: Money, scope: String, _ draft: inout Draft) {
    let situation = draft.situation
    let names = Set(pools.map(\.name))
    var hour = draft.plan.creations.filter { names.contains($0.pool) }.reduce(Money.zero) { $0 + $1.price.perHour }
    // Those that go already cost less and less: nothing more has to go because of them.
    for worker in situation.workers where names.contains(worker.pool) {
      if worker.isStaying, !draft.retiring.contains(worker.name) { hour += worker.price.perHour }
    }
    for standby in situation.reserves where names.contains(standby.pool) {
      if standby.isStaying, !draft.retiring.contains(standby.name), !draft.startedStandbys.contains(standby.name) {
        hour += standby.presentPrice.perHour
      }
    }
    guard hour > cap else { return }
    // What serves nobody goes first.
    hour = StandbyRule.trim(names, hour, cap, scope, &draft)
    guard hour > cap else { return }
    var temporary: [WorkerRecord] = []
    for pool in pools where pool.isTemporary {
      let retiring = draft.retiring
      temporary += BudgetExhaustionRule.dispensable(of: pool, draft).filter { !retiring.contains($0.name) }
    }
    guard situation.nodes != nil, situation.pods != nil else {
      for pool in pools where pool.isTemporary {
        draft.note(
          pool.name,
          Reason(
            .listMissing,
            "The workers of \(scope) cost \(hour) an hour, more than \(cap), but their pods are not known: nothing goes "
              + "yet."))
      }
      return
    }
    let ordered = BudgetExhaustionRule.leastLossFirst(temporary, draft.situation)
    for worker in ordered where hour > cap {
      let reason = Reason(
        .hourlyBudgetExceeded,
        "Worker \(worker.name) goes: the workers of \(scope) cost \(Phrase.amount(hour, situation.policy)) an hour, more "
          + "than their hourly budget of \(cap).",
        remedy: "Raise the hourly budget.", data: ["cap": "\(cap)", "hour": "\(hour)"])
      guard draft.removalSlots > 0 else {
        draft.note(worker.name, .keep, reason)
        break
      }
      draft.retire(worker, byChoice: false, reason)
      draft.note(worker.pool, reason)
      hour -= worker.price.perHour
    }
  }
}
