import Model
import Testing

@testable import Decision

@Suite struct ConsolidationTests {
  private static let burst = Toleration(key: "workload-type", value: "burst", effect: .noSchedule)
  private static let spot = Toleration(key: "workload-type", value: "spot", effect: .noSchedule)

  /// Burst workers of templates with one pod each, when something has been saveable for ten minutes.
  private func scene(_ workers: [(template: TemplateName, cpu: Int64)], tolerating: [Toleration] = [Self.burst])
    -> Scene
  {
    var scene = Scene()
    for (template, cpu) in workers {
      let worker = scene.addWorker("burst", template: template)
      scene.addRunning(1, on: worker, cpu: cpu) { $0.tolerations = tolerating }
    }
    scene.snapshot.memory.savingSince = scene.ago(.minutes(10))
    return scene
  }

  private func decide(_ scene: Scene) -> DecisionResult {
    let result = scene.decide()
    let violations = PlanChecker.check(result.plan, snapshot: scene.snapshot, policy: scene.policy)
    #expect(violations.isEmpty, "\(violations)")
    return result
  }

  // MARK: less

  @Test func aWorkerGoesWhosePodsTheOthersHold() {
    // Neither is under-used: 4.2 and 3.5 of 7.8 cores, together 7.7.
    let result = decide(scene([("medium", 4200), ("medium", 3500)]))
    #expect(result.plan.retirements.map(\.worker) == ["worker-burst-001"])
    #expect(result.plan.retirements.first?.reason.code == "consolidated")
    #expect(result.plan.creations.isEmpty)
  }

  @Test func waitsUntilSomethingCouldBeSavedForTenMinutesWithoutABreak() {
    var scene = scene([("medium", 4200), ("medium", 3500)])
    scene.snapshot.memory.savingSince = nil
    let first = decide(scene)
    #expect(first.plan.isEmpty)
    #expect(first.memory.savingSince == Scene.now)
    #expect(first.worker("worker-burst-001").reason.code == "consolidation_waits")
    scene.advance(by: .minutes(9), after: first)
    #expect(decide(scene).plan.isEmpty)
    scene.advance(by: .minutes(1), after: decide(scene))
    #expect(decide(scene).plan.retirements.count == 1)
    scene.changePods { if $0.ownerName == "app" { $0.requests.cpuMillicores = 5000 } }
    #expect(decide(scene).memory.savingSince == nil)
  }

  // MARK: cheaper

  @Test func aLargeWorkerIsReplacedByTheCheapestThatHoldsItsPods() {
    let result = decide(scene([("large", 6000)]))
    #expect(result.created("burst") == ["medium"])
    #expect(result.plan.creations.first?.reason.code == "consolidates")
    #expect(result.plan.creations.first?.reason.data["consolidates"] == "worker-burst-001")
    #expect(result.plan.retirements.isEmpty)
    #expect(result.worker("worker-burst-001").verdict == .replace)
  }

  @Test func severalWorkersGoTogetherUnlessTheirPodsMustNotMeet() {
    var scene = scene([("medium", 2600), ("medium", 2600), ("medium", 2500)])
    scene.policy.pace.shrinkPercent = 100
    // Two fit together on one that stays; the third stays, too.
    #expect(decide(scene).plan.retirements.count == 2)
    // Where their pods must not meet none can go.
    for name in scene.snapshot.workers.map(\.name) where name.rawValue.contains("burst") {
      scene.addRunning(1, on: name, cpu: 10, named: "apart") {
        $0.labels = ["app": "apart"]
        $0.nodeSelector = ["node-pool": "burst"]
        $0.tolerations = [Self.burst]
        $0.constraints.podAntiAffinity = [
          PodAffinityTerm(
            selector: LabelSelector(matchLabels: ["app": "apart"]), topologyKey: "kubernetes.io/hostname")
        ]
      }
    }
    let result = decide(scene)
    #expect(result.plan.retirements.isEmpty)
    #expect(result.created("burst") == ["small"])
  }

