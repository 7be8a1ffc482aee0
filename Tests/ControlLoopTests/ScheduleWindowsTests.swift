import Foundation
import Model
import Testing

@testable import ControlLoop

/// Windows on the wall clocks of zones.
@Suite struct ScheduleWindowsTests {
  private static func at(_ text: String) -> Instant { Instant(rfc3339: text)! }

  private static func window(_ cron: String, _ zone: String, minutes: Int, now: String) throws -> ScheduleWindow? {
    var schedule = Schedule(
      name: "test", pool: "burst", cron: try CronExpression(cron), duration: .minutes(minutes), workers: 1)
    schedule.timeZone = zone
    return ScheduleWindows.window(of: schedule, at: at(now))
  }

  /// Cron, length in minutes, and the beginnings of the windows that touch two days.
  @Test(arguments: [
    ("0 8 * * *", 60, ["2026-11-10T08:00:00Z", "2026-11-11T08:00:00Z"]),
    // In progress at the beginning; beginning at the last instant.
    ("0 23 * * *", 120, ["2026-11-09T23:00:00Z", "2026-11-10T23:00:00Z", "2026-11-11T23:00:00Z"]),
    ("0 0 * * *", 30, ["2026-11-10T00:00:00Z", "2026-11-11T00:00:00Z", "2026-11-12T00:00:00Z"]),
    ("0 8 1 1 *", 60, []),
  ])
  func allThatTouchAStretchOfTime(cron: String, minutes: Int, beginnings: [String]) throws {
    let schedule = Schedule(
      name: "test", pool: "burst", cron: try CronExpression(cron), duration: .minutes(minutes), workers: 1)
    let windows = ScheduleWindows.all(
      of: schedule, from: Self.at("2026-11-10T00:00:00Z"), through: Self.at("2026-11-12T00:00:00Z"))
    #expect(windows.map(\.start) == beginnings.map(Self.at))
    #expect(windows.allSatisfy { $0.end - $0.start == .minutes(minutes) })
  }

  /// Cron, zone, length in minutes, now, the beginning of the window.
  @Test(arguments: [
    // Next, in progress to its last moment, next again.
    ("0 8 * * *", "UTC", 60, "2026-11-10T07:59:59Z", "2026-11-10T08:00:00Z"),
    ("0 8 * * *", "UTC", 60, "2026-11-10T08:00:00Z", "2026-11-10T08:00:00Z"),
    ("0 8 * * *", "UTC", 60, "2026-11-10T08:59:59.999Z", "2026-11-10T08:00:00Z"),
    ("0 8 * * *", "UTC", 60, "2026-11-10T09:00:00Z", "2026-11-11T08:00:00Z"),
    // On Friday evening Monday is next.
    ("30 7 * * mon-fri", "Europe/Berlin", 60, "2026-11-13T20:00:00Z", "2026-11-16T06:30:00Z"),
    // Summer and winter time in Berlin and New York.
    ("30 7 * * *", "Europe/Berlin", 60, "2026-07-01T12:00:00Z", "2026-07-02T05:30:00Z"),
    ("0 20 * * *", "America/New_York", 60, "2026-11-10T12:00:00Z", "2026-11-11T01:00:00Z"),
    // A window that is longer than its period: the one that began last.
    ("0 * * * *", "UTC", 150, "2026-11-10T07:30:00Z", "2026-11-10T07:00:00Z"),
    // 02:30 does not exist on 29 March in Berlin: the first instant after the gap, and only once.
    ("30 2 * * *", "Europe/Berlin", 60, "2026-03-29T00:30:00Z", "2026-03-29T01:00:00Z"),
    ("30 2 * * *", "Europe/Berlin", 60, "2026-03-29T01:59:00Z", "2026-03-29T01:00:00Z"),
    ("0,30 2 * * *", "Europe/Berlin", 10, "2026-03-29T01:10:00Z", "2026-03-30T00:00:00Z"),
    // 02:30 exists twice on 25 October: its first time counts.
    ("30 2 * * *", "Europe/Berlin", 10, "2026-10-25T00:00:00Z", "2026-10-25T00:30:00Z"),
    ("30 2 * * *", "Europe/Berlin", 10, "2026-10-25T01:15:00Z", "2026-10-26T01:30:00Z"),
    ("30 2 * * *", "Europe/Berlin", 120, "2026-10-25T01:15:00Z", "2026-10-25T00:30:00Z"),
    ("15 * * * *", "Europe/Berlin", 10, "2026-10-25T01:05:00Z", "2026-10-25T02:15:00Z"),
    // A window that began before the change is as long as it says, whatever the clock shows.
    ("30 1 * * *", "Europe/Berlin", 60, "2026-03-29T01:29:00Z", "2026-03-29T00:30:00Z"),
    // Half an hour in Lord Howe, a whole day that was left out in Samoa.
    ("15 2 * * *", "Australia/Lord_Howe", 10, "2026-10-03T14:00:00Z", "2026-10-03T15:30:00Z"),
    ("0 12 30 12 *", "Pacific/Apia", 60, "2011-12-30T09:00:00Z", "2011-12-30T10:00:00Z"),
    // Far away: a leap day.
    ("0 0 29 2 *", "UTC", 60, "2026-11-10T12:00:00Z", "2028-02-29T00:00:00Z"),
  ]) func isInProgressOrNext(_ cron: String, _ zone: String, _ minutes: Int, _ now: String, _ start: String) throws {
    let window = try #require(try Self.window(cron, zone, minutes: minutes, now: now))
    #expect(window.start == Self.at(start))
    #expect(window.end == Self.at(start).advanced(by: .minutes(minutes)))
  }

