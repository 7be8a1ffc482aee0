import Model
import Testing

@testable import Decision

/// Each hard rule is broken on purpose, and must be found.
@Suite struct PlanCheckerTests {
  private func rules(_ plan: Plan, _ scene: Scene) -> [PlanViolation.Rule] {
    PlanChecker.check(plan, snapshot: scene.snapshot, policy: scene.policy).map(\.rule)
  }

  /// A plan for `count` burst workers that is right in every respect.
  private func growth(_ count: Int, _ scene: inout Scene) -> Plan {
    scene.addRequest(count, pool: "burst")
    let plan = scene.decide().plan
    #expect(plan.creations.count == count)
    #expect(rules(plan, scene).isEmpty)
    return plan
  }

  @Test func findsNothingWrongWithAnEmptyPlan() {
    #expect(rules(Plan(), Scene()).isEmpty)
  }

  @Test func findsEachFaultOfACreation() {
    func faults(_ change: (inout Creation) -> Void) -> [PlanViolation.Rule] {
      var scene = Scene()
      var plan = growth(1, &scene)
      change(&plan.creations[0])
      return rules(plan, scene)
    }
    #expect(faults { $0.pool = "nowhere" }.contains(.unknownPool))
    #expect(faults { $0.template = "nothing" }.contains(.unknownTemplate))
    #expect(faults { $0.worker = "worker-permanent-001" } == [.nameInUse])
    #expect(faults { $0.commitment = .zero } == [.commitment])
    #expect(faults { $0.price = HourlyPrice(perHour: Money(0.1)) }.contains(.price))
    #expect(faults { $0.timeToLive = .hours(13) }.contains(.timeToLive))
  }

  @Test func findsEachLimitThatIsExceeded() {
    func faults(_ change: (inout Scene) -> Void) -> [PlanViolation.Rule] {
      var scene = Scene()
      let plan = growth(3, &scene)
      change(&scene)
      return rules(plan, scene)
    }
    #expect(faults { $0.changePool("burst") { $0.maximum = 2 } } == [.maximum])
    #expect(faults { $0.changePool("burst") { $0.enabled = false } }.contains(.poolDisabled))
    #expect(faults { $0.policy.provisioning.parallelLimit = 2 } == [.parallelLimit])
    #expect(faults { $0.changePool("burst") { $0.monthlyBudget = Money(3) } } == [.poolBudget])
    #expect(faults { $0.policy.money.monthlyBudget = Money(3) } == [.totalBudget])
    #expect(faults { $0.policy.money.burstEventMaximum = Money(3) } == [.burstEventBudget])
    #expect(faults { $0.snapshot.spending = .unknown("lost") }.contains(.ledgerUnknown))
    #expect(faults { $0.snapshot.hosts = .unknown("lost") } == [.hostCapacity])
    #expect(faults { $0.changeHosts { $0.assignedMemoryBytes = $0.memoryBytes } }.contains(.hostCapacity))
  }

  @Test func findsEachFaultOfARetirement() {
    func faults(
      _ name: WorkerName = "worker-burst-001", byChoice: Bool = true, twice: Bool = false,
      _ change: (inout Scene) -> Void = { _ in }
    ) -> [PlanViolation.Rule] {
      var scene = Scene()
      for _ in 0..<4 { scene.addWorker("burst") }
      scene.addWorker("burst", state: .draining)
      change(&scene)
      var plan = Plan()
      let retirement = Retirement(worker: name, byChoice: byChoice, reason: Reason("x", "For a test."))
      plan.retirements = twice ? [retirement, retirement] : [retirement]
      return rules(plan, scene)
    }
    #expect(faults().isEmpty)
    #expect(faults("worker-burst-099") == [.notOurs])
    #expect(faults("worker-burst-005").contains(.alreadyLeaving))
    #expect(faults(byChoice: false, twice: true) == [.retiredTwice])
    #expect(faults { $0.snapshot.pods = .unknown("lost") } == [.readingUnknown])
    #expect(faults { $0.snapshot.readings["burst/cpu_pressure"] = .unknown("lost") } == [.readingUnknown])
    #expect(faults { $0.read("burst/cpu_pressure", .nan) } == [.readingUnknown])
    #expect(faults { $0.changePool("burst") { $0.minimum = 4 } } == [.minimum])
    #expect(faults(byChoice: false) { $0.changePool("burst") { $0.minimum = 4 } }.isEmpty)
    #expect(
      faults { scene in
        var memory = PoolMemory()
        memory.retirements = [scene.ago(.minutes(29))]
        scene.snapshot.memory.pools["burst"] = memory
      } == [.pace])
    #expect(faults(byChoice: false) { $0.policy.provisioning.parallelLimit = 1 } == [.parallelLimit])
  }

  @Test func findsAChoiceToShrinkAPoolThatGrows() {
    var scene = Scene()
    scene.addWorker("burst")
    var plan = growth(1, &scene)
    plan.retirements = [Retirement(worker: "worker-burst-001", byChoice: true, reason: Reason("x", "For a test."))]
    #expect(rules(plan, scene) == [.shrinksWhileGrowing])
  }

  @Test func findsABrokenWorkerThatGoesBesideOneWhoseTimeIsOver() {
    var scene = Scene()
    let broken = scene.addWorker("burst", state: .unhealthy)
    let old = scene.addWorker("burst")
    scene.addWorker("burst")
    scene.changeWorker(old) { $0.timeToLive?.expiresAt = Scene.now.advanced(by: .hours(-1)) }
    scene.changePool("burst") { $0.minimum = 2 }
    func faults(_ gone: [(WorkerName, String)]) -> Set<PlanViolation.Rule> {
      var plan = Plan()
      plan.retirements = gone.map { Retirement(worker: $0, byChoice: false, reason: Reason($1, "For a test.")) }
      return Set(rules(plan, scene))
    }
    #expect(!faults([(broken, "replaced")]).contains(.minimum))
    #expect(faults([(broken, "replaced"), (old, "expired")]).contains(.minimum))
    #expect(!faults([(old, "expired")]).contains(.minimum))
  }

  @Test func findsRepairsThatTheTableDoesNotKnow() {
    var scene = Scene()
    let worker = scene.addWorker("burst")
    scene.setCondition(worker, "DiskPressure", .yes, since: .seconds(60))
    var plan = Plan()
    plan.repairs = [
      RepairOrder(
        worker: worker, issue: .diskPressure, level: 0, action: .reboot, since: scene.ago(.seconds(60)),
        reason: Reason("x", "For a test."))
    ]
    #expect(rules(plan, scene) == [.repair])
    plan.repairs[0].action = .cleanDisk
    #expect(rules(plan, scene).isEmpty)
    plan.repairs += plan.repairs
    #expect(rules(plan, scene) == [.repair])
  }
}
