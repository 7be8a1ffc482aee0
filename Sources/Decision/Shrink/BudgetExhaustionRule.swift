import Model

/// Lets temporary workers go when a monthly cap leaves just enough for their way out, and warns well before.
enum BudgetExhaustionRule {
  @Sendable static func apply(_ draft: inout Draft) {
    let situation = draft.situation
    guard let spending = situation.spending else { return }
    for pool in situation.pools {
      guard let cap = pool.monthlyBudget else { continue }
      let spent = spending.byPool[pool.name] ?? .zero
      warn(pool, cap, spent, &draft)
      exhaust([pool], pool.name.rawValue, cap: cap, spent: spent, &draft)
    }
    if let cap = situation.policy.money.monthlyBudget {
      exhaust(situation.pools, "all", cap: cap, spent: spending.total, &draft)
    }
  }

  private static func warn(_ pool: Pool, _ cap: Money, _ spent: Money, _ draft: inout Draft) {
    let policy = draft.situation.policy
    let data = ["cap": "\(cap)", "spent": "\(spent)"]
    if cap > .zero, spent.units >= cap.units * policy.money.alertPercent / 100 {
      draft.note(
        pool.name,
        Reason(
          .budgetAlert,
          "Pool \(pool.name) has spent \(Phrase.amount(spent, policy)) of \(cap) this month, more than "
            + "\(Phrase.number(policy.money.alertPercent)) %.", data: data))
    }
    let commitments = Commitments(draft.situation)
    let kept = draft.situation.minimumWorkers(of: pool)
    let needed = draft.situation.workers(of: pool.name).filter { kept.contains($0.name) }.reduce(Money.zero) {
      $0 + commitments.of($1, pool: pool, isMinimum: true).month
    }
    guard !kept.isEmpty, spent + needed > cap else { return }
    draft.note(
      pool.name,
      Reason(
        .minimumOverBudget,
        "The minimum of pool \(pool.name) will cost \(spent + needed) by the month's end, \(spent + needed - cap) more "
          + "than its budget of \(Phrase.amount(cap, policy)).",
        remedy: "Raise the budget, lower min_size, or choose a smaller template.", data: data))
  }

  private static func exhaust(
    _ pools: [Pool], _ name: String, cap: Money, spent: Money, _ draft: inout Draft
  ) {
    let scope = name == "all" ? "all pools" : "pool \(name)"
    let situation = draft.situation
    var temporary: [WorkerRecord] = []
    for pool in pools where pool.isTemporary { temporary += dispensable(of: pool, draft) }
    let ordered = leastLossFirst(temporary, situation)
    // Only so many leave at once, so that the last ones are paid for while the first ones go.
    let limit = max(1, situation.policy.provisioning.parallelLimit)
    let wayOut = ordered.enumerated().reduce(Money.zero) { sum, entry in
      sum + entry.element.price.cost(of: situation.retirementSpan * (entry.offset / limit + 1))
    }
    guard !ordered.isEmpty, spent + wayOut >= cap else { return }
    guard situation.nodes != nil, situation.pods != nil else {
      for pool in pools where pool.isTemporary {
        draft.note(
          pool.name,
          Reason(
            .listMissing,
            "The monthly budget of \(scope), \(cap), is used up, but its workers' pods are not known: nothing goes yet."
          ))
      }
      return
    }
    for worker in ordered where !draft.retiring.contains(worker.name) {
      let reason = Reason(
        .budgetExhausted,
        "Worker \(worker.name) goes: \(spent) of the monthly budget of \(scope), \(cap), is spent, and what is left pays "
          + "just for the way out of the temporary workers.",
        remedy: "Raise the budget.",
        data: ["scope": name, "cap": "\(cap)", "spent": "\(spent)", "way_out": "\(wayOut)"])
      guard draft.removalSlots > 0 else {
        draft.note(worker.name, .keep, reason)
        continue
      }
      draft.retire(worker, byChoice: false, reason)
      draft.note(worker.pool, reason)
    }
  }

  /// What the loss of a worker costs: idle ones least, then those with few pods, then with unimportant ones.
  struct Loss: Comparable {
    let pods: Int
    let priority: Int
    let name: WorkerName

    static func < (left: Loss, right: Loss) -> Bool {
      (left.pods, left.priority, left.name) < (right.pods, right.priority, right.name)
    }
  }

  /// Workers of a pool that money may demand, those that go already included: not the minimum's, nor those that take the
  /// place of one of them that is broken or goes in this plan.
  static func dispensable(of pool: Pool, _ draft: borrowing Draft) -> [WorkerRecord] {
    let situation = draft.situation
    let retiring = draft.retiring
    let kept = situation.minimumWorkers(of: pool)
    let members = situation.workers(of: pool.name)
    var others = members.filter { $0.isStaying && !kept.contains($0.name) }
    var replaced: Set<WorkerName> = []
    others.removeAll { worker in
      guard worker.reason.has(.replacesWorker), !retiring.contains(worker.name),
        let broken = members.first(where: { kept.contains($0.name) && Substitution.isSubstitute(worker, of: $0) })
      else { return false }
      return replaced.insert(broken.name).inserted
    }
    // Where one of the minimum's goes without a substitute, that one becomes its heir whose loss costs most.
    let leaving = kept.count { retiring.contains($0) && !replaced.contains($0) }
    guard leaving > 0 else { return others }
    others = leastLossFirst(others, situation)
    let heirs = others.filter { !retiring.contains($0.name) }.suffix(leaving).map(\.name)
    others.removeAll { heirs.contains($0.name) }
    return others
  }

  static func leastLossFirst(_ workers: [WorkerRecord], _ situation: Situation) -> [WorkerRecord] {
    let losses = workers.map { worker in
      let load = situation.load(of: NodeName(worker.name.rawValue))
      return Loss(pods: load.workload.count, priority: load.highestPriority, name: worker.name)
    }
    return workers.indices.sorted { losses[$0] < losses[$1] }.map { workers[$0] }
  }
}
