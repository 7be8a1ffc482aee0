import Model

/// Which workers may be moved about for the sake of a saving.
enum Eligibility {
  /// Pools that come and go, unless they keep idle workers for ever; pools with a target utilisation while both readings
  /// have been low for long enough.
  static func mayShrink(_ pool: Pool, _ draft: Draft) -> Bool {
    guard pool.enabled else { return false }
    if pool.isTemporary { return pool.idleTimeout != nil }
    guard let utilisation = pool.utilisation, let due = UtilisationRule.due(pool, draft),
      let cpu = UtilisationRule.reading(.cpuPressure, pool, draft),
      let memory = UtilisationRule.reading(.memoryPressure, pool, draft)
    else { return false }
    return due <= draft.situation.now && max(cpu, memory) < utilisation.shrinkAtPercent
  }

  /// Why no pods of a pool's workers are moved for a saving now; `nil` when some may be.
  static func hold(_ pool: Pool, _ draft: Draft) -> Reason? {
    if let hold = ShrinkGate.hold(pool, draft) { return hold }
    // What moves closer together rests on the whole cluster's use, whichever pool it feeds.
    let pressure = draft.situation.triggers.first { trigger in
      (trigger.kind == .cpuPressure || trigger.kind == .memoryPressure)
        && draft.memory.triggers[trigger.name]?.isUncertain != false
    }
    if let pressure {
      return Reason(
        .readingMissing, "No pods of pool \(pool.name) are moved: trigger \(pressure.name) has no reading.",
        remedy: "They may be moved again when the reading is back.", data: ["trigger": pressure.name.rawValue])
    }
    if let until = draft.book.backoff[pool.name] {
      return Reason(
        .backingOff,
        "No pods of pool \(pool.name) are moved before \(until.clockText): it could not get a worker back.",
        data: ["until": until.description])
    }
    guard let grown = draft.memory.pools[pool.name]?.grownAt else { return nil }
    let end = grown.advanced(by: draft.situation.policy.consolidation.unneededFor)
    guard end > draft.situation.now else { return nil }
    return Reason(
      .coolingDown, "No pods of pool \(pool.name) are moved before \(end.clockText): it has grown just now.",
      data: ["until": end.description])
  }

  /// The node of a worker whose pods may be moved; `nil` for one that is on its way or leaving, not in order, empty, about
  /// to be used, soon to expire, or asked for by somebody until it expires.
  static func node(of worker: WorkerRecord, _ draft: Draft) -> NodeObservation? {
    let situation = draft.situation
    guard worker.isStaying, worker.state == .ready, !draft.retiring.contains(worker.name),
      let node = situation.node(of: worker), node.takesPods, !draft.claimed.contains(node.name),
      !situation.load(of: node.name).workload.isEmpty
    else { return nil }
    guard let life = worker.timeToLive else { return node }
    let worthIt = life.expiresAt >= situation.now.advanced(by: situation.policy.consolidation.payback)
    return worthIt && worker.request == nil ? node : nil
  }

  /// Whether neither growth nor the pool's own targets would call the capacity back.
  static func staysBelowTargets(
    _ pool: Pool, _ use: ClusterUse, removing gone: Resources, adding new: Resources = .zero, _ draft: Draft
  ) -> Bool {
    guard use.staysBelowTargets(removing: gone, adding: new) else { return false }
    guard !pool.isTemporary, let utilisation = pool.utilisation else { return true }
    let cpu = UtilisationRule.reading(.cpuPressure, pool, draft) ?? .infinity
    let memory = UtilisationRule.reading(.memoryPressure, pool, draft) ?? .infinity
    return use.after(cpu, isCPU: true, removing: gone, adding: new) <= utilisation.cpuTargetPercent
      && use.after(memory, isCPU: false, removing: gone, adding: new) <= utilisation.memoryTargetPercent
  }
}
