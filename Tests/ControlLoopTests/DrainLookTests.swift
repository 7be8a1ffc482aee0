import Ports
import Model
import Ports
import Simulator
import Testing

@testable import ControlLoop

/// Whether a drain is over is read from the API server, never from a list that a cache keeps.
@Suite struct DrainLookTests {
  /// A burst worker with running pods that was just told to go, and a pod list that shows none of them.
  private func bench() async throws -> Bench {
    var world = Setting.world()
    world.add(Setting.burstPods("web", count: 3, millicores: 500))
    var policy = Setting.policy(minimum: 0)
    policy.triggers = []
    let bench = try await Bench.withBurstWorkers(1, world: world, policy: policy)
    await bench.steps(4)
    #expect(try await bench.world.pods().count { $0.node != nil && !$0.belongsToNode } == 3)
    bench.infrastructure.setPodListEmpty(true)
    _ = try await bench.loop.remove("worker-burst-001", force: false, by: "ann")
    return bench
  }

  @Test func podsThatTheListDoesNotShowAreEvictedAllTheSame() async throws {
    let bench = try await bench()
    #expect(await bench.run { bench.workers.isEmpty })
    #expect(bench.infrastructure.changes.count { $0 == "evict" } >= 3)
    #expect(bench.world.look { $0.report.podsLost } == 0)
  }

  @Test func aDrainDoesNotEndWhileTheFreshLookFails() async throws {
    let bench = try await bench()
    bench.infrastructure.setBroken(["pods_on_node"])
    await bench.steps(60)
    #expect(bench.workers.map(\.state) == [.draining])
    #expect(!bench.infrastructure.changes.contains("shutdown"))
    bench.infrastructure.setBroken([])
    #expect(await bench.run { bench.workers.isEmpty })
  }
}
