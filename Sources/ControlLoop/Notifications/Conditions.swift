import Decision
import Model
import Ports

/// The conditions that a decision shows. Pure.
struct Conditions {
  /// Shares of a cap that are told beside the configured one, in percent.
  static let thresholds = [50.0, 100.0]
  /// A share is over when so many points less of the cap are spent.
  static let points = 5.0
  /// A forecast is within its cap again when it is below this share of it.
  static let forecastReturns = 0.9
  /// So long a condition goes on for those who are told no more, where nothing else says when it ends.
  static let longest: Duration = .hours(7 * 24)

  let policy: Policy
  let snapshot: Snapshot
  let report: Report
  /// What has happened at this tick.
  let events: [JournalEvent]
  let told: [String: ToldCondition]

  var now: Instant { snapshot.now }

  /// All of them, and the beginnings of keys that cannot be judged now.
  var all: (conditions: [Condition], unknown: [String]) {
    (
      budgets + forecasts + unheld + capacity + drains + repairs,
      snapshot.spending.value == nil ? ["budget/", "forecast/", "cannot-hold/"] : []
    )
  }

  // MARK: - Money

  /// Lines of calendar months and of the burst event; an hour's cap is reached in the normal course of things.
  private var lines: [BudgetReport] { report.budgets.filter { !$0.scope.hasSuffix("/hour") && $0.cap > .zero } }

  private var month: Spending? { snapshot.spending.value }

  private var budgets: [Condition] {
    let percents = Set(Self.thresholds + [policy.money.alertPercent]).filter { $0 > 0 && $0 <= 100 }.sorted()
    return lines.flatMap { line -> [Condition] in
      let share = line.spent.units / line.cap.units * 100
      let isExhausted = exhausted.contains(line.scope)
      let reached = percents.filter { $0 >= 100 ? share >= 100 || isExhausted : share >= $0 || isExhausted }
      return percents.compactMap { percent in
        let key = "budget/\(line.scope)/\(Self.text(percent))"
        let holds = reached.contains(percent)
        let before = told[key]
        // An exhausted budget stays so until the month ends or its cap changes.
        let stands =
          percent >= 100 && before?.month == monthName(line) && before?.message?.data["cap"] == "\(line.cap)"
        guard holds || (before != nil && (stands || share >= percent - Self.points)) else { return nil }
        var condition = Condition(key: key, message: threshold(line, percent, isExhausted), holds: holds)
        condition.isOvershadowed = percent != reached.last
        condition.month = monthName(line)
        return condition
      }
    }
  }

  /// A burst event is not bound to a month.
  private func monthName(_ line: BudgetReport) -> String? { line.scope == "burst_event" ? nil : month?.month }

  /// Scopes whose temporary workers go because no more can be spent.
  private var exhausted: Set<String> {
    Set(
      report.workers.filter { $0.reason.code == ReasonCode.budgetExhausted.rawValue }
        .compactMap { $0.reason.data["scope"] })
  }

  private func threshold(_ line: BudgetReport, _ percent: Double, _ isExhausted: Bool) -> NotificationMessage {
    let currency = policy.money.currency
    let isFull = percent >= 100
    var sentence =
      "\(Self.whose(line.scope)) cost \(line.spent) \(currency) so far, \(Self.text(percent)) % or more of the cap of "
      + "\(line.cap) \(currency)"
    if isFull, isExhausted {
      sentence =
        "\(Self.whose(line.scope)) cost \(line.spent) \(currency) so far; what is left of the cap of \(line.cap) "
        + "\(currency) pays just for the way out of the temporary workers, which go now"
    }
    return message(
      .budget, "budget_threshold", isFull ? .critical : percent >= policy.money.alertPercent ? .warning : .info,
      "Budget \(line.scope): \(Self.text(percent)) % used", sentence + ".", line,
      ["threshold_percent": Self.text(percent)])
  }

  private var forecasts: [Condition] {
    lines.filter { $0.scope != "burst_event" }.compactMap { line in
      let key = "forecast/\(line.scope)"
      let holds = line.forecast > line.cap
      let lingers = told[key] != nil && line.forecast.units > line.cap.units * Self.forecastReturns
      guard holds || lingers else { return nil }
      let currency = policy.money.currency
      var condition = Condition(
        key: key,
        message: message(
          .budget, "budget_forecast", .warning, "Budget \(line.scope): forecast beyond the cap",
          "\(Self.whose(line.scope)) will have cost \(line.forecast) \(currency) by the month's end if they stay as they "
            + "are, \(line.forecast - line.cap) more than the cap of \(line.cap) \(currency).", line, [:]),
        holds: holds)
      condition.month = month?.month
      return condition
    }
  }

