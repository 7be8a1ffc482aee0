import Model

/// From nothing to a machine that has its configuration.
extension Progression {
  mutating func provision() -> Bool {
    switch step {
    case .clone: return clone()
    case .removeFailedClone: return removeFailedClone()
    case .configure, .start, .boot, .applyConfiguration: return prepareMachine()
    default:
      begin(.clone)
      return true
    }
  }

  // MARK: The clone

  private mutating func clone() -> Bool {
    switch machineSight {
    case .unknown: return false
    case .ours(let machine, let at):
      record.machine = machine.id
      record.host = machine.host
      if record.step?.called == true, case .failed(let words)? = world.task {
        return retireFailedClone("The clone of \(record.name) failed: \(words)")
      }
      if machine.locked || world.task == .running { return waitForClone(lookedAt: at) }
      startBilling()
      tell("machine_cloned", "Machine \(machine.id) was cloned for \(record.name) on \(machine.host).")
      begin(.configure)
      return true
    case .unmarked(let machine, let at): return cloneUnmarked(machine, lookedAt: at)
    case .absent(let at): return cloneUnseen(lookedAt: at)
    }
  }

  /// No machine is to be seen: the call is due, under way, lost, or has failed.
  private mutating func cloneUnseen(lookedAt: Instant) -> Bool {
    guard let current = record.step else { return false }
    guard current.called else {
      if let notBefore = current.notBefore, now < notBefore || lookedAt < notBefore { return false }
      switch nodeSight {
      case .unknown: return false
      case .foreign(let node):
        failBecauseNameIsTaken(by: node)
        return false
      case .absent, .ours: break
      }
      call(.clone(host: record.host))
      return true
    }
    if case .failed(let words)? = world.task {
      return failStep(.clone, "The clone of \(record.name) failed: \(words)")
    }
    if world.task == nil, current.notBefore != nil {
      return repeatUnanswered(.clone, .clone(host: record.host), lookedAt: lookedAt)
    }
    if lookedAt >= deadline(of: .clone) {
      if world.task == .running { return waitForClone(lookedAt: lookedAt) }
      return failStep(.clone, overdue("The clone", .clone))
    }
    return false
  }

  /// Under the number that was to be ours stands a machine without a mark: our clone's half, as long as it may be one.
  /// When the clone has failed, or nothing works on the machine any more, somebody else was given the number first. Then
  /// the machine is forgotten, never touched, and the next attempt's clone gets another number.
  private mutating func cloneUnmarked(_ machine: MachineObservation, lookedAt: Instant) -> Bool {
    let number = machine.id
    if record.step?.called == true, case .failed(let words)? = world.task {
      record.machine = nil
      return failStep(
        .clone,
        "The clone of \(record.name) failed: \(words) Machine \(number) bears no mark of it and is left alone.")
    }
    if !machine.locked, world.task != .running, lookedAt >= deadline(of: .clone) {
      record.machine = nil
      return failStep(
        .clone, overdue("The clone", .clone) + " Machine \(number) bears no mark of it and is left alone.")
    }
    return waitForClone(lookedAt: lookedAt)
  }

  /// A clone that is still being made when its limit has passed is not made a second time: the next attempt is to go
  /// on waiting for it.
  private mutating func waitForClone(lookedAt: Instant) -> Bool {
    guard let current = record.step, lookedAt >= deadline(of: .clone) else { return false }
    let retries = policy.provisioning.errorHandling[.clone] == .retry
    guard retries, current.attempt < policy.provisioning.attempts else {
      fail("worker_failed", overdue("The clone", .clone))
      return false
    }
    record.step?.attempt += 1
    record.step?.startedAt = now
    tell("step_retried", overdue("The clone", .clone) + " It is still being made and is waited for.")
    return false
  }

  /// The task failed and left a machine: it goes before the next attempt.
  private mutating func retireFailedClone(_ sentence: String) -> Bool {
    guard failStep(.clone, sentence) == false, record.state == .provisioning, let current = record.step else {
      return false
    }
    begin(.removeFailedClone, attempt: current.attempt)
    return true
  }

