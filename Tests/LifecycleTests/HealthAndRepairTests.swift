import Lifecycle
import Model
import Testing

@Suite struct HealthAndRepairTests {
  @Test(arguments: [
    ("Ready", NodeObservation.ConditionStatus.no, RepairIssue.notReady), ("Ready", .unknown, .notReady),
    ("DiskPressure", .yes, .diskPressure), ("MemoryPressure", .yes, .memoryPressure),
    ("PIDPressure", .yes, .memoryPressure), ("NetworkUnavailable", .yes, .notReady),
  ])
  func conditionThatLastsMakesUnhealthyAndItsEndReady(
    type: String, status: NodeObservation.ConditionStatus, issue: RepairIssue
  ) {
    var fixture = Fixture.ready()
    fixture.wait(.minutes(10))
    let began = fixture.now
    fixture.setCondition(type, status)
    fixture.advance(after: .seconds(299))
    #expect(fixture.record.state == .ready)
    fixture.advance(after: .seconds(1))
    #expect(fixture.record.state == .unhealthy)
    #expect(fixture.record.repair?.issue == issue)
    #expect(fixture.record.repair?.since == began)
    fixture.setCondition(type, type == "Ready" ? .yes : .no)
    fixture.advance(after: .seconds(5))
    #expect(fixture.record.state == .ready)
    #expect(fixture.record.lastError == nil)
  }

  @Test func nothingIsJudgedWhileTheNodeIsUnknownOrHealthIsSwitchedOff() {
    var fixture = Fixture.ready()
    fixture.world.node = .unknown("API server away")
    fixture.advance(after: .hours(1))
    #expect(fixture.record.state == .ready)
    fixture.makeNode(ready: false)
    fixture.policy.health.enabled = false
    fixture.advance(after: .hours(1))
    #expect(fixture.record.state == .ready)
  }

  @Test func nodeObjectThatIsMissingCountsAsNotReady() {
    var fixture = Fixture.ready()
    fixture.node = nil
    fixture.advance(after: .seconds(5))
    #expect(fixture.step == .nodeMissing)
    fixture.advance(after: .seconds(299))
    #expect(fixture.record.state == .ready)
    fixture.advance(after: .seconds(1))
    #expect(fixture.record.state == .unhealthy)
    #expect(fixture.record.repair?.issue == .notReady)
  }

  @Test func machineThatVanishedLosesTheWorker() {
    var fixture = Fixture.ready()
    fixture.machine = nil
    fixture.world.system = nil
    fixture.advance(after: .seconds(10))
    let missed = fixture.now
    fixture.advance(after: .minutes(3))
    #expect(fixture.record.state == .ready, "its node still reports")
    fixture.setCondition("Ready", .unknown)
    fixture.advance(after: .seconds(14))
    #expect(fixture.record.state == .ready)
    fixture.advance(after: .seconds(1))
    #expect(fixture.record.state == .failed)
    #expect(fixture.codes == ["worker_lost"])
    #expect(fixture.advance(after: .seconds(5)) == [.deleteNode(uid: "uid-1")])
    fixture.node = nil
    fixture.advance(after: .minutes(7))
    #expect(fixture.record.state == .terminated)
    #expect(fixture.record.billedUntil == missed, "its node stayed for longer, and cost nothing")
    #expect(fixture.record.mayReappear == true)
  }

  @Test func aLostWorkersMachineThatIsSeenAgainWithPodsIsDrained() {
    var fixture = Fixture.ready()
    let machine = fixture.machine
    fixture.machine = nil
    fixture.world.system = nil
    fixture.setCondition("Ready", .unknown)
    fixture.advance(after: .seconds(10))
    fixture.advance(after: .minutes(3))
    #expect(fixture.record.state == .failed)
    fixture.machine = machine
    fixture.setCondition("Ready", .yes)
    fixture.pods = [Fixture.pod("a")]
    #expect(fixture.advance(after: .seconds(10)) == [.cordon])
    #expect(fixture.record.state == .draining)
    #expect(fixture.codes.contains("drain_started"))
  }

