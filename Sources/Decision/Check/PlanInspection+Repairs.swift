import Model

extension PlanInspection {
  /// The shortest time after a repair at which another may follow: its recheck.
  private static let shortestRecheck = Duration.seconds(60)

  /// Each order must be the table's next level, due by the snapshot's own times, within the attempts, after the pauses,
  /// and not in a pool of which too much is sick.
  mutating func checkRepairs() {
    var seen: Set<WorkerName> = []
    for order in plan.repairs {
      guard let record = recordsByName[order.worker], record.removal == nil,
        record.state == .ready || record.state == .unhealthy
      else {
        report(.repair, "\(order.worker) is not to be repaired in its state.", worker: order.worker)
        continue
      }
      if !seen.insert(order.worker).inserted || plan.retirements.contains(where: { $0.worker == order.worker }) {
        report(.repair, "\(order.worker) would be repaired twice, or repaired and retired.", worker: order.worker)
      }
      if !policy.repair.enabled || snapshot.nodes.value == nil {
        report(.repair, "\(order.worker) would be repaired while that is disabled or nodes are unknown.")
      }
      let levels = policy.repair.levels[order.issue] ?? []
      guard levels.indices.contains(order.level), levels[order.level].action == order.action else {
        report(.repair, "\(order.issue.rawValue) has no level \(order.level) of \(order.action.rawValue).")
        continue
      }
      checkTurn(order, record, levels.count)
      checkDue(order, levels[order.level])
    }
    checkBreaker()
    checkReplaced()
  }

  /// A broken worker without a substitute that is ready may go only where its pool keeps its minimum all the same.
  private mutating func checkReplaced() {
    for pool in policy.pools {
      let members = wanted(in: pool.name)
      let ready = members.filter { $0.state == .ready && $0.reason.data["replaces"] != nil }
      let gone = plan.retirements.filter { retirement in
        retirement.reason.code == "replaced" && recordsByName[retirement.worker]?.pool == pool.name
      }
      // A substitute was asked for while the other was there: who bore the name before does not matter.
      let bare = gone.count { retirement in
        !ready.contains { substitute in
          substitute.reason.data["replaces"] == retirement.worker.rawValue
            && recordsByName[retirement.worker].map { $0.createdAt < substitute.wantedSince } ?? false
        }
      }
      let expired = plan.retirements.count { retirement in
        retirement.reason.code == "expired" && recordsByName[retirement.worker]?.pool == pool.name
      }
      let left = members.count + plan.creations.count { $0.pool == pool.name } - gone.count - expired
      if bare > 0, left < pool.minimum {
        report(
          .minimum, "Pool \(pool.name) would keep \(left) of at least \(pool.minimum) workers after repairs.",
          pool: pool.name)
      }
    }
  }

  /// The order of levels, the attempts and the pauses, by the worker's record.
  private mutating func checkTurn(_ order: RepairOrder, _ record: WorkerRecord, _ levels: Int) {
    guard let repair = record.repair else {
      if order.level != 0 {
        report(.repair, "\(order.worker) would begin with level \(order.level).", worker: order.worker)
      }
      return
    }
    let next = repair.nextLevel(for: order.issue)
    let isNewRound = next >= levels
    let expected = isNewRound ? 0 : next
    if order.level != expected {
      report(
        .repair, "\(order.worker) would get level \(order.level) when level \(expected) is next.", worker: order.worker)
    }
    if repair.attempts >= policy.repair.maximumAttempts * levels {
      report(
        .repair, "\(order.worker) has been repaired \(repair.attempts) times, which is the limit.", worker: order.worker
      )
    }
    guard let last = repair.lastAttemptAt else { return }
    let pause = isNewRound ? policy.repair.cooldown : Self.shortestRecheck
    if snapshot.now - last < pause {
      report(
        .repair, "\(order.worker) would be repaired \((snapshot.now - last).text) after the last time.",
        worker: order.worker)
    }
  }

  /// The level's time since the condition's last transition, or its number of restarts.
  private mutating func checkDue(_ order: RepairOrder, _ level: RepairPolicy.Level) {
    var isDue = false
    if let restarts = level.afterRestarts {
      let system = snapshot.systems[order.worker]
      let count = order.issue == .containerdCrashLoop ? system?.containerdRestarts : system?.kubeletRestarts
      isDue = (count ?? 0) >= restarts
    } else if let condition = condition(order.issue, order.worker) {
      isDue = snapshot.now - condition.since >= level.after ?? .zero && condition.since == order.since
    }
    if !isDue {
      report(
        .repair, "\(order.worker) is not \(order.issue.rawValue), or not for long enough for \(order.action.rawValue).",
        worker: order.worker)
    }
  }

  /// The bad condition that an issue is; `nil` when the node does not have it.
  private func condition(_ issue: RepairIssue, _ worker: WorkerName) -> NodeObservation.Condition? {
    let node = snapshot.nodes.value?.first { $0.name.rawValue == worker.rawValue }
    switch issue {
    case .notReady: return node?.conditions["Ready"].flatMap { $0.status == .yes ? nil : $0 }
    case .diskPressure: return node?.conditions["DiskPressure"].flatMap { $0.status == .yes ? $0 : nil }
    case .memoryPressure: return node?.conditions["MemoryPressure"].flatMap { $0.status == .yes ? $0 : nil }
    case .kubeletCrashLoop, .containerdCrashLoop: return nil
    }
  }

  private mutating func checkBreaker() {
    var pools = Set(plan.repairs.compactMap { recordsByName[$0.worker]?.pool })
    pools.formUnion(plan.creations.filter { $0.reason.code == "replaces_worker" }.map(\.pool))
    for pool in pools.sorted() {
      let members = wanted(in: pool).filter {
        switch $0.state {
        case .ready, .unhealthy, .repairing: true
        default: false
        }
      }
      let sick = members.count { record in
        record.state != .ready
          || [RepairIssue.notReady, .diskPressure, .memoryPressure].contains { condition($0, record.name) != nil }
      }
      if sick > 1, Double(sick) > Double(members.count) * policy.repair.breakerPercent / 100 {
        report(
          .repair, "\(sick) of \(members.count) workers of pool \(pool) are sick: none may be repaired.", pool: pool)
      }
    }
  }
}
