import Decision
import Lifecycle
import Logging
public import Model
public import Ports
import Synchronization

extension ControlLoop {
  /// Orders that wait for somebody's word, the oldest first.
  public func approvals() async -> [Approval] {
    state.withLock { $0.correspondence.approvals }.filter { $0.state == .waiting }
  }

  /// Gives an order its word. Money and room are judged now; from now on it is an order like any other.
  /// - Throws: `OperationError`: also where it cannot be served now, and then it goes on waiting; `PortError` when the journal
  ///   cannot be written.
  public func approve(_ id: ApprovalID, by actor: Actor) async throws -> Approval {
    try mustAct()
    let (approval, work, standing) = try await turn.take {
      let now = parts.time.now()
      let current = try await settled(now: now)
      let index = try position(id, in: current.correspondence)
      var desk = current.correspondence
      var approval = desk.approvals[index]
      if approval.state == .approved { return (approval, [Runner.Work](), current.standing) }
      try mustWait(approval, now: now)
      if policy.approvals.byAnother, approval.askedBy == actor.name {
        throw OperationError(
          .refused, "\(actor.name) has asked for this; the word must be another's (poolkeeper.approvals.by_another).")
      }
      var changes = Changes(state: current, policy: policy, now: now)
      try serve(approval, current, &changes, now: now)
      approval.state = .approved
      approval.answer = actor.reason
      approval.decidedBy = actor.name
      approval.decidedAt = now
      desk.approvals[index] = approval
      changes.entry.correspondence = desk
      changes.note([
        ApprovalDesk.event(
          "approval_approved", approval, "\(actor.name) has approved\(actor.because): \(approval.sentence)", at: now)
      ])
      try await commit(changes.entry)
      return (approval, changes.work, current.standing)
    }
    do { try await perform(work, as: standing) } catch {
      parts.logger.error("outcomes not written", metadata: ["approval": "\(id)", "error": "\(error)"])
    }
    call()
    return approval
  }

  /// Closes an order that waits without serving it.
  /// - Throws: `OperationError`; `PortError` when the journal cannot be written.
  public func reject(_ id: ApprovalID, by actor: Actor) async throws -> Approval {
    try mustLead()
    let approval = try await turn.take {
      let now = parts.time.now()
      var desk = try await settled(now: now).correspondence
      let index = try position(id, in: desk)
      var approval = desk.approvals[index]
      if approval.state == .rejected { return approval }
      try mustWait(approval, now: now)
      approval.state = .rejected
      approval.decidedBy = actor.name
      approval.decidedAt = now
      approval.answer = actor.reason
      desk.approvals[index] = approval
      var entry = JournalEntry()
      entry.correspondence = desk
      entry.events = [
        ApprovalDesk.event(
          "approval_rejected", approval, "\(actor.name) has rejected\(actor.because): \(approval.sentence)", at: now)
      ]
      try await commit(entry)
      return approval
    }
    call()
    return approval
  }

  private func position(_ id: ApprovalID, in desk: Correspondence) throws -> Int {
    if let index = desk.approvals.firstIndex(where: { $0.id == id }) { return index }
    throw OperationError(
      .notFound,
      "There is no order \"\(id.rawValue.prefix(100))\" that waits for approval; GET /api/v1/approvals lists them.")
  }

  private func mustWait(_ approval: Approval, now: Instant) throws {
    switch approval.state {
    case .waiting where now < approval.deadline: return
    case .waiting, .expired:
      throw OperationError(.conflict, "This order has been closed unanswered; ask for it again.")
    case .approved, .rejected:
      let when = approval.decidedAt.map { " at \($0)" } ?? ""
      throw OperationError(
        .conflict, "\(approval.decidedBy ?? "Somebody") has \(approval.state.rawValue) this order already\(when).")
    }
  }

  private func serve(
    _ approval: Approval, _ current: LoopState, _ changes: inout Changes, now: Instant
  ) throws {
    switch approval.kind {
    case .scale:
      guard var request = approval.request else { return }
      let checked = OrderCheck.Scale(
        pool: request.pool, workers: request.workers, template: request.template, timeToLive: request.timeToLive)
      if let refusal = OrderCheck.scale(checked, policy: policy, workers: current.workers) {
        throw OperationError(refusal)
      }
      request.waitsFor = nil
      changes.entry.requests.append(request)
    case .extend:
      guard let record = current.workers.first(where: { $0.id == approval.worker }) else {
        throw OperationError(.conflict, "\(approval.subject) is no longer there.")
      }
      changes.take(try extended(record, by: approval.length, current, askedBy: approval.askedBy, now: now))
    }
  }

