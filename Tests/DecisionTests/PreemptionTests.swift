import Model
import Testing

@testable import Decision

@Suite struct PreemptionTests {
  private static let spot = Toleration(key: "workload-type", value: "spot", effect: .noSchedule)

  /// One permanent worker too few, hosts without room, and spot workers on them with so many pods each.
  private func scene(_ spots: [(host: HostName, pods: Int, template: TemplateName)]) -> Scene {
    var scene = Scene()
    scene.changePool("permanent") { $0.minimum = 4 }
    scene.changeHosts { $0.assignedMemoryBytes = $0.memoryBytes }
    for (host, pods, template) in spots {
      let worker = scene.addWorker("spot", template: template) { $0.host = host }
      scene.addRunning(pods, on: worker, cpu: 100, memory: 100) { $0.tolerations = [Self.spot] }
    }
    return scene
  }

  private func gone(_ scene: Scene) -> [WorkerName] {
    let plan = scene.decide().plan
    let violations = PlanChecker.check(plan, snapshot: scene.snapshot, policy: scene.policy)
    #expect(violations.isEmpty, "\(violations)")
    return plan.retirements.map(\.worker)
  }

  @Test func aSpotWorkerMakesRoomForOneOfTheMinimum() {
    let scene = scene([("pve-01", 1, "medium")])
    let result = scene.decide()
    #expect(gone(scene) == ["worker-spot-001"])
    #expect(result.plan.retirements.first?.byChoice == false)
    #expect(result.plan.retirements.first?.reason.code == "preempted")
    #expect(result.codes("permanent").contains("preempted"))
  }

  @Test func nobodyGoesWhileTheHostsHaveRoom() {
    var scene = scene([("pve-01", 1, "medium")])
    scene.changeHosts { $0.assignedMemoryBytes = 0 }
    let result = scene.decide()
    #expect(result.plan.retirements.isEmpty)
    #expect(result.created("permanent") == ["medium"])
  }

