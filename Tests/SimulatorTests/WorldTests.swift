import Foundation
import Model
import Ports
import Testing

@testable import Simulator

@Suite struct WorldTests {
  /// The demonstration's world under the test's own autoscaler for a while.
  static func lived(seed: UInt64, hours: Int) throws -> World {
    var world = Scenario.demo(start: Fixture.start, seed: seed).world
    var scaler = EagerAutoscaler()
    for _ in 0..<(hours * 360) {
      world.pass(.seconds(10))
      try scaler.act(on: &world)
    }
    return world
  }

  @Test func theSameSeedGivesTheSameWorldTwiceAndAnotherSeedAnother() throws {
    let first = try Self.lived(seed: 4, hours: 2).digest()
    #expect(try Self.lived(seed: 4, hours: 2).digest() == first)
    #expect(try Self.lived(seed: 5, hours: 2).digest() != first)
  }

  @Test func aWorldThatWasSavedAndLoadedGoesOnAsIfNothingHadHappened() throws {
    let world = try Self.lived(seed: 4, hours: 1)
    var loaded = try WorldFile.decode(WorldFile.encode(world))
    #expect(loaded == world)
    var original = world
    original.pass(.hours(1))
    for _ in 0..<36 { loaded.pass(.seconds(100)) }
    #expect(loaded == original)
    #expect(try loaded.digest() == original.digest())
  }

  @Test func timeNeverGoesBack() throws {
    var world = Fixture.world()
    world.pass(.seconds(10))
    let before = world
    world.advance(to: Fixture.start)
    #expect(world == before)
  }

  @Test func boundPodsAgreeWithTheirNodesInEveryStep() throws {
    var world = Scenario.demo(start: Fixture.start, seed: 9).world
    world.faults.cloneTaskFailureProbability = 0.2
    var scaler = EagerAutoscaler()
    for _ in 0..<2300 {
      world.pass(.seconds(10))
      try scaler.act(on: &world)
      for node in world.nodes.values {
        let there = world.pods.values.filter { $0.nodeUID == node.uid && !$0.isFinished }
        #expect(there.map(\.number) == node.pods.sorted())
        let requested = there.reduce(Resources.zero) { $0 + world.workloads[$1.workload]!.pod.requests }
        #expect(requested == node.requested)
      }
      #expect(world.waitingPods.sorted() == world.pods.values.filter { $0.node == nil }.map(\.number))
      #expect(world.podsOfWorkload.values.flatMap { $0 }.sorted() == world.pods.keys)
    }
  }
}

/// A scaler without any sense of money: a worker for whatever waits, at once; away with whatever is empty.
struct EagerAutoscaler {
  private var next: [PoolName: Int] = [:]
  private var emptySince: [NodeName: Instant] = [:]

  private struct Offer {
    var pool: PoolName
    var template: Template
    var labels: [String: String]
    var taints: [Taint]
  }

  private static let offers: [Offer] = [
    Offer(
      pool: "permanent", template: Fixture.medium, labels: ["node-pool": "permanent", "worker-type": "permanent"],
      taints: []),
    Offer(
      pool: "burst", template: Fixture.medium, labels: ["node-pool": "burst", "worker-type": "temporary"],
      taints: [Taint(key: "workload-type", value: "burst", effect: .noSchedule)]),
    Offer(
      pool: "spot", template: Fixture.medium, labels: ["node-pool": "spot", "worker-type": "preemptible"],
      taints: [
        Taint(key: "workload-type", value: "spot", effect: .noSchedule),
        Taint(key: "preemptible", value: "true", effect: .preferNoSchedule),
      ]),
    Offer(
      pool: "gpu", template: Fixture.gpu, labels: ["node-pool": "gpu", "worker-type": "gpu"],
      taints: [Taint(key: "nvidia.com/gpu", value: "true", effect: .noSchedule)]),
  ]

  init() {}

  mutating func act(on world: inout World) throws {
    try grow(&world)
    try drive(&world)
    try repair(&world)
    try shrink(&world)
  }

  private mutating func grow(_ world: inout World) throws {
    let ours = world.machines.values.filter { $0.owner?.cluster == world.clusterName }
    let waiting = try world.podObservations(at: world.now).filter { $0.unschedulable }
    for offer in Self.offers {
      let workers = ours.filter { $0.owner?.pool == offer.pool }
      var wanted = offer.pool == "permanent" ? 3 - workers.count : 0
      let underWay = workers.count { machine in machine.node.flatMap { world.nodes[$0] }?.isReady != true }
      let pods = waiting.filter { pod in
        offer.pool != "permanent" && pod.nodeSelector.allSatisfy { offer.labels[$0.key] == $0.value }
          && offer.taints.allSatisfy { taint in
            taint.effect == .preferNoSchedule || pod.tolerations.contains { $0.tolerates(taint) }
          } && pod.requests.extended.keys.allSatisfy { offer.template.allocatable.extended[$0] != nil }
      }
      let millicores = pods.reduce(0) { $0 + $1.requests.cpuMillicores }
      if millicores > 0 { wanted = max(wanted, Int(millicores / 5000) + 1 - underWay) }
      for _ in 0..<max(0, wanted) {
        next[offer.pool, default: 0] += 1
        _ = try? world.clone(
          Fixture.request(offer.pool, next[offer.pool]!, template: offer.template), at: world.now)
      }
    }
  }

  private func drive(_ world: inout World) throws {
    for machine in world.machines.values where machine.owner?.cluster == world.clusterName && machine.lock == nil {
      let owner = machine.owner!
      let offer = Self.offers.first { $0.pool == owner.pool }!
      if !machine.configured {
        try world.configure(machine.id, owner: owner, as: offer.template, at: world.now)
      } else if !machine.running, machine.configuration == nil {
        try world.start(machine.id, owner: owner, at: world.now)
      } else if machine.system?.stage == .maintenance {
        try world.apply(
          NodeConfiguration(hostname: owner.worker, labels: offer.labels, taints: offer.taints), to: machine.id,
          at: world.now)
      }
    }
  }

  private func repair(_ world: inout World) throws {
    for node in world.nodes.values {
      guard let ready = node.conditions["Ready"], ready.status == .unknown, world.now - ready.since > .minutes(5) else {
        continue
      }
      try? world.restartKubelet(node.machine, at: world.now)
    }
  }

  private mutating func shrink(_ world: inout World) throws {
    let busy = Set(try world.podObservations(at: world.now).filter { !$0.belongsToNode && !$0.isFinished }.map(\.node))
    for node in world.nodes.values where node.labels["node-pool"] != "permanent" && node.isReady {
      guard !busy.contains(node.name) else {
        emptySince[node.name] = nil
        continue
      }
      let since = emptySince[node.name] ?? world.now
      emptySince[node.name] = since
      guard world.now - since > .minutes(30) else { continue }
      try world.cordon(node.name, at: world.now)
      try world.deleteNode(node.name, uid: node.uid, at: world.now)
      try world.stop(node.machine, owner: world.machines[node.machine]!.owner!, at: world.now)
      try world.delete(node.machine, owner: world.machines[node.machine]!.owner!, at: world.now)
    }
  }
}
