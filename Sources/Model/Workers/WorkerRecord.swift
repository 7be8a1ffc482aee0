/// All that is known of a worker by our own records: what it is to be, how far it is, and what it has cost.
///
/// Written to the journal before each action that it leads to; with the observations of the world it is enough to go on
/// after a crash.
public struct WorkerRecord: Hashable, Sendable, Codable {
  public var id: WorkerID
  public var name: WorkerName
  public var pool: PoolName
  public var template: TemplateName
  /// After the pool's saving.
  public var price: HourlyPrice
  /// Why it was asked for.
  public var reason: Reason
  /// The manual request that it serves, if any.
  public var request: RequestID?
  /// When the intent was written.
  public var createdAt: Instant

  public var state: WorkerState
  public var stateSince: Instant
  /// The step in work while provisioning, joining, draining, repairing or terminating.
  public var step: StepRecord?

  /// Set as soon as they are known.
  public var machine: MachineID?
  public var host: HostName?
  /// What the machine's firmware showed as its UUID when it last bore our mark; `nil` when that was not told.
  public var firmware: String?
  public var address: String?
  public var readyAt: Instant?

  public var timeToLive: TimeToLiveRecord?
  public var removal: RemovalRecord?
  public var repair: RepairRecord?
  /// A sentence on what failed last.
  public var lastError: String?

  /// Of one that was made in advance, to be started when it is needed; `nil` for all others.
  public var standby: StandbyRecord?
  /// What it was made from; `nil` in records of old.
  public var build: TemplateBuild?

  /// Since when the machine, which had been seen, has not been in the list; `nil` while it is seen. The bill ends there.
  public var missingSince: Instant?
  /// `true`: gone without its machine having been seen to go, so that this may show up again; absent otherwise.
  public var mayReappear: Bool?

  /// From the end of the clone to the deletion of the machine.
  public var billedFrom: Instant?
  public var billedUntil: Instant?

  public init(
    id: WorkerID, name: WorkerName, pool: PoolName, template: TemplateName, price: HourlyPrice, reason: Reason,
    createdAt: Instant
  ) {
    self.id = id
    self.name = name
    self.pool = pool
    self.template = template
    self.price = price
    self.reason = reason
    self.createdAt = createdAt
    state = .requested
    stateSince = createdAt
  }

  /// What it has cost until `now`: until its activation at the price of a standby clone.
  public func cost(until now: Instant) -> Money {
    guard let billedFrom else { return .zero }
    let end = min(now, billedUntil ?? now)
    guard let standby else { return price.cost(of: end - billedFrom) }
    guard let activatedAt = standby.activatedAt, activatedAt < end else {
      return standby.price.cost(of: end - billedFrom)
    }
    let began = max(activatedAt, billedFrom)
    return standby.price.cost(of: began - billedFrom) + price.cost(of: end - began)
  }

  /// Kept for later: a machine that is no capacity, or is to become one.
  public var isReserve: Bool {
    if let standby { return standby.activatedAt == nil }
    return state == .standby
  }

  /// What it costs an hour now, or will once its clone has ended.
  public var presentPrice: HourlyPrice { isReserve ? standby?.price ?? price : price }

  /// Since when it is wanted as a worker: its intent, or its activation.
  public var wantedSince: Instant { standby?.activatedAt ?? createdAt }
}

/// A clone that was made in advance: configured, stopped, and much quicker to become a worker.
public struct StandbyRecord: Hashable, Sendable, Codable {
  /// Until its activation.
  public var price: HourlyPrice
  /// When it had been cloned and configured.
  public var readyAt: Instant?
  /// When it was taken into use; `nil` while it waits.
  public var activatedAt: Instant?

  public init(price: HourlyPrice) { self.price = price }
}

/// A step in work.
public struct StepRecord: Hashable, Sendable, Codable {
  /// The step's name as in configuration and metrics, for example `clone_vm_from_template`.
  public var name: String
  public var startedAt: Instant
  /// 1 for the first.
  public var attempt: Int
  /// Whether its call has been sent; after a crash the effect is looked for before the call is repeated.
  public var called: Bool
  /// The hypervisor's reference to the running task.
  public var task: String?
  /// Not before this instant is the next attempt made.
  public var notBefore: Instant?
  /// `true`: its call was answered that it is not its turn yet, and it waits; absent otherwise.
  public var waitsForTurn: Bool?

  public init(name: String, startedAt: Instant, attempt: Int = 1) {
    self.name = name
    self.startedAt = startedAt
    self.attempt = attempt
    called = false
  }
}

/// When a temporary worker is due to go.
public struct TimeToLiveRecord: Hashable, Sendable, Codable {
  public var expiresAt: Instant
  /// From `createdAt`, never exceeded by extensions.
  public var latest: Instant
  public var extensions: Int
  /// Whether its end has been announced.
  public var announced: Bool

  public init(expiresAt: Instant, latest: Instant) {
    self.expiresAt = expiresAt
    self.latest = latest
    extensions = 0
    announced = false
  }
}

/// That a worker is to go, why, and how far its drain is.
public struct RemovalRecord: Hashable, Sendable, Codable {
  public var reason: Reason
  public var askedAt: Instant
  /// Do not wait for pods, and use power-off.
  public var force: Bool
  public var drainStartedAt: Instant?
  public var lastBatchAt: Instant?
  /// Pods whose eviction was accepted.
  public var evicted: [PodKey]
  /// Why the drain does not get on, for example a disruption budget's name.
  public var blockedBy: String?
  /// Pods whose eviction a disruption budget refused when it was last asked for, by pod; absent when there are none.
  public var refusals: [EvictionRefusal]?

  public init(reason: Reason, askedAt: Instant, force: Bool = false) {
    self.reason = reason
    self.askedAt = askedAt
    self.force = force
    evicted = []
  }
}

/// A pod that a disruption budget keeps where it is.
public struct EvictionRefusal: Hashable, Sendable, Codable {
  public var pod: PodKey
  /// The budget's name, in the pod's namespace.
  public var budget: String

  public init(pod: PodKey, budget: String) {
    self.pod = pod
    self.budget = budget
  }

  /// `namespace/name` of the budget.
  public var budgetKey: String { "\(pod.namespace)/\(budget)" }
}

/// What has been tried on an unhealthy worker.
public struct RepairRecord: Hashable, Sendable, Codable {
  public var issue: RepairIssue
  public var since: Instant
  /// The action that the plan ordered and that is being carried out; `nil` between actions.
  public var inWork: RepairAction?
  /// The next level to try, 0 for the first.
  public var nextLevel: Int
  public var attempts: Int
  public var lastAttemptAt: Instant?

  public init(issue: RepairIssue, since: Instant) {
    self.issue = issue
    self.since = since
    nextLevel = 0
    attempts = 0
  }
}
