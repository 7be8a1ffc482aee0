import ConfigurationFile
import Decision
import Model

/// A report, or what it says about one subject, line by line.
struct Explanation: Encodable, Sendable {
  /// One thing that the report says, for people and for programs.
  struct Line: Encodable, Sendable, Equatable {
    /// `pool`, `bound`, `trigger`, `alert`, `schedule`, `pods`, `request`, `approval`, `worker`, `budget`, `violation` or `missing`.
    var kind: String
    var name: String
    var verdict: String
    var code: String
    var sentence: String
    var remedy: String?
    var data: [String: String]

    init(_ kind: String, _ name: String, _ verdict: String, _ reason: Reason) {
      self.kind = kind
      self.name = name
      self.verdict = verdict
      code = reason.code
      sentence = reason.sentence
      remedy = reason.remedy
      data = reason.data
    }

    /// - Parameter withData: whether the figures that the sentence rests on follow.
    func text(withData: Bool) -> String {
      let head =
        kind == "violation" || kind == "missing" ? "\(kind): \(sentence)" : "\(kind) \(name): \(verdict) — \(sentence)"
      let help = remedy.map { "\n    → \($0)" } ?? ""
      let figures = data.keys.sorted().map { "\($0) \(data[$0]!)" }.joined(separator: ", ")
      return head + help + (withData && !figures.isEmpty ? "\n    (\(figures))" : "")
    }
  }

  /// When it was decided.
  let at: Instant
  /// What was asked about; `nil` for everything.
  let subject: String?
  let lines: [Line]

  /// Everything that the report says.
  init(of report: Report) {
    at = report.at
    subject = nil
    lines =
      report.violations.map { Line("violation", "plan", "refused", $0) }
      + report.pools.flatMap { Self.lines(of: $0) } + report.triggers.map { Self.line(of: $0) }
      + Self.signals(report) + report.podGroups.map { Self.line(of: $0) } + report.requests.map { Self.line(of: $0) }
      + (report.approvals ?? []).map { Self.line(of: $0) } + report.workers.map { Self.line(of: $0) }
      + report.budgets.map { Self.line(of: $0) }
      + report.missing.map { Line("missing", "reading", "missing", Reason(ReasonCode.readingMissing.rawValue, $0)) }
  }

  /// What the report says about a pool, pod, worker, trigger, request or budget.
  /// - Throws: `Failure` with the nearest name when the report says nothing about it.
  init(of report: Report, about subject: String) throws {
    at = report.at
    self.subject = subject
    let found = Self.lines(of: report, about: subject)
    guard !found.isEmpty else { throw Self.unknown(subject, report) }
    lines = found
  }

  private static func lines(of report: Report, about subject: String) -> [Line] {
    var lines: [Line] = []
    let pool = report.pools.first { $0.pool.rawValue == subject }
    lines += report.violations.filter { violation in
      let worker = violation.data["worker"] ?? ""
      return violation.data["pool"] == subject || worker == subject
        || (pool != nil && worker.hasPrefix("worker-\(subject)-"))
    }.map { Line("violation", "plan", "refused", $0) }
    if let pool {
      lines += Self.lines(of: pool)
      lines += pool.bounds.map { Line("bound", subject, "holds", $0) }
    }
    lines += report.triggers.filter { $0.trigger.rawValue == subject || $0.pool.rawValue == subject }.map(line)
    lines += signals(report) { $0 == subject }
    let groups = report.podGroups.filter { $0.example.description == subject || $0.example.name == subject }
    let pods = groups.isEmpty && pool == nil ? PodKinship.groups(of: subject, in: report) : groups
    lines += pods.map { line(of: $0) }
    if pool != nil { lines += report.podGroups.filter { $0.reason.data["pool"] == subject }.map { line(of: $0) } }
    lines += report.requests.filter { $0.request.rawValue == subject }.map(line)
    lines += (report.approvals ?? []).filter { approval in
      [approval.approval.rawValue, approval.subject, approval.pool.rawValue].contains(subject)
    }.map { line(of: $0) }
    lines += report.workers.filter { $0.worker.rawValue == subject }.map(line)
    let scopes = pool == nil ? [subject] : [subject, "all"]
    lines += report.budgets.filter { scopes.contains($0.scope) }.map(line)
    return lines
  }

  private static func unknown(_ subject: String, _ report: Report) -> Failure {
    let pools = report.pools.map(\.pool.rawValue)
    let names =
      pools + report.workers.map(\.worker.rawValue) + report.triggers.map(\.trigger.rawValue)
      + report.requests.map(\.request.rawValue) + report.budgets.map(\.scope)
      + report.podGroups.flatMap { [$0.example.description, $0.example.name] }
      + (report.alerts ?? []).map(\.name) + (report.schedules ?? []).map(\.schedule.rawValue)
    let advice = Suggestion.sentence(
      for: subject, among: names,
      otherwise: "Pools are \(pools.joined(separator: ", ")); of pods only those that wait are explained, as "
        + "NAMESPACE/NAME; \"poolkeeper explain\" tells all.")
    return Failure(.notFound, "The last decision says nothing about \"\(subject)\". \(advice)")
  }

