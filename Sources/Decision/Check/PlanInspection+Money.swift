import Model

extension PlanInspection {
  /// Every cap must hold what is spent, what is promised and what the plan adds. Only a pool's minimum may exceed it.
  mutating func checkMoney() {
    guard !plan.creations.isEmpty || plan.standbys != nil else { return }
    guard case .known(let spending, _) = snapshot.spending, spending.monthStart <= snapshot.now,
      snapshot.now < spending.monthEnd
    else {
      checkOnlyMinimum(because: .ledgerUnknown, "what has been spent is unknown")
      return
    }
    var sums = Sums(snapshot)
    var sizes: [PoolName: Int] = [:]
    for creation in plan.creations {
      guard let pool = poolsByName[creation.pool] else { continue }
      let size = sizes[pool.name] ?? wanted(in: pool.name).count
      sizes[pool.name] = size + 1
      let (month, whole) = promise(of: creation, pool, isMinimum: size < pool.minimum, monthEnd: spending.monthEnd)
      if creation.commitment.microunits != month {
        report(
          .commitment, "\(creation.worker) commits \(month) micro-units, not \(creation.commitment.microunits).",
          worker: creation.worker)
      }
      let isFree = size >= pool.minimum && !replacesMinimum(creation, pool)
      sums.add(pool, month, whole, isFree: isFree)
      sums.addHour(pool.name, creation.price.perHour.microunits)
    }
    addStandbys(to: &sums, spending.monthEnd)
    for record in snapshot.workers where record.state != .terminated && reserves[record.name] == nil {
      let (month, whole) = promise(of: record, monthEnd: spending.monthEnd)
      sums.byPool[record.pool, default: 0] += month
      sums.all += month
      sums.addHour(record.pool, record.price.perHour.microunits)
      if poolsByName[record.pool]?.kind == .burst { sums.event += whole }
    }
    compareCaps(sums)
    compareHourlyCaps(sums)
  }

  /// Clones that wait, but for those that the plan starts, and the ones that it makes.
  private mutating func addStandbys(to sums: inout Sums, _ monthEnd: Instant) {
    let started = Set(plan.creations.filter(\.isActivation).map(\.worker))
    let wayOut = policy.draining.limit + policy.termination.limit
    for name in reserves.keys.sorted() where !started.contains(name) {
      let record = reserves[name]!
      let price = record.standby?.price ?? record.price
      let horizon = poolsByName[record.pool]?.horizon ?? .zero
      var span = max(record.createdAt - snapshot.now + horizon, wayOut)
      if !keptReserves.contains(name) {
        let since = record.removal?.askedAt ?? record.stateSince
        span = max(since.advanced(by: wayOut) - snapshot.now, policy.termination.limit)
      }
      let month = min(cost(price, span), cost(price, monthEnd - snapshot.now))
      sums.byPool[record.pool, default: 0] += month
      sums.all += month
      sums.addHour(record.pool, price.perHour.microunits)
    }
    for standby in plan.standbys ?? [] {
      guard let pool = poolsByName[standby.pool] else { continue }
      let price = standby.standbyPrice
      let month = min(cost(price, max(pool.horizon, wayOut)), cost(price, monthEnd - snapshot.now))
      if standby.commitment.microunits != month {
        report(
          .commitment, "\(standby.worker) commits \(month) micro-units as a standby clone.", worker: standby.worker)
      }
      sums.byPool[pool.name, default: 0] += month
      sums.all += month
      sums.addHour(pool.name, price.perHour.microunits)
      sums.freePools.insert(pool.name)
    }
  }

  /// Spent and promised in micro-units, and under which caps something is created that could have been refused.
  private struct Sums {
    var byPool: [PoolName: Int64] = [:]
    var all: Int64 = 0
    var event: Int64 = 0
    /// What all workers that are there, on their way in or out, cost an hour.
    var hourByPool: [PoolName: Int64] = [:]
    var hour: Int64 = 0
    var freePools: Set<PoolName> = []
    var hasFreeBurst = false

    init(_ snapshot: Snapshot) {
      for (pool, spent) in snapshot.spending.value?.byPool ?? [:] {
        byPool[pool] = spent.microunits
        all += spent.microunits
      }
      event = snapshot.spending.value?.burstEvent.microunits ?? 0
    }

    mutating func addHour(_ pool: PoolName, _ price: Int64) {
      hourByPool[pool, default: 0] += price
      hour += price
    }

    mutating func add(_ pool: Pool, _ month: Int64, _ whole: Int64, isFree: Bool) {
      byPool[pool.name, default: 0] += month
      all += month
      if pool.kind == .burst { event += whole }
      guard isFree else { return }
      freePools.insert(pool.name)
      if pool.kind == .burst { hasFreeBurst = true }
    }
  }

