import Model
import Testing

@testable import Decision

@Suite struct ShrinkTests {
  // MARK: time to live

  private func expired(_ span: Duration, _ scene: inout Scene) -> WorkerName {
    scene.addWorker("burst", age: .hours(4) + span)
  }

  @Test func announcesExpiryOnceFiveMinutesBefore() {
    var scene = Scene()
    let early = scene.addWorker("burst", age: .hours(4) - .seconds(301))
    let due = scene.addWorker("burst", age: .hours(4) - .seconds(300))
    scene.addWorker("burst", age: .hours(4) - .seconds(100)) { $0.timeToLive!.announced = true }
    let result = scene.decide()
    #expect(result.plan.announcements.map(\.worker) == [due])
    #expect(result.worker(early).verdict == .keep)
  }

  @Test func keepsAWorkerForTheGraceAfterItsExpiry() {
    var scene = Scene()
    _ = expired(.seconds(299), &scene)
    #expect(scene.decide().plan.retirements.isEmpty)
  }

  @Test(arguments: [true, false])
  func anExpiredWorkerGoesBusyOrIdle(_ isBusy: Bool) {
    var scene = Scene()
    let worker = expired(.seconds(300), &scene)
    if isBusy { scene.addRunning(2, on: worker) }
    let retirement = scene.decide().plan.retirements.first
    #expect(retirement?.worker == worker)
    #expect(retirement?.byChoice == false)
    #expect(retirement?.force == false)
    #expect(retirement?.reason.data["idle"] == "\(!isBusy)")
  }

  @Test func endsABusyWorkerByForceWhereThatIsConfigured() {
    var scene = Scene()
    scene.policy.cleanup.expiry = .terminate
    let worker = expired(.minutes(6), &scene)
    scene.addRunning(2, on: worker)
    #expect(scene.decide().plan.retirements.first?.force == true)
  }

  @Test func anExpiredWorkerThatPodsAreAboutToUseIsDrained() {
    var scene = Scene()
    let worker = expired(.minutes(6), &scene)
    scene.addPending(1)
    let reason = scene.decide().plan.retirements.first { $0.worker == worker }?.reason
    #expect(reason?.sentence.hasSuffix("and is drained, as it is in use.") == true)
    #expect(reason?.data["idle"] == "false")
  }

  @Test func expiredWorkersLeaveAtTheParallelLimit() {
    var scene = Scene()
    for _ in 0..<7 { _ = expired(.minutes(10), &scene) }
    scene.addWorker("burst", state: .draining) { $0.removal = RemovalRecord(reason: $0.reason, askedAt: Scene.now) }
    let result = scene.decide()
    #expect(result.plan.retirements.count == 4)
    #expect(result.report.workers.count { $0.reason.code == "removal_limit" } == 3)
  }

  /// Seven are to go, at most five at once, and three leave already: for longer than the limits, or not.
  @Test(arguments: [WorkerState.draining, .terminating], [true, false])
  func aRemovalThatIsHeldUpTakesNobodysTurn(state: WorkerState, isHeldUp: Bool) {
    var scene = Scene()
    for _ in 0..<7 { _ = expired(.minutes(10), &scene) }
    let policy = scene.policy
    let limit =
      state == .draining
      ? policy.draining.limit : policy.termination.limit + policy.termination.forceShutdownAfter
    let begun = Scene.now.advanced(by: (isHeldUp ? .zero : .seconds(1)) - limit)
    for _ in 0..<3 {
      scene.addWorker("burst", state: state) {
        $0.removal = RemovalRecord(reason: $0.reason, askedAt: begun)
        $0.removal?.drainStartedAt = begun
        $0.stateSince = begun
      }
    }
    #expect(scene.decide().plan.retirements.count == (isHeldUp ? 5 : 2))
  }

  @Test func expiredWorkersStayWhileTheirPodsAreUnknown() {
    var scene = Scene()
    let worker = expired(.minutes(10), &scene)
    scene.snapshot.pods = .unknown("The watch broke.")
    let result = scene.decide()
    #expect(result.plan.retirements.isEmpty)
    #expect(result.worker(worker).reason.code == "expired_waits")
  }

  // MARK: idle

