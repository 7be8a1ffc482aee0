import Lifecycle
import Model
import Testing

@Suite struct TerminationTests {
  @Test func aNodeThatOneLookLacksEndsNoDrain() {
    var fixture = Fixture.ready()
    fixture.retire()
    let node = fixture.node
    for _ in 0..<5 {
      fixture.node = nil
      fixture.advance(after: .minutes(1))
      fixture.advance(after: .seconds(59))
      #expect(fixture.record.state == .draining, "its machine runs")
      fixture.node = node
      fixture.advance(after: .seconds(10))
    }
    fixture.node = nil
    fixture.advance(after: .minutes(1))
    fixture.advance(after: .minutes(2))
    #expect(fixture.record.state == .terminating, "there is no node any more")
  }

  @Test func orderIsPowerThenNodeThenMachine() {
    var fixture = Fixture.terminating()
    #expect(fixture.actions == [.shutdown])
    fixture.answer(.succeeded, to: .shutdown)
    #expect(fixture.advance(after: .seconds(60)).isEmpty)
    fixture.machine?.power = .stopped
    #expect(fixture.advance(after: .seconds(5)) == [.deleteNode(uid: "uid-1")])
    #expect(fixture.advance(after: .seconds(5)).isEmpty)
    fixture.node = nil
    #expect(fixture.advance(after: .seconds(5)) == [.deleteMachine])
    #expect(fixture.record.billedUntil == nil)
    fixture.machine = nil
    fixture.advance(after: .seconds(5))
    #expect(fixture.record.state == .terminated)
    #expect(fixture.record.billedUntil == fixture.now)
    #expect(fixture.record.step == nil)
  }

  @Test func machineThatDoesNotShutDownIsPoweredOffAfterTheLimit() {
    var fixture = Fixture.terminating()
    fixture.answer(.succeeded, to: .shutdown)
    #expect(fixture.advance(after: .seconds(299)).isEmpty)
    #expect(fixture.advance(after: .seconds(1)) == [.powerOff])
    #expect(fixture.codes.contains("shutdown_overdue"))
  }

  @Test func systemThatCannotBeAskedIsPoweredOffAtOnce() {
    var fixture = Fixture.terminating()
    fixture.answer(.failed(code: "unavailable", message: "no port", retryable: false), to: .shutdown)
    #expect(fixture.advance(after: .seconds(1)) == [.powerOff])
  }

  @Test func gracefulShutdownCanBeSwitchedOff() {
    var fixture = Fixture.draining(pods: [])
    fixture.policy.termination.graceful = false
    #expect(fixture.advance(after: .seconds(1)) == [.powerOff])
  }

  @Test(arguments: ["machine", "node"])
  func unknownObservationsAdvanceNothing(what: String) {
    var fixture = Fixture.terminating()
    fixture.machine?.power = .stopped
    if what == "machine" { fixture.world.machine = .unknown("away") } else { fixture.world.node = .unknown("away") }
    #expect(fixture.advance(after: .hours(2)).isEmpty)
    #expect(fixture.record.state == .terminating)
  }

  @Test func powerThatIsUnknownKeepsTheNode() {
    var fixture = Fixture.terminating()
    fixture.machine?.power = .unknown
    fixture.advance(after: .seconds(300))
    #expect(fixture.actions == [.powerOff])
    for _ in 0..<50 {
      let actions = fixture.advance(after: .seconds(60))
      #expect(actions.isEmpty || actions == [.powerOff])
    }
    #expect(fixture.record.lastError?.contains("certainly off") == true)
  }

  @Test func machineThatRunsAgainIsPoweredOffAgain() {
    var fixture = Fixture.terminating()
    fixture.machine?.power = .stopped
    fixture.node = nil
    #expect(fixture.advance(after: .seconds(5)) == [.deleteMachine])
    fixture.machine?.power = .running
    #expect(fixture.advance(after: .seconds(5)) == [.powerOff])
  }

  /// The lists lost all rows while pods still ran, and no call to switch off got through until the rows were back.
  @Test func machineIsDrainedAgainWhenItsNodeServesAfterAll() {
    var fixture = Fixture.draining(pods: [Fixture.pod("a")])
    let node = fixture.node
    fixture.node = nil
    fixture.pods = []
    #expect(fixture.advance(after: .seconds(5)).isEmpty)
    #expect(fixture.advance(after: .minutes(2)) == [.shutdown])
    fixture.answer(.failed(code: "unreachable", message: "Nobody answered.", retryable: true), to: .shutdown)
    fixture.node = node
    fixture.pods = [Fixture.pod("a")]
    let eviction = WorkerAction.evict(pod: Fixture.pod("a").key, uid: "uid-a", grace: .seconds(300))
    #expect(fixture.advance(after: .minutes(6)) == [eviction])
    #expect(fixture.record.state == .draining)
    #expect(fixture.codes == ["drain_resumed"])
    fixture.answer(.evictionRefused(by: "web"), to: fixture.actions[0])
    // A single look lacks it once more.
    fixture.node = nil
    fixture.pods = []
    #expect(fixture.advance(after: .seconds(5)).isEmpty)
    fixture.node = node
    fixture.pods = [Fixture.pod("a")]
    fixture.advance(after: .minutes(30))
    #expect(fixture.record.state == .draining)
    fixture.pods = []
    #expect(fixture.advance(after: .seconds(10)) == [.shutdown])
    #expect(fixture.record.state == .terminating)
  }

