import Model
import Ports
import Simulator
import Testing

@Suite struct WorldSchedulerTests {
  struct Case: CustomTestStringConvertible, Sendable {
    var name: String
    var pod: PodTemplate
    var replicas: Double
    /// Pods by node; the empty name stands for waiting.
    var placement: [String: Int]
    var testDescription: String { name }
  }

  /// A plain node, one tainted for burst, one that would rather have no pods of others, and one with a GPU.
  static func fourNodes() throws -> World {
    var world = Fixture.world(timings: .fast)
    try world.join("permanent", 1, labels: ["worker-type": "permanent"])
    try world.join("burst", 1, taints: [Taint(key: "workload-type", value: "burst", effect: .noSchedule)])
    try world.join("spot", 1, taints: [Taint(key: "preemptible", value: "true", effect: .preferNoSchedule)])
    try world.join(
      "gpu", 1, template: Fixture.gpu, taints: [Taint(key: "nvidia.com/gpu", value: "true", effect: .noSchedule)])
    world.pass(.seconds(5))
    return world
  }

  static let cases: [Case] = [
    Case(
      name: "plain pods fill the plain node before the unwilling one", pod: Fixture.pod(2500), replicas: 4,
      placement: ["worker-permanent-001": 3, "worker-spot-001": 1]),
    Case(
      name: "what does not fit waits", pod: Fixture.pod(3900), replicas: 6,
      placement: ["worker-permanent-001": 2, "worker-spot-001": 2, "": 2]),
    Case(name: "a pod larger than every node waits", pod: Fixture.pod(7801), replicas: 1, placement: ["": 1]),
    Case(
      name: "a toleration opens the tainted node, and the emptiest is taken", pod: tolerant, replicas: 2,
      placement: ["worker-burst-001": 1, "worker-permanent-001": 1]),
    Case(name: "a toleration of another value opens nothing", pod: wrongTolerance, replicas: 1, placement: ["": 1]),
    Case(
      name: "a selector leaves only nodes with its labels", pod: selective, replicas: 2,
      placement: ["worker-permanent-001": 2]),
    Case(name: "a device is given once", pod: accelerated, replicas: 2, placement: ["worker-gpu-001": 1, "": 1]),
  ]

  static var tolerant: PodTemplate {
    var pod = Fixture.pod(1000)
    pod.tolerations = [Toleration(key: "workload-type", value: "burst", effect: .noSchedule)]
    return pod
  }
  static var wrongTolerance: PodTemplate {
    var pod = tolerant
    pod.tolerations[0].value = "spot"
    pod.nodeSelector = ["node-pool": "burst"]
    return pod
  }
  static var selective: PodTemplate {
    var pod = Fixture.pod(1000)
    pod.nodeSelector = ["worker-type": "permanent"]
    return pod
  }
  static var accelerated: PodTemplate {
    var pod = Fixture.pod(1000)
    pod.requests.extended = ["nvidia.com/gpu": 1]
    pod.tolerations = [Toleration(key: "nvidia.com/gpu", operator: .exists)]
    return pod
  }

  @Test(arguments: cases)
  func placesPodsByRequestsTaintsSelectorsAndDevices(_ example: Case) throws {
    var world = try Self.fourNodes()
    world.add(
      Workload(
        name: "web", kind: .deployment(replicas: .constant(example.replicas)), pod: example.pod, startsAt: world.now))
    world.pass(.seconds(5))
    #expect(world.placement(of: "web") == example.placement)
    let unschedulable = world.pods.values.count { $0.unschedulable }
    #expect(unschedulable == example.placement[""] ?? 0)
  }

  @Test func marksWaitingPodsWithinThreeSecondsAndNotAtOnce() throws {
    var world = Fixture.world()
    world.add(Fixture.deployment("web", replicas: 3, pod: Fixture.pod(1000)))
    world.pass(.milliseconds(900))
    #expect(world.pods.count == 3 && world.pods.values.allSatisfy { !$0.unschedulable })
    world.pass(.milliseconds(2100))
    #expect(world.pods.values.allSatisfy { $0.unschedulable && $0.phase == .pending })
    #expect(world.report.podsPending == 3 && world.report.longestPending == .seconds(3))
  }

  @Test func remembersTheLongestWaitAfterItIsOver() throws {
    var world = Fixture.world()
    world.add(Fixture.deployment("web", replicas: 1, pod: Fixture.pod(1000)))
    try world.join("permanent", 1)
    let joined = world.now
    world.pass(.seconds(10))
    let report = world.report
    #expect(report.podsPending == 0 && report.longestPendingPod == world.pods.values[0].key)
    let wait = report.longestPending - (joined - Fixture.start)
    #expect(wait > .zero && wait < .seconds(3))
  }

