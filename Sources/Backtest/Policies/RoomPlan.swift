import Model

/// Where pods would go, tried out on numbers: how the reference policies look whether pods fit.
struct RoomPlan: Sendable {
  struct Room: Sendable {
    /// `nil`: it would have to be created.
    let worker: Int?
    let kind: Int
    let zone: Int
    var free: [Int64]
    /// Pods on it, those tried out included.
    var pods: Int
    /// Of what keeps apart from its like, what is there.
    var exclusives: Set<Int> = []
  }

  let table: ReplayTable
  var rooms: [Room] = []

  init(_ table: ReplayTable) { self.table = table }

  /// A worker with what is free on it; one on its way is taken as ready and empty.
  mutating func add(_ worker: ReplayedWorker) {
    var room = Room(
      worker: worker.number, kind: worker.kind, zone: worker.zone, free: worker.free, pods: worker.pods.count)
    for pod in worker.pods { if let exclusive = table.exclusive(pod) { room.exclusives.insert(exclusive) } }
    rooms.append(room)
  }

  /// A worker that might be created.
  mutating func addNew(_ kind: Int) {
    rooms.append(Room(worker: nil, kind: kind, zone: 0, free: table.kinds[kind].room, pods: 0))
  }

  func holds(_ pod: Int, _ index: Int) -> Bool {
    let room = rooms[index]
    guard table.admits(pod, kind: room.kind, zone: room.zone), table.fits(pod, in: room.free) else { return false }
    return table.exclusive(pod).map { !room.exclusives.contains($0) } ?? true
  }

  mutating func put(_ pod: Int, _ index: Int) {
    let start = pod * table.width
    for dimension in 0..<table.width { rooms[index].free[dimension] -= table.demands[start + dimension] }
    rooms[index].pods += 1
    if let exclusive = table.exclusive(pod) { rooms[index].exclusives.insert(exclusive) }
  }

  /// Puts a pod into the first room that holds it. Returns which.
  @discardableResult
  mutating func place(_ pod: Int, among indices: Range<Int>? = nil) -> Int? {
    let index = (indices ?? 0..<rooms.count).first { holds(pod, $0) }
    if let index { put(pod, index) }
    return index
  }
}

extension ReplayedCluster {
  /// Open workers, then those on their way, but for some.
  func roomPlan(except left: Set<Int> = [], withComing: Bool = true) -> RoomPlan {
    var plan = RoomPlan(table)
    for worker in living where worker.isOpen && !left.contains(worker.number) { plan.add(worker) }
    guard withComing else { return plan }
    for worker in living where worker.isUnderWay && !left.contains(worker.number) { plan.add(worker) }
    return plan
  }

  /// The larger share of CPU and memory that a worker's pods ask for; of one with GPUs, of those alone.
  func requestedShare(_ worker: ReplayedWorker) -> Double {
    let whole = table.kinds[worker.kind].room
    func share(_ dimension: Int) -> Double {
      whole[dimension] > 0 ? Double(whole[dimension] - worker.free[dimension]) / Double(whole[dimension]) : 0
    }
    let gpus = table.gpuDimensions.filter { whole[$0] > 0 }
    return (gpus.isEmpty ? [0, 1] : gpus).map(share).max() ?? 0
  }

  /// Whether a pod may be moved at all, by the annotations and owners that both other autoscalers go by.
  func isMovable(_ pod: Int, bareToo: Bool) -> Bool {
    let observed = history.pods[pod].pod
    if observed.annotations["karpenter.sh/do-not-disrupt"] == "true" { return false }
    if observed.annotations["cluster-autoscaler.kubernetes.io/safe-to-evict"] == "false" { return false }
    return bareToo || observed.ownerKind != nil
  }
}