  @Test func aMachineIsNotLostByOneLookThatLacksIt() {
    var fixture = Fixture.ready()
    fixture.setCondition("Ready", .unknown)
    fixture.world.system = nil
    let machine = fixture.machine
    fixture.machine = nil
    fixture.advance(after: .minutes(1))
    fixture.advance(after: .seconds(119))
    #expect(fixture.record.state == .ready)
    fixture.machine = machine
    fixture.advance(after: .seconds(10))
    fixture.machine = nil
    fixture.advance(after: .minutes(1))
    #expect(fixture.record.state == .ready, "it was there in between")
    fixture.advance(after: .minutes(2))
    #expect(fixture.record.state == .failed)
  }

  @Test func aListThatLacksMostMachinesProvesNoLoss() {
    var fixture = Fixture.ready()
    fixture.setCondition("Ready", .unknown)
    fixture.world.system = nil
    fixture.machine = nil
    fixture.world.absenceIsDoubted = true
    for _ in 0..<20 { fixture.advance(after: .minutes(1)) }
    #expect(fixture.record.state != .failed)
    fixture.world.absenceIsDoubted = false
    fixture.advance(after: .minutes(1))
    #expect(fixture.record.state == .failed, "the doubt has passed, and it was missing all the while")
  }

  @Test func machineListWithoutRowsLosesNoWorkerThatReports() {
    var fixture = Fixture.ready()
    fixture.machine = nil
    fixture.advance(after: .hours(3))
    #expect(fixture.record.state == .ready)
    #expect(fixture.record.lastError?.hasPrefix("Its machine has not been in the hypervisor's list since") == true)
    let machine = Fixture.ready().machine
    fixture.machine = machine
    fixture.advance(after: .seconds(10))
    #expect(fixture.record.lastError == nil && fixture.record.missingSince == nil)
    fixture.machine = nil
    fixture.advance(after: .seconds(10))
    fixture.setCondition("Ready", .unknown)
    fixture.advance(after: .minutes(1))
    #expect(fixture.record.state == .ready, "its system still answers")
  }

  @Test(arguments: [
    (RepairAction.restartKubelet, WorkerAction.restartKubelet), (.cleanDisk, .cleanDisk), (.pruneImages, .pruneImages),
  ])
  func simpleRepairIsCalledOnceAndLooksAgain(action: RepairAction, call: WorkerAction) {
    var fixture = Fixture.unhealthy()
    fixture.repair(action)
    #expect(fixture.record.state == .repairing)
    #expect(fixture.record.repair?.inWork == action)
    #expect(fixture.record.repair?.attempts == 1)
    #expect(fixture.record.repair?.nextLevel == 1)
    #expect(fixture.advance(after: .seconds(1)) == [call])
    #expect(fixture.advance(after: .seconds(10)).isEmpty)
    fixture.answer(.succeeded, to: call)
    #expect(fixture.record.state == .unhealthy)
    #expect(fixture.record.repair?.inWork == nil)
    fixture.setCondition("Ready", .yes)
    fixture.advance(after: .seconds(5))
    #expect(fixture.record.state == .ready)
  }

  @Test func eachIssueGoesOnAtItsOwnLevelWhenItHasItsTurnAgain() {
    var fixture = Fixture.unhealthy()
    fixture.repair(.restartKubelet, .kubeletCrashLoop)
    fixture.advance(after: .seconds(1))
    fixture.answer(.succeeded, to: .restartKubelet)
    // The node's own condition is noted in between.
    fixture.advance(after: .seconds(5))
    #expect(fixture.record.repair?.issue == .notReady && fixture.record.repair?.nextLevel == 0)
    #expect(fixture.record.repair?.nextLevel(for: .kubeletCrashLoop) == 1 && fixture.record.repair?.attempts == 1)
    fixture.repair(.reboot, .kubeletCrashLoop, level: 1)
    #expect(fixture.record.repair?.nextLevel(for: .kubeletCrashLoop) == 2)
    #expect(fixture.record.repair?.nextLevel(for: .notReady) == 0)
  }

  @Test func repairThatFailsOrIsNotAnsweredEndsInUnhealthy() {
    var fixture = Fixture.unhealthy()
    fixture.repair(.restartKubelet)
    fixture.advance()
    fixture.answer(.failed(code: "unreachable", message: "no answer", retryable: true), to: .restartKubelet)
    #expect(fixture.record.state == .unhealthy)
    #expect(fixture.record.lastError == "no answer")
    fixture.repair(.restartKubelet)
    fixture.advance()
    #expect(fixture.advance(after: .seconds(45)).isEmpty)
    #expect(fixture.record.state == .unhealthy)
    #expect(fixture.record.repair?.attempts == 2)
  }

