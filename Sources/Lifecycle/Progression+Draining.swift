import Model

/// Pods leave before the machine does.
extension Progression {
  /// Written into the removal's reason, so that a drain that is stuck knows whether it may be given up.
  static let byChoiceKey = "by_choice"

  mutating func retire(_ retirement: Retirement) {
    switch record.state {
    case .draining where retirement.force && record.removal?.force != true:
      record.removal?.force = true
      tell("removal_forced", "The removal of \(record.name) no longer waits for pods: \(retirement.reason.sentence)")
      beginTermination(retirement.reason, force: true)
    case .draining, .terminating, .failed, .terminated:
      if record.state == .terminating, retirement.force { record.removal?.force = true }
      guard record.state == .draining, !retirement.byChoice else { return }
      // A drain by choice for which there is now a better reason must no longer be given up.
      record.removal?.reason.data[Self.byChoiceKey] = "false"
    case .requested, .provisioning, .standby:
      beginRemoval(retirement)
      beginTermination(retirement.reason, force: retirement.force)
    case .joining, .ready, .unhealthy, .repairing:
      beginRemoval(retirement)
      if retirement.force || SeededBug.skipsDrain.isOn {
        beginTermination(retirement.reason, force: retirement.force)
        return
      }
      record.removal?.drainStartedAt = now
      record.repair?.inWork = nil
      record.repair?.nodeMissingSince = nil
      enter(.draining)
      begin(.cordon)
      tell("drain_started", "\(record.name) is drained: \(retirement.reason.sentence)")
    }
  }

  private mutating func beginRemoval(_ retirement: Retirement) {
    var reason = retirement.reason
    reason.data[Self.byChoiceKey] = retirement.byChoice ? "true" : "false"
    record.removal = RemovalRecord(reason: reason, askedAt: now, force: retirement.force)
  }

  mutating func drain() -> Bool {
    let missing = nodeMissing(since: record.removal?.nodeMissingSince)
    if record.removal?.nodeMissingSince != missing { record.removal?.nodeMissingSince = missing }
    if nothingRunsThere {
      beginTermination(removalReason, force: false)
      return true
    }
    guard case .ours(let node, let nodeAt) = nodeSight else { return false }
    guard step == .drain else {
      if node.unschedulable {
        begin(.drain)
        return true
      }
      callPatiently(.cordon, .cordon)
      return false
    }
    if !node.unschedulable, nodeAt > (record.step?.startedAt ?? now) {
      // Somebody uncordoned it: new pods would come for ever.
      begin(.cordon)
      return true
    }
    guard let pods = podsToWaitFor(since: record.step?.startedAt) else { return false }
    keepRefusals(of: pods)
    if pods.isEmpty || onlyUnreachablePods(pods, on: node) {
      beginTermination(removalReason, force: false)
      return true
    }
    if mayForceNow {
      tell("drain_forced", "\(names(of: pods)) still ran on \(record.name) at the drain's limit; it goes all the same.")
      beginTermination(removalReason, force: false)
      return true
    }
    if limitReached, mayAbandon {
      abandonDrain(because: stuckSentence(pods))
      return false
    }
    sendBatch(pods)
    return false
  }

  // MARK: Batches

  private mutating func sendBatch(_ pods: [PodObservation]) {
    guard let current = record.step, let removal = record.removal else { return }
    if let last = removal.lastBatchAt, now < last.advanced(by: policy.draining.batchDelay) { return }
    if limitReached, let limitAt = drainLimitAt, removal.lastBatchAt.map({ $0 < limitAt }) ?? true {
      tell("drain_stuck", stuckSentence(pods) + " It is not forced and goes on.")
    }
    if !current.called { tellOfBarePods(pods) }
    let batch = batch(of: pods, round: current.attempt - 1, rotating: removal.blockedBy != nil)
    record.removal?.lastBatchAt = now
    record.step?.called = true
    record.step?.attempt += 1
    let blockedBy = blockedWhatever(pods, batch)
    name(blockedBy ?? firstRefusal)
    evict(batch)
  }

  /// What budgets refused stands until the same pod is answered otherwise, or goes: between a batch and its answers, and
  /// while other pods have their turn, the same budget is in the way.
  private mutating func keepRefusals(of pods: [PodObservation]) {
    guard let refusals = record.removal?.refusals else { return }
    let waiting = Set(pods.lazy.filter { !$0.isTerminating }.map(\.key))
    setRefusals(refusals.filter { waiting.contains($0.pod) })
  }