  @Test func aZoneThatIsNotThereHasNone() throws {
    #expect(try Self.window("0 8 * * *", "Nowhere/Land", minutes: 60, now: "2026-11-10T07:00:00Z") == nil)
  }

  /// A minute is due when the wall clock first shows it or a later one: found by watching the clock minute by minute.
  @Test(arguments: [
    ("Europe/Berlin", "2026-03-28T12:00:00Z"), ("Europe/Berlin", "2026-10-24T12:00:00Z"),
    ("America/St_Johns", "2026-03-07T12:00:00Z"), ("America/St_Johns", "2026-10-31T12:00:00Z"),
    ("Australia/Lord_Howe", "2026-04-03T12:00:00Z"), ("Australia/Lord_Howe", "2026-10-02T12:00:00Z"),
    ("Africa/Casablanca", "2026-02-14T12:00:00Z"), ("UTC", "2026-06-30T12:00:00Z"),
  ]) func eachWindowBeginsWhenTheClockFirstGetsThere(_ zone: String, _ from: String) throws {
    for expression in ["*/20 * * * *", "30 2 * * *", "0,15,45 1-3 * * *", "0 0 * * *"] {
      var schedule = Schedule(
        name: "test", pool: "burst", cron: try CronExpression(expression), duration: .seconds(1), workers: 1)
      schedule.timeZone = zone
      let expected = try Self.watched(expression, zone, from: Self.at(from), minutes: 2 * 1440)
      var found: [Instant] = []
      var now = Self.at(from)
      while now < Self.at(from).advanced(by: .minutes(2 * 1440)) {
        guard let window = ScheduleWindows.window(of: schedule, at: now) else { break }
        if window.start >= Self.at(from).advanced(by: .minutes(2 * 1440)) { break }
        found.append(window.start)
        now = window.end
      }
      #expect(found == expected, "\(expression) in \(zone)")
    }
  }

  private static func watched(_ expression: String, _ zone: String, from: Instant, minutes: Int) throws -> [Instant] {
    let cron = try CronExpression(expression)
    let timeZone = try #require(TimeZone(identifier: zone))
    func shown(_ instant: Instant) -> Int {
      let seconds = instant.milliseconds / 1000
      return (Int(seconds) + timeZone.secondsFromGMT(for: Date(timeIntervalSince1970: Double(seconds)))) / 60
    }
    var latest = shown(from.advanced(by: .minutes(-1)))
    var starts: [Instant] = []
    for step in 0..<minutes {
      let instant = from.advanced(by: .minutes(step))
      let minute = shown(instant)
      guard minute > latest else { continue }
      if (latest + 1...minute).contains(where: cron.matches(minute:)) { starts.append(instant) }
      latest = minute
    }
    return starts
  }
}
