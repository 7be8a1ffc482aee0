import Model
import Testing

@testable import Decision

/// The model of fit against the reference scheduler, on small clusters that are drawn from seeds and mix every rule.
@Suite struct FitModelTests {
  static let batches = 0..<16
  static let batchSize = 50

  @Test(arguments: batches)
  func saysWhatTheReferenceSchedulerSays(_ batch: Int) {
    for seed in batch * Self.batchSize..<(batch + 1) * Self.batchSize {
      var random = Seeded(seed)
      let cluster = SmallCluster(&random)
      var (model, reference) = (cluster.model(), cluster.reference())
      let before = compare(cluster, &model, reference, "seed \(seed), at first")
      let mark = model.mark
      for step in 0..<random.number(1...6) {
        let pod = random.pick(cluster.pending)
        let open = cluster.nodes.filter { reference.allows(pod, on: $0.name) }
        guard !open.isEmpty else { continue }
        let node = random.pick(open).name
        let shape = model.shape(of: pod)
        model.place(shape, room: model.roomOfNode[node]!, pods: 1)
        reference.residents.append(ReferenceScheduler.Resident(pod: pod, node: node))
        _ = compare(cluster, &model, reference, "seed \(seed), step \(step)")
      }
      model.undo(to: mark)
      let after = compare(cluster, &model, cluster.reference(), "seed \(seed), taken back")
      #expect(before == after)
    }
  }

  /// Holds every pending pod against every node.
  private func compare(
    _ cluster: SmallCluster, _ model: inout FitModel, _ reference: ReferenceScheduler, _ when: String
  ) -> [Bool] {
    var answers: [Bool] = []
    for pod in cluster.pending {
      let number = model.shape(of: pod)
      let shape = model.shapes[number]
      for node in cluster.nodes {
        let room = model.roomOfNode[node.name]!
        let fits =
          model.rooms[room].isOpen && model.capacity(shape.row, room: room, atMost: 1) == 1
          && model.mayRun(shape, room: room) && model.admits(shape, room: room)
        #expect(fits == reference.allows(pod, on: node.name), "\(when): \(pod.key) on \(node.name)")
        answers.append(fits)
      }
    }
    return answers
  }

  @Test(arguments: batches)
  func placesPodsOnlyWhereTheReferenceSchedulerWould(_ batch: Int) {
    for seed in batch * Self.batchSize..<(batch + 1) * Self.batchSize {
      var random = Seeded(1_000_000 + seed)
      let cluster = SmallCluster(&random)
      var (model, reference) = (cluster.model(), cluster.reference())
      for pod in cluster.pending {
        let shape = model.shape(of: pod)
        let mark = model.mark
        let placement = model.place(shape, count: random.number(1...5), in: .existing)
        var placed = 0
        // Pods of one kind came in some order: here the reference finds one.
        var rest = model.steps[mark...].compactMap { step -> NodeName? in
          guard case .placed(_, let room, 1) = step else { return nil }
          return model.rooms[room].nodeName
        }
        if rest.count != placement.placed {
          rest = placement.rooms.flatMap { Array(repeating: model.rooms[$0.room].nodeName!, count: $0.pods) }
        }
        for node in rest {
          let isAllowed = reference.allows(pod, on: node)
          #expect(isAllowed, "seed \(seed): \(pod.key) on \(node)")
          reference.residents.append(ReferenceScheduler.Resident(pod: pod, node: node))
          placed += 1
        }
        #expect(placed == placement.placed)
      }
    }
  }

  @Test(arguments: batches)
  func leavesNoPodBehindThatStillFits(_ batch: Int) {
    for seed in batch * Self.batchSize..<(batch + 1) * Self.batchSize {
      var random = Seeded(2_000_000 + seed)
      let cluster = SmallCluster(&random)
      var (model, reference) = (cluster.model(), cluster.reference())
      let pod = random.pick(cluster.pending)
      let shape = model.shape(of: pod)
      let placement = model.place(shape, count: 8, in: .existing)
      for (room, pods) in placement.rooms {
        for _ in 0..<pods {
          reference.residents.append(ReferenceScheduler.Resident(pod: pod, node: model.rooms[room].nodeName!))
        }
      }
      guard placement.placed < 8 else { continue }
      for node in cluster.nodes {
        #expect(!reference.allows(pod, on: node.name), "seed \(seed): one more of \(pod.key) fits on \(node.name)")
      }
    }
  }

