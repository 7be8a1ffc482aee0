import Model

/// Completes the report: a line for each pool, trigger and worker, also when nothing happens.
enum ReportRule {
  /// Obstacles: what was asked for and did not come about.
  static let refusals: Set<String> = Set(
    [
      ReasonCode.poolAtMaximum, .parallelLimit, .backingOff, .hostsUnknown, .hostsFull, .ledgerUnknown, .poolBudget,
      .totalBudget, .burstEventBudget, .noHelp, .poolHourlyBudget, .totalHourlyBudget,
    ].map(\.rawValue))

  /// Says of every worker that no rule has spoken of why it stays.
  @Sendable static func apply(_ draft: inout Draft) {
    for worker in draft.situation.workers where draft.workerNotes[worker.name] == nil {
      draft.note(worker.name, .keep, Standing.of(worker, draft))
    }
    for standby in draft.situation.reserves where draft.workerNotes[standby.name] == nil {
      draft.note(standby.name, .keep, StandbyRule.standing(of: standby, draft))
    }
  }

  static func report(_ draft: Draft) -> Report {
    let situation = draft.situation
    var report = Report(at: situation.now)
    report.pools = situation.pools.map { pool($0, draft) }
    report.triggers = situation.triggers.compactMap { trigger in
      draft.memory.triggers[trigger.name].map { TriggerRule.report(trigger, $0, draft) }
    }
    report.podGroups = draft.podGroups
    report.requests = draft.requests
    report.alerts = draft.alerts.isEmpty ? nil : draft.alerts
    report.schedules = draft.schedules.isEmpty ? nil : draft.schedules
    report.workers = (situation.workers + situation.reserves).sorted { $0.name < $1.name }.compactMap {
      draft.workerNotes[$0.name]
    }
    report.budgets = BudgetLines.of(draft)
    report.missing = situation.missing
    report.missing += report.triggers.filter { $0.reason.has(.triggerUnknown) }.map(\.reason.sentence)
    report.summary = summary(draft, report)
    report.missing += situation.snapshot.untold
    return report
  }

  private static func pool(_ pool: Pool, _ draft: Draft) -> PoolReport {
    let workers = draft.situation.workers(of: pool.name)
    let creations = draft.plan.creations.count { $0.pool == pool.name }
    let retired = workers.count { draft.retiring.contains($0.name) }
    let notes = draft.poolNotes[pool.name] ?? []
    let verdict: PoolReport.Verdict =
      if !pool.enabled { .disabled } else if creations > 0 { .grow } else if retired > 0 { .shrink } else {
        notes.contains { refusals.contains($0.code) } ? .refused : .hold
      }
    var report = PoolReport(pool: pool.name, verdict: verdict, minimum: pool.minimum, maximum: pool.maximum)
    report.ready = workers.count { $0.isStaying && !$0.state.isUnderWay }
    report.underWay = workers.count { $0.isStaying && $0.state.isUnderWay }
    report.leaving = workers.count { !$0.isStaying }
    report.desired = draft.stayingAfterPlan(pool.name)
    let standby = draft.situation.keptReserves(of: pool.name).count
    report.standby = standby > 0 || pool.standby > 0 ? standby : nil
    report.preemptions = draft.memory.pools[pool.name]?.preemptions?.count
    report.reasons = notes
    report.bounds = PoolBounds.of(pool, draft)
    if retired > 0 { report.reasons.append(shrinking(pool, draft)) }
    if verdict == .hold || verdict == .disabled { report.reasons.insert(holding(pool, report, draft), at: 0) }
    return report
  }

  private static func shrinking(_ pool: Pool, _ draft: Draft) -> Reason {
    let gone = draft.plan.retirements.filter { retirement in
      draft.situation.workers(of: pool.name).contains { $0.name == retirement.worker }
    }.sorted { $0.worker < $1.worker }
    let names = gone.prefix(3).map(\.worker.rawValue) + (gone.count > 3 ? ["\(gone.count - 3) more"] : [])
    return Reason(
      gone[0].reason.code,
      "Pool \(pool.name) lets \(Phrase.count(gone.count, "worker")) go: \(Phrase.list(names)).",
      data: ["retired": "\(gone.count)"])
  }

  private static func holding(_ pool: Pool, _ report: PoolReport, _ draft: Draft) -> Reason {
    let size = "\(report.ready + report.underWay) of \(pool.maximum)"
    let data = ["workers": "\(report.ready + report.underWay)", "maximum": "\(pool.maximum)"]
    guard pool.enabled else {
      return Reason(
        .poolDisabled,
        "Pool \(pool.name) is disabled; it has \(Phrase.count(report.ready + report.underWay, "worker")).",
        remedy: "Set \"enabled\": true for the pool in the configuration.", data: data)
    }
    let own = draft.situation.triggers.filter { $0.pool == pool.name }
    if let uncertain = own.first(where: { draft.memory.triggers[$0.name]?.isUncertain != false }) {
      return Reason(
        .readingMissing, "Pool \(pool.name) holds at \(size): trigger \(uncertain.name) has no reading.",
        remedy: "It goes on deciding when the reading is back.", data: data)
    }
    if let firing = own.first(where: { draft.memory.triggers[$0.name]?.isActing == true }) {
      let waiting = draft.podGroups.first { $0.outcome == .waits || $0.outcome == .impossible }
      return Reason(
        .triggerFiring,
        "Pool \(pool.name) holds at \(size): trigger \(firing.name) fires, but nothing is to be created.",
        remedy: firing.kind == .pendingPods ? waiting.map { "Of what waits: \($0.reason.sentence)" } : nil, data: data)
    }
    let why = own.isEmpty ? "it has no trigger and nobody asks" : "no trigger fires"
    return Reason(.nothingAsked, "Pool \(pool.name) holds at \(size): \(why).", data: data)
  }

  /// The whole decision in one sentence.
  private static func summary(_ draft: Draft, _ report: Report) -> String {
    let plan = draft.plan
    var parts: [String] = []
    let made = plan.creations.filter { !$0.isActivation }
    if !made.isEmpty {
      let pools = Set(made.map(\.pool)).sorted().map { pool in
        "\(Phrase.workers(made.filter { $0.pool == pool }.map(\.template))) in pool \(pool)"
      }
      parts.append("create \(Phrase.list(pools))")
    }
    let started = plan.creations.filter(\.isActivation).map(\.worker.rawValue).sorted()
    if !started.isEmpty { parts.append("start \(Phrase.list(started)) from standby") }
    if let standbys = plan.standbys, !standbys.isEmpty {
      parts.append("make \(Phrase.list(standbys.map(\.worker.rawValue).sorted())) for standby")
    }
    if !plan.retirements.isEmpty {
      let names = plan.retirements.map(\.worker).sorted()
      let shown = names.prefix(3).map(\.rawValue) + (names.count > 3 ? ["\(names.count - 3) more"] : [])
      parts.append("retire \(Phrase.list(shown))")
    }
    if !plan.repairs.isEmpty { parts.append("repair \(Phrase.list(plan.repairs.map(\.worker.rawValue).sorted()))") }
    if !parts.isEmpty {
      let text = parts.joined(separator: "; ")
      return text.prefix(1).uppercased() + text.dropFirst() + "."
    }
    let staying = draft.situation.workers.count { $0.isStaying }
    let unknown = report.missing.count
    let missing = unknown > 0 ? " \(Phrase.count(unknown, "reading")) \(unknown == 1 ? "is" : "are") missing." : ""
    return "Nothing to do: \(Phrase.count(staying, "worker")) \(staying == 1 ? "stays" : "stay").\(missing)"
  }
}
