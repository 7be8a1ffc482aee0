import Model
import Ports
import Simulator
import Testing

@testable import ControlLoop

/// The demonstration's afternoon and night in virtual time, judged by the world's own account.
@Suite struct DemoScenarioTests {
  private static func policy() -> Policy {
    var policy = Setting.policy(minimum: 2)
    policy.pace.tick = .seconds(30)
    return policy
  }

  /// The person in the story: asks for a GPU worker once a pod waits for one.
  private static func askForGPU(_ bench: Bench) async throws {
    let waits = try await bench.world.pods().contains {
      $0.unschedulable && $0.requests.extended["nvidia.com/gpu"] != nil
    }
    if waits { _ = try await bench.order(1, "gpu", id: "demo-gpu") }
  }

  @Test func endsWell() async throws {
    let scenario = Scenario.demo(start: Setting.start, clusterName: Setting.cluster)
    let bench = try await Bench(scenario.world, policy: Self.policy())
    var pools: Set<PoolName> = []
    while bench.now < scenario.end {
      if bench.now >= scenario.start.advanced(by: .minutes(150)) { try await Self.askForGPU(bench) }
      await bench.step()
      pools.formUnion(bench.workers.map(\.pool))
    }
    let report = bench.world.look { $0.report }
    #expect(pools == ["permanent", "burst", "spot", "gpu"], "each pool has had workers")
    #expect(report.doubleCreations.isEmpty)
    #expect(report.foreignTouches.isEmpty)
    #expect(report.budgetViolations.isEmpty)
    #expect(report.podsPending == 0)
    #expect(report.longestPending < .minutes(15), "\(report.longestPendingPod.map(\.description) ?? "")")
    #expect(report.podsFinished == 11, "ten jobs and the training")
    #expect(bench.ready("permanent") == 2)
    for pool: PoolName in ["burst", "spot"] {
      #expect(!bench.workers.contains { $0.pool == pool }, "pool \(pool) is empty at night")
    }
    #expect(Set(report.liveMachines.map(\.owner.id)) == Set(bench.workers.map(\.id)))
    let rejected = bench.journal.allEvents.filter { $0.code == "plan_rejected" }
    #expect(rejected.isEmpty, "\(rejected)")
    expectSameBill(bench, report)
  }

  /// The ledger sees the end of a clone and of a machine one tick late at most.
  private func expectSameBill(_ bench: Bench, _ report: WorldReport) {
    let spending = Ledger.spending(of: bench.journal.records, now: bench.now, policy: bench.policy)
    let saving = bench.policy.pools.reduce(into: [PoolName: Double]()) { $0[$1.name] = $1.savingPercent }
    let metered = report.cost { saving[$0] ?? 0 }
    let slack = report.machines.reduce(Money.zero) {
      $0 + $1.price.cost(of: bench.policy.pace.tick) + Money(microunits: 2)
    }
    #expect(abs(spending.total.microunits - metered.microunits) <= slack.microunits, "\(spending.total) \(metered)")
    #expect(spending.total > Money(1))
    #expect(bench.latest?.snapshot.spending.value?.total == spending.total)
  }

  /// The story until the jobs are done, with a process that dies every six minutes.
  @Test func endsTheSameWithRestarts() async throws {
    let scenario = Scenario.demo(start: Setting.start, clusterName: Setting.cluster)
    let bench = try await Bench(scenario.world, policy: Self.policy())
    var steps = 0
    let end = scenario.start.advanced(by: .minutes(150))
    while bench.now < end {
      await bench.step()
      steps += 1
      if steps % 12 == 0 {
        bench.clock.advance(by: .seconds(30))
        try await bench.restart()
      }
    }
    let report = bench.world.look { $0.report }
    #expect(report.doubleCreations.isEmpty && report.foreignTouches.isEmpty && report.budgetViolations.isEmpty)
    #expect(Set(report.liveMachines.map(\.owner.id)).isSubset(of: Set(bench.workers.map(\.id))))
    #expect(Set(report.machines.map(\.owner.id)).count == report.machines.count)
    #expect(Set(report.machines.map(\.owner.pool)) == ["permanent", "burst", "spot"])
    #expect(bench.ready("permanent") == 2)
  }
}
