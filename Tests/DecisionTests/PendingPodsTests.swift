import Model
import Testing

@testable import Decision

@Suite struct PendingPodsTests {
  @Test func createsTheCheapestWorkersThatHoldThePods() {
    var scene = Scene()
    scene.fire("burst/pending_pods", 10)
    scene.addPending(10)
    let result = scene.decide()
    // 10 cores: 15.8 of a large at 0.48, or medium + small (11.6) at 0.36.
    #expect(result.created("burst") == ["medium", "small"])
    #expect(result.report.podGroups.map(\.outcome) == [.newWorkers])
    #expect(PlanChecker.check(result.plan, snapshot: scene.snapshot, policy: scene.policy).isEmpty)
    #expect(result.plan.creations.allSatisfy { $0.timeToLive == .hours(4) })
    #expect(result.pool("burst").verdict == .grow)
  }

  @Test func holdsWhileTheTriggerDoesNotFire() {
    var scene = Scene()
    scene.addPending(10)
    let result = scene.decide()
    #expect(result.plan.creations.isEmpty)
    #expect(result.report.podGroups.first?.outcome == .waits)
    #expect(result.report.podGroups.first?.reason.code == "trigger_not_firing")
  }

  @Test func looksAtASinglePodThatHasWaitedTooLong() {
    var scene = Scene()
    scene.addPending(1, waiting: .seconds(601))
    let result = scene.decide()
    #expect(result.created("burst") == ["small"])
  }

  @Test func putsPodsOnRoomThatIsThereFirst() {
    var scene = Scene(isFull: false)
    scene.fire("burst/pending_pods", 6)
    scene.addPending(6, tolerating: nil)
    let result = scene.decide()
    #expect(result.plan.creations.isEmpty)
    #expect(result.report.podGroups.first?.outcome == .fitsExisting)
  }

  @Test func countsWorkersUnderWayAsRoom() {
    var scene = Scene()
    scene.fire("burst/pending_pods", 6)
    scene.addWorker("burst", state: .provisioning)
    scene.addPending(6)
    let result = scene.decide()
    #expect(result.plan.creations.isEmpty)
    #expect(result.report.podGroups.first?.outcome == .fitsUnderWay)
  }

  @Test(arguments: ["cordoned", "not ready", "leaving", "full"])
  func doesNotCountRoomThatCannotBeUsed(_ why: String) {
    var scene = Scene()
    scene.fire("burst/pending_pods", 6)
    let worker = scene.addWorker("burst", state: why == "leaving" ? .draining : .ready)
    switch why {
    case "cordoned": scene.changeNode(worker) { $0.unschedulable = true }
    case "not ready": scene.setCondition(worker, "Ready", .unknown, since: .seconds(60))
    case "full": scene.addRunning(7, on: worker)
    default: break
    }
    scene.addPending(6)
    #expect(scene.decide().created("burst") == ["medium"])
  }

  @Test func prefersSpotForPodsThatTolerateIt() {
    var scene = Scene()
    scene.policy.triggers.append(Scene.trigger("spot/pending_pods", "spot", .pendingPods, 5, .seconds(120)))
    scene.fire("spot/pending_pods", 7)
    scene.fire("burst/pending_pods", 7)
    scene.addPending(7) {
      $0.tolerations.append(Toleration(key: "workload-type", value: "spot", effect: .noSchedule))
    }
    let result = scene.decide()
    #expect(result.created("spot") == ["medium"])
    #expect(result.created("burst").isEmpty)
    #expect(result.plan.creations.first?.price == HourlyPrice(perHour: Money(0.072)))
  }

  @Test func saysWhyPodsFitNowhere() {
    var scene = Scene()
    scene.fire("burst/pending_pods", 2)
    scene.addPending(1, cpu: 64_000, named: "huge")
    scene.addPending(1, named: "picky") { $0.nodeSelector = ["disk": "nvme"] }
    let reports = scene.decide().report.podGroups
    #expect(reports.map(\.outcome) == [.impossible, .impossible])
    #expect(reports[0].reason.sentence.contains("one pod is too large in cpu"))
    #expect(reports[1].reason.sentence.contains("its nodes do not carry disk=nvme"))
  }

  @Test func neverCreatesGPUWorkersWithoutBeingAsked() {
    var scene = Scene()
    scene.addPending(1, tolerating: Scene.gpuTaint, waiting: .hours(1)) { $0.requests.extended = ["nvidia.com/gpu": 1] }
    let result = scene.decide()
    #expect(result.plan.creations.isEmpty)
    #expect(result.report.podGroups.first?.reason.code == "pool_not_serving")
  }

