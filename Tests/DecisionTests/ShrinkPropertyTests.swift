import Model
import Testing

@testable import Decision

/// What must hold for whatever goes by choice, tried on many snapshots that are drawn from seeds.
@Suite struct ShrinkPropertyTests {
  static let batches = 0..<20
  static let batchSize = 50

  /// Made once for all that is asked of them.
  private static let drawn: [(scene: Scene, result: DecisionResult)] = (0..<batches.count * batchSize).map { seed in
    let scene = Scene.random(seed)
    return (scene, scene.decide())
  }

  /// All seeds of a batch whose plan lets a worker with pods go by choice.
  private func choices(_ batch: Int, _ body: (Int, Scene, DecisionResult, Set<NodeName>) -> Void) {
    for seed in batch * Self.batchSize..<(batch + 1) * Self.batchSize {
      let (scene, result) = Self.drawn[seed]
      let going = Set(result.plan.retirements.filter(\.byChoice).map { NodeName($0.worker.rawValue) })
      guard scene.snapshot.pods.value?.contains(where: { $0.node.map(going.contains) ?? false }) == true else {
        continue
      }
      body(seed, scene, result, going)
    }
  }

  @Test(arguments: batches)
  func whatGoesByChoiceMayGoAndItsPodsHavePlaces(_ batch: Int) {
    choices(batch) { seed, scene, result, going in
      checkBudgets(seed, scene, going)
      checkWhatMustNotMove(seed, scene, going)
      checkPools(seed, scene, result)
      let findsPlaces = BruteMove(scene, result, going).findsPlaces()
      #expect(findsPlaces, "seed \(seed)")
    }
  }

  private func checkBudgets(_ seed: Int, _ scene: Scene, _ going: Set<NodeName>) {
    let moved = (scene.snapshot.pods.value ?? []).filter {
      $0.node.map(going.contains) == true && !$0.belongsToNode && !$0.isFinished && !$0.isTerminating
    }
    guard let budgets = scene.snapshot.disruptionBudgets.value else {
      #expect(moved.isEmpty, "seed \(seed)")
      return
    }
    for budget in budgets {
      let own = moved.filter(budget.covers)
      let free = budget.alwaysAllowsUnhealthy || budget.currentHealthy >= budget.desiredHealthy
      let asked = own.count { $0.isReady || !free }
      #expect(asked <= max(0, budget.disruptionsAllowed), "seed \(seed): \(budget.text)")
      #expect(own.allSatisfy { pod in budgets.count { $0.covers(pod) } == 1 }, "seed \(seed): \(budget.text)")
    }
  }

  private func checkWhatMustNotMove(_ seed: Int, _ scene: Scene, _ going: Set<NodeName>) {
    for node in scene.snapshot.nodes.value ?? [] where going.contains(node.name) {
      #expect(node.annotations["karpenter.sh/do-not-disrupt"] != "true", "seed \(seed)")
    }
    let moved = (scene.snapshot.pods.value ?? []).filter {
      $0.node.map(going.contains) == true && !$0.belongsToNode && !$0.isFinished
    }
    for pod in moved {
      #expect(pod.ownerKind != nil, "seed \(seed): \(pod.key)")
      #expect(pod.annotations["cluster-autoscaler.kubernetes.io/safe-to-evict"] != "false", "seed \(seed)")
      #expect(scene.policy.draining.deleteEmptyDirData || pod.localVolumes.isEmpty, "seed \(seed): \(pod.key)")
    }
  }

  /// No pool shrinks by choice below its minimum, or on readings that are missing.
  private func checkPools(_ seed: Int, _ scene: Scene, _ result: DecisionResult) {
    for pool in scene.policy.pools {
      let own = result.plan.retirements.filter { $0.worker.rawValue.contains("-\(pool.name)-") }
      guard own.contains(where: \.byChoice) else { continue }
      let wanted = scene.snapshot.workers.count { $0.pool == pool.name && $0.isStaying }
      #expect(wanted - own.count >= pool.minimum, "seed \(seed)")
      for trigger in scene.policy.triggers where trigger.pool == pool.name {
        #expect(scene.snapshot.readings[trigger.name]?.value?.value.isNaN == false, "seed \(seed)")
      }
    }
  }

