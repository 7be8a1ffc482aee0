package import Decision
package import Model

/// A whole decision to be timed: a snapshot of a synthetic cluster, with what the plan must come to.
package struct ClusterShape {
  package let name: String
  package let snapshot: Snapshot
  package let policy: Policy
  /// What the plan must be; a sentence about what is wrong otherwise.
  package let flaw: @Sendable (DecisionResult) -> String?
}

extension ClusterShape {
  /// Shapes of Cluster Autoscaler's own benchmarks, and of large clusters.
  package static func all() -> [ClusterShape] {
    [
      binpacking(), filter(nodes: 1000, pods: 12_000), filter(nodes: 200, pods: 60_000), equal(), shrinking(),
      surge(by: ClusterBuilder.hostname), surge(by: ClusterBuilder.zone),
      mixed(nodes: 1000, podsEach: 30, pending: 5000, kinds: 200),
      mixed(nodes: 1000, podsEach: 30, pending: 50_000, kinds: 200),
      mixed(nodes: 5000, podsEach: 30, pending: 20_000, kinds: 1000),
    ]
  }

  /// 50,000 pods of 50 millicores and 1,000 of 95 onto workers of 1,000 millicores and 100 pods: 2,595 workers.
  package static func binpacking() -> ClusterShape {
    var builder = ClusterBuilder()
    builder.template(cpu: 1000, memory: 1 << 40, pods: 100)
    builder.pend(1000, cpu: 95, memory: 0, named: "large")
    builder.pend(50_000, cpu: 50, memory: 0, named: "small")
    return builder.shape("51,000 pods onto empty workers") { result in
      result.plan.creations.count == 2595 ? nil : "\(result.plan.creations.count) workers instead of 2,595"
    }
  }

  /// Pods that fit on no node for want of memory, and on no new worker either.
  package static func filter(nodes: Int, pods: Int) -> ClusterShape {
    var builder = ClusterBuilder()
    builder.template(cpu: 2000, memory: 1 << 30, pods: 100)
    for number in 0..<nodes {
      let node = builder.node(cpu: 2000, memory: 1 << 30, pods: 100)
      builder.run(1, on: node, cpu: 1000, memory: 1 << 20, named: "run-\(number)")
    }
    builder.pend(pods, cpu: 500, memory: 1 << 40, named: "huge")
    return builder.shape("\(pods) pods that fit nowhere, \(nodes) nodes") { result in
      result.plan.isEmpty ? nil : "something was planned"
    }
  }

  /// 10,000 equal pods, 50 to a worker.
  package static func equal() -> ClusterShape {
    var builder = ClusterBuilder()
    builder.template(cpu: 5000, memory: 1 << 34, pods: 100)
    builder.pend(10_000, cpu: 100, memory: 1 << 24, named: "web")
    return builder.shape("10,000 equal pods onto 200 workers") { result in
      result.plan.creations.count == 200 ? nil : "\(result.plan.creations.count) workers instead of 200"
    }
  }

  /// 400 workers with 40 pods each, little used: the pods of 240 fit on the others.
  package static func shrinking() -> ClusterShape {
    var builder = ClusterBuilder()
    builder.template(cpu: 10_000, memory: 1 << 35, pods: 110)
    builder.policy.pace.shrinkPercent = 100
    for number in 0..<400 {
      let worker = builder.worker()
      builder.run(40, on: worker, cpu: 95, memory: 1 << 24, named: "run-\(number)")
    }
    builder.policy.pools[0].kind = .burst
    builder.policy.pools[0].idleTimeout = .minutes(30)
    builder.underUse()
    return builder.shape("400 workers with 40 pods each, of which 240 can go") { result in
      result.plan.retirements.count >= 240 ? nil : "\(result.plan.retirements.count) go instead of 240"
    }
  }

  /// 500 nodes with 10 pods each and 100 new pods that keep apart.
  package static func surge(by key: String) -> ClusterShape {
    var builder = ClusterBuilder(zones: 3)
    builder.template(cpu: 4000, memory: 1 << 34, pods: 110)
    for number in 0..<500 {
      let node = builder.node(cpu: 4000, memory: 1 << 34, pods: 110)
      builder.run(10, on: node, cpu: 390, memory: 1 << 24, named: "run-\(number)")
    }
    builder.pend(100, cpu: 500, memory: 1 << 24, named: "surge") { pod in
      let own = LabelSelector(matchLabels: ["app": "surge"])
      pod.constraints.podAntiAffinity = [PodAffinityTerm(selector: own, topologyKey: key)]
    }
    let expected = key == ClusterBuilder.zone ? 3 : 100
    return builder.shape("100 pods that keep apart by \(key), 500 nodes") { result in
      result.plan.creations.count == expected ? nil : "\(result.plan.creations.count) workers instead of \(expected)"
    }
  }

