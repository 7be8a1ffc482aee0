/// Why the plan is what it is: a line for each pool, trigger, pod group, request and worker, also when nothing happens.
public struct Report: Hashable, Sendable, Codable {
  public var at: Instant
  /// The whole decision in one sentence.
  public var summary: String
  public var pools: [PoolReport]
  public var triggers: [TriggerReport]
  public var podGroups: [PodGroupReport]
  public var requests: [RequestReport]
  /// Alerts that fire; absent when there are none.
  public var alerts: [AlertReport]?
  /// Absent when there are none.
  public var schedules: [ScheduleReport]?
  /// Orders that wait for somebody's word; absent when there are none.
  public var approvals: [ApprovalReport]?
  public var workers: [WorkerReport]
  public var budgets: [BudgetReport]
  /// Readings that were missing, one sentence each.
  public var missing: [String]
  /// Hard rules that the plan breaks, as its checker says. A plan with any is not carried out.
  public var violations: [Reason]

  public init(at: Instant) {
    self.at = at
    summary = ""
    pools = []
    triggers = []
    podGroups = []
    requests = []
    workers = []
    budgets = []
    missing = []
    violations = []
  }
}

/// What was decided for a pool.
public struct PoolReport: Hashable, Sendable, Codable {
  public enum Verdict: String, Sendable, Codable, Hashable, CaseIterable {
    case grow, shrink, hold, refused, disabled
  }

  public var pool: PoolName
  public var verdict: Verdict
  public var minimum: Int
  public var maximum: Int
  /// Ready (or unhealthy, in repair), on the way, on the way out; before this plan.
  public var ready: Int
  public var underWay: Int
  public var leaving: Int
  /// Workers after this plan.
  public var desired: Int
  /// Clones that are kept ready or are being made for it; absent where there are none and none are wanted.
  public var standby: Int?
  /// Workers that were preempted in the present month; absent where none were.
  public var preemptions: Int?
  public var reasons: [Reason]
  /// What bounds the pool now and until when: its size, cooldowns, back-off, pace of shrinking.
  public var bounds: [Reason]

  public init(pool: PoolName, verdict: Verdict, minimum: Int, maximum: Int) {
    self.pool = pool
    self.verdict = verdict
    self.minimum = minimum
    self.maximum = maximum
    ready = 0
    underWay = 0
    leaving = 0
    desired = 0
    reasons = []
    bounds = []
  }
}

/// Where a trigger stands.
public struct TriggerReport: Hashable, Sendable, Codable {
  public var trigger: TriggerName
  public var pool: PoolName
  public var state: TriggerState
  public var threshold: Double
  public var reason: Reason
  /// What is expected of it; absent for a trigger that does not look ahead.
  public var forecast: Reason?

  public init(trigger: TriggerName, pool: PoolName, state: TriggerState, threshold: Double, reason: Reason) {
    self.trigger = trigger
    self.pool = pool
    self.state = state
    self.threshold = threshold
    self.reason = reason
  }
}

/// Pending pods that are alike, and what becomes of them.
public struct PodGroupReport: Hashable, Sendable, Codable {
  public enum Outcome: String, Sendable, Codable, Hashable, CaseIterable {
    case fitsExisting = "fits_existing"
    case fitsUnderWay = "fits_under_way"
    case newWorkers = "new_workers"
    case waits
    case impossible
  }

  /// An example's key; the group's pods differ only in name.
  public var example: PodKey
  /// What its pods belong to, as `namespace/name`, sorted; bare pods by their own names. The first 50.
  public var owners: [String]
  public var pods: Int
  public var outcome: Outcome
  public var reason: Reason

  public init(example: PodKey, pods: Int, outcome: Outcome, reason: Reason) {
    self.example = example
    owners = []
    self.pods = pods
    self.outcome = outcome
    self.reason = reason
  }
}

/// What becomes of a manual request.
public struct RequestReport: Hashable, Sendable, Codable {
  public enum Outcome: String, Sendable, Codable, Hashable, CaseIterable {
    case served, partly, waits, refused
  }

  public var request: RequestID
  public var outcome: Outcome
  public var reason: Reason

  public init(request: RequestID, outcome: Outcome, reason: Reason) {
    self.request = request
    self.outcome = outcome
    self.reason = reason
  }
}

/// What becomes of an alert.
public struct AlertReport: Hashable, Sendable, Codable {
  public enum Outcome: String, Sendable, Codable, Hashable, CaseIterable {
    /// It has got all the workers that it asks for.
    case served
    case partly, waits, refused
  }

  public var fingerprint: String
  public var name: String
  public var outcome: Outcome
  public var reason: Reason

  public init(fingerprint: String, name: String, outcome: Outcome, reason: Reason) {
    self.fingerprint = fingerprint
    self.name = name
    self.outcome = outcome
    self.reason = reason
  }
}

/// Where a schedule stands.
public struct ScheduleReport: Hashable, Sendable, Codable {
  public var schedule: ScheduleName
  public var pool: PoolName
  /// Whether its workers are wanted now.
  public var active: Bool
  public var reason: Reason

  public init(schedule: ScheduleName, pool: PoolName, active: Bool, reason: Reason) {
    self.schedule = schedule
    self.pool = pool
    self.active = active
    self.reason = reason
  }
}

/// An order that waits for somebody's word.
public struct ApprovalReport: Hashable, Sendable, Codable {
  public var approval: ApprovalID
  public var kind: Approval.Kind
  public var pool: PoolName
  /// The pool's name, or the worker's.
  public var subject: String
  public var reason: Reason

  public init(_ approval: Approval, reason: Reason) {
    self.approval = approval.id
    kind = approval.kind
    pool = approval.pool
    subject = approval.subject
    self.reason = reason
  }
}

/// What was decided for a worker.
public struct WorkerReport: Hashable, Sendable, Codable {
  public enum Verdict: String, Sendable, Codable, Hashable, CaseIterable {
    case keep, retire, repair, replace
  }

  public var worker: WorkerName
  public var verdict: Verdict
  public var reason: Reason

  public init(worker: WorkerName, verdict: Verdict, reason: Reason) {
    self.worker = worker
    self.verdict = verdict
    self.reason = reason
  }
}

/// One cap and how it stands. `scope` is a pool's name or `all` for a month, either with `/hour` behind it for an hour, or
/// `burst_event`. Of an hour, `spent` is what the workers cost that are billed, `committed` what those under way will.
public struct BudgetReport: Hashable, Sendable, Codable {
  public var scope: String
  public var cap: Money
  public var spent: Money
  /// What the workers that exist will surely still cost.
  public var committed: Money
  /// Spent by the month's end if the fleet stays as it is after this plan; of an hour, its cost after this plan.
  public var forecast: Money
  /// Why it asks for attention: near its cap, or beyond it; absent otherwise.
  public var reason: Reason?

  public init(scope: String, cap: Money, spent: Money, committed: Money, forecast: Money) {
    self.scope = scope
    self.cap = cap
    self.spent = spent
    self.committed = committed
    self.forecast = forecast
  }
}
