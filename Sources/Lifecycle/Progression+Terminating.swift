import Model

/// The machine goes in the safe order: power off, then the Node object, then the machine.
///
/// Each advance looks afresh: a machine that runs again is powered off again, whatever had been reached, and one whose node
/// turns out to serve pods that nobody asked to go is drained again. Nothing is ever given up; pauses between calls grow
/// and `lastError` says what is in the way.
extension Progression {
  mutating func beginTermination(_ reason: Reason, force: Bool) {
    let clonePending = cloneMayAppear
    let task = record.step?.task
    let settled = max(
      now.advanced(by: LifecycleLimits.callSettles), record.step?.notBefore ?? now)
    enter(.terminating)
    if record.removal == nil { record.removal = RemovalRecord(reason: reason, askedAt: now, force: force) }
    if force { record.removal?.force = true }
    record.removal?.blockedBy = nil
    record.removal?.refusals = nil
    record.step = nil
    if clonePending {
      begin(.settleClone, notBefore: settled)
      record.step?.task = task
    }
    tell("worker_terminating", "\(record.name) is removed: \(reason.sentence)")
  }

  /// A clone was called for and its machine has not been seen, or only half of it.
  private var cloneMayAppear: Bool {
    guard let current = record.step else { return false }
    return step == .clone && (current.called || current.attempt > 1)
  }

  /// A machine without a mark under the number of a clone that never was seen as ours, and that nothing works on any more:
  /// somebody else was given the number first.
  private func isAnothers(_ machine: MachineObservation, lookedAt: Instant) -> Bool {
    guard step == .settleClone, let settled = record.step?.notBefore, lookedAt >= settled else { return false }
    return !machine.locked && world.task != .running
  }

  mutating func terminate() -> Bool {
    switch machineSight {
    case .unknown: return false
    case .unmarked(let machine, let at):
      if SeededBug.ignoresMissingMarks.isOn { switchOff(machine) }
      if isAnothers(machine, lookedAt: at) { record.machine = nil } else { noteUnmarked(machine) }
      return false
    case .ours(let machine, _):
      record.machine = machine.id
      record.host = machine.host
      record.mayReappear = nil
      if !machine.locked, world.task != .running { startBilling() }
      guard machine.power == .stopped else {
        if drainAgain() { return true }
        if mayServeUnseen { return false }
        switchOff(machine)
        return false
      }
      guard nodeIsGone() else { return false }
      if step != .deleteMachine { tell("node_gone", "\(record.name) is powered off and no node any more.") }
      if machine.locked {
        record.lastError = "Machine \(machine.id) of \(record.name) is locked; it is deleted as soon as it is not."
      }
      callPatiently(.deleteMachine, .deleteMachine)
      if SeededBug.finishesWithoutLooking.isOn { finish() }
      return false
    case .absent(let at):
      if step == .settleClone, let notBefore = record.step?.notBefore, at < notBefore || world.task == .running {
        return false
      }
      // A look from before the machine was seen and its removal begun proves nothing.
      if let begun = record.step?.startedAt, at < begun { return false }
      // Nobody has deleted it: one look may have lost its row.
      if step != .deleteMachine, isNewlyMissing(at) { return false }
      if step != .deleteMachine, step == .settleClone || record.machine != nil { record.mayReappear = true }
      guard nodeIsGone() else { return false }
      finish()
      return false
    }
  }

  // MARK: Power

