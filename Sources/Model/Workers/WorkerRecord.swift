/// All that is known of a worker by our own records: what it is to be, how far it is, and what it has cost.
///
/// Written to the journal before each action that it leads to; with the observations of the world it is enough to go on
/// after a crash.
public struct WorkerRecord: Hashable, Sendable, Codable {
  /// Behind one reference, since it is passed on far more often than it is changed.
  @usableFromInline var facts: Shared<WorkerFacts>

  @inlinable public var id: WorkerID {
    _read { yield facts.value.id }
    _modify { yield &facts.value.id }
  }

  @inlinable public var name: WorkerName {
    _read { yield facts.value.name }
    _modify { yield &facts.value.name }
  }

  @inlinable public var pool: PoolName {
    _read { yield facts.value.pool }
    _modify { yield &facts.value.pool }
  }

  @inlinable public var template: TemplateName {
    _read { yield facts.value.template }
    _modify { yield &facts.value.template }
  }

  /// After the pool's saving.
  @inlinable public var price: HourlyPrice {
    _read { yield facts.value.price }
    _modify { yield &facts.value.price }
  }

  /// Why it was asked for.
  @inlinable public var reason: Reason {
    _read { yield facts.value.reason }
    _modify { yield &facts.value.reason }
  }

  /// The manual request that it serves, if any.
  @inlinable public var request: RequestID? {
    _read { yield facts.value.request }
    _modify { yield &facts.value.request }
  }

  /// When the intent was written.
  @inlinable public var createdAt: Instant {
    _read { yield facts.value.createdAt }
    _modify { yield &facts.value.createdAt }
  }

  @inlinable public var state: WorkerState {
    _read { yield facts.value.state }
    _modify { yield &facts.value.state }
  }

  @inlinable public var stateSince: Instant {
    _read { yield facts.value.stateSince }
    _modify { yield &facts.value.stateSince }
  }

  /// The step in work while provisioning, joining, draining, repairing or terminating.
  @inlinable public var step: StepRecord? {
    _read { yield facts.value.step }
    _modify { yield &facts.value.step }
  }

  /// Set as soon as they are known.
  @inlinable public var machine: MachineID? {
    _read { yield facts.value.machine }
    _modify { yield &facts.value.machine }
  }

  @inlinable public var host: HostName? {
    _read { yield facts.value.host }
    _modify { yield &facts.value.host }
  }

  /// What the machine's firmware showed as its UUID when it last bore our mark; `nil` when that was not told.
  @inlinable public var firmware: String? {
    _read { yield facts.value.firmware }
    _modify { yield &facts.value.firmware }
  }

  @inlinable public var address: String? {
    _read { yield facts.value.address }
    _modify { yield &facts.value.address }
  }

  @inlinable public var readyAt: Instant? {
    _read { yield facts.value.readyAt }
    _modify { yield &facts.value.readyAt }
  }

  @inlinable public var timeToLive: TimeToLiveRecord? {
    _read { yield facts.value.timeToLive }
    _modify { yield &facts.value.timeToLive }
  }

  @inlinable public var removal: RemovalRecord? {
    _read { yield facts.value.removal }
    _modify { yield &facts.value.removal }
  }

  @inlinable public var repair: RepairRecord? {
    _read { yield facts.value.repair }
    _modify { yield &facts.value.repair }
  }

  /// A sentence on what failed last.
  @inlinable public var lastError: String? {
    _read { yield facts.value.lastError }
    _modify { yield &facts.value.lastError }
  }

  /// Of one that was made in advance, to be started when it is needed; `nil` for all others.
  @inlinable public var standby: StandbyRecord? {
    _read { yield facts.value.standby }
    _modify { yield &facts.value.standby }
  }

  /// What it was made from; `nil` in records of old.
  @inlinable public var build: TemplateBuild? {
    _read { yield facts.value.build }
    _modify { yield &facts.value.build }
  }

  /// Since when the machine, which had been seen, has not been in the list; `nil` while it is seen. The bill ends there.
  @inlinable public var missingSince: Instant? {
    _read { yield facts.value.missingSince }
    _modify { yield &facts.value.missingSince }
  }

  /// `true`: gone without its machine having been seen to go, so that this may show up again; absent otherwise.
  @inlinable public var mayReappear: Bool? {
    _read { yield facts.value.mayReappear }
    _modify { yield &facts.value.mayReappear }
  }

  /// From the end of the clone to the deletion of the machine.
  @inlinable public var billedFrom: Instant? {
    _read { yield facts.value.billedFrom }
    _modify { yield &facts.value.billedFrom }
  }

  @inlinable public var billedUntil: Instant? {
    _read { yield facts.value.billedUntil }
    _modify { yield &facts.value.billedUntil }
  }

  public init(
    id: WorkerID, name: WorkerName, pool: PoolName, template: TemplateName, price: HourlyPrice, reason: Reason,
    createdAt: Instant
  ) {
    facts = Shared(
      WorkerFacts(
        id: id, name: name, pool: pool, template: template, price: price, reason: reason, createdAt: createdAt,
        state: .requested, stateSince: createdAt))
  }

  public init(from decoder: any Decoder) throws { facts = try Shared(from: decoder) }

  public func encode(to encoder: any Encoder) throws { try facts.encode(to: encoder) }

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
  /// Since when the worker has had no node while it is drained; absent while the node is seen.
  public var nodeMissingSince: Instant?

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
  /// The next level to try for the issue, 0 for the first.
  public var nextLevel: Int
  /// The same for other issues that have had their turn; absent when there was none.
  public private(set) var otherLevels: [RepairIssue: Int]?
  /// Whatever they were for.
  public var attempts: Int
  public var lastAttemptAt: Instant?
  /// Since when every look of the action in work has lacked the node; absent while it is there.
  public var nodeMissingSince: Instant?

  public init(issue: RepairIssue, since: Instant) {
    self.issue = issue
    self.since = since
    nextLevel = 0
    attempts = 0
  }

  /// The next level to try for an issue: each goes on where it was left.
  public func nextLevel(for other: RepairIssue) -> Int {
    max(0, other == issue ? nextLevel : otherLevels?[other] ?? 0)
  }

  /// Another issue has its turn.
  public mutating func turn(to other: RepairIssue) {
    guard other != issue else { return }
    let next = nextLevel(for: other)
    if nextLevel != 0 { otherLevels = (otherLevels ?? [:]).merging([issue: nextLevel]) { $1 } }
    issue = other
    nextLevel = next
  }
}