  /// A large cluster with pending pods of many kinds, a tenth of them with anti-affinity, a tenth spread over zones.
  package static func mixed(nodes: Int, podsEach: Int, pending: Int, kinds: Int) -> ClusterShape {
    var builder = ClusterBuilder(zones: 3)
    builder.template(cpu: 16_000, memory: 1 << 36, pods: 110)
    builder.template(cpu: 8000, memory: 1 << 34, pods: 110)
    builder.template(cpu: 4000, memory: 1 << 35, pods: 110)
    var random = SeededNumbers(7)
    for number in 0..<nodes {
      let node = builder.node(cpu: 8000, memory: 1 << 35, pods: 110)
      for pod in 0..<podsEach {
        let kind = (number * podsEach + pod) % kinds
        builder.run(
          1, on: node, cpu: Int64(random.number(150...330)), memory: Int64(random.number(64...512)) << 20,
          named: "kind-\(kind)-run-\(number)-\(pod)", app: "kind-\(kind)")
      }
    }
    for kind in 0..<kinds {
      let app = "kind-\(kind)"
      let own = LabelSelector(matchLabels: ["app": app])
      let count = pending / kinds
      builder.pend(
        count, cpu: Int64(random.number(1...30) * 100), memory: Int64(random.number(1...48)) << 27, named: app
      ) { pod in
        if kind % 10 == 0 {
          pod.constraints.podAntiAffinity = [PodAffinityTerm(selector: own, topologyKey: ClusterBuilder.hostname)]
        }
        if kind % 10 == 5 {
          pod.constraints.topologySpread = [
            TopologySpreadConstraint(maxSkew: 1, topologyKey: ClusterBuilder.zone, selector: own)
          ]
        }
      }
    }
    return builder.shape("\(nodes) nodes × \(podsEach) pods, \(pending) pending of \(kinds) kinds") { result in
      result.plan.creations.isEmpty ? "nothing was planned" : nil
    }
  }
}

