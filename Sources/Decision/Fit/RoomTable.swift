import Model

/// Rooms that are there already or on their way, and what pending pods would take of them.
struct RoomTable {
  struct Room {
    enum Origin: Equatable {
      case node(NodeName)
      case underWay(WorkerName)
    }

    let origin: Origin
    let taints: [Taint]
    let labels: [String: String]
    var free: [Int64]
  }

  var rooms: [Room]

  /// Puts as many pods of a group as fit into the rooms, in their order; returns how many and where the first went.
  mutating func place(
    _ group: PodGroup, row: [Int64], count: Int, mayRun: (Int) -> Bool
  ) -> (placed: Int, rooms: [Room.Origin]) {
    var left = count
    var used: [Room.Origin] = []
    for index in rooms.indices where left > 0 {
      let fitting = rooms[index].free.capacity(for: row, atMost: left)
      guard fitting > 0, mayRun(index) else { continue }
      rooms[index].free.take(row, times: fitting)
      used.append(rooms[index].origin)
      left -= fitting
    }
    return (count - left, used)
  }

  /// Ready nodes that take pods, by name. Nodes of workers that are leaving or in repair do not count.
  static func existing(_ situation: Situation, _ dimensions: Dimensions, without: Set<NodeName> = []) -> RoomTable {
    let workers = Dictionary(
      situation.workers.map { (NodeName($0.name.rawValue), $0) }, uniquingKeysWith: { first, _ in first })
    let rooms = (situation.nodes ?? []).compactMap { node -> Room? in
      guard node.isReady, !node.unschedulable, !without.contains(node.name) else { return nil }
      let worker = workers[node.name]
      if let worker, !worker.isStaying || worker.state == .repairing { return nil }
      let free = dimensions.remainder(
        of: allocatable(node, worker, situation), less: situation.load(of: node.name).requested)
      return Room(origin: .node(node.name), taints: node.taints, labels: node.labels, free: free)
    }
    return RoomTable(rooms: rooms)
  }

  /// A node's own figure, with the extended resources that its device plug-ins have yet to announce.
  private static func allocatable(
    _ node: NodeObservation, _ worker: WorkerRecord?, _ situation: Situation
  ) -> Resources {
    guard let worker, let template = situation.policy.template(worker.template), !template.allocatable.extended.isEmpty,
      situation.now - (worker.readyAt ?? situation.now) < Self.devicePluginTime
    else { return node.allocatable }
    var allocatable = node.allocatable
    for (name, amount) in template.allocatable.extended where (allocatable.extended[name] ?? 0) == 0 {
      allocatable.extended[name] = amount
    }
    return allocatable
  }

  /// A device plug-in may need this long after its node is ready.
  static let devicePluginTime: Duration = .minutes(10)

  /// Workers under way, those that the plan has already put down included: what their templates promise.
  static func underWay(_ draft: Draft, _ dimensions: Dimensions) -> RoomTable {
    let situation = draft.situation
    let common = situation.commonLabels
    var rooms: [Room] = []
    func add(_ name: WorkerName, _ pool: PoolName, _ template: TemplateName) {
      guard let pool = situation.policy.pool(pool), let template = situation.policy.template(template) else { return }
      let offer = Offer(pool: pool, template: template)
      var taken = situation.daemonOverhead(of: pool.name)
      let load = situation.load(of: NodeName(name.rawValue))
      taken.raise(to: load.belonging)
      for pod in load.workload { taken.add(pod.demand) }
      rooms.append(
        Room(
          origin: .underWay(name), taints: pool.taints, labels: offer.labels(common),
          free: dimensions.remainder(of: template.allocatable, less: taken)))
    }
    for worker in situation.workers where worker.isStaying && worker.state.isUnderWay {
      if let node = situation.node(of: worker), node.isReady, !node.unschedulable { continue }
      add(worker.name, worker.pool, worker.template)
    }
    for creation in draft.plan.creations { add(creation.worker, creation.pool, creation.template) }
    return RoomTable(rooms: rooms)
  }
}

/// Remembers which constraint may run where: many pods and nodes share few of both.
struct ConstraintCache {
  private struct NodeClass: Hashable {
    let taints: [Taint]
    let labels: [String: String]
  }

  private var classes: [NodeClass: Int] = [:]
  private var answers: [[Bool]] = []
  private(set) var classOfRoom: [Int] = []

  /// Classes differ only in what constraints ask about.
  init(_ constraints: [PodGroup.Constraint], _ rooms: [RoomTable.Room]) {
    let keys = Set(constraints.flatMap { $0.nodeSelector.keys })
    var representatives: [NodeClass] = []
    for room in rooms {
      let key = NodeClass(
        taints: room.taints.filter { $0.effect != .preferNoSchedule },
        labels: room.labels.filter { keys.contains($0.key) })
      if let known = classes[key] {
        classOfRoom.append(known)
      } else {
        classes[key] = representatives.count
        classOfRoom.append(representatives.count)
        representatives.append(key)
      }
    }
    answers = constraints.map { constraint in
      representatives.map { constraint.mismatch(taints: $0.taints, labels: $0.labels) == nil }
    }
  }

  func mayRun(constraint: Int, room: Int) -> Bool { answers[constraint][classOfRoom[room]] }
}