  @Test func placesTheImportantFirst() throws {
    var world = Fixture.world(timings: .fast)
    var important = Fixture.pod(7000)
    important.priority = 1000
    world.add(Fixture.deployment("a-minor", replicas: 1, pod: Fixture.pod(7000)))
    world.add(Fixture.deployment("b-major", replicas: 1, pod: important))
    try world.join("permanent", 1)
    world.pass(.seconds(3))
    #expect(world.placement(of: "b-major") == ["worker-permanent-001": 1])
    #expect(world.placement(of: "a-minor") == ["": 1])
  }

  @Test func cordonedNodesGetNoPodsUntilTheyAreGivenBack() throws {
    var world = Fixture.world(timings: .fast)
    try world.join("permanent", 1)
    try world.cordon("worker-permanent-001", at: world.now)
    world.add(
      Workload(
        name: "web", kind: .deployment(replicas: .constant(1)), pod: Fixture.pod(100), startsAt: world.now))
    world.pass(.seconds(5))
    #expect(world.placement(of: "web") == ["": 1])
    try world.uncordon("worker-permanent-001", at: world.now)
    world.pass(.seconds(5))
    #expect(world.placement(of: "web") == ["worker-permanent-001": 1])
  }
}

@Suite struct WorldWorkloadTests {
  @Test func daemonSetsHaveOnePodOnEachNodeAlsoOnLaterOnes() throws {
    var world = Fixture.world(timings: .fast)
    world.add(
      Workload(name: "agent", kind: .daemonSet, pod: Fixture.pod(100, labels: ["app": "agent"]), startsAt: world.now))
    try world.join("permanent", 1)
    try world.join("burst", 1, taints: [Taint(key: "workload-type", value: "burst", effect: .noSchedule)])
    world.pass(.seconds(2))
    #expect(world.placement(of: "agent") == ["worker-permanent-001": 1, "worker-burst-001": 1])
    #expect(try world.podObservations(at: world.now).allSatisfy { $0.belongsToNode && $0.phase == .running })
    #expect(world.report.podsCreated == 0)
  }

  @Test func jobsEndAfterTheirTimeAndAreForgottenLater() throws {
    var world = Fixture.world(timings: .fast)
    try world.join("permanent", 1)
    world.add(
      Workload(
        name: "report", kind: .job(pods: 3, runtime: .seconds(60, to: 90)), pod: Fixture.pod(500), startsAt: world.now))
    world.pass(.seconds(30))
    #expect(world.pods.values.count { $0.phase == .running } == 3)
    world.pass(.seconds(70))
    #expect(world.pods.values.count { $0.phase == .succeeded } == 3 && world.report.podsFinished == 3)
    world.pass(.minutes(11))
    #expect(world.pods.isEmpty && world.report.podsCreated == 3)
  }

  @Test func fewerReplicasLeaveFirstFromTheNodesThatAreToEmpty() throws {
    var world = Fixture.world(timings: .fast)
    try world.join("permanent", 1)
    try world.join("burst", 1, labels: ["worker-type": "temporary"])
    let replicas = LoadProfile(origin: world.now, points: [.init(.zero, 6), .init(.minutes(1), 3)])
    var workload = Workload(
      name: "web", kind: .deployment(replicas: replicas), pod: Fixture.pod(1000), startsAt: world.now)
    workload.leavesFirst = ["worker-type": "temporary"]
    world.add(workload)
    world.pass(.seconds(30))
    #expect(world.placement(of: "web") == ["worker-permanent-001": 3, "worker-burst-001": 3])
    world.pass(.minutes(1))
    #expect(world.placement(of: "web") == ["worker-permanent-001": 3])
    #expect(world.report.podsLost == 0)
  }
}

@Suite struct WorldDisruptionTests {
  /// Six pods on two nodes under a budget.
  static func budgeted(_ bound: DisruptionBudget.Bound) throws -> World {
    var world = Fixture.world(timings: .fast)
    try world.join("permanent", 1)
    try world.join("permanent", 2)
    world.add(Fixture.deployment("web", replicas: 6, pod: Fixture.pod(1000)))
    world.add(DisruptionBudget(name: "web", selector: ["app": "web"], bound: bound))
    world.pass(.seconds(5))
    #expect(world.pods.values.count { $0.ready } == 6)
    return world
  }

