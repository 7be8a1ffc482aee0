import Model

/// Tells, once, that a worker's time ends soon.
enum AnnouncementRule {
  @Sendable static func apply(_ draft: inout Draft) {
    let situation = draft.situation
    guard situation.policy.cleanup.enabled else { return }
    for worker in situation.workers where worker.isStaying {
      guard let life = worker.timeToLive, !life.announced,
        situation.now >= life.expiresAt.advanced(by: .zero - situation.policy.cleanup.warning)
      else { continue }
      let reason = Reason(
        .expiresSoon, "Worker \(worker.name) expires at \(life.expiresAt.clockText).",
        remedy: "Extend it if it is still needed.", data: ["expires_at": life.expiresAt.description])
      draft.plan.announcements.append(Announcement(worker: worker.name, reason: reason))
    }
  }
}

/// Lets workers go whose time is over and whose grace has passed: at once when idle, else by draining.
/// Expiry is not by choice: only the number of workers that leave at once limits it.
enum ExpiryRule {
  @Sendable static func apply(_ draft: inout Draft) {
    let situation = draft.situation
    guard situation.policy.cleanup.enabled else { return }
    let expired = situation.workers.filter { $0.isStaying && isOver($0, situation) }
    for worker in expired.sorted(by: { ($0.timeToLive!.expiresAt, $0.name) < ($1.timeToLive!.expiresAt, $1.name) }) {
      retire(worker, &draft)
    }
  }

  static func isOver(_ worker: WorkerRecord, _ situation: Situation) -> Bool {
    guard situation.policy.cleanup.enabled, let life = worker.timeToLive else { return false }
    return life.expiresAt.advanced(by: situation.policy.cleanup.grace) <= situation.now
  }

  private static func retire(_ worker: WorkerRecord, _ draft: inout Draft) {
    let situation = draft.situation
    let life = worker.timeToLive!
    let data = ["expired_at": life.expiresAt.description]
    guard situation.nodes != nil, situation.pods != nil else {
      let reason = Reason(
        .expiredWaits,
        "Worker \(worker.name) expired at \(life.expiresAt.clockText) and waits: its pods are not known.",
        remedy: "It goes when Kubernetes answers again.", data: data)
      draft.note(worker.name, .keep, reason)
      return
    }
    guard draft.removalSlots > 0 else {
      let reason = Reason(
        .removalLimit,
        "Worker \(worker.name) expired at \(life.expiresAt.clockText) and waits: "
          + "\(Phrase.count(situation.policy.provisioning.parallelLimit, "worker")) may leave at once, and as many do.",
        data: data)
      draft.note(worker.name, .keep, reason)
      return
    }
    switch Idleness.of(worker, draft) {
    case .busy(let pods):
      if SeededBug.keepsExpiredWorkers.isOn { return }
      let force = situation.policy.cleanup.expiry == .terminate
      let how = force ? "ends although" : "is drained, as"
      let what = pods == 0 ? "it is in use" : "\(Phrase.count(pods, "pod")) \(pods == 1 ? "runs" : "run") there"
      let reason = Reason(
        .expired, "Worker \(worker.name) expired at \(life.expiresAt.clockText) and \(how) \(what).",
        data: data.merging(["idle": "false"]) { first, _ in first })
      draft.retire(worker, byChoice: false, force: force, reason)
    case .idle, .unknown:
      let isIdle = Idleness.of(worker, draft) == .idle
      let why = isIdle ? "nothing runs there" : "its node is not ready"
      let reason = Reason(
        .expired, "Worker \(worker.name) expired at \(life.expiresAt.clockText) and goes at once: \(why).",
        data: data.merging(["idle": "\(isIdle)"]) { first, _ in first })
      draft.retire(worker, byChoice: false, reason)
    }
  }
}
