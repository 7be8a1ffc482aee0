import Model

/// What may still be promised under each cap. A value: tried on a copy, kept when it succeeds.
struct Purse {
  /// A cap that an amount does not fit under.
  struct Shortfall: Equatable {
    var scope: String
    var code: ReasonCode
    var cap: Money
    var spent: Money
    var committed: Money
    var own: Money
  }

  private(set) var spentByPool: [PoolName: Money] = [:]
  private(set) var committedByPool: [PoolName: Money] = [:]
  private(set) var spent = Money.zero
  private(set) var committed = Money.zero
  private(set) var eventSpent = Money.zero
  private(set) var eventCommitted = Money.zero
  let isKnown: Bool
  let money: MoneyPolicy

  init(_ situation: Situation) {
    money = situation.policy.money
    isKnown = situation.spending != nil
    spentByPool = situation.spending?.byPool ?? [:]
    spent = situation.spending?.total ?? .zero
    eventSpent = situation.spending?.burstEvent ?? .zero
    let commitments = Commitments(situation)
    for worker in situation.workers {
      let pool = situation.policy.pool(worker.pool)
      let isMinimum = pool.map { situation.minimumWorkers(of: $0).contains(worker.name) } ?? false
      commit(commitments.of(worker, pool: pool, isMinimum: isMinimum), worker.pool, pool?.kind)
    }
  }

  /// The first cap that an amount does not fit under; `nil` when it fits under all.
  func shortfall(_ amount: Commitments.Amount, _ pool: Pool) -> Shortfall? {
    let (poolSpent, poolCommitted) = (spentByPool[pool.name] ?? .zero, committedByPool[pool.name] ?? .zero)
    if let cap = pool.monthlyBudget, poolSpent + poolCommitted + amount.month > cap {
      return Shortfall(
        scope: pool.name.rawValue, code: .poolBudget, cap: cap, spent: poolSpent, committed: poolCommitted,
        own: amount.month)
    }
    if let cap = money.monthlyBudget, spent + committed + amount.month > cap {
      return Shortfall(
        scope: "all", code: .totalBudget, cap: cap, spent: spent, committed: committed, own: amount.month)
    }
    if pool.kind == .burst, let cap = money.burstEventMaximum, eventSpent + eventCommitted + amount.whole > cap {
      return Shortfall(
        scope: "burst_event", code: .burstEventBudget, cap: cap, spent: eventSpent, committed: eventCommitted,
        own: amount.whole)
    }
    return nil
  }

  /// How many times an amount fits under every cap, at most `most`.
  func fitting(_ amount: Commitments.Amount, _ pool: Pool, atMost most: Int) -> Int {
    guard most > 0, shortfall(amount.times(most), pool) != nil else { return max(0, most) }
    var (fits, exceeds) = (0, most)
    while exceeds - fits > 1 {
      let middle = (fits + exceeds) / 2
      if shortfall(amount.times(middle), pool) == nil { fits = middle } else { exceeds = middle }
    }
    return fits
  }

  mutating func commit(_ amount: Commitments.Amount, _ pool: PoolName, _ kind: PoolKind?) {
    committedByPool[pool, default: .zero] += amount.month
    committed += amount.month
    if kind == .burst { eventCommitted += amount.whole }
  }
}
