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
      #expect(ending.policy == ending.policyThatShouldBe, "seed \(seed)")
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
  var edited: EditedPolicy
  var policyThatShouldBe: Policy
  var offset: Duration = .zero
  var faults = WorldFaults()
  var budgets = 1.0

  init(policy: Policy) {
    edited = EditedPolicy(policy)
    policyThatShouldBe = policy
  }

  /// Without what stays: a newer system, a label, and whether orders need somebody's word.
  var policy: Policy {
    var policy = edited.inForce
    for index in policy.pools.indices {
      policy.pools[index].labels["team"] = nil
      policy.pools[index].requestsNeedApproval = false
    }
    policy.cleanup.extensionsNeedApproval = false
    for index in policy.templates.indices {
      policy.templates[index].talosVersion = policyThatShouldBe.templates[0].talosVersion
    }
    return policy
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
    switch change {
    case .scaleBudgets(let factor): budgets *= factor
    case .setTalosVersion(let template, let version):
      #expect(policyThatShouldBe.template(template)?.talosVersion != version)
    default: edited.apply(change)
    }
    for pool in edited.inForce.pools {
      #expect(pool.minimum <= pool.maximum, "after \(change)")
      #expect(pool.templates.contains(pool.defaultTemplate), "after \(change)")
      #expect(pool.templates.allSatisfy { edited.inForce.template($0) != nil }, "after \(change)")
    }
  }
}

extension Disturbance.Kind {
  /// How long it lasts by itself.
  fileprivate var length: Duration? {
    switch self {
    case .outage(_, let length), .staleLists(_, let length), .missingRows(_, _, let length),
      .wrongMetrics(_, let length), .hostFillsUp(_, _, let length), .observation(let length):
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
