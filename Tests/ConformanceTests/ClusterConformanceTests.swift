import ControlLoop
import Model
import Ports
import Simulator
import Testing

/// What the decision and the lifecycle rely on in a cluster.
@Suite(.serialized) struct ClusterConformanceTests {
  private static func webPods(_ world: inout World) {
    var pod = PodTemplate(
      requests: Resources(cpuMillicores: 300, memoryBytes: .mebibytes(256)), labels: ["app": "web", "tier": "front"])
    pod.tolerations = [Toleration(key: "workload-type", value: "burst", effect: .noSchedule)]
    pod.nodeSelector = ["node-pool": "burst"]
    pod.priority = 500
    pod.constraints.topologySpread = [
      TopologySpreadConstraint(
        maxSkew: 5, topologyKey: "kubernetes.io/hostname", selector: LabelSelector(matchLabels: ["app": "web"]))
    ]
    pod.constraints.nodeAffinity = [
      NodeSelectorTerm(expressions: [.init(key: "node-pool", operator: .in, values: ["burst", "spot"])])
    ]
    world.add(Workload(name: "front", kind: .deployment(replicas: .constant(3)), pod: pod, startsAt: world.now))
    world.add(DisruptionBudget(name: "front", selector: ["app": "web"], bound: .minAvailable(3)))
  }

  @Test(arguments: Ground.Way.allCases)
  func cordoningLabellingAndUntaintingShow(_ way: Ground.Way) async throws {
    try await Ground.with(way) { ground in
      let cluster = ground.ports.cluster
      let name: NodeName = "worker-burst-001"
      _ = try await ground.join(ground.owner("worker-burst-001", id: "one"))
      func node() async throws -> NodeObservation? { try await cluster.nodes().first { $0.name == name } }
      try await cluster.cordon(name)
      try await ground.eventually("it is cordoned") { try await node()?.unschedulable == true ? true : nil }
      #expect(try await node()?.isCordonedByUs == true)
      try await cluster.uncordon(name)
      try await ground.eventually("it is not") { try await node()?.unschedulable == false ? true : nil }
      #expect(try await node()?.isCordonedByUs == false)
      let labels = ["ttl": "1764003600", "node-role.kubernetes.io/worker": "", "poolkeeper.dev/x": "a.b_c"]
      try await cluster.label(name, with: labels)
      try await ground.eventually("labels show") {
        let shown = try await node()?.labels ?? [:]
        return labels.allSatisfy { shown[$0.key] == $0.value } && shown["node-pool"] == "burst" ? true : nil
      }
      try await cluster.removeTaint("workload-type", from: name)
      try await cluster.removeTaint("workload-type", from: name)
      try await ground.eventually("the taint is gone, others stay") { () -> Bool? in
        guard let node = try await node() else { return nil }
        return node.taints.contains { $0.key == "workload-type" } ? nil : true
      }
      await #expect(throws: PortError.self) { try await cluster.cordon("worker-burst-999") }
    }
  }

  @Test(arguments: Ground.Way.allCases)
  func evictionRespectsDisruptionBudgets(_ way: Ground.Way) async throws {
    try await Ground.with(way, prepare: Self.webPods) { ground in
      let cluster = ground.ports.cluster
      _ = try await ground.join(ground.owner("worker-burst-001", id: "one"))
      func running() async throws -> [PodObservation]? {
        let pods = try await cluster.pods(on: "worker-burst-001").filter { $0.labels["app"] == "web" && $0.isReady }
        return pods.count == 3 ? pods.sorted { $0.key < $1.key } : nil
      }
      let pods = try await ground.eventually("three pods run") { try await running() }
      try await ground.eventually("the budget is known to allow none") {
        try await cluster.disruptionBudgets().first { $0.name == "front" }?.disruptionsAllowed == 0 ? true : nil
      }
      #expect(try await cluster.evict(pods[0].key, uid: "another", grace: .seconds(30)) == .evicted)
      #expect(ground.world.look { $0.pods.values.contains { $0.uid == pods[0].uid && !$0.isTerminating } })
      guard case .refused(let budget) = try await cluster.evict(pods[0].key, uid: pods[0].uid, grace: .seconds(30))
      else {
        Issue.record("an eviction went through that the budget forbids")
        return
      }
      #expect(budget == "front")
      try ground.world.change { $0.relax("front", to: .minAvailable(2)) }
      let outcome = try await cluster.evict(pods[0].key, uid: pods[0].uid, grace: .seconds(30))
      #expect(outcome == .evicted)
      try await ground.eventually("the pod is gone") {
        try await cluster.pods(on: "worker-burst-001").contains { $0.uid == pods[0].uid } ? nil : true
      }
      #expect(try await cluster.evict(PodKey(namespace: "default", name: "nobody"), uid: "x", grace: .zero) == .evicted)
    }
  }

