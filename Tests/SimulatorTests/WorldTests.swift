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

  @Test func nothingInTheWorldContradictsItselfWhileWorkersComeAndGo() throws {
    var world = Scenario.demo(start: Fixture.start, seed: 9).world
    world.faults.cloneTaskFailureProbability = 0.2
    world.faults.neverJoinProbability = 0.1
    var scaler = EagerAutoscaler()
    for step in 0..<2300 {
      world.pass(.seconds(10))
      try scaler.act(on: &world)
      if step % 30 == 0 { #expect(world.brokenInvariants() == []) }
    }
    #expect(world.report.faultsInjected > 1)
  }

  /// Calls and faults in any order, at any moment, with any outcome.
  @Test(arguments: UInt64(1)...8)
  func nothingContradictsItselfWhateverIsCalled(seed: UInt64) throws {
    var hand = SplitMix64(seed: seed)
    var world = Scenario.demo(start: Fixture.start, seed: seed, timings: seed % 2 == 0 ? .fast : WorldTimings()).world
    world.faults.cloneTaskFailureProbability = 0.05
    world.pass(.minutes(30))
    var outcomes: [String: Int] = [:]
    for step in 0..<600 {
      let outcome = RandomHand.call(&world, &hand)
      outcomes[outcome, default: 0] += 1
      if step % 100 == 99 {
        #expect(world.brokenInvariants() == [], "step \(step), seed \(seed)")
        var copy = try WorldFile.decode(WorldFile.encode(world))
        let later = world.now.advanced(by: .minutes(20))
        var whole = world
        whole.advance(to: later)
        while copy.now < later { copy.pass(.seconds(50)) }
        #expect(copy == whole)
      }
    }
    #expect(outcomes.count > 5, "\(outcomes)")
    #expect(world.nodes.count + world.report.podsCreated > 40 && world.report.machines.count > 8)
    #expect(world.machines[MachineID(100)]?.running == true)
  }
}

/// One call on the world, drawn by lot.
enum RandomHand {
  /// - Returns: `ok`, or the code of the refusal.
  static func call(_ world: inout World, _ hand: inout SplitMix64) -> String {
    let now = world.now.advanced(by: .milliseconds(Int64(hand.next() % 12_000)))
    func pick<T>(_ items: [T], _ hand: inout SplitMix64) -> T? {
      items.isEmpty ? nil : items[Int(hand.next() % UInt64(items.count))]
    }
    world.advance(to: now)
    let machine = pick(world.machines.values, &hand)!
    let owner = machine.owner ?? Fixture.owner("burst", 99)
    let node = pick(world.nodes.values, &hand)
    let pod = pick(world.pods.values, &hand)
    let number = Int(hand.next() % 12)
    let die = hand.next() % 100
    var outcome = "ok"
    let refusal = code {
      switch die {
      case 0..<12:
        let template = number == 0 ? Fixture.gpu : Fixture.medium
        var request = Fixture.request("permanent", number, template: template)
        request.owner.id = WorkerID("id-\(now.milliseconds)")
        _ = try world.clone(request, at: now)
      case 12..<20: try world.configure(machine.id, owner: owner, as: Fixture.medium, at: now)
      case 20..<40: try world.start(machine.id, owner: owner, at: now)
      case 40..<43: try world.stop(machine.id, owner: owner, at: now)
      case 43..<46: try world.delete(machine.id, owner: owner, at: now)
      case 46..<66:
        let configuration = NodeConfiguration(
          hostname: owner.worker, labels: ["node-pool": "permanent", "worker-type": "temporary"], taints: [])
        try world.apply(configuration, to: machine.id, at: now)
      case 66..<68: try world.reboot(machine.id, at: now)
      case 68..<70: try world.restartKubelet(machine.id, at: now)
      case 70: try world.shutdown(machine.id, at: now)
      case 71..<74: if let node { try world.cordon(node.name, at: now) }
      case 74..<77: if let node { try world.uncordon(node.name, at: now) }
      case 77: if let node { try world.deleteNode(node.name, uid: node.uid, at: now) }
      case 78..<88:
        if let pod, try world.evict(pod.key, uid: pod.uid, grace: .seconds(5), at: now) != .evicted {
          outcome = "refused"
        }
      case 88..<92: world.add(ScheduledFault(at: now, kind: fault(&hand, node)))
      default: world.pass(.seconds(60))
      }
    }
    return refusal?.rawValue ?? outcome
  }

  private static func fault(_ hand: inout SplitMix64, _ node: SimulatedNode?) -> ScheduledFault.Kind {
    let target = ScheduledFault.Target.node(node?.name ?? "none")
    let cure = ScheduledFault.Cure.allCases[Int(hand.next() % 3)]
    switch hand.next() % 8 {
    case 0: return .kubeletDies(target, cure: cure)
    case 1: return .kubeletCrashLoop(target, cure: cure)
    case 2: return .containerdCrashLoop(target)
    case 3: return .diskPressure(target)
    case 4: return .memoryPressure(target)
    case 5: return .operatorCordons(target)
    case 6: return .hostFails("pve-01", for: .seconds(Int(hand.next() % 600)))
    default: return .hostFails("pve-03", for: .seconds(30))
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
