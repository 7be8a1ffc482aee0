import Model

/// Lets temporary workers go that have had nothing to do for their pool's idle time, at the pace of shrinking.
enum IdleRule {
  @Sendable static func apply(_ draft: inout Draft) {
    keepClocks(&draft)
    for pool in draft.situation.pools where pool.isTemporary { shrink(pool, &draft) }
  }

  /// The clock starts when a worker is first seen idle, ends when it is busy, and stands when nothing is known.
  private static func keepClocks(_ draft: inout Draft) {
    for worker in draft.situation.workers {
      guard worker.isStaying, worker.state == .ready else {
        draft.memory.idleSince[worker.name] = nil
        continue
      }
      switch Idleness.of(worker, draft) {
      case .idle:
        if draft.memory.idleSince[worker.name] == nil { draft.memory.idleSince[worker.name] = draft.situation.now }
      case .busy: draft.memory.idleSince[worker.name] = nil
      case .unknown: break
      }
    }
  }

  private static func shrink(_ pool: Pool, _ draft: inout Draft) {
    let situation = draft.situation
    guard situation.policy.cleanup.idleDetection, let timeout = pool.idleTimeout else { return }
    let idle = situation.workers(of: pool.name).compactMap { worker -> (worker: WorkerRecord, since: Instant)? in
      guard let since = draft.memory.idleSince[worker.name], situation.now - since >= timeout,
        !draft.retiring.contains(worker.name), Idleness.of(worker, draft) == .idle
      else { return nil }
      return (worker, since)
    }
    guard !idle.isEmpty, !SeededBug.keepsIdleWorkers.isOn else { return }
    if let hold = ShrinkGate.hold(pool, draft) {
      draft.note(pool.name, hold)
      for (worker, _) in idle { draft.note(worker.name, .keep, hold) }
      return
    }
    // Longest idle first; of those the dearest.
    let ordered = idle.sorted { left, right in
      if left.since != right.since { return left.since < right.since }
      if left.worker.price != right.worker.price { return left.worker.price > right.worker.price }
      return left.worker.name < right.worker.name
    }
    var quota = ShrinkGate.quota(pool, draft)
    let limit = quota < ordered.count ? ShrinkGate.limit(pool, after: quota, draft) : nil
    for (worker, since) in ordered {
      if let hold = ShrinkGate.hold(worker, draft) {
        draft.note(worker.name, .keep, hold)
        continue
      }
      guard quota > 0 else {
        if let limit {
          draft.note(pool.name, limit)
          draft.note(worker.name, .keep, limit)
        }
        continue
      }
      quota -= 1
      ShrinkGate.retire(
        worker, pool,
        Reason(
          .idleTimeout, "Worker \(worker.name) has been idle since \(since.clockText), longer than \(timeout.text).",
          data: ["idle_since": since.description]), &draft)
    }
  }
}
