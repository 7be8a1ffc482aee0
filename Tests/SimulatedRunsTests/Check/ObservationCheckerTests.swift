import Model
import Ports
import Testing

@testable import SimulatedRuns

@Suite struct ObservationCheckerTests {
  private static let call = ObservedCall(at: Stage.start, .start(MachineID(200)), .done)

  /// What is found in a step after one in which `before` was the mode.
  private static func find(
    after before: Status.Mode = .observe, _ mode: Status.Mode = .observe, _ shape: (inout Stage, inout Moment) -> Void
  ) -> [String] {
    var stage = Stage()
    var checker = ObservationChecker(stage.scene)
    stage.write(stage.record(1))
    #expect(checker.see(stage.moment { $0.mode = before }).isEmpty)
    var other = stage
    var moment = stage.moment { $0.mode = mode }
    shape(&other, &moment)
    return checker.see(moment).map(\.sentence)
  }

  @Test func callsAreFound() {
    let found = Self.find { _, moment in moment.calls = [Self.call] }
    #expect(found == ["The program only observes and has made a call: start 200."])
  }

  @Test func newWorkersAndRemovalsAreFound() {
    let new = Self.find { stage, moment in moment.changed = [stage.record(2, "burst", .requested)] }
    #expect(new == ["The program only observes, and worker-burst-002 is requested now, which it was not before."])
    let leaving = Self.find { stage, moment in moment.changed = [stage.record(1, "burst", .draining)] }
    #expect(leaving == ["The program only observes, and worker-burst-001 is draining now, which it was not before."])
  }

  @Test func whatStaysAsItIsIsFine() {
    #expect(Self.find { stage, moment in moment.changed = [stage.record(1)] } == [])
  }

  @Test func stepsInWhichItActedAreNotJudged() {
    #expect(Self.find(after: .act) { _, moment in moment.calls = [Self.call] } == [])
    #expect(Self.find(.act) { _, moment in moment.calls = [Self.call] } == [])
  }
}
