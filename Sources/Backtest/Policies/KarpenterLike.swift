import Model

/// The way of Karpenter with its defaults, at the policy's templates and prices.
///
/// A node pool is a pool, its types are the pool's templates, its limit the pool's maximum; pools are tried from the one
/// with the cheapest template to the dearest, as their weights would say. Pods are gathered until none has come for 1 s, 10 s
/// at most; then the largest first, each goes onto a node, onto a coming node with fewest pods, onto a node planned in the
/// same batch, or plans a new one, whose types are those that hold all its pods; the cheapest of them is launched.
/// Consolidation, with nothing waited for and looked for every 10 s: empty nodes go; the longest run of nodes with fewest
/// pods whose pods fit on the others, or on these and one node that costs less; or else one node alone. What is found is
/// looked at again after 15 s; a tenth of each pool, at least one, may go at once; a replacement is ready before those go that
/// it replaces, and none replaces spot by spot. It knows no minimum, no budgets and no time to live short of a month.
/// Source: kubernetes-sigs/karpenter, `provisioning`, `disruption`.
struct KarpenterLike: Strategy {
  /// Nodes that are to go, and what stands in for them.
  struct Command: Sendable {
    var candidates: [Int]
    var replacement: Int?
    var reason: Reason
    /// When it is looked at again.
    var due: Instant
  }

  let kind = BacktestResult.Kind.karpenter
  private let start: Instant
  private var provisionedAt: Instant
  private var found: Command?
  /// Commands whose replacement is on its way, by its name.
  private var replacing: [(worker: WorkerName, command: Command)] = []
  /// The cluster in which nothing was found.
  private var settled: [Int]?

  static let batchIdle: Duration = .seconds(1)
  static let batchMost: Duration = .seconds(10)
  static let poll: Duration = .seconds(10)
  static let validation: Duration = .seconds(15)
  static let budgetPercent = 10
  static let mostCandidates = 100

  init(start: Instant) {
    self.start = start
    provisionedAt = start.advanced(by: .seconds(-1))
  }

  func notices(_ change: ReplayChange, at now: Instant) -> Instant? {
    switch change {
    case .podsWait: now.advanced(by: Self.batchIdle)
    case .other: now.roundedUp(from: start, step: Self.poll)
    }
  }

  mutating func look(_ cluster: ReplayedCluster) -> Look {
    let now = cluster.now
    var look = Look()
    let batchEnd = batchEnd(cluster)
    if let batchEnd, batchEnd > now {
      look.next = batchEnd
    } else if !cluster.waiting.isEmpty {
      provision(cluster, &look.plan)
      provisionedAt = now
    }
    finishReplacements(cluster, &look.plan)
    disrupt(cluster, &look)
    return look
  }

  /// When the batch of pods that have come since the last one is closed; `nil` without any.
  private func batchEnd(_ cluster: ReplayedCluster) -> Instant? {
    let times = cluster.waiting.map(cluster.waitingSince).filter { $0 > provisionedAt }
    guard let first = times.min(), let last = times.max() else { return nil }
    return min(last.advanced(by: Self.batchIdle), first.advanced(by: Self.batchMost))
  }

  // MARK: - Provisioning

  /// A node that is to be launched.
  struct Claim: Sendable {
    let pool: PoolName
    /// Types that hold all its pods, by index.
    var kinds: [Int]
    var demand: [Int64]
    var pods = 1
    var exclusives: Set<Int> = []
  }

  private func provision(_ cluster: ReplayedCluster, _ plan: inout Plan) {
    var rooms = cluster.roomPlan()
    let (claims, _) = Self.schedule(cluster.waiting, cluster, &rooms)
    for claim in claims {
      let kind = Self.cheapest(claim.kinds, cluster.table)!
      let reason = Reason(
        "pending_pods",
        "\(claim.pods) waiting pods get a new \(cluster.table.kinds[kind].name), the cheapest that holds them.")
      plan.creations.append(cluster.creation(kind, in: plan, reason))
    }
  }

  static func cheapest(_ kinds: [Int], _ table: ReplayTable) -> Int? {
    kinds.min { (table.kinds[$0].price, table.kinds[$0].name) < (table.kinds[$1].price, table.kinds[$1].name) }
  }

