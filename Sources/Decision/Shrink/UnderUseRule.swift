import Model

/// Lets workers go whose pods ask for little of them and have a proven place elsewhere: those first that save most for
/// what moving their pods costs.
///
/// Pools that come and go with the load shrink so, unless they keep their workers whatever they do (no idle time); pools
/// with a target utilisation while that holds without the worker.
enum UnderUseRule {
  @Sendable static func apply(_ draft: inout Draft) {
    keepClocks(&draft)
    guard draft.situation.policy.consolidation.enabled else { return }
    let due = candidates(&draft)
    guard !due.isEmpty else { return }
    noteUnknownBudgets(due, &draft)
    var quotas: [PoolName: Int] = [:]
    // Why no more of a pool goes.
    var holds: [PoolName: Reason] = [:]
    for pool in draft.situation.pools where due.contains(where: { $0.worker.pool == pool.name }) {
      if let hold = Eligibility.hold(pool, draft) {
        draft.note(pool.name, hold)
        holds[pool.name] = hold
      } else {
        quotas[pool.name] = ShrinkGate.quota(pool, draft)
      }
    }
    var use = ClusterUse(draft)
    for candidate in due {
      let name = candidate.worker.pool
      let quota = quotas[name] ?? 0
      if holds[name] == nil, quota <= 0 || draft.removalSlots <= 0 { holds[name] = limit(name, &draft) }
      if let hold = holds[name] {
        draft.note(candidate.worker.name, .keep, hold)
      } else if quota > 0, retire(candidate, &use, &draft) {
        quotas[name] = quota - 1
      }
    }
  }

  /// One worker that might go.
  struct Candidate {
    let worker: WorkerRecord
    let node: NodeObservation
    /// What moving its pods costs, in thousandths of an unimportant pod.
    let cost: Int64

    init(_ worker: WorkerRecord, _ node: NodeObservation, _ situation: Situation) {
      self.worker = worker
      self.node = node
      cost = situation.load(of: node.name).workload.reduce(1000) { $0 + 1000 + Int64(min(max($1.priority, 0), 10_000)) }
    }

    /// More saved for what it costs; then less to move; then by name.
    static func precedes(_ left: Candidate, _ right: Candidate) -> Bool {
      let (a, b) = (
        left.worker.price.perHour.microunits.multipliedFullWidth(by: right.cost),
        right.worker.price.perHour.microunits.multipliedFullWidth(by: left.cost)
      )
      if (a.high, a.low) != (b.high, b.low) { return (a.high, a.low) > (b.high, b.low) }
      if left.cost != right.cost { return left.cost < right.cost }
      return left.worker.name < right.worker.name
    }
  }

  // MARK: - Clocks

  /// The clock starts when a worker with pods is first seen under-used, ends when it is not, and stands when nothing is
  /// known. Empty workers have the idle clock instead.
  private static func keepClocks(_ draft: inout Draft) {
    let situation = draft.situation
    let limit = situation.policy.consolidation.utilisationPercent / 100
    let old = draft.memory.underUsedSince ?? [:]
    var clocks: [WorkerName: Instant] = [:]
    for worker in situation.workers where worker.isStaying && worker.state == .ready {
      guard situation.pods != nil, let node = situation.node(of: worker), node.isReady,
        let share = Utilisation.of(node, situation.load(of: node.name))
      else {
        clocks[worker.name] = old[worker.name]
        continue
      }
      if share < limit, !situation.load(of: node.name).workload.isEmpty {
        clocks[worker.name] = old[worker.name] ?? situation.now
      }
    }
    draft.memory.underUsedSince = clocks.isEmpty ? nil : clocks
  }

  // MARK: - Candidates

  /// Workers that may go; of those whose clock still runs it is said when.
  private static func candidates(_ draft: inout Draft) -> [Candidate] {
    let situation = draft.situation
    let pools = Set(situation.pools.filter { Eligibility.mayShrink($0, draft) }.map(\.name))
    var due: [Candidate] = []
    for worker in situation.workers where pools.contains(worker.pool) {
      guard let since = draft.memory.underUsedSince?[worker.name], let node = Eligibility.node(of: worker, draft) else {
        continue
      }
      let end = since.advanced(by: situation.policy.consolidation.unneededFor)
      if end <= situation.now {
        due.append(Candidate(worker, node, situation))
      } else if since < situation.now, draft.workerNotes[worker.name] == nil {
        let share = Phrase.number((Utilisation.of(node, situation.load(of: node.name)) ?? 0) * 100)
        draft.note(
          worker.name, .keep,
          Reason(
            .underUsed,
            "Worker \(worker.name) is little used since \(since.clockText), its pods ask for \(share) % of it, and may go "
              + "at \(end.clockText) if each has a place elsewhere.",
            data: ["share_percent": share, "since": since.description]))
      }
    }
    return due.sorted(by: Candidate.precedes)
  }

  private static func noteUnknownBudgets(_ due: [Candidate], _ draft: inout Draft) {
    guard draft.situation.disruptionBudgets == nil else { return }
    let why = draft.situation.snapshot.disruptionBudgets.unknownReason ?? "They were last read too long ago."
    for pool in Set(due.map(\.worker.pool)).sorted() {
      draft.note(
        pool,
        Reason(
          .listMissing,
          "No worker of pool \(pool) that runs pods goes by choice, as the disruption budgets are not known.",
          remedy: "It may go when they are read again.", data: ["why": why]))
    }
  }

  private static func limit(_ name: PoolName, _ draft: inout Draft) -> Reason? {
    guard let pool = draft.situation.policy.pool(name), let limit = ShrinkGate.limit(pool, draft) else { return nil }
    draft.note(name, limit)
    return limit
  }

  /// Whether the worker goes.
  private static func retire(_ candidate: Candidate, _ use: inout ClusterUse, _ draft: inout Draft) -> Bool {
    let worker = candidate.worker
    guard let pool = draft.situation.policy.pool(worker.pool) else { return false }
    guard Eligibility.staysBelowTargets(pool, use, removing: candidate.node.allocatable, draft) else {
      draft.note(
        worker.name, .keep,
        Reason(
          .belowTarget, "Worker \(worker.name) stays: without it the cluster would be above its target utilisation."))
      return false
    }
    if let refusal = ShrinkGate.hold(worker, draft) ?? draft.evacuate(worker) {
      draft.note(worker.name, .keep, refusal)
      return false
    }
    let load = draft.situation.load(of: candidate.node.name)
    let share = Phrase.number((Utilisation.of(candidate.node, load) ?? 0) * 100)
    let since = draft.memory.underUsedSince?[worker.name] ?? draft.situation.now
    let reason = Reason(
      .underUsed,
      "Worker \(worker.name) goes: its pods ask for \(share) % of it, have asked for little since \(since.clockText), and "
        + "each has a place elsewhere.", data: ["share_percent": share, "since": since.description])
    ShrinkGate.retire(worker, pool, reason, &draft)
    use.remove(candidate.node.allocatable)
    return true
  }
}
