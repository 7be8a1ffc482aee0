import Model

/// Answers to actions, in whatever state they arrive.
extension Progression {
  mutating func take(_ outcome: ActionOutcome, of action: WorkerAction) {
    switch action {
    case .clone: takeClone(outcome)
    case .configure: takeProvisioning(outcome, .configure)
    case .start:
      if record.state == .repairing { takeReboot(outcome) } else { takeProvisioning(outcome, .start) }
    case .applyConfiguration: takeProvisioning(outcome, .applyConfiguration)
    case .label: takeLabel(outcome)
    case .removeStartUpTaint: takeStartUpTaint(outcome)
    case .cordon, .uncordon: takeNodeChange(outcome, action)
    case .evict(let pod, _, _): takeEviction(outcome, pod)
    case .deleteNode, .powerOff, .deleteMachine: takeRemoval(outcome, action)
    case .shutdown: takeShutdown(outcome)
    case .restartKubelet: takeRepair(outcome, .restartKubelet)
    case .cleanDisk: takeRepair(outcome, .cleanDisk)
    case .pruneImages: takeRepair(outcome, .pruneImages)
    case .reboot: takeReboot(outcome)
    }
  }

  /// Failures after which the call may have taken effect all the same.
  private func isUncertain(_ code: String) -> Bool { code == "uncertain" || code == "unreachable" }

  /// Refusals of a call that is only not to be carried out now. They say nothing against the worker.
  private func isNotYet(_ code: String) -> Bool { code == "busy" || code == "throttled" || code == "superseded" }

  // MARK: Provisioning

  private mutating func takeClone(_ outcome: ActionOutcome) {
    let waiting = step == .clone && record.step?.called == true
    switch outcome {
    case .cloned(let machine, let task):
      // Also in a state that no longer waits for it: where there is a machine there is something to remove.
      guard record.state != .terminated else { return }
      record.machine = machine
      record.firmware = nil
      if waiting || step == .settleClone {
        record.step?.task = task.isEmpty ? nil : task
        if waiting { noteAnswered() }
      }
    case .failed(let code, let message, let retryable):
      guard waiting, record.state == .provisioning else { return }
      record.lastError = message
      if isUncertain(code) { return }
      if isNotYet(code) {
        waitForTurn(message)
        return
      }
      if code == "exhausted" { record.host = nil }
      _ = failStep(.clone, "The clone of \(record.name) failed: \(message)", retryable: retryable)
    case .succeeded, .evictionRefused: return
    }
  }

  private mutating func takeProvisioning(_ outcome: ActionOutcome, _ provisioning: ProvisioningStep) {
    guard record.state == .provisioning, record.step?.name == provisioning.rawValue, record.step?.called == true else {
      return
    }
    switch outcome {
    case .succeeded:
      noteAnswered()
      if provisioning == .applyConfiguration { beginJoining() }
    case .failed(let code, let message, let retryable):
      record.lastError = message
      // Not sent because another process may lead: what leads looks and sends it.
      if isUncertain(code) || code == "superseded" { return }
      _ = failStep(
        provisioning, "\(provisioning.rawValue) of \(record.name) failed: \(message)", retryable: retryable)
    case .cloned, .evictionRefused: return
    }
  }

  /// The clone is asked for again a little later, which uses up no attempt. Told once.
  private mutating func waitForTurn(_ message: String) {
    record.step?.notBefore = now.advanced(by: LifecycleLimits.turnRetry)
    guard record.step?.waitsForTurn != true else { return }
    record.step?.waitsForTurn = true
    tell("clone_waits", "The clone of \(record.name) waits for its turn: \(message)")
  }

  /// The call was taken: only from now on its effect can be expected within the step's limit.
  private mutating func noteAnswered() {
    record.step?.waitsForTurn = nil
    guard record.step?.notBefore != nil else { return }
    record.step?.notBefore = nil
    record.step?.startedAt = now
  }

  private mutating func takeLabel(_ outcome: ActionOutcome) {
    guard step == .label, record.step?.called == true else { return }
    switch (outcome, record.state) {
    case (.succeeded, .joining): begin(.removeStartUpTaint)
    case (.failed(let code, let message, let retryable), .joining):
      record.lastError = message
      if isUncertain(code) || code == "superseded" { return }
      _ = failStep(.label, "Labelling the node of \(record.name) failed: \(message)", retryable: retryable)
    case (.failed(_, let message, _), .ready), (.failed(_, let message, _), .unhealthy):
      record.lastError = "Labelling the node of \(record.name) failed: \(message)"
    default: return
    }
  }

