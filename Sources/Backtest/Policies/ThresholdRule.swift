import Model

/// The way of a plain threshold rule: above a threshold one more worker of the pool's default template, below one less.
///
/// Each pool for itself: it grows by one worker when the pods that wait and that such a worker could hold are as many as its
/// trigger of pending pods says (1 where there is none), or when what pods ask for of its CPU or memory is at its upper threshold, for
/// the trigger's hold time (2 min where there is none); and shrinks by one, the one with least on it, when both are below the
/// lower threshold for as long and stay below the upper one without it. After each change it waits for the pool's cooldown.
/// Requests stand in for use, which is kinder to it: with use it would take workers away whose pods then had no place. It
/// looks at no fit beyond that, knows no prices, no budgets and no times to live; minimum and maximum hold.
struct ThresholdRule: Strategy {
  let kind = BacktestResult.Kind.thresholds
  private let rules: [Rule]
  private let start: Instant
  private var clocks: [Clock]

  static let interval: Duration = .seconds(30)

  /// A pool's figures.
  struct Rule: Sendable {
    let pool: Pool
    /// Among the table's kinds.
    let kind: Int
    var pending = 1.0
    var growAt = 80.0
    var shrinkAt = 50.0
    var hold: Duration = .seconds(120)

    init(_ pool: Pool, kind: Int, _ policy: Policy) {
      self.pool = pool
      self.kind = kind
      if let utilisation = pool.utilisation {
        growAt = utilisation.growAtPercent
        shrinkAt = utilisation.shrinkAtPercent
      }
      let triggers = policy.triggers.filter { $0.pool == pool.name }
      if let trigger = triggers.first(where: { $0.kind == .pendingPods }) {
        pending = max(1, trigger.threshold)
        hold = trigger.hold
      }
      if let trigger = triggers.first(where: { $0.kind == .cpuPressure }) { growAt = trigger.threshold }
    }
  }

  /// Since when a pool is above or below.
  struct Clock: Sendable {
    var high: Instant?
    var low: Instant?
    var changedAt: Instant?
  }

  init(_ table: ReplayTable, start: Instant) {
    self.start = start
    let pools = table.policy.pools.filter(\.enabled).sorted { $0.name < $1.name }
    rules = pools.compactMap { pool in
      table.kind(pool: pool.name, template: pool.defaultTemplate).map { Rule(pool, kind: $0, table.policy) }
    }
    clocks = rules.map { _ in Clock() }
  }

  func notices(_ change: ReplayChange, at now: Instant) -> Instant? { now.roundedUp(from: start, step: Self.interval) }

  mutating func look(_ cluster: ReplayedCluster) -> Look {
    let now = cluster.now
    var look = Look()
    var times: [Instant] = []
    for index in rules.indices {
      let rule = rules[index]
      let state = State(rule, cluster)
      clocks[index].high = state.isHigh ? clocks[index].high ?? now : nil
      clocks[index].low = state.isLow ? clocks[index].low ?? now : nil
      act(index, state, cluster, &look.plan)
      let clock = clocks[index]
      for since in [clock.high, clock.low].compactMap({ $0 }) { times.append(since.advanced(by: rule.hold)) }
      guard let changed = clock.changedAt, clock.high != nil || clock.low != nil else { continue }
      times.append(changed.advanced(by: rule.pool.growCooldown))
      times.append(changed.advanced(by: rule.pool.shrinkCooldown))
    }
    if !look.plan.isEmpty { times.append(now.advanced(by: Self.interval)) }
    look.next = times.filter { $0 > now }.min().map { $0.roundedUp(from: start, step: Self.interval) }
    return look
  }

  private mutating func act(_ index: Int, _ state: State, _ cluster: ReplayedCluster, _ plan: inout Plan) {
    let (rule, now) = (rules[index], cluster.now)
    func isDue(_ since: Instant?, _ cooldown: Duration) -> Bool {
      guard let since, now - since >= rule.hold else { return false }
      return clocks[index].changedAt.map { now - $0 >= cooldown } ?? true
    }
    if isDue(clocks[index].high, rule.pool.growCooldown), cluster.slots(in: rule.pool) > 0 {
      plan.creations.append(cluster.creation(rule.kind, in: plan, state.growth))
      clocks[index].changedAt = now
    } else if isDue(clocks[index].low, rule.pool.shrinkCooldown),
      cluster.staying(in: rule.pool.name) > rule.pool.minimum, let worker = state.emptiest
    {
      let reason = Reason("low_use", "Pool \(rule.pool.name) is used to less than \(Int(rule.shrinkAt)) %.")
      plan.retirements.append(Retirement(worker: worker, byChoice: true, reason: reason))
      clocks[index].changedAt = now
    }
  }

  /// A pool as its thresholds see it.
  private struct State {
    let isHigh: Bool
    let isLow: Bool
    let growth: Reason
    let emptiest: WorkerName?

    init(_ rule: Rule, _ cluster: ReplayedCluster) {
      let table = cluster.table
      let own = cluster.living.filter { $0.record.pool == rule.pool.name && $0.isOpen }
      let pending = cluster.waiting.count { table.couldHold($0, kind: rule.kind) }
      func amounts(_ dimension: Int, _ workers: [ReplayedWorker]) -> (asked: Double, whole: Double) {
        workers.reduce((0, 0)) { sum, worker in
          let whole = table.kinds[worker.kind].room[dimension]
          return (sum.0 + Double(whole - worker.free[dimension]), sum.1 + Double(whole))
        }
      }
      let shares = [0, 1].map { dimension -> Double in
        let (asked, whole) = amounts(dimension, own)
        return whole > 0 ? asked / whole * 100 : 0
      }
      let share = shares.max() ?? 0
      let waits = Double(pending) >= rule.pending
      isHigh = waits || (!own.isEmpty && share >= rule.growAt)
      let last = own.min { (cluster.requestedShare($0), -$0.number) < (cluster.requestedShare($1), -$1.number) }
      emptiest = last?.record.name
      let rest = [0, 1].map { dimension -> Double in
        let (asked, whole) = amounts(dimension, own)
        let left = whole - Double(last.map { table.kinds[$0.kind].room[dimension] } ?? 0)
        return asked == 0 ? 0 : left > 0 ? asked / left * 100 : .infinity
      }
      isLow = !own.isEmpty && share < rule.shrinkAt && pending == 0 && (rest.max() ?? 0) < rule.growAt
      growth =
        waits
        ? Reason("pending_pods", "\(pending) pods wait that may run in pool \(rule.pool.name).")
        : Reason("high_use", "Pool \(rule.pool.name) is used to \(Int(rule.growAt)) % or more.")
    }
  }
}
