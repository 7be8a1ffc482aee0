import Model
import Ports
import Simulator
import Testing

@testable import SimulatedRuns

@Suite struct DisruptionBudgetCheckerTests {
  private static func call(_ call: ObservedCall.Call, _ stage: Stage, _ record: WorkerRecord, pods: [Int])
    -> ObservedCall
  {
    var observed = ObservedCall(at: stage.now, call, .done)
    observed.owner = stage.owner(of: record)
    observed.readyPods = pods
    return observed
  }

  /// What is found when the machine of a worker that is to go is shut down under two pods.
  private static func find(
    because code: String = "idle_timeout", force: Bool = false, in given: Stage = Stage(),
    record shape: (inout WorkerRecord) -> Void = { _ in }, moment: (inout Moment) -> Void = { _ in }
  ) -> [Violation] {
    var stage = given
    var checker = DisruptionBudgetChecker(stage.scene)
    var record = stage.record(1)
    record.machine = MachineID(200)
    shape(&record)
    stage.write(record)
    _ = checker.see(stage.moment())
    stage.remove(record.id, because: code, force: force)
    let shutdown = call(.shutdown(MachineID(200)), stage, record, pods: [7, 8])
    return checker.see(
      stage.moment {
        $0.calls = [shutdown]
        moment(&$0)
      })
  }

  @Test func tellsOfAShutdownUnderPods() {
    let found = Self.find()
    #expect(found.count == 1)
    #expect(
      found.first?.sentence.hasPrefix("worker-burst-001 was shut down under 2 pods that were Ready there") == true)
  }

  @Test func staysSilentWhenNoPodIsReadyAnyMore() {
    var stage = Stage()
    var checker = DisruptionBudgetChecker(stage.scene)
    let record = stage.record(1)
    stage.write(record)
    let shutdown = Self.call(.shutdown(MachineID(200)), stage, record, pods: [])
    #expect(checker.see(stage.moment { $0.calls = [shutdown] }) == [])
  }

  @Test func namesTheBudgetThatIsBroken() throws {
    var stage = Stage()
    stage.serve("web", pods: 2)
    stage.world.add(DisruptionBudget(name: "web", selector: ["app": "web"], bound: .maxUnavailable(0)))
    var checker = DisruptionBudgetChecker(stage.scene)
    let record = try stage.build(stage.record(1))
    stage.write(record)
    stage.pass(.seconds(30))
    _ = checker.see(stage.moment())
    let pods = stage.world.nodes[NodeName(record.name.rawValue)]!.pods
    #expect(pods.count == 2)
    let shutdown = Self.call(.shutdown(record.machine!), stage, record, pods: pods)
    stage.pass(.seconds(1))
    try stage.world.shutdown(record.machine!, at: stage.now)
    let found = checker.see(stage.moment { $0.calls = [shutdown] })
    #expect(found.first?.sentence.contains("disruption budget default/web lacks 2") == true)
  }

  @Test func aRefusedCallDisturbsNobody() {
    #expect(Self.find(moment: { $0.calls[0].outcome = .refused(.unreachable) }) == [])
  }

  @Test func anOperatorsForceIsTheOperators() {
    #expect(Self.find(because: "operator", force: true) == [])
    #expect(Self.find(because: "operator").count == 1)
  }

  @Test func expiryMayBeConfiguredToEndWorkersAtOnce() {
    let stage = Stage { $0.policy.cleanup.expiry = .terminate }
    #expect(Self.find(because: "expired", force: true, in: stage) == [])
    #expect(Self.find(because: "expired", force: true).count == 1)
  }

  @Test func aDrainMayBeConfiguredToBeForcedAtItsLimit() {
    let stage = Stage { $0.policy.draining.forceAfterLimit = true }
    #expect(Self.find(in: stage).count == 1)
    let late: (inout Moment) -> Void = { $0.programNow = $0.programNow.advanced(by: .hours(1)) }
    #expect(Self.find(in: stage, moment: late) == [])
  }

  @Test func replacementsAndPreemptedWorkersNeedNotWait() {
    #expect(Self.find(because: "replaced", force: true) == [])
    #expect(Self.find(because: "preempted") == [])
  }

  @Test func aRebootOfTheTableOfRepairsNeedsNoDrain() {
    func reboot(_ action: RepairAction) -> [Violation] {
      var stage = Stage()
      var checker = DisruptionBudgetChecker(stage.scene)
      var record = stage.record(1, "burst", .repairing)
      record.repair = RepairRecord(issue: .memoryPressure, since: stage.now)
      record.repair?.inWork = action
      stage.write(record)
      let call = Self.call(.reboot(MachineID(200)), stage, record, pods: [7])
      return checker.see(stage.moment { $0.calls = [call] })
    }
    #expect(reboot(.reboot) == [])
    #expect(reboot(.drainAndReboot).count == 1)
  }

  @Test func aNodeThatHasRecoveredIsNotToBeRebooted() throws {
    func reboot(_ issue: RepairIssue, readyFor length: Duration = .minutes(10)) throws -> [Violation] {
      var stage = Stage()
      var checker = DisruptionBudgetChecker(stage.scene)
      var record = try stage.build(stage.record(1, "burst", .repairing))
      record.repair = RepairRecord(issue: issue, since: stage.now)
      record.repair?.inWork = .reboot
      stage.write(record)
      _ = checker.see(stage.moment(after: length))
      let call = Self.call(.reboot(record.machine ?? MachineID(200)), stage, record, pods: [7])
      return checker.see(stage.moment { $0.calls = [call] })
    }
    #expect(try reboot(.notReady).count == 1)
    #expect(try reboot(.notReady, readyFor: .seconds(30)) == [])
    #expect(try reboot(.memoryPressure) == [])
  }

  @Test func aWorkerThatFailedBeforeItWasReadyIsNoExcuse() {
    #expect(Self.find(because: "worker_failed", record: { $0.readyAt = nil }).count == 1)
  }

  @Test func listsThatLiedExcuseForAWhile() {
    let lie: (inout Moment) -> Void = { $0.disturbances = [.missingRows(.cluster, percent: 50, for: .minutes(5))] }
    #expect(Self.find(moment: lie) == [])
  }

  @Test func aHandOnTheWorkerExcuses() {
    #expect(Self.find(moment: { $0.handiwork = [(.uncordons, "burst-1")] }) == [])
  }
}
