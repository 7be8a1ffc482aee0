import Logging
import Model
import Ports
import PromQL
import Simulator
import Synchronization
import Testing
import TimeSeries

@testable import ControlLoop

/// What the loop sees of a cluster to which it has no connection but kube-state-metrics.
@Suite struct ClusterMetricsTests {
  private static let staleAfter: Duration = .seconds(60)

  private static func scrape(_ world: World, into store: SeriesStore) throws {
    let at = world.now.milliseconds
    try store.append(
      world.kubeStateMetrics().map { sample in
        let labels = sample.labels.map { Label(name: $0.name, value: $0.value) }
        return (Labels([Label(name: Labels.metricName, value: sample.family)] + labels), at, sample.value)
      }, now: at)
  }

  private static func source(_ store: SeriesStore) -> EmbeddedMetricSource {
    EmbeddedMetricSource(source: store, engine: Engine(), staleAfter: staleAfter)
  }

  /// Workers of two pools, one of them cordoned; pods of all kinds, some of which wait.
  private static func world() async throws -> World {
    var world = Setting.world()
    var agent = PodTemplate(
      requests: Resources(cpuMillicores: 100, memoryBytes: .mebibytes(64)), labels: ["app": "agent"])
    agent.tolerations = [Toleration(key: "", operator: .exists)]
    world.add(Workload(name: "agent", namespace: "kube-system", kind: .daemonSet, pod: agent, startsAt: Setting.start))
    world.add(Setting.burstPods("web", count: 6))
    var heavy = PodTemplate(
      requests: Resources(cpuMillicores: 90_000, memoryBytes: .mebibytes(1024), ephemeralStorageBytes: .gigabytes(1)),
      labels: ["app": "heavy"])
    heavy.requests.extended = ["nvidia.com/gpu": 1]
    heavy.priorityClass = "important"
    heavy.priority = 1000
    world.add(Workload(name: "heavy", kind: .bare, pod: heavy, startsAt: Setting.start))
    world.add(DisruptionBudget(name: "web", selector: ["app": "web"], bound: .minAvailable(4)))
    let bench = try await Bench(world, policy: Setting.policy(minimum: 2))
    await bench.run { bench.ready("burst") > 0 && bench.ready("permanent") == 2 }
    await bench.steps(10)
    var later = bench.world.world
    try later.cordon("worker-permanent-001", at: later.now)
    later.advance(to: later.now.advanced(by: .seconds(5)))
    return later
  }

  private static func view(_ answers: ClusterMetrics.Answers) -> WorldView {
    ClusterMetrics.view(answers, policy: Setting.policy(), priorityClasses: ["important": 1000])
  }

  /// The simulated cluster's own list without what no metric tells.
  private static func told(_ node: NodeObservation, at now: Instant) -> NodeObservation {
    var node = node
    node.uid = node.systemUUID ?? ""
    node.cpuPercent = nil
    node.annotations = [:]
    node.conditions = node.conditions.mapValues { .init(status: $0.status, since: now) }
    node.taints.sort { $0.text < $1.text }
    node.allocatable.extended = node.allocatable.extended.filter { $0.value > 0 }
    return node
  }

  @Test func nodesPodsAndBudgetsAreThoseOfTheCluster() async throws {
    var world = try await Self.world()
    let store = SeriesStore()
    try Self.scrape(world, into: store)
    let now = world.now
    let view = Self.view(await ClusterMetrics.read(from: Self.source(store), at: now))
    let nodes = try world.nodeObservations(at: now).map { Self.told($0, at: now) }
    #expect(nodes.count > 2 && nodes.contains { $0.unschedulable } && nodes.contains { !$0.taints.isEmpty })
    #expect(view.nodes == .known(nodes, at: now))
    let pods = try world.podObservations(at: now)
    #expect(pods.contains { $0.unschedulable } && pods.contains { $0.ownerKind == "DaemonSet" && $0.isReady })
    #expect(view.pods == .known(pods, at: now))
    let budgets = try world.disruptionBudgetObservations(at: now).map { budget in
      var budget = budget
      budget.selector = LabelSelector()
      return budget
    }
    #expect(budgets.first?.desiredHealthy == 4)
    #expect(view.disruptionBudgets == .known(budgets, at: now))
    #expect(view.daemonSets.value == nil && view.hosts.value == nil && view.machines.value == nil)
    #expect(view.untold.contains { $0.contains("affinities") } && view.untold.contains { $0.contains("budget") })
  }

  @Test(arguments: [
    ClusterMetrics.Family.nodeInfo, .nodeAllocatable, .nodeConditions, .nodeCordoned, .podInfo, .podPhase, .podRequests,
  ])
  func aFamilyThatIsMissingMakesItsListUnknownAndNeverEmpty(_ family: ClusterMetrics.Family) async throws {
    let world = try await Self.world()
    let store = SeriesStore()
    try Self.scrape(world, into: store)
    var answers = await ClusterMetrics.read(from: Self.source(store), at: world.now)
    answers[family] = .known([], at: world.now)
    let view = Self.view(answers)
    let isOfNodes = family.rawValue.hasPrefix("kube_node")
    #expect((view.nodes.value == nil) == isOfNodes)
    #expect((view.pods.value == nil) == !isOfNodes)
    let reason = (isOfNodes ? view.nodes.unknownReason : view.pods.unknownReason) ?? ""
    #expect(reason.contains(family.rawValue) && reason.contains("no fresh data"))
  }

