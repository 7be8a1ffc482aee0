import Model

/// What is to be packed onto new workers: the groups that are left, in portions that rules about other pods confine to
/// some zones or to so many a worker.
struct NewDemand {
  /// Part of a group that is packed alike.
  struct Portion {
    let group: Int
    /// `nil`: any zone.
    let zones: [String]?
    var count: Int
    /// Pods that must share one worker and are packed as one.
    var podsEach = 1
  }

  let portions: [Portion]
  let problem: PackingProblem
  /// By kind of the problem, an index into the search's offers.
  let offers: [Int]

  /// - Parameter isCautious: take no more onto a worker than is sure to be allowed there, whatever else comes.
  init(_ open: [Int], _ search: PendingSearch, _ draft: inout Draft, isCautious: Bool) {
    let zones = draft.situation.zones
    var portions: [Portion] = []
    for group in open {
      let shape = draft.fit!.shapes[search.groups[group].shape]
      guard draft.fit!.mayHelp(shape) else { continue }
      let counts = draft.fit!.zoneCounts(
        shape, count: search.fates[group].left, zones, draft.situation.policy.placement)
      portions += counts.map { Portion(group: group, zones: $0.zones, count: $0.count) }
    }
    let model = draft.fit!
    let asksForZones = Self.asksForZones(portions, open, search, zones)
    let usable = search.offers.indices.filter { offer in open.contains { search.mayServe($0, offer) } }
    let offers = asksForZones || zones.isEmpty ? usable : usable.filter { search.offers[$0].zone == zones[0] }
    let kinds = offers.map { index in
      let offer = search.offers[index]
      let anywhere = Offer(pool: offer.pool, template: offer.template, timeToLive: offer.timeToLive)
      return PackingProblem.Kind(
        offer: asksForZones ? offer : anywhere, room: search.offerRooms[index], price: offer.price.perHour.microunits)
    }
    let shapes = portions.map { model.shapes[search.groups[$0.group].shape] }
    for index in portions.indices { Self.bundle(&portions[index], shapes[index], kinds.map(\.room), model) }
    self.offers = offers
    self.portions = portions
    problem = PackingProblem(
      rows: zip(portions, shapes).map { portion, shape in shape.row.map { $0 * Int64(portion.podsEach) } },
      counts: portions.map(\.count), priorities: portions.map { search.groups[$0.group].priority }, kinds: kinds,
      allowed: portions.map { portion in
        offers.map { index in
          guard search.mayServe(portion.group, index) else { return false }
          guard asksForZones, let zones = portion.zones, let own = search.offers[index].zone else { return true }
          return zones.contains(own)
        }
      },
      perWorker: zip(portions, shapes).map { portion, shape in
        let most = model.mostPerNewWorker(shape, isCautious: isCautious)
        return portion.podsEach == 1 ? most : 1
      },
      conflicts: Self.conflicts(portions, shapes, model))
  }

  /// Portions that must not share a worker; empty when there are none.
  private static func conflicts(_ portions: [Portion], _ shapes: [PodShape], _ model: FitModel) -> [[Int]] {
    let strict = shapes.indices.filter { !shapes[$0].key.antiAffinity.isEmpty || !shapes[$0].key.ports.isEmpty }
    guard !strict.isEmpty else { return [] }
    var conflicts: [[Int]] = shapes.map { _ in [] }
    for left in strict {
      for right in shapes.indices where portions[right].group != portions[left].group {
        guard model.exclude(shapes[left], shapes[right]) else { continue }
        conflicts[left].append(right)
        conflicts[right].append(left)
      }
    }
    return conflicts.map { Set($0).sorted() }
  }

  /// Whether somebody's choice of a zone makes workers of different zones different.
  private static func asksForZones(
    _ portions: [Portion], _ open: [Int], _ search: PendingSearch, _ zones: [String]
  ) -> Bool {
    guard zones.count > 1 else { return false }
    if portions.contains(where: { $0.zones != nil }) { return true }
    // Selectors and volumes may admit one zone and not another.
    let byKind = Dictionary(grouping: search.offers.indices) { search.offers[$0].name }
    return open.contains { group in
      byKind.values.contains { offers in Set(offers.map { search.mayServe(group, $0) }).count > 1 }
    }
  }

  /// Pods that must be on one node with their like are packed together, as many as the largest worker holds.
  private static func bundle(_ portion: inout Portion, _ shape: PodShape, _ rooms: [[Int64]], _ model: FitModel) {
    guard portion.count > 1, model.mustShareNode(shape) else { return }
    let most = rooms.map { $0.capacity(for: shape.row, atMost: portion.count) }.max() ?? 0
    guard most > 0 else { return }
    portion.podsEach = most
    portion.count = 1
  }
}

extension FitModel {
  /// Whether pods of a shape must all be on the node of the first of them.
  func mustShareNode(_ shape: PodShape) -> Bool {
    shape.key.affinityChoosesItself && shape.key.affinity.contains { topology.counters[$0].key == Topology.hostname }
  }

  /// Whether a pod of a shape can be on a node where no pod is yet: not when it must join pods that are somewhere else.
  func mayHelp(_ shape: PodShape) -> Bool {
    let isFirst = shape.key.affinityChoosesItself && shape.key.affinity.allSatisfy { topology.totals[$0] == 0 }
    if isFirst { return true }
    return !shape.key.affinity.contains { topology.counters[$0].key == Topology.hostname }
  }

