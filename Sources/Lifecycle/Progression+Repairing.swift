import Model

/// One repair action on an unhealthy worker; whether it helped is seen afterwards, in `unhealthy`.
///
/// No repair call is sent twice: a restart or reboot cannot be seen for certain, and the recheck leads to the next
/// level where the first did not help.
extension Progression {
  mutating func repair(_ order: RepairOrder) {
    guard record.state == .ready || record.state == .unhealthy else {
      tell(
        "repair_refused", "\(record.name) is \(record.state.rawValue); only ready or unhealthy workers are repaired.")
      return
    }
    if record.state == .ready { enter(.unhealthy) }
    var known = record.repair ?? RepairRecord(issue: order.issue, since: order.since)
    known.turn(to: order.issue)
    known.since = order.since
    known.nextLevel = order.level + 1
    if SeededBug.skipsRepairLevel.isOn { known.nextLevel += 1 }
    if SeededBug.repeatsRepairLevel.isOn { known.nextLevel -= 1 }
    known.attempts += 1
    known.lastAttemptAt = now
    guard order.action != .replace else {
      record.repair = known
      tell("repair_escalated", "\(record.name) is to be replaced: \(order.reason.sentence)")
      retire(Retirement(worker: record.name, byChoice: false, reason: order.reason))
      return
    }
    known.inWork = order.action
    record.repair = known
    enter(.repairing)
    switch order.action {
    case .restartKubelet: begin(.restartKubelet)
    case .reboot: begin(.reboot)
    case .cleanDisk: begin(.cleanDisk)
    case .pruneImages: begin(.pruneImages)
    case .drainAndReboot: begin(.cordon)
    case .replace: break
    }
    tell("repair_started", "\(order.action.rawValue) begins on \(record.name): \(order.reason.sentence)")
  }

  mutating func carryOutRepair() -> Bool {
    if loseIfGone() { return false }
    let missing = nodeMissing(since: record.repair?.nodeMissingSince)
    if record.repair?.nodeMissingSince != missing { record.repair?.nodeMissingSince = missing }
    switch step {
    case .restartKubelet: return callOnce(.restartKubelet)
    case .cleanDisk: return callOnce(.cleanDisk)
    case .pruneImages: return callOnce(.pruneImages)
    case .reboot: return reboot()
    case .waitForReboot: return waitForReboot()
    case .cordon: return cordonForRepair()
    case .drain: return drainForRepair()
    case .uncordon, .uncordonAfterFailure: return uncordonAfterRepair()
    default:
      finishRepair("The journal does not say which step of the repair was in work.")
      return true
    }
  }

  /// The repair is over, well or not.
  mutating func finishRepair(_ failure: String? = nil) {
    let action = record.repair?.inWork?.rawValue ?? "repair"
    record.repair?.inWork = nil
    record.repair?.nodeMissingSince = nil
    record.step = nil
    enter(.unhealthy)
    if let failure {
      record.lastError = failure
      tell("repair_failed", "\(action) of \(record.name) failed: \(failure)")
    } else {
      tell("repair_finished", "\(action) of \(record.name) is done; it is looked at again.")
    }
  }

  /// The repair has failed. A node that was cordoned for it takes pods again first; its step remembers the failure, and
  /// `lastError` says which.
  mutating func failRepair(_ failure: String) {
    guard record.repair?.inWork == .drainAndReboot else {
      finishRepair(failure)
      return
    }
    record.lastError = failure
    begin(.uncordonAfterFailure)
  }

  /// The node takes pods again, after a repair that went well or did not.
  mutating func finishUncordonedRepair() {
    guard step == .uncordonAfterFailure else {
      finishRepair()
      return
    }
    finishRepair(record.lastError ?? "It was given up; the node of \(record.name) takes pods again.")
  }

  // MARK: Steps

  /// On a machine that is ours by the list of this look, and on no other: an operating system asks nobody whose it is.
  private mutating func callOnce(_ action: WorkerAction) -> Bool {
    guard let current = record.step else { return false }
    if !current.called {
      if case .unmarked = machineSight {
        failRepair(record.lastError ?? "The machine of \(record.name) no longer carries its mark.")
        return true
      }
      guard case .ours = machineSight else { return false }
      call(action)
      return false
    }
    guard let notBefore = current.notBefore, now >= notBefore else { return false }
    finishRepair("No answer came to \(action.name); whether it took effect will be seen.")
    return true
  }