  @Test func thoseOfOneHostGoWhoseLossIsLeast() {
    // Fewest pods first.
    #expect(
      gone(scene([("pve-01", 3, "medium"), ("pve-02", 2, "medium"), ("pve-03", 4, "medium")])) == ["worker-spot-002"])
    // Two small ones of one host make as much room as one of another.
    #expect(
      gone(scene([("pve-01", 1, "small"), ("pve-02", 3, "medium"), ("pve-01", 1, "small")]))
        == ["worker-spot-001", "worker-spot-003"])
    // What is not needed stays.
    #expect(gone(scene([("pve-01", 0, "small"), ("pve-01", 1, "medium")])) == ["worker-spot-002"])
    // Too small even together.
    #expect(gone(scene([("pve-01", 1, "small"), ("pve-02", 1, "small")])).isEmpty)
  }

  @Test func ofEqualLossTheLowestPriorityGoesThenTheCheapest() {
    var scene = scene([("pve-01", 1, "medium"), ("pve-02", 1, "medium")])
    scene.changePods { if $0.node == "worker-spot-001" { $0.priority = 100 } }
    #expect(gone(scene) == ["worker-spot-002"])
    #expect(gone(self.scene([("pve-01", 1, "large"), ("pve-02", 1, "medium")])) == ["worker-spot-002"])
  }

  @Test(arguments: [WorkerState.draining, .terminating])
  func nobodyGoesTwiceForTheSameNeed(_ state: WorkerState) {
    var scene = scene([("pve-01", 1, "medium"), ("pve-02", 1, "medium")])
    scene.changeWorker("worker-spot-001") {
      $0.state = state
      $0.removal = RemovalRecord(reason: Reason("preempted", "For a test."), askedAt: Scene.now)
    }
    let result = scene.decide()
    #expect(result.plan.retirements.isEmpty)
    #expect(result.codes("permanent").contains("preemption_waits"))
    // One that does not get out makes no room.
    scene.changeWorker("worker-spot-001") { $0.removal?.askedAt = Scene.now.advanced(by: .minutes(-12)) }
    #expect(gone(scene) == ["worker-spot-002"])
  }

  @Test func pressureAndPendingPodsOfAPermanentPoolTakeRoomToo() {
    var pressed = scene([("pve-01", 1, "medium")])
    pressed.changePool("permanent") { $0.minimum = 3 }
    #expect(gone(pressed).isEmpty)
    var waiting = pressed
    pressed.policy.triggers.append(
      Scene.trigger("permanent/cpu_pressure", "permanent", .cpuPressure, 80, .seconds(300)))
    pressed.fire("permanent/cpu_pressure", 95)
    pressed.snapshot.memory.pools["permanent"] = PoolMemory()
    #expect(gone(pressed) == ["worker-spot-001"])
    waiting.changePool("permanent") { $0.servesPendingPods = true }
    waiting.policy.triggers.append(Scene.trigger("permanent/pending", "permanent", .pendingPods, 1, .zero))
    waiting.fire("permanent/pending", 2)
    waiting.addPending(2, tolerating: nil)
    #expect(gone(waiting) == ["worker-spot-001"])
    waiting.addPending(1, cpu: 16_000, tolerating: nil, named: "huge")
    waiting.changePods { if $0.key.name.hasPrefix("web") { $0.phase = .succeeded } }
    #expect(gone(waiting).isEmpty)
  }

  @Test(arguments: ["burst needs it", "spot needs it", "minimum of spot", "pods unknown", "no slot"])
  func nobodyMakesRoomWhen(_ why: String) {
    var scene = scene([("pve-01", 1, "medium")])
    switch why {
    case "burst needs it", "spot needs it":
      scene.changePool("permanent") { $0.minimum = 3 }
      let pool: PoolName = why == "burst needs it" ? "burst" : "spot"
      scene.addRequest(1, pool: pool)
    case "minimum of spot": scene.changePool("spot") { $0.minimum = 1 }
    case "pods unknown": scene.snapshot.pods = .unknown("lost")
    default: scene.policy.provisioning.parallelLimit = 0
    }
    #expect(gone(scene).isEmpty)
  }

  @Test func theMinimumOfAnotherPoolTakesRoomToo() {
    var scene = scene([("pve-01", 1, "medium")])
    scene.changePool("permanent") { $0.minimum = 3 }
    scene.changePool("burst") { $0.minimum = 1 }
    #expect(gone(scene) == ["worker-spot-001"])
  }

  // MARK: afterwards

  @Test func theSpotPoolWaitsAfterAPreemptionAndPodsTakeBurstMeanwhile() {
    var scene = Scene()
    scene.policy.triggers.append(Scene.trigger("spot/pending_pods", "spot", .pendingPods, 5, .zero))
    scene.fire("spot/pending_pods", 7)
    scene.fire("burst/pending_pods", 7)
    scene.addPending(7) { $0.tolerations.append(Self.spot) }
    // Room for one worker in all.
    scene.changeHosts { host in
      host.online = host.name == "pve-01"
      host.assignedMemoryBytes = host.memoryBytes - .mebibytes(17_000)
    }
    #expect(scene.decide().created("spot") == ["medium"])
    var memory = PoolMemory()
    memory.preemptions = [scene.ago(.minutes(10) - .seconds(1))]
    scene.snapshot.memory.pools["spot"] = memory
    #expect(scene.decide().created("spot").isEmpty)
    #expect(scene.decide().created("burst") == ["medium"])
    // With room for a permanent worker beside it there is no reason to wait.
    scene.changeHosts { $0.assignedMemoryBytes = $0.memoryBytes - .mebibytes(33_000) }
    #expect(scene.decide().created("spot") == ["medium"])
    scene.changeHosts { $0.assignedMemoryBytes = $0.memoryBytes - .mebibytes(17_000) }
    memory.preemptions = [scene.ago(.minutes(10))]
    scene.snapshot.memory.pools["spot"] = memory
    #expect(scene.decide().created("spot") == ["medium"])
  }

  @Test func aWorkerThatMakesRoomIsCountedOnceAndOnlyWhenItIsIndeedAskedTo() {
    var scene = scene([("pve-01", 1, "medium"), ("pve-01", 1, "medium")])
    let first = scene.decide()
    #expect(first.memory.pools["spot"]?.preemptions == nil)
    for worker in ["worker-spot-001", "worker-spot-002"] as [WorkerName] {
      scene.changeWorker(worker) {
        $0.state = .draining
        $0.removal = RemovalRecord(reason: Reason("preempted", "For a test."), askedAt: Scene.now)
      }
    }
    scene.advance(by: .seconds(5), after: first)
    let second = scene.decide()
    #expect(second.memory.pools["spot"]?.preemptions == [Scene.now, Scene.now])
    scene.snapshot.workers.removeAll { $0.name == "worker-spot-001" }
    scene.advance(by: .seconds(5), after: second)
    #expect(scene.decide().memory.pools["spot"]?.preemptions == [Scene.now, Scene.now])
  }

  @Test func preemptionsAreCountedForTheMonth() {
    var scene = Scene()
    var memory = PoolMemory()
    memory.preemptions = [Scene.monthStart.advanced(by: .seconds(-1)), Scene.monthStart]
    scene.snapshot.memory.pools["spot"] = memory
    #expect(scene.decide().memory.pools["spot"]?.preemptions == [Scene.monthStart])
  }

  @Test func aSpotWorkerWhoseMachineVanishedCountsOnceAsPreempted() {
    var scene = Scene()
    let lost = scene.addWorker("spot", state: .failed) { $0.stateSince = Scene.now.advanced(by: .seconds(-5)) }
    let first = scene.decide()
    #expect(first.memory.pools["spot"]?.preemptions == [Scene.now.advanced(by: .seconds(-5))])
    var next = scene
    next.advance(by: .seconds(5), after: first)
    #expect(next.decide().memory.pools["spot"]?.preemptions?.count == 1)
    // Not when its machine is there, when machines are unknown, or when it never served.
    var there = scene
    var machine = MachineObservation(id: MachineID(1003), name: lost.rawValue, host: "pve-01", power: .running)
    machine.owner = MachineOwner(cluster: "test", pool: "spot", worker: lost, id: WorkerID("id-\(lost)"))
    there.snapshot.machines = .known([machine], at: Scene.now)
    #expect(there.decide().memory.pools["spot"]?.preemptions == nil)
    var unknown = scene
    unknown.snapshot.machines = .unknown("lost")
    #expect(unknown.decide().memory.pools["spot"]?.preemptions == nil)
    scene.changeWorker(lost) { $0.readyAt = nil }
    #expect(scene.decide().memory.pools["spot"]?.preemptions == nil)
  }
}
