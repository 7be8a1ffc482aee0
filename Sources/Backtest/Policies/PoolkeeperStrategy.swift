import Decision
import Model

/// Poolkeeper itself: `Decision.plan` and `PlanChecker` on whole snapshots, with the memory carried along.
///
/// It looks at its own ticks, as the control loop does: at the next one after every change, and at the first one after
/// every instant at which a clock of the decision runs out (hold times, idle times, cooldowns, times to live, the
/// pace of shrinking, a month's end, a schedule's window, the day on which a budget could run dry). In between nothing that
/// it sees changes, but for what commitments slowly set free; so it looks again after pauses that grow to
/// `ReplaySetting.busyPause` while pods wait, a condition is true or a worker should have gone, and to `quietPause` otherwise. So holds and cooldowns
/// are met within one tick, and room in a budget is noticed at most one such pause late.
struct PoolkeeperStrategy: Strategy {
  let kind = BacktestResult.Kind.poolkeeper
  private let policy: Policy
  private let setting: ReplaySetting
  private let history: History
  private var memory = DecisionMemory()
  private var pause: Duration
  private var lastLook: Instant?
  /// Instants at which the condition of a recorded trigger becomes true or false, ascending.
  private let turns: [Instant]

  /// Each pause is so many times as long as the one before.
  private static let growth = 16

  init(history: History, policy: Policy, setting: ReplaySetting) {
    self.history = history
    self.policy = policy
    self.setting = setting
    pause = policy.pace.tick
    turns = Self.turns(history, policy)
  }

  private static func turns(_ history: History, _ policy: Policy) -> [Instant] {
    var turns: Set<Instant> = []
    for trigger in policy.triggers {
      var last: Bool?
      for reading in history.readings[trigger.name] ?? [] {
        let holds = trigger.comparison.holds(reading.value, trigger.threshold)
        if holds != last { turns.insert(reading.at) }
        last = holds
      }
    }
    return turns.sorted()
  }

  private var tick: Duration { max(.seconds(1), policy.pace.tick) }

  private func onTick(_ instant: Instant) -> Instant { instant.roundedUp(from: history.start, step: tick) }

  func notices(_ change: ReplayChange, at now: Instant) -> Instant? { onTick(now) }

  mutating func look(_ cluster: ReplayedCluster) -> Look {
    bringUp(cluster)
    let now = cluster.now
    let snapshot = cluster.snapshot(memory: memory)
    let decision = Decision.plan(snapshot: snapshot, policy: policy)
    memory = decision.memory
    lastLook = now
    var look = Look(plan: decision.plan)
    if !decision.plan.isEmpty {
      let violations = PlanChecker.check(decision.plan, snapshot: snapshot, policy: policy)
      look.refusals = violations.map { Reason($0.rule.rawValue, $0.sentence) }
    }
    look.next = next(after: now, cluster, acted: !decision.plan.isEmpty)
    return look
  }

  /// As if it had looked at every tick since the last time: what it saw has not changed since then.
  private mutating func bringUp(_ cluster: ReplayedCluster) {
    let now = cluster.now
    for (pool, gone) in cluster.lastGone where memory.pools[pool] != nil {
      // Its cooldown runs from when the last of its workers was still seen to leave.
      if gone > memory.pools[pool]!.shrunkAt ?? .epoch { memory.pools[pool]!.shrunkAt = gone }
    }
    guard let lastLook, now - lastLook > tick else { return }
    let before = now.advanced(by: .zero - tick)
    for trigger in policy.triggers {
      if let recorded = history.readings[trigger.name] {
        for reading in recorded[recorded.index(after: lastLook)..<recorded.index(after: before)] {
          memory.triggers[trigger.name] = TriggerMachine.step(
            memory.triggers[trigger.name], trigger: trigger, reading: .known(reading, at: reading.at), now: reading.at,
            pace: policy.pace)
        }
      } else if memory.triggers[trigger.name]?.missingSince == nil,
        let last = memory.triggers[trigger.name]?.lastReading?.at, last < before
      {
        memory.triggers[trigger.name]!.lastReading!.at = before
      }
    }
  }

  // MARK: - When to look again

