import Model
import Testing

@testable import Decision

@Suite struct UnderUseTests {
  private static let toleration = Toleration(key: "workload-type", value: "burst", effect: .noSchedule)

  /// Burst workers whose pods ask for so many millicores each.
  private func scene(_ loads: [Int64], template: TemplateName = "medium") -> Scene {
    var scene = Scene()
    for cpu in loads {
      let worker = scene.addWorker("burst", template: template)
      scene.addRunning(1, on: worker, cpu: cpu) { $0.tolerations = [Self.toleration] }
    }
    return scene
  }

  private func gone(_ scene: Scene) -> [WorkerName] {
    let plan = scene.decide().plan
    #expect(PlanChecker.check(plan, snapshot: scene.snapshot, policy: scene.policy).isEmpty)
    return plan.retirements.map(\.worker)
  }

  @Test func aWorkerGoesWhosePodsHaveAskedForLittleForLongEnough() {
    var scene = scene([1000, 5000])
    scene.underUse(for: .minutes(10) - .seconds(1))
    #expect(gone(scene).isEmpty)
    let waiting = scene.decide().worker("worker-burst-001").reason
    #expect(waiting.code == "under_used" && waiting.sentence.contains("may go at 12:00:01"))
    scene.underUse(for: .minutes(10))
    let result = scene.decide()
    #expect(result.plan.retirements.map(\.worker) == ["worker-burst-001"])
    #expect(result.plan.retirements.first?.byChoice == true)
    #expect(result.plan.retirements.first?.reason.code == "under_used")
    #expect(result.memory.pools["burst"]?.retirements == [Scene.now])
  }

  /// Of 7.8 cores: half is 3.9.
  @Test(arguments: [(Int64(3899), true), (3900, false)])
  func isUnderUsedBelowHalfOfTheLargerOfCPUAndMemory(_ cpu: Int64, _ isUnderUsed: Bool) {
    let first = scene([cpu]).decide()
    #expect((first.memory.underUsedSince?["worker-burst-001"] == Scene.now) == isUnderUsed)
    var scene = scene([100])
    scene.changePods { if $0.ownerName == "app" { $0.requests.memoryBytes = .mebibytes(8000) } }
    #expect(scene.decide().memory.underUsedSince == nil)
  }

  @Test func onlyTheGPUCountsOnANodeThatHasOne() {
    var scene = Scene()
    let worker = scene.addWorker("gpu")
    scene.addRunning(1, on: worker, cpu: 100) { $0.requests.extended = ["nvidia.com/gpu": 1] }
    #expect(scene.decide().memory.underUsedSince == nil)
    scene.changePods { $0.requests.extended = [:] }
    #expect(scene.decide().memory.underUsedSince?[worker] == Scene.now)
  }

  @Test func theClockStandsWhileNothingIsKnownAndEndsWhenTheWorkerIsUsed() {
    var scene = scene([1000])
    scene.underUse(for: .minutes(5))
    var unknown = scene
    unknown.snapshot.pods = .unknown("lost")
    #expect(unknown.decide().memory.underUsedSince?["worker-burst-001"] == scene.ago(.minutes(5)))
    scene.changePods { if $0.ownerName == "app" { $0.requests.cpuMillicores = 5000 } }
    #expect(scene.decide().memory.underUsedSince?["worker-burst-001"] == nil)
  }

  @Test func thoseGoFirstThatSaveMostForWhatMovesLeast() {
    var scene = scene([])
    let small = scene.addWorker("burst", template: "small")
    let large = scene.addWorker("burst", template: "large")
    let crowded = scene.addWorker("burst", template: "large")
    let host = scene.addWorker("burst", template: "large")
    for (worker, pods) in [(small, 1), (large, 1), (crowded, 20)] {
      scene.addRunning(pods, on: worker, cpu: 100, memory: 100) { $0.tolerations = [Self.toleration] }
    }
    scene.addRunning(1, on: host, cpu: 9000) { $0.tolerations = [Self.toleration] }
    scene.underUse(for: .hours(1))
    #expect(gone(scene) == [large])
    scene.policy.pace.shrinkPercent = 50
    #expect(gone(scene) == [large, small].sorted())
  }