  // MARK: - Lines

  private static func lines(of pool: PoolReport) -> [Line] {
    pool.reasons.map { Line("pool", pool.pool.rawValue, pool.verdict.rawValue, $0) }
  }

  private static func line(of trigger: TriggerReport) -> Line {
    Line("trigger", trigger.trigger.rawValue, trigger.state.phase.rawValue, trigger.reason)
  }

  /// Alerts by name or fingerprint, schedules by name or pool.
  private static func signals(_ report: Report, _ isMeant: (String) -> Bool = { _ in true }) -> [Line] {
    let alerts = (report.alerts ?? []).filter { isMeant($0.name) || isMeant($0.fingerprint) }
    let schedules = (report.schedules ?? []).filter { isMeant($0.schedule.rawValue) || isMeant($0.pool.rawValue) }
    return alerts.map { Line("alert", $0.name, $0.outcome.rawValue, $0.reason) }
      + schedules.map { Line("schedule", $0.schedule.rawValue, $0.active ? "active" : "inactive", $0.reason) }
  }

  private static func line(of group: PodGroupReport) -> Line {
    Line("pods", "\(group.example) (\(group.pods))", group.outcome.rawValue, group.reason)
  }

  private static func line(of request: RequestReport) -> Line {
    Line("request", request.request.rawValue, request.outcome.rawValue, request.reason)
  }

  private static func line(of approval: ApprovalReport) -> Line {
    Line("approval", approval.approval.rawValue, "waits", approval.reason)
  }

  private static func line(of worker: WorkerReport) -> Line {
    Line("worker", worker.worker.rawValue, worker.verdict.rawValue, worker.reason)
  }

  private static func line(of budget: BudgetReport) -> Line {
    let left = budget.cap - budget.spent - budget.committed
    let sentence =
      budget.scope.hasSuffix("/hour")
      ? "Workers cost \(budget.spent) of \(budget.cap) an hour."
      : "\(budget.spent) spent and \(budget.committed) committed of \(budget.cap); \(budget.forecast) by the month's end."
    return Line(
      "budget", budget.scope, left > .zero ? "within" : "exhausted",
      Reason(
        (left > .zero ? ReasonCode.withinBudget : .budgetExhausted).rawValue, sentence,
        remedy: left > .zero ? nil : "Raise the cap, or wait for the next month.",
        data: [
          "cap": "\(budget.cap)", "spent": "\(budget.spent)", "committed": "\(budget.committed)", "left": "\(left)",
          "forecast": "\(budget.forecast)",
        ]))
  }
}

/// Finds a pod's group by its name: the report names one pod of each group, and pods of one owner differ in the endings
/// that Kubernetes gave them.
enum PodKinship {
  static func groups(of subject: String, in report: Report) -> [PodGroupReport] {
    let parts = subject.split(separator: "/", maxSplits: 1).map(String.init)
    guard let name = parts.last else { return [] }
    let owned = report.podGroups.filter { group in
      group.owners.contains { owner in
        let ownerParts = owner.split(separator: "/", maxSplits: 1)
        let isNear = parts.count < 2 || ownerParts.first.map(String.init) == parts[0]
        return isNear && (ownerParts.last.map { name == $0 || name.hasPrefix($0 + "-") } ?? false)
      }
    }
    if !owned.isEmpty { return owned.map { told($0, subject) } }
    let near = report.podGroups.filter { parts.count < 2 || $0.example.namespace == parts[0] }
    // One ending for a StatefulSet's, DaemonSet's or Job's pods, two for those of a Deployment.
    for endings in [1, 2] {
      guard let stem = stem(of: name, without: endings) else { continue }
      let found = near.filter { self.stem(of: $0.example.name, without: endings) == stem }
      if !found.isEmpty { return found.map { told($0, subject) } }
    }
    return []
  }

  private static func told(_ group: PodGroupReport, _ subject: String) -> PodGroupReport {
    var group = group
    group.reason.sentence = "\(subject) counts among these by its name: " + group.reason.sentence
    group.reason.data["matched"] = "by name"
    return group
  }

  private static func stem(of name: String, without endings: Int) -> String? {
    let parts = name.split(separator: "-", omittingEmptySubsequences: false)
    guard parts.count > endings else { return nil }
    return parts.dropLast(endings).joined(separator: "-")
  }
}
