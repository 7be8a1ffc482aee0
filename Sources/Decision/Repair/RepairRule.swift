import Model

/// Repairs sick workers by the configured table: level by level, in rounds, never while too much of a pool is sick.
enum RepairRule {
  @Sendable static func apply(_ draft: inout Draft) {
    let situation = draft.situation
    guard situation.policy.repair.enabled, situation.policy.health.enabled, situation.nodes != nil,
      !SeededBug.leavesSickWorkers.isOn
    else { return }
    // What may exceed a budget is promised before what may not.
    let atMinimum = situation.pools.filter(situation.isAtMinimum)
    let others = situation.pools.filter { !situation.isAtMinimum($0) }
    for pool in atMinimum + others {
      let members = situation.workers(of: pool.name).filter { $0.isStaying && !$0.state.isUnderWay }
      let sick = members.map { (worker: $0, issues: Issue.of($0, situation)) }.filter {
        !$0.issues.isEmpty || $0.worker.state == .unhealthy || $0.worker.state == .repairing
      }
      guard !sick.isEmpty else { continue }
      if isBroken(sick.count, members.count, situation.policy.repair) {
        hold(pool, sick.map(\.worker), members.count, &draft)
        continue
      }
      for (worker, issues) in sick where !ExpiryRule.isOver(worker, situation) {
        repair(worker, issues, pool, &draft)
      }
    }
  }

  /// Many sick workers at once have a common cause, which repairing them one by one makes worse.
  static func isBroken(_ sick: Int, _ members: Int, _ policy: RepairPolicy) -> Bool {
    sick > 1 && !SeededBug.ignoresBreaker.isOn && Double(sick) * 100 > policy.breakerPercent * Double(members)
  }

  private static func hold(_ pool: Pool, _ sick: [WorkerRecord], _ members: Int, _ draft: inout Draft) {
    let reason = Reason(
      .repairBreaker,
      "\(sick.count) of \(members) workers of pool \(pool.name) are unhealthy at once; nothing is repaired, as the cause "
        + "is probably common to them.",
      remedy: "Look at the network, the hosts and the control plane.",
      data: ["unhealthy": "\(sick.count)", "workers": "\(members)"])
    draft.note(pool.name, reason)
    for worker in sick { draft.note(worker.name, .keep, reason) }
  }

  private static func repair(_ worker: WorkerRecord, _ issues: [Issue], _ pool: Pool, _ draft: inout Draft) {
    guard let first = issues.first else {
      draft.note(
        worker.name, .keep, Reason(.unhealthy, "Worker \(worker.name) is unhealthy, but no condition says why."))
      return
    }
    if worker.state == .repairing || worker.repair?.inWork != nil {
      let action = worker.repair?.inWork.map { " (\($0.rawValue))" } ?? ""
      draft.note(worker.name, .repair, Reason(.repairInWork, "Worker \(worker.name) is being repaired\(action)."))
      return
    }
    var verdicts: [RepairVerdict] = []
    for issue in issues {
      let verdict = RepairVerdict.of(issue, worker, draft.situation)
      if case .due(let level, let index) = verdict {
        order(level, index, issue, worker, pool, &draft)
        return
      }
      verdicts.append(verdict)
    }
    let reason = verdicts.first?.reason(first, worker, draft.situation)
    draft.note(worker.name, .keep, reason ?? Reason(.unhealthy, "Worker \(worker.name) is unhealthy."))
  }

  private static func order(
    _ level: RepairPolicy.Level, _ index: Int, _ issue: Issue, _ worker: WorkerRecord, _ pool: Pool,
    _ draft: inout Draft
  ) {
    if level.action == .replace {
      ReplacementRule.apply(worker, issue, level, pool, &draft)
      return
    }
    let reason = Reason(
      .repairOrdered,
      "Worker \(worker.name) is \(issue.phrase(draft.situation.now)): \(level.action.rawValue), level \(index + 1).",
      data: ["issue": issue.kind.rawValue, "level": "\(index)", "action": level.action.rawValue])
    var order = RepairOrder(
      worker: worker.name, issue: issue.kind, level: index, action: level.action, since: issue.since, reason: reason)
    order.escalates = level.escalates
    draft.plan.repairs.append(order)
    draft.note(worker.name, .repair, reason)
  }
}

