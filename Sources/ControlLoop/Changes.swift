import Decision
import Lifecycle
import Model
import Ports

/// Collects what one turn changes: the entry for the journal, and the actions that follow once it is written.
struct Changes {
  private var records: [WorkerID: WorkerRecord]
  /// In the order of the state's workers, new ones last.
  private var order: [WorkerID]
  private var requests: [ScaleRequest]
  private let policy: Policy
  private let now: Instant
  private(set) var actions: [WorkerID: [WorkerAction]] = [:]
  var entry = JournalEntry()

  init(state: LoopState, policy: Policy, now: Instant) {
    records = Dictionary(uniqueKeysWithValues: state.workers.map { ($0.id, $0) })
    order = state.workers.map(\.id)
    requests = state.requests
    self.policy = policy
    self.now = now
  }

  /// What is to be carried out, once the entry is in the journal.
  var work: [Runner.Work] {
    order.compactMap { id in
      guard let actions = actions[id], !actions.isEmpty, let record = records[id] else { return nil }
      return Runner.Work(record: record, actions: actions)
    }
  }

  mutating func note(_ events: [JournalEvent]) { entry.events += events }

  /// Turns a plan into records.
  mutating func adopt(_ plan: Plan, report: Report, identities: any IdentitySource) {
    entry.events += PlanSummary.events(of: plan, at: now, currency: policy.money.currency)
    noteEscalations(plan)
    for standby in plan.standbys ?? [] {
      take(WorkerLifecycle.prepare(standby, id: identities.workerID(), policy: policy, now: now))
    }
    for creation in plan.creations {
      if creation.isActivation {
        guard let record = record(named: creation.worker) else { continue }
        take(WorkerLifecycle.activate(record, creation, now: now, policy: policy))
        if let request = creation.request { serve(request) }
        continue
      }
      let id = SeededBug.reusesWorkerIDs.isOn ? WorkerID(creation.worker.rawValue) : identities.workerID()
      take(WorkerLifecycle.request(creation, id: id, policy: policy, now: now))
      if let request = creation.request { serve(request) }
    }
    for retirement in plan.retirements {
      guard let record = record(named: retirement.worker) else { continue }
      take(WorkerLifecycle.retire(record, retirement, now: now, policy: policy))
    }
    for order in plan.repairs {
      guard let record = record(named: order.worker) else { continue }
      take(WorkerLifecycle.repair(record, order, now: now, policy: policy))
    }
    for announcement in plan.announcements {
      guard let record = record(named: announcement.worker) else { continue }
      take(WorkerLifecycle.announce(record, announcement))
    }
    for line in report.requests where line.outcome == .served || line.outcome == .refused {
      if SeededBug.forgetsServedOrders.isOn, line.outcome == .served { continue }
      entry.closedRequests.append(line.request)
      entry.events.append(
        JournalEvent(
          at: now, subject: "request", name: line.request.rawValue, code: "request_\(line.outcome.rawValue)",
          sentence: line.reason.sentence))
    }
  }

  /// Levels of repair that people want to know of. Replacement grows first, so that it shows in what is created.
  private mutating func noteEscalations(_ plan: Plan) {
    let replacements =
      plan.creations.map { ($0.reason.data["replaces"] ?? "", $0.reason) }
      + plan.retirements.map { ($0.worker.rawValue, $0.reason) }
    var escalations = replacements.filter { $0.1.data["escalates"] == "true" }
    escalations += plan.repairs.filter { $0.escalates && $0.action != .replace }.map { ($0.worker.rawValue, $0.reason) }
    entry.events += escalations.map { worker, reason in
      JournalEvent(at: now, subject: "worker", name: worker, code: "repair_escalated", sentence: reason.sentence)
    }
  }

  private mutating func serve(_ id: RequestID) {
    guard let index = requests.firstIndex(where: { $0.id == id }) else { return }
    requests[index].served += SeededBug.forgetsServedOrders.isOn ? 0 : 1
    entry.requests.removeAll { $0.id == id }
    entry.requests.append(requests[index])
  }

  /// Compares what is there with the records: workers without one are adopted, what serves nobody gets one on its way out.
  mutating func reconcile(_ inventory: inout Inventory, seeing view: WorldView, identities: any IdentitySource) {
    let look = Inventory.Look(
      workers: order.compactMap { records[$0] }.filter { $0.state != .terminated }, machines: view.machines,
      nodes: view.nodes, pods: view.pods)
    let wasSuspicious = inventory.isSuspicious(at: now)
    for transition in inventory.review(look, now: now, policy: policy, newID: identities.workerID) { take(transition) }
    entry.events += inventory.news().map { news in
      JournalEvent(
        at: now, subject: "worker", name: news.worker.rawValue, code: news.event.code, sentence: news.event.sentence)
    }
    guard !wasSuspicious, inventory.isSuspicious(at: now) else { return }
    entry.events.append(
      JournalEvent(
        at: now, subject: "system", name: "inventory", code: "inventory_suspicious",
        sentence: "A list of machines or nodes lost most of its rows at once: nothing is adopted or tidied up for "
          + "\(LifecycleLimits.brokenReading.text)."))
  }

  /// One step of every worker's state machine.
  /// - Parameter absenceIsDoubted: the list of machines lacks so many that none of them counts as gone.
  mutating func advanceAll(seeing view: WorldView, absenceIsDoubted: Bool) {
    let views = WorkerViews(view, cluster: policy.clusterName, absenceIsDoubted: absenceIsDoubted)
    for id in order {
      guard let record = records[id] else { continue }
      let seen = views.observation(of: record)
      take(WorkerLifecycle.advance(record, seeing: seen, now: now, policy: policy))
    }
  }

  /// Names of workers that are gone without their machines having been seen to go.
  var vanished: [WorkerName] {
    order.compactMap { records[$0] }.filter { $0.state == .terminated && $0.mayReappear == true }.map(\.name)
  }

  mutating func apply(_ outcome: ActionOutcome, of action: WorkerAction, to id: WorkerID) {
    guard let record = records[id] else { return }
    take(WorkerLifecycle.apply(outcome, of: action, to: record, now: now, policy: policy))
  }

  /// Keeps a transition: its record when it changed, its actions, its events.
  mutating func take(_ transition: WorkerTransition) {
    let record = transition.record
    if records[record.id] == nil { order.append(record.id) }
    if records[record.id] != record {
      records[record.id] = record
      entry.workers.removeAll { $0.id == record.id }
      entry.workers.append(record)
    }
    actions[record.id, default: []] += transition.actions
    entry.events += transition.events.map {
      JournalEvent(at: now, subject: "worker", name: record.name.rawValue, code: $0.code, sentence: $0.sentence)
    }
  }

  func record(named name: WorkerName) -> WorkerRecord? {
    order.lazy.compactMap { records[$0] }.first { $0.name == name && $0.state != .terminated }
  }
}

/// A plan that the checker refused, as events.
enum PlanRejection {
  static func events(_ violations: [PlanViolation], at now: Instant) -> [JournalEvent] {
    violations.map {
      JournalEvent(at: now, subject: "system", name: "plan", code: "plan_rejected", sentence: "\($0)")
    }
  }
}
