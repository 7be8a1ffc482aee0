import Lifecycle
import Model
import Testing

/// Clones that must wait for others, and clones whose number somebody else was given first.
@Suite struct CloneTurnTests {
  private static let notYet = ["busy", "throttled", "superseded"]

  private static func refusal(_ code: String) -> ActionOutcome {
    .failed(code: code, message: "Two clones are being made on storage local, as many as may be.", retryable: true)
  }

  // MARK: Waiting

  /// Also where a failure would be final.
  @Test(arguments: notYet, [StepErrorHandling.retry, .fail])
  func waitingUsesUpNoAttemptAndIsToldOnce(code: String, handling: StepErrorHandling) {
    var fixture = Fixture.provisioning(at: .clone)
    fixture.policy.provisioning.errorHandling[.clone] = handling
    for turn in 1...20 {
      fixture.answer(Self.refusal(code), to: .clone(host: nil))
      #expect(fixture.codes == (turn == 1 ? ["clone_waits"] : []))
      #expect(fixture.record.state == .provisioning)
      #expect(fixture.advance(after: .seconds(14)).isEmpty)
      #expect(fixture.advance(after: .seconds(1)) == [.clone(host: nil)])
      #expect(fixture.codes.isEmpty)
      #expect(fixture.record.step?.attempt == 1)
    }
    fixture.answer(.cloned(machine: MachineID(20001), task: "UPID:1"), to: .clone(host: nil))
    #expect(fixture.record.step?.waitsForTurn == nil)
    fixture.makeMachine()
    #expect(fixture.advance(after: .seconds(40)) == [.configure])
  }

  /// step's limit in seconds, attempts, how long a clone waits at most.
  @Test(arguments: [(90, 3, Duration.hours(1)), (3600, 3, .hours(3))])
  func waitingEnds(limit: Int, attempts: Int, longest: Duration) {
    var fixture = Fixture.provisioning(at: .clone)
    fixture.policy.provisioning.stepLimits[.clone] = .seconds(limit)
    fixture.policy.provisioning.attempts = attempts
    let began = fixture.now
    while fixture.record.state == .provisioning, fixture.now - began < .hours(5) {
      if !fixture.actions.isEmpty { fixture.answer(Self.refusal("busy"), to: .clone(host: nil)) }
      fixture.advance(after: .seconds(15))
    }
    #expect(fixture.record.state == .failed)
    #expect(fixture.now - began >= longest && fixture.now - began <= longest + .minutes(1))
    #expect(fixture.record.lastError?.contains("as many as may be") == true)
  }

  /// The program was dead for a day in the meantime.
  @Test func timeForWhichTheProgramWasDeadIsNotWaiting() {
    var fixture = Fixture.provisioning(at: .clone)
    fixture.answer(Self.refusal("busy"), to: .clone(host: nil))
    #expect(fixture.advance(after: .hours(24)) == [.clone(host: nil)])
    #expect(fixture.advance(after: .hours(24)) == [.clone(host: nil)])
    #expect(fixture.record.state == .provisioning)
  }

  @Test func aRefusalForGoodStillFails() {
    var fixture = Fixture.provisioning(at: .clone)
    fixture.answer(Self.refusal("busy"), to: .clone(host: nil))
    fixture.advance(after: .seconds(15))
    fixture.answer(.failed(code: "forbidden", message: "No.", retryable: false), to: .clone(host: nil))
    #expect(fixture.record.state == .failed)
  }

  /// What is busy may be a clone of this worker that cannot be seen yet.
  @Test func aWorkerThatIsToGoWhileItWaitsLeavesNothingBehind() {
    var fixture = Fixture.provisioning(at: .clone)
    fixture.answer(Self.refusal("busy"), to: .clone(host: nil))
    fixture.retire()
    #expect(fixture.step == .settleClone)
    fixture.advance(after: .seconds(44))
    #expect(fixture.record.state == .terminating)
    fixture.advance(after: .seconds(1))
    #expect(fixture.record.state == .terminated)
  }

  @Test(arguments: [LifecycleStep.configure, .start, .applyConfiguration])
  func aCallThatAnotherLeaderIsToMakeUsesUpNoAttempt(step: LifecycleStep) {
    var fixture = Fixture.provisioning(at: step)
    let call = fixture.actions[0]
    fixture.answer(.failed(code: "superseded", message: "Another leads.", retryable: true), to: call)
    #expect(fixture.record.state == .provisioning)
    #expect(fixture.advance(after: .seconds(45)) == [call])
    #expect(fixture.record.step?.attempt == 1)
  }

  // MARK: A number that somebody else has

  /// The clone was accepted under a number that somebody else's machine has by now.
  private static func lost(locked: Bool = false) -> Fixture {
    var fixture = Fixture.provisioning(at: .clone)
    fixture.answer(.cloned(machine: MachineID(20001), task: "UPID:1"), to: .clone(host: nil))
    var other = MachineObservation(id: MachineID(20001), name: "quicker", host: "pve1", power: .running)
    other.locked = locked
    fixture.machine = other
    return fixture
  }

  @Test func aLostNumberIsForgottenAndAnotherCloneIsMade() {
    var fixture = Self.lost()
    fixture.world.task = .failed("config file already exists")
    #expect(fixture.advance(after: .seconds(5)).isEmpty)
    #expect(fixture.record.machine == nil)
    #expect(fixture.step == .clone)
    #expect(fixture.record.step?.attempt == 2)
    #expect(fixture.record.lastError?.contains("20001 bears no mark") == true)
    // Without its number the record leads to no machine.
    fixture.machine = nil
    fixture.world.task = nil
    #expect(fixture.advance(after: .seconds(60)) == [.clone(host: nil)])
  }

  @Test func withoutTheTaskAMachineThatNobodyWorksOnIsForgottenAtTheLimit() {
    var fixture = Self.lost()
    #expect(fixture.advance(after: .seconds(89)).isEmpty)
    #expect(fixture.record.machine == MachineID(20001))
    fixture.advance(after: .seconds(1))
    #expect(fixture.record.machine == nil)
    #expect(fixture.record.step?.attempt == 2)
  }

  @Test func aMachineThatIsStillBeingMadeIsWaitedFor() {
    var fixture = Self.lost(locked: true)
    fixture.world.task = .running
    fixture.advance(after: .seconds(90))
    #expect(fixture.record.machine == MachineID(20001))
    #expect(fixture.record.state == .provisioning)
  }

  @Test func aWorkerThatLostItsNumberGoesWithoutTouchingTheMachine() {
    var fixture = Self.lost()
    fixture.retire()
    #expect(fixture.advance(after: .seconds(44)).isEmpty)
    #expect(fixture.record.machine == MachineID(20001))
    #expect(fixture.advance(after: .seconds(1)).isEmpty)
    #expect(fixture.record.machine == nil)
    fixture.machine = nil
    #expect(fixture.advance(after: .seconds(5)).isEmpty)
    #expect(fixture.record.state == .terminated)
    #expect(fixture.record.billedFrom == nil)
  }
}
