public import Model

/// A snapshot as the HTTP API shows it: everything that a decision rests on, with lengths of time in seconds.
///
/// Nothing is lost: a snapshot that was saved from the API can be read back and decided on again.
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
    public var triggers: [TriggerName: TriggerState]
    /// Cooldowns and back-off, by pool.
    public var pools: [PoolName: Pool]
    /// Since when each worker has had nothing to do.
    public var idleSince: [WorkerName: Instant]
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
  public var systems: [WorkerName: SystemObservation]
  /// Readings of the triggers' expressions, by trigger.
  public var readings: [TriggerName: Observed<Reading>]
  /// Open manual requests, oldest first.
  public var requests: [Request]
  /// What has been spent this month.
  public var spending: Observed<Spending>
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
    systems = snapshot.systems
    readings = snapshot.readings
    requests = snapshot.requests.map(Request.init)
    spending = snapshot.spending
    memory = Memory(
      triggers: snapshot.memory.triggers, pools: snapshot.memory.pools.mapValues(Pool.init),
      idleSince: snapshot.memory.idleSince)
  }

  /// The snapshot that it is a view of.
  public var snapshot: Snapshot {
    var snapshot = Snapshot(now: now)
    snapshot.workers = workers
    snapshot.nodes = nodes
    snapshot.pods = pods
    snapshot.hosts = hosts
    snapshot.machines = machines
    snapshot.systems = systems
    snapshot.readings = readings
    snapshot.requests = requests.map(\.request)
    snapshot.spending = spending
    snapshot.memory.triggers = memory.triggers
    snapshot.memory.pools = memory.pools.mapValues(\.memory)
    snapshot.memory.idleSince = memory.idleSince
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
    return memory
  }
}

extension Duration {
  /// Seconds, rounded to the millisecond.
  fileprivate init(wholeMilliseconds seconds: Double) {
    self = .milliseconds(Int64((seconds * 1000).rounded()))
  }
}