  /// What may help later is asked for again once a look shows that the taint is still there.
  private mutating func takeStartUpTaint(_ outcome: ActionOutcome) {
    guard step == .removeStartUpTaint, record.step?.called == true else { return }
    switch (outcome, record.state) {
    case (.succeeded, .joining): becomeReady()
    case (.failed(let code, let message, let retryable), let state):
      record.lastError = "The start-up taint of \(record.name) could not be removed: \(message)"
      guard state == .joining, !retryable, !isUncertain(code), code != "superseded" else { return }
      _ = failStep(.nodeReady, record.lastError ?? message, retryable: false)
    default: return
    }
  }

  // MARK: The node

  private mutating func takeNodeChange(_ outcome: ActionOutcome, _ action: WorkerAction) {
    let expected: [LifecycleStep] = action == .cordon ? [.cordon] : [.uncordon, .uncordonAfterFailure]
    guard let step, expected.contains(step), record.step?.called == true else { return }
    switch outcome {
    case .succeeded:
      switch (record.state, step) {
      case (.draining, .cordon), (.repairing, .cordon): begin(.drain)
      case (.repairing, .uncordon), (.repairing, .uncordonAfterFailure): finishUncordonedRepair()
      default: return
      }
    case .failed(_, let message, _):
      // Why the repair failed is still to be told.
      if step == .uncordonAfterFailure { return }
      record.lastError = "\(step.rawValue) of \(record.name) failed: \(message)"
    case .cloned, .evictionRefused: return
    }
  }

  private mutating func takeEviction(_ outcome: ActionOutcome, _ pod: PodKey) {
    guard record.state == .draining || record.state == .repairing else { return }
    switch outcome {
    case .succeeded:
      if record.state == .draining { noteEvicted(pod) }
    case .evictionRefused(let budget):
      if SeededBug.takesRefusalsForDone.isOn { return noteEvicted(pod) }
      if record.state == .draining { noteRefusal(pod, by: budget) }
      record.lastError = "\(pod) may not be evicted now: disruption budget \(budget)."
    case .failed(let code, let message, _):
      if code == "notFound" {
        if record.state == .draining { noteEvicted(pod) }
        return
      }
      record.lastError = "The eviction of \(pod) failed: \(message)"
    case .cloned: return
    }
  }

  private mutating func noteEvicted(_ pod: PodKey) {
    forgetRefusal(of: pod)
    guard let evicted = record.removal?.evicted, !evicted.contains(pod) else { return }
    record.removal?.evicted = (evicted + [pod]).sorted()
  }

  // MARK: Removal

  private mutating func takeRemoval(_ outcome: ActionOutcome, _ action: WorkerAction) {
    guard case .failed(_, let message, _) = outcome, record.state != .terminated else { return }
    record.lastError = "\(action.name) of \(record.name) failed: \(message)"
    // Should a list lose its row now, it passes for deleted.
    if action == .deleteMachine { record.mayReappear = true }
  }

  /// A system that cannot be asked is powered off at once; one that may answer later is asked again until the limit.
  private mutating func takeShutdown(_ outcome: ActionOutcome) {
    guard record.state == .terminating, step == .shutdown, let current = record.step else { return }
    if outcome == .succeeded {
      record.step?.notBefore = current.startedAt.advanced(by: policy.termination.forceShutdownAfter)
    }
    guard case .failed(_, let message, let retryable) = outcome else { return }
    record.lastError = "The shutdown of \(record.name) failed: \(message)"
    if !retryable { begin(.powerOff) }
  }

  // MARK: Repair

  private mutating func takeRepair(_ outcome: ActionOutcome, _ expected: LifecycleStep) {
    guard record.state == .repairing, step == expected, record.step?.called == true else { return }
    switch outcome {
    case .succeeded: finishRepair()
    case .failed(_, let message, _): finishRepair(message)
    case .cloned, .evictionRefused: return
    }
  }

  private mutating func takeReboot(_ outcome: ActionOutcome) {
    guard record.state == .repairing, step == .reboot, record.step?.called == true else { return }
    switch outcome {
    case .succeeded: begin(.waitForReboot)
    case .failed(let code, let message, _):
      record.lastError = message
      if isUncertain(code) { return }
      failRepair(message)
    case .cloned, .evictionRefused: return
    }
  }

  // MARK: Time to live

  mutating func extend(by length: Duration) {
    guard var expiry = record.timeToLive, !record.state.isLeaving else {
      tell("extension_refused", "\(record.name) does not expire, or is leaving already; nothing was extended.")
      return
    }
    let before = expiry.expiresAt
    expiry.expiresAt = max(before, min(before.advanced(by: length), expiry.latest))
    if SeededBug.ignoresLatestEnd.isOn { expiry.expiresAt = before.advanced(by: length) }
    expiry.extensions += 1
    expiry.announced = false
    record.timeToLive = expiry
    tell("worker_extended", "\(record.name) now lives until \(expiry.expiresAt) instead of \(before).")
    if record.state == .ready || record.state == .unhealthy, record.step == nil {
      begin(.label)
      call(.label(labels), settling: LifecycleLimits.nodeChangeRetry)
    }
  }
}
