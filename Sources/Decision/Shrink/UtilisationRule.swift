import Model

/// Takes one worker from a pool whose CPU and memory have both been little used, when each of its pods has a proven
/// place elsewhere and the rest stays below the targets.
enum UtilisationRule {
  @Sendable static func apply(_ draft: inout Draft) {
    for pool in draft.situation.pools {
      guard pool.enabled, let utilisation = pool.utilisation else { continue }
      shrink(pool, utilisation, &draft)
    }
  }

  private static func shrink(_ pool: Pool, _ utilisation: UtilisationPolicy, _ draft: inout Draft) {
    let situation = draft.situation
    guard let cpu = reading(.cpuPressure, pool, draft), let memory = reading(.memoryPressure, pool, draft) else {
      return
    }
    guard cpu < utilisation.shrinkAtPercent, memory < utilisation.shrinkAtPercent else {
      draft.memory.pools[pool.name]?.lowSince = nil
      return
    }
    let since = draft.memory.pools[pool.name]?.lowSince ?? situation.now
    draft.memory.pools[pool.name]?.lowSince = since
    guard draft.stayingAfterPlan(pool.name) > pool.minimum else { return }
    let due = due(pool, draft) ?? situation.now
    let standing = "CPU at \(Phrase.number(cpu)) % and memory at \(Phrase.number(memory)) %"
    guard due <= situation.now else {
      draft.note(
        pool.name,
        Reason(
          .underUsed,
          "Pool \(pool.name) may shrink from \(due.clockText) on if \(standing) stay below "
            + "\(Phrase.number(utilisation.shrinkAtPercent)) %."))
      return
    }
    if let hold = ShrinkGate.hold(pool, draft) {
      draft.note(pool.name, hold)
      return
    }
    guard ShrinkGate.allowance(pool, draft) > 0, draft.removalSlots > 0 else { return }
    let use = ClusterUse(draft)
    let fitting = candidates(pool, draft).filter { candidate in
      guard let own = situation.node(of: candidate)?.allocatable else { return false }
      return use.after(cpu, isCPU: true, removing: own) <= utilisation.cpuTargetPercent
        && use.after(memory, isCPU: false, removing: own) <= utilisation.memoryTargetPercent
    }
    var refusals: [Reason] = []
    for candidate in fitting {
      if let refusal = ShrinkGate.hold(candidate, draft) ?? draft.evacuate(candidate) {
        refusals.append(refusal)
        draft.note(candidate.name, .keep, refusal)
        continue
      }
      let reason = Reason(
        .underUsed,
        "Worker \(candidate.name) goes: pool \(pool.name) has been little used since \(since.clockText), \(standing), and all "
          + "its pods have a place elsewhere.", data: ["cpu": Phrase.number(cpu), "memory": Phrase.number(memory)])
      ShrinkGate.retire(candidate, pool, reason, &draft)
      draft.note(pool.name, reason)
      return
    }
    draft.note(
      pool.name,
      refusals.first
        ?? Reason(
          .belowTarget,
          "Pool \(pool.name) is little used, \(standing), but without any one of its workers it would be above its targets."
        )
    )
  }

  /// From when on a pool may shrink if its use stays low; `nil` while it is not.
  static func due(_ pool: Pool, _ draft: Draft) -> Instant? {
    guard let memory = draft.memory.pools[pool.name], let since = memory.lowSince else { return nil }
    return max(since, memory.grownAt ?? since).advanced(by: pool.shrinkCooldown)
  }

  /// The pool's own reading of a kind; `nil` while it is missing.
  static func reading(_ kind: Trigger.Kind, _ pool: Pool, _ draft: Draft) -> Double? {
    let trigger = draft.situation.triggers.first { $0.pool == pool.name && $0.kind == kind }
    guard let state = trigger.flatMap({ draft.memory.triggers[$0.name] }), !state.isUncertain else { return nil }
    return state.lastReading?.value
  }

  /// Ready workers, least requested first; the youngest of equals.
  private static func candidates(_ pool: Pool, _ draft: Draft) -> [WorkerRecord] {
    let situation = draft.situation
    let ready = situation.workers(of: pool.name).filter { worker in
      worker.isStaying && worker.state == .ready && !draft.retiring.contains(worker.name)
        && situation.node(of: worker)?.takesPods == true && !draft.claimed.contains(NodeName(worker.name.rawValue))
    }
    func share(_ worker: WorkerRecord) -> Double {
      guard let node = situation.node(of: worker) else { return 1 }
      return Scale([node.allocatable]).size(situation.load(of: node.name).requested)
    }
    return ready.map { (worker: $0, share: share($0)) }.sorted { left, right in
      if left.share != right.share { return left.share < right.share }
      return (right.worker.createdAt, right.worker.name) < (left.worker.createdAt, left.worker.name)
    }.map(\.worker)
  }
}