  @Test(arguments: [
    (DisruptionBudget.Bound.minAvailable(4), 2), (.minAvailable(6), 0), (.maxUnavailable(1), 1),
    (.maxUnavailable(9), 6),
  ])
  func evictionsStopWhereTheBudgetEnds(_ bound: DisruptionBudget.Bound, _ allowed: Int) throws {
    var world = try Self.budgeted(bound)
    #expect(world.status(of: world.budgets[0]).disruptionsAllowed == allowed)
    var evicted = 0
    for pod in world.pods.values {
      let outcome = try world.evict(pod.key, uid: pod.uid, grace: .seconds(30), at: world.now)
      if outcome == .evicted { evicted += 1 } else { #expect(outcome == .refused(by: "web")) }
    }
    #expect(evicted == allowed)
    #expect(world.report.podsEvicted == allowed && world.report.evictionsRefused == 6 - allowed)
    world.pass(.seconds(5))
    #expect(world.pods.values.count { $0.ready } == 6)
    #expect(world.report.podsLost == 0 && world.report.budgetViolations.isEmpty)
  }

  @Test func anotherPodOfTheSameNameIsLeftAlone() throws {
    var world = try Self.budgeted(.maxUnavailable(6))
    let pod = try #require(world.pods.values.first)
    #expect(try world.evict(pod.key, uid: "other", grace: .zero, at: world.now) == .evicted)
    #expect(world.report.podsEvicted == 0)
  }

  @Test func twoBudgetsOverOnePodAreAnError() throws {
    var world = try Self.budgeted(.maxUnavailable(6))
    world.add(DisruptionBudget(name: "second", selector: [:], bound: .maxUnavailable(1)))
    let pod = try #require(world.pods.values.first)
    #expect(code { _ = try world.evict(pod.key, uid: pod.uid, grace: .zero, at: world.now) } == .failed)
  }

  @Test func powerOffUnderRunningPodsBreaksTheBudgetAndLosesThem() throws {
    var world = try Self.budgeted(.maxUnavailable(1))
    let id = try #require(world.nodes["worker-permanent-001"]?.machine)
    try world.stop(id, owner: Fixture.owner("permanent", 1), at: world.now)
    let violation = try #require(world.report.budgetViolations.first)
    #expect(violation.operation == "hypervisor.stop" && violation.missing == 2)
    #expect(world.report.podsLost == 3)
  }
}

@Suite struct WorldNodeTests {
  static let name: NodeName = "worker-permanent-001"

  /// Two nodes with usual timings; the kubelet of the first dies.
  static func broken(cure: ScheduledFault.Cure) throws -> (world: World, machine: MachineID) {
    var world = Fixture.world()
    let machine = try world.join("permanent", 1)
    try world.join("permanent", 2)
    world.add(Fixture.deployment("web", replicas: 4, pod: Fixture.pod(1000)))
    world.pass(.seconds(30))
    #expect(world.placement(of: "web") == ["worker-permanent-001": 2, "worker-permanent-002": 2])
    world.add(ScheduledFault(at: world.now, kind: .kubeletDies(.node(name), cure: cure)))
    return (world, machine)
  }

  @Test func aDeadKubeletLeadsToUnknownTaintsAndNewPodsElsewhere() throws {
    var (world, _) = try Self.broken(cure: .reboot)
    world.pass(.seconds(39))
    #expect(world.nodes[Self.name]!.isReady)
    world.pass(.seconds(12))
    let node = world.nodes[Self.name]!
    #expect(node.conditions["Ready"]?.status == .unknown)
    #expect(
      node.taints.map(\.text) == [
        "node.kubernetes.io/unreachable:NoSchedule", "node.kubernetes.io/unreachable:NoExecute",
      ])
    let there = world.pods.values.filter { $0.node == Self.name }
    #expect(there.allSatisfy { $0.phase == .running && !$0.ready && $0.containersRun })
    world.pass(.seconds(280))
    #expect(world.pods.values.count { $0.isTerminating } == 0)
    world.pass(.seconds(60))
    #expect(world.pods.values.count { $0.isTerminating } == 2)
    #expect(world.placement(of: "web") == ["worker-permanent-002": 4])
  }

  @Test func restartOfTheKubeletHealsWhatARestartCanHeal() throws {
    var (world, machine) = try Self.broken(cure: .restart)
    world.pass(.seconds(330))
    try world.restartKubelet(machine, at: world.now)
    world.pass(.seconds(40))
    #expect(world.nodes[Self.name]!.isReady && world.nodes[Self.name]!.taints.isEmpty)
    #expect(try world.observeSystem(machine, at: world.now).kubeletRunning)
  }

  @Test func rebootHealsWhatARestartDoesNot() throws {
    var (world, machine) = try Self.broken(cure: .reboot)
    world.pass(.seconds(330))
    try world.restartKubelet(machine, at: world.now)
    world.pass(.seconds(60))
    #expect(!world.nodes[Self.name]!.isReady)
    try world.reboot(machine, at: world.now)
    world.pass(.seconds(90))
    #expect(world.nodes[Self.name]!.isReady)
    #expect(world.report.budgetViolations.isEmpty)
  }

  @Test func someKubeletsNeverComeBack() throws {
    var (world, machine) = try Self.broken(cure: .never)
    world.pass(.seconds(330))
    try world.reboot(machine, at: world.now)
    world.pass(.minutes(10))
    #expect(!world.nodes[Self.name]!.isReady)
  }

