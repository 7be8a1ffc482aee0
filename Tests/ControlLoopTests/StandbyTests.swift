import Model
import Simulator
import Testing

@testable import ControlLoop

/// A burst that finds clones waiting does not wait for any.
@Suite struct StandbyTests {
  private func bench(standby: Int) async throws -> Bench {
    var policy = Setting.policy(minimum: 0)
    policy.triggers = []
    let burst = policy.pools.firstIndex { $0.name == "burst" }!
    policy.pools[burst].standby = standby
    let bench = try await Bench(Setting.world(), policy: policy)
    let isDone = await bench.run { bench.workers.count { $0.state == .standby } == standby }
    #expect(isDone)
    return bench
  }

  @Test func clonesAreMadeOneByOneAndStayStopped() async throws {
    let bench = try await bench(standby: 2)
    await bench.steps(100)
    #expect(bench.workers.map(\.state) == [.standby, .standby])
    #expect(!bench.infrastructure.changes.contains("start"))
    #expect(bench.infrastructure.changes.count { $0 == "clone" } == 2)
    #expect(bench.latest?.report.violations.isEmpty == true)
    let machines = bench.world.look { $0.report.liveMachines.count }
    #expect(machines == 2)
  }

  @Test func aRequestStartsOneAndASuccessorIsMade() async throws {
    let bench = try await bench(standby: 1)
    let asked = bench.now
    _ = try await bench.order(1)
    #expect(await bench.run { bench.ready("burst") == 1 })
    let worker = try #require(bench.workers.first { $0.state == .ready })
    #expect(worker.name == "worker-burst-001")
    #expect(worker.standby?.activatedAt.map { $0 - asked <= .seconds(10) } == true)
    #expect(bench.infrastructure.changes.count { $0 == "clone" } == 1, "no clone was waited for")
    #expect(await bench.run { bench.workers.count { $0.state == .standby } == 1 })
    #expect(bench.workers.count == 2)
  }

  @Test func theBillIsTheShareAndThenTheWhole() async throws {
    let bench = try await bench(standby: 1)
    await bench.steps(200)
    _ = try await bench.order(1)
    #expect(await bench.run { bench.ready("burst") == 1 })
    await bench.steps(50)
    let worker = try #require(bench.workers.first { $0.state == .ready })
    let (from, activated) = (try #require(worker.billedFrom), try #require(worker.standby?.activatedAt))
    let share = HourlyPrice(perHour: Money(0.012)).cost(of: activated - from)
    let whole = HourlyPrice(perHour: Money(0.24)).cost(of: bench.now - activated)
    #expect(worker.cost(until: bench.now) == share + whole)
    let others = bench.workers.filter { $0.id != worker.id }.reduce(Money.zero) { $0 + $1.cost(until: bench.now) }
    let spending = Ledger.spending(of: bench.workers, now: bench.now, policy: bench.policy)
    #expect(spending.byPool["burst"] == share + whole + others)
    #expect(spending.burstEvent == whole, "the event pays from the activation on")
  }

  @Test func aKilledProcessActivatesOnce() async throws {
    for boundary in 1...12 {
      let bench = try await bench(standby: 1)
      try await bench.restart(kill: KillSwitch(at: boundary))
      do { _ = try await bench.order(1, id: "rush") } catch is KillSwitch.Killed {}
      for _ in 0..<40 where !bench.kill.isDead { await bench.step() }
      bench.clock.advance(by: .seconds(20))
      try await bench.restart()
      _ = try await bench.order(1, id: "rush")
      #expect(await bench.run { bench.ready("burst") == 1 && bench.workers.contains { $0.state == .standby } })
      #expect(bench.workers.count == 2, "killed at \(boundary)")
      #expect(bench.world.look { $0.report.liveMachines.count } == 2, "killed at \(boundary)")
    }
  }
}
