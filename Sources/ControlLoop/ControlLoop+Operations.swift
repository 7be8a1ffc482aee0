import Decision
import Lifecycle
import Logging
public import Model
public import Ports
import Synchronization

extension ControlLoop: Operations {
  /// What it runs with and last decided.
  public func status() async -> Status {
    let state = state.withLock { $0 }
    var status = Status(
      version: parts.version, cluster: policy.clusterName, mode: present.mode, startedAt: startedAt,
      now: parts.time.now())
    status.ticks = state.ticks
    status.lastDecisionAt = state.lastDecisionAt
    status.following = Standing(parts.leadership).sentence
    status.configuration = configuration.withLock { $0 }
    if let report = state.latest?.report {
      status.summary = report.summary
      status.pools = report.pools
      status.budgets = report.budgets
      status.missing = report.missing
      status.violations = report.violations
    }
    return status
  }

  /// The policy that it follows now.
  public func policy() async -> Policy { present.policy }

  /// Tells with the status from now on how the configuration in effect came about.
  public func set(_ standing: ConfigurationStanding) { configuration.withLock { $0 = standing } }

  /// Records that are not terminated, sorted by name, with their cost so far.
  public func workers() async -> [WorkerStatus] {
    let now = parts.time.now()
    return state.withLock { $0.workers }.map { WorkerStatus(record: $0, cost: $0.cost(until: now)) }
  }

  /// The last decision; `nil` before the first.
  public func latest() async -> (plan: Plan, report: Report)? {
    state.withLock { $0.latest }.map { ($0.plan, $0.report) }
  }

  /// Looks and decides now; nothing is written or carried out.
  public func dryRun() async throws -> (snapshot: Snapshot, plan: Plan, report: Report) {
    let now = parts.time.now()
    let course = present
    let outlook = await look(now: now, by: course)
    let state = state.withLock { $0 }
    let snapshot = snapshot(of: state, seeing: outlook, now: now, by: course.policy)
    var decision = CheckedDecision.make(snapshot: snapshot, policy: course.policy).decision
    decision.report.approvals = ApprovalDesk.reports(state.correspondence, policy: course.policy)
    return (snapshot, decision.plan, decision.report)
  }

  /// Takes an order for workers; in the journal when it returns. An id that is known already gives its request.
  /// - Throws: `OperationError`; `PortError` when the journal cannot be written.
  public func scale(_ order: ScaleOrder, by actor: Actor) async throws -> ScaleRequest {
    try mustAct()
    let request = try await turn.take {
      let now = parts.time.now()
      let current = try await settled(now: now)
      if let id = order.id, let known = current.request(id) { return known }
      if let id = order.id, let known = try askedBefore(id, current) { return known }
      let checked = OrderCheck.Scale(
        pool: order.pool, workers: order.workers, template: order.template, timeToLive: order.timeToLive)
      if let refusal = OrderCheck.scale(checked, policy: policy, workers: current.workers) {
        throw OperationError(refusal)
      }
      var request = ScaleRequest(
        id: order.id ?? parts.identities.requestID(), pool: order.pool, workers: order.workers, askedAt: now,
        askedBy: actor.name)
      request.template = order.template
      request.timeToLive = order.timeToLive
      if policy.pool(order.pool)?.requestsNeedApproval == true {
        return try await ask(for: request, current, because: actor.reason, now: now)
      }
      var entry = JournalEntry()
      entry.requests = [request]
      entry.events = [
        JournalEvent(
          at: now, subject: "request", name: request.id.rawValue, code: "request_received",
          sentence: "\(actor.name) asked for \(order.workers) worker(s) of pool \(order.pool)\(actor.because).")
      ]
      try await commit(entry)
      return request
    }
    call()
    return request
  }

  /// Begins a worker's removal; `force` waits for no pod.
  /// - Throws: `OperationError`; `PortError` when the journal cannot be written.
  public func remove(_ worker: WorkerName, force: Bool, by actor: Actor) async throws -> WorkerStatus {
    try mustAct()
    return try await change(worker) { record, now in
      if record.state.isLeaving && !(force && record.removal?.force == false) {
        throw OperationError(
          .conflict, "\(worker) is already leaving (\(record.state.rawValue)); --force stops waiting for its pods.")
      }
      let how = force ? " by force" : ""
      let reason = Reason("operator", "\(actor.name) asked for the removal of \(worker)\(how)\(actor.because).")
      let retirement = Retirement(worker: worker, byChoice: false, force: force, reason: reason)
      return WorkerLifecycle.retire(record, retirement, now: now, policy: self.policy)
    }
  }

