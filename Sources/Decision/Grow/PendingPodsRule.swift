import Model

/// Finds a place for each pending pod: on nodes that are there, on workers under way, or on the cheapest new workers.
///
/// Pods ask by fit: a trigger's count only says when to look. A group with a pod that has waited too long is looked at
/// even when no trigger fires.
enum PendingPodsRule {
  @Sendable static func apply(_ draft: inout Draft) {
    let situation = draft.situation
    guard situation.pods != nil, situation.nodes != nil else { return }
    let groups = PodGroup.pending(situation)
    guard !groups.isEmpty else { return }
    var search = PendingSearch(groups, draft)
    search.useExistingRooms(&draft)
    search.useNewWorkers(&draft)
    draft.podGroups = search.reports(draft)
  }

  /// Pools that may create workers for a group.
  static func serves(_ pool: Pool, _ group: PodGroup, _ draft: Draft) -> Bool {
    guard pool.enabled, pool.servesPendingPods else { return false }
    if isFiring(pool, draft) { return true }
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
  var rooms: [RoomTable.Room.Origin] = []
  var workers: [WorkerName] = []
}

/// One pass over all groups of pending pods.
struct PendingSearch {
  let groups: [PodGroup]
  let dimensions: Dimensions
  let rows: [[Int64]]
  let constraints: [PodGroup.Constraint]
  /// By group, an index into `constraints`.
  let constraintOf: [Int]
  let offers: [Offer]
  let offerRooms: [[Int64]]
  /// `[group][offer]`: why the pods could never run there; `nil` when they could.
  let misfits: [[String?]]
  var fates: [PodGroupFate]

  init(_ groups: [PodGroup], _ draft: Draft) {
    let situation = draft.situation
    self.groups = groups
    dimensions = Dimensions(of: groups.map(\.demand))
    let rows = groups.map { [dimensions] in dimensions.row($0.demand) }
    self.rows = rows
    var indices: [PodGroup.Constraint: Int] = [:]
    var constraints: [PodGroup.Constraint] = []
    constraintOf = groups.map { group in
      if let known = indices[group.constraint] { return known }
      indices[group.constraint] = constraints.count
      constraints.append(group.constraint)
      return constraints.count - 1
    }
    self.constraints = constraints
    let offers = situation.pools.flatMap(situation.offers)
    let rooms = offers.map { [dimensions] offer in
      dimensions.remainder(of: offer.template.allocatable, less: situation.daemonOverhead(of: offer.pool.name))
    }
    let common = situation.commonLabels
    let labels = offers.map { $0.labels(common) }
    let mismatches = constraints.map { constraint in
      offers.indices.map { constraint.mismatch(taints: offers[$0].pool.taints, labels: labels[$0])?.phrase }
    }
    misfits = groups.indices.map { [constraintOf] group in
      offers.indices.map { offer in
        if let mismatch = mismatches[constraintOf[group]][offer] { return mismatch }
        if rooms[offer].capacity(for: rows[group], atMost: 1) == 1 { return nil }
        let short = groups[group].demand.shortages(in: offers[offer].template.allocatable)
        return short.isEmpty
          ? "one pod is too large once its DaemonSets run" : "one pod is too large in \(Phrase.list(short))"
      }
    }
    self.offers = offers
    offerRooms = rooms
    fates = groups.map { PodGroupFate(left: $0.count) }
  }

  /// First what is there, then what is on its way, creations of this plan included.
  mutating func useExistingRooms(_ draft: inout Draft) {
    var existing = RoomTable.existing(draft.situation, dimensions)
    var underWay = RoomTable.underWay(draft, dimensions)
    let existingCache = ConstraintCache(constraints, existing.rooms)
    let underWayCache = ConstraintCache(constraints, underWay.rooms)
    for group in groups.indices {
      let constraint = constraintOf[group]
      let here = existing.place(groups[group], row: rows[group], count: fates[group].left) {
        existingCache.mayRun(constraint: constraint, room: $0)
      }
      fates[group].existing = here.placed
      fates[group].left -= here.placed
      let coming = underWay.place(groups[group], row: rows[group], count: fates[group].left) {
        underWayCache.mayRun(constraint: constraint, room: $0)
      }
      fates[group].underWay = coming.placed
      fates[group].left -= coming.placed
      fates[group].rooms = here.rooms + coming.rooms
      for case .node(let node) in here.rooms { draft.claimed.insert(node) }
    }
  }