  /// Caps that what must be kept does not fit under.
  private var unheld: [Condition] {
    let code = ReasonCode.minimumOverBudget.rawValue
    var found = lines.compactMap { line in
      line.reason.flatMap { $0.code == code ? (scope: line.scope, reason: $0) : nil }
    }
    for pool in report.pools where !found.contains(where: { $0.scope == pool.pool.rawValue }) {
      if let reason = pool.reasons.first(where: { $0.code == code }) { found.append((pool.pool.rawValue, reason)) }
    }
    return found.map { scope, reason in
      var message = message(
        .budget, "budget_cannot_hold", .critical, "Budget \(scope) cannot hold what must be kept", reason, until: nil)
      message.subject = "budget"
      message.name = scope
      return Condition(key: "cannot-hold/\(scope)", message: message, holds: true)
    }
  }

  // MARK: - Workers

  private var capacity: [Condition] {
    report.pools.compactMap { pool in
      guard let reason = pool.reasons.first(where: { $0.code == ReasonCode.poolAtMaximum.rawValue }) else { return nil }
      var message = message(
        .capacity, "pool_at_capacity", .warning, "Pool \(pool.pool) is at its maximum", reason, until: nil)
      message.subject = "pool"
      message.name = pool.pool.rawValue
      message.data["maximum"] = "\(pool.maximum)"
      return Condition(key: "capacity/\(pool.pool)", message: message, holds: true)
    }
  }

  private var drains: [Condition] {
    snapshot.workers.compactMap { worker in
      let key = "drain/\(worker.id)"
      let stuck = events.last { $0.code == "drain_stuck" && $0.name == worker.name.rawValue }
      guard stuck != nil || (told[key] != nil && worker.state == .draining) else { return nil }
      var message = NotificationMessage(
        .drain, code: "drain_stuck", status: .firing, severity: .warning,
        title: "The drain of \(worker.name) does not get on", sentence: stuck?.sentence ?? "")
      message.subject = "worker"
      message.name = worker.name.rawValue
      message.endsAt = now.advanced(by: Self.longest)
      message.data["pool"] = worker.pool.rawValue
      if let blocked = worker.removal?.blockedBy { message.data["blocked_by"] = blocked }
      return Condition(key: key, message: message, holds: stuck != nil)
    }
  }

  private var repairs: [Condition] {
    let exhausted = report.workers.filter { $0.reason.code == ReasonCode.repairExhausted.rawValue }.map { worker in
      var message = message(
        .escalation, "repair_exhausted", .critical, "Repair of \(worker.worker) has been given up", worker.reason,
        until: nil)
      message.subject = "worker"
      message.name = worker.worker.rawValue
      return Condition(key: "repair/\(worker.worker)", message: message, holds: true)
    }
    let stopped = report.pools.compactMap { pool -> Condition? in
      guard let reason = pool.reasons.first(where: { $0.code == ReasonCode.repairBreaker.rawValue }) else { return nil }
      var message = message(
        .escalation, "repair_stopped", .critical, "Repair of pool \(pool.pool) is stopped", reason, until: nil)
      message.subject = "pool"
      message.name = pool.pool.rawValue
      return Condition(key: "repair/pool/\(pool.pool)", message: message, holds: true)
    }
    return exhausted + stopped
  }

  // MARK: - Texts

  private func message(
    _ kind: NotificationKind, _ code: String, _ severity: NotificationMessage.Severity, _ title: String,
    _ sentence: String, _ line: BudgetReport, _ data: [String: String]
  ) -> NotificationMessage {
    var message = NotificationMessage(
      kind, code: code, status: .firing, severity: severity, title: title, sentence: sentence)
    message.subject = "budget"
    message.name = line.scope
    message.endsAt = month?.monthEnd ?? now.advanced(by: Self.longest)
    message.data = [
      "cap": "\(line.cap)", "spent": "\(line.spent)", "committed": "\(line.committed)", "forecast": "\(line.forecast)",
      "currency": policy.money.currency,
    ].merging(data) { _, new in new }
    return message
  }

  private func message(
    _ kind: NotificationKind, _ code: String, _ severity: NotificationMessage.Severity, _ title: String,
    _ reason: Reason, until end: Instant?
  ) -> NotificationMessage {
    let sentence = [reason.sentence, reason.remedy].compactMap { $0 }.joined(separator: " ")
    var message = NotificationMessage(
      kind, code: code, status: .firing, severity: severity, title: title, sentence: sentence)
    message.endsAt = end ?? now.advanced(by: Self.longest)
    message.data = reason.data
    return message
  }

  private static func whose(_ scope: String) -> String {
    switch scope {
    case "all": "The workers of all pools"
    case "burst_event": "The workers of this burst event"
    default: "The workers of pool \(scope)"
    }
  }

  /// A percentage without a needless fraction.
  private static func text(_ percent: Double) -> String {
    percent == percent.rounded() ? "\(Int(percent))" : "\(percent)"
  }
}
