import Model
import Testing

@testable import SimulatedRuns

/// That the least of a failing run is found: with a promise that is broken by known disturbances.
@Suite struct ReproductionTests {
  @Test func keepsOnlyTheDisturbancesThatMatter() throws {
    var scene = SimulatedRunTests.quietScene()
    let start = scene.phases.start
    scene.disturbances = (0..<12).map { hour in
      let kind: Disturbance.Kind =
        hour == 3 || hour == 7 ? .crash(boundary: 1, downtime: .seconds(20)) : .wrongMetrics(.silent, for: .minutes(5))
      return Disturbance(at: start.advanced(by: .hours(hour)), kind)
    }
    let found = SimulatedRun(scene, checkers: [ThirdStart.self]).run().violations
    let least = Reproduction.least(of: scene, breaking: try #require(found.first), checkers: [ThirdStart.self])
    #expect(least.disturbances == [3, 7])
    #expect(!least.needsHabits)
    #expect(least.runs < Reproduction.maximumRuns)
    var limits = RunLimits()
    limits.stopsAtViolation = true
    limits.until = least.until
    limits.only = Set(least.disturbances)
    limits.hasHabits = least.needsHabits
    #expect(SimulatedRun(scene, checkers: [ThirdStart.self], limits: limits).run().violations.count == 1)
  }

  @Test func needsTheWholeRunForWhatIsJudgedAtItsEnd() throws {
    var scene = SimulatedRunTests.quietScene()
    scene.disturbances = []
    let found = SimulatedRun(scene, checkers: [EndWatch.self]).run().violations
    let least = Reproduction.least(of: scene, breaking: try #require(found.first), checkers: [EndWatch.self])
    #expect(least.until == nil && least.disturbances.isEmpty)
  }
}

/// Broken when the process has been started three times.
private struct ThirdStart: Checker {
  static let name = "third_start"
  init(_ scene: Scene) {}
  mutating func see(_ moment: Moment) -> [Violation] {
    moment.starts == 3 ? [Violation(Self.name, at: moment.now, "started three times")] : []
  }
  mutating func finish(_ moment: Moment) -> [Violation] { [] }
}

/// Broken at the end of every run.
private struct EndWatch: Checker {
  static let name = "end_watch"
  init(_ scene: Scene) {}
  mutating func see(_ moment: Moment) -> [Violation] { [] }
  mutating func finish(_ moment: Moment) -> [Violation] { [Violation(Self.name, at: moment.now, "the end")] }
}
