import Model
import Testing

@testable import Decision

/// Plans for pods with rules about nodes and other pods, held against the reference scheduler: all that a report says will
/// run can be scheduled, in some order, on the nodes that there will be.
@Suite struct PlannedPlacementTests {
  static let batches = 0..<16
  static let batchSize = 12
  static let zone = "topology.kubernetes.io/zone"
  static let hostname = "kubernetes.io/hostname"

  @Test(arguments: batches)
  func whatIsSaidToRunCanBeScheduled(_ batch: Int) {
    var helped = 0
    for seed in batch * Self.batchSize..<(batch + 1) * Self.batchSize {
      let scene = Self.scene(seed)
      let result = scene.decide()
      #expect(PlanChecker.check(result.plan, snapshot: scene.snapshot, policy: scene.policy).isEmpty, "seed \(seed)")
      helped += result.report.podGroups.count { $0.outcome == .newWorkers }
      var search = OrderSearch(scene, result)
      let isFound = search.finds()
      #expect(isFound, "seed \(seed): \(result.report.podGroups.map(\.reason.sentence))")
    }
    #expect(helped > 0, "no seed of this batch has had a group that new workers help")
  }

  @Test(arguments: batches)
  func theOrderOfTheInputDoesNotMatter(_ batch: Int) {
    for seed in batch * Self.batchSize..<(batch + 1) * Self.batchSize {
      let scene = Self.scene(seed)
      #expect(scene.decide() == scene.shuffled(seed).decide(), "seed \(seed)")
    }
  }

  private static func scene(_ seed: Int) -> Scene {
    var random = Seeded(5_000_000 + seed)
    var scene = Scene(isFull: random.chance(60))
    scene.policy.provisioning.parallelLimit = random.pick([2, 20, 20])
    scene.changePool("burst") { $0.monthlyBudget = nil }
    scene.policy.money.burstEventMaximum = nil
    if random.chance(80) { scene.policy.placement.zoneLabel = zone }
    for (number, worker) in scene.snapshot.workers.map(\.name).enumerated() {
      scene.changeNode(worker) {
        $0.labels[zone] = "pve-0\(number % 3 + 1)"
        $0.labels[hostname] = worker.rawValue
      }
    }
    scene.policy.triggers.append(Scene.trigger("spot/pending_pods", "spot", .pendingPods, 1, .zero))
    scene.fire("burst/pending_pods", 12)
    if random.chance(50) { scene.fire("spot/pending_pods", 12) }
    for worker in ["worker-permanent-001", "worker-permanent-002"] where random.chance(50) {
      let app = random.pick(["a", "b"])
      let keepsOut = random.chance(30)
      scene.addRunning(1, on: WorkerName(stringLiteral: worker), cpu: 50, memory: 50, named: "old-\(app)-\(worker)") {
        $0.labels = ["app": app]
        if keepsOut {
          $0.constraints.podAntiAffinity = [
            PodAffinityTerm(selector: LabelSelector(matchLabels: ["app": "a"]), topologyKey: Self.zone)
          ]
        }
      }
    }
    for group in 0..<random.number(1...3) { addGroup(group, &scene, &random) }
    return scene
  }

  private static func addGroup(_ group: Int, _ scene: inout Scene, _ random: inout Seeded) {
    let app = random.pick(["a", "b"])
    let key = random.pick([zone, hostname])
    let other = LabelSelector(matchLabels: ["app": random.pick(["a", "b"])])
    let tolerations = [Scene.burstTaint, Scene.spotTaint].filter { _ in random.chance(80) }.map {
      Toleration(key: $0.key, value: $0.value, effect: $0.effect)
    }
    let (rule, skew, ports) = (random.number(0...6), random.number(1...2), random.chance(15))
    scene.addPending(
      random.number(1...4), cpu: Int64(random.number(2...30) * 100), memory: 500, waiting: .minutes(5),
      named: "group\(group)"
    ) { pod in
      pod.labels = ["app": app]
      pod.tolerations = tolerations
      switch rule {
      case 0, 1: pod.constraints.podAntiAffinity = [PodAffinityTerm(selector: other, topologyKey: key)]
      case 2, 3:
        pod.constraints.topologySpread = [TopologySpreadConstraint(maxSkew: skew, topologyKey: key, selector: other)]
      case 4: pod.constraints.podAffinity = [PodAffinityTerm(selector: other, topologyKey: key)]
      default: break
      }
      if ports { pod.constraints.hostPorts = [HostPort(80)] }
    }
  }
}

/// Looks for an order and an assignment in which the reference scheduler takes all pods that a report says will run.
private struct OrderSearch {
  private var scheduler: ReferenceScheduler
  private var claims: [PodObservation] = []
  private var budget = 20_000

  init(_ scene: Scene, _ result: DecisionResult) {
    let pods = scene.snapshot.pods.value!
    var nodes = scene.snapshot.nodes.value!
    for creation in result.plan.creations {
      let (pool, template) = (scene.pool(creation.pool), scene.policy.template(creation.template)!)
      var node = NodeObservation(
        name: NodeName(creation.worker.rawValue), uid: "new", createdAt: Scene.now, allocatable: template.allocatable)
      node.labels = pool.labels
      node.labels["kubernetes.io/hostname"] = creation.worker.rawValue
      if let label = scene.policy.placement.zoneLabel { node.labels[label] = creation.host!.rawValue }
      node.taints = pool.taints
      node.conditions["Ready"] = NodeObservation.Condition(status: .yes, since: Scene.now)
      nodes.append(node)
    }
    scheduler = ReferenceScheduler(
      nodes: nodes,
      residents: pods.compactMap { pod in pod.node.map { ReferenceScheduler.Resident(pod: pod, node: $0) } },
      namespaceLabels: [:])
    for group in result.report.podGroups {
      let pod = pods.first { $0.key == group.example }!
      claims += Array(repeating: pod, count: group.pods - Int(group.reason.data["waiting"]!)!)
    }
  }

  mutating func finds() -> Bool {
    guard !claims.isEmpty else { return true }
    let given = claims
    let isFound = place(given) || retry(given.reversed())
    return isFound
  }

  private mutating func retry(_ order: [PodObservation]) -> Bool {
    budget = 20_000
    return place(order)
  }

  /// Any pod may come next: what it needs may have to be there first, or not yet.
  private mutating func place(_ rest: [PodObservation]) -> Bool {
    guard !rest.isEmpty else { return true }
    var tried: Set<PodKey> = []
    for index in rest.indices where tried.insert(rest[index].key).inserted {
      for node in scheduler.nodes where scheduler.allows(rest[index], on: node.name) {
        budget -= 1
        guard budget > 0 else { return false }
        scheduler.residents.append(ReferenceScheduler.Resident(pod: rest[index], node: node.name))
        var others = rest
        others.remove(at: index)
        if place(others) { return true }
        scheduler.residents.removeLast()
      }
    }
    return false
  }
}
