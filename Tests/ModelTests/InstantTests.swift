import Foundation
import Model
import Testing

@Suite struct InstantTests {
  @Test(
    arguments: [
      ("1970-01-01T00:00:00Z", 0),
      ("2026-01-31T08:00:00Z", 1_769_846_400_000),
      ("2026-01-31T08:00:00.5Z", 1_769_846_400_500),
      ("2026-01-31T08:00:00.123456789Z", 1_769_846_400_123),
      ("2026-01-31t08:00:00z", 1_769_846_400_000),
      ("2026-01-31 08:00:00Z", 1_769_846_400_000),
      ("2026-01-31T10:00:00+02:00", 1_769_846_400_000),
      ("2026-01-31T02:30:00-05:30", 1_769_846_400_000),
      ("2024-02-29T23:59:59.999Z", 1_709_251_199_999),
      ("2000-02-29T00:00:00Z", 951_782_400_000),
      ("1969-12-31T23:59:59.999Z", -1),
      ("1900-03-01T00:00:00Z", -2_203_891_200_000),
    ] as [(String, Int64)])
  func readsRFC3339(text: String, milliseconds: Int64) {
    #expect(Instant(rfc3339: text)?.milliseconds == milliseconds)
  }

  @Test(arguments: [
    "", "now", "2026-01-31", "2026-01-31T08:00:00", "2026-13-01T00:00:00Z", "2026-00-01T00:00:00Z",
    "2026-01-32T00:00:00Z", "2026-01-00T00:00:00Z", "2026-01-31T24:00:00Z", "2026-01-31T08:60:00Z",
    "2026-01-31T08:00:61Z", "2026-01-31T08:00:00.Z", "2026-01-31T08:00:00.5", "2026-01-31T08:00:00+02",
    "2026-01-31T08:00:00+0200", "2026-01-31T08:00:00ZZ", "2026-01-31T08:00:00 Z", "26-01-31T08:00:00Z",
    "2026/01/31T08:00:00Z", "2026-01-31T08:00:0xZ", "２０２６-01-31T08:00:00Z",
  ])
  func refusesWhatIsNoRFC3339(text: String) {
    #expect(Instant(rfc3339: text) == nil)
  }

  @Test func everyInstantReadsBackFromItsText() {
    var generator = SeededGenerator(seed: 1)
    let years = Int64(8000 * 365) * 86_400_000
    for _ in 0..<5000 {
      let instant = Instant(milliseconds: Int64.random(in: -(years / 5)...years, using: &generator))
      #expect(Instant(rfc3339: instant.description) == instant)
    }
  }

  /// Against another implementation of the calendar.
  @Test func textAgreesWithFoundation() {
    let format = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
    var generator = SeededGenerator(seed: 2)
    for _ in 0..<1000 {
      let seconds = Int64.random(in: 0...4_102_444_800, using: &generator)
      let date = Date(timeIntervalSince1970: TimeInterval(seconds))
      #expect(Instant(seconds: seconds).description == format.format(date))
    }
  }

  @Test func everyDayOfFourHundredYearsFollowsTheLast() {
    let first = CivilTime.days(year: 1800, month: 1, day: 1)
    var previous = CivilTime(Instant(milliseconds: Int64(first) * 86_400_000))
    for day in (first + 1)...(first + 146_097) {
      let civil = CivilTime(Instant(milliseconds: Int64(day) * 86_400_000))
      let isNextDay = civil.day == previous.day + 1 && civil.month == previous.month && civil.year == previous.year
      let isNextMonth =
        civil.day == 1 && previous.day >= 28
        && (civil.month == previous.month + 1 && civil.year == previous.year
          || civil.month == 1 && previous.month == 12 && civil.year == previous.year + 1)
      if !isNextDay && !isNextMonth || CivilTime.days(year: civil.year, month: civil.month, day: civil.day) != day {
        Issue.record("\(previous) is followed by \(civil)")
      }
      previous = civil
    }
    #expect(previous.year == 2200 && previous.month == 1 && previous.day == 1)
  }

  @Test func encodesAsText() throws {
    let instant = Instant(milliseconds: 1_769_846_400_123)
    let json = try JSONEncoder().encode([instant])
    #expect(String(decoding: json, as: UTF8.self) == "[\"2026-01-31T08:00:00.123Z\"]")
    #expect(try JSONDecoder().decode([Instant].self, from: json) == [instant])
    #expect(throws: DecodingError.self) { try JSONDecoder().decode([Instant].self, from: Data("[\"soon\"]".utf8)) }
  }

  @Test func countsSpansInBothDirections() {
    let earlier = Instant(seconds: 100)
    let later = earlier.advanced(by: .milliseconds(1500))
    #expect(later - earlier == .milliseconds(1500))
    #expect(earlier - later == .milliseconds(-1500))
    #expect(later > earlier && later.seconds == 101.5)
    #expect(later.clockText == "00:01:41")
  }

  @Test(
    arguments: [
      (.zero, "0s"), (.milliseconds(1), "0.001s"), (.milliseconds(1500), "1.5s"), (.milliseconds(9999), "9.999s"),
      (.milliseconds(10_500), "10s"), (.seconds(45), "45s"), (.seconds(60), "1m"), (.seconds(150), "2m30s"),
      (.hours(4), "4h"), (.seconds(3600 + 60 + 1), "1h1m"), (.hours(24), "1d"), (.hours(25) + .minutes(5), "1d1h"),
      (.hours(730), "30d10h"), (.seconds(-90), "-1m30s"),
    ] as [(Duration, String)])
  func writesDurationsAsPeopleDo(duration: Duration, text: String) {
    #expect(duration.text == text)
  }
}
