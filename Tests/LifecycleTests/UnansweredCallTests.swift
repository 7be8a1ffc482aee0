import Lifecycle
import Model
import Testing

/// Calls whose answer is missing: most likely the program died before they left, and the machine is not to blame.
@Suite struct UnansweredCallTests {
  private static let steps: [LifecycleStep] = [.clone, .configure, .start, .applyConfiguration]

  /// The step's call has just been sent.
  private static func called(_ step: LifecycleStep) -> Fixture {
    guard step == .label || step == .removeStartUpTaint else { return Fixture.provisioning(at: step) }
    var fixture = Fixture.joining()
    fixture.makeNode()
    if step == .removeStartUpTaint {
      let labels = NodeLabels.labels(of: fixture.record, policy: fixture.policy)
      fixture.node?.labels = labels
      fixture.node?.taints = [.starting]
    }
    fixture.world.system = SystemObservation(stage: .running, kubeletRunning: true)
    fixture.policy.provisioning.errorHandling[.label] = .retry
    fixture.advance(after: .seconds(30))
    return fixture
  }

  /// Also with one attempt only, and where a failure would be final.
  @Test(arguments: steps + [.label, .removeStartUpTaint], [1, 3])
  func tenCrashesBeforeTheCallLeavesUseUpNoAttempt(step: LifecycleStep, attempts: Int) {
    var fixture = Self.called(step)
    fixture.policy.provisioning.attempts = attempts
    let call = fixture.actions
    #expect(call.count == 1)
    for _ in 1...10 {
      #expect(fixture.advance(after: .seconds(44)).isEmpty, "the call may still take effect")
      #expect(fixture.advance(after: .seconds(1)) == call)
      #expect(fixture.codes == ["call_repeated"])
      #expect(fixture.step == step)
      #expect(fixture.record.step?.attempt == 1)
    }
  }

  @Test(arguments: steps + [.label, .removeStartUpTaint])
  func timeForWhichTheProgramWasDeadIsNotCounted(step: LifecycleStep) {
    var fixture = Self.called(step)
    let call = fixture.actions
    for _ in 1...10 {
      #expect(fixture.advance(after: .hours(1)) == call)
      #expect(fixture.record.step?.attempt == 1)
    }
  }

  /// step, its configured limit in seconds.
  @Test(arguments: [(LifecycleStep.clone, 90), (.configure, 30), (.start, 60)])
  func limitRunsFromTheAnswerToTheLastSending(step: LifecycleStep, limit: Int) {
    var fixture = Self.called(step)
    let call = fixture.actions
    for _ in 1...3 { #expect(fixture.advance(after: .minutes(2)) == call) }
    fixture.wait(.seconds(20))
    let answer = step == .clone ? ActionOutcome.cloned(machine: MachineID(20001), task: "UPID:1") : .succeeded
    fixture.answer(answer, to: call[0])
    fixture.wait(.seconds(10))
    fixture.answer(answer, to: call[0])
    #expect(fixture.advance(after: .seconds(limit - 11)).isEmpty)
    #expect(fixture.record.step?.attempt == 1)
    #expect(fixture.advance(after: .seconds(1)).isEmpty)
    #expect(fixture.record.step?.attempt == 2, "an answer that comes twice does not lengthen the limit")
  }

  @Test(arguments: steps + [.label], ["", "uncertain", "unreachable"])
  func callThatIsNeverAnsweredEndsAllTheSame(step: LifecycleStep, code: String) {
    var fixture = Self.called(step)
    let call = fixture.actions[0]
    let began = fixture.now
    var calls = 1
    while fixture.record.state == .provisioning || fixture.record.state == .joining,
      fixture.now - began < .hours(1)
    {
      if !code.isEmpty, !fixture.actions.isEmpty {
        fixture.answer(.failed(code: code, message: "cut", retryable: true), to: call)
      }
      calls += fixture.advance(after: .seconds(5)).count
    }
    #expect(fixture.record.state == .failed)
    #expect(fixture.codes == ["worker_failed"])
    #expect(fixture.now - began <= .seconds(645))
    #expect(calls == 14)
  }

  @Test func labelsWithoutAnswerAreAskedForTwiceAndThenOnlyWarn() {
    var fixture = Self.called(.label)
    fixture.policy.provisioning.errorHandling[.label] = .warn
    let call = fixture.actions
    #expect(fixture.advance(after: .seconds(45)) == call)
    #expect(fixture.advance(after: .seconds(44)).isEmpty)
    fixture.advance(after: .seconds(1))
    #expect(fixture.record.state == .ready)
    #expect(fixture.codes.starts(with: ["step_failed", "worker_ready"]))
  }

  @Test(arguments: [LifecycleStep.configure, .start])
  func effectOfACallWithoutAnswerIsFoundAtAnyTime(step: LifecycleStep) {
    var fixture = Self.called(step)
    fixture.advance(after: .minutes(3))
    fixture.machine?.configured = true
    if step == .start { fixture.machine?.power = .running }
    fixture.advance(after: .seconds(1))
    #expect(fixture.step == (step == .start ? .boot : .start))
    #expect(fixture.record.lastError == nil)
  }
}