  /// A burst worker that has been idle for a while.
  private func idle(_ scene: inout Scene, for span: Duration = .minutes(31), age: Duration = .hours(1)) -> WorkerName {
    let worker = scene.addWorker("burst", age: age)
    scene.snapshot.memory.idleSince[worker] = scene.ago(span)
    return worker
  }

  @Test func anIdleWorkerGoesAfterTheIdleTime() {
    var scene = Scene()
    let worker = idle(&scene)
    let result = scene.decide()
    #expect(result.plan.retirements.map(\.worker) == [worker])
    #expect(result.plan.retirements.first?.byChoice == true)
    #expect(result.pool("burst").verdict == .shrink)
    #expect(result.memory.pools["burst"]?.retirements == [Scene.now])
  }

  @Test func theIdleClockStartsWhenAWorkerIsFirstSeenIdleAndEndsWhenItIsBusy() {
    var scene = Scene()
    let worker = scene.addWorker("burst")
    let first = scene.decide()
    #expect(first.memory.idleSince[worker] == Scene.now)
    scene.advance(by: .minutes(29), after: first)
    #expect(scene.decide().plan.retirements.isEmpty)
    scene.addRunning(1, on: worker)
    let busy = scene.decide()
    #expect(busy.memory.idleSince[worker] == nil)
    #expect(busy.worker(worker).reason.code == "in_use")
  }

  @Test(arguments: [(4.9, true), (5.0, false), (nil, true)])
  func isIdleBelowFivePercentCPUWhereThatIsMeasured(_ cpu: Double?, _ goes: Bool) {
    var scene = Scene()
    let worker = idle(&scene)
    scene.changeNode(worker) { $0.cpuPercent = cpu }
    #expect(scene.decide().plan.retirements.isEmpty == !goes)
  }

  @Test func podsOfTheNodeItselfDoNotKeepItBusy() {
    var scene = Scene()
    let worker = idle(&scene)
    scene.addRunning(1, on: worker, named: "agent") { $0.ownerKind = "DaemonSet" }
    scene.addRunning(1, on: worker, named: "static") { $0.isMirror = true }
    scene.addRunning(1, on: worker, named: "done") { $0.phase = .succeeded }
    #expect(scene.decide().plan.retirements.count == 1)
  }

  @Test func anIdleWorkerStaysForPodsThatAreAboutToUseIt() {
    var scene = Scene()
    _ = idle(&scene)
    scene.addPending(1)
    #expect(scene.decide().plan.retirements.isEmpty)
  }

  @Test func atMostAFifthGoesByChoiceWithinHalfAnHour() {
    var scene = Scene()
    for _ in 0..<10 { _ = idle(&scene) }
    let first = scene.decide()
    #expect(first.plan.retirements.count == 2)
    #expect(first.codes("burst").contains("shrink_pace"))
    // A quarter of an hour later both are gone and nothing more may go; after the window the next may.
    scene.snapshot.workers.removeAll { worker in first.plan.retirements.contains { $0.worker == worker.name } }
    scene.advance(by: .minutes(15), after: first)
    let second = scene.decide()
    #expect(second.plan.retirements.isEmpty)
    scene.advance(by: .minutes(15), after: second)
    #expect(scene.decide().plan.retirements.count == 1)
  }

  @Test func shrinkingNeverGoesBelowTheMinimum() {
    var scene = Scene()
    scene.changePool("burst") { $0.minimum = 1 }
    _ = idle(&scene)
    let result = scene.decide()
    #expect(result.plan.retirements.isEmpty)
    #expect(result.codes("burst").contains("minimum_reached"))
  }

  @Test func doesNotShrinkWhileAReadingOfThePoolIsMissing() {
    var scene = Scene()
    _ = idle(&scene)
    scene.snapshot.readings["burst/cpu_pressure"] = nil
    let result = scene.decide()
    #expect(result.plan.retirements.isEmpty)
    #expect(result.codes("burst").contains("reading_missing"))
  }

  @Test func doesNotShrinkWhileThePoolGrows() {
    var scene = Scene()
    _ = idle(&scene)
    scene.addRequest(1, pool: "burst")
    let result = scene.decide()
    #expect(result.plan.retirements.isEmpty)
    #expect(result.codes("burst").contains("pool_grows"))
  }

