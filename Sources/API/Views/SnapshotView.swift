public import Model

/// A snapshot as the HTTP API shows it: everything that a decision rests on, with lengths of time in seconds.
///
/// Nothing is lost: a snapshot that was saved from the API can be read back and decided on again. Maps have plain texts
/// as keys, because `JSONEncoder` turns keys of any other type into snake case.
public struct SnapshotView: Codable, Sendable, Equatable {
  /// An open manual request.
  public struct Request: Codable, Sendable, Equatable {
    /// The same id sent twice is one request.
    public var id: RequestID
    /// The pool that is to grow.
    public var pool: PoolName
    /// Workers to add, 1 or more.
    public var workers: Int
    /// The template asked for; absent for the pool's default.
    public var template: TemplateName?
    /// Seconds, to the millisecond.
    public var timeToLiveSeconds: Double?
    /// When it was asked.
    public var askedAt: Instant
    /// Who asked.
    public var askedBy: String
    /// How many of its workers have an intent already.
    public var served: Int
  }

  /// What one decision left for the next.
  public struct Memory: Codable, Sendable, Equatable {
    /// Hold times, by trigger.
    public var triggers: [String: TriggerState]
    /// Cooldowns and back-off, by pool.
    public var pools: [String: Pool]
    /// Since when each worker has had nothing to do.
    public var idleSince: [String: Instant]
    /// Hold times of forecasts, by trigger; absent when no trigger looks ahead.
    public var forecasts: [String: TriggerState]?
    /// Alerts that fire; absent without any.
    public var alerts: [AlertSignal]?
    /// Workers that became ready for an alert, by its fingerprint; absent without any.
    public var alertWorkers: [String: [WorkerID]]?
  }

  /// A pool's cooldowns and back-off.
  public struct Pool: Codable, Sendable, Equatable {
    /// When the last growth had finished.
    public var grownAt: Instant?
    /// When the last shrinking had finished.
    public var shrunkAt: Instant?
    /// When workers were retired by choice, within the shrink window.
    public var retirements: [Instant]
    /// Not before this is a worker created again.
    public var backoffUntil: Instant?
    /// Seconds, to the millisecond.
    public var backoffSeconds: Double?
    /// When a creation failed last.
    public var lastFailureAt: Instant?
    /// Since when the load has been below the threshold for shrinking.
    public var lowSince: Instant?
    /// When workers were preempted in the present month; absent when none were.
    public var preemptions: [Instant]?
  }

  /// What has been spent in the current calendar month.
  public struct Month: Codable, Sendable, Equatable {
    /// The month in the budget's zone, `2026-11`.
    public var month: String
    /// When the month began.
    public var monthStart: Instant
    /// When the month ends.
    public var monthEnd: Instant
    /// Whole currency units, by pool.
    public var byPool: [String: Money]
    /// Whole currency units of the burst event in progress.
    public var burstEvent: Money
  }

  /// The instant that all of it is of.
  public var now: Instant
  /// Our records of workers that are not terminated, sorted by name.
  public var workers: [WorkerRecord]
  /// Kubernetes nodes.
  public var nodes: Observed<[NodeObservation]>
  /// Kubernetes pods.
  public var pods: Observed<[PodObservation]>
  /// Physical hosts.
  public var hosts: Observed<[HostObservation]>
  /// Virtual machines, foreign ones included.
  public var machines: Observed<[MachineObservation]>
  /// Operating systems of our workers, by worker.
  public var systems: [String: SystemObservation]
  /// Readings of the triggers' expressions, by trigger.
  public var readings: [String: Observed<Reading>]
  /// What pressure triggers are expected to read, by trigger; absent when none looks ahead.
  public var forecasts: [String: Observed<Forecast>]?
  /// Alerts that ask for workers; absent without any.
  public var alerts: [AlertSignal]?
  /// Windows in progress or next, by schedule; absent without any.
  public var schedules: [String: ScheduleWindow]?
  /// Open manual requests, oldest first.
  public var requests: [Request]
  /// What has been spent this month.
  public var spending: Observed<Month>
  /// What earlier decisions left for this one.
  public var memory: Memory