  /// Back to the drain when its end was a mistake, or when there was none: the node reports and has pods that are not on
  /// their way out. The list that said otherwise had lost rows, the machine was started by hand after all had left it, or
  /// the record is behind the world. What may be forced is not drained again.
  private mutating func drainAgain() -> Bool {
    guard case .ours(let node, _) = nodeSight, mayServe(node), record.removal?.force != true, !mayForceNow,
      !SeededBug.skipsDrain.isOn,
      let pods = podsToWaitFor(since: record.stateSince)?.filter({ !$0.isTerminating }), !pods.isEmpty
    else { return false }
    let hasBegun = record.removal?.drainStartedAt != nil
    if !hasBegun { record.removal?.drainStartedAt = now }
    record.removal?.nodeMissingSince = nil
    enter(.draining)
    begin(.cordon)
    tell(
      hasBegun ? "drain_resumed" : "drain_started",
      "\(record.name) is drained\(hasBegun ? " again" : "") before it goes: \(names(of: pods)) still run there.")
    return true
  }

  /// A worker that has not become ready by its record may serve all the same: it joined while this program was down, or the
  /// journal is an older one that was restored. It is looked at before it is switched off.
  private var mayServeUnseen: Bool {
    guard record.readyAt == nil, record.removal?.force != true, record.removal?.drainStartedAt == nil,
      !SeededBug.skipsDrain.isOn
    else { return false }
    switch nodeSight {
    case .unknown: return true
    case .absent, .foreign: return false
    case .ours(let node, _): return mayServe(node) && podsToWaitFor(since: record.stateSince) == nil
    }
  }

  /// Whether pods other than those of DaemonSets may run on a node: it reports, and has lost the taint of its start.
  private func mayServe(_ node: NodeObservation) -> Bool { node.isReady && (record.readyAt != nil || !node.isStarting) }

  private mutating func switchOff(_ machine: MachineObservation) {
    if wantsShutdown {
      callPatiently(.shutdown, .shutdown)
      return
    }
    if step == .shutdown {
      tell("shutdown_overdue", "\(record.name) did not shut down by itself and is powered off.")
    }
    callPatiently(.powerOff, .powerOff)
    if machine.power == .unknown {
      record.lastError =
        "Whether machine \(machine.id) of \(record.name) still runs is not known; "
        + "its node is kept until it is certainly off."
    }
  }

  /// Only a system that had its configuration can be asked to shut down, and only for so long.
  private var wantsShutdown: Bool {
    guard policy.termination.graceful, record.removal?.force != true, step != .powerOff else { return false }
    guard step == .shutdown, let current = record.step else {
      guard step == nil || step == .settleClone else { return false }
      return record.readyAt != nil || world.system?.stage == .running
    }
    return now - current.startedAt < policy.termination.forceShutdownAfter
  }

  // MARK: The node

  /// Whether certainly no Node object of this worker is left; deletes it otherwise. Called only when nothing runs under
  /// it any more.
  private mutating func nodeIsGone() -> Bool {
    if step != .deleteNode && step != .deleteMachine { begin(.deleteNode) }
    switch nodeSight {
    case .unknown: return false
    case .foreign: return true
    case .absent(let at): return step == .deleteMachine || at >= (record.step?.startedAt ?? at)
    case .ours(let node, _):
      if node.isReady, case .absent = machineSight {
        record.lastError = "The machine of \(record.name) is not to be seen, but its node reports; the node is kept."
        return false
      }
      // On ours its last report is from before the power went; on another, which bears the same name, it serves.
      if node.isReady, !standsOnOurs(node) {
        record.lastError =
          "The machine of \(record.name) is off, but its node still reports; the node is kept until it does not."
        return false
      }
      callPatiently(.deleteNode, .deleteNode(uid: node.uid))
      return false
    }
  }

  // MARK: The end

  private mutating func finish() {
    enter(.terminated)
    record.step = nil
    // A machine that vanished cost nothing from then on, however long that was not believed and its node stayed.
    if let from = record.billedFrom { record.billedUntil = max(from, record.missingSince ?? now) }
    if SeededBug.stopsBillingAtDrain.isOn { record.billedUntil = record.removal?.drainStartedAt ?? now }
    let cost = record.cost(until: now)
    tell("worker_terminated", "\(record.name) is gone; it cost \(cost) \(policy.money.currency).")
  }
}