  /// Where pods go: the new nodes that they need, and those that found no place.
  static func schedule(
    _ pods: [Int], _ cluster: ReplayedCluster, _ rooms: inout RoomPlan
  ) -> (claims: [Claim], left: [Int]) {
    let table = cluster.table
    func rank(_ pod: Int) -> (Int64, Int64, Instant, Int) {
      let start = pod * table.width
      return (-table.demands[start], -table.demands[start + 1], cluster.waitingSince(pod), pod)
    }
    let order = poolOrder(table)
    var claims: [Claim] = []
    var left: [Int] = []
    for pod in pods.sorted(by: { rank($0) < rank($1) }) {
      if place(pod, cluster, &rooms) || join(pod, &claims, table) { continue }
      let claim = order.lazy.compactMap { pool -> Claim? in
        let planned = claims.count { $0.pool == pool.name }
        guard cluster.slots(in: pool) > planned else { return nil }
        let kinds = table.kinds.indices.filter {
          table.kinds[$0].pool.name == pool.name && table.couldHold(pod, kind: $0)
        }
        guard !kinds.isEmpty else { return nil }
        var claim = Claim(pool: pool.name, kinds: kinds, demand: Array(table.demand(pod)))
        if let exclusive = table.exclusive(pod) { claim.exclusives = [exclusive] }
        return claim
      }.first
      if let claim { claims.append(claim) } else { left.append(pod) }
    }
    return (claims, left)
  }

  /// Onto an open node, else onto the coming one with fewest pods.
  private static func place(_ pod: Int, _ cluster: ReplayedCluster, _ rooms: inout RoomPlan) -> Bool {
    var coming: Int?
    for index in rooms.rooms.indices where rooms.holds(pod, index) {
      if cluster.worker(rooms.rooms[index].worker!)?.isOpen == true {
        rooms.put(pod, index)
        return true
      }
      if coming == nil || rooms.rooms[index].pods < rooms.rooms[coming!].pods { coming = index }
    }
    guard let coming else { return false }
    rooms.put(pod, coming)
    return true
  }

  /// Onto a planned node, those with fewest pods first, if a type is left that holds all.
  private static func join(_ pod: Int, _ claims: inout [Claim], _ table: ReplayTable) -> Bool {
    for index in claims.indices.sorted(by: { (claims[$0].pods, $0) < (claims[$1].pods, $1) }) {
      let exclusive = table.exclusive(pod)
      if let exclusive, claims[index].exclusives.contains(exclusive) { continue }
      let demand = zip(claims[index].demand, table.demand(pod)).map(+)
      let kinds = claims[index].kinds.filter { kind in
        table.couldHold(pod, kind: kind) && zip(demand, table.kinds[kind].room).allSatisfy { $0 == 0 || $0 <= $1 }
      }
      guard !kinds.isEmpty else { continue }
      claims[index].kinds = kinds
      claims[index].demand = demand
      claims[index].pods += 1
      if let exclusive { claims[index].exclusives.insert(exclusive) }
      return true
    }
    return false
  }

  private static func poolOrder(_ table: ReplayTable) -> [Pool] {
    var cheapest: [(price: HourlyPrice, pool: Pool)] = []
    for kind in table.kinds {
      if let known = cheapest.firstIndex(where: { $0.pool.name == kind.pool.name }) {
        cheapest[known].price = min(cheapest[known].price, kind.price)
      } else {
        cheapest.append((kind.price, kind.pool))
      }
    }
    return cheapest.sorted { ($0.price, $0.pool.name) < ($1.price, $1.pool.name) }.map(\.pool)
  }

  // MARK: - Disruption

  private mutating func finishReplacements(_ cluster: ReplayedCluster, _ plan: inout Plan) {
    var left: [(worker: WorkerName, command: Command)] = []
    for (name, command) in replacing {
      guard let worker = cluster.worker(named: name) else { continue }
      if worker.isOpen {
        retire(command, cluster, &plan)
      } else if worker.isUnderWay {
        left.append((name, command))
      }
    }
    replacing = left
  }

  private func retire(_ command: Command, _ cluster: ReplayedCluster, _ plan: inout Plan) {
    for number in command.candidates {
      guard let worker = cluster.worker(number), worker.isStaying else { continue }
      plan.retirements.append(Retirement(worker: worker.record.name, byChoice: true, reason: command.reason))
    }
  }

  private mutating func disrupt(_ cluster: ReplayedCluster, _ look: inout Look) {
    let now = cluster.now
    func lookAgain(_ instant: Instant) { look.next = min(look.next ?? instant, instant) }
    if let command = found {
      guard command.due <= now else { return lookAgain(command.due) }
      found = nil
      if let valid = evaluate(command.candidates, cluster), valid.replacement == nil || command.replacement != nil {
        carryOut(valid, cluster, &look.plan)
      }
      return lookAgain(now.advanced(by: Self.poll))
    }
    let open = cluster.living.filter(\.isOpen).flatMap { [-1, $0.number] + $0.pods }
    let state = open + [-2] + cluster.waiting
    guard settled != state, look.plan.isEmpty else {
      if !look.plan.isEmpty { lookAgain(now.advanced(by: Self.poll)) }
      return
    }
    found = search(cluster)
    if let found { lookAgain(found.due) } else { settled = state }
  }

