import Model
import Testing

@testable import Decision

@Suite struct GrowthTests {
  // MARK: minimum

  @Test func bringsAPoolUpToItsMinimum() {
    var scene = Scene()
    scene.snapshot.workers.removeAll { $0.name == "worker-permanent-002" }
    let result = scene.decide()
    #expect(
      result.plan.creations.map(\.worker) == ["worker-permanent-004"] || result.created("permanent") == ["medium"])
    #expect(result.codes("permanent").contains("below_minimum"))
  }

  @Test func givesNoNameWhoseMachineMayShowUpAgain() {
    var scene = Scene()
    scene.changePool("permanent") { $0.minimum = 5 }
    scene.snapshot.workers.removeAll { $0.name == "worker-permanent-002" }
    scene.snapshot.nodes = scene.snapshot.nodes.map { $0.filter { $0.name != "worker-permanent-002" } }
    scene.snapshot.machines = scene.snapshot.machines.map { $0.filter { $0.name != "worker-permanent-002" } }
    #expect(scene.decide().plan.creations.first?.worker == "worker-permanent-002")
    scene.snapshot.memory.restingNames = ["worker-permanent-002": scene.snapshot.now.advanced(by: .hours(-5))]
    let result = scene.decide()
    #expect(result.plan.creations.allSatisfy { $0.worker != "worker-permanent-002" } && !result.plan.creations.isEmpty)
    #expect(result.memory.restingNames?.count == 1)
    scene.snapshot.memory.restingNames = ["worker-permanent-002": scene.snapshot.now.advanced(by: .hours(-6))]
    #expect(scene.decide().plan.creations.first?.worker == "worker-permanent-002")
    #expect(scene.decide().memory.restingNames == nil)
  }

  @Test func bringsAPoolUpToItsMinimumBeyondItsBudgetAndSaysSo() {
    var scene = Scene()
    scene.changePool("permanent") {
      $0.minimum = 4
      $0.monthlyBudget = Money(10)
    }
    let result = scene.decide()
    #expect(result.created("permanent") == ["medium"])
    #expect(result.codes("permanent").contains("beyond_budget"))
    #expect(PlanChecker.check(result.plan, snapshot: scene.snapshot, policy: scene.policy).isEmpty)
  }

  @Test func growsToTheMinimumButNotAboveWhileTheLedgerIsUnknown() {
    var scene = Scene()
    scene.changePool("permanent") { $0.minimum = 4 }
    scene.snapshot.spending = .unknown("The journal is being read.")
    scene.fire("burst/pending_pods", 9)
    scene.addPending(9)
    scene.addRequest(2, pool: "burst")
    let result = scene.decide()
    #expect(result.created("permanent") == ["medium"])
    #expect(result.plan.creations.count == 1)
    #expect(result.report.requests.first?.reason.code == "ledger_unknown")
    #expect(PlanChecker.check(result.plan, snapshot: scene.snapshot, policy: scene.policy).isEmpty)
  }

  @Test func aDisabledPoolStaysBelowItsMinimum() {
    var scene = Scene()
    scene.changePool("permanent") {
      $0.minimum = 5
      $0.enabled = false
    }
    let result = scene.decide()
    #expect(result.plan.isEmpty)
    #expect(result.pool("permanent").verdict == .disabled)
  }

  // MARK: requests

  @Test func servesARequestWithItsTemplateAndTimeToLive() {
    var scene = Scene()
    scene.addRequest(3, pool: "burst") {
      $0.template = "large"
      $0.timeToLive = .hours(2)
    }
    let result = scene.decide()
    #expect(result.created("burst") == ["large", "large", "large"])
    #expect(result.plan.creations.allSatisfy { $0.timeToLive == .hours(2) && $0.request == "request-1" })
    #expect(result.report.requests.map(\.outcome) == [.served])
  }

  @Test func createsOnlyWhatARequestStillLacks() {
    var scene = Scene()
    scene.addRequest(3, pool: "burst") { $0.served = 2 }
    #expect(scene.decide().plan.creations.count == 1)
  }

  @Test func servesARequestPartlyUpToTheParallelLimit() {
    var scene = Scene()
    scene.addRequest(8, pool: "burst")
    let result = scene.decide()
    #expect(result.plan.creations.count == 5)
    #expect(result.report.requests.first?.outcome == .partly)
    #expect(result.report.requests.first?.reason.sentence.contains("3 wait") == true)
  }

  @Test func theRequestsMaximumWaits() {
    var scene = Scene()
    scene.changePool("burst") { $0.maximum = 0 }
    scene.addRequest(1, pool: "burst")
    let result = scene.decide()
    #expect(result.report.requests.first?.outcome == .waits)
    #expect(result.report.requests.first?.reason.code == "pool_at_maximum")
    #expect(result.pool("burst").verdict == .refused)
  }

  @Test func refusesARequestForAnUnknownPoolWithTheNearestName() {
    var scene = Scene()
    scene.addRequest(1, pool: "brust")
    let report = scene.decide().report.requests.first
    #expect(report?.outcome == .refused)
    #expect(report?.reason.remedy == "Did you mean \"burst\"?")
  }

  @Test func placesGPUWorkersOnHostsWithAFreeDevice() {
    var scene = Scene()
    scene.addRequest(2, pool: "gpu")
    scene.changeHosts { if $0.name == "pve-02" { $0.freeGPUs = 1 } }
    let result = scene.decide()
    #expect(result.plan.creations.map(\.host) == ["pve-02"])
    #expect(result.report.requests.first?.outcome == .partly)
    #expect(result.codes("gpu").contains("request_partly"))
  }

  @Test func neverPutsTwoWorkersOnOneFixedDevice() {
    var scene = Scene()
    let gpu = scene.policy.templates.firstIndex { $0.name == "gpu-nvidia" }!
    scene.policy.templates[gpu].machine.fixedPCIDevice = "01:00.0"
    scene.changeHosts { $0.freeGPUs = 4 }
    scene.addRequest(5, pool: "gpu")
    let hosts = scene.decide().plan.creations.compactMap(\.host)
    #expect(hosts.sorted() == ["pve-01", "pve-02", "pve-03"])
  }

  // MARK: limits

  @Test(arguments: ["memory", "cpu", "storage", "offline"])
  func createsNothingThatNoHostCanHold(_ shortage: String) {
    var scene = Scene()
    scene.addRequest(1, pool: "burst")
    scene.changeHosts { host in
      switch shortage {
      case "memory": host.assignedMemoryBytes = host.memoryBytes - .mebibytes(16_383)
      case "cpu": host.assignedCPUCores = 64 * 4 - 7
      case "storage": host.freeStorageBytes = .gigabytes(199)
      default: host.online = false
      }
    }
    let result = scene.decide()
    #expect(result.plan.isEmpty)
    #expect(result.report.requests.first?.reason.code == "hosts_full")
  }

  @Test func countsIntentsWithoutAMachineAgainstTheHosts() {
    var scene = Scene()
    scene.changeHosts { host in
      host.online = host.name == "pve-01"
      host.assignedMemoryBytes = host.memoryBytes - .mebibytes(40_000)
    }
    scene.addWorker("burst", state: .requested) { $0.host = "pve-01" }
    scene.addRequest(2, pool: "burst")
    #expect(scene.decide().plan.creations.count == 1)
  }

  @Test func holdsWhileTheHostsAreUnknown() {
    var scene = Scene()
    scene.snapshot.hosts = .unknown("The hypervisor does not answer.")
    scene.addRequest(1, pool: "burst")
    #expect(scene.decide().plan.isEmpty)
  }

  @Test func givesNamesThatNobodyBears() {
    var scene = Scene()
    scene.snapshot.machines = .known(
      [MachineObservation(id: MachineID(7), name: "worker-burst-001", host: "pve-01", power: .running)], at: Scene.now)
    scene.addRequest(2, pool: "burst")
    #expect(scene.decide().plan.creations.map(\.worker) == ["worker-burst-002", "worker-burst-003"])
  }

  @Test func backsOffAfterAFailureAndDoublesUpToHalfAnHour() {
    var scene = Scene()
    scene.addRequest(1, pool: "burst")
    var waits: [Duration] = []
    var failedAt = scene.snapshot.now
    for _ in 0..<5 {
      scene.snapshot.workers.removeAll { $0.pool == "burst" }
      scene.addWorker("burst", state: .failed) { $0.stateSince = failedAt }
      let result = scene.decide()
      #expect(result.plan.isEmpty)
      #expect(result.report.requests.first?.reason.code == "backing_off")
      let until = result.memory.pools["burst"]!.backoffUntil!
      waits.append(until - failedAt)
      scene.advance(by: until - failedAt, after: result)
      failedAt = scene.snapshot.now
    }
    #expect(waits == [.minutes(5), .minutes(10), .minutes(20), .minutes(30), .minutes(30)])
  }

  @Test func countsOneFailureOnceAndForgetsItAfterThreeHours() {
    var scene = Scene()
    scene.addWorker("burst", state: .failed) { $0.stateSince = Scene.now }
    let first = scene.decide()
    scene.advance(by: .minutes(6), after: first)
    let second = scene.decide()
    #expect(second.memory.pools["burst"]?.backoff == .minutes(5))
    scene.snapshot.workers.removeAll { $0.pool == "burst" }
    scene.advance(by: .hours(3), after: second)
    #expect(scene.decide().memory.pools["burst"]?.backoff == nil)
  }

  // MARK: pressure

  /// Nine schedulable cores in use of ten: pods on a burst worker that could move to another.
  private func pressured(_ percent: Double = 90) -> Scene {
    var scene = Scene()
    let worker = scene.addWorker("burst", age: .hours(2))
    scene.addRunning(14, on: worker, cpu: 500) {
      $0.tolerations = [Toleration(key: "workload-type", value: "burst", effect: .noSchedule)]
    }
    scene.fire("burst/cpu_pressure", percent)
    return scene
  }

  @Test func addsWhatBringsTheUseDownToTheTarget() {
    let result = pressured().decide()
    // 4 × 7.8 = 31.2 cores; 90 % of them over 70 % is 40.1; 8.9 more, but only 7 cores of pods could use them.
    #expect(result.created("burst") == ["small", "small"] || result.created("burst") == ["medium"])
    #expect(result.codes("burst").contains("cpu_pressure"))
  }

  @Test func prefersTheDefaultTemplateAmongEquallyCheapOnes() {
    #expect(pressured().decide().created("burst") == ["medium"])
  }

  @Test func countsWorkersUnderWayAgainstThePressure() {
    var scene = pressured()
    scene.addWorker("burst", template: "large", state: .joining)
    let result = scene.decide()
    #expect(result.plan.creations.isEmpty)
    #expect(result.codes("burst").contains("under_way_suffices"))
  }

  @Test func waitsForTheEffectOfTheLastGrowth() {
    var scene = pressured()
    scene.addWorker("burst", age: .seconds(20))
    let result = scene.decide()
    #expect(result.plan.creations.isEmpty)
    #expect(result.codes("burst").contains("cooling_down"))
  }

  @Test func podsThatWaitCanUseAWorkerToo() {
    var scene = Scene()
    scene.fire("burst/cpu_pressure", 95)
    scene.addPending(3, cpu: 500)
    let result = scene.decide()
    // They ask for 1.5 cores: a small worker is enough, whatever the use of the cluster needs.
    #expect(result.created("burst") == ["small"])
  }

  @Test func doesNotGrowWhenNoPodCouldUseAWorker() {
    var scene = Scene()
    scene.fire("burst/cpu_pressure", 95)
    let result = scene.decide()
    #expect(result.plan.creations.isEmpty)
    #expect(result.codes("burst").contains("no_help"))
  }

  @Test func aPermanentPoolGrowsByItsOwnTrigger() {
    var scene = Scene()
    scene.policy.triggers.append(Scene.trigger("permanent/cpu_pressure", "permanent", .cpuPressure, 80, .zero))
    scene.fire("permanent/cpu_pressure", 85)
    scene.addRunning(1, on: "worker-permanent-001", cpu: 100)
    let result = scene.decide()
    // 23.4 cores at 85 % over 70 % asks for 5 more: a small and a small cost as much as one medium, the default.
    #expect(result.created("permanent") == ["medium"])
    #expect(result.plan.creations.first?.timeToLive == nil)
  }

  @Test func answersACustomTriggerWithOneWorkerAtATime() {
    var scene = Scene()
    scene.policy.triggers.append(Scene.trigger("queue", "burst", .custom, 100, .zero))
    scene.fire("queue", 500)
    let first = scene.decide()
    #expect(first.created("burst") == ["medium"])
    scene.addWorker("burst", state: .requested)
    #expect(scene.decide().plan.creations.isEmpty)
  }
}