  private mutating func setRefusals(_ refusals: [EvictionRefusal]) {
    record.removal?.refusals = refusals.isEmpty ? nil : refusals
  }

  /// The budget that is named: the first by namespace and name, so that it is the same one each time.
  private var firstRefusal: String? { record.removal?.refusals?.min { $0.budgetKey < $1.budgetKey }?.budget }

  /// What is told of the drain.
  private mutating func name(_ blockedBy: String?) { record.removal?.blockedBy = blockedBy }

  /// A budget refused a pod.
  mutating func noteRefusal(_ pod: PodKey, by budget: String) {
    var refusals = (record.removal?.refusals ?? []).filter { $0.pod != pod }
    refusals.append(EvictionRefusal(pod: pod, budget: budget))
    setRefusals(refusals.sorted { $0.pod < $1.pod })
    name(firstRefusal)
  }

  /// A pod goes: what kept it does not any more. Something other than a budget may still be in the way.
  mutating func forgetRefusal(of pod: PodKey) {
    guard let refusals = record.removal?.refusals, refusals.contains(where: { $0.pod == pod }) else { return }
    let wasNamed = record.removal?.blockedBy == firstRefusal
    setRefusals(refusals.filter { $0.pod != pod })
    if wasNamed { name(firstRefusal) }
  }

  /// What blocks whatever the answers to this batch will be; disruption budgets are noted as they answer.
  private func blockedWhatever(_ pods: [PodObservation], _ batch: [PodObservation]) -> String? {
    if let pod = pods.first(where: { $0.ownerKind == "DaemonSet" }) {
      return "DaemonSet pod \(pod.key), because ignore_daemonsets is false"
    }
    if let pod = pods.sorted(by: { $0.key < $1.key }).first(where: keepsData), let volume = pod.volumeThatWouldBeLost {
      return "volume \(volume) of pod \(pod.key), because delete_emptydir_data is false"
    }
    return batch.isEmpty && limitReached ? "\(names(of: pods)) still terminating" : nil
  }

  /// Whether a pod must not be asked to go because its data would be lost.
  private func keepsData(_ pod: PodObservation) -> Bool {
    !policy.draining.deleteEmptyDirData && !pod.belongsToNode && !pod.isTerminating
      && pod.volumeThatWouldBeLost != nil
  }

  /// Says, once, of pods without a controller that their going is for good.
  private mutating func tellOfBarePods(_ pods: [PodObservation]) {
    let bare = pods.filter { $0.ownerKind == nil && !$0.belongsToNode && !$0.isTerminating && !keepsData($0) }
    guard !bare.isEmpty else { return }
    let them = bare.count == 1 ? "It has no controller" : "They have no controller"
    tell("bare_pods_evicted", "\(names(of: bare)) must leave \(record.name). \(them): nothing starts them again.")
  }

  mutating func evict(_ batch: [PodObservation]) {
    for pod in batch {
      actions.append(.evict(pod: pod.key, uid: pod.uid, grace: evictionGrace))
    }
  }

  /// At most one batch: lowest priority first, then by name. Pods that are going already, and those of DaemonSets, are
  /// not asked. `rotating` begins later each round, so that pods that are refused do not hold up the others.
  func batch(of pods: [PodObservation], round: Int, rotating: Bool) -> [PodObservation] {
    let asked =
      pods
      .filter { !$0.isTerminating && !$0.belongsToNode && !keepsData($0) }
      .sorted { ($0.priority, $0.key) < ($1.priority, $1.key) }
    let size = max(1, policy.draining.batchSize)
    guard rotating, asked.count > size else { return Array(asked.prefix(size)) }
    let batches = (asked.count + size - 1) / size
    return Array(asked.dropFirst(round % batches * size).prefix(size))
  }

  /// Pods whose going is waited for; `nil` while that is not known from a look that is new enough.
  func podsToWaitFor(since: Instant?) -> [PodObservation]? {
    guard case .known(let pods, let at) = world.pods, at >= since ?? at else {
      return SeededBug.takesUnknownPodsForNone.isOn ? [] : nil
    }
    return pods.filter { pod in
      if SeededBug.takesRefusalsForDone.isOn, record.removal?.evicted.contains(pod.key) == true { return false }
      if pod.isMirror || pod.isFinished { return false }
      return pod.ownerKind != "DaemonSet" || !policy.draining.ignoreDaemonSets
    }
  }

  // MARK: Judgements

