public import Decision
public import Model

/// A decision and the plan checker's word on it.
public enum CheckedDecision {
  /// Decides, and has the plan checked; what the checker has against it stands in the report.
  public static func make(
    snapshot: Snapshot, policy: Policy
  ) -> (decision: DecisionResult, violations: [PlanViolation]) {
    var decision = Decision.plan(snapshot: snapshot, policy: policy)
    let violations = PlanChecker.check(decision.plan, snapshot: snapshot, policy: policy)
    guard !violations.isEmpty, !SeededBug.isInPlanChecker else { return (decision, []) }
    decision.report.violations = violations.map { violation in
      var data: [String: String] = [:]
      data["pool"] = violation.pool?.rawValue
      data["worker"] = violation.worker?.rawValue
      return Reason(
        violation.rule.rawValue, violation.sentence,
        remedy:
          "This is a defect of the program: save the snapshot with \"poolkeeper plan --save FILE\" and report it.",
        data: data)
    }
    decision.report.summary = "Nothing is carried out, for the plan breaks a hard rule: \(violations[0].sentence)"
    return (decision, violations)
  }
}
