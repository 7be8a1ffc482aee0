import Model
import Testing

@testable import Decision

/// Workers of an older template are replaced one by one, without loss of capacity.
@Suite struct UpgradeTests {
  /// Three burst workers of an older Talos version with room to spare, and nothing else to do.
  private static func scene(_ pool: PoolName = "burst", minimum: Int = 3) -> Scene {
    var scene = Scene()
    for index in scene.policy.templates.indices {
      scene.policy.templates[index].talosVersion = "v1.13.0"
      scene.policy.templates[index].kubernetesVersion = "1.36.2"
    }
    let (old, new) = (build("v1.12.0", scene), build("v1.13.0", scene))
    for name in scene.snapshot.workers.map(\.name) { scene.changeWorker(name) { $0.build = new } }
    scene.changePool(pool) {
      $0.upgrade = .replace
      $0.minimum = minimum
      // A minimum is committed until the month's end.
      $0.monthlyBudget = Money(5000)
    }
    scene.policy.money.monthlyBudget = nil
    scene.policy.money.burstEventMaximum = nil
    for _ in 0..<3 {
      let worker = scene.addWorker(pool) { $0.build = old }
      scene.addRunning(1, on: worker, cpu: 5000, memory: 8000) {
        $0.tolerations = [Toleration(key: Scene.burstTaint.key, value: "burst", effect: .noSchedule)]
      }
    }
    return scene
  }

  private static func build(_ talos: String, _ scene: Scene, _ template: TemplateName = "medium") -> TemplateBuild {
    var build = scene.policy.template(template)!.build
    build.talosVersion = talos
    return build
  }

  /// The plan, which the checker must pass.
  private static func decide(_ scene: Scene) -> DecisionResult {
    let result = scene.decide()
    let violations = PlanChecker.check(result.plan, snapshot: scene.snapshot, policy: scene.policy)
    #expect(violations.isEmpty, "\(violations)")
    return result
  }

  /// With a successor of the first worker that is in this state.
  private static func replacing(_ state: WorkerState = .ready, _ change: (inout Scene) -> Void = { _ in }) -> Scene {
    var scene = scene()
    let new = build("v1.13.0", scene)
    scene.addWorker("burst", state: state, age: .minutes(10)) {
      $0.build = new
      $0.reason = Reason(.upgrades, "For a test.", data: [UpgradeRule.upgrades: "worker-burst-001"])
    }
    change(&scene)
    return scene
  }

  @Test func theSuccessorIsMadeFirst() {
    let result = Self.decide(Self.scene())
    #expect(result.plan.retirements.isEmpty)
    #expect(result.plan.creations.count == 1, "\(result.worker("worker-burst-001").reason)")
    guard let creation = result.plan.creations.first else { return }
    #expect(creation.reason.has(.upgrades) && creation.reason.data[UpgradeRule.upgrades] == "worker-burst-001")
    #expect(creation.reason.sentence.contains("has Talos 1.12.0, and template medium has 1.13.0 by now"))
    #expect(result.worker("worker-burst-001").verdict == .replace)
    #expect(result.worker("worker-burst-002").reason.has(.upgradeWaits))
  }

  @Test func aPoolThatDoesNotSaySoKeepsItsWorkers() {
    var scene = Self.scene()
    scene.changePool("burst") { $0.upgrade = .none }
    #expect(Self.decide(scene).plan.isEmpty)
  }

  @Test(arguments: [WorkerState.requested, .provisioning, .joining])
  func nothingElseHappensWhileTheSuccessorIsUnderWay(state: WorkerState) {
    let result = Self.decide(Self.replacing(state))
    #expect(result.plan.isEmpty)
    #expect(result.worker("worker-burst-001").reason.sentence.contains("when its successor worker-burst-004 is ready"))
  }

  @Test func theOldOneGoesWhenItsSuccessorIsReady() {
    let result = Self.decide(Self.replacing())
    #expect(result.plan.creations.isEmpty)
    #expect(result.plan.retirements.map(\.worker) == ["worker-burst-001"])
    #expect(result.plan.retirements.allSatisfy { $0.byChoice && !$0.force && $0.reason.has(.upgraded) })
  }

