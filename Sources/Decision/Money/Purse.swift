import Model

/// What may still be promised under each cap. A value: tried on a copy, kept when it succeeds.
struct Purse {
  /// A cap that an amount does not fit under. Of an hourly cap `spent` is what all workers cost an hour, those under way
  /// and on their way out included, and nothing is committed.
  struct Shortfall: Equatable {
    var scope: String
    var code: ReasonCode
    var cap: Money
    var spent: Money
    var committed: Money
    var own: Money

    var isHourly: Bool { code == .poolHourlyBudget || code == .totalHourlyBudget }
  }

  private(set) var spentByPool: [PoolName: Money] = [:]
  private(set) var committedByPool: [PoolName: Money] = [:]
  private(set) var spent = Money.zero
  private(set) var committed = Money.zero
  private(set) var eventSpent = Money.zero
  private(set) var eventCommitted = Money.zero
  /// What all workers cost an hour.
  private(set) var hourByPool: [PoolName: Money] = [:]
  private(set) var hour = Money.zero
  let isKnown: Bool
  let money: MoneyPolicy

  init(_ situation: Situation) {
    money = situation.policy.money
    isKnown = situation.spending != nil
    spentByPool = situation.spending?.byPool ?? [:]
    spent = situation.spending?.total ?? .zero
    eventSpent = situation.spending?.burstEvent ?? .zero
    let commitments = Commitments(situation)
    var minimums: [PoolName: Set<WorkerName>] = [:]
    for pool in situation.pools { minimums[pool.name] = situation.minimumWorkers(of: pool) }
    for worker in situation.workers where !(SeededBug.forgetsReservations.isOn && worker.state.isUnderWay) {
      let pool = situation.policy.pool(worker.pool)
      let isMinimum = minimums[worker.pool]?.contains(worker.name) ?? false
      commit(commitments.of(worker, pool: pool, isMinimum: isMinimum), worker.pool, pool?.kind)
    }
    for standby in situation.reserves {
      commit(commitments.of(reserve: standby, pool: situation.policy.pool(standby.pool)), standby.pool, nil)
    }
  }

  /// Takes back what was committed for a standby clone.
  mutating func release(_ amount: Commitments.Amount, _ pool: PoolName) {
    committedByPool[pool, default: .zero] -= amount.month
    committed -= amount.month
    hourByPool[pool, default: .zero] -= amount.hourly
    hour -= amount.hourly
  }

  /// The first cap that an amount does not fit under; `nil` when it fits under all.
  func shortfall(_ amount: Commitments.Amount, _ pool: Pool) -> Shortfall? {
    let (poolSpent, poolCommitted) = (spentByPool[pool.name] ?? .zero, committedByPool[pool.name] ?? .zero)
    if let cap = pool.monthlyBudget, poolSpent + poolCommitted + amount.month > cap {
      return Shortfall(
        scope: pool.name.rawValue, code: .poolBudget, cap: cap, spent: poolSpent, committed: poolCommitted,
        own: amount.month)
    }
    let poolHour = hourByPool[pool.name] ?? .zero
    if let cap = pool.hourlyBudget?.perHour, !SeededBug.ignoresHourlyBudgets.isOn, poolHour + amount.hourly > cap {
      return Shortfall(
        scope: "\(pool.name)/hour", code: .poolHourlyBudget, cap: cap, spent: poolHour, committed: .zero,
        own: amount.hourly)
    }
    if let cap = money.monthlyBudget, spent + committed + amount.month > cap {
      return Shortfall(
        scope: "all", code: .totalBudget, cap: cap, spent: spent, committed: committed, own: amount.month)
    }
    if let cap = money.hourlyBudget?.perHour, !SeededBug.ignoresHourlyBudgets.isOn, hour + amount.hourly > cap {
      return Shortfall(
        scope: "all/hour", code: .totalHourlyBudget, cap: cap, spent: hour, committed: .zero, own: amount.hourly)
    }
    if pool.kind == .burst, !SeededBug.ignoresBurstEvent.isOn, let cap = money.burstEventMaximum,
      eventSpent + eventCommitted + amount.whole > cap
    {
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
    hourByPool[pool, default: .zero] += amount.hourly
    hour += amount.hourly
    if kind == .burst { eventCommitted += amount.whole }
  }
}

extension Purse.Shortfall {
  /// The cap in words.
  var scopePhrase: String {
    switch code {
    case .totalBudget: "the monthly budget of all pools"
    case .totalHourlyBudget: "the hourly budget of all pools"
    case .burstEventBudget: "what one burst event may cost"
    case .poolHourlyBudget: "the hourly budget of pool \(scope.dropLast("/hour".count))"
    default: "the monthly budget of pool \(scope)"
    }
  }

  /// Why a worker of an offer is not created.
  func reason(_ offer: Offer, _ policy: Policy) -> Reason {
    let worker = "A \(offer.template.name) worker of pool \(offer.pool.name)"
    let sentence =
      isHourly
      ? "\(worker) costs \(Phrase.amount(own, policy)) an hour; with the \(spent) that workers cost already that exceeds "
        + "\(scopePhrase), \(cap)."
      : "\(worker) would commit \(Phrase.amount(own, policy)); with \(spent) spent and \(committed) committed that exceeds "
        + "\(scopePhrase), \(cap)."
    let wait = isHourly ? "until workers go" : "until commitments end"
    return Reason(
      code, sentence, remedy: "Raise the cap by \(spent + committed + own - cap), or wait \(wait).",
      data: [
        "scope": scope, "cap": "\(cap)", "spent": "\(spent)", "committed": "\(committed)", "own": "\(own)",
      ])
  }
}
