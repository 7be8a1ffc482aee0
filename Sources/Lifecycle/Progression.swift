import Model

/// One call's work on a record: what is known, and what has come of it so far.
struct Progression {
  var record: WorkerRecord
  let world: WorkerObservation
  let now: Instant
  let policy: Policy
  var actions: [WorkerAction] = []
  var events: [WorkerEvent] = []

  init(record: WorkerRecord, world: WorkerObservation, now: Instant, policy: Policy) {
    self.record = record
    self.world = world
    self.now = now
    self.policy = policy
  }

  /// For calls that look at nothing but the record.
  init(record: WorkerRecord, now: Instant, policy: Policy) {
    let reason = "The world was not looked at."
    let blind = WorkerObservation(machine: .unknown(reason), node: .unknown(reason), pods: .unknown(reason))
    self.init(record: record, world: blind, now: now, policy: policy)
  }

  var transition: WorkerTransition { WorkerTransition(record: record, actions: actions, events: events) }

  /// Moves on until nothing more is proven, an action must be carried out first, or the state must be seen.
  mutating func run() {
    if let address = world.address ?? world.node.value??.address { record.address = address }
    noteWhetherMissing()
    if case .ours(let machine, _) = machineSight, let uuid = machine.uuid { record.firmware = uuid }
    for _ in 0..<LifecycleLimits.movesPerAdvance {
      guard move(), actions.isEmpty else { return }
    }
  }

  /// - Returns: whether the record moved on, so that it is worth looking again.
  private mutating func move() -> Bool {
    switch record.state {
    case .requested:
      enter(.provisioning)
      begin(.clone)
      return true
    case .provisioning: return provision()
    case .standby: return standBy()
    case .joining: return join()
    case .ready: return stayReady()
    case .unhealthy: return stayUnhealthy()
    case .repairing: return carryOutRepair()
    case .draining: return drain()
    case .failed:
      // Should its machine be seen with pods on it all the same, the list had been wrong, or the record behind the world.
      beginTermination(Reason("worker_failed", record.lastError ?? "\(record.name) failed."), force: false)
      return true
    case .terminating: return terminate()
    case .terminated: return false
    }
  }

  // MARK: Steps

  var step: LifecycleStep? { record.step.flatMap { LifecycleStep(rawValue: $0.name) } }

  /// Starts a step that has not called anything yet.
  mutating func begin(_ step: LifecycleStep, attempt: Int = 1, notBefore: Instant? = nil) {
    var begun = StepRecord(name: step.rawValue, startedAt: now, attempt: attempt)
    begun.notBefore = notBefore
    record.step = begun
  }

  /// Sends the step's call. The step's clock runs from its first call; `notBefore` says from when on a look that shows
  /// no effect justifies a repetition, and is cleared by an answer. Calls of provisioning and joining start the clock
  /// anew with their answer.
  mutating func call(_ action: WorkerAction, settling: Duration = LifecycleLimits.callSettles) {
    guard var current = record.step else { return }
    if !current.called { current.startedAt = now }
    current.called = true
    current.notBefore = now.advanced(by: settling)
    record.step = current
    actions.append(action)
  }

  /// Sends a call, or repeats it when the effect has not shown, with growing pauses and without end.
  mutating func callPatiently(_ step: LifecycleStep, _ action: WorkerAction) {
    if self.step != step { begin(step) }
    guard let current = record.step else { return }
    if let notBefore = current.notBefore, now < notBefore { return }
    if current.called { record.step?.attempt += 1 }
    let doublings = min(max(0, (record.step?.attempt ?? 1) - 1), 8)
    let pause = min(LifecycleLimits.removalRetry * (1 << doublings), LifecycleLimits.removalRetryMaximum)
    call(action, settling: pause)
  }

  mutating func tell(_ code: String, _ sentence: String) { events.append(WorkerEvent(code, sentence)) }

  // MARK: What is seen

  enum MachineSight {
    case unknown
    /// Certainly none of ours, as of this instant. A machine that has our number and another owner, or another firmware
    /// and no mark, means the same.
    case absent(at: Instant)
    case ours(MachineObservation, at: Instant)
    /// It has our number and no mark that can be read: it is left alone.
    case unmarked(MachineObservation, at: Instant)
  }

