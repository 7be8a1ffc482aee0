import Model

/// What becomes of workers whose pool is no longer in the configuration: those under way go, for what they were to be is not
/// known any more; the others stay with whatever runs on them until they expire or are removed.
enum RemovedPoolRule {
  @Sendable static func apply(_ draft: inout Draft) {
    let situation = draft.situation
    let left = situation.workers.filter { $0.isStaying && situation.policy.pool($0.pool) == nil }
    for worker in left.sorted(by: { $0.name < $1.name }) where !draft.retiring.contains(worker.name) {
      let gone = "pool \(worker.pool) is no longer in the configuration"
      guard worker.state.isUnderWay else {
        let end = worker.timeToLive.map { "until it expires at \($0.expiresAt.clockText)" } ?? "until it is removed"
        draft.note(
          worker.name, .keep,
          Reason(
            .poolRemoved, "Worker \(worker.name) stays \(end): \(gone).",
            remedy: "Put the pool back, or remove the worker: poolkeeper remove \(worker.name)."))
        continue
      }
      guard draft.removalSlots > 0 else { continue }
      draft.retire(
        worker, byChoice: false, Reason(.poolRemoved, "Worker \(worker.name) is not made any further: \(gone)."))
    }
  }
}
