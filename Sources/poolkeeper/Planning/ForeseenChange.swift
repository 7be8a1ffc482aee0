import API
import ControlLoop
import Decision
import Lifecycle
import Model

/// What an operator's order would lead to, decided on a snapshot of this moment; nothing is changed.
struct ForeseenChange: Encodable, Sendable {
  /// A cap after the order and the plan that follows from it.
  struct Budget: Encodable, Sendable, Equatable {
    var scope: String
    var cap: Money
    var spent: Money
    var committed: Money
    /// What could still be committed; of an hour, what more could be running.
    var left: Money
    var forecast: Money
  }

  /// A worker that would be created for the order.
  struct NewWorker: Encodable, Sendable, Equatable {
    var worker: WorkerName
    var template: TemplateName
    var host: HostName?
    var pricePerHour: HourlyPrice
    var commitment: Money
    var timeToLiveSeconds: Int64?
  }

  /// Sentences for people.
  private(set) var sentences: [String]
  /// What the order is sure to cost; negative for what it saves.
  private(set) var cost: Money
  /// What more runs an hour; negative for less.
  private(set) var pricePerHour: Money
  private(set) var workers: [NewWorker] = []
  /// Why not all of it would be done at once.
  private(set) var waits: Reason?
  private(set) var budgets: [Budget] = []

  // MARK: - Orders

  /// - Throws: `Failure` with the sentence that the server would refuse the order with.
  static func provision(_ order: OrderCheck.Scale, _ saved: SavedSnapshot) throws -> ForeseenChange {
    var snapshot = saved.snapshot
    try refuse(OrderCheck.scale(order, policy: saved.policy, workers: snapshot.workers))
    let id = RequestID("foreseen")
    var request = ScaleRequest(
      id: id, pool: order.pool, workers: order.workers, askedAt: snapshot.now, askedBy: "an assistant")
    request.template = order.template
    request.timeToLive = order.timeToLive
    snapshot.requests.append(request)
    let decision = CheckedDecision.make(snapshot: snapshot, policy: saved.policy).decision
    let creations = decision.plan.creations.filter { $0.request == id }
    let cost = creations.reduce(Money.zero) { $0 + $1.commitment }
    let hourly = creations.reduce(Money.zero) { $0 + $1.price.perHour }
    var foreseen = ForeseenChange(
      sentences: [
        "\(order.workers) \(order.workers == 1 ? "worker" : "workers") of pool \(order.pool) would be asked for; "
          + "\(creations.count) of them would be created at once, for \(hourly) \(saved.currency) an hour and surely "
          + "\(cost) \(saved.currency) in all."
      ], cost: cost, pricePerHour: hourly)
    foreseen.workers = creations.map {
      NewWorker(
        worker: $0.worker, template: $0.template, host: $0.host, pricePerHour: $0.price, commitment: $0.commitment,
        timeToLiveSeconds: $0.timeToLive.map { $0.milliseconds / 1_000 })
    }
    foreseen.sentences += foreseen.workers.map { worker in
      let life = worker.timeToLiveSeconds.map { ", for \(Duration.seconds($0).text)" } ?? ""
      return "- \(worker.worker) (\(worker.template)\(life)): \(worker.pricePerHour.perHour) an hour."
    }
    if let report = decision.report.requests.first(where: { $0.request == id }), report.outcome != .served {
      foreseen.waits = report.reason
      // The id is none that anybody could look for.
      foreseen.sentences.append(
        report.reason.sentence.replacing("Request foreseen of an assistant", with: "The order")
          + (report.reason.remedy.map { " \($0)" } ?? ""))
    }
    if saved.policy.pool(order.pool)?.requestsNeedApproval == true {
      foreseen.sentences.append("Before any of this the order would wait until somebody approves it.")
    }
    foreseen.add(decision, pool: order.pool, saved)
    return foreseen
  }

  /// - Throws: `Failure` with the sentence that the server would refuse the order with.
  static func extend(_ name: WorkerName, by length: Duration?, _ saved: SavedSnapshot) throws -> ForeseenChange {
    var snapshot = saved.snapshot
    let life = try OrderCheck.extend(name, by: length, snapshot: snapshot, policy: saved.policy).found()
    guard let index = snapshot.workers.firstIndex(where: { $0.name == name }) else {
      throw Failure(.notFound, "There is no worker \(name).")
    }
    let worker = snapshot.workers[index]
    let added = length ?? saved.policy.cleanup.extensionLength
    let cost = worker.price.cost(of: added)
    snapshot.workers[index].timeToLive = life
    var foreseen = ForeseenChange(
      sentences: [
        "\(name) might live for \(added.text) longer, until \(life.expiresAt), at \(worker.price.perHour) "
          + "\(saved.currency) an hour: \(cost) \(saved.currency) more at most."
      ], cost: cost, pricePerHour: .zero)
    if saved.policy.cleanup.extensionsNeedApproval {
      foreseen.sentences.append("Before that the extension would wait until somebody approves it.")
    }
    foreseen.add(CheckedDecision.make(snapshot: snapshot, policy: saved.policy).decision, pool: worker.pool, saved)
    return foreseen
  }