  @Test(arguments: [RepairAction.restartKubelet, .cleanDisk, .pruneImages, .reboot])
  func aMachineWithoutOurMarkIsNotRepaired(action: RepairAction) {
    var fixture = Fixture.unhealthy()
    fixture.machine?.owner = nil
    fixture.repair(action)
    #expect(fixture.advance(after: .seconds(1)).isEmpty)
    #expect(fixture.record.state == .unhealthy)
  }

  @Test func rebootWaitsForTheSystem() {
    var fixture = Fixture.unhealthy()
    fixture.repair(.reboot, level: 1)
    #expect(fixture.advance() == [.reboot])
    fixture.answer(.succeeded, to: .reboot)
    fixture.advance(after: .seconds(5))
    #expect(fixture.record.state == .repairing, "it still answers because it has not gone down yet")
    fixture.world.system = nil
    fixture.advance(after: .seconds(20))
    fixture.world.system = SystemObservation(stage: .running, kubeletRunning: true)
    fixture.advance(after: .seconds(20))
    #expect(fixture.record.state == .unhealthy)
    #expect(fixture.record.repair?.nextLevel == 2)
  }

  /// Between the order and its call the hypervisor did not answer, or the program was down.
  @Test(arguments: [false, true]) func aNodeThatHasRecoveredIsNotRebooted(hasPressure: Bool) {
    var fixture = Fixture.unhealthy()
    fixture.pods = [Fixture.pod("a")]
    let (machine, node) = (fixture.machine, fixture.node)
    fixture.repair(.reboot, level: 1)
    fixture.world.machine = .unknown("away")
    #expect(fixture.advance(after: .minutes(20)).isEmpty)
    fixture.machine = machine
    fixture.world.node = .unknown("away")
    #expect(fixture.advance(after: .minutes(1)).isEmpty, "whether it has recovered is not known")
    fixture.node = node
    fixture.setCondition("Ready", .yes)
    // That is another issue, which has levels of its own.
    if hasPressure { fixture.setCondition("MemoryPressure", .yes) }
    #expect(fixture.advance(after: .minutes(1)).isEmpty)
    #expect(fixture.record.state == (hasPressure ? .unhealthy : .ready))
    #expect(fixture.codes == (hasPressure ? ["repair_failed"] : ["repair_failed", "worker_recovered"]))
  }

  @Test func whatCrashesAgainAndAgainIsRebootedThoughItsNodeIsReady() {
    var fixture = Fixture.ready()
    fixture.repair(.reboot, .kubeletCrashLoop, level: 1)
    #expect(fixture.advance() == [.reboot])
  }

  @Test func machineThatStandsStillIsStartedInsteadOfRebooted() {
    var fixture = Fixture.unhealthy()
    fixture.machine?.power = .stopped
    fixture.repair(.reboot)
    #expect(fixture.advance() == [.start])
    fixture.answer(.succeeded, to: .start)
    #expect(fixture.step == .waitForReboot)
  }

  @Test func drainAndRebootPutsTheNodeBackIntoService() {
    var fixture = Fixture.ready()
    fixture.setCondition("MemoryPressure", .yes)
    fixture.advance(after: .minutes(5))
    fixture.pods = [Fixture.pod("a")]
    fixture.repair(.drainAndReboot, .memoryPressure)
    #expect(fixture.advance() == [.cordon])
    fixture.cordonNode()
    let evictions = fixture.advance(after: .seconds(5))
    #expect(evictions.map(\.name) == ["evict"])
    fixture.pods = []
    #expect(fixture.advance(after: .seconds(5)) == [.reboot])
    fixture.answer(.succeeded, to: .reboot)
    #expect(fixture.advance(after: .seconds(60)) == [.uncordon])
    fixture.cordonNode(false)
    fixture.advance(after: .seconds(5))
    #expect(fixture.record.state == .unhealthy)
    #expect(fixture.record.removal == nil)
  }

