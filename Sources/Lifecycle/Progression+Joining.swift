import Model

/// From a configured machine to a node that pods can run on.
extension Progression {
  mutating func join() -> Bool {
    if case .absent = machineSight, machineIsLost { return failIfLost() }
    if let notBefore = record.step?.notBefore, record.step?.called == false, now < notBefore { return false }
    switch nodeSight {
    case .unknown: return false
    case .foreign(let node):
      failBecauseNameIsTaken(by: node)
      return false
    case .absent(let at):
      if step != .nodeAppears { begin(.nodeAppears, attempt: record.step?.attempt ?? 1) }
      return joinCheckFailed("no node of this name appeared", within: policy.provisioning.nodeAppears, lookedAt: at)
    case .ours(let node, let at): return check(node, lookedAt: at)
    }
  }

  private mutating func check(_ node: NodeObservation, lookedAt: Instant) -> Bool {
    let attempt = record.step?.attempt ?? 1
    switch step {
    case .nodeConditionReady:
      if node.isReady {
        begin(.kubeletRunning, attempt: attempt)
        return true
      }
      return joinCheckFailed("the node was not Ready", within: policy.provisioning.nodeReady, lookedAt: lookedAt)
    case .kubeletRunning:
      if world.system?.kubeletRunning == true {
        begin(.label)
        return true
      }
      return joinCheckFailed("the kubelet did not run", within: policy.provisioning.kubeletRuns, lookedAt: lookedAt)
    case .label:
      if carriesLabels(node) {
        begin(.removeStartUpTaint, attempt: attempt)
        return true
      }
      return callUntilSeen(.label, .label(labels), lookedAt: lookedAt)
    case .removeStartUpTaint:
      // A look from before the node was registered anew does not matter: the taint only ever goes.
      if !node.isStarting {
        becomeReady()
        return true
      }
      return callUntilSeen(.nodeReady, .removeStartUpTaint, lookedAt: lookedAt)
    default:
      tell("node_appeared", "The node of \(record.name) is in the cluster.")
      begin(.nodeConditionReady, attempt: attempt)
      return true
    }
  }

  /// A check has not passed: fails when its own limit or that of the whole join is over.
  private mutating func joinCheckFailed(_ what: String, within limit: Duration, lookedAt: Instant) -> Bool {
    guard let current = record.step else { return false }
    let begun = max(current.startedAt, current.notBefore ?? current.startedAt)
    let whole = policy.provisioning.limit(of: .nodeReady)
    if lookedAt >= begun.advanced(by: limit) {
      return failStep(.nodeReady, "\(record.name) did not join: \(what) within \(limit.text).")
    }
    let pauses = policy.provisioning.retryDelay * (current.attempt - 1)
    if lookedAt >= record.stateSince.advanced(by: whole * current.attempt + pauses) {
      return failStep(.nodeReady, "\(record.name) did not join within \(whole.text): \(what).")
    }
    return false
  }

  mutating func becomeReady() {
    enter(.ready)
    record.step = nil
    record.readyAt = now
    let took = (now - record.wantedSince).text
    tell("worker_ready", "\(record.name) is ready, \(took) after it was asked for.")
  }

  // MARK: Labels

  /// What the node is to carry: the pool's and the template's labels, and when it came and is to go.
  var labels: [String: String] {
    NodeLabels.labels(of: record, policy: policy)
  }

  func carriesLabels(_ node: NodeObservation) -> Bool {
    labels.allSatisfy { node.labels[$0.key] == $0.value }
  }
}
