package import Model

/// Every limit on creating workers, with what has been taken of it. A value: the search for the cheapest set tries on
/// copies what the plan then takes.
package struct GrowthBook {
  /// What a creation has taken.
  struct Reservation {
    var host: HostName
    var commitment: Money
  }

  private var staying: [PoolName: Int] = [:]
  /// How many more workers may be on their way at once, over all pools.
  package var slots: Int
  private(set) var purse: Purse
  private(set) var hosts: HostRooms
  let commitments: Commitments
  /// Standby clones that can be started, the cheapest first.
  private(set) var standbys: [WorkerRecord]
  private let placement: PlacementPolicy
  /// Pools that wait after failures, until when.
  var backoff: [PoolName: Instant] = [:]
  private let situation: Situation
  /// Names that records, nodes and machines bear; gathered when the first new name is asked for.
  private var usedNames: Set<String>?
  private var withheldNames: Set<String> = []
  /// By pool: all lower numbers are borne by somebody, or by a worker of this plan.
  private var nextNumbers: [PoolName: Int] = [:]

  package init(snapshot: Snapshot, policy: Policy) { self.init(Situation(snapshot: snapshot, policy: policy)) }

  init(_ situation: Situation) {
    self.situation = situation
    for pool in situation.pools {
      staying[pool.name] = situation.workers(of: pool.name).count { $0.isStaying }
    }
    let underWay = situation.workers.count {
      $0.isStaying && ($0.state.isUnderWay || SeededBug.keepsSlots.isOn)
    }
    slots = max(0, situation.policy.provisioning.parallelLimit - underWay)
    purse = Purse(situation)
    hosts = HostRooms(situation)
    commitments = Commitments(situation)
    standbys = StandbyRule.startable(situation)
    placement = situation.policy.placement
  }

  private static func usedNames(_ situation: Situation) -> Set<String> {
    var names = Set((situation.workers + situation.reserves).map(\.name.rawValue))
    names.formUnion((situation.snapshot.nodes.value ?? []).map(\.name.rawValue))
    names.formUnion((situation.snapshot.machines.value ?? []).map(\.name))
    return names
  }

  func staying(in pool: PoolName) -> Int { staying[pool] ?? 0 }

  /// Takes what one worker of an offer needs, or says what stands in the way and takes nothing.
  mutating func reserve(_ offer: Offer, beyondBudget: Bool = false) -> Result<Reservation, Obstacle> {
    let pool = offer.pool
    let count = staying(in: pool.name)
    if !pool.enabled { return .failure(.disabled) }
    if let until = backoff[pool.name] { return .failure(.backingOff(until: until)) }
    if count >= pool.maximum { return .failure(.maximum) }
    if slots <= 0 { return .failure(.parallelLimit) }
    let amount = commitments.of(offer, isMinimum: count < pool.minimum)
    if !beyondBudget {
      if !purse.isKnown { return .failure(.ledgerUnknown) }
      if let shortfall = purse.shortfall(amount, pool) { return .failure(.budget(shortfall)) }
    }
    guard hosts.isKnown else { return .failure(.hostsUnknown) }
    guard let host = hosts.place(offer.template, zone: offer.zone) else { return .failure(.hostsFull) }
    staying[pool.name] = count + 1
    slots -= 1
    purse.commit(amount, pool.name, pool.kind)
    return .success(Reservation(host: host, commitment: amount.month))
  }

  /// The first standby clone that an offer's worker could be made of.
  func standby(for offer: Offer) -> WorkerRecord? {
    standbys.first { standby in
      standby.pool == offer.pool.name && standby.template == offer.template.name
        && (offer.zone == nil || standby.host.flatMap(placement.zone(of:)) == offer.zone)
    }
  }

  /// Takes what a standby clone's start needs, or says what stands in the way and takes nothing. Its host has kept the
  /// room for it. Returns the commitment, in place of the clone's own.
  mutating func activate(_ standby: WorkerRecord, _ offer: Offer, beyondBudget: Bool) -> Result<Money, Obstacle> {
    let pool = offer.pool
    let count = staying(in: pool.name)
    if !pool.enabled { return .failure(.disabled) }
    if let until = backoff[pool.name] { return .failure(.backingOff(until: until)) }
    if count >= pool.maximum { return .failure(.maximum) }
    if slots <= 0 { return .failure(.parallelLimit) }
    let amount = commitments.of(offer, isMinimum: count < pool.minimum)
    var later = purse
    later.release(commitments.of(reserve: standby, pool: pool), pool.name)
    if !beyondBudget {
      if !purse.isKnown { return .failure(.ledgerUnknown) }
      if let shortfall = later.shortfall(amount, pool) { return .failure(.budget(shortfall)) }
    }
    guard hosts.isKnown else { return .failure(.hostsUnknown) }
    purse = later
    purse.commit(amount, pool.name, pool.kind)
    staying[pool.name] = count + 1
    slots -= 1
    standbys.removeAll { $0.name == standby.name }
    return .success(amount.month)
  }

  /// Takes what another standby clone of a pool needs, if there is room and money for it.
  mutating func reserveStandby(_ offer: Offer, _ price: HourlyPrice) -> Result<Reservation, Obstacle> {
    guard purse.isKnown else { return .failure(.ledgerUnknown) }
    let amount = commitments.ofStandby(price, offer.pool)
    if let shortfall = purse.shortfall(amount, offer.pool) { return .failure(.budget(shortfall)) }
    guard hosts.isKnown else { return .failure(.hostsUnknown) }
    guard let host = hosts.place(offer.template) else { return .failure(.hostsFull) }
    purse.commit(amount, offer.pool.name, nil)
    return .success(Reservation(host: host, commitment: amount.month))
  }

  /// Takes what up to `most` workers of an offer need, as many as the limits allow, as if they were reserved one after
  /// the other. Returns how many.
  mutating func reserve(_ offer: Offer, atMost most: Int) -> Int {
    let pool = offer.pool
    var taken = 0
    // Workers of the minimum commit another amount, and the first that is refused says that none is left.
    while taken < most && (staying(in: pool.name) < pool.minimum || most - taken == 1) {
      guard case .success = reserve(offer) else { return taken }
      taken += 1
    }
    let count = staying(in: pool.name)
    guard taken < most, pool.enabled, backoff[pool.name] == nil, purse.isKnown, hosts.isKnown else { return taken }
    let amount = commitments.of(offer, isMinimum: false)
    var more = min(most - taken, pool.maximum - count, slots)
    more = purse.fitting(amount, pool, atMost: more)
    more = hosts.place(offer.template, zone: offer.zone, atMost: more)
    guard more > 0 else { return taken }
    staying[pool.name] = count + more
    slots -= more
    purse.commit(amount.times(more), pool.name, pool.kind)
    return taken + more
  }

  /// The same for workers of a kind.
  package mutating func reserve(_ kind: PackingProblem.Kind, atMost most: Int) -> Int {
    reserve(kind.offer, atMost: most)
  }

  /// Names that are given to nobody.
  mutating func withhold(_ names: [String]) { withheldNames.formUnion(names) }

  /// The lowest number in the pool that neither a record, a node nor a machine bears.
  mutating func nextName(in pool: PoolName) -> WorkerName {
    var number = nextNumbers[pool] ?? 1
    if SeededBug.namesByCount.isOn { return WorkerName(pool: pool, number: staying(in: pool)) }
    let used = usedNames ?? Self.usedNames(situation)
    usedNames = used
    var name = WorkerName(pool: pool, number: number)
    while used.contains(name.rawValue) || withheldNames.contains(name.rawValue) {
      number += 1
      name = WorkerName(pool: pool, number: number)
    }
    nextNumbers[pool] = number + 1
    return name
  }
}