  @Test func movesPodsOnlyWhereTheReferenceSchedulerWould() {
    var moved = 0
    for seed in 0..<200 {
      var random = Seeded(3_000_000 + seed)
      let cluster = SmallCluster(&random)
      var (model, reference) = (cluster.model(), cluster.reference())
      let node = random.pick(cluster.nodes).name
      let room = model.roomOfNode[node]!
      // What is terminating stays where it is, and its node with it.
      guard !cluster.running.contains(where: { $0.node == node && $0.isTerminating }) else { continue }
      let leaving = cluster.running.filter { $0.node == node }
      let shapes = leaving.map { model.shape(of: $0) }
      let (free, mark) = (model.free, model.mark)
      model.vacate(shapes.map { ($0, 1) }, room: room)
      reference.nodes.removeAll { $0.name == node }
      reference.residents.removeAll { $0.node == node }
      var route = FitModel.Route(model.rooms.indices.filter { $0 != room })
      for (pod, shape) in zip(leaving, shapes) {
        let before = model.mark
        guard model.place(shape, count: 1, along: &route) == 1 else {
          let isStuck = cluster.nodes.allSatisfy { $0.name == node || !reference.allows(pod, on: $0.name) }
          #expect(isStuck, "seed \(seed): \(pod.key) has a place")
          break
        }
        let target = model.rooms[model.receivers(since: before)[0]].nodeName!
        let isAllowed = reference.allows(pod, on: target)
        #expect(isAllowed, "seed \(seed): \(pod.key) to \(target)")
        reference.residents.append(ReferenceScheduler.Resident(pod: pod, node: target))
        moved += 1
      }
      model.undo(to: mark)
      #expect(model.free == free && model.rooms[room].isOpen == cluster.isOpen(node))
    }
    #expect(moved > 50)
  }
}

/// A few nodes in zones, pods that run and pods that wait, with demands of every kind.
struct SmallCluster {
  var nodes: [NodeObservation] = []
  var running: [PodObservation] = []
  var pending: [PodObservation] = []
  let namespaceLabels = ["x": ["team": "one"], "y": ["team": "two"], "z": [:]]

  static let zone = "topology.kubernetes.io/zone"
  static let hostname = "kubernetes.io/hostname"
  static let taint = Taint(key: "dedicated", value: "yes", effect: .noSchedule)

  init(_ random: inout Seeded) {
    for number in 1...random.number(2...6) {
      var node = NodeObservation(
        name: NodeName("node-\(number)"), uid: "\(number)", createdAt: Scene.now,
        allocatable: Resources(cpuMillicores: 4000, memoryBytes: 1 << 33, pods: Int64(random.number(2...8))))
      node.labels = [Self.hostname: node.name.rawValue, "disk": random.pick(["ssd", "hdd"])]
      if random.chance(85) { node.labels[Self.zone] = random.pick(["a", "b", "c"]) }
      if random.chance(20) { node.taints = [Self.taint] }
      if random.chance(10) { node.unschedulable = true }
      node.conditions["Ready"] = NodeObservation.Condition(status: random.chance(92) ? .yes : .no, since: Scene.now)
      nodes.append(node)
    }
    for number in 0..<random.number(0...8) {
      var pod = Self.pod("run-\(number)", &random)
      pod.node = random.pick(nodes).name
      pod.phase = .running
      pod.isTerminating = random.chance(10)
      running.append(pod)
    }
    for number in 0..<random.number(1...5) {
      var pod = Self.pod("wait-\(number)", &random)
      pod.phase = .pending
      pod.unschedulable = true
      pending.append(pod)
    }
  }

  func isOpen(_ name: NodeName) -> Bool {
    let node = nodes.first { $0.name == name }!
    return node.isReady && !node.unschedulable
  }

  func model() -> FitModel {
    var snapshot = Snapshot(now: Scene.now)
    snapshot.nodes = .known(nodes, at: Scene.now)
    snapshot.pods = .known(running + pending, at: Scene.now)
    snapshot.namespaceLabels = namespaceLabels
    let policy = Policy(clusterName: "test", pools: [], templates: [])
    return FitModel(Situation(snapshot: snapshot, policy: policy), planned: [])
  }

