public import Model

/// Why an operator's command was not carried out.
public struct OperationError: Error, Hashable, Sendable, CustomStringConvertible {
  public enum Code: String, Sendable, Hashable, CaseIterable {
    /// The command itself is wrong: a count below one, a time to live above the maximum.
    case invalid
    /// No such pool, template or worker.
    case notFound
    /// It contradicts the present state: the worker is leaving already, the pool is full.
    case conflict
    /// A cap or a rule of the policy forbids it.
    case refused
    /// The program only observes, or is not ready yet.
    case unavailable
  }

  public var code: Code
  /// A sentence that says what would help.
  public var message: String

  public init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  public var description: String { message }
}

/// The program's state for people: what it runs with, and what it last decided.
public struct Status: Sendable, Codable, Equatable {
  public enum Mode: String, Sendable, Codable, CaseIterable {
    /// Decides and reports, never acts.
    case observe
    case act
  }

  public var version: String
  public var cluster: String
  public var mode: Mode
  public var startedAt: Instant
  public var now: Instant
  public var lastDecisionAt: Instant?
  public var ticks: Int
  /// While another process leads, or none: who, and that this one writes and carries out nothing; `nil` while it may act.
  public var following: String?
  public var summary: String
  public var pools: [PoolReport]
  public var budgets: [BudgetReport]
  public var missing: [String]
  /// Hard rules that the last plan breaks; it was not carried out.
  public var violations: [Reason]
  /// How the configuration in effect came about; `nil` where none is read again.
  public var configuration: ConfigurationStanding?

  public init(version: String, cluster: String, mode: Mode, startedAt: Instant, now: Instant) {
    self.version = version
    self.cluster = cluster
    self.mode = mode
    self.startedAt = startedAt
    self.now = now
    ticks = 0
    summary = "No decision has been made yet."
    pools = []
    budgets = []
    missing = []
    violations = []
  }
}

/// An operator's order for workers.
public struct ScaleOrder: Hashable, Sendable, Codable {
  public var pool: PoolName
  public var workers: Int
  public var template: TemplateName?
  public var timeToLive: Duration?
  /// The same id sent twice is one order; `nil` gets a new one.
  public var id: RequestID?

  public init(pool: PoolName, workers: Int, template: TemplateName? = nil, timeToLive: Duration? = nil) {
    self.pool = pool
    self.workers = workers
    self.template = template
    self.timeToLive = timeToLive
  }
}

/// An alert as its sender tells it.
public struct AlertNotice: Hashable, Sendable {
  /// By which it is one alert, however often it is sent.
  public var fingerprint: String
  /// Whether it fires; otherwise it is resolved.
  public var isFiring: Bool
  public var labels: [String: String]
  public var startsAt: Instant
  /// When it ends by itself; a time in the past says nothing.
  public var endsAt: Instant?

  public init(fingerprint: String, isFiring: Bool, labels: [String: String], startsAt: Instant, endsAt: Instant? = nil)
  {
    self.fingerprint = fingerprint
    self.isFiring = isFiring
    self.labels = labels
    self.startsAt = startsAt
    self.endsAt = endsAt
  }
}

/// What became of alerts that were sent.
public struct AlertReceipt: Hashable, Sendable, Codable {
  /// An alert that asks for nothing that could be done.
  public struct Ignored: Hashable, Sendable, Codable {
    public var fingerprint: String
    /// Why, and what would help.
    public var reason: String

    public init(fingerprint: String, reason: String) {
      self.fingerprint = fingerprint
      self.reason = reason
    }
  }

  /// Firing alerts that are known now, new or seen again.
  public var firing: Int
  /// Alerts that were known and are resolved.
  public var resolved: Int
  public var ignored: [Ignored]

  public init(firing: Int = 0, resolved: Int = 0, ignored: [Ignored] = []) {
    self.firing = firing
    self.resolved = resolved
    self.ignored = ignored
  }
}

/// What operators can ask of the running program. The API and the command line go through this and nothing else.
///
/// Changes are in the journal when a call returns. Every call may come from any task.
public protocol Operations: Sendable {
  func status() async -> Status
  /// All pools of the policy, sorted by name.
  func policy() async -> Policy
  /// Records of workers that are not terminated, sorted by name, each with its cost so far.
  func workers() async -> [WorkerStatus]
  /// The latest plan and report; `nil` before the first decision.
  func latest() async -> (plan: Plan, report: Report)?
  /// A plan of this moment that is not carried out.
  func dryRun() async throws -> (snapshot: Snapshot, plan: Plan, report: Report)
  /// Where the pool's requests need approval, the request waits for it (`waitsFor`) and nothing else is done.
  func scale(_ order: ScaleOrder, by actor: Actor) async throws -> ScaleRequest
  func remove(_ worker: WorkerName, force: Bool, by actor: Actor) async throws -> WorkerStatus
  /// Where extensions need approval, this one waits for it (`waitsFor`) and nothing else is done.
  func extend(_ worker: WorkerName, by length: Duration?, actor: Actor) async throws -> WorkerStatus
  /// Orders that wait for somebody's word, the oldest first.
  func approvals() async -> [Approval]
  /// Gives an order its word; it is then served like any other. Given twice it is one.
  func approve(_ approval: ApprovalID, by actor: Actor) async throws -> Approval
  /// Closes an order that waits; the actor's reason is told to whoever asked.
  func reject(_ approval: ApprovalID, by actor: Actor) async throws -> Approval
  func events(limit: Int) async throws -> [JournalEvent]
  /// The newest events first, 200 at most, without asking the journal each time; for those who watch.
  func recentEvents(limit: Int) async throws -> [JournalEvent]
  /// The last decisions that differed from the one before, the newest first; those since the start that memory holds.
  func decisions(limit: Int) async -> [DecisionNote]
  /// Workers that were billed and are terminated since `since`, the newest first; this month's, and some days before.
  func departed(since: Instant) async -> [WorkerStatus]
  /// Takes alerts that ask for workers, or no longer do; those that cannot be understood are told and passed over.
  func receive(alerts: [AlertNotice], by actor: Actor) async throws -> AlertReceipt
}

/// A worker's record for people.
public struct WorkerStatus: Sendable, Codable, Equatable {
  public var record: WorkerRecord
  public var cost: Money
  /// Somebody's word that what was asked waits for, and so is not in the record; `nil`: none.
  public var waitsFor: ApprovalID?

  public init(record: WorkerRecord, cost: Money) {
    self.record = record
    self.cost = cost
  }
}
