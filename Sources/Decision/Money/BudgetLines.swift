import Model

/// How each cap stands. Those of the month and of the burst event are absent while the ledger is unknown.
enum BudgetLines {
  static func of(_ draft: Draft) -> [BudgetReport] {
    let (situation, purse) = (draft.situation, draft.purse)
    var lines: [BudgetReport] = []
    if let spending = situation.spending { lines += months(draft, purse, spending) }
    lines += hours(draft, purse)
    return lines.map { line in
      var line = line
      line.reason = attention(line, draft)
      return line
    }
  }

  private static func months(_ draft: Draft, _ purse: Purse, _ spending: Spending) -> [BudgetReport] {
    let situation = draft.situation
    let rest = Rest(draft, spending)
    var lines = situation.pools.compactMap { pool in
      pool.monthlyBudget.map { cap in
        let spent = spending.byPool[pool.name] ?? .zero
        return BudgetReport(
          scope: pool.name.rawValue, cap: cap, spent: spent, committed: purse.committedByPool[pool.name] ?? .zero,
          forecast: spent + (rest.byPool[pool.name] ?? .zero))
      }
    }
    if let cap = situation.policy.money.monthlyBudget {
      lines.append(
        BudgetReport(
          scope: "all", cap: cap, spent: spending.total, committed: purse.committed,
          forecast: spending.total + rest.all))
    }
    if let cap = situation.policy.money.burstEventMaximum {
      lines.append(
        BudgetReport(
          scope: "burst_event", cap: cap, spent: spending.burstEvent, committed: purse.eventCommitted,
          forecast: spending.burstEvent + purse.eventCommitted))
    }
    return lines
  }

  private static func hours(_ draft: Draft, _ purse: Purse) -> [BudgetReport] {
    let situation = draft.situation
    func line(_ scope: String, _ cap: HourlyPrice, _ hour: Money, _ isMember: (PoolName) -> Bool) -> BudgetReport {
      let all = (situation.workers + situation.reserves).filter { isMember($0.pool) }
      let spent = all.filter { $0.billedFrom != nil }.reduce(Money.zero) { $0 + $1.presentPrice.perHour }
      let started = draft.startedStandbys
      var forecast = hour
      for worker in all {
        let goes = !worker.isStaying || draft.retiring.contains(worker.name) || started.contains(worker.name)
        if goes { forecast -= worker.presentPrice.perHour }
      }
      for creation in draft.plan.creations where isMember(creation.pool) { forecast += creation.price.perHour }
      for standby in draft.plan.standbys ?? [] where isMember(standby.pool) {
        forecast += standby.standbyPrice.perHour
      }
      return BudgetReport(scope: scope, cap: cap.perHour, spent: spent, committed: hour - spent, forecast: forecast)
    }
    var lines = situation.pools.compactMap { pool in
      pool.hourlyBudget.map { cap in
        line("\(pool.name)/hour", cap, purse.hourByPool[pool.name] ?? .zero) { $0 == pool.name }
      }
    }
    if let cap = situation.policy.money.hourlyBudget { lines.append(line("all/hour", cap, purse.hour) { _ in true }) }
    return lines
  }

  /// Why a cap asks for attention: near the alert's percentage, or too small for what must be kept.
  private static func attention(_ line: BudgetReport, _ draft: Draft) -> Reason? {
    let policy = draft.situation.policy
    let data = ["scope": line.scope, "cap": "\(line.cap)", "spent": "\(line.spent)"]
    let isHourly = line.scope.hasSuffix("/hour")
    let pool = isHourly ? String(line.scope.dropLast("/hour".count)) : line.scope
    let whose = pool == "all" ? "all pools" : pool == "burst_event" ? "the burst event" : "pool \(pool)"
    if !isHourly, pool == "all", let spending = draft.situation.spending {
      let needed = spending.total + minimumCost(draft.situation)
      if needed > line.cap {
        return Reason(
          .minimumOverBudget,
          "The minimums of all pools will have cost \(needed) by the month's end, \(needed - line.cap) more than their "
            + "budget of \(Phrase.amount(line.cap, policy)).",
          remedy: "Raise the budget, lower min_size, or choose smaller templates.", data: data)
      }
    }
    let used = isHourly ? line.spent + line.committed : line.spent
    guard line.cap > .zero, used.units >= line.cap.units * policy.money.alertPercent / 100 else { return nil }
    let percent = Phrase.number(policy.money.alertPercent)
    let sentence =
      isHourly
      ? "The workers of \(whose) cost \(Phrase.amount(used, policy)) of \(line.cap) an hour, \(percent) % or more."
      : "\(whose.prefix(1).uppercased() + whose.dropFirst()) \(pool == "all" ? "have" : "has") spent "
        + "\(Phrase.amount(used, policy)) of \(line.cap), \(percent) % or more."
    return Reason(.budgetAlert, sentence, remedy: "Raise the cap, or let workers go.", data: data)
  }

  /// What the workers of all pools' minimums will cost until the month's end.
  private static func minimumCost(_ situation: Situation) -> Money {
    let commitments = Commitments(situation)
    return situation.pools.reduce(.zero) { sum, pool in
      let kept = situation.minimumWorkers(of: pool)
      return situation.workers(of: pool.name).filter { kept.contains($0.name) }.reduce(sum) {
        $0 + commitments.of($1, pool: pool, isMinimum: true).month
      }
    }
  }

  /// What is still to be paid this month if the fleet stays as it is after the plan.
  private struct Rest {
    var byPool: [PoolName: Money] = [:]
    var all = Money.zero

    init(_ draft: borrowing Draft, _ spending: Spending) {
      let situation = draft.situation
      for worker in situation.workers {
        add(worker.pool, worker.price, until: Self.end(of: worker, draft, spending), situation.now)
      }
      let started = draft.startedStandbys
      for standby in situation.reserves where !started.contains(standby.name) {
        add(standby.pool, standby.presentPrice, until: Self.end(of: standby, draft, spending), situation.now)
      }
      for standby in draft.plan.standbys ?? [] {
        add(standby.pool, standby.standbyPrice, until: spending.monthEnd, situation.now)
      }
      for creation in draft.plan.creations {
        var end = spending.monthEnd
        if let life = creation.timeToLive {
          end = min(end, situation.now.advanced(by: life + situation.policy.cleanup.grace))
        }
        add(creation.pool, creation.price, until: end, situation.now)
      }
    }

    private mutating func add(_ pool: PoolName, _ price: HourlyPrice, until end: Instant, _ now: Instant) {
      let cost = price.cost(of: end - now)
      byPool[pool, default: .zero] += cost
      all += cost
    }

    /// The month's end, a worker's expiry, or the end of its way out.
    private static func end(of worker: WorkerRecord, _ draft: Draft, _ spending: Spending) -> Instant {
      let (situation, monthEnd) = (draft.situation, spending.monthEnd)
      if !worker.isStaying || draft.retiring.contains(worker.name) {
        let asked = worker.isStaying ? situation.now : worker.removal?.askedAt ?? worker.stateSince
        return min(monthEnd, max(asked.advanced(by: situation.retirementSpan), situation.now))
      }
      guard let life = worker.timeToLive else { return monthEnd }
      return min(monthEnd, max(life.expiresAt.advanced(by: situation.policy.cleanup.grace), situation.now))
    }
  }
}
