import Decision
import Model
import Testing

@Suite struct RemovedPoolTests {
  /// A scene in which a pool is gone, but not its workers.
  private func without(_ pool: PoolName, _ scene: inout Scene) {
    scene.policy.pools.removeAll { $0.name == pool }
    scene.policy.triggers.removeAll { $0.pool == pool }
  }

  @Test func workersThatAreThereStayAndSayWhatWouldHelp() {
    var scene = Scene()
    let worker = scene.addWorker("burst")
    scene.addRunning(2, on: worker)
    without("burst", &scene)
    let result = scene.decide()
    #expect(result.plan.retirements.isEmpty)
    let line = result.worker(worker)
    #expect(line.reason.code == "pool_removed")
    #expect(line.reason.remedy?.contains("poolkeeper remove \(worker)") == true)
  }

  @Test func workersUnderWayAreGivenUpWithinTheParallelLimit() {
    var scene = Scene()
    for _ in 0..<7 { scene.addWorker("burst", state: .provisioning) }
    without("burst", &scene)
    let result = scene.decide()
    #expect(result.plan.retirements.count == scene.policy.provisioning.parallelLimit)
    #expect(result.plan.retirements.allSatisfy { $0.reason.code == "pool_removed" && !$0.byChoice })
    #expect(PlanChecker.check(result.plan, snapshot: scene.snapshot, policy: scene.policy).isEmpty)
  }

  @Test func workersOfOtherPoolsAreNotTouched() {
    var scene = Scene()
    let worker = scene.addWorker("spot", state: .provisioning)
    without("burst", &scene)
    #expect(!scene.decide().plan.retirements.contains { $0.worker == worker })
  }
}
