import Model

/// A report as lines for a person.
enum Explanation {
  /// - Parameter subject: a pool, worker, trigger, request, budget or pod; `nil` for everything.
  static func lines(of report: Report, about subject: String?) -> [String] {
    func concerns(_ names: String...) -> Bool { subject.map { names.contains($0) } ?? true }
    func line(_ kind: String, _ name: String, _ verdict: String, _ reason: Reason) -> String {
      let remedy = reason.remedy.map { " (\($0))" } ?? ""
      return "\(kind) \(name): \(verdict) — \(reason.sentence)\(remedy)"
    }
    var lines: [String] = []
    for pool in report.pools where concerns(pool.pool.rawValue) {
      for reason in pool.reasons { lines.append(line("pool", pool.pool.rawValue, pool.verdict.rawValue, reason)) }
    }
    for trigger in report.triggers where concerns(trigger.trigger.rawValue, trigger.pool.rawValue) {
      lines.append(line("trigger", trigger.trigger.rawValue, trigger.state.phase.rawValue, trigger.reason))
    }
    for group in report.podGroups where concerns(group.example.description, group.example.name) {
      lines.append(line("pods", "\(group.example) (\(group.pods))", group.outcome.rawValue, group.reason))
    }
    for request in report.requests where concerns(request.request.rawValue) {
      lines.append(line("request", request.request.rawValue, request.outcome.rawValue, request.reason))
    }
    for worker in report.workers where concerns(worker.worker.rawValue) {
      lines.append(line("worker", worker.worker.rawValue, worker.verdict.rawValue, worker.reason))
    }
    for budget in report.budgets where concerns(budget.scope) {
      lines.append(
        "budget \(budget.scope): spent \(budget.spent) and committed \(budget.committed) of \(budget.cap); "
          + "month's end \(budget.forecast)")
    }
    if subject == nil { lines += report.missing.map { "missing: \($0)" } }
    return lines
  }
}
