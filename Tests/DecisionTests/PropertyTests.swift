import Foundation
import Model
import Testing

@testable import Decision

/// What must hold for every snapshot, tried on many that are drawn from seeds.
@Suite struct PropertyTests {
  static let batches = 0..<20
  /// Together 2,000 snapshots, or as many as the environment asks for.
  static let batchSize = (Int(ProcessInfo.processInfo.environment["POOLKEEPER_SNAPSHOTS"] ?? "") ?? 2000) / 20

  @Test(arguments: batches)
  func everyPlanPassesTheChecker(_ batch: Int) {
    for seed in batch * Self.batchSize..<(batch + 1) * Self.batchSize {
      let scene = Scene.random(seed)
      let violations = PlanChecker.check(scene.decide().plan, snapshot: scene.snapshot, policy: scene.policy)
      #expect(violations.isEmpty, "seed \(seed): \(violations)")
    }
  }

  @Test(arguments: batches)
  func theOrderOfTheInputDoesNotMatter(_ batch: Int) {
    for seed in batch * 20..<(batch + 1) * 20 {
      let scene = Scene.random(seed)
      let first = scene.decide()
      let second = scene.shuffled(seed).decide()
      #expect(first == second, "seed \(seed)")
    }
  }

  @Test(arguments: batches)
  func nothingIsDoneWhenNothingIsKnown(_ batch: Int) {
    for seed in batch * 20..<(batch + 1) * 20 {
      var scene = Scene.random(seed)
      scene.snapshot.nodes = .unknown("lost")
      scene.snapshot.pods = .unknown("lost")
      scene.snapshot.hosts = .unknown("lost")
      scene.snapshot.spending = .unknown("lost")
      scene.snapshot.readings = [:]
      let plan = scene.decide().plan
      #expect(plan.creations.isEmpty && plan.retirements.isEmpty && plan.repairs.isEmpty, "seed \(seed)")
    }
  }

  @Test(arguments: batches)
  func everySentenceAndCodeIsFitToBeShown(_ batch: Int) {
    let codes = Set(ReasonCode.allCases.map(\.rawValue))
    for seed in batch * 20..<(batch + 1) * 20 {
      let scene = Scene.random(seed)
      let result = scene.decide()
      var reasons = result.report.pools.flatMap(\.reasons)
      reasons += result.report.triggers.map(\.reason) + result.report.podGroups.map(\.reason)
      reasons += result.report.requests.map(\.reason) + result.report.workers.map(\.reason)
      reasons += result.report.triggers.compactMap(\.forecast) + result.report.budgets.compactMap(\.reason)
      reasons += (result.report.alerts ?? []).map(\.reason) + (result.report.schedules ?? []).map(\.reason)
      for reason in reasons {
        #expect(codes.contains(reason.code), "seed \(seed): \(reason.code)")
        #expect(reason.sentence.hasSuffix(".") && !reason.sentence.contains("  "), "seed \(seed): \(reason.sentence)")
        #expect(reason.sentence.first?.isLowercase == false, "seed \(seed): \(reason.sentence)")
      }
      #expect(result.report.pools.count == scene.policy.pools.count)
      #expect(result.report.pools.allSatisfy { !$0.reasons.isEmpty }, "seed \(seed)")
      #expect(result.report.workers.count == scene.snapshot.workers.count { $0.state != .terminated })
    }
  }

  @Test(arguments: batches)
  func podsThatAreSaidToFitDoFit(_ batch: Int) {
    for seed in batch * 30..<(batch + 1) * 30 {
      let scene = Scene.random(seed)
      let result = scene.decide()
      let fits = BruteScheduler(scene, result).canPlaceWhatIsClaimed()
      #expect(fits, "seed \(seed)")
    }
  }
}

/// A scheduler of its own that places single pods on single nodes, trying every assignment of kinds of pods.
struct BruteScheduler {
  private struct Node {
    var free: Resources
    let taints: [Taint]
    let labels: [String: String]
  }

  private var nodes: [Node] = []
  private var claims: [(pod: PodObservation, count: Int)] = []

  init(_ scene: Scene, _ result: DecisionResult) {
    guard let pods = scene.snapshot.pods.value, let observed = scene.snapshot.nodes.value else { return }
    let gone = scene.snapshot.workers.filter { $0.removal != nil || $0.state.isLeaving || $0.state == .repairing }
    for node in observed where node.isReady && !node.unschedulable {
      if gone.contains(where: { $0.name.rawValue == node.name.rawValue }) { continue }
      var free = node.allocatable
      for pod in pods where pod.node == node.name && !pod.isFinished {
        free -= pod.requests + Resources(pods: 1)
      }
      nodes.append(Node(free: free, taints: node.taints, labels: node.labels))
    }
    func add(_ pool: PoolName, _ template: TemplateName) {
      let (pool, template) = (scene.policy.pool(pool)!, scene.policy.template(template)!)
      nodes.append(Node(free: template.allocatable, taints: pool.taints, labels: pool.labels))
    }
    for worker in scene.snapshot.workers where worker.state.isUnderWay && worker.removal == nil {
      add(worker.pool, worker.template)
    }
    for creation in result.plan.creations { add(creation.pool, creation.template) }
    for group in result.report.podGroups {
      let waiting = Int(group.reason.data["waiting"] ?? "0")!
      claims.append((pods.first { $0.key == group.example }!, group.pods - waiting))
    }
  }

  /// Whether the pods that the report says will run can run together.
  func canPlaceWhatIsClaimed() -> Bool {
    let counts = claims.map(\.count)
    guard counts.reduce(0, +) > 0 else { return true }
    var budget = 0
    for order in orders() {
      var rooms = nodes
      budget = 100_000
      if place(order, 0, 0, 0, &rooms, &budget) { return true }
    }
    return false
  }

  /// As given, by size, and the most constrained first.
  private func orders() -> [[Int]] {
    let given = Array(claims.indices)
    func size(_ index: Int) -> Double {
      let requests = claims[index].pod.requests
      return Double(requests.cpuMillicores) / 15_800 + Double(requests.memoryBytes) / Double(Int64.mebibytes(30_720))
    }
    let freedom = given.map { index in nodes.count { allows(claims[index].pod, $0) } }
    let bySize = given.sorted { size($0) > size($1) }
    return [given, bySize, bySize.sorted { freedom[$0] < freedom[$1] }]
  }

  /// Equal pods go to nodes in ascending order: other assignments of them are the same.
  private func place(
    _ order: [Int], _ index: Int, _ placed: Int, _ first: Int, _ rooms: inout [Node], _ budget: inout Int
  ) -> Bool {
    guard index < order.count else { return true }
    let (pod, count) = claims[order[index]]
    guard placed < count else { return place(order, index + 1, 0, 0, &rooms, &budget) }
    budget -= 1
    guard budget > 0 else { return false }
    let demand = pod.requests + Resources(pods: 1)
    for node in rooms.indices.dropFirst(first) where allows(pod, rooms[node]) && demand.fits(in: rooms[node].free) {
      rooms[node].free -= demand
      if place(order, index, placed + 1, node, &rooms, &budget) { return true }
      rooms[node].free += demand
      if budget <= 0 { return false }
    }
    return false
  }

  private func allows(_ pod: PodObservation, _ node: Node) -> Bool {
    for taint in node.taints where taint.effect != .preferNoSchedule {
      guard pod.tolerations.contains(where: { $0.tolerates(taint) }) else { return false }
    }
    return pod.nodeSelector.allSatisfy { node.labels[$0.key] == $0.value }
  }
}
