import Model

/// What is wrong with a node, and since when.
struct HealthFinding: Equatable {
  var issue: RepairIssue
  var since: Instant
  /// The condition in words.
  var sentence: String
}

/// Ready and unhealthy workers: watched, kept labelled, never removed on what is not known.
extension Progression {
  mutating func stayReady() -> Bool {
    if loseIfGone() { return false }
    forgetOldRepair()
    switch nodeSight {
    case .unknown, .foreign: return false
    case .absent(let at): return missNode(lookedAt: at)
    case .ours(let node, let at):
      if step == .nodeMissing { record.step = nil }
      if let finding = finding(on: node), now - finding.since >= policy.health.unhealthyAfter {
        becomeUnhealthy(finding)
        return true
      }
      keepNodeInOrder(node, lookedAt: at)
      return false
    }
  }

  mutating func stayUnhealthy() -> Bool {
    if loseIfGone() { return false }
    guard case .ours(let node, let at) = nodeSight else { return false }
    guard let finding = finding(on: node) else {
      enter(.ready)
      record.lastError = nil
      tell("worker_recovered", "\(record.name) is healthy again.")
      return true
    }
    note(finding)
    keepNodeInOrder(node, lookedAt: at)
    return false
  }

  // MARK: Conditions

  /// The worst of the conditions that are wrong now.
  func finding(on node: NodeObservation) -> HealthFinding? { findings(on: node).first }

  /// The conditions that are wrong now, the worst first. The network counts as not ready, exhausted process ids as memory
  /// pressure: the same repairs help. What a node said of its resources before it fell silent is not asked.
  func findings(on node: NodeObservation) -> [HealthFinding] {
    guard policy.health.enabled else { return [] }
    let bad: [(String, RepairIssue)] = [
      ("NetworkUnavailable", .notReady), ("DiskPressure", .diskPressure), ("MemoryPressure", .memoryPressure),
      ("PIDPressure", .memoryPressure),
    ]
    if !node.isReady {
      let since = max(node.conditions["Ready"]?.since ?? node.createdAt, record.readyAt ?? record.createdAt)
      return [HealthFinding(issue: .notReady, since: since, sentence: "its node is not Ready")]
    }
    return bad.compactMap { type, issue in
      guard let condition = node.conditions[type], condition.status == .yes else { return nil }
      return HealthFinding(issue: issue, since: condition.since, sentence: "its node reports \(type)")
    }
  }

  private mutating func becomeUnhealthy(_ finding: HealthFinding) {
    enter(.unhealthy)
    note(finding)
    tell(
      "worker_unhealthy",
      "\(record.name) is unhealthy: \(finding.sentence) for \((now - finding.since).text).")
  }

  /// Each issue has its own levels and goes on where it was left; what has been tried on this worker counts for all.
  mutating func note(_ finding: HealthFinding) {
    record.lastError = "\(record.name) is unhealthy: \(finding.sentence) since \(finding.since)."
    guard var known = record.repair else {
      record.repair = RepairRecord(issue: finding.issue, since: finding.since)
      return
    }
    known.turn(to: finding.issue)
    known.since = finding.since
    record.repair = known
  }

  /// Attempts are remembered while the cooldown lasts, so that a worker that flaps is not repaired without end.
  private mutating func forgetOldRepair() {
    guard let repair = record.repair else { return }
    if let last = repair.lastAttemptAt, now - last < policy.repair.cooldown { return }
    record.repair = nil
  }

  // MARK: The node object

  /// Its node object was deleted under it. A kubelet registers again only when it restarts: that is a repair.
  private mutating func missNode(lookedAt: Instant) -> Bool {
    guard policy.health.enabled else { return false }
    guard step == .nodeMissing, let current = record.step else {
      begin(.nodeMissing)
      record.lastError = "The node of \(record.name) is missing from the cluster."
      return false
    }
    guard lookedAt - current.startedAt >= policy.health.unhealthyAfter else { return false }
    record.step = nil
    becomeUnhealthy(
      HealthFinding(issue: .notReady, since: current.startedAt, sentence: "its node is missing from the cluster"))
    return false
  }

  /// Labels that differ are set again, and a node that is to take pods again is uncordoned; at most once in a while.
  private mutating func keepNodeInOrder(_ node: NodeObservation, lookedAt: Instant) {
    // The mark is ours, whatever has come between: a list that lacked the node or was older than the cordon, another repair,
    // a record that was lost. Cordons of old are without, and known by the step alone.
    let isMarked = node.isCordonedByUs && !SeededBug.leavesNodesCordoned.isOn
    if isMarked || step == .uncordon && node.unschedulable {
      callAgainLater(.uncordon, .uncordon, lookedAt: lookedAt)
      return
    }
    if step == .uncordon { record.step = nil }
    guard carriesLabels(node) else {
      callAgainLater(.label, .label(labels), lookedAt: lookedAt)
      return
    }
    // A node object that was deleted and registered anew has it again.
    if node.isStarting {
      callAgainLater(.removeStartUpTaint, .removeStartUpTaint, lookedAt: lookedAt)
    } else if step == .label || step == .removeStartUpTaint {
      record.step = nil
    }
  }

  private mutating func callAgainLater(_ step: LifecycleStep, _ action: WorkerAction, lookedAt: Instant) {
    if self.step != step { begin(step) }
    if let current = record.step, current.called,
      lookedAt < current.startedAt.advanced(by: LifecycleLimits.nodeChangeRetry * current.attempt)
    {
      return
    }
    if record.step?.called == true { record.step?.attempt += 1 }
    call(action, settling: LifecycleLimits.nodeChangeRetry)
  }

  // MARK: Loss

  /// Follows the machine, and fails the worker when it is gone.
  /// - Returns: whether nothing else is to be done in this advance.
  mutating func loseIfGone() -> Bool {
    switch machineSight {
    case .unknown: return false
    case .ours(let machine, _):
      record.machine = machine.id
      record.host = machine.host
      return false
    case .unmarked(let machine, _):
      noteUnmarked(machine)
      return false
    case .absent:
      _ = failIfLost()
      return record.state == .failed
    }
  }
}