  /// Certainly no pod can run: no node in the cluster, or no running machine under a node that does not report.
  private var nothingRunsThere: Bool {
    let nodeReports: Bool
    switch nodeSight {
    case .unknown: return false
    // A list may have lost the node's row; with its pods' rows it shows, and where those are lost as well it passes.
    case .absent(let at):
      guard at >= record.stateSince, podsToWaitFor(since: nil)?.isEmpty == true else { return false }
      guard case .ours(let machine, _) = machineSight, machine.power != .stopped else { return true }
      return record.removal?.nodeMissingSince.map { at - $0 >= LifecycleLimits.nodeMissingConfirmed } ?? false
    case .foreign: return true
    case .ours(let node, _): nodeReports = node.isReady
    }
    if nodeReports { return false }
    if case .ours(let machine, let at) = machineSight {
      return machine.power == .stopped && at >= record.stateSince
    }
    return machineIsLost
  }

  /// Since when every look has lacked the node, after this one; `nil`: it is there.
  func nodeMissing(since known: Instant?) -> Instant? {
    switch nodeSight {
    case .unknown: known
    case .absent(let at): known ?? at
    case .ours, .foreign: nil
    }
  }

  /// On a node that has not reported for long, pods whose eviction was accepted never end: only power-off frees them.
  private func onlyUnreachablePods(_ pods: [PodObservation], on node: NodeObservation) -> Bool {
    guard !node.isReady, let since = node.conditions["Ready"]?.since, now - since >= policy.health.unhealthyAfter,
      let begun = record.removal?.drainStartedAt, now - begun >= policy.draining.grace
    else { return false }
    return pods.allSatisfy(\.isTerminating)
  }

  private var removalReason: Reason {
    record.removal?.reason ?? Reason("removal", "\(record.name) is to be removed.")
  }

  /// A preemptible worker that makes room for others goes within its notice.
  private var isPreempted: Bool {
    policy.pool(record.pool)?.preemptionGrace != nil && removalReason.code.hasPrefix("preempt")
  }

  private var drainLimit: Duration {
    guard isPreempted, let notice = policy.pool(record.pool)?.preemptionGrace else { return policy.draining.limit }
    return min(notice, policy.draining.limit)
  }

  var evictionGrace: Duration {
    min(policy.draining.grace, record.state == .draining ? drainLimit : policy.draining.limit)
  }

  private var drainLimitAt: Instant? { record.removal?.drainStartedAt?.advanced(by: drainLimit) }
  private var limitReached: Bool { drainLimitAt.map { now >= $0 } ?? false }
  private var mayForce: Bool {
    policy.draining.forceAfterLimit || isPreempted || record.removal?.force == true || SeededBug.forcesEveryDrain.isOn
  }

  /// Whether its limit has passed, and what is left there then goes all the same.
  var mayForceNow: Bool { limitReached && mayForce }

  /// Only what was decided by choice is given up: a worker that is idle no longer is worth keeping. Expiry, failure,
  /// budget and an operator's order stand.
  private var mayAbandon: Bool {
    guard record.readyAt != nil, removalReason.data[Self.byChoiceKey] == "true" else { return false }
    if let expiry = record.timeToLive, now >= expiry.expiresAt { return false }
    return true
  }

  private func stuckSentence(_ pods: [PodObservation]) -> String {
    let blocked = record.removal?.blockedBy.map { ", blocked by \($0)" } ?? ""
    return "The drain of \(record.name) did not end within \(drainLimit.text): \(names(of: pods)) stay\(blocked)."
  }

  func names(of pods: [PodObservation]) -> String {
    let keys = pods.map(\.key).sorted()
    let named = keys.prefix(LifecycleLimits.podsNamed).map(\.description).joined(separator: ", ")
    let rest = keys.count - LifecycleLimits.podsNamed
    return rest > 0 ? "\(named) and \(rest) more" : named
  }

  // MARK: Giving up

  mutating func abandonDrain(because sentence: String) {
    guard record.state == .draining, record.readyAt != nil else {
      tell("drain_kept", "\(record.name) is \(record.state.rawValue) and cannot go back to ready.")
      return
    }
    enter(.ready)
    record.removal = nil
    record.lastError = sentence
    if SeededBug.leavesNodesCordoned.isOn { return record.step = nil }
    begin(.uncordon)
    tell("drain_abandoned", "\(sentence) \(record.name) takes pods again.")
    call(.uncordon, settling: LifecycleLimits.nodeChangeRetry)
  }
}