  /// The program was down while the worker joined, or an older journal was restored.
  @Test(arguments: [LifecycleStep.start, .boot, .applyConfiguration])
  func whoServesIsDrainedThoughItsRecordIsBehind(at step: LifecycleStep) {
    var fixture = Fixture.provisioning(at: step)
    fixture.machine?.power = .running
    fixture.makeNode()
    fixture.pods = [Fixture.pod("a")]
    fixture.retire()
    fixture.world.pods = .unknown("away")
    #expect(fixture.advance(after: .seconds(5)).isEmpty, "whether pods run there is not known")
    fixture.pods = [Fixture.pod("a")]
    #expect(fixture.advance(after: .seconds(5)) == [.cordon])
    #expect(fixture.record.state == .draining && fixture.codes == ["drain_started"])
    fixture.cordonNode()
    let eviction = WorkerAction.evict(pod: Fixture.pod("a").key, uid: "uid-a", grace: .seconds(300))
    #expect(fixture.advance(after: .seconds(5)) == [eviction])
    fixture.pods = []
    fixture.advance(after: .seconds(10))
    #expect(fixture.record.state == .terminating)
  }

  @Test func whoFailedByItsRecordAndServesIsDrained() {
    var fixture = Fixture.provisioning(at: .boot)
    fixture.policy.provisioning.errorHandling[.boot] = .fail
    fixture.makeNode()
    fixture.pods = [Fixture.pod("a")]
    #expect(fixture.advance(after: .hours(5)).isEmpty, "no system answers, and the boot's limit is long over")
    #expect(fixture.record.state == .failed)
    #expect(fixture.advance(after: .seconds(5)) == [.cordon])
    #expect(fixture.record.state == .draining)
  }

  @Test(arguments: ["absent", "starting", "silent", "without pods", "forced"])
  func whoIsOnItsWayAndServesNobodyIsSwitchedOffAtOnce(why: String) {
    var fixture = Fixture.provisioning(at: .boot)
    fixture.makeNode()
    fixture.pods = [Fixture.pod("a")]
    switch why {
    case "absent": fixture.node = nil
    case "starting": fixture.node?.taints = [.starting]
    case "silent": fixture.setCondition("Ready", .unknown)
    case "without pods": fixture.pods = []
    default: fixture.world.node = .unknown("away")
    }
    fixture.retire(force: why == "forced")
    #expect(fixture.advance(after: .seconds(5)) == [.powerOff])
    #expect(fixture.record.state == .terminating)
  }

  @Test func whoMayServeUnseenIsSwitchedOffOnceItsNodeIsKnown() {
    var fixture = Fixture.provisioning(at: .boot)
    fixture.world.node = .unknown("away")
    fixture.retire()
    #expect(fixture.advance(after: .hours(1)).isEmpty)
    fixture.node = nil
    #expect(fixture.advance(after: .seconds(5)) == [.powerOff])
  }

  /// An older record of the name: its own machine is off, and the node is that of its successor's.
  @Test func nodeThatReportsFromAnotherMachineIsKept() {
    var fixture = Fixture.terminating()
    fixture.machine?.power = .stopped
    fixture.node?.systemUUID = "00000000-0000-4000-8000-000000000000"
    #expect(fixture.advance(after: .hours(1)).isEmpty)
    #expect(fixture.record.lastError?.contains("still reports") == true)
    fixture.setCondition("Ready", .unknown)
    #expect(fixture.advance(after: .seconds(5)) == [.deleteNode(uid: "uid-1")])
  }

  @Test(arguments: ["forced", "at its limit", "silent", "leaving", "unknown"])
  func machineIsSwitchedOffUnderPodsThatNeedNoDrain(why: String) {
    var fixture = Fixture.draining(pods: [])
    fixture.advance(after: .seconds(5))
    #expect(fixture.record.state == .terminating)
    var pod = Fixture.pod("a")
    switch why {
    case "forced": fixture.retire(force: true)
    case "at its limit": fixture.policy.draining.forceAfterLimit = true
    case "silent": fixture.setCondition("Ready", .unknown)
    case "leaving": pod.isTerminating = true
    default: break
    }
    fixture.pods = [pod]
    if why == "unknown" { fixture.world.pods = .unknown("away") }
    #expect(fixture.advance(after: .minutes(20)) == [.powerOff])
    #expect(fixture.record.state == .terminating)
  }

