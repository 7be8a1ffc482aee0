import Foundation
import Model
import Simulator
import Testing

@testable import SimulatedRuns

@Suite struct SceneTests {
  private static func bytes(_ value: some Encodable) throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    return try encoder.encode(value)
  }

  @Test(arguments: RunProfile.allCases)
  func theSameSeedGivesTheSameSceneTwiceAndAnotherSeedAnother(profile: RunProfile) throws {
    var worlds: Set<Data> = []
    for seed: UInt64 in 1...20 {
      let first = Scene.draw(seed: seed, days: 3, profile: profile)
      let second = Scene.draw(seed: seed, days: 3, profile: profile)
      #expect(try Self.bytes(first.world) == Self.bytes(second.world))
      #expect(first.policy == second.policy && first.disturbances == second.disturbances)
      #expect(first.habits == second.habits && first.phases == second.phases && first.quietTick == second.quietTick)
      worlds.insert(try Self.bytes(first.world))
    }
    #expect(worlds.count == 20)
    let policies = Set((1...20).map { Scene.draw(seed: $0, days: 3, profile: profile).policy })
    #expect(policies.count == 20)
  }

  @Test(arguments: [1, 2, 5, 30])
  func theFaultsHaveTheirTimeAndHealingAndLivenessTheirs(days: Int) {
    let phases = Scene.draw(seed: 7, days: days, profile: .swarm).phases
    #expect(phases.end - phases.start == .hours(24 * days))
    #expect(phases.faultsFrom - phases.start == .hours(2))
    #expect(phases.healedBy - phases.faultsUntil == .hours(6) && phases.end - phases.healedBy == .hours(6))
    #expect(phases.faultsFrom < phases.faultsUntil)
  }

  @Test func aLengthOfLessThanADayIsADay() {
    let phases = Scene.draw(seed: 7, days: 0, profile: .calm).phases
    #expect(phases.end - phases.start == .hours(24))
  }

  @Test func runsBeginInAllMonthsAndOftenSeeOneEnd() {
    var months: Set<Int> = []
    var endings = 0
    for seed: UInt64 in 1...300 {
      let phases = Scene.draw(seed: seed, days: 2, profile: .calm).phases
      months.insert(CivilTime(phases.start).month)
      if CivilTime(phases.start).month != CivilTime(phases.end).month { endings += 1 }
    }
    #expect(months.count == 12 && endings > 100)
  }

  @Test func aCalmRunIsNotDisturbed() {
    for seed: UInt64 in 1...100 {
      let scene = Scene.draw(seed: seed, days: 3, profile: .calm)
      #expect(scene.disturbances.isEmpty && scene.world.scheduledFaults.isEmpty && scene.habits == CallHabits())
      #expect(scene.world.faults == WorldFaults())
    }
  }

  @Test func aSwarmTurnsMostKindsOffAndAWildRunNone() {
    let families = (1...60).map { seed in
      SceneKinds(Scene.draw(seed: UInt64(seed), days: 4, profile: .swarm)).disturbances
    }
    let average = families.reduce(0) { $0 + $1.count } / families.count
    #expect((2...14).contains(average), "\(average) kinds in a run")
    let wild = SceneKinds(Scene.draw(seed: 3, days: 10, profile: .wild))
    #expect(wild.disturbances.count >= 13, "\(wild.disturbances.sorted())")
    #expect(Set(families).count > 40)
  }

  @Test func mostScenesAreSmall() {
    let scenes = (1...500).map { Scene.draw(seed: UInt64($0), days: 2, profile: .swarm) }
    let big = scenes.filter { $0.policy.pools.reduce(0) { $0 + $1.maximum } > 40 }
    #expect((2...30).contains(big.count), "\(big.count) of 500 are big")
    let hosts = scenes.map { $0.world.hosts.count }
    #expect(Set(hosts) == Set(1...6))
    #expect(hosts.count { (2...4).contains($0) } > 350)
  }
}

/// Whatever is drawn can be worked with.
@Suite struct ScenePolicyTests {
  @Test(arguments: RunProfile.allCases)
  func everyPolicyIsSensible(profile: RunProfile) {
    for seed: UInt64 in 1...500 {
      let scene = Scene.draw(seed: seed, days: 2, profile: profile)
      let policy = scene.policy
      #expect(!policy.pools.isEmpty && !policy.templates.isEmpty, "seed \(seed)")
      for pool in policy.pools { check(pool, policy, seed) }
      for trigger in policy.triggers {
        #expect(policy.pool(trigger.pool) != nil && trigger.hold > .zero && trigger.threshold > 0, "seed \(seed)")
        #expect(trigger.kind == .custom || trigger.kind == .pendingPods || trigger.targetPercent < trigger.threshold)
      }
      #expect(Set(policy.triggers.map(\.name)).count == policy.triggers.count, "seed \(seed)")
      for schedule in policy.schedules {
        #expect(policy.pool(schedule.pool).map { schedule.workers <= $0.maximum } == true, "seed \(seed)")
        #expect(TimeZone(identifier: schedule.timeZone) != nil)
      }
      for template in policy.templates {
        #expect(scene.world.machines[template.source]?.isTemplate == true, "seed \(seed)")
        #expect(template.allocatable.memoryBytes < template.machine.memoryBytes)
      }
      #expect(TimeZone(identifier: policy.money.timeZone) != nil)
      #expect((.seconds(10)...Duration.seconds(60)).contains(policy.pace.tick))
      #expect((.minutes(6)...Duration.minutes(14)).contains(scene.quietTick))
      #expect(policy.clusterName == scene.world.clusterName)
    }
  }

