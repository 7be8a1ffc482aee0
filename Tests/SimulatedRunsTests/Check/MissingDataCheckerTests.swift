import Model
import Ports
import Testing

@testable import SimulatedRuns

@Suite struct MissingDataCheckerTests {
  private static let length: Duration = .minutes(30)

  /// What is found when a worker goes for a reason, so long after something began that lasts half an hour.
  private static func find(
    _ kind: Disturbance.Kind, after delay: Duration = .minutes(10), because code: String = "idle_timeout",
    pool: PoolName = "burst"
  ) -> [Violation] {
    var stage = Stage { $0.disturbances = [Disturbance(at: Stage.start.advanced(by: .minutes(1)), kind)] }
    var checker = MissingDataChecker(stage.scene)
    for number in 1...2 { stage.write(stage.record(number, pool)) }
    _ = checker.see(stage.moment(after: .minutes(1)))
    stage.remove(WorkerID("\(pool)-1"), because: code)
    let lasts = delay <= length
    return checker.see(stage.moment(after: delay) { $0.disturbances = lasts ? [kind] : [] })
      + checker.see(stage.moment())
  }

  private static let gaps: [(Disturbance.Kind, String)] = [
    (.outage(.cluster, for: length), "the cluster has not answered"),
    (.outage(.metrics, for: length), "no trigger has had a reading"),
    (.wrongMetrics(.silent, for: length), "no trigger has had a reading"),
    (.wrongMetrics(.notANumber, for: length), "no trigger has had a reading"),
    (.wrongMetrics(.failing, for: length), "no trigger has had a reading"),
    (.wrongMetrics(.stale, for: length), "no trigger has had a new reading"),
  ]

  @Test(arguments: 0..<gaps.count) func tellsOfAChoiceWhileDataAreMissing(number: Int) {
    let found = Self.find(Self.gaps[number].0)
    #expect(found.count == 1)
    #expect(found.first?.sentence.contains(Self.gaps[number].1) == true)
  }

  @Test(arguments: 0..<gaps.count) func afterwardsChoicesAreFree(number: Int) {
    #expect(Self.find(Self.gaps[number].0, after: .minutes(40)) == [])
  }

  @Test(arguments: ["expired", "budget_exhausted", "operator", "replaced", "worker_failed"])
  func whatIsNoChoiceMayGo(code: String) {
    #expect(Self.find(.outage(.metrics, for: Self.length), because: code) == [])
  }

  @Test func theFirstMinuteIsNotJudged() {
    #expect(Self.find(.outage(.metrics, for: Self.length), after: .seconds(40)) == [])
    #expect(Self.find(.wrongMetrics(.stale, for: Self.length), after: .seconds(100)) == [])
  }

  @Test func whatLooksLikeDataCannotBeSeenThrough() {
    #expect(Self.find(.wrongMetrics(.zero, for: Self.length)) == [])
    #expect(Self.find(.staleLists(.cluster, for: Self.length)) == [])
  }

  @Test func aPoolWithoutTriggersRestsOnListsOnly() {
    #expect(Self.find(.outage(.metrics, for: Self.length), pool: "spot") == [])
    #expect(Self.find(.outage(.cluster, for: Self.length), pool: "spot").count == 1)
  }

  @Test func whatTheRunLeftOutIsNotCounted() {
    var stage = Stage { $0.disturbances = [Disturbance(at: Stage.start, .outage(.metrics, for: .hours(1)))] }
    var checker = MissingDataChecker(stage.scene)
    stage.write(stage.record(1))
    _ = checker.see(stage.moment())
    stage.remove("burst-1", because: "idle_timeout")
    #expect(checker.see(stage.moment(after: .minutes(10))) == [])
  }

  /// Three workers whose machines are there, and a list that has lacked all of them for so long; then one is given up.
  private static func lose(after length: Duration, ahead: Duration = .zero) throws -> [Violation] {
    var stage = Stage()
    for number in 1...3 { stage.write(try stage.build(stage.record(number))) }
    var checker = MissingDataChecker(stage.scene)
    #expect(checker.see(stage.moment()) == [])
    func empty(_ moment: inout Moment) {
      moment.disturbances = [.missingRows(.hypervisor, percent: 100, for: .minutes(30))]
    }
    #expect(stage.watch(&checker, for: length, empty) == [])
    stage.offset = ahead
    stage.change("burst-2") { $0.state = .failed }
    let name = stage.record(2).name.rawValue
    return checker.see(
      stage.moment { moment in
        empty(&moment)
        moment.events = [
          JournalEvent(
            at: moment.now, subject: "worker", name: name, code: "worker_lost", sentence: "Its machine is gone.")
        ]
      })
  }

  @Test func tellsOfAWorkerThatAnEmptyListCost() throws {
    #expect(try Self.lose(after: .minutes(12)).map(\.checker) == ["missing_data"])
    #expect(try Self.lose(after: .minutes(14)) == [])
  }

  @Test func aClockThatIsSetAheadTakesFiveMinutesOfTheDoubt() throws {
    #expect(try Self.lose(after: .minutes(10), ahead: .minutes(13)) == [])
    #expect(try Self.lose(after: .minutes(8), ahead: .minutes(13)).count == 1)
    #expect(try Self.lose(after: .minutes(10), ahead: .minutes(-13)).count == 1)
  }
}
