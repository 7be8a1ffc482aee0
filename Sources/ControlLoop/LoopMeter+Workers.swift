import Decision
import Exposition
import Lifecycle
import Model
import Ports

/// What happens to workers, counted from their records.
extension LoopMeter {
  /// Steps that a worker can fail in while it is provisioned and joins.
  private static let provisioningSteps = LifecycleStep.allCases.filter { $0.configuredAs != nil }

  /// Why workers go, as far as it is known beforehand.
  private static let removalReasons =
    [
      ReasonCode.expired, .idleTimeout, .underUsed, .consolidated, .upgraded, .replaced, .preempted, .budgetExhausted,
      .hourlyBudgetExceeded, .standbyRemoved,
    ].map(\.rawValue) + ["operator"]

  /// What happens seldom, and must be seen when it does.
  private static let growthReasons: [ReasonCode] = [
    .belowMinimum, .beyondBudget, .pendingPods, .cpuPressure, .memoryPressure, .customTrigger, .requested,
    .replacesWorker,
    .forecast, .alert, .scheduled, .consolidates, .upgrades,
  ]

  /// Makes counters and histograms visible before the first event, so that its increase is seen.
  static func begin(_ policy: Policy, _ table: inout MetricTable) {
    for pool in policy.pools.map(\.name.rawValue) {
      table.begin(.provisioningDuration, labels: [pool])
      table.begin(.drainDuration, labels: [pool])
      for state in WorkerState.allCases { table.begin(.workerTransitions, labels: [pool, state.rawValue]) }
      for reason in removalReasons { table.begin(.removals, labels: [pool, reason]) }
      for reason in growthReasons { table.begin(.decisionReasons, labels: [pool, reason.rawValue]) }
      for step in provisioningSteps { table.begin(.workerFailures, labels: [pool, step.rawValue]) }
    }
    for step in provisioningSteps { table.begin(.stepDuration, labels: [step.rawValue]) }
    for (issue, levels) in policy.repair.levels {
      for action in levels.map(\.action.rawValue) {
        for outcome in ["succeeded", "failed"] { table.begin(.repairs, labels: [issue.rawValue, action, outcome]) }
      }
    }
  }

  /// Why pools are what they are, code by code.
  static func countReasons(_ report: Report, _ table: inout MetricTable) {
    for pool in report.pools {
      for code in Set(pool.reasons.map(\.code)) {
        table.increment(.decisionReasons, labels: [pool.pool.rawValue, code])
      }
    }
  }

  /// The states that a worker has entered, its steps that are over, and that it is to go.
  static func countChanges(_ record: WorkerRecord, before old: WorkerRecord?, _ table: inout MetricTable) {
    let pool = record.pool.rawValue
    func entered(_ state: WorkerState) { table.increment(.workerTransitions, labels: [pool, state.rawValue]) }
    // A new worker is requested and moves on within one entry; an adopted one was requested long ago.
    if old == nil, record.state != .requested, record.createdAt == record.stateSince { entered(.requested) }
    if old?.state != record.state { entered(record.state) }
    if old?.removal == nil, let removal = record.removal {
      table.increment(.removals, labels: [pool, removal.reason.code])
    }
    guard let old else { return }
    if let step = old.step, step.name != record.step?.name, record.state != .failed,
      let end = record.step?.startedAt ?? (record.state == old.state ? nil : record.stateSince)
    {
      table.observe(.stepDuration, max(0, (end - step.startedAt).inSeconds), labels: [step.name])
    }
    if old.state == .draining, record.state != .draining, record.state.isLeaving,
      let startedAt = record.removal?.drainStartedAt
    {
      table.observe(.drainDuration, (record.stateSince - startedAt).inSeconds, labels: [pool])
    }
  }
}
