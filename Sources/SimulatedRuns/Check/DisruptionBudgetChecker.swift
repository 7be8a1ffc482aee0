import Model
import Ports
import Simulator

/// No disruption budget is broken by what we call, and no machine is taken away under pods that nobody asked to go.
///
/// Promised: pods leave by evictions, which the API server grants or refuses by their budgets; a machine is shut down,
/// powered off or rebooted, and a node deleted, only when no pod is Ready there any more (DaemonSets' apart). A node that
/// is dead already has no Ready pods and disturbs nobody.
///
/// Excused: an operator's removal by force; an expiry that is configured to end workers at once; a drain that is configured
/// to be forced at its limit; a preempted spot worker past its notice; the reboot of a node that is still broken, which the
/// table of repairs orders without a drain, and the replacement of one that is not Ready. Lists that lacked rows or were old a
/// moment ago, and a person who gave the node back to the scheduler in the middle of a drain.
public struct DisruptionBudgetChecker: Checker {
  public static let name = "disruption_budget"

  /// For so long after it a lie of the lists, or a hand, may still show in what is done.
  static let aftermath: Duration = .minutes(15)

  private var afterwards = Afterwards()
  private var told: Set<WorkerID> = []
  /// Workers whose removal an operator forced while it was under way for another reason.
  private var forced: Set<String> = []
  /// Workers whose drain had come to the limit at which it may be forced, whatever the clock was set to afterwards.
  private var overdue: Set<WorkerID> = []
  private var before = Instant.epoch

  public init(_ scene: Scene) {}

  public mutating func see(_ moment: Moment) -> [Violation] {
    afterwards.see(moment)
    defer { before = moment.now }
    for event in moment.events where event.code == "removal_forced" { forced.insert(event.name) }
    for record in moment.changed {
      if record.state == .requested { forced.remove(record.name.rawValue) }
      if hasReachedLimit(record, moment) { overdue.insert(record.id) }
      if record.state == .terminated || record.removal == nil { overdue.remove(record.id) }
    }
    guard !moment.calls.isEmpty else { return [] }
    var violations: [Violation] = []
    for call in moment.calls where !call.readyPods.isEmpty {
      guard let deed = Self.deed(call), Self.tookEffect(call.outcome), let record = Self.record(call, moment) else {
        continue
      }
      guard !isExcused(call, record, moment), told.insert(record.id).inserted else { continue }
      let pods = call.readyPods.count == 1 ? "a pod that was Ready" : "\(call.readyPods.count) pods that were Ready"
      let budgets = Self.budgets(moment, since: before)
      violations.append(
        violation(moment, "\(record.name) was \(deed) under \(pods) there and that nobody had asked to go\(budgets)."))
    }
    return violations
  }

  private static func deed(_ call: ObservedCall) -> String? {
    switch call.call {
    case .stop: "powered off"
    case .shutdown: "shut down"
    case .reboot: "rebooted"
    case .delete: "destroyed"
    case .deleteNode: "deleted from the cluster"
    default: nil
    }
  }

  private static func tookEffect(_ outcome: ObservedCall.Outcome) -> Bool {
    switch outcome {
    case .done, .answerLost: true
    case .refused: false
    }
  }

  private static func record(_ call: ObservedCall, _ moment: Moment) -> WorkerRecord? {
    if case .deleteNode(let node, _) = call.call {
      return moment.records.last { $0.name.rawValue == node.rawValue && $0.state != .terminated }
        ?? moment.records.last { $0.name.rawValue == node.rawValue }
    }
    guard let id = call.owner?.id else { return nil }
    return moment.records.first { $0.id == id }
  }

  private static func budgets(_ moment: Moment, since before: Instant) -> String {
    let broken = moment.world.report.budgetViolations.filter { $0.at > before }
    return broken.map { "; disruption budget \($0.budget) lacks \($0.missing)" }.joined()
  }

  private func isExcused(_ call: ObservedCall, _ record: WorkerRecord, _ moment: Moment) -> Bool {
    if afterwards.lied(.cluster, within: Self.aftermath, before: moment.now)
      || afterwards.lied(.hypervisor, within: Self.aftermath, before: moment.now)
    {
      return true
    }
    if let hand = afterwards.handAt[record.id], moment.now - hand <= Self.aftermath { return true }
    if case .reboot = call.call, record.removal == nil {
      // The table orders it on nodes that are broken; `drain_and_reboot` is the level that is to drain.
      guard let repair = record.repair, repair.inWork != .drainAndReboot else { return false }
      return repair.issue != .notReady || !hasRecovered(record, moment)
    }
    guard let removal = record.removal else { return false }
    if removal.force, forced.contains(record.name.rawValue) { return true }
    switch RemovalCause(removal.reason.code) {
    case .order: if removal.force { return true }
    case .expiry: if removal.force, moment.policy.cleanup.expiry == .terminate { return true }
    case .replacement: if removal.force { return true }
    case .preemption: return true
    case .failure, .choice, .budget, .standby, .poolIsGone: break
    }
    return overdue.contains(record.id) || hasReachedLimit(record, moment)
  }

  /// The node had been Ready for so long that whoever looked would have seen it.
  private func hasRecovered(_ record: WorkerRecord, _ moment: Moment) -> Bool {
    guard let node = moment.world.nodes[NodeName(record.name.rawValue)], let ready = node.conditions["Ready"] else {
      return false
    }
    return ready.status == .yes && moment.now - ready.since > .minutes(2)
  }

  private func hasReachedLimit(_ record: WorkerRecord, _ moment: Moment) -> Bool {
    guard moment.policy.draining.forceAfterLimit, let began = record.removal?.drainStartedAt else { return false }
    return moment.programNow >= began.advanced(by: moment.policy.draining.limit)
  }
}
