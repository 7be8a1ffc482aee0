import Model

/// The way of Kubernetes' Cluster Autoscaler with its defaults, at the policy's templates and prices.
///
/// A node group is a template in a pool; a pool's maximum holds for all its groups together. Every 10 s: pods of priority
/// −10 or more that fit on no node, present or coming, are packed first-fit decreasing onto new nodes of each group, and
/// the group that wastes least of CPU and memory grows, one group a scan; if all pods are younger than 2 s it waits one scan.
/// A node whose pods ask for less than half of it (GPU nodes: of the GPUs) for 10 min, and whose pods have a place on other
/// nodes, goes: empty ones up to 10 at once, others one at a time, none within 10 min of a growth, none below the minimum. A
/// node whose pods had no place is looked at again after 5 min. It knows no budgets and no times to live.
/// Source: kubernetes/autoscaler, `FAQ.md`, `core/scaleup`, `core/scaledown`, `expander/waste`, `estimator`.
struct ClusterAutoscalerLike: Strategy {
  let kind = BacktestResult.Kind.clusterAutoscaler
  private let start: Instant
  private var lastGrowth: Instant?
  private var unneededSince: [Int: Instant] = [:]
  private var unremovableUntil: [Int: Instant] = [:]

  static let scan: Duration = .seconds(10)
  static let unneededTime: Duration = .minutes(10)
  static let delayAfterGrowth: Duration = .minutes(10)
  static let recheck: Duration = .minutes(5)
  static let newPodAge: Duration = .seconds(2)
  static let utilisation = 0.5
  static let priorityCutoff = -10
  static let mostEmptyAtOnce = 10
  static let mostNewNodes = 1000

  init(start: Instant) { self.start = start }

  func notices(_ change: ReplayChange, at now: Instant) -> Instant? { now.roundedUp(from: start, step: Self.scan) }

  mutating func look(_ cluster: ReplayedCluster) -> Look {
    let now = cluster.now
    var look = Look()
    let pending = cluster.waiting.filter { cluster.history.pods[$0].pod.priority >= Self.priorityCutoff }
    let areNew = !pending.isEmpty && pending.allSatisfy { now - cluster.waitingSince($0) < Self.newPodAge }
    if !areNew { grow(pending, cluster, &look.plan) }
    let hasGrown = !look.plan.creations.isEmpty
    if hasGrown { lastGrowth = now }
    judge(cluster, pending)
    let isCooling = lastGrowth.map { now - $0 < Self.delayAfterGrowth } ?? false
    if !hasGrown, !areNew, !isCooling { shrink(cluster, &look.plan) }
    look.next = next(cluster, soon: areNew || !look.plan.isEmpty)
    return look
  }

  private func next(_ cluster: ReplayedCluster, soon: Bool) -> Instant {
    let now = cluster.now
    var next = now.advanced(by: soon ? Self.scan : .hours(24))
    var times = unneededSince.values.map { $0.advanced(by: Self.unneededTime) } + unremovableUntil.values
    if let lastGrowth, !unneededSince.isEmpty { times.append(lastGrowth.advanced(by: Self.delayAfterGrowth)) }
    for time in times where time > now { next = min(next, time) }
    return max(next.roundedUp(from: start, step: Self.scan), now.advanced(by: Self.scan))
  }

  // MARK: - Growing

  private func grow(_ pending: [Int], _ cluster: ReplayedCluster, _ plan: inout Plan) {
    var rooms = cluster.roomPlan()
    let open = pending.filter { rooms.place($0) == nil && cluster.table.couldRun($0) }
    guard !open.isEmpty else { return }
    var best: (kind: Int, count: Int, pods: Int, waste: Double)?
    for kind in cluster.table.kinds.indices {
      let most = min(cluster.slots(in: cluster.table.kinds[kind].pool), Self.mostNewNodes)
      guard most > 0, let option = Self.estimate(open, kind, most: most, cluster.table) else { continue }
      if option.waste < best?.waste ?? .infinity { best = (kind, option.count, option.pods, option.waste) }
    }
    guard let best else { return }
    let offer = cluster.table.kinds[best.kind]
    let reason = Reason(
      "pending_pods", "\(best.pods) waiting pods fit on \(best.count) new \(offer.name), which wastes least.")
    for _ in 0..<best.count { plan.creations.append(cluster.creation(best.kind, in: plan, reason)) }
  }