  var machineSight: MachineSight {
    switch world.machine {
    case .unknown: return .unknown
    case .known(nil, let at): return world.absenceIsDoubted ? .unknown : .absent(at: at)
    case .known(let machine?, let at):
      if SeededBug.skipsIdentityCheck.isOn { return .ours(machine, at: at) }
      guard let owner = machine.owner else {
        // Of another firmware it never was ours: somebody was given the number of a machine that is gone.
        if let own = record.firmware, let other = machine.uuid, own != other { return .absent(at: at) }
        return .unmarked(machine, at: at)
      }
      let isOurCluster = owner.cluster == policy.clusterName || SeededBug.adoptsFromOtherClusters.isOn
      let ours = owner.id == record.id && isOurCluster
      return ours ? .ours(machine, at: at) : .absent(at: at)
    }
  }

  /// Keeps since when the list has lacked a machine that it had shown: the loss is believed later, and the bill ends here.
  private mutating func noteWhetherMissing() {
    if case .known(nil, let at) = world.machine { return miss(at) }
    switch machineSight {
    case .unknown, .unmarked: break
    case .ours:
      guard let since = record.missingSince else { return }
      if record.lastError == sentenceOnMissing(since) { record.lastError = nil }
      record.missingSince = nil
    case .absent(let at): miss(at)
    }
  }

  private mutating func miss(_ at: Instant) {
    guard record.missingSince == nil, record.billedFrom != nil else { return }
    record.missingSince = at
    // One that is on its way out is expected to go.
    if !record.state.isLeaving { record.lastError = sentenceOnMissing(at) }
  }

  /// It had been seen, and has not been missing for long. Where another's machine stands under its number it is gone for
  /// certain.
  func isNewlyMissing(_ at: Instant) -> Bool {
    guard case .known(nil, _) = world.machine, let since = record.missingSince,
      !SeededBug.believesEmptyLists.isOn
    else {
      return false
    }
    return at - since < LifecycleLimits.missingConfirmed
  }

  private func sentenceOnMissing(_ since: Instant) -> String {
    "Its machine has not been in the hypervisor's list since \(since); it counts as lost only when its node and its system "
      + "are silent as well."
  }

  enum NodeSight {
    case unknown
    case absent(at: Instant)
    case ours(NodeObservation, at: Instant)
    /// It bears our name but was there before this worker was asked for, or belongs to another pool.
    case foreign(NodeObservation)
  }

  var nodeSight: NodeSight {
    switch world.node {
    case .unknown: return .unknown
    case .known(nil, let at): return .absent(at: at)
    case .known(let node?, let at):
      let pool = node.labels["node-pool"]
      // Clocks may differ; that it stands on our machine is beyond doubt. The labels last: they are put together anew each
      // time.
      let ours =
        (standsOnOurs(node) || node.createdAt >= record.createdAt)
        && (record.readyAt != nil || pool == nil || pool == labels["node-pool"])
      return ours ? .ours(node, at: at) : .foreign(node)
    }
  }

  /// Whether a node certainly stands on this worker's machine.
  func standsOnOurs(_ node: NodeObservation) -> Bool { record.firmware != nil && node.systemUUID == record.firmware }

  /// The machine is gone and nothing contradicts that: it has been missing for a while, its system does not answer, and
  /// its node has not been Ready for a while before the look. A list that lost rows (a token without rights, for example)
  /// must not cost a fleet.
  var machineIsLost: Bool {
    guard case .absent(let at) = machineSight, world.system == nil, !SeededBug.keepsLostWorkers.isOn else {
      return false
    }
    // The step began after the machine had been seen; an older look may be from before there was one.
    if at < max(record.stateSince, record.step?.startedAt ?? record.stateSince) { return false }
    if isNewlyMissing(at) { return false }
    switch nodeSight {
    case .unknown: return false
    case .absent, .foreign: return true
    case .ours(let node, _):
      guard !node.isReady else { return false }
      let since = node.conditions["Ready"]?.since ?? node.createdAt
      return at - since >= LifecycleLimits.lossConfirmed
    }
  }

  // MARK: Failing

  /// The worker has failed. The state stays for one advance, so that everybody sees it before it is cleared away.
  mutating func fail(_ code: String, _ sentence: String) {
    enter(.failed)
    record.lastError = sentence
    tell(code, sentence)
  }
}