  @Test(arguments: ["daemon set", "finished", "terminating", "low priority", "bound", "not yet judged"])
  func ignoresPodsThatDoNotAskForANode(_ kind: String) {
    var scene = Scene()
    scene.fire("burst/pending_pods", 8)
    scene.addPending(8) { pod in
      switch kind {
      case "daemon set": pod.ownerKind = "DaemonSet"
      case "finished": pod.phase = .failed
      case "terminating": pod.isTerminating = true
      case "low priority": pod.priority = -11
      case "bound": pod.node = "worker-permanent-001"
      default: pod.unschedulable = false
      }
    }
    #expect(scene.decide().plan.creations.isEmpty)
  }

  @Test func takesDaemonSetsOffWhatANewWorkerOffers() {
    var scene = Scene()
    scene.fire("burst/pending_pods", 5)
    scene.addRunning(1, on: "worker-permanent-001", cpu: 300, named: "agent") { $0.ownerKind = "DaemonSet" }
    // 3.8 cores hold one pod of 3.6 only without the agent.
    scene.addPending(1, cpu: 3600, waiting: .hours(1))
    #expect(scene.decide().created("burst") == ["medium"])
  }

  @Test func startsAsManyAsMayBeOnTheWayAndLeavesTheRestForLater() {
    var scene = Scene()
    scene.fire("burst/pending_pods", 100)
    scene.policy.provisioning.parallelLimit = 2
    scene.addPending(100)
    let result = scene.decide()
    #expect(result.plan.creations.count == 2)
    let report = result.report.podGroups[0]
    #expect(report.outcome == .waits)
    #expect(report.reason.code == "parallel_limit")
    #expect(report.reason.data["new"].flatMap { Int($0) }! > 0)
  }

  @Test func servesTheHighestPriorityFirstWhenRoomIsShort() {
    var scene = Scene()
    scene.fire("burst/pending_pods", 20)
    scene.changePool("burst") {
      $0.maximum = 1
      $0.templates = ["small"]
      $0.defaultTemplate = "small"
    }
    scene.addPending(3, named: "ordinary")
    scene.addPending(3, named: "urgent") { $0.priority = 1000 }
    let reports = scene.decide().report.podGroups
    #expect(reports.map(\.example.name) == ["urgent-0", "ordinary-0"])
    #expect(reports.map(\.outcome) == [.newWorkers, .waits])
    #expect(reports[1].reason.code == "pool_at_maximum")
  }

  @Test func holdsWhenPodsOrNodesAreUnknown() {
    var scene = Scene()
    scene.fire("burst/pending_pods", 9)
    scene.addPending(9)
    scene.snapshot.nodes = .unknown("The API server does not answer.")
    let result = scene.decide()
    #expect(result.plan.isEmpty)
    #expect(result.report.missing.contains { $0.contains("The API server does not answer.") })
  }

  @Test func holdsWhileTheTriggersReadingIsMissing() {
    var scene = Scene()
    scene.fire("burst/pending_pods", 9)
    scene.addPending(9)
    scene.snapshot.readings["burst/pending_pods"] = .unknown("No series.")
    let result = scene.decide()
    #expect(result.plan.isEmpty)
    #expect(result.report.triggers.first { $0.trigger == "burst/pending_pods" }?.reason.code == "trigger_unknown")
  }

  @Test func doesNotWaitForACooldownWhenTheFitProvesTheNeed() {
    var scene = Scene()
    scene.fire("burst/pending_pods", 9)
    let worker = scene.addWorker("burst", age: .seconds(10))
    scene.addRunning(7, on: worker)
    scene.addPending(7)
    #expect(scene.decide().created("burst") == ["medium"])
  }

  @Test func countsAGPUThatItsPluginHasYetToAnnounce() {
    var scene = Scene()
    scene.changePool("gpu") { $0.servesPendingPods = true }
    scene.changeHosts { $0.freeGPUs = 2 }
    let worker = scene.addWorker("gpu", age: .minutes(2))
    scene.changeNode(worker) { $0.allocatable.extended = [:] }
    scene.addPending(1, tolerating: Scene.gpuTaint, waiting: .hours(1)) { $0.requests.extended = ["nvidia.com/gpu": 1] }
    #expect(scene.decide().plan.creations.isEmpty)
  }
}