  private mutating func removeFailedClone() -> Bool {
    guard let current = record.step else { return false }
    switch machineSight {
    case .unknown: return false
    case .absent(let at):
      guard at >= current.startedAt else { return false }
      record.machine = nil
      record.firmware = nil
      record.host = nil
      let pause = max(policy.provisioning.retryDelay, LifecycleLimits.callSettles)
      begin(.clone, attempt: current.attempt, notBefore: current.startedAt.advanced(by: pause))
      return true
    case .unmarked(let machine, let at), .ours(let machine, let at):
      if at >= current.startedAt.advanced(by: policy.provisioning.limit(of: .clone)) {
        fail("worker_failed", "Machine \(machine.id), left by a failed clone of \(record.name), could not be removed.")
        return false
      }
      guard case .ours = machineSight else { return false }
      if current.called {
        if let notBefore = current.notBefore, at >= notBefore {
          call(.deleteMachine, settling: LifecycleLimits.removalRetry)
        }
      } else {
        call(.deleteMachine, settling: LifecycleLimits.removalRetry)
      }
      return false
    }
  }

  // MARK: The machine

  private mutating func prepareMachine() -> Bool {
    switch machineSight {
    case .unknown: return false
    case .absent: return failIfLost()
    case .unmarked(let machine, _):
      noteUnmarked(machine)
      return false
    case .ours(let machine, let at):
      record.machine = machine.id
      record.host = machine.host
      switch step {
      case .configure:
        if machine.configured {
          beginStart()
          return true
        }
        return callUntilSeen(.configure, .configure, lookedAt: at)
      case .start:
        if machine.power == .running {
          tell("machine_started", "Machine \(machine.id) of \(record.name) runs.")
          begin(.boot)
          return true
        }
        return callUntilSeen(.start, .start, lookedAt: at)
      case .boot: return boot(lookedAt: at)
      default: return applyConfiguration(lookedAt: at)
      }
    }
  }

  private mutating func boot(lookedAt: Instant) -> Bool {
    if let stage = world.system?.stage, stage == .maintenance || stage == .running {
      begin(.applyConfiguration)
      return true
    }
    if lookedAt >= deadline(of: .boot) { return failStep(.boot, overdue("The boot", .boot)) }
    return false
  }

  private mutating func applyConfiguration(lookedAt: Instant) -> Bool {
    let called = record.step?.called == true
    switch nodeSight {
    case .unknown: return false
    case .ours:
      beginJoining()
      return true
    case .foreign(let node):
      failBecauseNameIsTaken(by: node)
      return false
    case .absent: break
    }
    switch world.system?.stage {
    case .running:
      beginJoining()
      return true
    case .booting, .rebooting:
      if called {
        beginJoining()
        return true
      }
    case .maintenance:
      let taints = (policy.pool(record.pool)?.taints ?? []) + [.starting]
      let own = labels.filter { NodeLabels.kubeletMaySet($0.key) }
      return callUntilSeen(
        .applyConfiguration, .applyConfiguration(labels: own, taints: taints), lookedAt: lookedAt)
    case .shuttingDown, nil: break
    }
    if lookedAt >= deadline(of: .applyConfiguration) {
      return failStep(.applyConfiguration, overdue("Applying the configuration", .applyConfiguration))
    }
    return false
  }

  mutating func beginJoining() {
    enter(.joining)
    begin(.nodeAppears)
    tell("worker_joining", "\(record.name) has its configuration and is to join the cluster.")
  }

  // MARK: Shared by the steps

  /// Calls, repeats a call whose answer and effect are missing, and fails the step when the effect of a call that was
  /// answered does not show within the limit.
  /// - Parameter lookedAt: when the effect was looked for; only such a look can prove that it is missing.
  mutating func callUntilSeen(_ step: ProvisioningStep, _ action: WorkerAction, lookedAt: Instant) -> Bool {
    guard let current = record.step else { return false }
    guard current.called else {
      if let notBefore = current.notBefore, now < notBefore { return false }
      call(action)
      return false
    }
    if current.notBefore != nil { return repeatUnanswered(step, action, lookedAt: lookedAt) }
    if lookedAt >= deadline(of: step) { return failStep(step, overdue("The step", step)) }
    return false
  }