  @Test func aHealthyKubeletsRestartIsNotNoticedByTheCluster() throws {
    var world = Fixture.world()
    let machine = try world.join("permanent", 1)
    try world.restartKubelet(machine, at: world.now)
    for _ in 0..<120 {
      world.pass(.seconds(1))
      #expect(world.nodes[Self.name]!.isReady)
    }
  }

  @Test func podsOfADeletedNodeAreCollectedAfterTheQuarantine() throws {
    var world = Fixture.world()
    try world.join("permanent", 1)
    world.add(Fixture.deployment("web", replicas: 2, pod: Fixture.pod(1000)))
    world.pass(.seconds(30))
    let uid = world.nodes[Self.name]!.uid
    #expect(code { try world.deleteNode(Self.name, uid: "other", at: world.now) } == .conflict)
    try world.deleteNode(Self.name, uid: uid, at: world.now)
    try world.deleteNode(Self.name, uid: uid, at: world.now)
    world.pass(.seconds(39))
    #expect(world.pods.values.allSatisfy { $0.phase == .running } && world.pods.count == 2)
    world.pass(.seconds(12))
    #expect(world.placement(of: "web") == ["": 2])
    #expect(world.report.podsLost == 2)
  }

  @Test func diskPressureKeepsPodsAwayUntilTheDiskIsCleaned() throws {
    var world = Fixture.world(timings: .fast)
    let machine = try world.join("permanent", 1)
    world.add(ScheduledFault(at: world.now, kind: .diskPressure(.anyNode(label: "node-pool", value: "permanent"))))
    world.pass(.milliseconds(1))
    #expect(world.nodes[Self.name]!.conditions["DiskPressure"]?.status == .yes)
    world.add(
      Workload(name: "web", kind: .deployment(replicas: .constant(1)), pod: Fixture.pod(10), startsAt: world.now))
    world.pass(.seconds(5))
    #expect(world.placement(of: "web") == ["": 1])
    try world.cleanDisk(machine, at: world.now)
    world.pass(.seconds(5))
    #expect(world.placement(of: "web") == ["worker-permanent-001": 1])
  }

  @Test func aCrashLoopCountsRestartsUntilItIsCured() throws {
    var world = Fixture.world()
    let machine = try world.join("permanent", 1)
    world.add(ScheduledFault(at: world.now, kind: .kubeletCrashLoop(.node(Self.name), cure: .restart)))
    world.pass(.seconds(95))
    #expect(try world.observeSystem(machine, at: world.now).kubeletRestarts == 4)
    try world.restartKubelet(machine, at: world.now)
    world.pass(.minutes(5))
    #expect(try world.observeSystem(machine, at: world.now).kubeletRestarts == 0)
  }

  @Test func aBrokenContainerRuntimeRestartsAgainAndAgainAlsoAfterAReboot() throws {
    var world = Fixture.world()
    let machine = try world.join("permanent", 1)
    world.add(ScheduledFault(at: world.now, kind: .containerdCrashLoop(.node(Self.name))))
    world.pass(.seconds(65))
    #expect(try world.observeSystem(machine, at: world.now).containerdRestarts == 3)
    try world.reboot(machine, at: world.now)
    world.pass(.minutes(4))
    #expect(try world.observeSystem(machine, at: world.now).containerdRestarts >= 3)
    #expect(world.nodes[Self.name]!.isReady)
  }

  @Test func memoryPressureEndsWithAReboot() throws {
    var world = Fixture.world()
    let machine = try world.join("permanent", 1)
    world.add(ScheduledFault(at: world.now, kind: .memoryPressure(.node(Self.name))))
    world.pass(.minutes(10))
    #expect(world.nodes[Self.name]!.conditions["MemoryPressure"]?.status == .yes)
    try world.reboot(machine, at: world.now)
    world.pass(.minutes(2))
    #expect(world.nodes[Self.name]!.conditions["MemoryPressure"]?.status == .no)
    #expect(world.nodes[Self.name]!.taints.isEmpty)
  }

  @Test func theKubeletMaySetOnlySomeOfTheReservedLabels() throws {
    var world = Fixture.world(timings: .fast)
    try world.join(
      "permanent", 1,
      labels: ["node-role.kubernetes.io/worker": "", "node.kubernetes.io/class": "a", "gpu.nvidia.com/class": "t4"])
    let labels = world.nodes[Self.name]!.labels
    #expect(labels["node-role.kubernetes.io/worker"] == nil)
    #expect(labels["node.kubernetes.io/class"] == "a" && labels["gpu.nvidia.com/class"] == "t4")
    try world.label(Self.name, with: ["node-role.kubernetes.io/worker": ""], at: world.now)
    #expect(world.nodes[Self.name]!.labels["node-role.kubernetes.io/worker"] == "")
  }
}