  @Test func whatReceivesPodsStays() {
    // Either could go to the other: one goes, and never both.
    var scene = scene([1000, 1000])
    scene.policy.pace.shrinkPercent = 100
    scene.underUse(for: .hours(1))
    #expect(gone(scene).count == 1)
    scene.addRunning(1, on: "worker-burst-002", cpu: 6500, named: "late") { $0.tolerations = [Self.toleration] }
    #expect(gone(scene).isEmpty)
  }

  @Test(arguments: [
    "pods pending for it", "asked for", "expires soon", "growing", "grown just now", "above target", "disabled",
    "minimum",
    "keeps its workers", "node annotation", "reading missing", "reading of another pool missing", "backing off",
    "preempting pod",
  ])
  func aWorkerStaysForOtherReasons(_ why: String) {
    var scene = scene([1000, 5000])
    scene.underUse(for: .hours(1))
    #expect(gone(scene) == ["worker-burst-001"])
    switch why {
    case "pods pending for it": scene.addPending(6, cpu: 1000)
    case "asked for": scene.changeWorker("worker-burst-001") { $0.request = "request-1" }
    case "expires soon":
      scene.changeWorker("worker-burst-001") { $0.timeToLive?.expiresAt = Scene.now.advanced(by: .minutes(59)) }
    case "growing": scene.addRequest(1, pool: "burst")
    case "grown just now": scene.changeWorker("worker-burst-002") { $0.readyAt = Scene.now.advanced(by: .minutes(-9)) }
    case "above target": scene.read("burst/cpu_pressure", 60)
    case "disabled": scene.policy.consolidation.enabled = false
    case "minimum": scene.changePool("burst") { $0.minimum = 2 }
    case "keeps its workers": scene.changePool("burst") { $0.idleTimeout = nil }
    case "reading of another pool missing":
      scene.policy.triggers.append(Scene.trigger("permanent/memory", "permanent", .memoryPressure, 80, .seconds(300)))
    case "backing off": scene.addWorker("burst", state: .failed) { $0.stateSince = Scene.now }
    case "preempting pod":
      scene.addPending(1, cpu: 100) { $0.nominatedNode = "worker-burst-001" }
    case "node annotation":
      scene.changeNode("worker-burst-001") { $0.annotations["karpenter.sh/do-not-disrupt"] = "true" }
    default: scene.snapshot.readings["burst/cpu_pressure"] = nil
    }
    #expect(gone(scene).isEmpty)
  }

  @Test func anIdleWorkerWhoseNodeIsToBeLeftAloneStays() {
    var scene = Scene()
    let worker = scene.addWorker("burst")
    scene.snapshot.memory.idleSince[worker] = scene.ago(.hours(1))
    scene.changeNode(worker) { $0.annotations["karpenter.sh/do-not-disrupt"] = "true" }
    let result = scene.decide()
    #expect(result.plan.retirements.isEmpty)
    #expect(result.worker(worker).reason.code == "must_not_move")
  }

  @Test func atMostAFifthIsMovedWithinHalfAnHour() {
    var scene = scene(Array(repeating: 500, count: 10))
    scene.underUse(for: .hours(1))
    let first = scene.decide()
    #expect(first.plan.retirements.count == 2)
    #expect(first.codes("burst").contains("shrink_pace"))
    scene.snapshot.workers.removeAll { worker in first.plan.retirements.contains { $0.worker == worker.name } }
    scene.advance(by: .minutes(29), after: first)
    #expect(scene.decide().plan.retirements.isEmpty)
  }

  @Test func podsBelowTheCutOffNeedNoPlace() {
    var scene = scene([3000])
    scene.addRunning(1, on: "worker-burst-001", cpu: 100, named: "filler") { $0.priority = -11 }
    scene.changePods { if $0.ownerName == "app" { $0.priority = -20 } }
    scene.underUse(for: .hours(1))
    #expect(scene.decide().plan.retirements.count == 1)
  }
}
