import Model
import Ports
import Simulator
import Testing

/// What the simulated scheduler makes of the terms that pods carry beside room, taints and selectors.
@Suite struct PlacementTests {
  private static let hostname = "kubernetes.io/hostname"
  private static let zone = "topology.kubernetes.io/zone"

  /// Two nodes in zone a, one in b, one in none.
  private static func fourNodes() throws -> World {
    var world = Fixture.world(timings: .fast)
    try world.join("permanent", 1, labels: [zone: "a"])
    try world.join("permanent", 2, labels: [zone: "a"])
    try world.join("permanent", 3, labels: [zone: "b"])
    try world.join("permanent", 4)
    return world
  }

  private static func name(_ number: Int) -> String { "worker-permanent-00\(number)" }

  private static func constrained(_ change: (inout PodConstraints) -> Void) -> PodTemplate {
    var pod = Fixture.pod(500)
    change(&pod.constraints)
    return pod
  }

  private static func placed(_ pod: PodTemplate, _ replicas: Double, in world: World) -> [String: Int] {
    var world = world
    world.add(
      Workload(name: "web", kind: .deployment(replicas: .constant(replicas)), pod: pod, startsAt: world.now))
    world.pass(.seconds(20))
    return world.placement(of: "web")
  }

  private static let web = LabelSelector(matchLabels: ["app": "web"])

  @Test func requiredNodeAffinityLeavesTheNodesOfAnyOfItsTerms() throws {
    let pod = Self.constrained {
      $0.nodeAffinity = [
        NodeSelectorTerm(expressions: [LabelRequirement(key: Self.zone, operator: .in, values: ["b"])]),
        NodeSelectorTerm(fields: [LabelRequirement(key: "metadata.name", operator: .in, values: [Self.name(4)])]),
      ]
    }
    #expect(Self.placed(pod, 4, in: try Self.fourNodes()) == [Self.name(3): 2, Self.name(4): 2])
  }

  @Test func podsThatRepelEachOtherByHostHaveANodeEach() throws {
    let pod = Self.constrained {
      $0.podAntiAffinity = [PodAffinityTerm(selector: Self.web, topologyKey: Self.hostname)]
    }
    let placement = Self.placed(pod, 6, in: try Self.fourNodes())
    #expect(placement == [Self.name(1): 1, Self.name(2): 1, Self.name(3): 1, Self.name(4): 1, "": 2])
  }

  @Test func aPodThatIsThereRepelsOnesThatSayNothing() throws {
    var world = try Self.fourNodes()
    var hermit = Self.constrained {
      $0.podAntiAffinity = [PodAffinityTerm(selector: Self.web, topologyKey: Self.zone)]
    }
    hermit.labels = ["app": "hermit"]
    hermit.nodeSelector = [Self.zone: "a"]
    world.add(Workload(name: "hermit", kind: .bare, pod: hermit, startsAt: world.now))
    world.pass(.seconds(5))
    let placement = Self.placed(Fixture.pod(500), 8, in: world)
    #expect(Set(placement.keys) == [Self.name(3), Self.name(4)])
  }

  @Test func podsThatAttractEachOtherStayInOneZone() throws {
    let pod = Self.constrained { $0.podAffinity = [PodAffinityTerm(selector: Self.web, topologyKey: Self.zone)] }
    let placement = Self.placed(pod, 6, in: try Self.fourNodes())
    let isInA = placement.keys.allSatisfy { [Self.name(1), Self.name(2)].contains($0) }
    #expect(isInA || Set(placement.keys) == [Self.name(3)], "\(placement)")
    #expect(placement.values.reduce(0, +) == 6)
  }

  @Test func aHostPortIsGivenOnceANode() throws {
    let pod = Self.constrained { $0.hostPorts = [HostPort(8080)] }
    #expect(Self.placed(pod, 5, in: try Self.fourNodes())[""] == 1)
  }

  @Test func spreadKeepsDomainsWithinTheSkew() throws {
    var pod = Self.constrained {
      $0.topologySpread = [TopologySpreadConstraint(maxSkew: 1, topologyKey: Self.zone, selector: Self.web)]
    }
    let placement = Self.placed(pod, 5, in: try Self.fourNodes())
    let a = (placement[Self.name(1)] ?? 0) + (placement[Self.name(2)] ?? 0)
    let b = placement[Self.name(3)] ?? 0
    #expect(a + b == 5 && abs(a - b) == 1, "\(placement): the node without a zone gets none")
    // A domain too few: the smallest count is taken as 0.
    pod.constraints.topologySpread[0].minDomains = 3
    let short = Self.placed(pod, 5, in: try Self.fourNodes())
    #expect(short[""] == 3, "\(short)")
  }

  @Test func whatTheClusterTellsOfBudgetsDaemonSetsAndNamespaces() throws {
    var world = try Self.fourNodes()
    var agent = Fixture.pod(100, labels: ["app": "agent"])
    agent.constraints.hostPorts = [HostPort(9100)]
    agent.constraints.nodeAffinity = [
      NodeSelectorTerm(expressions: [LabelRequirement(key: Self.zone, operator: .exists)])
    ]
    world.add(Workload(name: "agent", namespace: "monitoring", kind: .daemonSet, pod: agent, startsAt: world.now))
    world.add(
      Workload(name: "late", kind: .daemonSet, pod: agent, startsAt: world.now.advanced(by: .hours(1))))
    world.add(Fixture.deployment("web", replicas: 3, pod: Fixture.pod(100)))
    world.add(DisruptionBudget(name: "web", selector: ["app": "web"], bound: .maxUnavailable(1)))
    world.pass(.seconds(10))
    let sets = try world.daemonSetObservations(at: world.now)
    #expect(sets.map(\.name) == ["agent"] && sets[0].requests.cpuMillicores == 100)
    #expect(sets[0].hostPorts == [HostPort(9100)] && sets[0].nodeAffinity == agent.constraints.nodeAffinity)
    #expect(Set(world.placement(of: "agent").keys) == [Self.name(1), Self.name(2), Self.name(3)])
    let budget = try #require(try world.disruptionBudgetObservations(at: world.now).first)
    #expect(budget.text == "default/web" && budget.selector == Self.web)
    #expect((budget.disruptionsAllowed, budget.currentHealthy, budget.desiredHealthy) == (1, 3, 2))
    #expect(
      try world.namespaceLabels(at: world.now) == [
        "default": ["kubernetes.io/metadata.name": "default"],
        "monitoring": ["kubernetes.io/metadata.name": "monitoring"],
      ])
  }
}
