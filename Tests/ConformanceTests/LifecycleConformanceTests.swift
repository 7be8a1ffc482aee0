import ControlLoop
import Exposition
import Foundation
import JournalStore
import Logging
import Model
import Ports
import Simulator
import Testing

/// The whole of a worker's life, carried out by the loop through the ports on trial.
@Suite(.serialized) struct LifecycleConformanceTests {
  @Test(.timeLimit(.minutes(5)), arguments: Ground.Way.allCases)
  func workersComeAreRepairedDrainedAndRemoved(_ way: Ground.Way) async throws {
    try await Ground.with(way, prepare: Self.webPods) { ground in
      try await Running.with(ground) { running in
        try await Self.provision(running)
        try await Self.repair(running)
        try await Self.drain(running)
        try await Self.end(running)
      }
    }
  }

  /// Six pods of a shop that only burst workers take, of which four must run at any time.
  private static func webPods(_ world: inout World) { addShop(to: &world, replicas: 6) }

  private static func addShop(to world: inout World, replicas: Double) {
    var pod = PodTemplate(
      requests: Resources(cpuMillicores: 1000, memoryBytes: .mebibytes(1024)), labels: ["app": "shop"])
    pod.tolerations = [Toleration(key: "workload-type", value: "burst", effect: .noSchedule)]
    pod.nodeSelector = ["node-pool": "burst"]
    world.add(Workload(name: "shop", kind: .deployment(replicas: .constant(replicas)), pod: pod, startsAt: world.now))
    guard replicas > 0 else { return }
    world.add(DisruptionBudget(name: "shop", selector: ["app": "shop"], bound: .minAvailable(4)))
  }

  private static func provision(_ running: Running) async throws {
    var order = ScaleOrder(pool: "burst", workers: 3, template: "small")
    order.timeToLive = .hours(4)
    order.id = "conformance"
    _ = try await running.loop.scale(order, by: "ann")
    _ = try await running.loop.scale(order, by: "ann")
    try await running.ground.eventually(within: .seconds(120), "three workers are ready") {
      await running.workers(.ready).count == 3 ? true : nil
    }
    let nodes = try await running.ground.ports.cluster.nodes()
    let ours = nodes.filter { $0.labels["node-pool"] == "burst" }
    #expect(
      ours.map(\.name.rawValue).sorted() == ["worker-burst-002", "worker-burst-003", "worker-burst-004"],
      "another cluster's machine has the first name")
    for node in ours {
      #expect(node.labels["worker-type"] == "temporary" && node.labels["workload-size"] == "small")
      #expect(node.labels["ttl"].flatMap { Int64($0) } != nil && node.labels["provisioned-at"] != nil)
      #expect(node.taints.contains(Taint(key: "workload-type", value: "burst", effect: .noSchedule)))
      #expect(!node.taints.contains { $0.key.hasPrefix("poolkeeper.dev/") })
    }
    try await running.ground.eventually("all pods run") {
      running.ground.world.look { $0.pods.values.count { $0.workload == "shop" && $0.ready } } == 6 ? true : nil
    }
  }

  private static func repair(_ running: Running) async throws {
    try running.ground.world.change { world in
      world.add(ScheduledFault(at: world.now, kind: .kubeletDies(.node("worker-burst-003"), cure: .restart)))
    }
    try await running.ground.eventually(within: .seconds(120), "the worker is seen to be unhealthy") {
      await running.loop.workers().first { $0.record.name == "worker-burst-003" }?.record.state == .unhealthy
        ? true : nil
    }
    try await running.ground.eventually(within: .seconds(120), "the worker is repaired") {
      await running.workers(.ready).count == 3 ? true : nil
    }
    #expect(running.ground.world.look { $0.machines.values.count { $0.owner?.pool == "burst" && $0.running } } >= 3)
  }

  private static func drain(_ running: Running) async throws {
    _ = try await running.loop.remove("worker-burst-002", force: false, by: "ann")
    try await running.ground.eventually(within: .seconds(180), "the worker is gone") {
      await running.loop.workers().contains { $0.record.name == "worker-burst-002" } ? nil : true
    }
    let report = running.ground.world.look { $0.report }
    #expect(report.budgetViolations.isEmpty, "\(report.budgetViolations)")
    let names = try await running.ground.ports.cluster.nodes().map(\.name.rawValue)
    #expect(!names.contains("worker-burst-002") && names.contains("worker-burst-003"))
  }

  private static func end(_ running: Running) async throws {
    try running.ground.world.change { addShop(to: &$0, replicas: 0) }
    for name: WorkerName in ["worker-burst-003", "worker-burst-004"] {
      // One that is empty may be going by now.
      do { _ = try await running.loop.remove(name, force: true, by: "ann") } catch let error as OperationError {
        #expect(error.code == .conflict || error.code == .notFound, "\(error)")
      }
    }
    try await running.ground.eventually(within: .seconds(180), "no worker is left") {
      await running.loop.workers().isEmpty ? true : nil
    }
    let report = running.ground.world.look { $0.report }
    #expect(report.liveMachines.isEmpty, "\(report.liveMachines)")
    #expect(report.machines.count == 3, "each worker had one machine: \(report.machines)")
    #expect(report.doubleCreations.isEmpty && report.foreignTouches.isEmpty && report.ownerRefusals == 0)
    // What was paid is what the world metered, but for what falls between two looks.
    let records = try await running.journal.billed(since: running.ground.clock.origin)
    #expect(records.count == 3)
    for record in records {
      let meter = try #require(report.machines.first { $0.owner.id == record.id })
      let paid = try #require(record.billedUntil) - #require(record.billedFrom)
      let metered = try #require(meter.deletedAt) - #require(meter.clonedAt)
      #expect(abs((paid - metered).inSeconds) <= 180, "\(record.name): \(paid.text) paid, \(metered.text) metered")
    }
  }
}

/// A loop that ticks on its own while a test looks at it.
struct Running: Sendable {
  let ground: Ground
  let loop: ControlLoop
  let journal: SQLiteJournal

  static func with(_ ground: Ground, _ body: (Running) async throws -> Void) async throws {
    let directory = FileManager.default.temporaryDirectory.appendingPathComponent("conformance-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: directory) }
    let journal = try SQLiteJournal(
      path: directory.appendingPathComponent("journal.sqlite").path, cluster: ground.policy.clusterName)
    var parts = ControlLoop.Parts(
      policy: ground.policy, infrastructure: ground.ports, journal: journal, metrics: NoMetrics(), time: ground.clock,
      identities: RandomIDs())
    parts.logger = Logger(label: "conformance", factory: { _ in SwiftLogNoOpLogHandler() })
    let loop = try await ControlLoop(parts)
    let task = Task { await loop.run() }
    do { try await body(Running(ground: ground, loop: loop, journal: journal)) } catch {
      let events = try await journal.events(limit: 60).reversed()
      Issue.record(
        "\(error); what happened:\n\(events.map { "\($0.at) \($0.code): \($0.sentence)" }.joined(separator: "\n"))")
    }
    task.cancel()
    await task.value
  }

  func workers(_ state: WorkerState) async -> [WorkerRecord] {
    await loop.workers().map(\.record).filter { $0.state == state }
  }
}

/// No trigger is asked for anything.
private struct NoMetrics: MetricSource {
  func query(_ expression: String, at: Instant) async throws -> [MetricElement] { [] }
}

private struct RandomIDs: IdentitySource {
  func workerID() -> WorkerID { WorkerID(UUID().uuidString.lowercased()) }
  func requestID() -> RequestID { RequestID("req-" + UUID().uuidString.lowercased()) }
}
