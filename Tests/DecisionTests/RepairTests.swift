import Model
import Testing

@testable import Decision

@Suite struct RepairTests {
  /// Six burst workers with a pod each, the first of them sick.
  private func sick(
    _ type: String = "Ready", _ status: NodeObservation.ConditionStatus = .no, for span: Duration,
    _ record: RepairRecord? = nil
  ) -> Scene {
    var scene = Scene()
    for _ in 0..<6 {
      let worker = scene.addWorker("burst")
      scene.addRunning(1, on: worker)
    }
    scene.setCondition("worker-burst-001", type, status, since: span)
    let index = scene.snapshot.workers.firstIndex { $0.name == "worker-burst-001" }!
    scene.snapshot.workers[index].state = .unhealthy
    scene.snapshot.workers[index].repair = record
    return scene
  }

  private func tried(_ issue: RepairIssue, next: Int, attempts: Int, ago span: Duration) -> RepairRecord {
    var record = RepairRecord(issue: issue, since: Scene.now.advanced(by: .hours(-2)))
    record.nextLevel = next
    record.attempts = attempts
    record.lastAttemptAt = Scene.now.advanced(by: .zero - span)
    return record
  }

  @Test(arguments: [
    ("Ready", NodeObservation.ConditionStatus.no, 300, RepairAction.restartKubelet),
    ("Ready", .unknown, 300, .restartKubelet), ("DiskPressure", .yes, 60, .cleanDisk),
    ("MemoryPressure", .yes, 600, .drainAndReboot),
  ])
  func ordersTheFirstLevelWhenItsTimeHasCome(
    _ type: String, _ status: NodeObservation.ConditionStatus, _ seconds: Int, _ action: RepairAction
  ) {
    #expect(sick(type, status, for: .seconds(seconds - 1)).decide().plan.repairs.isEmpty)
    let orders = sick(type, status, for: .seconds(seconds)).decide().plan.repairs
    #expect(orders.map(\.action) == [action])
    #expect(orders.first?.level == 0)
    #expect(orders.first?.since == Scene.now.advanced(by: .seconds(-seconds)))
  }

  @Test func goesOnToTheNextLevelAfterARecheck() {
    let early = sick(for: .minutes(10), tried(.notReady, next: 1, attempts: 1, ago: .seconds(59)))
    #expect(early.decide().plan.repairs.isEmpty)
    let due = sick(for: .minutes(10), tried(.notReady, next: 1, attempts: 1, ago: .seconds(60)))
    #expect(due.decide().plan.repairs.map(\.action) == [.reboot])
    let tooSoon = sick(for: .seconds(599), tried(.notReady, next: 1, attempts: 1, ago: .minutes(4)))
    #expect(tooSoon.decide().plan.repairs.isEmpty)
  }

  @Test func startsANewRoundAfterTheCooldownAndStopsAfterThree() {
    let early = sick(
      "DiskPressure", .yes, for: .hours(1), tried(.diskPressure, next: 2, attempts: 2, ago: .minutes(14)))
    #expect(early.decide().plan.repairs.isEmpty)
    let due = sick("DiskPressure", .yes, for: .hours(1), tried(.diskPressure, next: 2, attempts: 2, ago: .minutes(15)))
    #expect(due.decide().plan.repairs.map(\.action) == [.cleanDisk])
    let over = sick("DiskPressure", .yes, for: .hours(2), tried(.diskPressure, next: 2, attempts: 6, ago: .hours(1)))
    let result = over.decide()
    #expect(result.plan.repairs.isEmpty)
    #expect(result.worker("worker-burst-001").reason.code == "repair_exhausted")
  }

  @Test(arguments: [(2, RepairAction?.none), (3, .restartKubelet), (4, .restartKubelet)])
  func countsTheKubeletsRestarts(_ restarts: Int, _ action: RepairAction?) {
    var scene = sick("Ready", .yes, for: .hours(1))
    scene.snapshot.systems["worker-burst-001"] = SystemObservation(
      stage: .running, kubeletRunning: true, kubeletRestarts: restarts)
    #expect(scene.decide().plan.repairs.first?.action == action)
  }

  @Test func repairsNothingWhileMoreThanAFifthOfThePoolIsUnhealthy() {
    var scene = sick(for: .minutes(6))
    scene.setCondition("worker-burst-002", "Ready", .unknown, since: .seconds(30))
    let result = scene.decide()
    #expect(result.plan.repairs.isEmpty)
    #expect(result.codes("burst").contains("repair_breaker"))
  }

  @Test func repairsTheOnlyWorkerOfAPool() {
    var scene = Scene()
    let worker = scene.addWorker("burst") { $0.state = .ready }
    scene.setCondition(worker, "Ready", .no, since: .minutes(5))
    #expect(scene.decide().plan.repairs.map(\.action) == [.restartKubelet])
  }

