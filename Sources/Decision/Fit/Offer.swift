import Model

/// A kind of worker that could be created: a template in a pool, with a time to live. A class, since it is handed on whole
/// and never changes.
final class Offer: Sendable {
  let pool: Pool
  let template: Template
  let price: HourlyPrice
  let timeToLive: Duration?
  /// The zone whose hosts it may be put on; `nil`: any host.
  let zone: String?

  /// With the pool's standard time to live unless another is given.
  init(pool: Pool, template: Template, timeToLive: Duration? = nil, zone: String? = nil) {
    self.pool = pool
    self.zone = zone
    self.template = template
    price = pool.price(of: template)
    self.timeToLive = timeToLive ?? pool.timeToLive?.standard
  }

  /// Labels that its node will carry, as far as they are known beforehand.
  func labels(_ common: [String: String], _ placement: PlacementPolicy = PlacementPolicy()) -> [String: String] {
    var labels = common.merging(template.labels) { $1 }.merging(pool.labels) { $1 }
    if let key = placement.zoneLabel, let zone { labels[key] = zone }
    return labels
  }

  /// For ties: the pool's name, then the template's.
  var name: String { "\(pool.name)/\(template.name)" }
}

extension Situation {
  /// Each template of an enabled pool, sorted by pool and template.
  func offers(of pool: Pool) -> [Offer] {
    Set(pool.templates + [pool.defaultTemplate]).sorted().compactMap { name in
      policy.template(name).map { Offer(pool: pool, template: $0) }
    }
  }

  /// Offers of a pool, one for each zone that has hosts, where workers get a zone label.
  func zonedOffers(of pool: Pool) -> [Offer] {
    let zones = zones
    guard !zones.isEmpty else { return offers(of: pool) }
    return offers(of: pool).flatMap { offer in
      zones.map { Offer(pool: pool, template: offer.template, zone: $0) }
    }
  }

  /// Zones of the hosts that are on line, sorted; none when workers get no zone label.
  var zones: [String] {
    guard policy.placement.zoneLabel != nil else { return [] }
    return Set((hosts ?? []).filter(\.online).compactMap { policy.placement.zone(of: $0.name) }).sorted()
  }

  /// What DaemonSets will take of a new worker: what those ask for that may run there; while they are not known, the most
  /// that they take of a node of the same pool now, or, while the pool has none, of any node.
  ///
  /// - Parameter labels: of the new worker's node.
  func daemonOverhead(of offer: Offer, labels: [String: String]) -> Resources {
    guard let daemons else { return observedOverhead(of: offer.pool.name) }
    var overhead = Resources.zero
    for daemon in daemons
    where daemon.constraint.mismatch(taints: offer.pool.taints, labels: labels) == nil {
      overhead.add(daemon.demand)
    }
    return overhead
  }

  private func observedOverhead(of pool: PoolName) -> Resources {
    let own = Set(workers(of: pool).map { NodeName($0.name.rawValue) })
    let siblings = (nodes ?? []).filter { own.contains($0.name) && $0.isReady }
    var overhead = Resources.zero
    for node in siblings.isEmpty ? (nodes ?? []).filter(\.isReady) : siblings {
      var belonging = load(of: node.name).belonging
      belonging.extended = [:]
      overhead.raise(to: belonging)
    }
    return overhead
  }
}

/// Where a DaemonSet's pods may run, and what one of them takes.
struct DaemonShare {
  let constraint: PodGroup.Constraint
  let demand: Resources

  init(_ daemonSet: DaemonSetObservation) {
    constraint = PodGroup.Constraint(daemonSet)
    demand = daemonSet.requests.demand
  }
}