  /// Lengthens a worker's life; `nil`: by the policy's length.
  /// - Throws: `OperationError`; `PortError` when the journal cannot be written.
  public func extend(_ worker: WorkerName, by length: Duration?, actor: Actor) async throws -> WorkerStatus {
    try mustAct()
    if policy.cleanup.extensionsNeedApproval {
      return try await turn.take {
        let now = parts.time.now()
        let current = try await settled(now: now)
        return try await ask(
          toExtend: try found(worker, current), by: length, current, actor: actor, now: now)
      }
    }
    return try await change(worker) { record, now in
      try self.extended(
        record, by: length, self.state.withLock { $0 }, askedBy: actor.name, because: actor.because, now: now)
    }
  }

  /// The journal's events, the newest first.
  public func events(limit: Int) async throws -> [JournalEvent] { try await parts.journal.events(limit: limit) }

  /// The last events, the newest first: from memory while this process alone writes, and else as of some seconds ago.
  public func recentEvents(limit: Int) async throws -> [JournalEvent] {
    let count = min(max(0, limit), RecentEvents.kept)
    if let known = state.withLock({ $0.recent.known }) { return Array(known.prefix(count)) }
    return try await turn.take {
      // Somebody else may have read them meanwhile.
      if let known = state.withLock({ $0.recent.known }) { return Array(known.prefix(count)) }
      let events = try await parts.journal.events(limit: RecentEvents.kept)
      state.withLock { $0.recent.read(events) }
      return Array(events.prefix(count))
    }
  }

  /// The last decisions that differed from the one before, the newest first.
  public func decisions(limit: Int) async -> [DecisionNote] {
    state.withLock { $0.trail.notes.suffix(max(0, limit)) }.reversed()
  }

  /// Records that are terminated since `since`, the newest first, with what they cost.
  public func departed(since: Instant) async -> [WorkerStatus] {
    let now = parts.time.now()
    return state.withLock { $0.finished }.filter { $0.stateSince >= since }
      .sorted { ($0.stateSince, $0.name) > ($1.stateSince, $1.name) }
      .map { WorkerStatus(record: $0, cost: $0.cost(until: now)) }
  }

  /// Takes alerts into the journal; a decision follows at once.
  /// - Throws: `OperationError` while another process leads; `PortError` when the journal cannot be written.
  public func receive(alerts notices: [AlertNotice], by actor: Actor) async throws -> AlertReceipt {
    try mustLead()
    let receipt = try await turn.take {
      let now = parts.time.now()
      var memory = try await settled(now: now).memory
      let inbox = AlertInbox(policy: policy, now: now, actor: actor.name)
      let (receipt, events) = inbox.take(notices, into: &memory)
      guard receipt.firing > 0 || receipt.resolved > 0 else { return receipt }
      var entry = JournalEntry()
      entry.memory = memory
      entry.events = events
      try await commit(entry)
      return receipt
    }
    call()
    return receipt
  }

  // MARK: - Turns

  func mustAct() throws {
    try mustLead()
    guard isActing else {
      throw OperationError(
        .unavailable, "The program only observes: start it with --mode act and a connected infrastructure.")
    }
  }

  /// The worker of a name.
  /// - Throws: `OperationError` with the nearest name when there is none.
  private func found(_ name: WorkerName, _ current: LoopState) throws -> WorkerRecord {
    if let record = current.workers.first(where: { $0.name == name && $0.state != .terminated }) { return record }
    guard case .failure(let refusal) = OrderCheck.remove(name, workers: current.workers) else {
      throw OperationError(.notFound, "There is no worker \(name).")
    }
    throw OperationError(refusal)
  }

  /// Changes one worker in a turn of its own, and calls the loop.
  private func change(
    _ name: WorkerName, _ body: (WorkerRecord, Instant) throws -> WorkerTransition
  ) async throws -> WorkerStatus {
    let (status, work, standing) = try await turn.take {
      let now = parts.time.now()
      let state = try await settled(now: now)
      var changes = Changes(state: state, policy: policy, now: now)
      let record = try found(name, state)
      let transition = try body(record, now)
      changes.take(transition)
      try await commit(changes.entry)
      return (
        WorkerStatus(record: transition.record, cost: transition.record.cost(until: now)), changes.work, state.standing
      )
    }
    // The order is in the journal: what it leads to is repeated by the ticks, should this fail.
    do { try await perform(work, as: standing) } catch {
      parts.logger.error("outcomes not written", metadata: ["worker": "\(name)", "error": "\(error)"])
    }
    call()
    return status
  }

}

extension OperationError {
  /// A refused order as the answer to its operator.
  init(_ refusal: OrderRefusal) {
    let code: Code =
      switch refusal.category {
      case .invalid: .invalid
      case .notFound: .notFound
      case .conflict: .conflict
      case .refused: .refused
      }
    self.init(code, refusal.description)
  }
}
