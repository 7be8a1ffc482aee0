import Lifecycle
import Model
import Testing

@Suite struct ProvisioningTests {
  @Test func requestHoldsTheIntentAndCapsTheTimeToLive() {
    let policy = Fixture.makePolicy()
    let creation = Fixture.creation(pool: "burst", timeToLive: .hours(20))
    let made = WorkerLifecycle.request(creation, id: "a", host: "pve2", policy: policy, now: Fixture.start)
    #expect(made.record.state == .requested)
    #expect(made.record.host == "pve2")
    #expect(made.record.timeToLive?.expiresAt == Fixture.start.advanced(by: .hours(12)))
    #expect(made.record.timeToLive?.latest == Fixture.start.advanced(by: .hours(12)))
    #expect(made.actions.isEmpty)
    let lasting = Fixture.creation(pool: "permanent", timeToLive: nil)
    #expect(WorkerLifecycle.request(lasting, id: "b", policy: policy, now: Fixture.start).record.timeToLive == nil)
  }

  @Test func firstAdvanceWritesTheCallBeforeItLeaves() {
    let fixture = Fixture.provisioning(at: .clone)
    #expect(fixture.record.state == .provisioning)
    #expect(fixture.record.step?.called == true)
    #expect(fixture.actions == [.clone(host: nil)])
  }

  @Test func nothingIsClonedWhileTheHypervisorIsUnknown() {
    var fixture = Fixture()
    fixture.world.machine = .unknown("no answer")
    #expect(fixture.advance().isEmpty)
    #expect(fixture.record.step?.called == false)
  }

  @Test func cloneIsNotRepeatedWhileItsAnswerMayStillCome() {
    var fixture = Fixture.provisioning(at: .clone)
    #expect(fixture.advance(after: .seconds(44)).isEmpty)
    #expect(fixture.advance(after: .seconds(1)) == [.clone(host: nil)])
    #expect(fixture.record.step?.attempt == 1)
  }

  @Test func aLookFromBeforeTheCallSettledProvesNothing() {
    var fixture = Fixture.provisioning(at: .clone)
    fixture.wait(.minutes(5))
    #expect(fixture.advance(looking: false).isEmpty)
    #expect(fixture.record.step?.attempt == 1)
  }

  @Test func afterACrashTheCloneIsFoundRatherThanRepeated() {
    var fixture = Fixture.provisioning(at: .clone)
    fixture.makeMachine()
    #expect(fixture.advance(after: .seconds(60)) == [.configure])
    #expect(fixture.record.machine == MachineID(20001))
  }

  @Test func lockedMachineIsACloneInWork() {
    var fixture = Fixture.provisioning(at: .clone)
    fixture.makeMachine()
    fixture.machine?.locked = true
    #expect(fixture.advance(after: .seconds(60)).isEmpty)
    #expect(fixture.record.billedFrom == nil)
  }

  @Test func billingStartsAtTheEndOfTheClone() {
    let fixture = Fixture.provisioning(at: .configure)
    #expect(fixture.record.billedFrom == Fixture.start.advanced(by: .seconds(40)))
    #expect(fixture.record.billedUntil == nil)
  }

  @Test func slowCloneIsWaitedForAndNeverMadeTwice() {
    var fixture = Fixture.provisioning(at: .clone)
    fixture.makeMachine()
    fixture.machine?.locked = true
    fixture.world.task = .running
    for attempt in 2...3 {
      #expect(fixture.advance(after: .seconds(90)).isEmpty)
      #expect(fixture.record.step?.attempt == attempt)
    }
    fixture.advance(after: .seconds(90))
    #expect(fixture.record.state == .failed)
  }

  @Test func failedCloneTaskIsTriedAgainAfterTheDelay() {
    var fixture = Fixture.provisioning(at: .clone)
    fixture.world.task = .failed("storage lock timeout")
    fixture.advance(after: .seconds(20))
    #expect(fixture.record.step?.attempt == 2)
    fixture.world.task = nil
    #expect(fixture.advance(after: .seconds(59)).isEmpty)
    #expect(fixture.advance(after: .seconds(1)) == [.clone(host: nil)])
    #expect(fixture.record.lastError?.contains("storage lock timeout") == true)
  }

  @Test func machineLeftByAFailedCloneGoesBeforeTheNextAttempt() {
    var fixture = Fixture.provisioning(at: .clone)
    fixture.makeMachine()
    fixture.world.task = .failed("disk full")
    #expect(fixture.advance(after: .seconds(20)) == [.deleteMachine])
    #expect(fixture.step == .removeFailedClone)
    fixture.world.task = nil
    fixture.machine = nil
    #expect(fixture.advance(after: .seconds(5)).isEmpty)
    #expect(fixture.step == .clone)
    #expect(fixture.record.step?.attempt == 2)
    #expect(fixture.advance(after: .seconds(60)) == [.clone(host: nil)])
    #expect(fixture.record.billedFrom == nil)
  }

