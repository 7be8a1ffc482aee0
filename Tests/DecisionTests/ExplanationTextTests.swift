import Model
import Testing

@testable import Decision

/// What the report says of a pool's bounds and of workers that stay.
@Suite struct ExplanationTextTests {
  private func bounds(_ scene: Scene, _ pool: PoolName) throws -> [Reason] {
    try #require(scene.decide().report.pools.first { $0.pool == pool }).bounds
  }

  private func reason(_ scene: Scene, _ worker: WorkerName) throws -> Reason {
    try #require(scene.decide().report.workers.first { $0.worker == worker }).reason
  }

  @Test func everyPoolHasItsRoomAmongItsBounds() throws {
    let scene = Scene()
    for pool in scene.decide().report.pools {
      let room = try #require(pool.bounds.first)
      #expect(["within_limits", "minimum_reached", "pool_at_maximum"].contains(room.code))
      #expect(room.data["maximum"] == "\(pool.maximum)" && room.data["workers"] == "\(pool.desired)")
      #expect(pool.bounds.allSatisfy { $0.sentence.hasSuffix(".") })
    }
  }

  @Test func cooldownsAndBackoffAreToldWithTheirEnds() throws {
    var scene = Scene()
    scene.addWorker("burst") { $0.readyAt = Scene.now.advanced(by: .seconds(-10)) }
    var memory = PoolMemory()
    memory.backoffUntil = Scene.now.advanced(by: .minutes(3))
    memory.lastFailureAt = Scene.now.advanced(by: .minutes(-2))
    memory.shrunkAt = Scene.now.advanced(by: .seconds(-5))
    scene.snapshot.memory.pools["burst"] = memory
    let told = try bounds(scene, "burst")
    #expect(told.first { $0.code == "backing_off" }?.data["until"] == "2026-11-10T12:03:00.000Z")
    let cooling = told.filter { $0.code == "cooling_down" }
    #expect(cooling.count == 2, "growing and shrinking: \(told.map(\.sentence))")
    #expect(cooling.allSatisfy { $0.data["until"] != nil })
  }

  @Test func aFullPoolSaysThatItCannotGrow() throws {
    var scene = Scene()
    let index = try #require(scene.policy.pools.firstIndex { $0.name == "permanent" })
    scene.policy.pools[index].maximum = 3
    let told = try bounds(scene, "permanent")
    #expect(told.first?.code == "pool_at_maximum" && told.first?.remedy?.isEmpty == false)
  }

  @Test func ofAWorkerItIsToldWhatWouldLetItGo() throws {
    var scene = Scene()
    let idle = scene.addWorker("burst")
    let busy = scene.addWorker("burst") {
      $0.timeToLive = TimeToLiveRecord(
        expiresAt: Scene.now.advanced(by: .hours(2)), latest: Scene.now.advanced(by: .hours(8)))
    }
    scene.addRunning(2, on: busy)
    scene.snapshot.memory.idleSince[idle] = Scene.now.advanced(by: .minutes(-5))
    let idleReason = try reason(scene, idle)
    #expect(idleReason.code == "idle_clock" && idleReason.data["idle_since"] == "2026-11-10T11:55:00.000Z")
    #expect(idleReason.data["may_go_at"] != nil && idleReason.remedy != nil)
    let busyReason = try reason(scene, busy)
    #expect(busyReason.code == "in_use" && busyReason.data["pods"] == "2")
    #expect(busyReason.data["expires_at"] == "2026-11-10T14:00:00.000Z")
    #expect(busyReason.remedy?.contains("nothing to do for") == true, "\(busyReason.remedy ?? "")")
    #expect(busyReason.remedy?.contains("14:00:00") == true)
  }

  @Test func whatTheSourcesCannotTellIsMissingAndCountsAsNoReading() throws {
    var scene = Scene()
    let before = scene.decide().report
    scene.snapshot.untold = ["Metrics tell no affinities."]
    let after = scene.decide().report
    #expect(after.missing == before.missing + ["Metrics tell no affinities."])
    #expect(after.summary == before.summary)
  }
}
