import Model
import Simulator
import Testing

@testable import SimulatedRuns
@testable import Simulator

@Suite struct JournalAgreementCheckerTests {
  private static func stage(_ shape: (inout WorkerRecord) -> Void = { _ in }) throws -> Stage {
    var stage = Stage()
    var record = try stage.build(stage.record(1))
    shape(&record)
    stage.write(record)
    stage.phase = .liveness
    return stage
  }

  private static func find(
    _ stage: Stage, for length: Duration = .hours(2), _ shape: (inout Moment) -> Void = { _ in }
  ) -> [Violation] {
    stage.find(JournalAgreementChecker.self, for: length, shape)
  }

  @Test func aWorkerThatIsAsItsRecordSaysIsFine() throws { #expect(Self.find(try Self.stage()) == []) }

  @Test func tellsOfAReadyWorkerWhoseMachineStands() throws {
    var stage = try Self.stage()
    let record = stage.record(1)
    try stage.world.stop(MachineID(200), owner: stage.owner(of: record), at: stage.now)
    let found = Self.find(stage)
    #expect(found.map(\.sentence) == ["worker-burst-001 is ready by the journal, but machine 200 does not run."])
    #expect(Self.find(stage, for: .minutes(40)) == [])
    #expect(Self.find(stage) { $0.phase = .safety } == [])
    #expect(Self.find(stage) { $0.isUp = false } == [])
  }

  @Test func tellsOfAReadyWorkerWhoseNodeIsNot() throws {
    var stage = try Self.stage()
    stage.world.nodes["worker-burst-001"]!.setCondition("Ready", .unknown, at: stage.now)
    #expect(Self.find(stage).map(\.sentence).first?.hasSuffix("but its node is not Ready.") == true)
    stage.policy.health.enabled = false
    #expect(Self.find(stage) == [])
  }

  @Test func tellsOfAReadyWorkerWhoseMachineOrNodeIsGone() throws {
    var stage = try Self.stage()
    stage.world.nodes["worker-burst-001"] = nil
    #expect(Self.find(stage).map(\.sentence).first?.hasSuffix("but its node is not in the cluster.") == true)
    stage.world.machines[MachineID(200)] = nil
    #expect(Self.find(stage).map(\.sentence).first?.hasSuffix("but its machine is gone.") == true)
  }

  @Test func tellsOfAnUnhealthyWorkerWithNothingWrong() throws {
    let stage = try Self.stage { $0.state = .unhealthy }
    #expect(Self.find(stage).map(\.sentence).first?.hasSuffix("but nothing is wrong with its node.") == true)
    var sick = stage
    sick.world.nodes["worker-burst-001"]!.setCondition("DiskPressure", .yes, at: stage.now)
    #expect(Self.find(sick) == [])
  }

  @Test func tellsOfAReadyWorkerWhoseNodeTakesNoPods() throws {
    var stage = try Self.stage()
    try stage.world.cordon("worker-burst-001", at: stage.now)
    #expect(Self.find(stage).map(\.sentence).first?.hasSuffix("but its node is cordoned, and by nobody else.") == true)
    #expect(Self.find(stage, for: .minutes(40)) == [])
    stage.change("burst-1") { $0.state = .draining }
    #expect(Self.find(stage, for: .minutes(50)) == [])
    var handled = try Self.stage()
    handled.world.cordonByHand("worker-burst-001")
    #expect(Self.find(handled) == [])
    // Given back by the program, and cordoned by it.
    try handled.world.uncordon("worker-burst-001", at: handled.now)
    try handled.world.cordon("worker-burst-001", at: handled.now)
    #expect(Self.find(handled).count == 1)
  }

  @Test(arguments: ["pool", "end", "taint"])
  func tellsOfAReadyWorkerWhoseNodeSaysSomethingElse(what: String) throws {
    var stage = try Self.stage()
    switch what {
    case "pool": stage.world.nodes["worker-burst-001"]!.labels["node-pool"] = nil
    case "end":
      stage.change("burst-1") {
        $0.timeToLive = TimeToLiveRecord(expiresAt: Stage.start.advanced(by: .hours(4)), latest: Stage.start)
      }
    default: stage.world.nodes["worker-burst-001"]!.taints.append(.starting)
    }
    let found = Self.find(stage).map(\.sentence)
    let how = [
      "pool": "does not say its pool.", "end": "does not say when it expires.", "taint": "waits to be started.",
    ]
    #expect(found.count == 1 && found.first?.hasSuffix(how[what]!) == true, "\(found)")
  }

  @Test func tellsOfASpareThatRuns() throws {
    let stage = try Self.stage { $0.state = .standby }
    #expect(Self.find(stage).map(\.sentence).first?.hasSuffix("but machine 200 runs.") == true)
  }

  @Test(arguments: [WorkerState.requested, .provisioning, .joining, .repairing, .failed, .terminating])
  func tellsOfAStateThatDoesNotPass(state: WorkerState) throws {
    let stage = try Self.stage {
      $0.state = state
      $0.lastError = "It is stuck."
    }
    let found = Self.find(stage, for: .hours(4))
    #expect(found.count == 1)
    #expect(found.first?.sentence.contains("has been \(state.rawValue) for") == true)
    #expect(Self.find(stage, for: .hours(2)) == [])
  }

  /// A worker with a pod that is drained, by choice or not.
  private static func draining(byChoice: Bool, kept: Bool) throws -> Stage {
    var stage = try Self.stage()
    stage.serve("web", pods: 1)
    stage.pass(.minutes(1))
    if kept {
      stage.world.add(DisruptionBudget(name: "web", selector: ["app": "web"], bound: .maxUnavailable(0)))
    }
    stage.remove("burst-1", because: "idle_timeout")
    stage.change("burst-1") { $0.removal?.reason.data["by_choice"] = "\(byChoice)" }
    return stage
  }

  @Test(arguments: [true, false], [true, false])
  func tellsOfADrainThatDoesNotEnd(byChoice: Bool, kept: Bool) throws {
    let stage = try Self.draining(byChoice: byChoice, kept: kept)
    let found = Self.find(stage).map(\.sentence)
    // What must go waits for a budget for ever; what goes by choice is given up.
    #expect(found.count == (kept && !byChoice ? 0 : 1))
    #expect(found.allSatisfy { $0.hasPrefix("worker-burst-001 has been drained for 1h") }, "\(found)")
    #expect(Self.find(stage, for: .minutes(55)) == [])
  }

  @Test(arguments: ["daemon sets", "local data", "host", "given up in between"])
  func aDrainThatIsHeldMayWait(why: String) throws {
    var stage = try Self.draining(byChoice: false, kept: false)
    switch why {
    case "daemon sets": stage.policy.draining.ignoreDaemonSets = false
    case "local data": stage.policy.draining.deleteEmptyDirData = false
    case "host": stage.world.hosts["pve-1"]!.online = false
    default:
      var checker = JournalAgreementChecker(stage.scene)
      #expect(stage.watch(&checker, for: .minutes(50)) == [])
      stage.change("burst-1") { $0.state = .ready }
      #expect(stage.watch(&checker, for: .minutes(5)) == [])
      stage.change("burst-1") { $0.state = .draining }
      #expect(stage.watch(&checker, for: .minutes(50)) == [])
      return
    }
    #expect(Self.find(stage, for: .hours(8)) == [])
  }

  @Test func aMachineWhoseMarkIsGoneIsLeftAlone() throws {
    var stage = try Self.stage { $0.state = .terminating }
    stage.world.machines[MachineID(200)]?.description = ""
    #expect(Self.find(stage, for: .hours(8)) == [])
  }

  @Test func tellsAtOnceOfAWorkerThatEndsBeforeItsMachine() throws {
    var stage = try Self.stage { $0.state = .terminating }
    stage.phase = .safety
    var checker = JournalAgreementChecker(stage.scene)
    _ = checker.see(stage.moment())
    stage.change("burst-1") { $0.state = .terminated }
    var liar = (stage, checker)
    let lie = liar.0.moment { $0.disturbances = [.missingRows(.hypervisor, percent: 50, for: .minutes(1))] }
    #expect(liar.1.see(lie) == [])
    #expect(
      checker.see(stage.moment()).map(\.sentence) == [
        "worker-burst-001 has ended by the journal, but its machine 200 is there."
      ])
  }
}