  @Test(arguments: ["uncertain", "unreachable"])
  func lostAnswerIsLookedForBeforeTheCallIsRepeated(code: String) {
    var fixture = Fixture.provisioning(at: .clone)
    fixture.answer(.failed(code: code, message: "cut", retryable: true), to: .clone(host: nil))
    #expect(fixture.record.step?.called == true)
    fixture.makeMachine()
    #expect(fixture.advance(after: .seconds(30)) == [.configure])
  }

  @Test func exhaustedHostIsLeftToTheHypervisorNextTime() {
    var fixture = Fixture()
    fixture.record.host = "pve1"
    #expect(fixture.advance() == [.clone(host: "pve1")])
    fixture.answer(.failed(code: "exhausted", message: "no room", retryable: true), to: .clone(host: "pve1"))
    #expect(fixture.advance(after: .seconds(60)) == [.clone(host: nil)])
  }

  @Test func attemptsThatAreUsedUpFailTheWorker() {
    var fixture = Fixture.provisioning(at: .clone)
    for _ in 1...3 {
      fixture.answer(.failed(code: "failed", message: "locked", retryable: true), to: .clone(host: nil))
      fixture.advance(after: .seconds(60))
    }
    #expect(fixture.record.lastError?.contains("locked") == true)
    #expect(fixture.record.state == .terminating)
  }

  @Test func wrongRequestIsNotRepeated() {
    var fixture = Fixture.provisioning(at: .clone)
    fixture.answer(.failed(code: "invalid", message: "no such template", retryable: false), to: .clone(host: nil))
    #expect(fixture.record.state == .failed)
    #expect(fixture.codes == ["worker_failed"])
  }

  @Test func failedStaysVisibleForOneAdvance() {
    var fixture = Fixture.provisioning(at: .boot)
    fixture.advance(after: .seconds(121))
    #expect(fixture.record.state == .failed)
    #expect(fixture.actions.isEmpty)
    #expect(fixture.advance(after: .seconds(5)) == [.powerOff])
    #expect(fixture.record.state == .terminating)
  }

  /// step, its action, its configured limit in seconds.
  @Test(arguments: [
    (LifecycleStep.configure, WorkerAction.configure, 30), (.start, .start, 60),
  ])
  func callsAreBoundedByTheirLimitAndTriedAgain(step: LifecycleStep, action: WorkerAction, limit: Int) {
    var fixture = Fixture.provisioning(at: step)
    #expect(fixture.actions == [action])
    fixture.answer(.succeeded, to: action)
    #expect(fixture.advance(after: .seconds(limit - 1)).isEmpty)
    #expect(fixture.record.step?.attempt == 1)
    #expect(fixture.advance(after: .seconds(1)).isEmpty)
    #expect(fixture.record.step?.attempt == 2)
    #expect(fixture.advance(after: .seconds(60)) == [action])
  }

  @Test(arguments: [StepErrorHandling.retry, .fail, .warn])
  func errorHandlingDecidesWhatAFailedStepLeadsTo(handling: StepErrorHandling) {
    var fixture = Fixture.provisioning(at: .configure)
    fixture.policy.provisioning.errorHandling[.configure] = handling
    fixture.answer(.failed(code: "failed", message: "no", retryable: true), to: .configure)
    switch handling {
    case .retry:
      #expect(fixture.step == .configure)
      #expect(fixture.record.step?.attempt == 2)
    case .fail: #expect(fixture.record.state == .failed)
    case .warn:
      #expect(fixture.step == .start)
      #expect(fixture.codes == ["step_failed"])
    }
  }

  @Test func aCloneCannotBeGoneOnWithoutEvenIfItOnlyWarns() {
    var fixture = Fixture.provisioning(at: .clone)
    fixture.policy.provisioning.errorHandling[.clone] = .warn
    fixture.answer(.failed(code: "failed", message: "no", retryable: true), to: .clone(host: nil))
    #expect(fixture.record.state == .failed)
  }

  @Test func limitsDoNotRunOutWhileTheHypervisorIsUnknown() {
    var fixture = Fixture.provisioning(at: .boot)
    fixture.world.machine = .unknown("no quorum")
    #expect(fixture.advance(after: .minutes(10)).isEmpty)
    #expect(fixture.record.state == .provisioning)
    fixture.makeMachine(power: .running, configured: true)
    fixture.world.system = SystemObservation(stage: .maintenance, kubeletRunning: false)
    fixture.advance()
    #expect(fixture.step == .applyConfiguration)
  }