  func reference() -> ReferenceScheduler {
    ReferenceScheduler(
      nodes: nodes, residents: running.map { ReferenceScheduler.Resident(pod: $0, node: $0.node!) },
      namespaceLabels: namespaceLabels)
  }

  private static func pod(_ name: String, _ random: inout Seeded) -> PodObservation {
    var pod = PodObservation(
      key: PodKey(namespace: random.pick(["x", "x", "y", "z"]), name: name), uid: name, createdAt: Scene.now,
      phase: .running, requests: Resources(cpuMillicores: Int64(random.number(1...12) * 100), memoryBytes: 1 << 28))
    pod.labels = ["app": random.pick(["a", "b"]), "version": random.pick(["1", "2"])]
    pod.ownerName = random.pick(["a", "b", "c"])
    pod.ownerKind = "ReplicaSet"
    if random.chance(25) { pod.tolerations = [Toleration(key: "dedicated", operator: .exists)] }
    if random.chance(15) { pod.nodeSelector = ["disk": "ssd"] }
    if random.chance(15) { pod.constraints.nodeAffinity = nodeAffinity(&random) }
    if random.chance(20) { pod.constraints.podAffinity = terms(&random) }
    if random.chance(25) { pod.constraints.podAntiAffinity = terms(&random) }
    if random.chance(30) { pod.constraints.topologySpread = spreads(&random) }
    if random.chance(10) { pod.constraints.hostPorts = [HostPort(random.pick([80, 81]))] }
    if random.chance(8) {
      let place = LabelRequirement(key: zone, operator: .in, values: ["a"])
      pod.constraints.volumes = [VolumeDemand(claim: "data", nodeAffinity: [NodeSelectorTerm(expressions: [place])])]
    }
    return pod
  }

  private static func nodeAffinity(_ random: inout Seeded) -> [NodeSelectorTerm] {
    let inZone = LabelRequirement(key: zone, operator: random.pick([.in, .notIn]), values: ["a", "b"])
    let byName = LabelRequirement(key: "metadata.name", operator: .in, values: ["node-1", "node-2"])
    let byHost = LabelRequirement(key: hostname, operator: .notIn, values: ["node-1"])
    return random.pick([
      [NodeSelectorTerm(expressions: [inZone])], [NodeSelectorTerm(fields: [byName])],
      [NodeSelectorTerm(expressions: [inZone, byHost]), NodeSelectorTerm(fields: [byName])],
    ])
  }

  private static func selector(_ random: inout Seeded) -> LabelSelector? {
    random.pick([
      LabelSelector(matchLabels: ["app": "a"]), LabelSelector(matchLabels: ["app": "b"]), LabelSelector(),
      LabelSelector(expressions: [LabelRequirement(key: "app", operator: .in, values: ["a", "b"])]),
      LabelSelector(expressions: [LabelRequirement(key: "version", operator: .notIn, values: ["1"])]), nil,
    ])
  }

  private static func terms(_ random: inout Seeded) -> [PodAffinityTerm] {
    (0..<random.number(1...2)).map { _ in
      var term = PodAffinityTerm(selector: selector(&random), topologyKey: random.pick([zone, hostname]))
      if random.chance(20) { term.namespaces = ["x", "y"] }
      if random.chance(20) {
        term.namespaceSelector = random.pick([LabelSelector(), LabelSelector(matchLabels: ["team": "two"])])
      }
      if random.chance(15) { term.matchLabelKeys = ["version"] }
      if random.chance(10) { term.mismatchLabelKeys = ["version"] }
      return term
    }
  }

  private static func spreads(_ random: inout Seeded) -> [TopologySpreadConstraint] {
    (0..<random.number(1...2)).map { _ in
      var spread = TopologySpreadConstraint(
        maxSkew: random.number(1...2), topologyKey: random.pick([zone, hostname]), selector: selector(&random))
      if random.chance(20) { spread.whenUnsatisfiable = .scheduleAnyway }
      if random.chance(20) { spread.minDomains = random.number(2...4) }
      if random.chance(25) { spread.nodeAffinityPolicy = .ignore }
      if random.chance(25) { spread.nodeTaintsPolicy = .honor }
      if random.chance(15) { spread.matchLabelKeys = ["version"] }
      return spread
    }
  }
}
