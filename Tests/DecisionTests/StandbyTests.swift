import Model
import Testing

@testable import Decision

/// Clones that wait become workers before new ones are made, and cost what they must.
@Suite struct StandbyTests {
  private static func check(_ scene: Scene, _ result: DecisionResult) {
    #expect(PlanChecker.check(result.plan, snapshot: scene.snapshot, policy: scene.policy).isEmpty)
  }

  private static func quiet(standby: Int) -> Scene {
    var scene = Scene()
    scene.changePool("burst") { $0.standby = standby }
    return scene
  }

  @Test func oneIsMadeAtATimeWhileNothingElseIsUnderWay() {
    var scene = Self.quiet(standby: 2)
    let result = scene.decide()
    Self.check(scene, result)
    let standby = result.plan.standbys?.first
    #expect(result.plan.standbys?.count == 1)
    #expect(result.plan.creations.isEmpty)
    #expect(standby?.worker == "worker-burst-001")
    #expect(standby?.standbyPrice == HourlyPrice(perHour: Money(0.012)), "a twentieth of 0.24")
    #expect(standby?.price == HourlyPrice(perHour: Money(0.24)))
    #expect(result.codes("burst").contains("standby_made"))
    #expect(result.report.summary.contains("for standby"))
    scene.addWorker("spot", state: .provisioning, age: .minutes(1))
    #expect(scene.decide().plan.standbys == nil)
  }

  @Test func pendingPodsStartAStandbyBeforeAnythingIsCloned() {
    var scene = Self.quiet(standby: 1)
    let standby = scene.addStandby("burst")
    scene.addPending(5)
    scene.fire("burst/pending_pods", 5)
    let result = scene.decide()
    Self.check(scene, result)
    #expect(result.plan.creations.map(\.worker) == [standby])
    #expect(result.plan.creations[0].isActivation)
    #expect(result.plan.creations[0].timeToLive == .hours(4))
    #expect(result.report.podGroups.map(\.outcome) == [.newWorkers])
    #expect(result.report.summary.hasPrefix("Start \(standby) from standby"))
    #expect(result.plan.standbys == nil, "its successor waits until nothing is under way")
  }

  @Test func oneWhoseMachineIsNotListedIsNotStarted() {
    var scene = Self.quiet(standby: 1)
    let standby = scene.addStandby("burst")
    let index = scene.snapshot.workers.firstIndex { $0.name == standby }!
    scene.snapshot.workers[index].missingSince = scene.snapshot.now
    scene.addPending(5)
    scene.fire("burst/pending_pods", 5)
    let result = scene.decide()
    Self.check(scene, result)
    #expect(result.plan.creations.count == 1)
    #expect(result.plan.creations.allSatisfy { !$0.isActivation })
  }

  @Test func whatOneStandbyDoesNotHoldGetsNewWorkers() {
    var scene = Self.quiet(standby: 1)
    scene.addStandby("burst")
    scene.addPending(14)
    scene.fire("burst/pending_pods", 14)
    let result = scene.decide()
    Self.check(scene, result)
    #expect(result.plan.creations.count { $0.isActivation } == 1)
    #expect(result.plan.creations.count { !$0.isActivation } == 1)
  }

  @Test func requestsAndMinimumsStartStandbys() {
    var scene = Self.quiet(standby: 1)
    let standby = scene.addStandby("burst")
    scene.addRequest(2, pool: "burst")
    let result = scene.decide()
    Self.check(scene, result)
    #expect(result.plan.creations.filter(\.isActivation).map(\.worker) == [standby])
    #expect(result.plan.creations.count == 2)
    #expect(result.plan.creations.allSatisfy { $0.request == "request-1" })
  }

  /// It would be the oldest, and commit its price until the month's end.
  @Test func oneThatIsStartedPushesNobodyOutOfTheMinimum() throws {
    var scene = Self.quiet(standby: 0)
    scene.changePool("burst") { $0.minimum = 1 }
    let kept = scene.addWorker("burst", age: .hours(1))
    scene.addWorker("burst", state: .provisioning, age: .hours(5)) {
      $0.standby = StandbyRecord(price: HourlyPrice(perHour: Money(0.01)))
      $0.standby?.activatedAt = Scene.now
    }
    let situation = Situation(snapshot: scene.snapshot, policy: scene.policy)
    #expect(situation.minimumWorkers(of: scene.pool("burst")) == [kept])
  }

  /// Asked for in one plan, the clone bears the lower name and commits more as one of the minimum.
  @Test func theMinimumKeepsWhoeverItLackedOfThoseThatWereAskedForAtOnce() {
    var scene = Self.quiet(standby: 0)
    scene.changePool("burst") { $0.minimum = 1 }
    scene.addWorker("burst", state: .requested, age: .zero)
    let started = scene.addWorker("burst", state: .provisioning, age: .hours(5)) {
      $0.standby = StandbyRecord(price: HourlyPrice(perHour: Money(0.01)))
      $0.standby?.activatedAt = Scene.now
      $0.reason = Reason(.belowMinimum, "For a test.")
    }
    let situation = Situation(snapshot: scene.snapshot, policy: scene.policy)
    #expect(situation.minimumWorkers(of: scene.pool("burst")) == [started])
  }