  /// The seeds must try what they are for.
  @Test func theSeedsLetWorkersGoForEveryReason() {
    var codes: [String: Int] = [:]
    for (_, result) in Self.drawn {
      for code in result.plan.retirements.map(\.reason.code) + result.plan.creations.map(\.reason.code) {
        codes[code, default: 0] += 1
      }
    }
    for code in ["under_used", "consolidated", "idle_timeout", "consolidates", "preempted", "expired"] {
      #expect(codes[code, default: 0] >= 5, "\(codes)")
    }
  }
}

/// Tries every assignment of the pods that move, and of the pending pods that are said to fit on nodes that are there, to
/// the nodes that stay.
struct BruteMove {
  private struct Node {
    var free: Resources
    let taints: [Taint]
    let labels: [String: String]
    var apps: [String]
  }

  private var nodes: [Node] = []
  private var pods: [PodObservation] = []

  init(_ scene: Scene, _ result: DecisionResult, _ going: Set<NodeName>) {
    let all = scene.snapshot.pods.value ?? []
    let closed = Set(
      scene.snapshot.workers.filter { $0.removal != nil || $0.state.isLeaving || $0.state == .repairing }.map(\.name)
        + result.plan.retirements.map(\.worker))
    for node in scene.snapshot.nodes.value ?? [] where node.isReady && !node.unschedulable {
      if closed.contains(WorkerName(node.name.rawValue)) { continue }
      let own = all.filter { $0.node == node.name && !$0.isFinished }
      let taken = own.reduce(Resources.zero) { $0 + $1.requests + Resources(pods: 1) }
      nodes.append(
        Node(
          free: node.allocatable - taken, taints: node.taints, labels: node.labels,
          apps: own.compactMap { $0.labels["app"] }))
    }
    pods = all.filter { $0.node.map(going.contains) == true && !$0.belongsToNode && !$0.isFinished }
    // What goes for other reasons may be where pending pods were to run.
    let isByChoice = result.plan.retirements.allSatisfy(\.byChoice)
    for group in result.report.podGroups where isByChoice {
      let example = all.first { $0.key == group.example }!
      pods += Array(repeating: example, count: Int(group.reason.data["existing"] ?? "0")!)
    }
    pods.sort { ($1.requests.cpuMillicores, $0.key) < ($0.requests.cpuMillicores, $1.key) }
  }

  func findsPlaces() -> Bool {
    var rooms = nodes
    var budget = 400_000
    return place(0, 0, &rooms, &budget)
  }

  /// Equal pods go to nodes in ascending order: other assignments of them are the same.
  private func place(_ index: Int, _ first: Int, _ rooms: inout [Node], _ budget: inout Int) -> Bool {
    guard index < pods.count else { return true }
    let pod = pods[index]
    let demand = pod.requests + Resources(pods: 1)
    for node in rooms.indices.dropFirst(first) where allows(pod, rooms[node]) && demand.fits(in: rooms[node].free) {
      budget -= 1
      guard budget > 0 else { return false }
      rooms[node].free -= demand
      rooms[node].apps += pod.labels["app"].map { [$0] } ?? []
      let isSame = index + 1 < pods.count && pods[index + 1].isLike(pod)
      if place(index + 1, isSame ? node : 0, &rooms, &budget) { return true }
      rooms[node].free += demand
      if pod.labels["app"] != nil { rooms[node].apps.removeLast() }
    }
    return false
  }

  private func allows(_ pod: PodObservation, _ node: Node) -> Bool {
    for taint in node.taints where taint.effect != .preferNoSchedule {
      guard pod.tolerations.contains(where: { $0.tolerates(taint) }) else { return false }
    }
    if !pod.constraints.podAntiAffinity.isEmpty, node.apps.contains(pod.labels["app"]!) { return false }
    return pod.nodeSelector.allSatisfy { node.labels[$0.key] == $0.value }
  }
}

extension PodObservation {
  fileprivate func isLike(_ other: PodObservation) -> Bool {
    requests == other.requests && tolerations == other.tolerations && labels == other.labels
      && nodeSelector == other.nodeSelector
  }
}
