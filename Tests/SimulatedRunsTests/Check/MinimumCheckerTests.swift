import Model
import Testing

@testable import SimulatedRuns

@Suite struct MinimumCheckerTests {
  /// What is found when one of so many spot workers, of which one must stay, goes for a reason.
  private static func find(
    of count: Int, because code: String, in given: Stage = Stage(), _ change: (inout Stage) -> Void = { _ in }
  ) -> [Violation] {
    var stage = given
    var checker = MinimumChecker(stage.scene)
    for number in 1...count { stage.write(stage.record(number, "spot")) }
    _ = checker.see(stage.moment())
    stage.remove("spot-1", because: code)
    change(&stage)
    return checker.see(stage.moment()) + checker.see(stage.moment())
  }

  private static let ownDoing = [
    "idle_timeout", "consolidated", "under_used", "budget_exhausted", "preempted", "replaced",
  ]

  @Test(arguments: ownDoing) func tellsWhenTheLastOneIsLetGo(code: String) {
    let found = Self.find(of: 1, because: code)
    #expect(
      found.map(\.sentence) == ["Pool spot keeps 0 of at least 1 workers, for worker-spot-001 was let go (\(code))."])
  }

  @Test(arguments: ownDoing) func staysSilentWhileEnoughStay(code: String) {
    #expect(Self.find(of: 2, because: code) == [])
  }

  @Test(arguments: ["operator", "worker_failed", "expired"]) func othersDoingIsNotOurs(code: String) {
    #expect(Self.find(of: 1, because: code) == [])
  }

  @Test func aFailureInTheSameStepCouldNotBeKnown() {
    let found = Self.find(of: 2, because: "idle_timeout") { stage in
      stage.change("spot-2") { $0.state = .failed }
    }
    #expect(found == [])
  }

  @Test func anExpiryInTheSameStepIsKnown() {
    let found = Self.find(of: 2, because: "idle_timeout") { $0.remove("spot-2", because: "expired") }
    #expect(found.count == 1)
  }

  @Test func aSubstituteOfTheSameStepCounts() {
    let found = Self.find(of: 1, because: "upgraded") { $0.write($0.record(2, "spot", .requested)) }
    #expect(found == [])
  }

  @Test func aMinimumThatIsRaisedBindsAfterwards() {
    let found = Self.find(of: 2, because: "idle_timeout") { $0.policy.pools[1].minimum = 2 }
    #expect(found == [])
  }

  @Test func aDrainThatWasGivenUpMayBeginAnew() {
    var stage = Stage()
    var checker = MinimumChecker(stage.scene)
    for number in 1...2 { stage.write(stage.record(number, "spot")) }
    _ = checker.see(stage.moment())
    stage.remove("spot-1", because: "idle_timeout")
    #expect(checker.see(stage.moment()) == [])
    stage.change("spot-1") {
      $0.state = .ready
      $0.removal = nil
    }
    stage.change("spot-2") { $0.state = .failed }
    #expect(checker.see(stage.moment()) == [])
    stage.remove("spot-1", because: "idle_timeout")
    #expect(checker.see(stage.moment()).count == 1)
  }
}