  @Test func repairsNothingWhileTheNodesAreUnknown() {
    var scene = sick(for: .hours(1))
    scene.snapshot.nodes = .unknown("No answer.")
    #expect(scene.decide().plan.isEmpty)
  }

  @Test func leavesAWorkerAloneThatIsBeingRepaired() {
    var scene = sick(for: .hours(1))
    let index = scene.snapshot.workers.firstIndex { $0.name == "worker-burst-001" }!
    scene.snapshot.workers[index].state = .repairing
    let result = scene.decide()
    #expect(result.plan.repairs.isEmpty)
    #expect(result.worker("worker-burst-001").verdict == .repair)
  }

  // MARK: replacement

  private func hopeless() -> Scene {
    sick(for: .minutes(30), tried(.notReady, next: 2, attempts: 2, ago: .minutes(10)))
  }

  /// For `worker-burst-001`, which is an hour old.
  private func addSubstitute(_ state: WorkerState = .ready, age: Duration = .minutes(10), to scene: inout Scene) {
    scene.addWorker("burst", state: state, age: age) {
      $0.reason = Reason("replaces_worker", "For a test.", data: ["replaces": "worker-burst-001"])
    }
  }

  @Test func replacesByASubstituteFirst() {
    let result = hopeless().decide()
    #expect(result.plan.creations.map(\.reason.code) == ["replaces_worker"])
    #expect(result.plan.creations.first?.reason.data["replaces"] == "worker-burst-001")
    #expect(result.plan.creations.first?.reason.data["escalates"] == "true")
    #expect(result.plan.retirements.isEmpty)
    #expect(result.worker("worker-burst-001").verdict == .replace)
  }

  @Test(arguments: [WorkerState.provisioning, .ready])
  func theBrokenWorkerGoesWhenItsSubstituteIsReady(_ state: WorkerState) {
    var scene = hopeless()
    addSubstitute(state, to: &scene)
    let result = scene.decide()
    #expect(result.plan.creations.isEmpty)
    #expect(result.plan.retirements.map(\.worker) == (state == .ready ? ["worker-burst-001"] : []))
    #expect(result.plan.retirements.allSatisfy { $0.force && !$0.byChoice })
  }

  @Test func aSubstituteOfAnElderOfTheNameIsNoSubstitute() {
    var scene = hopeless()
    addSubstitute(age: .hours(2), to: &scene)
    let result = scene.decide()
    #expect(result.plan.creations.map(\.reason.code) == ["replaces_worker"])
    #expect(result.plan.retirements.isEmpty)
  }

  @Test func aWorkerWhoseTimeIsOverIsNoneOfTheMinimumThatABrokenOneLeaves() {
    var scene = hopeless()
    scene.changePool("burst") { $0.minimum = 6 }
    addSubstitute(to: &scene)
    #expect(scene.decide().plan.retirements.map(\.worker) == ["worker-burst-001"])
    let index = scene.snapshot.workers.firstIndex { $0.name == "worker-burst-007" }!
    scene.snapshot.workers[index].timeToLive?.expiresAt = Scene.now.advanced(by: .hours(-1))
    let result = scene.decide()
    #expect(result.plan.retirements.map(\.worker) == ["worker-burst-007"])
    #expect(result.worker("worker-burst-001").reason.code == "replacement_waits")
  }

  @Test func aSubstituteThatTheMinimumNeedsAnywayIsFollowedByAnother() {
    var scene = hopeless()
    scene.changePool("burst") { $0.minimum = 7 }
    addSubstitute(to: &scene)
    let result = scene.decide()
    #expect(result.plan.creations.map(\.reason.code) == ["replaces_worker"])
    #expect(result.plan.retirements.isEmpty)
  }

  @Test func theBrokenWorkerGoesFirstWhereTheBudgetForbidsASubstitute() {
    var scene = hopeless()
    scene.changeSpending { $0.byPool["burst"] = Money(197) }
    let result = scene.decide()
    #expect(result.plan.creations.isEmpty)
    #expect(result.plan.retirements.map(\.worker) == ["worker-burst-001"])
  }

  @Test func neverTakesAPoolBelowItsMinimumForAReplacement() {
    var scene = hopeless()
    scene.changePool("burst") { $0.minimum = 6 }
    scene.changeHosts { $0.online = false }
    let result = scene.decide()
    #expect(result.plan.isEmpty)
    #expect(result.worker("worker-burst-001").reason.code == "replacement_waits")
  }

  @Test func aWorkerOfTheMinimumIsReplacedBeyondTheBudget() {
    var scene = hopeless()
    scene.changePool("burst") { $0.minimum = 6 }
    scene.changeSpending { $0.byPool["burst"] = Money(200) }
    let result = scene.decide()
    #expect(result.plan.creations.count == 1)
    #expect(PlanChecker.check(result.plan, snapshot: scene.snapshot, policy: scene.policy).isEmpty)
  }
}
