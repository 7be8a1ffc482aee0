import Model
import Simulator
import Testing

@testable import SimulatedRuns

@Suite struct ExpiryCheckerTests {
  private static func stage(_ shape: (inout Scene) -> Void = { _ in }) -> Stage {
    var stage = Stage(shape)
    var record = stage.record(1)
    record.timeToLive = TimeToLiveRecord(
      expiresAt: stage.now.advanced(by: .minutes(10)), latest: stage.now.advanced(by: .hours(8)))
    stage.write(record)
    return stage
  }

  @Test func aWorkerThatGoesInTimeIsFine() {
    var stage = Self.stage()
    var checker = ExpiryChecker(stage.scene)
    #expect(stage.watch(&checker, for: .minutes(20)) == [])
    stage.remove("burst-1", because: "expired")
    #expect(stage.watch(&checker, for: .minutes(20)) == [])
    stage.change("burst-1") { $0.state = .terminated }
    #expect(stage.watch(&checker, for: .hours(3)) == [])
  }

  @Test func tellsOnceOfOneThatIsKept() {
    var stage = Self.stage()
    var checker = ExpiryChecker(stage.scene)
    let found = stage.watch(&checker, for: .hours(3))
    #expect(found.count == 1)
    #expect(found.first?.sentence.contains("expired at 2026-11-10T12:10:00.000Z and is still kept") == true)
  }

  @Test func tellsOfOneThatBeginsToGoAndIsNeverGone() {
    var stage = Self.stage()
    var checker = ExpiryChecker(stage.scene)
    #expect(stage.watch(&checker, for: .minutes(20)) == [])
    stage.remove("burst-1", because: "expired")
    let found = stage.watch(&checker, for: .hours(3))
    #expect(found.map(\.sentence).first?.contains("is still there (draining)") == true)
  }

  @Test func timeInWhichNothingCouldBeDoneDoesNotCount() {
    var stage = Self.stage()
    var checker = ExpiryChecker(stage.scene)
    #expect(stage.watch(&checker, for: .hours(3)) { $0.isUp = false } == [])
    #expect(stage.watch(&checker, for: .hours(3)) { $0.disturbances = [.outage(.cluster, for: .hours(1))] } == [])
  }

  @Test(arguments: [true, false]) func asManyAsMayLeaveAtOnceAreWaitedFor(isHeldUp: Bool) {
    var stage = Self.stage { $0.policy.provisioning.parallelLimit = 1 }
    stage.policy.draining.limit = isHeldUp ? .minutes(10) : .hours(4)
    stage.write(stage.record(2))
    stage.remove("burst-2", because: "idle_timeout")
    var checker = ExpiryChecker(stage.scene)
    #expect(stage.watch(&checker, for: .hours(3)).count == (isHeldUp ? 1 : 0))
  }

  @Test func aDrainWaitsForADisruptionBudget() throws {
    var stage = Self.stage()
    stage.serve("web", pods: 1)
    stage.world.add(DisruptionBudget(name: "web", selector: ["app": "web"], bound: .maxUnavailable(0)))
    var record = try stage.build(stage.record(1))
    record.timeToLive = TimeToLiveRecord(expiresAt: stage.now, latest: stage.now)
    stage.write(record)
    stage.pass(.seconds(30))
    var checker = ExpiryChecker(stage.scene)
    _ = checker.see(stage.moment())
    stage.remove("burst-1", because: "expired")
    #expect(stage.watch(&checker, for: .hours(3)) == [])
    stage.world.relax("web", to: .maxUnavailable(1))
    #expect(stage.watch(&checker, for: .hours(3)).count == 1)
  }

  @Test func nobodyLivesPastTheLatestEnd() {
    var stage = Self.stage()
    var checker = ExpiryChecker(stage.scene)
    #expect(checker.see(stage.moment()) == [])
    stage.move("burst-1", expiry: .minutes(470))
    #expect(checker.see(stage.moment()) == [])
    stage.move("burst-1", expiry: .hours(1))
    let found = checker.see(stage.moment())
    #expect(found.first?.sentence.contains("which is later than its latest end") == true)
  }

  @Test func theLatestEndIsThePoolsAndStays() {
    var stage = Self.stage()
    var checker = ExpiryChecker(stage.scene)
    _ = checker.see(stage.moment())
    stage.move("burst-1", latest: .hours(1))
    #expect(checker.see(stage.moment()).count == 1)
    var record = stage.record(2)
    record.timeToLive = TimeToLiveRecord(expiresAt: stage.now, latest: stage.now.advanced(by: .hours(9)))
    stage.write(record)
    #expect(checker.see(stage.moment()).first?.sentence.contains("longer than the 8h of its pool") == true)
  }

  @Test func aMachineWhoseMarkIsGoneIsWaitedFor() throws {
    var stage = Self.stage()
    var record = try stage.build(stage.record(1))
    record.timeToLive = TimeToLiveRecord(expiresAt: stage.now, latest: stage.now)
    record.id = "another"
    stage.change("burst-1") { $0.timeToLive = nil }
    stage.write(record)
    var checker = ExpiryChecker(stage.scene)
    #expect(stage.watch(&checker, for: .hours(3)) == [])
  }
}