  private mutating func compareCaps(_ sums: Sums) {
    for pool in policy.pools {
      guard let cap = pool.monthlyBudget, sums.freePools.contains(pool.name) else { continue }
      let sum = sums.byPool[pool.name] ?? 0
      if sum > cap.microunits {
        report(.poolBudget, "Pool \(pool.name) would commit \(Money(microunits: sum)) of \(cap).", pool: pool.name)
      }
    }
    if let cap = policy.money.monthlyBudget, !sums.freePools.isEmpty, sums.all > cap.microunits {
      report(.totalBudget, "All pools would commit \(Money(microunits: sums.all)) of \(cap).")
    }
    if let cap = policy.money.burstEventMaximum, sums.hasFreeBurst, sums.event > cap.microunits {
      report(.burstEventBudget, "The burst event would commit \(Money(microunits: sums.event)) of \(cap).")
    }
  }

  private mutating func compareHourlyCaps(_ sums: Sums) {
    for pool in policy.pools {
      guard let cap = pool.hourlyBudget?.perHour, sums.freePools.contains(pool.name) else { continue }
      let sum = sums.hourByPool[pool.name] ?? 0
      if sum > cap.microunits {
        let cost = "\(Money(microunits: sum)) of \(cap)"
        report(.poolHourlyBudget, "Pool \(pool.name) would cost \(cost) an hour.", pool: pool.name)
      }
    }
    if let cap = policy.money.hourlyBudget?.perHour, !sums.freePools.isEmpty, sums.hour > cap.microunits {
      report(.totalHourlyBudget, "All pools would cost \(Money(microunits: sums.hour)) of \(cap) an hour.")
    }
  }

  private mutating func checkOnlyMinimum(because rule: PlanViolation.Rule, _ why: String) {
    if plan.standbys != nil { report(rule, "A standby clone would be made while \(why).") }
    var sizes: [PoolName: Int] = [:]
    for creation in plan.creations {
      guard let pool = poolsByName[creation.pool] else { continue }
      let size = sizes[pool.name] ?? wanted(in: pool.name).count
      sizes[pool.name] = size + 1
      if size >= pool.minimum && !replacesMinimum(creation, pool) {
        report(rule, "\(creation.worker) would be created above the minimum while \(why).", worker: creation.worker)
      }
    }
  }

  /// A substitute for a broken worker of the minimum may cost what it must.
  private func replacesMinimum(_ creation: Creation, _ pool: Pool) -> Bool {
    creation.reason.code == "replaces_worker" && wanted(in: pool.name).count <= pool.minimum
  }

  private func cost(_ price: HourlyPrice, _ span: Duration) -> Int64 {
    let milliseconds = span.milliseconds
    if milliseconds <= 0 { return 0 }
    // Hours and the rest apart, so that the product stays small; rounded up.
    let (hours, rest) = milliseconds.quotientAndRemainder(dividingBy: 3_600_000)
    let part = price.perHour.microunits * rest
    return price.perHour.microunits * hours + part / 3_600_000 + (part % 3_600_000 > 0 ? 1 : 0)
  }

  private func promise(
    of creation: Creation, _ pool: Pool, isMinimum: Bool, monthEnd: Instant
  ) -> (month: Int64, whole: Int64) {
    let toMonthEnd = cost(creation.price, monthEnd - snapshot.now)
    if isMinimum { return (toMonthEnd, toMonthEnd) }
    var span = pool.horizon
    if let life = creation.timeToLive { span = life + policy.cleanup.grace + policy.draining.limit }
    let whole = cost(creation.price, span)
    return (min(whole, toMonthEnd), whole)
  }

  private func promise(of record: WorkerRecord, monthEnd: Instant) -> (month: Int64, whole: Int64) {
    let toMonthEnd = cost(record.price, monthEnd - snapshot.now)
    let wayOut = policy.draining.limit + policy.termination.limit
    let members = wanted(in: record.pool)
    var span: Duration
    if !members.contains(where: { $0.name == record.name }) {
      let since = record.removal?.askedAt ?? record.stateSince
      span = max(since.advanced(by: wayOut) - snapshot.now, policy.termination.limit)
    } else {
      let pool = poolsByName[record.pool]
      func rank(_ worker: WorkerRecord) -> (Instant, Int, WorkerName) {
        (worker.wantedSince, worker.reason.code == "below_minimum" ? 0 : 1, worker.name)
      }
      let older = members.filter { rank($0) < rank(record) }.count
      if older < pool?.minimum ?? 0 { return (toMonthEnd, toMonthEnd) }
      if let life = record.timeToLive {
        span = life.expiresAt - snapshot.now + policy.cleanup.grace + policy.draining.limit
      } else {
        span = (record.standby?.activatedAt ?? record.createdAt) - snapshot.now + (pool?.horizon ?? .zero)
      }
      span = max(span, wayOut)
    }
    let whole = cost(record.price, span)
    return (min(whole, toMonthEnd), whole)
  }
}