  /// The cheapest set of new workers for what is left, of which as many are created now as the parallel limit allows.
  mutating func useNewWorkers(_ draft: inout Draft) {
    let open = groups.indices.filter { group in
      fates[group].left > 0 && offers.indices.contains { mayServe(group, $0, draft) }
    }
    guard !open.isEmpty else { return }
    let used = offers.indices.filter { offer in open.contains { mayServe($0, offer, draft) } }
    let problem = PackingProblem(
      rows: open.map { rows[$0] }, counts: open.map { fates[$0].left }, priorities: open.map { groups[$0].priority },
      kinds: used.map {
        PackingProblem.Kind(offer: offers[$0], room: offerRooms[$0], price: offers[$0].price.perHour.microunits)
      },
      allowed: open.map { group in used.map { mayServe(group, $0, draft) } })
    var limits = draft.book
    limits.slots = .max
    let solution = Chooser(problem: problem, book: limits).solve()
    carryOut(solution, problem, open, &draft)
  }

  func mayServe(_ group: Int, _ offer: Int, _ draft: Draft) -> Bool {
    misfits[group][offer] == nil && PendingPodsRule.serves(offers[offer].pool, groups[group], draft)
  }

  /// Creates the workers that hold the most important pods first.
  private mutating func carryOut(_ solution: Solution, _ problem: PackingProblem, _ open: [Int], _ draft: inout Draft) {
    let ordered = solution.workers.map { worker in
      (worker: worker, first: worker.shares.map(\.group).min() ?? 0, value: problem.value(worker))
    }.sorted { ($0.first, -$0.value, $0.worker.kind) < ($1.first, -$1.value, $1.worker.kind) }.map(\.worker)
    var created: [PoolName: [(template: TemplateName, pods: Int)]] = [:]
    var hindrances: [(pool: PoolName, reason: Reason)] = []
    for worker in ordered {
      let offer = problem.kinds[worker.kind].offer
      let pods = worker.shares.reduce(0) { $0 + $1.pods }
      let example = groups[open[worker.shares[0].group]].example
      let reason = Reason(
        .pendingPods,
        "For \(Phrase.count(pods, "pending pod")), such as \(example), that \(pods == 1 ? "fits" : "fit") on no node and "
          + "no worker under way.", data: ["pods": "\(pods)", "example": example.description])
      if let obstacle = draft.create(offer, reason) {
        hindrances.append((offer.pool.name, obstacle.reason(offer, draft.situation)))
        continue
      }
      let name = draft.plan.creations.last!.worker
      created[offer.pool.name, default: []].append((offer.template.name, pods))
      for share in worker.shares {
        fates[open[share.group]].new += share.pods
        fates[open[share.group]].left -= share.pods
        fates[open[share.group]].workers.append(name)
      }
    }
    for pool in created.keys.sorted() {
      note(pool, created[pool]!, solution, problem, &draft)
    }
    for hindrance in hindrances { draft.note(hindrance.pool, hindrance.reason) }
  }

  private func note(
    _ pool: PoolName, _ created: [(template: TemplateName, pods: Int)], _ solution: Solution, _ problem: PackingProblem,
    _ draft: inout Draft
  ) {
    let policy = draft.situation.policy
    let price = solution.price(problem)
    let bound = min(price, solution.lowerBound)
    let gap = price == 0 ? 0 : Double(price - bound) / Double(price) * 100
    let pods = created.reduce(0) { $0 + $1.pods }
    let planned = solution.workers.count
    let whole =
      planned == 1
      ? "The one worker that pending pods need costs" : "All \(planned) workers that pending pods need cost"
    let proof =
      solution.isOptimal ? "no cheaper set holds them" : "at most \(Phrase.number(gap)) % above the least possible"
    draft.note(
      pool,
      Reason(
        .pendingPods,
        "Pool \(pool) gets \(Phrase.workers(created.map(\.template))) for \(Phrase.count(pods, "pending pod")). "
          + "\(whole) \(Phrase.amount(Money(microunits: price), policy)) an hour; \(proof).",
        data: [
          "created": "\(created.count)", "pods": "\(pods)", "planned": "\(solution.workers.count)",
          "price_per_hour": "\(Money(microunits: price).units)", "lower_bound": "\(Money(microunits: bound).units)",
          "optimal": "\(solution.isOptimal)",
        ]))
  }
}
