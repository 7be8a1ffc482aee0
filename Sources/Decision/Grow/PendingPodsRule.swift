import Model

/// Finds a place for each pending pod: on nodes that are there, on workers under way, or on the cheapest new workers.
///
/// Pods ask by fit: a trigger's count only says when to look. A group with a pod that has waited too long is looked at
/// even when no trigger fires.
enum PendingPodsRule {
  @Sendable static func apply(_ draft: inout Draft) {
    let situation = draft.situation
    guard let pods = situation.pods, situation.nodes != nil else { return }
    let cutoff = situation.policy.pace.priorityCutoff
    guard pods.contains(where: { $0.asksForNode(cutoff: cutoff) }) else { return }
    draft.modelFit()
    var search = PendingSearch(&draft)
    search.useExistingRooms(&draft)
    search.useStandbys(&draft)
    search.useNewWorkers(&draft)
    draft.podGroups = search.reports(draft)
  }

  /// Pools that may create workers for a group.
  static func serves(_ pool: Pool, _ group: PodGroup, _ draft: Draft) -> Bool {
    guard pool.enabled, pool.servesPendingPods else { return false }
    if isFiring(pool, draft) { return true }
    if SeededBug.ignoresLonePods.isOn { return false }
    return !isUncertain(pool, draft)
      && draft.situation.now - group.oldest > draft.situation.policy.pace.maximumPending
  }

  /// Without a reading nothing is concluded, however long a pod has waited.
  static func isUncertain(_ pool: Pool, _ draft: Draft) -> Bool {
    draft.situation.triggers.contains {
      $0.pool == pool.name && $0.kind == .pendingPods && draft.memory.triggers[$0.name]?.isUncertain != false
    }
  }

  static func isFiring(_ pool: Pool, _ draft: Draft) -> Bool {
    draft.situation.triggers.contains {
      $0.pool == pool.name && $0.kind == .pendingPods && draft.memory.triggers[$0.name]?.isActing == true
    }
  }
}

/// Where the pods of one group go.
struct PodGroupFate {
  var existing = 0
  var underWay = 0
  var new = 0
  var left: Int
  var nodes: [NodeName] = []
  var comingWorkers: [WorkerName] = []
  var newWorkers: [WorkerName] = []
}

/// One pass over all groups of pending pods.
struct PendingSearch {
  let groups: [PodGroup]
  /// For each zone one, where workers have zones.
  let offers: [Offer]
  let offerRooms: [[Int64]]
  let offerLabels: [[String: String]]
  /// `[group][offer]`: why the pods could never run there; `nil` when they could.
  let misfits: [[String?]]
  /// `[group][offer]`: the pools' triggers let them serve the group, and a pod fits.
  let servable: [[Bool]]
  var fates: [PodGroupFate]
  /// Groups that no worker chosen for them may hold, as things are.
  var barred: Set<Int> = []

  /// The draft's model must have been made.
  init(_ draft: inout Draft) {
    let situation = draft.situation
    let groups = PodGroup.pending(situation, &draft.fit!)
    let model = draft.fit!
    let offers = situation.pools.flatMap(situation.zonedOffers)
    let common = situation.commonLabels
    let labels = offers.map { $0.labels(common, situation.policy.placement) }
    offerRooms = zip(offers, labels).map { offer, labels in
      model.dimensions.remainder(
        of: offer.template.allocatable, less: situation.daemonOverhead(of: offer, labels: labels))
    }
    var table = MisfitTable(offers: offers, labels: labels, rooms: offerRooms)
    misfits = groups.map { table.misfits(of: $0, model) }
    servable = zip(groups, misfits).map { [draft] group, misfits in
      var servingPools: [PoolName: Bool] = [:]
      return zip(offers, misfits).map { offer, misfit in
        guard misfit == nil else { return false }
        if let known = servingPools[offer.pool.name] { return known }
        let serves = PendingPodsRule.serves(offer.pool, group, draft)
        servingPools[offer.pool.name] = serves
        return serves
      }
    }
    self.groups = groups
    self.offers = offers
    offerLabels = labels
    fates = groups.map { PodGroupFate(left: $0.count) }
  }

  /// First what is there, then what is on its way, creations of this plan included.
  mutating func useExistingRooms(_ draft: inout Draft) {
    for group in groups.indices {
      let here = draft.fit!.place(groups[group].shape, count: fates[group].left, in: .existing)
      fates[group].existing = here.placed
      let rest = SeededBug.ignoresWorkersUnderWay.isOn ? 0 : fates[group].left - here.placed
      let coming = draft.fit!.place(groups[group].shape, count: rest, in: .underWay)
      fates[group].underWay = coming.placed
      fates[group].left -= here.placed + coming.placed
      for (room, _) in here.rooms + coming.rooms {
        switch draft.fit!.rooms[room].origin {
        case .node(let node):
          fates[group].nodes.append(node)
          draft.claimed.insert(node)
        case .underWay(let worker): fates[group].comingWorkers.append(worker)
        case .new: break
        }
      }
    }
  }

  func mayServe(_ group: Int, _ offer: Int) -> Bool { servable[group][offer] }
}

/// Why groups could not run on workers of each offer: constraints that many groups share are judged once.
private struct MisfitTable {
  let offers: [Offer]
  let labels: [[String: String]]
  let rooms: [[Int64]]
  private var mismatches: [Int: [String?]] = [:]

  init(offers: [Offer], labels: [[String: String]], rooms: [[Int64]]) {
    self.offers = offers
    self.labels = labels
    self.rooms = rooms
  }

  mutating func misfits(of group: PodGroup, _ model: FitModel) -> [String?] {
    let shape = model.shapes[group.shape]
    let number = shape.constraint
    if mismatches[number] == nil {
      mismatches[number] = offers.indices.map {
        group.constraint.mismatch(taints: offers[$0].pool.taints, labels: labels[$0])?.phrase
      }
    }
    return offers.indices.map { offer in
      if let mismatch = mismatches[number]![offer] { return mismatch }
      if let key = missingKey(shape, model, labels[offer]) {
        return "its nodes carry no label \(key), by which the pods are to be placed"
      }
      if rooms[offer].capacity(for: shape.row, atMost: 1) == 1 { return nil }
      let short = group.demand.shortages(in: offers[offer].template.allocatable)
      return short.isEmpty
        ? "one pod is too large once its DaemonSets run" : "one pod is too large in \(Phrase.list(short))"
    }
  }

  /// A topology key that a node must have for the shape's affinity or spread.
  private func missingKey(_ shape: PodShape, _ model: FitModel, _ labels: [String: String]) -> String? {
    let keys =
      shape.key.affinity.map { model.topology.counters[$0].key }
      + shape.key.spreads.map { model.topology.spreads[$0.spread].key }
    return keys.filter { $0 != Topology.hostname }.map { model.topology.keyNames[$0] }.first { labels[$0] == nil }
  }
}