  /// The hypervisor did not answer, so that the reboot could not be called for, and a person uncordoned the node.
  @Test func podsThatCameAfterTheDrainAreDrainedBeforeTheReboot() {
    var fixture = Fixture.ready()
    fixture.repair(.drainAndReboot, .memoryPressure)
    #expect(fixture.advance() == [.cordon])
    fixture.cordonNode()
    let machine = fixture.machine
    fixture.world.machine = .unknown("away")
    #expect(fixture.advance(after: .seconds(5)).isEmpty)
    #expect(fixture.step == .reboot)
    fixture.cordonNode(false)
    fixture.pods = [Fixture.pod("a")]
    fixture.machine = machine
    #expect(fixture.advance(after: .minutes(30)) == [.cordon])
    fixture.cordonNode()
    #expect(fixture.advance(after: .seconds(5)).map(\.name) == ["evict"])
    fixture.pods = []
    #expect(fixture.advance(after: .seconds(5)) == [.reboot])
  }

  @Test(arguments: [LifecycleStep.cordon, .uncordon])
  func aRepairEndsWhenItsNodeWasDeleted(at step: LifecycleStep) {
    var fixture = Fixture.ready()
    fixture.repair(.drainAndReboot, .memoryPressure)
    #expect(fixture.advance() == [.cordon])
    if step == .uncordon {
      fixture.cordonNode()
      #expect(fixture.advance(after: .seconds(5)) == [.reboot])
      fixture.answer(.succeeded, to: .reboot)
      #expect(fixture.advance(after: .seconds(60)) == [.uncordon])
    }
    #expect(fixture.step == step)
    let node = fixture.node
    fixture.node = nil
    fixture.advance(after: .minutes(10))
    #expect(fixture.record.state == .repairing, "one look may have lost its row")
    fixture.node = node
    fixture.advance(after: .seconds(10))
    fixture.node = nil
    fixture.advance(after: .minutes(1))
    fixture.advance(after: .seconds(119))
    #expect(fixture.record.state == .repairing)
    fixture.advance(after: .seconds(1))
    #expect(fixture.record.state == .unhealthy && fixture.record.repair?.inWork == nil)
    #expect(fixture.codes == ["repair_failed"])
    #expect(fixture.record.repair?.nodeMissingSince == nil)
  }

  @Test func theNodeTakesPodsAgainAfterARepairThatEndedWithoutIt() {
    var fixture = Fixture.ready()
    fixture.repair(.drainAndReboot, .memoryPressure)
    #expect(fixture.advance() == [.cordon])
    fixture.cordonNode()
    let node = fixture.node
    fixture.node = nil
    fixture.advance(after: .minutes(1))
    fixture.advance(after: .minutes(2))
    #expect(fixture.codes == ["repair_failed"])
    // It was missing from lists only.
    fixture.node = node
    #expect(fixture.advance(after: .seconds(10)) == [.uncordon])
    fixture.cordonNode(false)
    fixture.advance(after: .seconds(10))
    #expect(fixture.record.state == .ready && fixture.record.step == nil)
    // A person's cordon is that person's.
    fixture.node?.unschedulable = true
    #expect(fixture.advance(after: .seconds(10)).isEmpty)
  }

  /// Lists are older than the cordon, and show an open node until the repair is over.
  @Test func theNodeOfAnOldListIsUncordonedAsWell() {
    var fixture = Fixture.ready()
    fixture.pods = [Fixture.pod("a")]
    fixture.repair(.drainAndReboot, .memoryPressure)
    #expect(fixture.advance() == [.cordon])
    fixture.answer(.succeeded, to: .cordon)
    fixture.advance(after: .seconds(600))
    #expect(fixture.step == .uncordonAfterFailure && fixture.actions == [.uncordon])
    fixture.answer(.failed(code: "unavailable", message: "no answer", retryable: true), to: .uncordon)
    fixture.advance(after: .seconds(20))
    #expect(fixture.record.state == .ready, "the list says that it is open")
    fixture.cordonNode()
    #expect(fixture.advance(after: .minutes(2)) == [.uncordon])
    fixture.cordonNode(false)
    fixture.advance(after: .seconds(10))
    #expect(fixture.step == nil)
  }

  @Test func aRepairThatIsBrokenOffKeepsNoClockForTheNext() {
    var fixture = Fixture.ready()
    fixture.repair(.drainAndReboot, .memoryPressure)
    fixture.advance()
    fixture.node = nil
    fixture.advance(after: .minutes(1))
    #expect(fixture.record.repair?.nodeMissingSince != nil)
    fixture.retire()
    #expect(fixture.record.repair?.nodeMissingSince == nil)
  }