  /// The view of a snapshot.
  public init(_ snapshot: Snapshot) {
    now = snapshot.now
    workers = snapshot.workers
    nodes = snapshot.nodes
    pods = snapshot.pods
    hosts = snapshot.hosts
    machines = snapshot.machines
    systems = snapshot.systems.withTextKeys
    readings = snapshot.readings.withTextKeys
    forecasts = snapshot.forecasts.isEmpty ? nil : snapshot.forecasts.withTextKeys
    alerts = snapshot.alerts.isEmpty ? nil : snapshot.alerts
    schedules = snapshot.schedules.isEmpty ? nil : snapshot.schedules.withTextKeys
    requests = snapshot.requests.map(Request.init)
    spending = snapshot.spending.map(Month.init)
    memory = Memory(
      triggers: snapshot.memory.triggers.withTextKeys,
      pools: snapshot.memory.pools.mapValues(Pool.init).withTextKeys,
      idleSince: snapshot.memory.idleSince.withTextKeys, forecasts: snapshot.memory.forecasts?.withTextKeys,
      alerts: snapshot.memory.alerts, alertWorkers: snapshot.memory.alertWorkers)
  }

  /// The snapshot that it is a view of.
  public var snapshot: Snapshot {
    var snapshot = Snapshot(now: now)
    snapshot.workers = workers
    snapshot.nodes = nodes
    snapshot.pods = pods
    snapshot.hosts = hosts
    snapshot.machines = machines
    snapshot.systems = systems.withNames()
    snapshot.readings = readings.withNames()
    snapshot.forecasts = forecasts?.withNames() ?? [:]
    snapshot.alerts = alerts ?? []
    snapshot.schedules = schedules?.withNames() ?? [:]
    snapshot.requests = requests.map(\.request)
    snapshot.spending = spending.map(\.spending)
    snapshot.memory.triggers = memory.triggers.withNames()
    snapshot.memory.pools = memory.pools.mapValues(\.memory).withNames()
    snapshot.memory.idleSince = memory.idleSince.withNames()
    snapshot.memory.forecasts = memory.forecasts?.withNames()
    snapshot.memory.alerts = memory.alerts
    snapshot.memory.alertWorkers = memory.alertWorkers
    return snapshot
  }
}

extension SnapshotView.Request {
  init(_ request: ScaleRequest) {
    id = request.id
    pool = request.pool
    workers = request.workers
    template = request.template
    timeToLiveSeconds = request.timeToLive?.inSeconds
    askedAt = request.askedAt
    askedBy = request.askedBy
    served = request.served
  }

  var request: ScaleRequest {
    var request = ScaleRequest(id: id, pool: pool, workers: workers, askedAt: askedAt, askedBy: askedBy)
    request.template = template
    request.timeToLive = timeToLiveSeconds.map(Duration.init(wholeMilliseconds:))
    request.served = served
    return request
  }
}

extension SnapshotView.Pool {
  init(_ memory: PoolMemory) {
    grownAt = memory.grownAt
    shrunkAt = memory.shrunkAt
    retirements = memory.retirements
    backoffUntil = memory.backoffUntil
    backoffSeconds = memory.backoff?.inSeconds
    lastFailureAt = memory.lastFailureAt
    lowSince = memory.lowSince
    preemptions = memory.preemptions
  }

  var memory: PoolMemory {
    var memory = PoolMemory()
    memory.grownAt = grownAt
    memory.shrunkAt = shrunkAt
    memory.retirements = retirements
    memory.backoffUntil = backoffUntil
    memory.backoff = backoffSeconds.map(Duration.init(wholeMilliseconds:))
    memory.lastFailureAt = lastFailureAt
    memory.lowSince = lowSince
    memory.preemptions = preemptions
    return memory
  }
}

extension SnapshotView.Month {
  init(_ spending: Spending) {
    month = spending.month
    monthStart = spending.monthStart
    monthEnd = spending.monthEnd
    byPool = spending.byPool.withTextKeys
    burstEvent = spending.burstEvent
  }

  var spending: Spending {
    var spending = Spending(month: month, monthStart: monthStart, monthEnd: monthEnd)
    spending.byPool = byPool.withNames()
    spending.burstEvent = burstEvent
    return spending
  }
}

extension Dictionary where Key: TextIdentifier {
  fileprivate var withTextKeys: [String: Value] {
    .init(map { ($0.key.rawValue, $0.value) }, uniquingKeysWith: { first, _ in first })
  }
}

extension Dictionary where Key == String {
  fileprivate func withNames<Name: TextIdentifier>() -> [Name: Value] {
    .init(map { (Name(rawValue: $0.key), $0.value) }, uniquingKeysWith: { first, _ in first })
  }
}

extension Duration {
  /// Seconds, rounded to the millisecond.
  fileprivate init(wholeMilliseconds seconds: Double) {
    self = .milliseconds(Int64((seconds * 1000).rounded()))
  }
}