  /// A call whose answer is missing is repeated once a look proves that it had no effect. That uses up no attempt: most
  /// likely this program died, and the machine was never asked. It ends all the same when nothing ever answers.
  private mutating func repeatUnanswered(
    _ step: ProvisioningStep, _ action: WorkerAction, lookedAt: Instant
  ) -> Bool {
    guard let current = record.step, let settled = current.notBefore, lookedAt >= settled else { return false }
    // Each call counts for as long as it takes to settle; what passed after that is this program's own delay.
    let waited = settled - current.startedAt
    let waitsForTurn = current.waitsForTurn == true
    if waited >= (waitsForTurn ? turnPatience : patience(for: step)) {
      let sentence =
        waitsForTurn
        ? "It was not the turn of \(record.name) for \(waited.text); the last answer was: \(record.lastError ?? "none")"
        : "\(action.name) of \(record.name) had no answer and no effect for \(waited.text)."
      return failStep(step, sentence, retryable: false)
    }
    record.step?.startedAt = now.advanced(by: .zero - waited)
    if !waitsForTurn {
      tell("call_repeated", "No effect of \(action.name) on \(record.name) was found; it is asked for again.")
    }
    call(action)
    return false
  }

  /// For how long a clone waits for its turn.
  private var turnPatience: Duration { max(LifecycleLimits.waitForTurn, patience(for: .clone)) }

  /// For how long a call is repeated that never gets an answer.
  private func patience(for step: ProvisioningStep) -> Duration {
    let warns = policy.provisioning.errorHandling[step] == .warn
    let least = warns ? LifecycleLimits.unansweredWarning : LifecycleLimits.unanswered
    return max(least, policy.provisioning.limit(of: step) * policy.provisioning.attempts)
  }

  /// The step's limit, counted from the answer to its call, or from the last sending while there is none; without a
  /// call, from the step's begin.
  func deadline(of step: ProvisioningStep) -> Instant {
    var start = record.step?.startedAt ?? now
    if let current = record.step, let notBefore = current.notBefore {
      let lastSent = notBefore.advanced(by: .zero - LifecycleLimits.callSettles)
      start = current.called ? lastSent : max(start, notBefore)
    }
    return start.advanced(by: policy.provisioning.limit(of: step))
  }

  func overdue(_ what: String, _ step: ProvisioningStep) -> String {
    "\(what) (\(step.rawValue)) of \(record.name) took longer than \(policy.provisioning.limit(of: step).text)."
  }

  /// A step of provisioning or joining has failed: again, on with a warning, or the worker has failed.
  /// - Returns: whether the next step follows.
  mutating func failStep(_ step: ProvisioningStep, _ sentence: String, retryable: Bool = true) -> Bool {
    record.lastError = sentence
    let attempt = record.step?.attempt ?? 1
    switch policy.provisioning.errorHandling[step] ?? .fail {
    case .retry where retryable && attempt < policy.provisioning.attempts:
      let pause =
        step == .clone
        ? max(policy.provisioning.retryDelay, LifecycleLimits.callSettles)
        : policy.provisioning.retryDelay
      let again = step == .nodeReady ? LifecycleStep.nodeAppears : LifecycleStep(rawValue: step.rawValue) ?? .clone
      begin(again, attempt: attempt + 1, notBefore: now.advanced(by: pause))
      tell(
        "step_retried",
        "\(sentence) Attempt \(attempt + 1) of \(policy.provisioning.attempts) follows in \(pause.text).")
      return false
    case .warn:
      if let next = successor(of: step) {
        tell("step_failed", "\(sentence) It is gone on without.")
        next(&self)
        return true
      }
      fail("worker_failed", sentence)
      return false
    case .retry, .fail:
      fail("worker_failed", sentence)
      return false
    }
  }

  /// What follows a step that only warns; `nil` for those without which a worker cannot be.
  private func successor(of step: ProvisioningStep) -> ((inout Progression) -> Void)? {
    switch step {
    case .clone, .nodeReady: nil
    case .configure: { $0.beginStart() }
    case .start: { $0.begin(.boot) }
    case .boot: { $0.begin(.applyConfiguration) }
    case .applyConfiguration: { $0.beginJoining() }
    case .label: { $0.begin(.removeStartUpTaint) }
    }
  }

  mutating func failIfLost() -> Bool {
    if machineIsLost {
      fail("worker_lost", "The machine of \(record.name) is gone; nobody of us deleted it.")
    }
    return false
  }

  mutating func failBecauseNameIsTaken(by node: NodeObservation) {
    fail(
      "node_name_taken",
      "A node \(node.name) exists since \(node.createdAt) that is not of this worker; remove it or rename it.")
  }

  mutating func noteUnmarked(_ machine: MachineObservation) {
    record.lastError =
      "Machine \(machine.id) no longer carries the mark of \(record.name) and is left alone; "
      + "restore its description, or remove the machine by hand."
  }

  mutating func startBilling() {
    if record.billedFrom == nil { record.billedFrom = now }
  }
}