  @Test func samplesThatHaveStoppedComingTellNothing() async throws {
    let world = try await Self.world()
    let store = SeriesStore()
    try Self.scrape(world, into: store)
    let later = world.now.advanced(by: Self.staleAfter + .seconds(1))
    let view = Self.view(await ClusterMetrics.read(from: Self.source(store), at: later))
    #expect(view.nodes.value == nil && view.pods.value == nil && view.disruptionBudgets.value == nil)
    #expect(view.untold.isEmpty, "without a list there is nothing whose limits would matter")
  }

  @Test func aQuestionThatFailsMakesItsListUnknownWithTheSourcesSentence() async throws {
    let world = try await Self.world()
    let store = SeriesStore()
    try Self.scrape(world, into: store)
    var answers = await ClusterMetrics.read(from: Self.source(store), at: world.now)
    // That there are no taints, and that nobody could say, are two things.
    answers[.nodeTaints] = .unknown("kube_node_spec_taint could not be read: nobody answers")
    answers[.podTolerations] = .unknown("kube_pod_tolerations could not be read: nobody answers")
    let view = Self.view(answers)
    #expect(view.nodes.unknownReason == "kube_node_spec_taint could not be read: nobody answers")
    #expect(view.pods.unknownReason == "kube_pod_tolerations could not be read: nobody answers")
  }

  /// Counts what is asked.
  private final class CountingSource: MetricSource {
    let inner: EmbeddedMetricSource
    let asked = Mutex(0)

    init(_ store: SeriesStore) { inner = ClusterMetricsTests.source(store) }

    func query(_ expression: String, at now: Instant) async throws -> [MetricElement] {
      asked.withLock { $0 += 1 }
      return try await inner.query(expression, at: now)
    }
  }

  @Test func theClusterIsReadNoMoreOftenThanSamplesCome() async throws {
    let world = try await Self.world()
    let store = SeriesStore()
    let source = CountingSource(store)
    let reader = ClusterReader()
    func look(after seconds: Int) async -> (view: WorldView, asked: Int) {
      let now = world.now.advanced(by: .seconds(seconds))
      let view = await reader.look(through: source, at: now, policy: Setting.policy(), priorityClasses: [:])
      return (view, source.asked.withLock { $0 })
    }
    let all = ClusterMetrics.Family.ofNow.count
    #expect(await look(after: 0).asked == all)
    let still = await look(after: 5)
    #expect(still.asked == 2 * all && still.view.nodes.value == nil, "what is not known is asked for again")
    try Self.scrape(world, into: store)
    let first = await look(after: 5)
    #expect(first.asked == 3 * all)
    let early = await look(after: 15)
    #expect(early.asked == 3 * all && early.view.nodes == first.view.nodes, "with the instant at which it was read")
    #expect(await look(after: 20).asked == 4 * all)
  }

  // MARK: - By hand

  private static let now = Setting.start

  private static func answers(
    _ told: [ClusterMetrics.Family: [([String: String], Double)]]
  ) -> ClusterMetrics.Answers {
    var answers: ClusterMetrics.Answers = [:]
    for family in ClusterMetrics.Family.allCases {
      let elements = (told[family] ?? []).map { MetricElement(labels: $0.0, value: $0.1, at: now) }
      answers[family] = .known(elements, at: now)
    }
    return answers
  }

  private static let web = ["namespace": "shop", "pod": "web-0", "uid": "u2"]

  private static func pod(_ more: [ClusterMetrics.Family: [([String: String], Double)]]) -> PodObservation? {
    var told: [ClusterMetrics.Family: [([String: String], Double)]] = [
      .podInfo: [(web.merging(["node": "n1"]) { $1 }, 1)], .podPhase: [(web.merging(["phase": "Running"]) { $1 }, 1)],
      .podRequests: [(web.merging(["container": "a", "resource": "cpu"]) { $1 }, 0.2)],
    ]
    told.merge(more) { $0 + $1 }
    return view(answers(told)).pods.value?.first
  }

  @Test func requestsFollowInitContainersSidecarsAndOverhead() throws {
    func cpu(_ container: String, _ cores: Double) -> ([String: String], Double) {
      (Self.web.merging(["container": container, "resource": "cpu"]) { $1 }, cores)
    }
    let sidecar = (Self.web.merging(["container": "log", "restart_policy": "Always"]) { $1 }, 1.0)
    #expect(Self.pod([:])?.requests.cpuMillicores == 200)
    #expect(Self.pod([.podRequests: [cpu("b", 0.3)]])?.requests.cpuMillicores == 500)
    #expect(Self.pod([.podInitRequests: [cpu("i", 0.7), cpu("j", 0.4)]])?.requests.cpuMillicores == 700)
    let both = [cpu("i", 0.7), cpu("log", 0.1)]
    #expect(Self.pod([.podInitRequests: both, .podInitInfo: [sidecar]])?.requests.cpuMillicores == 800)
    #expect(Self.pod([.podOverheadCPU: [(Self.web, 0.25)]])?.requests.cpuMillicores == 450)
    #expect(Self.pod([:])?.requests.pods == 1)
  }

