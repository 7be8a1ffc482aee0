import Model
import Testing

@testable import Decision

/// What pending pods' rules about nodes and other pods make of new workers.
@Suite struct PendingConstraintsTests {
  static let zone = "topology.kubernetes.io/zone"
  static let hostname = "kubernetes.io/hostname"

  /// A full cluster whose burst pool may serve pending pods that tolerate it; each host is a zone.
  private func scene(zoned: Bool = true) -> Scene {
    var scene = Scene()
    scene.fire("burst/pending_pods", 12)
    scene.policy.provisioning.parallelLimit = 100
    scene.changePool("burst") { $0.monthlyBudget = nil }
    scene.policy.money.burstEventMaximum = nil
    if zoned {
      scene.policy.placement.zoneLabel = Self.zone
      for (number, worker) in scene.snapshot.workers.map(\.name).enumerated() {
        scene.changeNode(worker) { $0.labels[Self.zone] = "pve-0\(number + 1)" }
      }
    }
    return scene
  }

  private func pend(
    _ scene: inout Scene, _ count: Int, cpu: Int64 = 900, named name: String = "web",
    _ change: (inout PodObservation) -> Void
  ) {
    scene.addPending(count, cpu: cpu, memory: 500, waiting: .minutes(5), named: name) { pod in
      pod.tolerations = [Toleration(key: "workload-type", value: "burst", effect: .noSchedule)]
      pod.labels = ["app": name]
      change(&pod)
    }
  }

  private func own(_ key: String, app: String = "web") -> PodAffinityTerm {
    PodAffinityTerm(selector: LabelSelector(matchLabels: ["app": app]), topologyKey: key)
  }

  @Test func withoutRulesTheyShareOneWorker() {
    var scene = scene()
    pend(&scene, 6) { _ in }
    #expect(scene.decide().plan.creations.count == 1)
  }

  @Test func podsThatKeepApartByHostGetAWorkerEach() {
    var scene = scene()
    pend(&scene, 6) { $0.constraints.podAntiAffinity = [own(Self.hostname)] }
    let result = scene.decide()
    #expect(result.plan.creations.count == 6)
    #expect(result.plan.creations.allSatisfy { $0.template == "small" })
  }

  @Test func podsThatKeepApartByZoneGetAWorkerInEachZoneAndTheRestWaits() {
    var scene = scene()
    pend(&scene, 5) { $0.constraints.podAntiAffinity = [own(Self.zone)] }
    let result = scene.decide()
    #expect(Set(result.plan.creations.map(\.host)) == ["pve-01", "pve-02", "pve-03"])
    #expect(result.plan.creations.count == 3)
    let group = result.report.podGroups[0]
    #expect(group.outcome == .waits && group.reason.code == "rules_about_pods")
    #expect(group.reason.data["new"] == "3" && group.reason.data["waiting"] == "2")
  }

  @Test func podsThatAreSpreadOverZonesGetWorkersInAllOfThem() {
    var scene = scene()
    pend(&scene, 6) {
      $0.constraints.topologySpread = [
        TopologySpreadConstraint(
          maxSkew: 1, topologyKey: Self.zone, selector: LabelSelector(matchLabels: ["app": "web"]))
      ]
    }
    let result = scene.decide()
    #expect(Set(result.plan.creations.map(\.host)).count == 3)
    #expect(result.report.podGroups.allSatisfy { $0.outcome == .newWorkers })
  }

  @Test func podsThatAreSpreadOverHostsShareEachWorkerAsTheSkewAllows() {
    var scene = scene()
    pend(&scene, 6) {
      var spread = TopologySpreadConstraint(
        maxSkew: 2, topologyKey: Self.hostname, selector: LabelSelector(matchLabels: ["app": "web"]))
      spread.nodeTaintsPolicy = .honor
      $0.constraints.topologySpread = [spread]
    }
    let result = scene.decide()
    // The three permanent nodes have none and are full: with a least count of 0 a worker holds two at most.
    #expect(result.plan.creations.count == 3)
    #expect(result.report.podGroups[0].outcome == .newWorkers)
  }

  @Test func podsThatBelongTogetherGetOneWorkerThatHoldsThemAll() {
    var scene = scene()
    pend(&scene, 6, cpu: 1500) { $0.constraints.podAffinity = [own(Self.hostname)] }
    let result = scene.decide()
    #expect(result.plan.creations.map(\.template) == ["large"])
    #expect(result.report.podGroups[0].reason.data["new"] == "6")
  }