/// Puts a synthetic cluster together: one pool without limits, hosts without end.
package struct ClusterBuilder {
  package static let hostname = "kubernetes.io/hostname"
  package static let zone = "topology.kubernetes.io/zone"
  static let now = Instant(rfc3339: "2026-11-10T12:00:00Z")!

  package var policy: Policy
  private var snapshot: Snapshot
  private var nodes: [NodeObservation] = []
  private var pods: [PodObservation] = []
  private let zones: Int

  /// - Parameter zones: hosts, each a zone of its own; 0: one host and no zones.
  package init(zones: Int = 0) {
    self.zones = zones
    var pool = Pool(name: "pool", kind: .permanent, maximum: 1_000_000, defaultTemplate: "t1", templates: [])
    pool.servesPendingPods = true
    policy = Policy(clusterName: "bench", pools: [pool], templates: [])
    policy.provisioning.parallelLimit = 1_000_000
    snapshot = Snapshot(now: Self.now)
    snapshot.machines = .known([], at: Self.now)
    snapshot.daemonSets = .known([], at: Self.now)
    snapshot.disruptionBudgets = .known([], at: Self.now)
    if zones > 0 { policy.placement.zoneLabel = Self.zone }
    let hosts = (0..<max(1, zones)).map { number in
      HostObservation(
        name: HostName("host-\(number)"), online: true, cpuCores: 1 << 30, memoryBytes: 1 << 60,
        freeStorageBytes: 1 << 60)
    }
    snapshot.hosts = .known(hosts, at: Self.now)
    snapshot.spending = .known(
      Spending(
        month: "2026-11", monthStart: Instant(rfc3339: "2026-11-01T00:00:00Z")!,
        monthEnd: Instant(rfc3339: "2026-12-01T00:00:00Z")!), at: Self.now)
    policy.triggers.append(
      Trigger(name: "pending", pool: "pool", kind: .pendingPods, expression: "vector(1)", threshold: 1, hold: .zero))
    snapshot.readings["pending"] = .known(Reading(value: 1, at: Self.now), at: Self.now)
  }

  /// A template whose price follows its size: 0.02 an hour for a core, 0.004 for a GiB.
  package mutating func template(cpu: Int64, memory: Int64, pods: Int64) {
    let name = TemplateName("t\(policy.templates.count + 1)")
    let gibibytes = min(memory >> 30, 1024)
    let machine = Template.Machine(cpuCores: Int(cpu / 1000), memoryBytes: gibibytes << 30, diskBytes: 1 << 30)
    let price = Money(microunits: cpu * 20 + gibibytes * 4000)
    policy.templates.append(
      Template(
        name: name, source: MachineID(9000 + policy.templates.count), machine: machine,
        allocatable: Resources(
          cpuMillicores: cpu, memoryBytes: memory, ephemeralStorageBytes: 1 << 40, pods: pods),
        price: HourlyPrice(perHour: price)))
    policy.pools[0].templates.append(name)
  }

  /// Nothing pends, and all workers have been little used for long.
  package mutating func underUse() {
    policy.triggers = []
    snapshot.readings = [:]
    let since = Self.now.advanced(by: .hours(-3))
    snapshot.memory.underUsedSince = Dictionary(
      uniqueKeysWithValues: snapshot.workers.map { ($0.name, since) })
  }

  /// A node of nobody's.
  @discardableResult
  package mutating func node(cpu: Int64, memory: Int64, pods: Int64) -> NodeName {
    add(
      NodeName("node-\(nodes.count)"),
      Resources(cpuMillicores: cpu, memoryBytes: memory, ephemeralStorageBytes: 1 << 40, pods: pods))
  }

  /// A worker of ours of the first template, ready for a day.
  package mutating func worker() -> NodeName {
    let template = policy.templates[0]
    let name = WorkerName(pool: "pool", number: nodes.count + 1)
    var record = WorkerRecord(
      id: WorkerID("id-\(nodes.count)"), name: name, pool: "pool", template: template.name, price: template.price,
      reason: Reason("requested", "For a measurement."), createdAt: Self.now.advanced(by: .hours(-24)))
    record.state = .ready
    record.machine = MachineID(10_000 + nodes.count)
    record.readyAt = record.createdAt
    record.billedFrom = record.createdAt
    snapshot.workers.append(record)
    return add(NodeName(name.rawValue), template.allocatable)
  }

  private mutating func add(_ name: NodeName, _ allocatable: Resources) -> NodeName {
    var node = NodeObservation(
      name: name, uid: name.rawValue, createdAt: Self.now.advanced(by: .hours(-24)), allocatable: allocatable)
    node.labels = [Self.hostname: name.rawValue, "node-pool": "pool"]
    if zones > 0 { node.labels[Self.zone] = "host-\(nodes.count % zones)" }
    node.conditions["Ready"] = NodeObservation.Condition(status: .yes, since: node.createdAt)
    nodes.append(node)
    return name
  }

  package mutating func run(
    _ count: Int, on node: NodeName, cpu: Int64, memory: Int64, named name: String, app: String? = nil
  ) {
    for number in 0..<count {
      var pod = pod("\(name)-\(number)", cpu, memory, app ?? name)
      pod.phase = .running
      pod.node = node
      pods.append(pod)
    }
  }

  package mutating func pend(
    _ count: Int, cpu: Int64, memory: Int64, named name: String, _ change: (inout PodObservation) -> Void = { _ in }
  ) {
    for number in 0..<count {
      var pod = pod("\(name)-pending-\(number)", cpu, memory, name)
      pod.phase = .pending
      pod.unschedulable = true
      change(&pod)
      pods.append(pod)
    }
  }

  private func pod(_ name: String, _ cpu: Int64, _ memory: Int64, _ app: String) -> PodObservation {
    var pod = PodObservation(
      key: PodKey(namespace: "default", name: name), uid: name, createdAt: Self.now.advanced(by: .minutes(-5)),
      phase: .running, requests: Resources(cpuMillicores: cpu, memoryBytes: memory))
    pod.labels = ["app": app]
    pod.ownerKind = "ReplicaSet"
    pod.ownerName = app
    return pod
  }

  package func shape(_ name: String, flaw: @escaping @Sendable (DecisionResult) -> String?) -> ClusterShape {
    var snapshot = snapshot
    snapshot.nodes = .known(nodes, at: Self.now)
    snapshot.pods = .known(pods, at: Self.now)
    return ClusterShape(name: name, snapshot: snapshot, policy: policy, flaw: flaw)
  }
}