  /// - Throws: `Failure` with the sentence that the server would refuse the order with.
  static func remove(_ name: WorkerName, force: Bool, _ saved: SavedSnapshot) throws -> ForeseenChange {
    var snapshot = saved.snapshot
    let index = snapshot.workers.firstIndex { $0.name == name }
    let worker: WorkerRecord
    // Force may be added to a removal that has begun.
    if force, let index, snapshot.workers[index].state.isLeaving, snapshot.workers[index].removal?.force == false {
      worker = snapshot.workers[index]
    } else {
      worker = try OrderCheck.remove(name, workers: snapshot.workers).found()
    }
    let retirement = Retirement(
      worker: name, byChoice: false, force: force, reason: Reason("operator", "An assistant asked for it."))
    if let index {
      snapshot.workers[index] =
        WorkerLifecycle.retire(worker, retirement, now: snapshot.now, policy: saved.policy).record
    }
    let decision = CheckedDecision.make(snapshot: snapshot, policy: saved.policy).decision
    var foreseen = ForeseenChange(
      sentences: [
        "\(name) of pool \(worker.pool) (\(worker.state.rawValue)) would "
          + (force
            ? "be powered off without waiting for its pods, and removed."
            : "be drained within the limits of disruption budgets, and removed.")
          + " \(pods(on: worker, snapshot)) \(worker.price.perHour) \(saved.currency) an hour would no longer be paid."
      ], cost: .zero, pricePerHour: Money.zero - worker.price.perHour)
    let before = CheckedDecision.make(snapshot: saved.snapshot, policy: saved.policy).decision
    let successors =
      decision.plan.creations.count { $0.pool == worker.pool }
      - before.plan.creations.count { $0.pool == worker.pool }
    if successors > 0 {
      foreseen.sentences.append(
        "Pool \(worker.pool) would then create \(successors) \(successors == 1 ? "worker" : "workers") in its place.")
    }
    foreseen.add(decision, pool: worker.pool, saved)
    return foreseen
  }

  private static func pods(on worker: WorkerRecord, _ snapshot: Snapshot) -> String {
    guard case .known(let pods, _) = snapshot.pods else { return "Which pods run on it is not known." }
    let count = pods.count { $0.node?.rawValue == worker.name.rawValue }
    return "\(count) \(count == 1 ? "pod runs" : "pods run") on it."
  }

  private static func refuse(_ refusal: OrderRefusal?) throws {
    if let refusal { throw Failure(refusal) }
  }

  // MARK: - Money

  private init(sentences: [String], cost: Money, pricePerHour: Money) {
    self.sentences = sentences
    self.cost = cost
    self.pricePerHour = pricePerHour
  }

  /// The caps that concern the pool, after all that the plan would do.
  private mutating func add(_ decision: DecisionResult, pool: PoolName, _ saved: SavedSnapshot) {
    let plan = decision.plan
    for line in decision.report.budgets {
      let isHourly = line.scope.hasSuffix("/hour")
      let scope = isHourly ? String(line.scope.dropLast("/hour".count)) : line.scope
      guard scope == "all" || scope == pool.rawValue else { continue }
      let added = plan.creations.filter { scope == "all" || $0.pool == pool }.reduce(Money.zero) { $0 + $1.commitment }
      let committed = isHourly ? line.committed : line.committed + added
      let used = isHourly ? line.forecast : line.spent + committed
      budgets.append(
        Budget(
          scope: line.scope, cap: line.cap, spent: line.spent, committed: committed, left: line.cap - used,
          forecast: line.forecast))
    }
    sentences += budgets.map { budget in
      budget.scope.hasSuffix("/hour")
        ? "Budget \(budget.scope): \(budget.left) of \(budget.cap) \(saved.currency) an hour would be left."
        : "Budget \(budget.scope): \(budget.left) of \(budget.cap) \(saved.currency) would be left, after \(budget.spent) "
          + "spent and \(budget.committed) committed."
    }
    if budgets.isEmpty { sentences.append("No budget has a cap for it.") }
  }
}

extension SavedSnapshot {
  fileprivate var currency: String { policy.money.currency }
}

extension Failure {
  /// A refused order, as the server would answer it.
  fileprivate init(_ refusal: OrderRefusal) {
    self.init(refusal.category == .notFound ? .notFound : .failed, refusal.description)
  }
}

extension Result where Failure == OrderRefusal {
  fileprivate func found() throws -> Success {
    switch self {
    case .success(let value): value
    case .failure(let refusal): throw poolkeeper.Failure(refusal)
    }
  }
}