  @Test func drainForARepairIsNeverForced() {
    var fixture = Fixture.ready()
    fixture.pods = [Fixture.pod("a")]
    fixture.repair(.drainAndReboot, .memoryPressure)
    fixture.advance()
    fixture.cordonNode()
    fixture.advance(after: .seconds(5))
    #expect(fixture.advance(after: .seconds(600)) == [.uncordon])
    #expect(fixture.codes == ["drain_abandoned"])
    fixture.answer(.succeeded, to: .uncordon)
    #expect(fixture.record.state == .unhealthy)
    #expect(fixture.record.lastError?.contains("web/a") == true)
  }

  enum Failure: CaseIterable { case drainTooLong, rebootRefused, systemSilent }
  enum Uncordoning: CaseIterable { case answered, seen, seenAfterFailures }

  /// In `repairing`, the node cordoned, and the repair failed in this way.
  private static func failedDrainAndReboot(_ failure: Failure) -> Fixture {
    var fixture = Fixture.ready()
    if failure == .drainTooLong { fixture.pods = [Fixture.pod("a")] }
    fixture.repair(.drainAndReboot, .memoryPressure)
    fixture.advance()
    fixture.cordonNode()
    fixture.advance(after: .seconds(5))
    switch failure {
    case .drainTooLong: fixture.advance(after: .seconds(600))
    case .rebootRefused:
      fixture.answer(.failed(code: "forbidden", message: "no right", retryable: false), to: .reboot)
      fixture.advance(after: .seconds(5))
    case .systemSilent:
      fixture.answer(.succeeded, to: .reboot)
      fixture.world.system = nil
      fixture.advance(after: .seconds(120))
    }
    return fixture
  }

  @Test(arguments: Failure.allCases, Uncordoning.allCases)
  func drainAndRebootThatFailedEndsAsAFailureHoweverTheUncordonIsProven(failure: Failure, uncordoning: Uncordoning) {
    var fixture = Self.failedDrainAndReboot(failure)
    #expect(fixture.actions == [.uncordon])
    #expect(fixture.record.repair?.inWork == .drainAndReboot)
    switch uncordoning {
    case .answered: fixture.answer(.succeeded, to: .uncordon)
    case .seen:
      fixture.cordonNode(false)
      fixture.advance(after: .seconds(5))
    case .seenAfterFailures:
      fixture.answer(.failed(code: "busy", message: "later", retryable: true), to: .uncordon)
      #expect(fixture.advance(after: .minutes(1)) == [.uncordon])
      fixture.cordonNode(false)
      fixture.advance(after: .seconds(5))
    }
    let ended = fixture.codes.filter { $0.hasPrefix("repair_") }
    #expect(ended == ["repair_failed"])
    #expect(fixture.record.repair?.inWork == nil)
    let sentence = fixture.events.first { $0.code == "repair_failed" }?.sentence ?? ""
    let cause = [Failure.drainTooLong: "web/a", .rebootRefused: "no right", .systemSilent: "did not answer"]
    #expect(sentence.contains(cause[failure]!), "\(sentence)")
  }

  @Test func replacementIsARemovalThatIsNotByChoice() {
    var fixture = Fixture.unhealthy()
    fixture.repair(.replace, level: 2)
    #expect(fixture.record.state == .draining)
    #expect(fixture.record.removal?.force == false)
    #expect(fixture.record.removal?.reason.data["by_choice"] == "false")
  }

  @Test(arguments: [WorkerState.requested, .provisioning, .joining, .draining, .failed, .terminating, .terminated])
  func repairOfAWorkerInAnotherStateChangesNothing(state: WorkerState) {
    var fixture = Fixture()
    fixture.record.state = state
    let before = fixture.record
    fixture.repair(.reboot)
    #expect(fixture.record == before)
    #expect(fixture.codes == ["repair_refused"])
  }

  @Test func attemptsAreForgottenOnlyAfterTheCooldown() {
    var fixture = Fixture.unhealthy()
    fixture.repair(.restartKubelet)
    fixture.advance()
    fixture.answer(.succeeded, to: .restartKubelet)
    fixture.setCondition("Ready", .yes)
    fixture.advance(after: .seconds(30))
    #expect(fixture.record.state == .ready)
    #expect(fixture.record.repair?.attempts == 1)
    fixture.advance(after: .minutes(15))
    #expect(fixture.record.repair == nil)
  }
}