  @Test func doesNotShrinkWithinTheCooldownAfterTheLastWorkerWasSeenLeaving() {
    var scene = Scene()
    _ = idle(&scene)
    scene.snapshot.memory.pools["burst"] = {
      var memory = PoolMemory()
      memory.shrunkAt = scene.ago(.seconds(599))
      return memory
    }()
    let result = scene.decide()
    #expect(result.plan.retirements.isEmpty)
    #expect(result.codes("burst").contains("cooling_down"))
    scene.advance(by: .seconds(1), after: result)
    #expect(scene.decide().plan.retirements.count == 1)
  }

  @Test func keepsIdleWorkersWhereIdleDetectionIsOff() {
    var scene = Scene()
    _ = idle(&scene)
    scene.policy.cleanup.idleDetection = false
    #expect(scene.decide().plan.retirements.isEmpty)
  }

  // MARK: utilisation

  /// Four permanent workers, little used for an hour.
  private func quiet(cpu: Double = 30, memory: Double = 30) -> Scene {
    var scene = Scene(isFull: false)
    scene.addWorker("permanent", age: .hours(3))
    scene.policy.triggers += [
      Scene.trigger("permanent/cpu_pressure", "permanent", .cpuPressure, 80, .seconds(300)),
      Scene.trigger("permanent/memory_pressure", "permanent", .memoryPressure, 80, .seconds(300)),
    ]
    scene.read("permanent/cpu_pressure", cpu)
    scene.read("permanent/memory_pressure", memory)
    var pool = PoolMemory()
    pool.lowSince = scene.ago(.hours(1))
    scene.snapshot.memory.pools["permanent"] = pool
    for worker in scene.snapshot.workers { scene.addRunning(1, on: worker.name) }
    return scene
  }

  @Test func aPermanentWorkerGoesWhenBothUtilisationsHaveBeenLow() {
    let scene = quiet()
    let result = scene.decide()
    #expect(result.plan.retirements.count == 1)
    #expect(result.plan.retirements.first?.byChoice == true)
    #expect(PlanChecker.check(result.plan, snapshot: scene.snapshot, policy: scene.policy).isEmpty)
  }

  @Test(arguments: [(51.0, 30.0), (30.0, 51.0), (Double.nan, 30.0)])
  func aPermanentWorkerStaysUnlessBothAreKnownAndLow(_ cpu: Double, _ memory: Double) {
    #expect(quiet(cpu: cpu, memory: memory).decide().plan.retirements.isEmpty)
  }

  @Test func aPermanentWorkerStaysUntilTheCooldownHasPassed() {
    var scene = quiet()
    scene.snapshot.memory.pools["permanent"] = nil
    let first = scene.decide()
    #expect(first.plan.retirements.isEmpty)
    #expect(first.memory.pools["permanent"]?.lowSince == Scene.now)
    scene.advance(by: .seconds(600), after: first)
    #expect(scene.decide().plan.retirements.count == 1)
  }

  @Test func aWorkerStaysWhenTheRestWouldBeAboveItsTargets() {
    var scene = quiet(cpu: 49)
    scene.changePool("permanent") {
      $0.utilisation = UtilisationPolicy(
        cpuTargetPercent: 60, memoryTargetPercent: 75, growAtPercent: 80, shrinkAtPercent: 50)
    }
    // 49 % of four is 65 % of three.
    #expect(scene.decide().plan.retirements.isEmpty)
  }

  @Test(arguments: ["no place", "bare pod", "annotated pod", "annotated node"])
  func aWorkerStaysWhosePodsCannotMove(_ why: String) {
    var scene = quiet()
    for worker in scene.snapshot.workers.map(\.name) {
      switch why {
      case "no place": scene.addRunning(1, on: worker, cpu: 6500)
      case "bare pod": scene.addRunning(1, on: worker) { $0.ownerKind = nil }
      case "annotated pod":
        scene.addRunning(1, on: worker) { $0.annotations["cluster-autoscaler.kubernetes.io/safe-to-evict"] = "false" }
      default: scene.changeNode(worker) { $0.annotations["karpenter.sh/do-not-disrupt"] = "true" }
      }
    }
    let result = scene.decide()
    #expect(result.plan.retirements.isEmpty)
    #expect(result.codes("permanent").contains(why == "no place" ? "pods_have_no_place" : "must_not_move"))
  }
}
