import Model

/// How each cap stands; empty while the ledger is unknown.
enum BudgetLines {
  static func of(_ draft: Draft) -> [BudgetReport] {
    let situation = draft.situation
    guard let spending = situation.spending else { return [] }
    let purse = Purse(situation)
    var forecasts: [PoolName: Money] = [:]
    var forecast = spending.total
    for worker in situation.workers {
      let cost = rest(of: worker, situation, spending)
      forecasts[worker.pool, default: .zero] += cost
      forecast += cost
    }
    var lines = situation.pools.compactMap { pool in
      pool.monthlyBudget.map { cap in
        let spent = spending.byPool[pool.name] ?? .zero
        return BudgetReport(
          scope: pool.name.rawValue, cap: cap, spent: spent, committed: purse.committedByPool[pool.name] ?? .zero,
          forecast: spent + (forecasts[pool.name] ?? .zero))
      }
    }
    if let cap = situation.policy.money.monthlyBudget {
      lines.append(
        BudgetReport(scope: "all", cap: cap, spent: spending.total, committed: purse.committed, forecast: forecast))
    }
    if let cap = situation.policy.money.burstEventMaximum {
      lines.append(
        BudgetReport(
          scope: "burst_event", cap: cap, spent: spending.burstEvent, committed: purse.eventCommitted,
          forecast: spending.burstEvent + purse.eventCommitted))
    }
    return lines
  }

  /// What a worker costs until the month's end, its expiry, or the end of its way out.
  private static func rest(of worker: WorkerRecord, _ situation: Situation, _ spending: Spending) -> Money {
    var end = spending.monthEnd
    if !worker.isStaying {
      let asked = worker.removal?.askedAt ?? worker.stateSince
      end = min(end, max(asked.advanced(by: situation.retirementSpan), situation.now))
    } else if let life = worker.timeToLive {
      end = min(end, max(life.expiresAt.advanced(by: situation.policy.cleanup.grace), situation.now))
    }
    return worker.price.cost(of: end - situation.now)
  }
}
