import Model
import Ports
import Simulator
import Testing

@testable import SimulatedRuns

@Suite struct SceneFaultTests {
  @Test func everyKindOfEverythingOccurs() {
    var all = SceneKinds(Scene.draw(seed: 0, days: 2, profile: .swarm))
    for seed: UInt64 in 1...500 {
      let kinds = SceneKinds(Scene.draw(seed: seed, days: 2, profile: .swarm))
      all.disturbances.formUnion(kinds.disturbances)
      all.worldFaults.formUnion(kinds.worldFaults)
      all.scheduledFaults.formUnion(kinds.scheduledFaults)
      all.budgets.formUnion(kinds.budgets)
      all.workloads.formUnion(kinds.workloads)
    }
    #expect(SceneKinds.allDisturbances.subtracting(all.disturbances) == [])
    #expect(all.worldFaults.count == 15, "\(all.worldFaults.sorted())")
    #expect(all.scheduledFaults.count == 12, "\(all.scheduledFaults.sorted())")
    #expect(all.budgets == ["least", "most", "never", "least percent", "most percent", "unhealthy pods", "overlap"])
    #expect(
      all.workloads == [
        "service", "web, lines", "web, steps", "training", "long job", "short job", "daemon set", "bare", "rolls",
        "never fits", "anti-affinity", "affinity", "spread", "host port", "long grace", "unimportant", "last wave",
      ])
  }

  @Test(arguments: [RunProfile.swarm, .wild])
  func everythingThatGoesWrongLiesWithinItsTimeAndEnds(profile: RunProfile) {
    for seed: UInt64 in 1...200 {
      let scene = Scene.draw(seed: seed, days: 3, profile: profile)
      let (from, until) = (scene.phases.faultsFrom, scene.phases.faultsUntil)
      #expect(zip(scene.disturbances, scene.disturbances.dropFirst()).allSatisfy { $0.at <= $1.at }, "seed \(seed)")
      var ending = FaultEnding(policy: scene.policy)
      for disturbance in scene.disturbances {
        #expect((from...until).contains(disturbance.at), "seed \(seed): \(disturbance)")
        if let length = disturbance.kind.length {
          #expect(length > .zero && disturbance.at.advanced(by: length) <= until, "seed \(seed): \(disturbance)")
        }
        if disturbance.at == until { #expect(disturbance.kind.isEnding, "seed \(seed): \(disturbance)") }
        ending.take(disturbance.kind)
      }
      #expect(ending.offset == .zero && ending.faults == WorldFaults(), "seed \(seed)")
      #expect(ending.policy.pools == ending.poolsThatShouldBe, "seed \(seed)")
      for fault in scene.world.scheduledFaults {
        #expect(fault.at >= from && fault.at < until && fault.givenUpAt == until, "seed \(seed)")
        if case .hostFails(_, let length) = fault.kind { #expect(fault.at.advanced(by: length) <= until) }
      }
    }
  }

  @Test func capsThatAreTooTightAreRaisedWhenFaultsEnd() {
    var raised = 0
    for seed: UInt64 in 1...400 {
      let scene = Scene.draw(seed: seed, days: 2, profile: .swarm)
      var ending = FaultEnding(policy: scene.policy)
      for disturbance in scene.disturbances { ending.take(disturbance.kind) }
      for pool in ending.policy.pools {
        guard let template = scene.policy.template(pool.defaultTemplate), let cap = pool.monthlyBudget else { continue }
        let minimum = pool.price(of: template).cost(of: .hours(744)) * pool.minimum
        #expect(Money(cap.units * ending.budgets + 0.01) >= minimum, "seed \(seed), pool \(pool.name)")
        if cap < minimum { raised += 1 }
      }
    }
    #expect(raised > 0)
  }
}

/// What is left of the disturbances in the end.
private struct FaultEnding {
  var policy: Policy
  var poolsThatShouldBe: [Pool]
  var offset: Duration = .zero
  var faults = WorldFaults()
  var budgets = 1.0

  init(policy: Policy) {
    self.policy = policy
    poolsThatShouldBe = policy.pools
  }

  mutating func take(_ kind: Disturbance.Kind) {
    switch kind {
    case .clockOffset(let offset): self.offset = offset
    case .worldFaults(let faults): self.faults = faults
    case .reload(let change): take(change)
    default: break
    }
  }

  private mutating func take(_ change: Disturbance.PolicyChange) {
    func edit(_ name: PoolName, _ body: (inout Pool) -> Void) {
      for index in policy.pools.indices where policy.pools[index].name == name { body(&policy.pools[index]) }
    }
    switch change {
    case .scaleBudgets(let factor): budgets *= factor
    case .setMinimum(let pool, let minimum): edit(pool) { $0.minimum = minimum }
    case .setMaximum(let pool, let maximum): edit(pool) { $0.maximum = maximum }
    case .setTimeToLive(let pool, let standard, let maximum):
      edit(pool) { $0.timeToLive = TimeToLivePolicy(standard: standard, maximum: maximum) }
    case .setIdleTimeout(let pool, let timeout): edit(pool) { $0.idleTimeout = timeout }
    case .setTick(let tick): policy.pace.tick = tick
    case .setTalosVersion(let template, let version): #expect(policy.template(template)?.talosVersion != version)
    }
    for pool in policy.pools { #expect(pool.minimum <= pool.maximum, "after \(change)") }
  }
}

extension Disturbance.Kind {
  /// How long it lasts by itself.
  fileprivate var length: Duration? {
    switch self {
    case .outage(_, let length), .staleLists(_, let length), .missingRows(_, _, let length),
      .wrongMetrics(_, let length), .hostFillsUp(_, _, let length):
      length
    default: nil
    }
  }

  /// Whether it may come when faults have ended.
  fileprivate var isEnding: Bool {
    switch self {
    case .clockOffset(let offset): offset == .zero
    case .worldFaults(let faults): faults == WorldFaults()
    case .reload: true
    case .byHand(let hand, _): hand == .uncordons
    case .alert(let notice): !notice.isFiring
    default: false
    }
  }
}