  /// A worker with a longer life, if the policy and the money allow it.
  func extended(
    _ record: WorkerRecord, by length: Duration?, _ current: LoopState, askedBy name: String, because: String = "",
    now: Instant
  ) throws -> WorkerTransition {
    // The check needs the records and the money only, so nothing is looked up outside.
    let snapshot = snapshot(of: current, seeing: Outlook(view: .disconnected), now: now, by: policy)
    if case .failure(let refusal) = OrderCheck.extend(record.name, by: length, snapshot: snapshot, policy: policy) {
      throw OperationError(refusal)
    }
    let length = length ?? policy.cleanup.extensionLength
    var transition = WorkerLifecycle.extend(record, by: length, now: now, policy: policy)
    let sentence = "\(name) asked for \(record.name) to live \(length.text) longer\(because)."
    transition.events.insert(WorkerEvent("extension_requested", sentence), at: 0)
    return transition
  }

  // MARK: - Asking

  /// Lets an order for workers wait for somebody's word. In the journal when it returns. For use within a turn.
  func ask(
    for request: ScaleRequest, _ current: LoopState, because purpose: String?, now: Instant
  ) async throws -> ScaleRequest {
    guard let pool = policy.pool(request.pool),
      let template = policy.template(request.template ?? pool.defaultTemplate)
    else { throw OperationError(.notFound, "There is no pool \(request.pool).") }
    let life = request.timeToLive ?? pool.timeToLive?.standard ?? pool.horizon
    var approval = approval(
      .scale, pool.name, subject: pool.name.rawValue, by: Actor(request.askedBy, reason: purpose), now: now)
    approval.addedCost = pool.price(of: template).cost(of: life) * request.workers
    approval.sentence =
      "\(request.askedBy) asks for \(request.workers) \(template.name) \(request.workers == 1 ? "worker" : "workers") of "
      + "pool \(pool.name) for \(life.text)."
    var request = request
    request.waitsFor = approval.id
    approval.request = request
    try await ask(approval, current)
    return request
  }

  /// Lets an extension wait for somebody's word; one that waits already is asked for once. For use within a turn.
  func ask(
    toExtend record: WorkerRecord, by length: Duration?, _ current: LoopState, actor: Actor, now: Instant
  ) async throws -> WorkerStatus {
    let snapshot = snapshot(of: current, seeing: Outlook(view: .disconnected), now: now, by: policy)
    if let refusal = OrderCheck.extensionBounds(record.name, by: length, snapshot: snapshot, policy: policy) {
      throw OperationError(refusal)
    }
    let length = length ?? policy.cleanup.extensionLength
    var status = WorkerStatus(record: record, cost: record.cost(until: now))
    let known = current.correspondence.approvals.first { $0.state == .waiting && $0.worker == record.id }
    if let known {
      guard known.length == length else {
        throw OperationError(
          .conflict, "An extension of \(record.name) waits for approval already (\(known.id)); reject that one first.")
      }
      status.waitsFor = known.id
      return status
    }
    var approval = approval(.extend, record.pool, subject: record.name.rawValue, by: actor, now: now)
    approval.worker = record.id
    approval.length = length
    approval.addedCost = record.price.cost(of: length)
    approval.sentence = "\(actor.name) asks to let \(record.name) live \(length.text) longer."
    try await ask(approval, current)
    status.waitsFor = approval.id
    return status
  }

  private func approval(
    _ kind: Approval.Kind, _ pool: PoolName, subject: String, by actor: Actor, now: Instant
  ) -> Approval {
    var approval = Approval(
      id: ApprovalID(parts.identities.requestID().rawValue), kind, pool: pool, subject: subject, askedAt: now,
      deadline: now.advanced(by: policy.approvals.deadline))
    approval.askedBy = actor.name
    approval.purpose = actor.reason
    return approval
  }

  private func ask(_ approval: Approval, _ current: LoopState) async throws {
    var desk = current.correspondence
    guard desk.approvals.count(where: { $0.state == .waiting }) < ApprovalDesk.waiting else {
      throw OperationError(
        .conflict, "\(ApprovalDesk.waiting) orders wait for approval already; approve or reject some first.")
    }
    ApprovalDesk.add(approval, to: &desk)
    var entry = JournalEntry()
    entry.correspondence = desk
    let cost = approval.addedCost.map { " It costs \($0) \(policy.money.currency) at most." } ?? ""
    let why = approval.purpose.map { " Reason: \($0)." } ?? ""
    entry.events = [
      ApprovalDesk.event(
        "approval_asked", approval, "\(approval.sentence)\(cost)\(why) It waits for approval.", at: approval.askedAt)
    ]
    try await commit(entry)
  }

  /// The order of an id that waits for somebody's word, or had it refused; `nil` when none has this id.
  func askedBefore(_ id: RequestID, _ current: LoopState) throws -> ScaleRequest? {
    guard let approval = current.correspondence.approvals.last(where: { $0.request?.id == id }) else { return nil }
    switch approval.state {
    case .waiting, .approved: return approval.request
    case .rejected, .expired:
      throw OperationError(
        .conflict, "The order \(id) has been \(approval.state.rawValue); ask again under another id.")
    }
  }
}
