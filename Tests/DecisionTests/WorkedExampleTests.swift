import Model
import Testing

@testable import Decision

/// One story for each section of the rules, told tick by tick.
@Suite struct WorkedExampleTests {
  /// Signals: load arrives, the trigger holds, fires, loses its reading, and nothing is done without one.
  @Test func aSignalIsActedOnOnlyWhileItIsKnown() {
    var scene = Scene()
    scene.addPending(10)
    scene.read("burst/pending_pods", 10)
    var result = scene.decide()
    for _ in 0..<4 {
      #expect(result.plan.creations.isEmpty)
      #expect(result.memory.triggers["burst/pending_pods"]?.phase == .pending)
      scene.advance(by: .seconds(30), after: result)
      result = scene.decide()
    }
    #expect(result.memory.triggers["burst/pending_pods"]?.phase == .firing)
    #expect(result.plan.creations.count == 2)
    scene.snapshot.memory = result.memory
    scene.snapshot.readings["burst/pending_pods"] = .unknown("Prometheus is silent.")
    #expect(scene.decide().plan.creations.isEmpty)
    #expect(scene.decide().pool("burst").reasons[0].sentence.contains("has no reading"))
  }

  /// Growing: the same demand is answered once, from the intent until the pods run.
  @Test func oneDemandIsAnsweredOnce() {
    var scene = Scene()
    scene.fire("burst/pending_pods", 10)
    scene.addPending(10)
    let first = scene.decide()
    #expect(first.created("burst") == ["medium", "small"])
    for state in [WorkerState.requested, .provisioning, .joining, .ready] {
      var next = scene
      for creation in first.plan.creations {
        next.addWorker("burst", template: creation.template, state: state, age: .minutes(2))
      }
      next.advance(by: .seconds(5), after: first)
      #expect(next.decide().plan.isEmpty, "\(state)")
    }
  }

  /// Money: three workers of 4 h 15 min at 0.24 are 3.06; a cap of 2.50 holds two, and each extension is checked too.
  @Test func promisesAreCountedBeforeTheyAreMade() {
    var scene = Scene()
    scene.changePool("burst") { $0.monthlyBudget = Money(2.5) }
    scene.addRequest(3, pool: "burst")
    let result = scene.decide()
    #expect(result.plan.creations.reduce(Money.zero) { $0 + $1.commitment } == Money(2.04))
    let reason = result.report.requests[0].reason
    #expect(reason.sentence.contains("2 of 3 workers; 1 waits"))
    #expect(reason.remedy == "Raise the cap by 0.56, or wait until commitments end.")
    let worker = scene.addWorker("burst", age: .zero)
    scene.changePool("burst") { $0.monthlyBudget = Money(1.02 + 0.47) }
    let refused = OrderCheck.extend(worker, by: nil, snapshot: scene.snapshot, policy: scene.policy)
    #expect(throws: OrderRefusal.self) { try refused.get() }
    #expect(
      (try? OrderCheck.extend(worker, by: .hours(1), snapshot: scene.snapshot, policy: scene.policy).get()) != nil)
  }

  /// Shrinking: the burst is over; workers become idle, go in fifths, and the last by its time to live.
  @Test func aBurstFadesAway() {
    var scene = Scene()
    for _ in 0..<6 { scene.addWorker("burst", age: .minutes(150)) }
    var result = scene.decide()
    var sizes: [Int] = []
    for _ in 0..<24 {
      sizes.append(scene.snapshot.workers.count { $0.pool == "burst" })
      let gone = Set(result.plan.retirements.map(\.worker))
      #expect(PlanChecker.check(result.plan, snapshot: scene.snapshot, policy: scene.policy).isEmpty)
      scene.snapshot.workers.removeAll { gone.contains($0.name) }
      scene.advance(by: .minutes(5), after: result)
      result = scene.decide()
    }
    // One each half hour by choice after the idle time; at 4 h 5 min the rest expires.
    #expect(sizes[6] == 6 && sizes[7] == 5 && sizes[12] == 5 && sizes[13] == 4 && sizes[19] == 3)
    #expect(sizes.last == 0)
  }

  /// Repair: restart, reboot, then a substitute, then the broken one goes.
  @Test func aBrokenWorkerIsRepairedAndAtLastReplaced() {
    var scene = Scene()
    for _ in 0..<6 { scene.addRunning(1, on: scene.addWorker("burst")) }
    let sick: WorkerName = "worker-burst-001"
    scene.setCondition(sick, "Ready", .unknown, since: .zero)
    let index = scene.snapshot.workers.firstIndex { $0.name == sick }!
    var history: [String] = []
    for _ in 0..<30 {
      scene.advance(by: .minutes(1), after: scene.decide())
      let result = scene.decide()
      let minute = Int((scene.snapshot.now - Scene.now).inSeconds) / 60
      for order in result.plan.repairs {
        history.append("\(minute): \(order.action.rawValue)")
        var record = scene.snapshot.workers[index].repair ?? RepairRecord(issue: order.issue, since: order.since)
        record.nextLevel = order.level + 1
        record.attempts += 1
        record.lastAttemptAt = scene.snapshot.now
        scene.snapshot.workers[index].repair = record
      }
      for creation in result.plan.creations {
        history.append("\(minute): create \(creation.worker)")
        let reason = creation.reason
        scene.addWorker("burst", age: .zero) { $0.reason = reason }
      }
      if let gone = result.plan.retirements.first {
        history.append("\(minute): retire \(gone.worker)")
        break
      }
    }
    #expect(
      history == [
        "5: restart_kubelet", "10: reboot_node", "20: create worker-burst-007", "21: retire worker-burst-001",
      ])
  }

  /// Ownership: a machine of somebody else bears our next name; it is left alone and the name avoided.
  @Test func machinesOfOthersAreNeitherCountedNorTouched() {
    var scene = Scene()
    let foreign = MachineObservation(
      id: MachineID(500), name: "worker-burst-001", host: "pve-01", power: .running,
      owner: MachineOwner(cluster: "other", pool: "burst", worker: "worker-burst-001", id: "x"))
    scene.snapshot.machines = .known([foreign], at: Scene.now)
    scene.changePool("burst") { $0.maximum = 1 }
    scene.addRequest(1, pool: "burst")
    let result = scene.decide()
    #expect(result.plan.creations.map(\.worker) == ["worker-burst-002"])
    #expect(result.plan.retirements.isEmpty)
  }

  /// What an operator reads when nothing happens.
  @Test func aQuietReportSaysSo() {
    var scene = Scene()
    scene.addRunning(2, on: scene.addWorker("burst"))
    scene.addRunning(1, on: scene.addWorker("burst"))
    let result = scene.decide()
    #expect(result.plan.isEmpty)
    #expect(result.report.summary == "Nothing to do: 5 workers stay.")
    #expect(result.pool("burst").reasons.map(\.sentence) == ["Pool burst holds at 2 of 20: no trigger fires."])
    #expect(result.worker("worker-burst-001").reason.sentence == "Worker worker-burst-001 stays: it runs 2 pods.")
    #expect(
      result.report.triggers.map(\.reason.sentence) == [
        "Trigger burst/cpu_pressure does not fire: 20 % is not >= 80 %.",
        "Trigger burst/pending_pods does not fire: 0 pods is not >= 5 pods.",
      ])
  }
}