  private mutating func next(after now: Instant, _ cluster: ReplayedCluster, acted: Bool) -> Instant {
    let isBusy =
      !cluster.waiting.isEmpty || memory.triggers.values.contains { $0.trueSince != nil }
      || cluster.living.contains { isOverdue($0, now) }
    let limit = isBusy ? setting.busyPause : setting.quietPause
    pause = acted ? tick : max(tick, min(limit, pause * Self.growth))
    var next = now.advanced(by: pause)
    func consider(_ instant: Instant) {
      if instant > now { next = min(next, instant) }
    }
    considerMemory(consider)
    for worker in cluster.living { considerWorker(worker.record, consider) }
    for pod in cluster.waiting {
      consider(cluster.waitingSince(pod).advanced(by: policy.pace.maximumPending + .milliseconds(1)))
    }
    consider(cluster.ledger.month.end)
    for budget in budgets(cluster) { consider(budget) }
    let turn = turns.firstIndex { $0 > now }
    if let turn { consider(turns[turn]) }
    for schedule in policy.schedules {
      let lead = schedule.lead ?? policy.provisioning.usualTotal
      for window in setting.windows[schedule.name] ?? [] where window.end > now {
        consider(window.start.advanced(by: .zero - lead))
        consider(window.end)
        if window.start > now { break }
      }
    }
    return max(onTick(next), now.advanced(by: tick))
  }

  /// Whether it should have gone, and waits for others to be gone first.
  private func isOverdue(_ worker: ReplayedWorker, _ now: Instant) -> Bool {
    guard worker.isStaying, let life = worker.record.timeToLive else { return false }
    return life.expiresAt.advanced(by: policy.cleanup.grace) <= now
  }

  private func considerMemory(_ consider: (Instant) -> Void) {
    let unneeded = policy.consolidation.unneededFor
    for trigger in policy.triggers {
      for state in [memory.triggers[trigger.name], memory.forecasts?[trigger.name]] {
        if let since = state?.trueSince, state?.phase != .firing { consider(since.advanced(by: trigger.hold)) }
        if let since = state?.missingSince { consider(since.advanced(by: policy.pace.expectedSampleInterval * 2)) }
      }
    }
    for pool in policy.pools {
      guard let known = memory.pools[pool.name] else { continue }
      if let grown = known.grownAt {
        // Also when each of its workers has been ready for so long.
        consider(grown.advanced(by: unneeded))
        consider(grown.advanced(by: pool.growCooldown))
        if known.lowSince != nil { consider(grown.advanced(by: pool.shrinkCooldown)) }
      }
      if let until = known.backoffUntil { consider(until) }
      if let shrunk = known.shrunkAt { consider(shrunk.advanced(by: pool.shrinkCooldown)) }
      if let low = known.lowSince { consider(low.advanced(by: pool.shrinkCooldown)) }
      for retired in known.retirements { consider(retired.advanced(by: policy.pace.shrinkWindow)) }
    }
    for (_, since) in memory.underUsedSince ?? [:] { consider(since.advanced(by: unneeded)) }
    if let since = memory.savingSince { consider(since.advanced(by: unneeded)) }
  }

  private func considerWorker(_ record: WorkerRecord, _ consider: (Instant) -> Void) {
    if let idle = memory.idleSince[record.name], let timeout = policy.pool(record.pool)?.idleTimeout {
      consider(idle.advanced(by: timeout))
    }
    if let life = record.timeToLive {
      if policy.cleanup.warning > .zero, !life.announced {
        consider(life.expiresAt.advanced(by: .zero - policy.cleanup.warning))
      }
      consider(life.expiresAt.advanced(by: policy.cleanup.grace))
    }
  }

  /// Before the first of these nothing that is spent by now can have come near a monthly cap: what is left, less the way
  /// out of all workers one after the other, at the present rate.
  private func budgets(_ cluster: ReplayedCluster) -> [Instant] {
    let caps = policy.pools.compactMap { pool in pool.monthlyBudget.map { (pool: pool.name as PoolName?, cap: $0) } }
    let all = policy.money.monthlyBudget.map { [(pool: nil as PoolName?, cap: $0)] } ?? []
    guard !caps.isEmpty || !all.isEmpty else { return [] }
    let records = cluster.living.map(\.record)
    let spending = cluster.ledger.spending(records, now: cluster.now)
    let wayOut = policy.draining.limit + policy.termination.limit
    return (caps + all).compactMap { pool, cap in
      let own = records.filter { pool == nil || $0.pool == pool }
      let rate = own.reduce(Money.zero) { $0 + $1.price.perHour }
      guard rate > .zero else { return nil }
      let spent = pool.map { spending.byPool[$0] ?? .zero } ?? spending.total
      let limit = max(1, policy.provisioning.parallelLimit)
      let out = own.indices.reduce(Money.zero) { $0 + own[$1].price.cost(of: wayOut * ($1 / limit + 1)) }
      let hours = (cap - spent - out).units / rate.units
      guard hours > 0 else { return nil }
      return cluster.now.advanced(by: .milliseconds(Int64(min(hours, 10_000) * 3_600_000)))
    }
  }
}
