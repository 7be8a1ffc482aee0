import Model
import Simulator
import Testing

@testable import SimulatedRuns

@Suite struct LedgerCheckerTests {
  /// What a decision of now takes for spent, counted as it should be.
  private static func spending(_ stage: Stage, _ records: [WorkerRecord]) -> Spending {
    let month = Month(holding: stage.programNow, zone: stage.policy.money.timeZone)
    var spending = Spending(month: "2026-11", monthStart: month.start, monthEnd: month.end)
    for record in records {
      let cost = record.cost(until: stage.programNow) - record.cost(until: month.start)
      spending.byPool[record.pool, default: .zero] += cost
    }
    return spending
  }

  /// A worker's life of an hour as the checker sees it, with a bill that is shaped.
  private static func live(
    _ given: Stage = Stage(), step: (inout Moment) -> Void = { _ in }, _ shape: (inout WorkerRecord, Stage) -> Void
  ) throws -> [Violation] {
    var stage = given
    var checker = LedgerChecker(stage.scene)
    var record = try stage.build(stage.record(1))
    stage.write(record)
    var found = stage.watch(&checker, for: .hours(1), step)
    let owner = stage.owner(of: record)
    try stage.world.stop(record.machine!, owner: owner, at: stage.now)
    try stage.world.delete(record.machine!, owner: owner, at: stage.now)
    stage.pass(.seconds(5))
    record.state = .terminated
    record.billedUntil = stage.programNow
    shape(&record, stage)
    stage.write(record)
    found += stage.watch(&checker, for: .minutes(5), step)
    return found + checker.finish(stage.moment())
  }

  @Test func aBillThatFollowsTheMeterIsFine() throws { #expect(try Self.live { _, _ in } == []) }

  @Test func tellsOfABillThatEndsTooEarly() throws {
    let found = try Self.live { record, _ in record.billedUntil = record.billedUntil!.advanced(by: .minutes(-20)) }
    #expect(found.count == 1)
    #expect(found.first?.sentence.hasPrefix("worker-burst-001 is billed for 40m") == true)
  }

  @Test func tellsOfABillThatBeginsTooLate() throws {
    let found = try Self.live { record, _ in record.billedFrom = record.billedFrom!.advanced(by: .minutes(20)) }
    #expect(found.count == 1)
  }

  @Test func looksThatWereInTheWayExplainADifference() throws {
    var stage = Stage()
    stage.phase = .safety
    let blind: (inout Moment) -> Void = { $0.disturbances = [.outage(.hypervisor, for: .hours(2))] }
    #expect(
      try Self.live(stage, step: blind) { record, _ in record.billedFrom = record.billedFrom!.advanced(by: .minutes(20))
      }
        == [])
  }

  @Test func workersThatWereFoundAreBilledFromTheirMark() throws {
    let found = try Self.live { record, _ in
      record.reason = Reason("adopted", "It was there.")
      record.billedFrom = record.billedFrom!.advanced(by: .hours(-2))
    }
    #expect(found == [])
  }

  @Test func whatADecisionTakesForSpentIsWhatTheRecordsComeTo() throws {
    var stage = Stage()
    var checker = LedgerChecker(stage.scene)
    let record = try stage.build(stage.record(1))
    stage.write(record)
    _ = checker.see(stage.moment())
    for _ in 0..<10 {
      stage.pass(.seconds(30))
      let spending = Self.spending(stage, [record])
      let moment = stage.moment(after: .zero) { $0.decision?.snapshot.spending = .known(spending, at: $0.programNow) }
      #expect(checker.see(moment) == [])
    }
    var spending = Self.spending(stage, [record])
    spending.byPool["burst"]! += Money(microunits: 1)
    let wrong: (inout Moment) -> Void = { $0.decision?.snapshot.spending = .known(spending, at: $0.programNow) }
    let found = checker.see(stage.moment(after: .zero, wrong)) + checker.see(stage.moment(after: .zero, wrong))
    #expect(found.count == 1)
    #expect(found.first?.sentence.contains("for what pool burst has cost this month") == true)
  }

  @Test func tellsOfAMonthThatBeginsElsewhere() {
    var stage = Stage()
    var checker = LedgerChecker(stage.scene)
    var spending = Self.spending(stage, [])
    spending.monthStart = spending.monthStart.advanced(by: .hours(1))
    let found = checker.see(stage.moment { $0.decision?.snapshot.spending = .known(spending, at: $0.programNow) })
    #expect(found.first?.sentence.hasPrefix("A decision counts the month from 2026-11-01T01:00:00.000Z") == true)
  }

  @Test func monthsFollowTheZone() {
    func month(_ text: String, _ zone: String) -> [String] {
      let month = Month(holding: Instant(rfc3339: text)!, zone: zone)
      return [month.start.description, month.end.description]
    }
    #expect(month("2026-12-15T00:00:00Z", "UTC") == ["2026-12-01T00:00:00.000Z", "2027-01-01T00:00:00.000Z"])
    #expect(month("2026-03-31T22:30:00Z", "Europe/Berlin") == ["2026-03-31T22:00:00.000Z", "2026-04-30T22:00:00.000Z"])
    #expect(month("2026-03-15T00:00:00Z", "Europe/Berlin") == ["2026-02-28T23:00:00.000Z", "2026-03-31T22:00:00.000Z"])
    #expect(
      month("2026-11-01T05:00:00Z", "America/New_York") == ["2026-11-01T04:00:00.000Z", "2026-12-01T05:00:00.000Z"])
  }
}
