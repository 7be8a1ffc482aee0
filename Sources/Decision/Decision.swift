public import Model

/// The deciding core: one snapshot and one policy in, one plan with its reasons out. A pure function of values.
public enum Decision {
  /// What is to be done now, why, and what to remember for the next time.
  ///
  /// The same snapshot and policy give the same result, in whatever order their lists are. Nothing here waits, looks at
  /// a clock or draws a number: `snapshot.now` is the only time, names come from the numbers that are free.
  public static func plan(snapshot: Snapshot, policy: Policy) -> DecisionResult {
    var draft = Draft(Situation(snapshot: snapshot, policy: policy))
    for step in steps { step(&draft) }
    return draft.result()
  }

  /// The rules in the order in which they act. What grows comes first, so that what shrinks knows of it.
  static let steps: [@Sendable (inout Draft) -> Void] = [
    TriggerRule.apply,
    RestingNamesRule.apply,
    PoolMemoryRule.apply,
    PreemptionMemoryRule.apply,
    MinimumRule.apply,
    RepairRule.apply,
    RequestRule.apply,
    ScheduleRule.apply,
    AlertRule.apply,
    PendingPodsRule.apply,
    PressureRule.apply,
    CustomTriggerRule.apply,
    AnnouncementRule.apply,
    ExpiryRule.apply,
    RemovedPoolRule.apply,
    BudgetExhaustionRule.apply,
    HourlyBudgetRule.apply,
    PreemptionRule.apply,
    IdleRule.apply,
    ConsolidationRule.finish,
    UtilisationRule.apply,
    UnderUseRule.apply,
    ConsolidationRule.apply,
    UpgradeRule.apply,
    StandbyRule.apply,
    ReportRule.apply,
  ]
}

/// A decision: carry out `plan` once `PlanChecker` has passed it, show `report`, keep `memory` for the next snapshot.
public struct DecisionResult: Hashable, Sendable, Codable {
  /// What is to be done.
  public var plan: Plan
  /// Why, for each pool, trigger, pod group, request, worker and budget.
  public var report: Report
  /// What the next decision must know: hold times, cooldowns, idle clocks. To be kept in every case.
  public var memory: DecisionMemory

  /// A decision of these three parts.
  public init(plan: Plan, report: Report, memory: DecisionMemory) {
    self.plan = plan
    self.report = report
    self.memory = memory
  }
}