  @Test func anAmountThatIsNoneMakesTheListUnknown() {
    for value in [Double.nan, -1, .infinity] {
      let told = Self.web.merging(["container": "b", "resource": "memory"]) { $1 }
      let more: [ClusterMetrics.Family: [([String: String], Double)]] = [.podRequests: [(told, value)]]
      #expect(Self.pod(more) == nil, "\(value)")
    }
  }

  @Test func theNodeAndTheNewestPodOfANameCount() throws {
    let before = (Self.web.merging(["node": ""]) { $1 }, 1.0)
    #expect(Self.pod([.podInfo: [before]])?.node == "n1")
    let old = Self.web.merging(["uid": "u1"]) { $1 }
    let pod = Self.pod([
      .podInfo: [(old.merging(["node": "n0"]) { $1 }, 1)], .podPhase: [(old.merging(["phase": "Failed"]) { $1 }, 1)],
      .podCreated: [(old, 100), (Self.web, 200)], .podDeleted: [(old, 150)],
    ])
    #expect(pod?.uid == "u2" && pod?.phase == .running && pod?.isTerminating == false)
    #expect(pod?.createdAt == Instant(seconds: 200))
  }

  @Test func namesThatWereMadeFitForMetricsAreTurnedBackWhereTheyAreKnown() {
    var policy = Setting.policy()
    policy.placement.zoneLabel = "example.com/dataCentre"
    let names = MetricNames(policy)
    let told = [
      "label_kubernetes_io_hostname": "n1", "label_worker_type": "spot", "label_example_com_data_centre": "a",
      "label_some_thing": "x", "node": "n1",
    ]
    #expect(
      names.original(told, prefix: "label_") == [
        "kubernetes.io/hostname": "n1", "worker-type": "spot", "example.com/dataCentre": "a", "some_thing": "x",
      ])
    #expect(names.resource("nvidia_com_gpu") == "nvidia.com/gpu" && names.resource("other") == "other")
    #expect(MetricNames.snake("fooBar9Baz") == "foo_bar9_baz" && MetricNames.plain("a.b/c-d_e") == "a_b_c_d_e")
  }

  @Test func aScrapesOwnLabelsDoNotHideTheObjects() throws {
    let web = [
      "namespace": "monitoring", "pod": "ksm-0", "exported_namespace": "shop", "exported_pod": "web-0", "uid": "u2",
      "exported_node": "n1", "node": "other", "container": "ksm", "exported_container": "a",
    ]
    func told(_ more: [String: String], _ value: Double = 1) -> ([String: String], Double) {
      (web.merging(more) { $1 }, value)
    }
    let view = Self.view(
      Self.answers([
        .podInfo: [told([:])], .podPhase: [told(["phase": "Pending"])],
        .podRequests: [told(["resource": "cpu"], 0.5)],
      ]))
    let pod = try #require(view.pods.value?.first)
    #expect(pod.key == PodKey(namespace: "shop", name: "web-0") && pod.node == "n1")
    #expect(pod.requests.cpuMillicores == 500 && pod.phase == .pending)
  }

  // MARK: - The loop

  @Test func withoutInfrastructureTheLoopSaysWhatItWouldDoAndWhatItCannotKnow() async throws {
    var world = try await Self.world()
    world.add(
      {
        var late = Setting.burstPods("late", count: 30)
        late.startsAt = world.now
        return late
      }())
    let clock = HandClock(world.now)
    let store = SeriesStore()
    var policy = Setting.policy(minimum: 0)
    policy.triggers = policy.triggers.filter { $0.kind == .pendingPods }.map { trigger in
      var trigger = trigger
      trigger.expression = "sum(kube_pod_status_unschedulable) or 0 * count(kube_node_info)"
      return trigger
    }
    var parts = ControlLoop.Parts(
      policy: policy, infrastructure: nil, journal: MemoryJournal(), metrics: Self.source(store), time: clock,
      identities: CountingIdentities())
    parts.logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
    let loop = try await ControlLoop(parts)
    for _ in 0..<8 {
      world.advance(to: clock.now())
      try Self.scrape(world, into: store)
      await loop.tick()
      clock.advance(by: .seconds(30))
    }
    let report = try #require(await loop.latest()?.report)
    let late = try #require(report.podGroups.first { $0.example.name.hasPrefix("late") })
    #expect(late.pods > 10 && late.outcome == .waits)
    #expect(late.reason.code == "hosts_unknown", "\(late.reason.sentence)")
    #expect(await loop.latest()?.plan.creations.isEmpty == true)
    let missing = await loop.status().missing
    #expect(missing.contains { $0.contains("hosts are not known") })
    #expect(missing.contains { $0.contains("kube-state-metrics, which tells no affinities") })
    #expect(!missing.contains { $0.contains("nodes are not known") || $0.contains("pods are not known") })
  }
}
