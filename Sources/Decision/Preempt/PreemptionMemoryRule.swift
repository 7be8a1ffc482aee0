import Model

/// Counts the spot workers that were taken away, for the month, and keeps their pool from growing where they had to go.
///
/// What is counted is what the records say, so that a plan that nobody carries out counts nothing.
enum PreemptionMemoryRule {
  /// As many preemptions of a pool are remembered.
  static let remembered = 10_000

  @Sendable static func apply(_ draft: inout Draft) {
    let situation = draft.situation
    let month = situation.spending?.monthStart ?? situation.now.advanced(by: .hours(-31 * 24))
    for pool in situation.pools {
      var preemptions = (draft.memory.pools[pool.name]?.preemptions ?? []).filter { $0 >= month }
      if pool.kind == .spot { count(gaveWay(pool, situation) + vanished(pool, situation), in: &preemptions) }
      preemptions = Array(preemptions.sorted().suffix(remembered))
      draft.memory.pools[pool.name]?.preemptions = preemptions.isEmpty ? nil : preemptions
      if pool.kind == .spot, let last = preemptions.max() { backOff(pool, last, &draft) }
    }
  }

  /// When workers were asked to make room that have not gone yet.
  private static func gaveWay(_ pool: Pool, _ situation: Situation) -> [Instant] {
    situation.workers(of: pool.name).compactMap(\.removal).filter { $0.reason.has(.preempted) }.map(\.askedAt)
  }

  /// When workers lost their machines, as far as that can be told: they served, nobody asked them to go, and the machines
  /// are known and theirs is not among them.
  private static func vanished(_ pool: Pool, _ situation: Situation) -> [Instant] {
    guard let machines = situation.snapshot.machines.value else { return [] }
    let owned = Set(machines.compactMap { $0.owner?.id })
    return situation.workers(of: pool.name).filter { worker in
      worker.state == .failed && worker.readyAt != nil && worker.removal == nil && worker.machine != nil
        && !owned.contains(worker.id)
    }.map(\.stateSince)
  }

  /// A worker is seen so in more than one decision: each is counted once, by its instant.
  private static func count(_ instants: [Instant], in preemptions: inout [Instant]) {
    for instant in Set(instants).sorted() {
      let known = preemptions.count { $0 == instant }
      let lost = instants.count { $0 == instant }
      if lost > known { preemptions += Array(repeating: instant, count: lost - known) }
    }
  }

  private static func backOff(_ pool: Pool, _ last: Instant, _ draft: inout Draft) {
    let situation = draft.situation
    let until = last.advanced(by: situation.policy.preemption.backoff)
    guard until > situation.now, !haveRoom(pool, draft) else { return }
    draft.book.backoff[pool.name] = max(draft.book.backoff[pool.name] ?? until, until)
  }

  /// Whether the hosts hold a worker of the pool beside one more of each pool that does not give way.
  private static func haveRoom(_ pool: Pool, _ draft: Draft) -> Bool {
    let situation = draft.situation
    guard let own = situation.policy.template(pool.defaultTemplate) else { return false }
    var spaces = draft.book.hosts.rooms ?? []
    let others = situation.pools.filter { $0.kind == .permanent && $0.enabled }.compactMap {
      situation.policy.template($0.defaultTemplate)
    }
    return (others + [own]).allSatisfy { template in
      guard let index = spaces.indices.first(where: { spaces[$0].holds(template.machine) }) else { return false }
      spaces[index].take(template.machine)
      return true
    }
  }
}