  @Test func theNextOneWaitsUntilTheOldOneIsGone() {
    let scene = Self.replacing { scene in
      scene.changeWorker("worker-burst-001") {
        $0.state = .draining
        $0.removal = RemovalRecord(reason: Reason(.upgraded, "For a test."), askedAt: Scene.now)
      }
      scene.changeNode("worker-burst-001") { $0.unschedulable = true }
    }
    let result = Self.decide(scene)
    #expect(result.plan.isEmpty)
    #expect(result.worker("worker-burst-002").reason.sentence.contains("it stays for now"))
  }

  @Test func aWorkerThatIsAsItsTemplateSaysIsLeftAlone() {
    var scene = Self.scene()
    let new = Self.build("v1.13.0", scene)
    for worker in scene.snapshot.workers { scene.changeWorker(worker.name) { $0.build = new } }
    #expect(Self.decide(scene).plan.isEmpty)
  }

  /// What stands in the way of beginning; each a change to a scene in which an upgrade would begin.
  @Test(arguments: 0..<8)
  func nothingBeginsWhileSomethingIsNotKnownOrNotInOrder(index: Int) {
    var scene = Self.scene()
    let new = Self.build("v1.13.0", scene)
    switch index {
    case 0: scene.snapshot.nodes = .unknown("lost")
    case 1: scene.snapshot.pods = .unknown("lost")
    case 2: scene.snapshot.hosts = .unknown("lost")
    case 3: scene.snapshot.readings["burst/cpu_pressure"] = .unknown("lost")
    case 4: scene.setCondition("worker-burst-003", "DiskPressure", .yes, since: .seconds(5))
    case 5: scene.setCondition("worker-burst-003", "Ready", .unknown, since: .seconds(5))
    case 6: scene.addWorker("burst", state: .joining, age: .minutes(2)) { $0.build = new }
    default: scene.snapshot.spending = .unknown("lost")
    }
    let plan = Self.decide(scene).plan
    #expect(plan.creations.isEmpty && plan.retirements.isEmpty)
  }

  @Test func aBudgetIsKept() {
    var scene = Self.scene()
    scene.changePool("burst") { $0.monthlyBudget = Money(0.01) }
    let result = Self.decide(scene)
    #expect(!result.plan.creations.contains { $0.reason.has(.upgrades) })
    #expect(!result.plan.retirements.contains { $0.reason.has(.upgraded) })
  }

