import Lifecycle
import Model
import Ports
import Simulator
import Testing

@testable import ControlLoop

/// A pool whose template has another version gets new workers, one at a time.
@Suite struct UpgradeTests {
  @Test func aPoolIsUpgradedWithoutEverHavingLessThanItHad() async throws {
    var policy = Setting.policy(minimum: 0)
    policy.triggers = []
    policy.consolidation.enabled = false
    let burst = policy.pools.firstIndex { $0.name == "burst" }!
    policy.pools[burst].minimum = 2
    policy.pools[burst].upgrade = .replace
    policy.pools[burst].idleTimeout = nil
    policy.pools[burst].timeToLive = nil
    // A minimum is committed until the month's end.
    policy.pools[burst].monthlyBudget = Money(5000)
    policy.money.monthlyBudget = nil
    policy.money.burstEventMaximum = nil
    let bench = try await Bench(Setting.world(), policy: policy)
    #expect(await bench.run { bench.ready("burst") == 2 })
    // They were made from a version that is no more.
    var entry = JournalEntry()
    entry.workers = bench.workers.map { worker in
      var worker = worker
      worker.build?.talosVersion = "v1.0.0"
      return worker
    }
    try await bench.journal.write(entry)
    try await bench.restart()
    let old = Set(bench.workers.map(\.id))
    var (least, most) = (Int.max, 0)
    let isDone = await bench.run(atMost: .hours(4)) {
      let ready = bench.ready("burst")
      least = min(least, ready)
      most = max(most, bench.workers.count { $0.pool == "burst" && $0.state != .terminated })
      return ready == 2 && bench.workers.count == 2 && bench.workers.allSatisfy { !old.contains($0.id) }
    }
    #expect(isDone)
    #expect(least >= 2 && most == 3)
    let retired = bench.journal.allEvents.filter { $0.code == "plan_retire" }
    #expect(retired.count == 2)
    #expect(retired.allSatisfy { $0.sentence.contains("has Talos 1.0.0") })
    let broken = bench.world.look { $0.brokenInvariants() }
    #expect(broken.isEmpty, "\(broken)")
    await bench.steps(100)
    #expect(bench.workers.count == 2, "nothing is replaced for ever")
  }
}
