/// What is to be done now. Carried out only after PlanChecker has passed it and its intents are in the journal.
public struct Plan: Hashable, Sendable, Codable {
  public var creations: [Creation]
  public var retirements: [Retirement]
  public var repairs: [RepairOrder]
  public var announcements: [Announcement]
  /// Clones to make in advance; absent when there are none.
  public var standbys: [StandbyCreation]?

  public init() {
    creations = []
    retirements = []
    repairs = []
    announcements = []
  }

  public var isEmpty: Bool {
    creations.isEmpty && retirements.isEmpty && repairs.isEmpty && announcements.isEmpty
      && (standbys ?? []).isEmpty
  }
}

/// A worker to create.
public struct Creation: Hashable, Sendable, Codable {
  public var worker: WorkerName
  public var pool: PoolName
  public var template: TemplateName
  /// `nil` leaves the choice to the hypervisor's edge.
  public var host: HostName?
  public var price: HourlyPrice
  /// `nil`: it does not expire.
  public var timeToLive: Duration?
  /// Reserved in the budget.
  public var commitment: Money
  public var request: RequestID?
  public var reason: Reason
  /// `true`: the standby clone of this name is started, and no machine is made; absent otherwise.
  public var startsStandby: Bool?

  public init(
    worker: WorkerName, pool: PoolName, template: TemplateName, price: HourlyPrice, commitment: Money, reason: Reason
  ) {
    self.worker = worker
    self.pool = pool
    self.template = template
    self.price = price
    self.commitment = commitment
    self.reason = reason
  }

  /// Whether no machine has to be made.
  public var isActivation: Bool { startsStandby == true }
}

/// A clone to make in advance.
public struct StandbyCreation: Hashable, Sendable, Codable {
  /// The worker that it will be.
  public var worker: WorkerName
  public var pool: PoolName
  public var template: TemplateName
  public var host: HostName?
  /// Once it is a worker.
  public var price: HourlyPrice
  /// Until then.
  public var standbyPrice: HourlyPrice
  /// Reserved in the budget.
  public var commitment: Money
  public var reason: Reason

  public init(
    worker: WorkerName, pool: PoolName, template: TemplateName, price: HourlyPrice, standbyPrice: HourlyPrice,
    commitment: Money
  ) {
    self.worker = worker
    self.pool = pool
    self.template = template
    self.price = price
    self.standbyPrice = standbyPrice
    self.commitment = commitment
    reason = Reason("standby_made", "It is kept ready.")
  }
}

/// A worker that is to go.
public struct Retirement: Hashable, Sendable, Codable {
  public var worker: WorkerName
  /// By choice (idle, consolidation) it counts towards the pace of shrinking; expiry, failure and requests do not.
  public var byChoice: Bool
  public var force: Bool
  public var reason: Reason

  public init(worker: WorkerName, byChoice: Bool, force: Bool = false, reason: Reason) {
    self.worker = worker
    self.byChoice = byChoice
    self.force = force
    self.reason = reason
  }
}

/// A repair action on one worker.
public struct RepairOrder: Hashable, Sendable, Codable {
  public var worker: WorkerName
  public var issue: RepairIssue
  /// Index into the issue's levels.
  public var level: Int
  public var action: RepairAction
  /// When the issue began.
  public var since: Instant
  public var escalates: Bool
  public var reason: Reason

  public init(
    worker: WorkerName, issue: RepairIssue, level: Int, action: RepairAction, since: Instant, reason: Reason
  ) {
    self.worker = worker
    self.issue = issue
    self.level = level
    self.action = action
    self.since = since
    escalates = false
    self.reason = reason
  }
}

/// Something to tell about a worker, once: its time to live ends soon.
public struct Announcement: Hashable, Sendable, Codable {
  public var worker: WorkerName
  public var reason: Reason

  public init(worker: WorkerName, reason: Reason) {
    self.worker = worker
    self.reason = reason
  }
}