  /// A machine that stands still is started instead.
  private mutating func reboot() -> Bool {
    if case .unmarked = machineSight {
      failRepair(record.lastError ?? "The machine of \(record.name) no longer carries its mark.")
      return true
    }
    guard case .ours(let machine, _) = machineSight, let current = record.step else { return false }
    if !current.called {
      if record.repair?.inWork == .drainAndReboot {
        guard let pods = podsToWaitFor(since: nil) else { return false }
        // The hypervisor did not answer for long, and a person gave the node back meanwhile.
        if !pods.isEmpty, case .ours = nodeSight {
          begin(.cordon)
          return true
        }
      }
      guard let isOver = issueIsOver else { return false }
      if isOver {
        finishRepair("Its node had recovered before the call; nothing was done.")
        return true
      }
      call(machine.power == .stopped ? .start : .reboot)
      return false
    }
    guard let notBefore = current.notBefore, now >= notBefore else { return false }
    begin(.waitForReboot)
    return true
  }

  /// Whether the node has recovered from what a reboot without a drain was ordered for: between the order and its call hours
  /// may lie, in which the hypervisor did not answer or this program was down, and pods may run there again. `nil`: that is
  /// not known. No node shows whether something crashes again and again.
  private var issueIsOver: Bool? {
    guard let repair = record.repair, repair.inWork == .reboot, policy.health.enabled else { return false }
    switch repair.issue {
    case .kubeletCrashLoop, .containerdCrashLoop: return false
    case .notReady, .diskPressure, .memoryPressure: break
    }
    switch nodeSight {
    case .unknown: return nil
    case .absent, .foreign: return false
    case .ours(let node, _): return !findings(on: node).contains { $0.issue == repair.issue }
    }
  }

  private mutating func waitForReboot() -> Bool {
    guard let current = record.step else { return false }
    let elapsed = now - current.startedAt
    let limit = policy.provisioning.limit(of: .boot)
    let runs = world.system?.stage == .running && elapsed >= LifecycleLimits.rebootTakes
    guard runs || elapsed >= limit else { return false }
    if !runs {
      failRepair("The system of \(record.name) did not answer within \(limit.text) of its reboot.")
    } else if record.repair?.inWork == .drainAndReboot {
      begin(.uncordon)
    } else {
      finishRepair()
    }
    return true
  }

  private mutating func cordonForRepair() -> Bool {
    switch nodeSight {
    case .unknown, .foreign: return false
    case .absent(let at): return giveUpWithoutNode(lookedAt: at)
    case .ours(let node, _):
      if node.unschedulable {
        begin(.drain)
        return true
      }
      callPatiently(.cordon, .cordon)
      return false
    }
  }

  /// Somebody deleted the node, and only a kubelet that starts anew registers it again: that is another repair. One look
  /// may have lost its row.
  private mutating func giveUpWithoutNode(lookedAt: Instant) -> Bool {
    guard let since = record.repair?.nodeMissingSince, lookedAt - since >= LifecycleLimits.nodeMissingConfirmed else {
      return false
    }
    finishRepair("The node of \(record.name) is missing from the cluster.")
    return true
  }

  /// As a removal's drain, but never forced: at the limit the node takes pods again and nothing was rebooted.
  private mutating func drainForRepair() -> Bool {
    guard let pods = podsToWaitFor(since: record.step?.startedAt), let current = record.step else { return false }
    if pods.isEmpty {
      begin(.reboot)
      return true
    }
    if now - current.startedAt >= policy.draining.limit {
      let sentence =
        "The drain for the repair of \(record.name) did not end within "
        + "\(policy.draining.limit.text): \(names(of: pods)) stay."
      tell("drain_abandoned", "\(sentence) It is to take pods again.")
      failRepair(sentence)
      return true
    }
    if let next = current.notBefore, now < next { return false }
    record.step?.called = true
    record.step?.notBefore = now.advanced(by: policy.draining.batchDelay)
    record.step?.attempt += 1
    evict(batch(of: pods, round: current.attempt - 1, rotating: true))
    return false
  }

  private mutating func uncordonAfterRepair() -> Bool {
    switch nodeSight {
    case .unknown, .foreign: return false
    case .absent(let at): return giveUpWithoutNode(lookedAt: at)
    case .ours(let node, let at):
      // Should the look be older than the cordon, the mark will show when the repair is over.
      if let current = record.step, current.called, !node.unschedulable, at >= current.startedAt {
        finishUncordonedRepair()
        return true
      }
      callPatiently(step ?? .uncordon, .uncordon)
      return false
    }
  }
}