  @Test func configurationCarriesLabelsAndTaints() {
    let fixture = Fixture.provisioning(at: .applyConfiguration)
    let labels = NodeLabels.labels(of: fixture.record, policy: fixture.policy)
    let taint = Taint(key: "workload-type", value: "burst", effect: .noSchedule)
    #expect(fixture.actions == [.applyConfiguration(labels: labels, taints: [taint, .starting])])
  }

  @Test func configurationThatIsThereAlreadyIsNotAppliedAgain() {
    var fixture = Fixture.provisioning(at: .boot)
    fixture.world.system = SystemObservation(stage: .running, kubeletRunning: true)
    #expect(fixture.advance(after: .seconds(10)).isEmpty)
    #expect(fixture.record.state == .joining)
  }

  @Test func nodeNameThatIsTakenFailsBeforeAnythingIsCloned() {
    var fixture = Fixture()
    fixture.makeNode()
    fixture.node?.createdAt = Fixture.start.advanced(by: .hours(-1))
    #expect(fixture.advance().isEmpty)
    #expect(fixture.record.state == .failed)
    #expect(fixture.codes.contains("node_name_taken"))
    #expect(fixture.advance(after: .seconds(5)).isEmpty)
    #expect(fixture.record.state == .terminated, "the other's node is left alone")
  }

  @Test func aNodeOnOurMachineIsOursWhateverTheClocksSay() {
    for (uuid, isOurs) in [("u1", true), ("u2", false)] {
      var fixture = Fixture.provisioning(at: .boot)
      fixture.machine?.uuid = "u1"
      fixture.world.system = SystemObservation(stage: .running, kubeletRunning: true)
      fixture.advance(after: .seconds(10))
      #expect(fixture.record.state == .joining)
      fixture.makeNode()
      fixture.node?.createdAt = Fixture.start.advanced(by: .hours(-1))
      fixture.node?.systemUUID = uuid
      fixture.advance(after: .seconds(1))
      #expect(fixture.codes.contains("node_name_taken") != isOurs)
    }
  }

  @Test func machineThatVanishesWhileProvisioningFailsTheWorker() {
    var fixture = Fixture.provisioning(at: .start)
    fixture.machine = nil
    fixture.advance(after: .seconds(5))
    #expect(fixture.record.state == .provisioning)
    fixture.advance(after: .minutes(2))
    #expect(fixture.record.state == .failed)
    #expect(fixture.codes.contains("worker_lost"))
  }

  @Test func machineOfAnotherOwnerIsNotOurs() {
    var fixture = Fixture.provisioning(at: .start)
    fixture.machine?.owner?.id = "someone-else"
    fixture.advance(after: .seconds(5))
    #expect(fixture.record.state == .failed)
    fixture.advance(after: .seconds(5))
    #expect(fixture.record.state == .terminated)
    #expect(fixture.actions.isEmpty, "the other's machine is left alone")
  }

  /// A person deleted ours, and somebody else was given its number.
  @Test func machineWithoutMarkAndOfAnotherFirmwareMeansThatOursIsGone() {
    var fixture = Fixture.terminating()
    fixture.machine?.uuid = "ours"
    fixture.advance(after: .minutes(1))
    #expect(fixture.record.firmware == "ours")
    fixture.node = nil
    fixture.machine?.owner = nil
    fixture.advance(after: .minutes(1))
    #expect(fixture.record.state == .terminating, "only its mark is gone")
    fixture.machine?.uuid = "theirs"
    fixture.advance(after: .minutes(1))
    let seen = fixture.now
    fixture.advance(after: .minutes(1))
    #expect(fixture.record.state == .terminated)
    #expect(fixture.record.billedUntil == seen)
  }

  @Test func firmwareOfAnEarlierCloneSaysNothingOfTheNext() {
    var fixture = Fixture.provisioning(at: .configure)
    fixture.machine?.uuid = "first"
    fixture.advance(after: .seconds(1))
    #expect(fixture.record.firmware == "first")
    fixture.answer(.cloned(machine: MachineID(20001), task: "UPID:2"), to: .clone(host: nil))
    #expect(fixture.record.firmware == nil)
  }

  @Test func machineWithoutMarkIsLeftAlone() {
    var fixture = Fixture.terminating()
    fixture.machine?.owner = nil
    #expect(fixture.advance(after: .minutes(60)).isEmpty)
    #expect(fixture.record.state == .terminating)
    #expect(fixture.record.lastError?.contains("mark") == true)
  }
}
