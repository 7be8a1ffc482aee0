import Model

/// Keeps each pool's cooldowns and back-off.
///
/// A cooldown starts when the change has finished: growth when its last worker became ready, shrinking when the last
/// leaving worker was seen. Both follow from the records, so that a restart forgets nothing.
enum PoolMemoryRule {
  @Sendable static func apply(_ draft: inout Draft) {
    let situation = draft.situation
    var memories: [PoolName: PoolMemory] = [:]
    for pool in situation.pools {
      var memory = situation.snapshot.memory.pools[pool.name] ?? PoolMemory()
      let workers = situation.workers(of: pool.name)
      if let ready = workers.compactMap(\.readyAt).max() { memory.grownAt = max(memory.grownAt ?? ready, ready) }
      if workers.contains(where: { $0.removal != nil }) { memory.shrunkAt = situation.now }
      let window = situation.policy.pace.shrinkWindow
      memory.retirements = memory.retirements.filter { situation.now - $0 < window }.sorted()
      memory.preemptions = ofThisMonth(memory.preemptions, situation)
      // What goes wrong with a clone made in advance goes wrong with others, too.
      let unfinished = situation.reserves.filter { $0.pool == pool.name && $0.standby?.readyAt == nil }
      backOff(&memory, workers: workers + unfinished, now: situation.now, pace: situation.policy.pace)
      memories[pool.name] = memory
    }
    draft.memory.pools = memories
    draft.book.backoff = memories.compactMapValues { memory in
      memory.backoffUntil.flatMap { $0 > situation.now ? $0 : nil }
    }
    let alive = Set(situation.workers.map(\.name))
    draft.memory.idleSince = draft.memory.idleSince.filter { alive.contains($0.key) }
  }

  /// Preemptions of the present month; while the month is not known, of so long as a month may be.
  private static func ofThisMonth(_ preemptions: [Instant]?, _ situation: Situation) -> [Instant]? {
    let start = situation.spending?.monthStart ?? situation.now.advanced(by: .hours(-24 * 31))
    let kept = (preemptions ?? []).filter { $0 >= start }.sorted()
    return kept.isEmpty ? nil : kept
  }

  /// Doubles the wait for a failure after the earlier wait had passed; forgets it after a long time without failure.
  private static func backOff(_ memory: inout PoolMemory, workers: [WorkerRecord], now: Instant, pace: PacePolicy) {
    for failure in workers.compactMap(failure).sorted() {
      if let last = memory.lastFailureAt, failure <= last { continue }
      let quiet = memory.lastFailureAt.map { failure - $0 >= pace.backoffReset } ?? true
      if quiet {
        memory.backoff = pace.backoffInitial
        memory.backoffUntil = failure.advanced(by: pace.backoffInitial)
      } else if failure >= memory.backoffUntil ?? failure {
        let doubled = min((memory.backoff ?? pace.backoffInitial) * 2, pace.backoffMaximum)
        memory.backoff = doubled
        memory.backoffUntil = failure.advanced(by: doubled)
      }
      memory.lastFailureAt = failure
    }
    if let last = memory.lastFailureAt, now - last >= pace.backoffReset {
      memory.backoff = nil
      memory.backoffUntil = nil
    }
  }

  /// When a worker's creation failed. What is left of a failed worker is removed without anybody having asked for it.
  private static func failure(_ worker: WorkerRecord) -> Instant? {
    if worker.state == .failed { return worker.stateSince }
    let swept = worker.state == .terminating && worker.removal == nil && worker.readyAt == nil
    return swept && worker.lastError != nil ? worker.stateSince : nil
  }
}
