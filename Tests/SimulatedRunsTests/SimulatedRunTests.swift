import Model
import Simulator
import Testing

@testable import SimulatedRuns

/// The engine: that a run is fixed by its scene, that processes die and come back, that calls meet their faults.
@Suite struct SimulatedRunTests {
  @Test(arguments: [1, 2, 3] as [UInt64], RunProfile.allCases)
  func isTheSameEachTime(seed: UInt64, profile: RunProfile) {
    let first = SimulatedRun(Scene.draw(seed: seed, days: 1, profile: profile)).run()
    let second = SimulatedRun(Scene.draw(seed: seed, days: 1, profile: profile)).run()
    #expect(first.digest == second.digest)
    #expect(first.log == second.log)
    #expect(first.isWhole && first.days == 1)
  }

  @Test func differsFromSeedToSeed() {
    let digests = (1...6).map { SimulatedRun(Scene.draw(seed: $0, days: 1, profile: .swarm)).run().digest }
    #expect(Set(digests).count == digests.count)
  }

  @Test func doesTheSameWithoutCheckersAsWithThem() {
    let scene = Scene.draw(seed: 4, days: 1, profile: .wild)
    #expect(SimulatedRun(scene).run().digest == SimulatedRun(scene, checkers: []).run().digest)
  }

  @Test func startsTheProcessAgainAfterEachCrash() {
    var scene = Self.quietScene()
    scene.disturbances = [3, 5].map {
      Disturbance(at: scene.phases.start.advanced(by: .hours($0)), .crash(boundary: 1, downtime: .seconds(40)))
    }
    let outcome = SimulatedRun(scene).run()
    #expect(outcome.starts == 3)
    #expect(outcome.log.filter { $0.hasSuffix("process died") }.count == 2)
  }

  @Test func anotherProcessLeadsAfterEachHandOverAndACrash() {
    var scene = Self.quietScene()
    scene.policy.pools[0].minimum = 2
    let start = scene.phases.start
    scene.disturbances = [
      // In the midst of the first workers' calls: a new process leads; later the first one again.
      Disturbance(at: start.advanced(by: .seconds(10)), .handOver(boundary: 3)),
      Disturbance(at: start.advanced(by: .hours(2)), .handOver(boundary: 1)),
      // The other one leads at once, and nobody is left when it dies, too.
      Disturbance(at: start.advanced(by: .hours(3)), .crash(boundary: 1, downtime: .hours(1))),
      Disturbance(at: start.advanced(by: .hours(5)), .crash(boundary: 1, downtime: .hours(1))),
    ]
    let outcome = SimulatedRun(scene).run()
    let told = outcome.log.filter { $0.contains("process ") && !$0.contains("disturbance") }.map { $0.dropFirst(25) }
    #expect(
      told == [
        "process started (1)", "process started (2)", "another process leads", "process died", "another process leads",
        "process died", "process started (5)",
      ])
    #expect(outcome.violations == [])
  }

  @Test func makesNoCallWhileItOnlyObserves() {
    var scene = Self.quietScene()
    let from = scene.phases.start
    scene.disturbances = [Disturbance(at: from, .observation(for: .hours(1)))]
    scene.policy.pools[0].minimum = 1
    let outcome = SimulatedRun(scene, checkers: [CloneWatch.self]).run()
    let clones = outcome.violations.map(\.at)
    #expect(clones.contains { $0 >= from.advanced(by: .hours(1)) }, "the minimum comes once it acts")
    #expect(!clones.contains { $0 < from.advanced(by: .hours(1)) })
  }

  @Test func makesNoCallWhileASystemIsAway() {
    var scene = Self.quietScene()
    let from = scene.phases.start
    scene.disturbances = [Disturbance(at: from, .outage(.hypervisor, for: .hours(1)))]
    scene.policy.pools[0].minimum = 1
    let outcome = SimulatedRun(scene, checkers: [CloneWatch.self]).run()
    let clones = outcome.violations.map(\.at)
    #expect(clones.contains { $0 >= from.advanced(by: .hours(1)) }, "the minimum comes once the hypervisor is back")
    #expect(!clones.contains { $0 < from.advanced(by: .hours(1)) })
  }

  @Test func stopsWhenItIsToldTo() {
    let scene = Scene.draw(seed: 1, days: 2, profile: .swarm)
    let outcome = SimulatedRun(scene).run { share in share < 0.25 }
    #expect(!outcome.isWhole)
    #expect(outcome.days > 0.4 && outcome.days < 0.7)
  }

  @Test func endsAtAnInstantAsItsOwnPrefix() {
    let scene = Scene.draw(seed: 2, days: 2, profile: .swarm)
    var limits = RunLimits()
    limits.until = scene.phases.start.advanced(by: .hours(20))
    let prefix = SimulatedRun(scene, limits: limits).run()
    let whole = SimulatedRun(scene).run()
    #expect(whole.log.starts(with: prefix.log.dropLast(1)))
  }

  /// One pool, no load, no faults.
  static func quietScene() -> Scene { Scene.draw(seed: 13, days: 1, profile: .calm) }
}

/// Tells of each clone that was carried out.
private struct CloneWatch: Checker {
  static let name = "clone_watch"
  init(_ scene: Scene) {}

  mutating func see(_ moment: Moment) -> [Violation] {
    moment.calls.compactMap { call in
      guard case .clone = call.call, call.outcome == .done else { return nil }
      return Violation(Self.name, at: call.at, "a clone at \(call.at)")
    }
  }

  mutating func finish(_ moment: Moment) -> [Violation] { [] }
}
