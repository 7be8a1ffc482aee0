import Model
import Ports
import Simulator
import Testing

@testable import ControlLoop

/// A lost journal, and machines that nobody remembers.
@Suite struct LostRecordsTests {
  private static func policy() -> Policy {
    var policy = Setting.policy(minimum: 0)
    policy.triggers = []
    policy.pace.tick = .seconds(20)
    let burst = policy.pools.firstIndex { $0.name == "burst" }!
    policy.pools[burst].idleTimeout = nil
    return policy
  }

  /// A machine with our mark that is in no record.
  private static func benchWithAForgottenMachine() async throws -> Bench {
    let policy = policy()
    let bench = try await Bench(Setting.world(), policy: policy)
    let owner = MachineOwner(cluster: Setting.cluster, pool: "burst", worker: "worker-burst-050", id: "forgotten")
    _ = try await bench.world.clone(
      CloneRequest(template: policy.template("medium")!, owner: owner, host: nil, createdAt: bench.now))
    return bench
  }

  @Test func workersOutliveTheirJournal() async throws {
    let bench = try await Bench.withBurstWorkers(2, policy: Self.policy())
    let before = bench.workers
    bench.journal.lose()
    try await bench.restart()
    await bench.steps(3)
    #expect(bench.workers.isEmpty)
    #expect(bench.latest?.report.missing.contains { $0.contains("is in no record") } == true)
    let counted = try #require(bench.latest?.snapshot.spending.value?.byPool["burst"])
    #expect(await bench.run(atMost: .hours(1)) { bench.workers.count == 2 })
    #expect(bench.workers.map(\.state) == [.ready, .ready])
    #expect(bench.workers.map(\.id) == before.map(\.id))
    #expect(bench.workers.map(\.name) == before.map(\.name))
    #expect(bench.workers.map(\.timeToLive?.expiresAt) == before.map(\.timeToLive?.expiresAt))
    #expect(bench.infrastructure.changes.allSatisfy { $0 == "label" }, "\(bench.infrastructure.changes)")
    await bench.step()
    let spent = try #require(bench.latest?.snapshot.spending.value?.byPool["burst"])
    #expect(spent > .zero && counted > .zero)
    let bill = bench.workers.reduce(Money.zero) { $0 + $1.cost(until: bench.now) }
    #expect(spent == bill, "each is counted once")
    #expect(bench.latest?.report.missing.contains { $0.contains("is in no record") } == false)
  }

  @Test func aMachineThatNobodyRemembersIsRemoved() async throws {
    let bench = try await Self.benchWithAForgottenMachine()
    await bench.steps(60)
    #expect(bench.world.look { $0.report.liveMachines.count } == 1, "it could still be in the making")
    #expect(await bench.run(atMost: .hours(1)) { bench.world.look { $0.report.liveMachines.isEmpty } })
    await bench.steps(5)
    #expect(bench.workers.isEmpty)
    #expect(bench.world.look { $0.report.foreignTouches.isEmpty && $0.report.ownerRefusals == 0 })
    #expect(bench.journal.allEvents.contains { $0.code == "orphan_removed" })
  }

  @Test func whatWasFoundBeforeAnObservationIsFoundAnew() async throws {
    let policy = Self.policy()
    let bench = try await Self.benchWithAForgottenMachine()
    await bench.steps(5)
    #expect(bench.latest?.report.missing.contains { $0.contains("is in no record") } == true)
    await bench.loop.follow(Course(policy: policy, mode: .observe, metrics: bench.metrics))
    await bench.steps(360)
    #expect(bench.latest?.report.missing.contains { $0.contains("is in no record") } == false, "nobody acts on it")
    await bench.loop.follow(Course(policy: policy, mode: .act, metrics: bench.metrics))
    await bench.steps(5)
    #expect(bench.world.look { $0.report.liveMachines.count } == 1, "one look could have missed its node")
    #expect(await bench.run(atMost: .hours(1)) { bench.world.look { $0.report.liveMachines.isEmpty } })
  }
}
