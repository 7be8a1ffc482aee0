import Model
import Ports
import Synchronization

/// Answers as it is told, and writes down what it was asked.
final class FakeOperations: Operations {
  /// A call that would change something.
  enum Call: Equatable, Sendable {
    case scale(ScaleOrder, actor: String)
    case remove(WorkerName, force: Bool, actor: String)
    case extend(WorkerName, Duration?, actor: String)
    case events(limit: Int)
    case dryRun
    case alerts([AlertNotice], actor: String)
    case approve(ApprovalID, actor: String)
    case reject(ApprovalID, actor: String)
  }

  struct State: Sendable {
    var calls: [Call] = []
    var workers: [WorkerStatus] = [Samples.worker]
    var report: Report? = Samples.report
    var policy = Samples.policy
    var plan = Samples.plan
    var snapshot = Samples.snapshot
    var decisions: [DecisionNote] = []
    var departed: [WorkerStatus] = []
    /// Thrown by every call that can throw.
    var failure: (any Error)?
  }

  private let state: Mutex<State>

  init(_ state: State = State()) { self.state = Mutex(state) }

  var calls: [Call] { state.withLock { $0.calls } }

  func change(_ body: @Sendable (inout State) -> Void) { state.withLock { body(&$0) } }

  private func note(_ call: Call) throws -> State {
    let state = state.withLock { state in
      state.calls.append(call)
      return state
    }
    if let failure = state.failure { throw failure }
    return state
  }

  func status() async -> Status {
    var status = Status(
      version: "1.2.3", cluster: "talos-prod", mode: .act, startedAt: Samples.start, now: Samples.now)
    if let report = state.withLock({ $0.report }) {
      status.summary = report.summary
      status.lastDecisionAt = report.at
      status.ticks = 7
      status.pools = report.pools
      status.budgets = report.budgets
    }
    return status
  }

  func policy() async -> Policy { state.withLock { $0.policy } }
  func workers() async -> [WorkerStatus] { state.withLock { $0.workers } }

  func latest() async -> (plan: Plan, report: Report)? {
    state.withLock { state in state.report.map { (state.plan, $0) } }
  }

  func dryRun() async throws -> (snapshot: Snapshot, plan: Plan, report: Report) {
    let state = try note(.dryRun)
    return (state.snapshot, state.plan, state.report ?? Report(at: Samples.now))
  }

  func scale(_ order: ScaleOrder, by actor: Actor) async throws -> ScaleRequest {
    _ = try note(.scale(order, actor: actor.description))
    var request = ScaleRequest(
      id: order.id ?? "req-1", pool: order.pool, workers: order.workers, askedAt: Samples.now, askedBy: actor.name)
    request.template = order.template
    request.timeToLive = order.timeToLive
    return request
  }

  func remove(_ worker: WorkerName, force: Bool, by actor: Actor) async throws -> WorkerStatus {
    _ = try note(.remove(worker, force: force, actor: actor.description))
    var status = Samples.worker
    status.record.state = .draining
    return status
  }

  func extend(_ worker: WorkerName, by length: Duration?, actor: Actor) async throws -> WorkerStatus {
    _ = try note(.extend(worker, length, actor: actor.description))
    return Samples.worker
  }

  func events(limit: Int) async throws -> [JournalEvent] {
    _ = try note(.events(limit: limit))
    return [
      JournalEvent(
        at: Samples.now, subject: "worker", name: "worker-burst-001", code: "worker_requested",
        sentence: "worker-burst-001 was asked for.")
    ]
  }

  func recentEvents(limit: Int) async throws -> [JournalEvent] { try await events(limit: limit) }

  func decisions(limit: Int) async -> [DecisionNote] {
    Array(state.withLock { $0.decisions }.prefix(limit))
  }

  func departed(since: Instant) async -> [WorkerStatus] {
    state.withLock { $0.departed }.filter { $0.record.stateSince >= since }
  }

  func approvals() async -> [Approval] { [Samples.approval] }

  func approve(_ approval: ApprovalID, by actor: Actor) async throws -> Approval {
    _ = try note(.approve(approval, actor: actor.description))
    return answered(.approved, by: actor)
  }

  func reject(_ approval: ApprovalID, by actor: Actor) async throws -> Approval {
    _ = try note(.reject(approval, actor: actor.description))
    return answered(.rejected, by: actor)
  }

  private func answered(_ state: Approval.State, by actor: Actor) -> Approval {
    var approval = Samples.approval
    approval.state = state
    approval.decidedBy = actor.name
    approval.answer = actor.reason
    approval.decidedAt = Samples.now
    return approval
  }

  func receive(alerts: [AlertNotice], by actor: Actor) async throws -> AlertReceipt {
    _ = try note(.alerts(alerts, actor: actor.description))
    return AlertReceipt(
      firing: alerts.count { $0.isFiring }, resolved: alerts.count { !$0.isFiring },
      ignored: alerts.filter { $0.labels["pool"] == nil }.map { .init(fingerprint: $0.fingerprint, reason: "No pool.") }
    )
  }
}

/// A refusal of every kind, for tables of tests.
struct OperationCase: Sendable, CustomStringConvertible {
  let error: OperationError
  var description: String { error.code.rawValue }

  static let invalid = OperationCase(error: OperationError(.invalid, "It cannot be."))
  static let notFound = OperationCase(error: OperationError(.notFound, "There is none."))
  static let conflict = OperationCase(error: OperationError(.conflict, "It is leaving."))
  static let refused = OperationCase(error: OperationError(.refused, "It costs too much."))
  static let unavailable = OperationCase(error: OperationError(.unavailable, "Another replica leads."))
}