  /// The pool's minimum and maximum, whether the pods fit on the others, whether a worker goes without a successor.
  @Test(arguments: [(3, 3, true, false), (2, 3, true, true), (2, 3, false, false)])
  func atItsMaximumOneGoesFirstWhereThePoolKeepsItsMinimum(minimum: Int, maximum: Int, fits: Bool, goes: Bool) {
    var scene = Self.scene(minimum: minimum)
    scene.changePool("burst") { $0.maximum = maximum }
    if fits {
      scene.changePods {
        if $0.ownerName == "app" {
          $0.requests = Resources(cpuMillicores: 1000, memoryBytes: .mebibytes(1024), pods: 1)
        }
      }
    }
    let result = Self.decide(scene)
    let plan = result.plan
    #expect(plan.creations.isEmpty)
    #expect(
      plan.retirements.map(\.worker) == (goes ? ["worker-burst-001"] : []), "\(result.report.workers.map(\.reason))")
  }

  @Test func podsThatMustNotMoveKeepTheirWorkerAndTheNextIsTaken() {
    var scene = Self.scene()
    scene.addRunning(1, on: "worker-burst-001", cpu: 10, memory: 10, named: "bare") { $0.ownerKind = nil }
    for number in 2...3 {
      scene.addRunning(2, on: WorkerName(pool: "burst", number: number), cpu: 10, memory: 10, named: "tiny") {
        $0.tolerations = [Toleration(key: Scene.burstTaint.key, value: "burst", effect: .noSchedule)]
      }
    }
    let result = Self.decide(scene)
    #expect(result.plan.creations.map { $0.reason.data[UpgradeRule.upgrades] } == ["worker-burst-002"])
    #expect(result.worker("worker-burst-001").reason.has(.mustNotMove))
  }

  @Test func whatExpiresSoonGoesByItself() {
    var scene = Self.scene()
    for number in 1...3 {
      scene.changeWorker(WorkerName(pool: "burst", number: number)) {
        $0.timeToLive?.expiresAt = Scene.now.advanced(by: .minutes(40))
      }
    }
    #expect(Self.decide(scene).plan.creations.isEmpty)
  }

  /// Without a build the kubelet tells; with one it does not.
  @Test(arguments: [(false, "v1.35.0", true), (false, "v1.36.2", false), (true, "v1.35.0", false)])
  func recordsWithoutABuildAreJudgedByTheirKubelet(hasBuild: Bool, version: String, isStale: Bool) {
    var scene = Self.scene()
    let new = Self.build("v1.13.0", scene)
    for number in 1...3 {
      let name = WorkerName(pool: "burst", number: number)
      scene.changeWorker(name) { $0.build = hasBuild ? new : nil }
      scene.changeNode(name) { $0.kubeletVersion = version }
    }
    #expect(Self.decide(scene).plan.creations.isEmpty == !isStale)
  }

  @Test func aStandbyCloneOfTheNewVersionIsTheSuccessor() {
    var scene = Self.scene()
    scene.changePool("burst") { $0.standby = 1 }
    let standby = scene.addStandby("burst", age: .minutes(5))
    let plan = Self.decide(scene).plan
    #expect(plan.creations.map(\.worker) == [standby])
    #expect(plan.creations.allSatisfy { $0.isActivation && $0.reason.has(.upgrades) })
  }

  /// The successor of a standby clone is older than its activation.
  @Test func anOlderCloneStillIsTheSuccessor() {
    let scene = Self.replacing { scene in
      scene.changeWorker("worker-burst-004") {
        $0.standby = StandbyRecord(price: $0.price)
        $0.standby?.activatedAt = Scene.now.advanced(by: .minutes(-10))
      }
      for number in 1...3 {
        scene.changeWorker(WorkerName(pool: "burst", number: number)) {
          $0.createdAt = Scene.now.advanced(by: .minutes(-11))
        }
      }
      scene.changeWorker("worker-burst-004") { $0.createdAt = Scene.now.advanced(by: .hours(-5)) }
    }
    #expect(Self.decide(scene).plan.retirements.map(\.worker) == ["worker-burst-001"])
  }

  @Test func aPermanentPoolIsUpgradedTheSameWay() {
    var scene = Self.scene("permanent", minimum: 3)
    scene.policy.triggers = []
    let result = Self.decide(scene)
    #expect(result.plan.creations.map(\.pool) == ["permanent"])
    #expect(result.plan.retirements.isEmpty)
  }

  /// Decision after decision, each carried out at once, until nothing is left to do.
  @Test func aWholePoolIsUpgradedOneByOne() {
    var scene = Self.scene()
    let new = Self.build("v1.13.0", scene)
    scene.policy.consolidation.enabled = false
    scene.changePool("burst") { $0.idleTimeout = nil }
    var most = 0
    for _ in 0..<200 {
      let result = Self.decide(scene)
      for creation in result.plan.creations where creation.pool == "burst" {
        guard let old = creation.reason.data[UpgradeRule.upgrades] else {
          Issue.record("\(creation.reason)")
          return
        }
        scene.advance(by: .minutes(4), after: result)
        let name = scene.addWorker("burst", age: .minutes(1)) {
          $0.build = new
          $0.reason = creation.reason
        }
        #expect(name.rawValue != old)
      }
      for retirement in result.plan.retirements {
        scene.snapshot.workers.removeAll { $0.name == retirement.worker }
        let name = retirement.worker.rawValue
        scene.snapshot.nodes = .known(
          scene.snapshot.nodes.value!.filter { $0.name.rawValue != name }, at: scene.snapshot.now)
        // Its pods start again where there is most room.
        scene.changePods { pod in
          if pod.node?.rawValue == name { pod.node = nil }
        }
        guard let target = scene.snapshot.workers.last(where: { $0.pool == "burst" }) else { return }
        scene.changePods { if $0.node == nil { $0.node = NodeName(target.name.rawValue) } }
      }
      let size = scene.snapshot.workers.count { $0.pool == "burst" }
      most = max(most, size)
      #expect(size >= 3)
      scene.advance(by: .minutes(1), after: result)
    }
    #expect(most == 4)
    let versions = scene.snapshot.workers.filter { $0.pool == "burst" }.map { $0.build?.talosVersion }
    #expect(versions == ["v1.13.0", "v1.13.0", "v1.13.0"])
  }
}
