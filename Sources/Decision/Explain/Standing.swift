import Model

/// Why a worker that no rule has spoken of stays, and what would let it go.
enum Standing {
  static func of(_ worker: WorkerRecord, _ draft: Draft) -> Reason {
    var reason = plain(worker, draft)
    let now = draft.situation.now
    reason.data["state"] = worker.state.rawValue
    reason.data["state_since"] = worker.stateSince.description
    reason.data["age_seconds"] = "\((now - worker.createdAt).milliseconds / 1000)"
    if let expiry = worker.timeToLive?.expiresAt { reason.data["expires_at"] = expiry.description }
    if let since = draft.memory.idleSince[worker.name] { reason.data["idle_since"] = since.description }
    return reason
  }

  private static func plain(_ worker: WorkerRecord, _ draft: Draft) -> Reason {
    if let removal = worker.removal {
      return Reason(
        .leaving, "Worker \(worker.name) is \(worker.state.rawValue): \(removal.reason.sentence)",
        remedy: removal.blockedBy.map { "Its drain waits\(waitedFor(worker, draft)): \($0)." })
    }
    if worker.state.isLeaving {
      let why = worker.lastError.map { ": \($0)" } ?? "."
      return Reason(.leaving, "Worker \(worker.name) is \(worker.state.rawValue)\(why)")
    }
    if worker.state.isUnderWay {
      let step = worker.step.map { " (\($0.name), attempt \($0.attempt))" } ?? ""
      return Reason(
        .onTheWay, "Worker \(worker.name) is \(worker.state.rawValue) since \(worker.stateSince.clockText)\(step).",
        data: worker.step.map { ["step": $0.name, "attempt": "\($0.attempt)"] } ?? [:])
    }
    switch Idleness.of(worker, draft) {
    case .unknown:
      return Reason(
        .listMissing, "Worker \(worker.name) stays: its node or its pods are not known.",
        remedy: "It is looked at again when its node is Ready and the lists of nodes and pods are read.")
    case .busy(0):
      return Reason(
        .inUse, "Worker \(worker.name) stays: it is in use, or pending pods are about to use it.",
        remedy: departure(worker, draft))
    case .busy(let pods):
      return Reason(
        .inUse, "Worker \(worker.name) stays: it runs \(Phrase.count(pods, "pod")).", remedy: departure(worker, draft),
        data: ["pods": "\(pods)"])
    case .idle: return idle(worker, draft)
    }
  }

  /// The pods that a drain waits for, as a part of a sentence; empty when they are not known.
  private static func waitedFor(_ worker: WorkerRecord, _ draft: Draft) -> String {
    let keys = draft.situation.load(of: NodeName(worker.name.rawValue)).workload.map(\.key).sorted()
    guard !keys.isEmpty else { return "" }
    let more = keys.count > 3 ? ["\(keys.count - 3) more"] : []
    return " for " + Phrase.list(keys.prefix(3).map(\.description) + more)
  }

  private static func idle(_ worker: WorkerRecord, _ draft: Draft) -> Reason {
    let policy = draft.situation.policy
    let since = draft.memory.idleSince[worker.name] ?? draft.situation.now
    let pool = policy.pool(worker.pool)
    guard let timeout = pool?.idleTimeout, pool?.isTemporary == true, policy.cleanup.idleDetection else {
      return Reason(
        .idle, "Worker \(worker.name) is idle since \(since.clockText); its pool keeps it.",
        remedy: departure(worker, draft))
    }
    let due = since.advanced(by: timeout)
    return Reason(
      .idleClock, "Worker \(worker.name) is idle since \(since.clockText) and may go at \(due.clockText).",
      remedy: "A pod that comes to it before then keeps it.", data: ["may_go_at": due.description])
  }

  /// What would let a worker that has something to do go; `nil` when only an operator could.
  private static func departure(_ worker: WorkerRecord, _ draft: Draft) -> String? {
    let policy = draft.situation.policy
    guard let pool = policy.pool(worker.pool) else { return nil }
    var ways: [String] = []
    if pool.isTemporary, policy.cleanup.idleDetection, let timeout = pool.idleTimeout {
      ways.append("once it has had nothing to do for \(timeout.text)")
    }
    if policy.cleanup.enabled, let expiry = worker.timeToLive?.expiresAt {
      ways.append("when its time ends at \(expiry.clockText)")
    }
    if let utilisation = pool.utilisation {
      ways.append(
        "when CPU and memory of the pool stay below \(Phrase.number(utilisation.shrinkAtPercent)) % and its pods have a "
          + "place elsewhere")
    }
    if ways.isEmpty { return "It goes when it is removed: poolkeeper remove \(worker.name)." }
    let isLeast = draft.staysAfterPlan(pool.name, atMost: pool.minimum)
    let kept = isLeast ? "; but its pool is at its minimum of \(pool.minimum)" : ""
    return "It goes \(ways.joined(separator: ", or "))\(kept)."
  }
}