  @Test(arguments: Ground.Way.allCases)
  func aNodeIsDeletedByItsUIDOnly(_ way: Ground.Way) async throws {
    try await Ground.with(way) { ground in
      let cluster = ground.ports.cluster
      let machine = try await ground.join(ground.owner("worker-burst-001", id: "one"))
      let node = try #require(try await cluster.nodes().first { $0.name == "worker-burst-001" })
      let error = await #expect(throws: PortError.self) {
        try await cluster.delete("worker-burst-001", uid: "00000000-0000-0000-0000-000000000000")
      }
      #expect(error?.code == .conflict)
      try await ground.persist("stop") {
        try await ground.ports.hypervisor.stop(machine, owner: ground.owner("worker-burst-001", id: "one"))
      }
      try await cluster.delete("worker-burst-001", uid: node.uid)
      try await cluster.delete("worker-burst-001", uid: node.uid)
      try await ground.eventually("it is gone") {
        try await cluster.nodes().contains { $0.name == "worker-burst-001" } ? nil : true
      }
    }
  }

  /// The strongest claim of all: what is seen by the real clients over the wire is what the world says of itself.
  @Test func bothWaysSeeTheSame() async throws {
    try await Ground.with(.wire, prepare: Self.webPods) { ground in
      _ = try await ground.join(ground.owner("worker-burst-001", id: "one"))
      _ = try await ground.join(ground.owner("worker-burst-002", id: "two"))
      let (cluster, world) = (ground.ports.cluster, ground.world)
      // The world goes on meanwhile, so that a difference may be one of time: what lasts is a difference.
      func agree<Value: Equatable & Sendable>(
        _ what: String, _ wire: () async throws -> Value, _ direct: () async throws -> Value
      ) async throws {
        var last: (Value, Value)?
        for _ in 0..<200 {
          let pair = (try await wire(), try await direct())
          if pair.0 == pair.1 { return }
          last = pair
          try await ground.clock.sleep(for: .seconds(2))
        }
        Issue.record("\(what) differ:\nwire   \(String(describing: last?.0))\ndirect \(String(describing: last?.1))")
      }
      try await agree("pods") {
        try await cluster.pods().map(Self.comparable).sorted { $0.key < $1.key }
      } _: {
        try await world.pods().map(Self.comparable).sorted { $0.key < $1.key }
      }
      try await agree("nodes") {
        try await cluster.nodes().map(Self.comparable).sorted { $0.name < $1.name }
      } _: {
        try await world.nodes().map(Self.comparable).sorted { $0.name < $1.name }
      }
      try await agree("disruption budgets") {
        try await cluster.disruptionBudgets()
      } _: {
        try await world.disruptionBudgets()
      }
      try await agree("DaemonSets") {
        try await cluster.daemonSets().map(\.name)
      } _: {
        try await world.daemonSets().map(\.name)
      }
    }
  }

  /// Without what one side knows more exactly than the other can show: times below a second, measured use.
  private static func comparable(_ pod: PodObservation) -> PodObservation {
    var pod = pod
    pod.createdAt = Instant(milliseconds: pod.createdAt.milliseconds / 1000 * 1000)
    // Kubernetes gives these to every pod.
    pod.tolerations.removeAll { $0.key == "node.kubernetes.io/not-ready" || $0.key == "node.kubernetes.io/unreachable" }
    return pod
  }

  private static func comparable(_ node: NodeObservation) -> NodeObservation {
    var node = node
    node.createdAt = Instant(milliseconds: node.createdAt.milliseconds / 1000 * 1000)
    node.cpuPercent = nil
    // And this to every node.
    node.annotations["volumes.kubernetes.io/controller-managed-attach-detach"] = nil
    node.conditions = node.conditions.mapValues {
      .init(status: $0.status, since: Instant(milliseconds: $0.since.milliseconds / 1000 * 1000))
    }
    return node
  }
}