/// What stands in the way of creating a worker.
enum Obstacle: Error, Equatable {
  case disabled
  case maximum
  case parallelLimit
  case backingOff(until: Instant)
  case hostsUnknown
  case hostsFull
  case ledgerUnknown
  case budget(Purse.Shortfall)

  func reason(_ offer: Offer, _ situation: Situation) -> Reason {
    let (pool, policy) = (offer.pool, situation.policy)
    switch self {
    case .disabled:
      return Reason(
        .poolDisabled, "Pool \(pool.name) is disabled.",
        remedy: "Set \"enabled\": true for the pool in the configuration.")
    case .maximum:
      return Reason(
        .poolAtMaximum, "Pool \(pool.name) is at its maximum of \(Phrase.count(pool.maximum, "worker")).",
        remedy: "Raise max_size, or wait until a worker goes.", data: ["maximum": "\(pool.maximum)"])
    case .parallelLimit:
      let limit = policy.provisioning.parallelLimit
      return Reason(
        .parallelLimit, "\(Phrase.count(limit, "worker")) may be on the way at once, and as many are.",
        remedy: "It goes on when the first of them is ready.", data: ["limit": "\(limit)"])
    case .backingOff(let until):
      return Reason(
        .backingOff,
        "Pool \(pool.name) waits until \(until.clockText): "
          + (pool.kind == .spot ? "a worker of it failed or was preempted." : "a worker's creation failed."),
        remedy: "See the failed worker's last error.", data: ["until": until.description])
    case .hostsUnknown:
      return Reason(
        .hostsUnknown, "The hosts' free room is not known, so that no worker can be placed.",
        remedy: "Check the connection to the hypervisor.")
    case .hostsFull:
      return Reason(
        .hostsFull, "No host has room for a \(offer.template.name) worker.",
        remedy: "Free or add \(offer.template.machine.cpuCores) cores, "
          + "\(Phrase.bytes(offer.template.machine.memoryBytes)) of memory and "
          + "\(Phrase.bytes(offer.template.machine.diskBytes)) of storage"
          + (offer.template.machine.gpus > 0 ? ", and a free GPU." : "."))
    case .ledgerUnknown:
      return Reason(
        .ledgerUnknown, "What has been spent is not known; until it is, nothing grows above its minimum.",
        remedy: "The ledger is rebuilt from the machines' creation times.")
    case .budget(let shortfall): return shortfall.reason(offer, policy)
    }
  }
}