  @Test func nodeThatIsNotListedWhilePodsAreStillRuns() {
    var fixture = Fixture.draining(pods: [Fixture.pod("a")])
    fixture.node = nil
    #expect(fixture.advance(after: .seconds(5)).isEmpty)
    #expect(fixture.advance(after: .minutes(5)).isEmpty)
    #expect(fixture.record.state == .draining)
    fixture.pods = []
    #expect(fixture.advance(after: .seconds(5)) == [.shutdown])
  }

  @Test func deletionIsRepeatedWithGrowingPausesAndNeverGivenUp() {
    var fixture = Fixture.terminating()
    fixture.machine?.power = .stopped
    fixture.node = nil
    var calls: [Instant] = []
    for _ in 0..<720 {
      for action in fixture.advance(after: .seconds(5)) {
        #expect(action == .deleteMachine)
        calls.append(fixture.now)
        fixture.answer(.failed(code: "busy", message: "VM is locked", retryable: true), to: action)
      }
    }
    let pauses = zip(calls, calls.dropFirst()).map { ($1 - $0).milliseconds / 1000 }
    #expect(Array(pauses.prefix(6)) == [15, 30, 60, 120, 240, 300])
    #expect(pauses.dropFirst(5).allSatisfy { $0 == 300 })
    #expect(fixture.record.lastError?.contains("VM is locked") == true)
  }

  @Test(arguments: [true, false])
  func whoseDeletionFailedMayShowUpAgain(fails: Bool) {
    var fixture = Fixture.terminating()
    fixture.machine?.power = .stopped
    fixture.node = nil
    #expect(fixture.advance(after: .seconds(5)) == [.deleteMachine])
    let failure = ActionOutcome.failed(code: "busy", message: "VM is locked", retryable: true)
    fixture.answer(fails ? failure : .succeeded, to: .deleteMachine)
    fixture.machine = nil
    fixture.advance(after: .seconds(5))
    #expect(fixture.record.state == .terminated)
    #expect(fixture.record.mayReappear == (fails ? true : nil))
  }

  @Test func absenceProvesNothingWhileACloneMayStillAppear() {
    var fixture = Fixture.provisioning(at: .clone)
    fixture.retire()
    #expect(fixture.record.state == .terminating)
    #expect(fixture.advance(after: .seconds(30)).isEmpty)
    #expect(fixture.record.state == .terminating)
    fixture.makeMachine()
    #expect(fixture.advance(after: .seconds(5)) == [.deleteMachine])
    fixture.machine = nil
    fixture.advance(after: .seconds(5))
    #expect(fixture.record.state == .terminated)
  }

  @Test func lookFromBeforeTheCloneDoesNotEndARemovalThatHasSeenItsMachine() {
    var fixture = Fixture.provisioning(at: .clone)
    fixture.retire()
    fixture.wait(.seconds(8))
    fixture.makeMachine()
    #expect(fixture.advance() == [.deleteMachine])
    fixture.wait(.seconds(3))
    fixture.world.machine = .known(nil, at: Fixture.start)
    #expect(fixture.advance(looking: false).isEmpty)
    #expect(fixture.record.state == .terminating)
  }

  @Test func requestThatWasNeverStartedEndsAtOnce() {
    var fixture = Fixture()
    fixture.retire()
    fixture.advance()
    #expect(fixture.record.state == .terminated)
    #expect(fixture.record.billedFrom == nil)
    #expect(fixture.record.cost(until: fixture.now) == .zero)
  }

  @Test func retirementWhileJoiningDrainsFirst() {
    var fixture = Fixture.joining()
    fixture.makeNode()
    fixture.pods = [Fixture.pod("a")]
    fixture.retire()
    #expect(fixture.record.state == .draining)
    #expect(fixture.advance(after: .seconds(1)) == [.cordon])
  }

  @Test func nodeThatStillReportsIsKeptWhenItsMachineIsNotSeen() {
    var fixture = Fixture.terminating()
    fixture.machine = nil
    #expect(fixture.advance(after: .seconds(5)).isEmpty)
    #expect(fixture.record.state == .terminating)
    fixture.setCondition("Ready", .unknown)
    #expect(fixture.advance(after: .seconds(60)).isEmpty, "nobody has deleted it, and one look may have lost its row")
    #expect(fixture.advance(after: .seconds(60)) == [.deleteNode(uid: "uid-1")])
  }

  @Test func lateCloneAnswerIsNotForgottenByAWorkerThatLeaves() {
    var fixture = Fixture.provisioning(at: .clone)
    fixture.retire()
    fixture.answer(.cloned(machine: MachineID(20001), task: "UPID:7"), to: .clone(host: nil))
    #expect(fixture.record.machine == MachineID(20001))
    #expect(fixture.record.step?.task == "UPID:7")
  }
}
