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
    let due = max(since, draft.memory.pools[pool.name]?.grownAt ?? since).advanced(by: pool.shrinkCooldown)
    let use = "CPU at \(Phrase.number(cpu)) % and memory at \(Phrase.number(memory)) %"
    guard due <= situation.now else {
      draft.note(
        pool.name,
        Reason(
          .underUsed,
          "Pool \(pool.name) may shrink from \(due.clockText) on if \(use) stay below "
            + "\(Phrase.number(utilisation.shrinkAtPercent)) %."))
      return
    }
    if let hold = ShrinkGate.hold(pool, draft) {
      draft.note(pool.name, hold)
      return
    }
    guard ShrinkGate.allowance(pool, draft) > 0, draft.removalSlots > 0 else { return }
    let fitting = candidates(pool, draft).filter { candidate in
      staysBelowTarget(candidate, cpu, memory, utilisation, draft)
    }
    var refusals: [Reason] = []
    for candidate in fitting {
      if let refusal = Evacuation.refusal(candidate, &draft) {
        refusals.append(refusal)
        draft.note(candidate.name, .keep, refusal)
        continue
      }
      let reason = Reason(
        .underUsed,
        "Worker \(candidate.name) goes: pool \(pool.name) has been little used since \(since.clockText), \(use), and all "
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
          "Pool \(pool.name) is little used, \(use), but without any one of its workers it would be above its targets.")
    )
  }

  /// The pool's own reading of a kind; `nil` while it is missing.
  private static func reading(_ kind: Trigger.Kind, _ pool: Pool, _ draft: Draft) -> Double? {
    let trigger = draft.situation.triggers.first { $0.pool == pool.name && $0.kind == kind }
    guard let state = trigger.flatMap({ draft.memory.triggers[$0.name] }), !state.isUncertain else { return nil }
    return state.lastReading?.value
  }

  /// Ready workers, least requested first; the youngest of equals.
  private static func candidates(_ pool: Pool, _ draft: Draft) -> [WorkerRecord] {
    let situation = draft.situation
    let ready = situation.workers(of: pool.name).filter { worker in
      worker.isStaying && worker.state == .ready && !draft.retiring.contains(worker.name)
        && situation.node(of: worker)?.takesPods == true
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

  private static func staysBelowTarget(
    _ worker: WorkerRecord, _ cpu: Double, _ memory: Double, _ utilisation: UtilisationPolicy, _ draft: Draft
  ) -> Bool {
    let situation = draft.situation
    guard let own = situation.node(of: worker)?.allocatable else { return false }
    var whole = Resources.zero
    for node in situation.nodes ?? [] where node.takesPods { whole.add(node.allocatable) }
    func after(_ percent: Double, _ all: Int64, _ part: Int64) -> Double {
      all > part ? percent * Double(all) / Double(all - part) : .infinity
    }
    return after(cpu, whole.cpuMillicores, own.cpuMillicores) <= utilisation.cpuTargetPercent
      && after(memory, whole.memoryBytes, own.memoryBytes) <= utilisation.memoryTargetPercent
  }
}