/// What the table says about one issue of one worker now.
enum RepairVerdict {
  case due(RepairPolicy.Level, Int)
  case notYet(RepairPolicy.Level, Int)
  /// A recheck, or the pause between two rounds.
  case pause(until: Instant)
  case exhausted(attempts: Int)
  case noTable

  /// Levels follow one another within a round; a round that is used up is followed by the next after the cooldown. What
  /// has been tried on a worker counts whatever it was tried for, so that issues that take turns end, too.
  static func of(_ issue: Issue, _ worker: WorkerRecord, _ situation: Situation) -> RepairVerdict {
    let policy = situation.policy.repair
    let levels = policy.levels[issue.kind] ?? []
    guard !levels.isEmpty else { return .noTable }
    var next = worker.repair?.nextLevel(for: issue.kind) ?? 0
    let isNewRound = next >= levels.count
    if isNewRound { next = 0 }
    let level = levels[next]
    let attempts = worker.repair?.attempts ?? 0
    // A replacement is no attempt: it ends the worker.
    if attempts >= policy.maximumAttempts * levels.count, level.action != .replace {
      return .exhausted(attempts: attempts)
    }
    if let last = worker.repair?.lastAttemptAt {
      let pause = isNewRound ? policy.cooldown : recheck(after: lastAction(of: worker, policy))
      let end = last.advanced(by: pause)
      if end > situation.now { return .pause(until: end) }
    }
    let isDue =
      if let restarts = level.afterRestarts { (issue.restarts ?? 0) >= restarts } else {
        situation.now - issue.since >= level.after ?? .zero
      }
    return isDue ? .due(level, next) : .notYet(level, next)
  }

  /// What was tried last, whatever for; `nil` when the table does not hold it any more.
  private static func lastAction(of worker: WorkerRecord, _ policy: RepairPolicy) -> RepairAction? {
    guard let repair = worker.repair, let levels = policy.levels[repair.issue] else { return nil }
    let index = repair.nextLevel - 1
    return levels.indices.contains(index) ? levels[index].action : nil
  }

  /// How long an action is given to show its effect.
  static func recheck(after action: RepairAction?) -> Duration {
    switch action {
    case .restartKubelet, .cleanDisk, .pruneImages: .seconds(60)
    case .reboot, .drainAndReboot, .replace, nil: .seconds(300)
    }
  }

  func reason(_ issue: Issue, _ worker: WorkerRecord, _ situation: Situation) -> Reason {
    let head = "Worker \(worker.name) is \(issue.phrase(situation.now))"
    switch self {
    case .due(let level, let index):
      return Reason(.repairOrdered, "\(head): \(level.action.rawValue), level \(index + 1).")
    case .notYet(let level, let index):
      let when =
        level.afterRestarts.map { "at \($0) restarts" }
        ?? "at \(issue.since.advanced(by: level.after ?? .zero).clockText)"
      return Reason(.repairWaits, "\(head); \(level.action.rawValue), level \(index + 1), follows \(when).")
    case .pause(let until):
      return Reason(.repairWaits, "\(head); the last repair is given until \(until.clockText) to show its effect.")
    case .exhausted(let attempts):
      return Reason(
        .repairExhausted, "\(head) after \(attempts) repairs; nothing more is tried.",
        remedy: "Look at the machine, or remove the worker.", data: ["attempts": "\(attempts)"])
    case .noTable:
      return Reason(.unhealthy, "\(head); no repair is configured for that.")
    }
  }
}