  @Test func podsThatMustJoinOthersGetAWorkerInTheirZone() {
    var scene = scene()
    scene.addRunning(1, on: "worker-permanent-002", cpu: 0, memory: 0, named: "db") { $0.labels = ["app": "db"] }
    pend(&scene, 2) { $0.constraints.podAffinity = [own(Self.zone, app: "db")] }
    let result = scene.decide()
    #expect(result.plan.creations.map(\.host) == ["pve-02"])
  }

  @Test func podsThatMustJoinOthersOnTheirFullNodeWaitWithTheReason() {
    var scene = scene()
    scene.addRunning(1, on: "worker-permanent-002", cpu: 700, memory: 0, named: "db") { $0.labels = ["app": "db"] }
    pend(&scene, 2) { $0.constraints.podAffinity = [own(Self.hostname, app: "db")] }
    let result = scene.decide()
    #expect(result.plan.creations.isEmpty)
    #expect(result.report.podGroups[0].reason.code == "rules_about_pods")
    #expect(result.report.podGroups[0].reason.sentence.contains("pod affinity by kubernetes.io/hostname"))
  }

  /// The only worker that the maximum leaves would be theirs by priority, and none of them may run there.
  @Test func podsThatNoNewWorkerMayHoldKeepItFromNobody() {
    var scene = scene()
    scene.changePool("burst") { $0.maximum = 1 }
    scene.addRunning(1, on: "worker-permanent-002", cpu: 700, memory: 0, named: "db") { $0.labels = ["app": "db"] }
    pend(&scene, 7) {
      $0.constraints.podAffinity = [own("node-pool", app: "db")]
      $0.priority = 1000
    }
    pend(&scene, 2, cpu: 1700, named: "batch") { _ in }
    let result = scene.decide()
    #expect(result.plan.creations.map(\.pool) == ["burst"])
    let groups = result.report.podGroups
    #expect(groups.first { $0.example.name.contains("batch") }?.outcome == .newWorkers)
    let barred = groups.first { $0.example.name.contains("web") }
    #expect(barred?.reason.code == "rules_about_pods")
  }

  /// With room for one worker alone, the second kind of it fails at the maximum that the first would reach.
  @Test func eachOfferIsTriedForItself() {
    var scene = scene()
    scene.changePool("burst") { $0.maximum = 1 }
    scene.addRunning(1, on: "worker-permanent-002", cpu: 700, memory: 0, named: "db") { $0.labels = ["app": "db"] }
    pend(&scene, 2) { $0.constraints.podAffinity = [own("node-pool", app: "db")] }
    #expect(scene.decide().report.podGroups.map(\.reason.code) == ["rules_about_pods"])
  }

  @Test func aVolumeDrawsItsPodIntoItsZone() {
    var scene = scene()
    pend(&scene, 1) {
      let place = LabelRequirement(key: Self.zone, operator: .in, values: ["pve-03"])
      $0.constraints.volumes = [VolumeDemand(claim: "data", nodeAffinity: [NodeSelectorTerm(expressions: [place])])]
    }
    #expect(scene.decide().plan.creations.map(\.host) == ["pve-03"])
  }

  @Test func aVolumeThatIsNotBoundMakesAWorkerUseless() {
    var scene = scene()
    pend(&scene, 1) {
      $0.constraints.volumes = [VolumeDemand(claim: "data", obstacle: "volume claim data is not bound")]
    }
    let result = scene.decide()
    #expect(result.plan.creations.isEmpty)
    #expect(result.report.podGroups[0].outcome == .impossible)
    #expect(result.report.podGroups[0].reason.sentence.contains("volume claim data is not bound"))
  }

  @Test func podsWithTheSameHostPortGetAWorkerEach() {
    var scene = scene()
    pend(&scene, 3) { $0.constraints.hostPorts = [HostPort(8080)] }
    #expect(scene.decide().plan.creations.count == 3)
  }

  @Test func podsOfDifferentOwnersWithOneHostPortDoNotShareAWorker() {
    var scene = scene()
    pend(&scene, 1, named: "one") { $0.constraints.hostPorts = [HostPort(8080)] }
    pend(&scene, 1, cpu: 1000, named: "two") { $0.constraints.hostPorts = [HostPort(8080)] }
    #expect(scene.decide().plan.creations.count == 2)
  }