  /// First fit decreasing onto new nodes of a group. `nil` when no pod fits.
  static func estimate(
    _ pods: [Int], _ kind: Int, most: Int, _ table: ReplayTable
  ) -> (count: Int, pods: Int, waste: Double)? {
    let whole = table.kinds[kind].room
    func size(_ pod: Int) -> Double {
      let start = pod * table.width
      return Double(table.demands[start]) / Double(max(1, whole[0]))
        + Double(table.demands[start + 1]) / Double(max(1, whole[1]))
    }
    let sorted = pods.map { (pod: $0, size: size($0)) }.sorted { ($1.size, $0.pod) < ($0.size, $1.pod) }
    var plan = RoomPlan(table)
    var held = 0
    var (cpu, memory) = (Int64(0), Int64(0))
    for (pod, _) in sorted where table.couldHold(pod, kind: kind) {
      if plan.place(pod) == nil {
        guard plan.rooms.count < most else { continue }
        plan.addNew(kind)
        guard plan.place(pod, among: (plan.rooms.count - 1)..<plan.rooms.count) != nil else {
          plan.rooms.removeLast()
          continue
        }
      }
      held += 1
      cpu += table.demands[pod * table.width]
      memory += table.demands[pod * table.width + 1]
    }
    guard held > 0 else { return nil }
    let nodes = Double(plan.rooms.count)
    let waste =
      2 - Double(cpu) / (nodes * Double(max(1, whole[0]))) - Double(memory) / (nodes * Double(max(1, whole[1])))
    return (plan.rooms.count, held, waste)
  }

  // MARK: - Shrinking

  /// Which nodes are not needed: each in turn, those first that have been so for longest, with the others as destinations.
  private mutating func judge(_ cluster: ReplayedCluster, _ pending: [Int]) {
    let now = cluster.now
    var rooms = cluster.roomPlan(withComing: false)
    // Pods that wait may be about to use what is free.
    for pod in pending { rooms.place(pod) }
    let candidates = cluster.living.filter(\.isOpen).sorted { left, right in
      (unneededSince[left.number] ?? now, left.number) < (unneededSince[right.number] ?? now, right.number)
    }
    var kept: [Int: Instant] = [:]
    var destinations = Set(candidates.map(\.number))
    for worker in candidates {
      guard cluster.requestedShare(worker) < Self.utilisation else { continue }
      if let until = unremovableUntil[worker.number], until > now { continue }
      unremovableUntil[worker.number] = nil
      if Self.canMove(worker, cluster, &rooms, destinations) {
        kept[worker.number] = unneededSince[worker.number] ?? now
        destinations.remove(worker.number)
      } else {
        unremovableUntil[worker.number] = now.advanced(by: Self.recheck)
      }
    }
    unneededSince = kept
    let present = Set(cluster.alive)
    unremovableUntil = unremovableUntil.filter { present.contains($0.key) }
  }

  /// Whether each pod of a worker has a place on the others; if so it takes that place.
  private static func canMove(
    _ worker: ReplayedWorker, _ cluster: ReplayedCluster, _ rooms: inout RoomPlan, _ destinations: Set<Int>
  ) -> Bool {
    var trial = rooms
    for pod in worker.pods {
      guard cluster.isMovable(pod, bareToo: false),
        let room = trial.rooms.indices.first(where: { index in
          let other = trial.rooms[index].worker!
          return other != worker.number && destinations.contains(other) && trial.holds(pod, index)
        })
      else { return false }
      trial.put(pod, room)
    }
    rooms = trial
    return true
  }

  private func shrink(_ cluster: ReplayedCluster, _ plan: inout Plan) {
    let due = unneededSince.filter { cluster.now - $0.value >= Self.unneededTime }.keys.sorted()
    var left: [PoolName: Int] = [:]
    func mayGo(_ worker: ReplayedWorker) -> Bool {
      let pool = cluster.table.kinds[worker.kind].pool
      return cluster.staying(in: pool.name) - (left[pool.name] ?? 0) > pool.minimum
    }
    let workers = due.compactMap { cluster.worker($0) }
    for worker in workers where worker.pods.isEmpty && plan.retirements.count < Self.mostEmptyAtOnce && mayGo(worker) {
      left[worker.record.pool, default: 0] += 1
      let reason = Reason(
        "empty", "Node \(worker.record.name) has been empty or little used for \(Self.unneededTime.text).")
      plan.retirements.append(Retirement(worker: worker.record.name, byChoice: true, reason: reason))
    }
    guard plan.retirements.isEmpty, !cluster.living.contains(where: { $0.record.state == .draining }) else { return }
    guard let worker = workers.first(where: { !$0.pods.isEmpty && mayGo($0) }) else { return }
    let reason = Reason(
      "under_used",
      "The pods of node \(worker.record.name) have asked for less than half of it for "
        + "\(Self.unneededTime.text), and have a place elsewhere.")
    plan.retirements.append(Retirement(worker: worker.record.name, byChoice: true, reason: reason))
  }
}