  @Test func smallWorkersBecomeOneThatCostsLess() {
    var scene = scene([("small", 2000), ("small", 2000), ("small", 2000)])
    scene.policy.pace.shrinkPercent = 100
    // 3 × 0.12 against 0.24 for 6 of 7.8 cores; no small one holds two pods.
    let result = decide(scene)
    #expect(result.created("burst") == ["medium"])
    #expect(
      result.plan.creations.first?.reason.data["consolidates"]
        == "worker-burst-001 worker-burst-002 worker-burst-003")
  }

  @Test func aSubstituteHoldsOnlyWhatNoOtherWorkerHolds() {
    var scene = scene([("large", 6000)])
    scene.addRunning(1, on: "worker-burst-001", cpu: 2000, named: "more") { $0.tolerations = [Self.burst] }
    let other = scene.addWorker("burst")
    scene.addRunning(1, on: other, cpu: 5000, named: "other") {
      $0.tolerations = [Self.burst]
      $0.annotations["karpenter.sh/do-not-disrupt"] = "true"
    }
    // 8 cores would need a large one; 2 of them fit on the other worker.
    #expect(decide(scene).created("burst") == ["medium"])
  }

  @Test func podsComeBackToSpotWhenItIsThereAgain() {
    var scene = scene([("medium", 6000)], tolerating: [Self.burst, Self.spot])
    #expect(decide(scene).created("spot") == ["medium"])
    scene.snapshot.memory.pools["spot"] = {
      var memory = PoolMemory()
      memory.preemptions = [scene.ago(.minutes(9))]
      return memory
    }()
    scene.changeHosts { $0.assignedMemoryBytes = $0.memoryBytes - .mebibytes(20_000) }
    scene.changeHosts { host in if host.name != "pve-01" { host.online = false } }
    #expect(decide(scene).created("spot").isEmpty)
  }

  @Test(arguments: [
    "saves too little", "does not pay back", "needs the hosts", "needs the money", "one is on its way", "pool grows",
    "reading missing", "target's reading missing", "expires soon", "pace", "must not move", "budget", "disabled",
  ])
  func aWorkerIsNotReplacedWhen(_ why: String) {
    var scene = scene([("large", 6000)])
    #expect(decide(scene).plan.creations.count == 1)
    switch why {
    case "saves too little": scene.policy.consolidation.minimumSavingPercent = 51
    case "does not pay back": scene.policy.consolidation.payback = .minutes(30)
    case "needs the hosts": scene.changeHosts { $0.assignedMemoryBytes = $0.memoryBytes }
    case "needs the money": scene.changeSpending { $0.byPool["burst"] = Money(199) }
    case "one is on its way":
      let old = scene.addWorker("burst")
      scene.addRunning(1, on: old, cpu: 7700) {
        $0.tolerations = [Self.burst]
        $0.annotations["karpenter.sh/do-not-disrupt"] = "true"
      }
      scene.addWorker("burst", age: .minutes(20)) {
        $0.reason = Reason("consolidates", "For a test.", data: ["consolidates": old.rawValue])
      }
      scene.addRunning(1, on: "worker-burst-003", cpu: 7700) { $0.tolerations = [Self.burst] }
    case "pool grows": scene.addWorker("burst", state: .joining)
    case "reading missing": scene.snapshot.readings["burst/pending_pods"] = nil
    case "target's reading missing": scene.snapshot.readings = [:]
    case "expires soon":
      scene.changeWorker("worker-burst-001") { $0.timeToLive?.expiresAt = Scene.now.advanced(by: .minutes(59)) }
    case "pace":
      var memory = PoolMemory()
      memory.retirements = [scene.ago(.minutes(20))]
      scene.snapshot.memory.pools["burst"] = memory
    case "must not move": scene.changePods { $0.annotations["karpenter.sh/do-not-disrupt"] = "true" }
    case "budget":
      scene.changePods { $0.labels["app"] = "x" }
      scene.addBudget("x", app: "x", allowed: 0)
    default: scene.policy.consolidation.enabled = false
    }
    #expect(decide(scene).plan.isEmpty)
  }

  @Test func aPoolOfWhichWorkersGoGetsNoSubstituteInTheSamePlan() {
    var scene = scene([("large", 6000), ("medium", 500), ("medium", 7000)])
    scene.policy.pace.shrinkPercent = 100
    // The last holds no more, the second is under-used, the first could be replaced.
    scene.changePods { if $0.node == "worker-burst-003" { $0.annotations["karpenter.sh/do-not-disrupt"] = "true" } }
    scene.snapshot.memory.underUsedSince = ["worker-burst-002": scene.ago(.minutes(10))]
    let result = decide(scene)
    #expect(result.plan.retirements.map(\.reason.code) == ["under_used"])
    #expect(result.plan.creations.isEmpty)
  }

  // MARK: the second half

  private func replaced(_ state: WorkerState) -> Scene {
    var scene = scene([("large", 6000)])
    scene.addWorker("burst", state: state, age: .minutes(5)) {
      $0.reason = Reason("consolidates", "For a test.", data: ["consolidates": "worker-burst-001"])
    }
    return scene
  }

  @Test func theOldWorkerGoesWhenItsSubstituteIsReady() {
    #expect(decide(replaced(.provisioning)).plan.isEmpty)
    let result = decide(replaced(.ready))
    #expect(result.plan.retirements.map(\.worker) == ["worker-burst-001"])
    #expect(result.plan.retirements.first?.byChoice == true)
    #expect(result.plan.retirements.first?.reason.data["substitute"] == "worker-burst-002")
  }

  @Test func theOldWorkerStaysWhenItsPodsFitNoLonger() {
    var scene = replaced(.ready)
    scene.addRunning(1, on: "worker-burst-002", cpu: 3000, named: "others") { $0.tolerations = [Self.burst] }
    let result = decide(scene)
    #expect(result.plan.isEmpty)
    #expect(result.worker("worker-burst-001").reason.code == "pods_have_no_place")
  }

  @Test func anEmptySubstituteIsNotIdleWhilePodsAreToMoveToIt() {
    var scene = replaced(.ready)
    scene.snapshot.memory.idleSince["worker-burst-002"] = scene.ago(.hours(1))
    scene.changePods { $0.annotations["karpenter.sh/do-not-disrupt"] = "true" }
    #expect(decide(scene).plan.isEmpty)
    // When its time is over it is a worker like others.
    scene.changeWorker("worker-burst-002") { $0.readyAt = Scene.now.advanced(by: .minutes(-60)) }
    #expect(decide(scene).plan.retirements.map(\.worker) == ["worker-burst-002"])
  }

  @Test func aPermanentPoolIsConsolidatedOnlyWhenItsUseHasBeenLow() {
    var scene = Scene(isFull: false)
    scene.addWorker("permanent")
    scene.policy.triggers += [
      Scene.trigger("permanent/cpu_pressure", "permanent", .cpuPressure, 80, .seconds(300)),
      Scene.trigger("permanent/memory_pressure", "permanent", .memoryPressure, 80, .seconds(300)),
    ]
    scene.read("permanent/cpu_pressure", 30)
    scene.read("permanent/memory_pressure", 30)
    for worker in scene.snapshot.workers { scene.addRunning(1, on: worker.name, cpu: 4000) }
    scene.snapshot.memory.savingSince = scene.ago(.hours(1))
    scene.underUse(for: .hours(1))
    #expect(decide(scene).plan.isEmpty)
    scene.changePods { $0.requests.cpuMillicores = 2500 }
    #expect(decide(scene).plan.isEmpty)
    var memory = PoolMemory()
    memory.lowSince = scene.ago(.hours(1))
    scene.snapshot.memory.pools["permanent"] = memory
    #expect(decide(scene).plan.retirements.count == 1)
  }

  // MARK: the whole way

  /// As if the plan had been carried out: new workers are ready, those that go are gone with their pods.
  private func carryOut(_ result: DecisionResult, _ scene: inout Scene) {
    let gone = Set(result.plan.retirements.map(\.worker.rawValue))
    scene.snapshot.workers.removeAll { gone.contains($0.name.rawValue) }
    scene.snapshot.nodes = scene.snapshot.nodes.map { $0.filter { !gone.contains($0.name.rawValue) } }
    scene.snapshot.pods = scene.snapshot.pods.map { $0.filter { !gone.contains($0.node?.rawValue ?? "") } }
    for creation in result.plan.creations {
      let now = scene.snapshot.now
      scene.addWorker(creation.pool, template: creation.template, age: .zero) {
        $0.name = creation.worker
        $0.reason = creation.reason
        $0.timeToLive = creation.timeToLive.map {
          TimeToLiveRecord(expiresAt: now.advanced(by: $0), latest: now.advanced(by: .hours(12)))
        }
      }
    }
  }

  @Test func podsFallBackToBurstWhenSpotIsShortAndComeBack() {
    var scene = Scene()
    scene.policy.triggers.append(Scene.trigger("spot/pending_pods", "spot", .pendingPods, 5, .zero))
    scene.fire("spot/pending_pods", 6)
    scene.fire("burst/pending_pods", 6)
    scene.addPending(6) { $0.tolerations = [Self.burst, Self.spot] }
    var memory = PoolMemory()
    memory.preemptions = [scene.ago(.minutes(1))]
    scene.snapshot.memory.pools["spot"] = memory
    // Room for one worker, which spot must not take now.
    scene.changeHosts { host in
      host.online = host.name == "pve-01"
      host.assignedMemoryBytes = host.memoryBytes - .mebibytes(17_000)
    }
    var result = decide(scene)
    #expect(result.created("burst") == ["medium"] && result.created("spot").isEmpty)
    carryOut(result, &scene)
    let burst = result.plan.creations[0].worker
    scene.changePods { pod in
      guard pod.phase == .pending else { return }
      pod.phase = .running
      pod.unschedulable = false
      pod.node = NodeName(burst.rawValue)
    }
    for trigger in scene.policy.triggers.map(\.name) { scene.read(trigger, 0) }
    scene.advance(by: .seconds(30), after: result)
    result = decide(scene)
    // The hosts are full now, as long as it takes.
    scene.changeHosts { $0.assignedMemoryBytes = $0.memoryBytes }
    for _ in 0..<15 {
      scene.advance(by: .minutes(1), after: result)
      result = decide(scene)
      #expect(result.plan.isEmpty)
    }
    scene.changeHosts { $0.assignedMemoryBytes = 0 }
    var minutes = 0
    while result.plan.isEmpty, minutes < 20 {
      scene.advance(by: .minutes(1), after: result)
      result = decide(scene)
      minutes += 1
    }
    #expect(minutes == 11)
    #expect(result.created("spot") == ["medium"])
    #expect(result.plan.retirements.isEmpty)
    carryOut(result, &scene)
    scene.advance(by: .minutes(3), after: result)
    result = decide(scene)
    #expect(result.plan.retirements.map(\.worker) == [burst])
    #expect(result.plan.retirements.first?.byChoice == true)
  }
}
