import Model
import Ports
import Simulator
import Synchronization
import Testing

@testable import ControlLoop

/// A loop that only watches.
@Suite struct ObserveModeTests {
  private func busyWorld() -> World {
    var world = Setting.world()
    world.add(Setting.burstPods("web", count: 12))
    return world
  }

  @Test func decidesAndNeverCallsAPortThatChangesAnything() async throws {
    let bench = try await Bench(busyWorld(), policy: Setting.policy(minimum: 2), mode: .observe)
    await bench.steps(60)
    let plan = try #require(bench.latest?.plan)
    #expect(plan.creations.contains { $0.pool == "permanent" })
    #expect(plan.creations.contains { $0.pool == "burst" })
    #expect(bench.infrastructure.changes.isEmpty)
    #expect(bench.workers.isEmpty && bench.journal.records.isEmpty)
    #expect(bench.world.look { $0.report.machines }.isEmpty)
  }

  @Test func leavesWorkersOfAnEarlierRunAlone() async throws {
    let acting = try await Bench.withBurstWorkers(2)
    var parts = acting.loop.parts
    parts.mode = .observe
    let observing = try await ControlLoop(parts)
    let before = acting.infrastructure.changes.count
    acting.clock.advance(by: .hours(4))
    for _ in 0..<100 {
      acting.clock.advance(by: acting.policy.pace.tick)
      await observing.tick()
    }
    // More than four hours later both have expired, and the plan says so; nobody carries it out.
    #expect(observing.state.withLock { $0.latest?.plan.retirements.isEmpty } == false)
    #expect(acting.infrastructure.changes.count == before)
    #expect(acting.world.look { $0.report.liveMachines.count } == 2)
  }

  @Test func refusesOrders() async throws {
    let bench = try await Bench(busyWorld(), mode: .observe)
    await bench.step()
    let orders: [() async throws -> Void] = [
      { _ = try await bench.order(1) },
      { _ = try await bench.loop.remove("worker-burst-001", force: true, by: "ann") },
      { _ = try await bench.loop.extend("worker-burst-001", by: nil, actor: "ann") },
    ]
    for order in orders {
      do {
        try await order()
        Issue.record("accepted")
      } catch {
        #expect((error as? OperationError)?.code == .unavailable)
      }
    }
  }

  @Test func actingWithoutInfrastructureIsObserving() async throws {
    let clock = HandClock(Setting.start)
    var parts = ControlLoop.Parts(
      policy: Setting.policy(), infrastructure: nil, journal: MemoryJournal(),
      metrics: WorldMetrics(SimulatedInfrastructure(world: Setting.world(), time: clock)), time: clock,
      identities: CountingIdentities())
    parts.mode = .act
    let loop = try await ControlLoop(parts)
    await loop.tick()
    await #expect(throws: OperationError.self) {
      try await loop.scale(ScaleOrder(pool: "burst", workers: 1), by: "ann")
    }
    let status = await loop.status()
    #expect(status.ticks == 1)
    #expect(status.missing.contains { $0.contains("nodes") })
  }

  @Test func aDryRunChangesNothing() async throws {
    let bench = try await Bench(busyWorld(), policy: Setting.policy(minimum: 2))
    for _ in 0..<2 {
      let run = try await bench.loop.dryRun()
      #expect(run.plan.creations.count == 2)
      #expect(bench.workers.isEmpty && bench.journal.writes == 0)
      bench.clock.advance(by: .seconds(5))
    }
  }
}