  private func check(_ pool: Pool, _ policy: Policy, _ seed: UInt64) {
    let place: Comment = "pool \(pool.name), seed \(seed)"
    #expect(pool.minimum <= pool.maximum && pool.minimum >= 0 && pool.maximum > 0, place)
    #expect(pool.templates.contains(pool.defaultTemplate) && pool.templates == pool.templates.sorted(), place)
    for name in pool.templates {
      #expect(policy.template(name).map { ($0.machine.gpus > 0) == (pool.kind == .gpu) } == true, place)
    }
    if let life = pool.timeToLive { #expect(life.standard <= life.maximum && life.standard > .minutes(20), place) }
    if let use = pool.utilisation {
      #expect(use.shrinkAtPercent < use.cpuTargetPercent && use.cpuTargetPercent < use.growAtPercent, place)
    }
    if let cap = pool.monthlyBudget { #expect(cap > .zero, place) }
  }

  @Test func capsOfCalmRunsHoldTheMinimum() throws {
    for seed: UInt64 in 1...300 {
      let policy = Scene.draw(seed: seed, days: 2, profile: .calm).policy
      var (month, hour) = (Money.zero, Money.zero)
      for pool in policy.pools {
        let template = try #require(policy.template(pool.defaultTemplate))
        let price = HourlyPrice(
          perHour: pool.price(of: template).perHour * pool.minimum
            + pool.standbyPrice(of: template, policy.money).perHour * pool.standby)
        month += price.cost(of: .hours(744))
        hour += price.perHour
        #expect(pool.monthlyBudget.map { $0 >= price.cost(of: .hours(744)) } ?? true, "seed \(seed)")
        #expect(pool.hourlyBudget.map { $0 >= price } ?? true, "seed \(seed)")
      }
      #expect(policy.money.monthlyBudget.map { $0 >= month } ?? true, "seed \(seed)")
      #expect(policy.money.hourlyBudget.map { $0.perHour >= hour } ?? true, "seed \(seed)")
    }
  }

  @Test func everyKindOfPoolAndBudgetOccurs() {
    var kinds: Set<PoolKind> = []
    var seen: Set<String> = []
    for seed: UInt64 in 1...500 {
      let policy = Scene.draw(seed: seed, days: 1, profile: .swarm).policy
      for pool in policy.pools {
        kinds.insert(pool.kind)
        if pool.monthlyBudget != nil { seen.insert("pool's month") }
        if pool.hourlyBudget != nil { seen.insert("pool's hour") }
        if pool.upgrade == .replace { seen.insert("upgrade") }
        if pool.standby > 0 { seen.insert("standby") }
        if pool.minimum == 0, pool.kind == .permanent { seen.insert("no minimum") }
        if pool.minimum >= 4 { seen.insert("minimum of four") }
      }
      if policy.money.monthlyBudget != nil { seen.insert("month") }
      if policy.money.hourlyBudget != nil { seen.insert("hour") }
      if policy.money.burstEventMaximum != nil { seen.insert("event") }
      if !policy.schedules.isEmpty { seen.insert("schedule") }
      if policy.cleanup.expiry == .terminate { seen.insert("terminate") }
      if policy.cleanup.expiry == .drainThenTerminate {
        seen.insert(policy.draining.forceAfterLimit ? "drain, then stop" : "drain, then keep")
      }
      for trigger in policy.triggers { seen.insert(trigger.kind.rawValue) }
      if policy.triggers.contains(where: { $0.forecast != nil }) { seen.insert("forecast") }
      if policy.triggers.contains(where: { $0.perWorker != nil }) { seen.insert("per worker") }
    }
    #expect(kinds == Set(PoolKind.allCases))
    let wanted: Set<String> = [
      "pool's month", "pool's hour", "month", "hour", "event", "upgrade", "standby", "no minimum", "minimum of four",
      "schedule", "terminate", "drain, then stop", "drain, then keep", "pending_pods", "cpu_pressure",
      "memory_pressure", "custom", "forecast", "per worker",
    ]
    #expect(wanted.subtracting(seen) == [])
  }
}
