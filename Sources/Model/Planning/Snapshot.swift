/// Everything that a decision rests on, at one instant. A saved snapshot with its policy gives the same plan again.
public struct Snapshot: Sendable, Codable, Equatable {
  public var now: Instant
  /// Our records of workers that are not terminated; sorted by name.
  public var workers: [WorkerRecord]
  public var nodes: Observed<[NodeObservation]>
  public var pods: Observed<[PodObservation]>
  public var disruptionBudgets: Observed<[DisruptionBudgetObservation]>
  /// Unknown: what DaemonSets take of a new node is learnt from the nodes that are there.
  public var daemonSets: Observed<[DaemonSetObservation]>
  /// Labels by namespace, for terms that choose namespaces by label.
  public var namespaceLabels: [String: [String: String]]
  public var hosts: Observed<[HostObservation]>
  public var machines: Observed<[MachineObservation]>
  /// Operating systems of our workers, by worker; a worker that did not answer is absent.
  public var systems: [WorkerName: SystemObservation]
  /// By trigger; a trigger without a reading is `unknown`.
  public var readings: [TriggerName: Observed<Reading>]
  /// Of pressure triggers that look ahead; one without a forecast is absent or `unknown`.
  public var forecasts: [TriggerName: Observed<Forecast>]
  /// Alerts that ask for workers and were not resolved, sorted by fingerprint.
  public var alerts: [AlertSignal]
  /// By schedule; one that is absent is not looked at.
  public var schedules: [ScheduleName: ScheduleWindow]
  /// Open manual requests, oldest first.
  public var requests: [ScaleRequest]
  public var spending: Observed<Spending>
  /// What earlier decisions left for this one.
  public var memory: DecisionMemory
  /// What the places that the lists come from cannot tell at all, one sentence each.
  public var untold: [String]

  public init(now: Instant) {
    self.now = now
    workers = []
    nodes = .unknown("No node list was read yet.")
    pods = .unknown("No pod list was read yet.")
    disruptionBudgets = .unknown("No list of disruption budgets was read yet.")
    daemonSets = .unknown("No list of DaemonSets was read yet.")
    namespaceLabels = [:]
    hosts = .unknown("No host list was read yet.")
    machines = .unknown("No machine list was read yet.")
    systems = [:]
    readings = [:]
    forecasts = [:]
    alerts = []
    schedules = [:]
    requests = []
    spending = .unknown("The ledger was not read yet.")
    memory = DecisionMemory()
    untold = []
  }
}

/// What has been spent in the current calendar month, terminated workers included, live ones until now.
public struct Spending: Hashable, Sendable, Codable {
  /// The month in the budget's zone, `2026-11`.
  public var month: String
  public var monthStart: Instant
  public var monthEnd: Instant
  public var byPool: [PoolName: Money]
  /// Of the burst event in progress, all its workers so far; zero when there is none.
  public var burstEvent: Money

  public init(month: String, monthStart: Instant, monthEnd: Instant) {
    self.month = month
    self.monthStart = monthStart
    self.monthEnd = monthEnd
    byPool = [:]
    burstEvent = .zero
  }

  public var total: Money { byPool.keys.sorted().reduce(.zero) { $0 + byPool[$1]! } }
}

/// A person's or a program's request for workers.
public struct ScaleRequest: Hashable, Sendable, Codable {
  public var id: RequestID
  public var pool: PoolName
  /// Workers to add, 1 or more.
  public var workers: Int
  public var template: TemplateName?
  public var timeToLive: Duration?
  public var askedAt: Instant
  /// Who asked, for the audit.
  public var askedBy: String
  /// How many of them have an intent already.
  public var served: Int
  /// Somebody's word that it waits for before it is served; `nil`: none.
  public var waitsFor: ApprovalID?

  public init(id: RequestID, pool: PoolName, workers: Int, askedAt: Instant, askedBy: String) {
    self.id = id
    self.pool = pool
    self.workers = workers
    self.askedAt = askedAt
    self.askedBy = askedBy
    served = 0
  }
}

/// What one decision must remember for the next: hold times, cooldowns, back-off, idle clocks. Survives restarts.
public struct DecisionMemory: Hashable, Sendable, Codable {
  public var triggers: [TriggerName: TriggerState]
  public var pools: [PoolName: PoolMemory]
  /// Since when each worker has had nothing to do.
  public var idleSince: [WorkerName: Instant]
  /// Where each forecast stands, held like a trigger's readings; absent in memories of old.
  public var forecasts: [TriggerName: TriggerState]?
  /// Alerts that were received and still fire, sorted by fingerprint.
  public var alerts: [AlertSignal]?
  /// By fingerprint: workers that became ready for an alert that still fires, sorted.
  public var alertWorkers: [String: [WorkerID]]?
  /// Since when each worker's pods have asked for less than the policy's share of it.
  public var underUsedSince: [WorkerName: Instant]?
  /// Since when fewer or cheaper workers would hold all pods without a break.
  public var savingSince: Instant?
  /// Names of workers that left while their machines could not be seen to go, and since when: such a machine may show up
  /// again, and nobody else is to bear its name then. Absent in memories of old.
  public var restingNames: [WorkerName: Instant]?

  public init() {
    triggers = [:]
    pools = [:]
    idleSince = [:]
  }
}

/// A pool's cooldowns and back-off.
public struct PoolMemory: Hashable, Sendable, Codable {
  /// When the last growth or shrinking had finished.
  public var grownAt: Instant?
  public var shrunkAt: Instant?
  /// Instants at which workers were retired by choice, within the shrink window.
  public var retirements: [Instant]
  public var backoffUntil: Instant?
  public var backoff: Duration?
  public var lastFailureAt: Instant?
  /// Since when CPU and memory have both been below the threshold for shrinking.
  public var lowSince: Instant?
  /// Instants of the present month at which workers had to make room or lost their machines; sorted.
  public var preemptions: [Instant]?

  public init() { retirements = [] }
}

/// Where a trigger stands.
public struct TriggerState: Hashable, Sendable, Codable {
  public enum Phase: String, Sendable, Codable, Hashable, CaseIterable {
    case inactive, pending, firing, unknown
  }

  public var phase: Phase
  /// Since when it is in this phase.
  public var since: Instant
  /// Since when the condition has been true without a gap; `nil` while it is false.
  public var trueSince: Instant?
  public var lastReading: Reading?
  /// Since when readings are missing.
  public var missingSince: Instant?
  /// Which condition it speaks of; another one begins anew. `nil`, as earlier versions wrote it, is taken for the same.
  public var condition: String?

  public init(phase: Phase, since: Instant) {
    self.phase = phase
    self.since = since
  }
}