  @Test func nodeAffinityChoosesThePool() {
    var scene = scene()
    scene.policy.triggers.append(Scene.trigger("spot/pending_pods", "spot", .pendingPods, 1, .zero))
    scene.fire("spot/pending_pods", 12)
    pend(&scene, 2) { pod in
      pod.tolerations.append(Toleration(key: "workload-type", value: "spot", effect: .noSchedule))
      let requirement = LabelRequirement(key: "node-pool", operator: .notIn, values: ["spot"])
      pod.constraints.nodeAffinity = [NodeSelectorTerm(expressions: [requirement])]
    }
    #expect(scene.decide().plan.creations.map(\.pool) == ["burst"])
  }

  @Test func aTopologyThatNewWorkersDoNotHaveIsSaid() {
    var scene = scene(zoned: false)
    pend(&scene, 2) {
      $0.constraints.topologySpread = [
        TopologySpreadConstraint(maxSkew: 1, topologyKey: Self.zone, selector: LabelSelector())
      ]
    }
    let result = scene.decide()
    #expect(result.plan.creations.isEmpty)
    #expect(result.report.podGroups[0].reason.sentence.contains("no label topology.kubernetes.io/zone"))
  }

  @Test func gatedAndNominatedPodsAskForNothing() {
    var scene = scene()
    pend(&scene, 3, named: "gated") { $0.schedulingGates = ["example.org/quota"] }
    pend(&scene, 3, named: "nominated") { $0.nominatedNode = "worker-permanent-001" }
    let result = scene.decide()
    #expect(result.plan.creations.isEmpty && result.report.podGroups.isEmpty)
  }

  @Test func roomThatPreemptionMakesIsNotGivenAway() {
    var scene = Scene(isFull: false)
    scene.fire("burst/pending_pods", 12)
    for worker in ["worker-permanent-001", "worker-permanent-002", "worker-permanent-003"] {
      pend(&scene, 1, cpu: 7500, named: "vip-\(worker)") { $0.nominatedNode = NodeName(worker) }
    }
    pend(&scene, 1, cpu: 3000) { _ in }
    #expect(scene.decide().plan.creations.count == 1)
  }

  @Test func whatDaemonSetsWillTakeOfANewWorkerIsTakenOff() {
    var scene = scene()
    var agent = DaemonSetObservation(
      namespace: "system", name: "agent", requests: Resources(cpuMillicores: 1000, memoryBytes: .mebibytes(256)))
    agent.tolerations = [Toleration(key: "", operator: .exists)]
    scene.snapshot.daemonSets = .known([agent], at: Scene.now)
    pend(&scene, 1, cpu: 3000) { _ in }
    #expect(scene.decide().plan.creations.map(\.template) == ["medium"])
    agent.nodeSelector = ["node-pool": "gpu"]
    scene.snapshot.daemonSets = .known([agent], at: Scene.now)
    #expect(scene.decide().plan.creations.map(\.template) == ["small"])
    agent.nodeSelector = [:]
    agent.tolerations = []
    scene.snapshot.daemonSets = .known([agent], at: Scene.now)
    #expect(scene.decide().plan.creations.map(\.template) == ["small"])
  }

  @Test func aPreferenceDecidesBetweenOffersOfOnePrice() {
    var scene = scene()
    scene.policy.pools.append(Scene.burst())
    scene.policy.pools[scene.policy.pools.count - 1].name = "attic"
    scene.policy.pools[scene.policy.pools.count - 1].labels = ["node-pool": "attic"]
    scene.policy.triggers.append(Scene.trigger("attic/pending_pods", "attic", .pendingPods, 1, .zero))
    scene.fire("attic/pending_pods", 12)
    pend(&scene, 2) { _ in }
    #expect(scene.decide().plan.creations.map(\.pool) == ["attic"])
    let burst = LabelRequirement(key: "node-pool", operator: .in, values: ["burst"])
    scene.snapshot.pods = scene.snapshot.pods.map { pods in
      pods.map { pod in
        var pod = pod
        pod.constraints.preferredNodeAffinity = [
          PreferredNodeTerm(weight: 10, term: NodeSelectorTerm(expressions: [burst]))
        ]
        return pod
      }
    }
    #expect(scene.decide().plan.creations.map(\.pool) == ["burst"])
  }
}