  @Test func standbysAreNoCapacityAndCountForNoSize() {
    var scene = Self.quiet(standby: 2)
    scene.changePool("burst") { $0.maximum = 2 }
    scene.addStandby("burst")
    scene.addStandby("burst")
    scene.addWorker("burst", age: .minutes(5))
    scene.addRequest(1, pool: "burst")
    let result = scene.decide()
    Self.check(scene, result)
    #expect(result.plan.creations.count == 1)
    #expect(result.pool("burst").ready == 1)
    #expect(result.pool("burst").standby == 2)
    #expect(result.pool("burst").desired == 2)
  }

  @Test func noMoreAreMadeThanThePoolCouldStart() {
    var scene = Self.quiet(standby: 2)
    scene.changePool("burst") { $0.maximum = 2 }
    scene.addWorker("burst")
    scene.addStandby("burst")
    #expect(scene.decide().plan.standbys == nil)
  }

  @Test(arguments: ["fewer wanted", "another version", "another size", "another default", "disabled"])
  func superfluousOnesGo(why: String) {
    var scene = Self.quiet(standby: 1)
    let standby = scene.addStandby("burst")
    let medium = scene.policy.templates.firstIndex { $0.name == "medium" }!
    switch why {
    case "fewer wanted": scene.changePool("burst") { $0.standby = 0 }
    case "another version": scene.policy.templates[medium].talosVersion = "v1.13.7"
    case "another size": scene.policy.templates[medium].machine.cpuCores += 1
    case "another default": scene.changePool("burst") { $0.defaultTemplate = "small" }
    default: scene.changePool("burst") { $0.enabled = false }
    }
    let result = scene.decide()
    Self.check(scene, result)
    #expect(result.plan.retirements.map(\.worker) == [standby])
    #expect(result.plan.retirements.first?.reason.code == "standby_removed")
    #expect(result.plan.retirements.first?.byChoice == false)
  }

  @Test func anObsoleteCloneIsNotStarted() {
    var scene = Self.quiet(standby: 1)
    let standby = scene.addStandby("burst") { $0.build?.kubernetesVersion = "v1.30.0" }
    scene.addRequest(1, pool: "burst")
    let result = scene.decide()
    Self.check(scene, result)
    #expect(result.plan.creations.map(\.isActivation) == [false])
    #expect(result.plan.retirements.map(\.worker) == [standby])
  }

  @Test func aUsedUpBudgetTakesThemAway() {
    var scene = Self.quiet(standby: 1)
    let standby = scene.addStandby("burst")
    scene.changeSpending { $0.byPool["burst"] = Money(200) }
    let result = scene.decide()
    Self.check(scene, result)
    #expect(result.plan.retirements.map(\.worker) == [standby])
  }

  @Test func theirPriceIsPartOfWhatAnHourCosts() {
    var scene = Self.quiet(standby: 1)
    scene.addStandby("burst")
    scene.changePool("burst") { $0.hourlyBudget = HourlyPrice(perHour: Money(0.24)) }
    scene.addRequest(1, pool: "burst")
    let started = scene.decide()
    Self.check(scene, started)
    #expect(started.plan.creations.count == 1, "what the clone costs is not added to what the worker will")
    scene.addStandby("burst")
    scene.changePool("burst") { $0.standby = 2 }
    let result = scene.decide()
    Self.check(scene, result)
    #expect(result.plan.creations.isEmpty, "a second clone leaves too little for a worker")
    let line = result.report.budgets.first { $0.scope == "burst/hour" }
    #expect(line?.spent == Money(0.024))
  }

  @Test func anActivatedWorkerIsAWorker() {
    var scene = Self.quiet(standby: 0)
    scene.addStandby("burst", state: .provisioning) { $0.standby?.activatedAt = Scene.now }
    scene.addPending(5)
    scene.fire("burst/pending_pods", 5)
    let result = scene.decide()
    #expect(result.plan.creations.isEmpty)
    #expect(result.report.podGroups.map(\.outcome) == [.fitsUnderWay])
  }

  @Test func theCheckerRefusesWhatIsNoStandby() {
    var scene = Self.quiet(standby: 1)
    let standby = scene.addStandby("burst")
    scene.addRequest(1, pool: "burst")
    var plan = scene.decide().plan
    func rules(_ plan: Plan) -> [PlanViolation.Rule] {
      PlanChecker.check(plan, snapshot: scene.snapshot, policy: scene.policy).map(\.rule)
    }
    #expect(rules(plan).isEmpty)
    plan.creations[0].worker = "worker-burst-077"
    #expect(rules(plan).contains(.standby))
    plan.creations[0].worker = standby
    plan.creations[0].startsStandby = nil
    #expect(rules(plan).contains(.nameInUse))
    plan.creations = []
    var extra = StandbyCreation(
      worker: "worker-burst-009", pool: "burst", template: "medium", price: HourlyPrice(perHour: Money(0.24)),
      standbyPrice: HourlyPrice(perHour: Money(0.012)), commitment: Money(0.048))
    extra.host = "pve-01"
    plan.standbys = [extra]
    #expect(rules(plan) == [.standby], "the pool has as many as it wants")
  }
}