  private mutating func carryOut(_ command: Command, _ cluster: ReplayedCluster, _ plan: inout Plan) {
    guard let kind = command.replacement else { return retire(command, cluster, &plan) }
    let creation = cluster.creation(kind, in: plan, command.reason)
    plan.creations.append(creation)
    replacing.append((creation.worker, command))
  }

  private func search(_ cluster: ReplayedCluster) -> Command? {
    let candidates = candidates(cluster)
    let empty = within(candidates.filter { cluster.worker($0)!.pods.isEmpty }, cluster)
    if !empty.isEmpty { return evaluate(empty, cluster) }
    let order = candidates.sorted { left, right in
      (cluster.worker(left)!.pods.count, left) < (cluster.worker(right)!.pods.count, right)
    }
    let several = Array(within(order, cluster).prefix(Self.mostCandidates))
    // The longest prefix that can go together, found by halving: two at least.
    var best: Command?
    var (low, high) = (2, several.count)
    while low <= high {
      let middle = (low + high) / 2
      if let command = evaluate(Array(several.prefix(middle)), cluster) {
        best = command
        low = middle + 1
      } else {
        high = middle - 1
      }
    }
    if let best { return best }
    for candidate in order where !within([candidate], cluster).isEmpty {
      if let command = evaluate([candidate], cluster) { return command }
    }
    return nil
  }

  /// Nodes that may be disrupted: open, not being replaced, and without a pod that forbids it.
  private func candidates(_ cluster: ReplayedCluster) -> [Int] {
    let busy = Set(replacing.flatMap(\.command.candidates))
    let coming = Set(replacing.map(\.worker))
    return cluster.living.filter { worker in
      worker.isOpen && !busy.contains(worker.number) && !coming.contains(worker.record.name)
        && worker.pods.allSatisfy { cluster.isMovable($0, bareToo: true) }
    }.map(\.number)
  }

  /// As many of these as each pool's budget of disruptions allows now.
  private func within(_ numbers: [Int], _ cluster: ReplayedCluster) -> [Int] {
    let busy = Set(replacing.flatMap(\.command.candidates))
    var left: [PoolName: Int] = [:]
    for pool in cluster.policy.pools {
      let all = cluster.living.filter { $0.record.pool == pool.name && $0.node != nil }
      let going = all.count { !$0.isStaying || busy.contains($0.number) }
      left[pool.name] = max(0, (all.count * Self.budgetPercent + 99) / 100 - going)
    }
    return numbers.filter { number in
      let pool = cluster.worker(number)!.record.pool
      guard left[pool] ?? 0 > 0 else { return false }
      left[pool]! -= 1
      return true
    }
  }

  /// Whether nodes can go together: their pods fit on others, or on others and one new node that costs less.
  private func evaluate(_ numbers: [Int], _ cluster: ReplayedCluster) -> Command? {
    let workers = numbers.compactMap { cluster.worker($0) }.filter(\.isOpen)
    guard workers.count == numbers.count, !workers.isEmpty else { return nil }
    let due = cluster.now.advanced(by: Self.validation)
    var rooms = cluster.roomPlan(except: Set(numbers), withComing: false)
    for pod in cluster.waiting { rooms.place(pod) }
    let (claims, left) = Self.schedule(workers.flatMap(\.pods), cluster, &rooms)
    guard left.isEmpty, claims.count <= 1 else { return nil }
    let names = workers.map(\.record.name.rawValue).joined(separator: ", ")
    guard let claim = claims.first else {
      let areEmpty = workers.allSatisfy(\.pods.isEmpty)
      let reason =
        areEmpty
        ? Reason("empty", "Nothing runs on \(names).")
        : Reason("consolidated", "The pods of \(names) fit on other nodes.")
      return Command(candidates: numbers, replacement: nil, reason: reason, due: due)
    }
    let table = cluster.table
    let price = workers.reduce(Money.zero) { $0 + $1.record.price.perHour }
    let areSpot = workers.allSatisfy { table.kinds[$0.kind].pool.kind == .spot }
    let cheaper = claim.kinds.filter { kind in
      table.kinds[kind].price.perHour < price && !(areSpot && table.kinds[kind].pool.kind == .spot)
    }
    guard let kind = Self.cheapest(cheaper, table) else { return nil }
    let reason = Reason("consolidated", "One \(table.kinds[kind].name) holds the pods of \(names) and costs less.")
    return Command(candidates: numbers, replacement: kind, reason: reason, due: due)
  }
}
