import Model
import Testing

@testable import SimulatedRuns

@Suite struct RunPhasesTests {
  @Test func tellsThePartThatAnInstantFallsInto() {
    let start = Instant(milliseconds: 0)
    let phases = RunPhases(
      start: start, faultsFrom: start.advanced(by: .hours(1)), faultsUntil: start.advanced(by: .hours(2)),
      healedBy: start.advanced(by: .hours(3)), end: start.advanced(by: .hours(4)))
    #expect(phases.phase(at: start) == .warmUp)
    #expect(phases.phase(at: start.advanced(by: .hours(1))) == .safety)
    #expect(phases.phase(at: start.advanced(by: .hours(2))) == .healing)
    #expect(phases.phase(at: start.advanced(by: .hours(3))) == .liveness)
  }
}