  /// The most pods of a shape that one new worker may hold, whatever its size.
  ///
  /// - Parameter isCautious: as if another new worker stayed without any.
  func mostPerNewWorker(_ shape: PodShape, isCautious: Bool) -> Int {
    if !shape.key.ports.isEmpty { return 1 }
    let keepsApart = shape.key.antiAffinity.contains {
      topology.counters[$0].key == Topology.hostname && shape.counters.contains($0)
    }
    if keepsApart { return 1 }
    var most = Int.max
    for use in shape.key.spreads where use.countsItself && topology.spreads[use.spread].key == Topology.hostname {
      let spread = topology.spreads[use.spread]
      most = min(most, Int(spread.maxSkew) + (isCautious ? 0 : Int(spread.minimum)))
    }
    return most
  }

  /// Whether pods of two shapes can never share a new worker.
  func exclude(_ left: PodShape, _ right: PodShape) -> Bool {
    func keepsOut(_ holder: PodShape, _ other: PodShape) -> Bool {
      holder.key.antiAffinity.contains {
        topology.counters[$0].key == Topology.hostname && other.counters.contains($0)
      }
    }
    return keepsOut(left, right) || keepsOut(right, left)
      || left.key.ports.contains { port in right.key.ports.contains(where: port.collides) }
  }

  // MARK: - Zones

  /// How many of some pods may go to which zones of new workers; one entry without zones when they do not matter. What
  /// appears in no entry can go to none.
  mutating func zoneCounts(
    _ shape: PodShape, count: Int, _ zones: [String], _ placement: PlacementPolicy
  ) -> [(zones: [String]?, count: Int)] {
    guard let label = placement.zoneLabel, !zones.isEmpty, shape.dependsOnPods,
      let key = topology.keyNames.firstIndex(of: label)
    else { return [(nil, count)] }
    let rules = ZoneRules(shape, key, topology)
    guard !rules.isEmpty else { return [(nil, count)] }
    let domains = zones.map { topology.domain(named: $0, key: key) }
    if rules.isOpenEnded {
      var open = zones.indices.filter { rules.admits(domains[$0], topology) }
      // The first of its kind chooses the zone of all.
      if rules.isFirst(topology) { open = Array(open.prefix(1)) }
      if open.count == zones.count { return [(nil, count)] }
      return open.isEmpty ? [] : [(open.map { zones[$0] }, count)]
    }
    var trial = topology
    var counts = zones.map { _ in 0 }
    for _ in 0..<count {
      let order = zones.indices.sorted {
        (rules.rank(domains[$0], trial), $0) < (rules.rank(domains[$1], trial), $1)
      }
      guard let zone = order.first(where: { rules.admits(domains[$0], trial) }) else { break }
      counts[zone] += 1
      rules.count(domains[zone], &trial)
    }
    return zones.indices.filter { counts[$0] > 0 }.map { ([zones[$0]], counts[$0]) }
  }
}

/// A shape's rules about one topology key.
private struct ZoneRules {
  let affinity: [Int]
  let allAffinity: [Int]
  let choosesItself: Bool
  let anti: [Int]
  let counters: [Int]
  let spreads: [PodShape.SpreadUse]
  let countedSpreads: [Int]

  init(_ shape: PodShape, _ key: Int, _ topology: Topology) {
    affinity = shape.key.affinity.filter { topology.counters[$0].key == key }
    allAffinity = shape.key.affinity
    choosesItself = shape.key.affinityChoosesItself
    anti = shape.key.antiAffinity.filter { topology.counters[$0].key == key }
    counters = shape.counters.filter { topology.counters[$0].key == key }
    spreads = shape.key.spreads.filter { topology.spreads[$0.spread].key == key }
    countedSpreads = shape.countedSpreads.filter { topology.spreads[$0].key == key }
  }

  var isEmpty: Bool { affinity.isEmpty && anti.isEmpty && spreads.isEmpty && counters.isEmpty }

  /// One more pod changes nothing for the next.
  var isOpenEnded: Bool { spreads.isEmpty && !anti.contains { counters.contains($0) } }

  func isFirst(_ topology: Topology) -> Bool {
    !affinity.isEmpty && choosesItself && allAffinity.allSatisfy { topology.totals[$0] == 0 }
  }

  func admits(_ domain: Int32, _ topology: Topology) -> Bool {
    if !affinity.isEmpty, !isFirst(topology), affinity.contains(where: { topology.count($0, domain) == 0 }) {
      return false
    }
    if anti.contains(where: { topology.count($0, domain) > 0 }) { return false }
    if counters.contains(where: { topology.hasHolders[$0] && topology.holders($0, domain) > 0 }) { return false }
    return spreads.allSatisfy { topology.spreads[$0.spread].admits(domain, counts: $0.countsItself) }
  }

  /// Zones that have nodes come first, then those with fewest pods.
  func rank(_ domain: Int32, _ topology: Topology) -> Int32 {
    guard let spread = spreads.first.map({ topology.spreads[$0.spread] }) else { return 0 }
    return spread.isKnown(domain) ? spread.count(domain) : .max
  }

  func count(_ domain: Int32, _ topology: inout Topology) {
    for counter in counters { topology.count(counter, domain: domain) }
    for counter in anti { topology.hold(counter, domain: domain) }
    for spread in countedSpreads {
      // A worker that comes there makes the zone one that counts.
      if !topology.spreads[spread].isKnown(domain) { topology.spreads[spread].addRoom(domain: domain, by: 1) }
      topology.spreads[spread].change(domain, by: 1)
    }
  }
}
