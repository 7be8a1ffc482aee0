import Exposition
import Model
import Ports
import Simulator
import Testing

@testable import ControlLoop

/// What is not known holds: nothing shrinks, nothing irreversible happens.
@Suite struct HoldTests {
  /// Two idle burst workers that are past their idle time, but for what is missing.
  private func idleBench() async throws -> Bench {
    var policy = Setting.policy(minimum: 0)
    policy.pace.tick = .seconds(20)
    let bench = try await Bench.withBurstWorkers(2, policy: policy)
    bench.clock.advance(by: .seconds(5))
    return bench
  }

  private static let wait: Duration = .minutes(25)

  private func expectRetired(_ bench: Bench) async {
    #expect(await bench.run(atMost: .hours(1)) { bench.workers.isEmpty }, "idle workers go once all is known")
    #expect(bench.world.look { $0.report.liveMachines }.isEmpty)
  }

  @Test(arguments: ["nodes", "pods"]) func nothingShrinksWhileAListIsUnknown(list: String) async throws {
    let bench = try await idleBench()
    bench.infrastructure.setBroken([list])
    let before = bench.infrastructure.changes
    let end = bench.now.advanced(by: Self.wait)
    while bench.now < end { await bench.step() }
    #expect(bench.ready("burst") == 2)
    #expect(bench.infrastructure.changes == before)
    #expect(bench.latest?.report.missing.contains { $0.contains(list) } == true)
    bench.infrastructure.setBroken([])
    await expectRetired(bench)
  }

  /// Without the list of machines a worker may be drained, but nothing is switched off or deleted.
  @Test func noMachineGoesWhileTheMachinesAreUnknown() async throws {
    let bench = try await idleBench()
    bench.infrastructure.setBroken(["machines"])
    let end = bench.now.advanced(by: Self.wait)
    while bench.now < end { await bench.step() }
    #expect(bench.world.look { $0.report.liveMachines.count } == 2)
    let irreversible: Set = ["stop", "shutdown", "delete", "delete_node"]
    #expect(irreversible.isDisjoint(with: bench.infrastructure.changes))
    bench.infrastructure.setBroken([])
    await expectRetired(bench)
  }

  @Test func nothingShrinksWhileTriggersHaveNoReading() async throws {
    let bench = try await idleBench()
    bench.metrics.setSilent(true)
    let end = bench.now.advanced(by: Self.wait)
    while bench.now < end { await bench.step() }
    #expect(bench.ready("burst") == 2)
    let phase = bench.latest?.report.triggers.first { $0.trigger == "burst/pending_pods" }?.state.phase
    #expect(phase == .unknown)
    bench.metrics.setSilent(false)
    await expectRetired(bench)
  }

  @Test func nothingGrowsWhileTheHostsAreUnknown() async throws {
    let bench = try await Bench(Setting.world())
    bench.infrastructure.setBroken(["hosts"])
    _ = try await bench.order(2)
    await bench.steps(30)
    #expect(bench.workers.isEmpty)
    bench.infrastructure.setBroken([])
    #expect(await bench.run { bench.ready("burst") == 2 })
  }

  /// The configuration's checker refuses such a policy; the loop must not rely on that.
  @Test func aPlanThatTheCheckerRefusesIsNotCarriedOut() async throws {
    var policy = Setting.policy(minimum: 0)
    let index = try #require(policy.pools.firstIndex { $0.name == "burst" })
    policy.pools[index].timeToLive = TimeToLivePolicy(standard: .hours(12), maximum: .hours(8))
    let bench = try await Bench(Setting.world(), policy: policy)
    _ = try await bench.order(2)
    await bench.steps(10)
    #expect(bench.latest?.plan.creations.count == 2)
    #expect(bench.workers.isEmpty && bench.infrastructure.changes.isEmpty)
    #expect(bench.registry.snapshot().value(of: .planRejected) == .number(10))
    let told = bench.journal.allEvents.filter { $0.code == "plan_rejected" }
    #expect(told.count == 2, "one for each violation, once: \(told)")
    // It is told wherever people look.
    let status = await bench.loop.status()
    #expect(status.violations.map(\.code) == ["time_to_live", "time_to_live"])
    for violation in status.violations {
      #expect(violation.data["worker"]?.hasPrefix("worker-burst-") == true)
      #expect(violation.remedy?.contains("--save") == true)
    }
    #expect(status.summary.hasPrefix("Nothing is carried out, for the plan breaks a hard rule: "))
    #expect(await bench.loop.latest()?.report.violations == status.violations)
    #expect(try await bench.loop.dryRun().report.violations == status.violations)
  }

  @Test func aPlanThatIsRefusedWhileOnlyWatchingIsAnEventToo() async throws {
    var policy = Setting.policy(minimum: 0)
    let index = try #require(policy.pools.firstIndex { $0.name == "burst" })
    policy.pools[index].timeToLive = TimeToLivePolicy(standard: .hours(12), maximum: .hours(8))
    var world = Setting.world()
    world.add(Setting.burstPods("web", count: 12))
    let bench = try await Bench(world, policy: policy, mode: .observe)
    await bench.steps(60)
    #expect(bench.journal.allEvents.contains { $0.code == "plan_rejected" })
    #expect(bench.workers.isEmpty)
  }

  @Test func listsThatOnlyNarrowTheChoiceAreUnknownByThemselves() async throws {
    let bench = try await Bench(Setting.world())
    await bench.step()
    #expect(bench.latest?.snapshot.disruptionBudgets.value?.isEmpty == true)
    #expect(bench.latest?.snapshot.daemonSets.value?.isEmpty == true)
    bench.infrastructure.setBroken(["disruptionBudgets", "daemonSets", "namespaceLabels"])
    await bench.step()
    let snapshot = try #require(bench.latest?.snapshot)
    #expect(snapshot.disruptionBudgets.unknownReason == "disruptionBudgets failed: Nobody answers.")
    #expect(snapshot.daemonSets.unknownReason == "daemonSets failed: Nobody answers.")
    #expect(snapshot.namespaceLabels.isEmpty && snapshot.nodes.value != nil && snapshot.pods.value != nil)
    #expect(await bench.loop.status().missing.contains { $0.contains("labels of namespaces are not known") })
  }
}
