import Model
import Testing

@Suite struct CronExpressionTests {
  /// Minutes since 1970 of a civil time, `2026-11-10 07:30`.
  private static func minute(_ text: String) -> Int {
    let parts = text.split(separator: " ")
    let instant = Instant(rfc3339: "\(parts[0])T\(parts[1]):00Z")!
    return Int(instant.milliseconds / 60_000)
  }

  private static func text(_ minute: Int) -> String {
    let text = Instant(milliseconds: Int64(minute) * 60_000).description
    return "\(text.prefix(10)) \(text.dropFirst(11).prefix(5))"
  }

  /// From the afternoon of Tuesday, 10 November 2026.
  @Test(arguments: [
    ("* * * * *", "2026-11-10 15:01"),
    ("0 * * * *", "2026-11-10 16:00"),
    ("*/15 * * * *", "2026-11-10 15:15"),
    ("7/20 * * * *", "2026-11-10 15:07"),
    ("30 7 * * *", "2026-11-11 07:30"),
    ("0 8-18/5 * * *", "2026-11-10 18:00"),
    ("0,30 22,23 * * *", "2026-11-10 22:00"),
    ("30 7 * * mon-fri", "2026-11-11 07:30"),
    ("30 7 * * SAT,Sun", "2026-11-14 07:30"),
    ("0 0 * * 0", "2026-11-15 00:00"),
    ("0 0 * * 7", "2026-11-15 00:00"),
    ("0 0 * * 5-7", "2026-11-13 00:00"),
    ("0 9 1 * *", "2026-12-01 09:00"),
    ("0 9 31 * *", "2026-12-31 09:00"),
    ("0 9 1 jan,jul *", "2027-01-01 09:00"),
    ("0 9 29 2 *", "2028-02-29 09:00"),
    ("0 9 24-26 dec *", "2026-12-24 09:00"),
    ("  5   4  *  *  * ", "2026-11-11 04:05"),
  ]) func comesNext(_ expression: String, _ next: String) throws {
    let cron = try CronExpression(expression)
    #expect(cron.next(after: Self.minute("2026-11-10 15:00")).map(Self.text) == next)
  }

  /// A day of the month and one of the week: either is enough. With a star in one of them, the other alone decides.
  @Test(arguments: [
    ("0 0 13 * fri", ["2026-11-13", "2026-11-20", "2026-11-27", "2026-12-04", "2026-12-11", "2026-12-13"]),
    ("0 0 13 * *", ["2026-11-13", "2026-12-13", "2027-01-13"]),
    ("0 0 * * fri", ["2026-11-13", "2026-11-20", "2026-11-27"]),
    ("0 0 */2 * fri", ["2026-11-13", "2026-11-27", "2026-12-11"]),
    ("0 0 1 * mon-wed", ["2026-11-11", "2026-11-16", "2026-11-17", "2026-11-18", "2026-11-23"]),
  ]) func bothDaysMeanEither(_ expression: String, _ days: [String]) throws {
    let cron = try CronExpression(expression)
    var minute = Self.minute("2026-11-10 15:00")
    for day in days {
      minute = try #require(cron.next(after: minute))
      #expect(Self.text(minute) == "\(day) 00:00")
    }
  }

  @Test(arguments: [
    "* * * * *", "*/7 3,15 * * *", "30 7 * * mon-fri", "0 0 13 * fri", "59 23 28-31 2,12 *", "0 */5 */3 * 1",
  ])
  func lastAndNextAreWhatTryingEachMinuteFinds(_ expression: String) throws {
    let cron = try CronExpression(expression)
    let start = Self.minute("2027-12-25 22:50")
    var due: [Int] = []
    for minute in start..<start + 90 * 1440 where cron.matches(minute: minute) { due.append(minute) }
    #expect(due.count > 3)
    for (earlier, later) in zip(due, due.dropFirst()).prefix(300) {
      #expect(cron.next(after: earlier) == later)
      #expect(cron.last(before: later) == earlier)
      #expect(cron.next(after: later - 1) == later)
      #expect(cron.last(before: earlier + 1) == earlier)
    }
  }

  @Test func goesBackBeyondTheStartOf1970() throws {
    let cron = try CronExpression("0 12 * * thu")
    #expect(cron.next(after: 0) == 12 * 60)
    #expect(cron.last(before: 0) == 12 * 60 - 7 * 1440)
  }

  @Test(arguments: [
    ("", "five fields, not 0"), ("* * * *", "five fields, not 4"), ("0 0 * * * *", "five fields, not 6"),
    ("60 * * * *", #"The field minute, "60", is wrong: "60" is none"#), ("* 24 * * *", "The field hour"),
    ("* * 0 * *", "The field day of the month"), ("* * 32 * *", "The field day of the month"),
    ("* * * 13 *", "The field month"), ("* * * foo *", "The field month"), ("* * * * 8", "The field day of the week"),
    ("* * * * tuesday", "The field day of the week"), ("5-1 * * * *", "runs backwards"),
    ("* * * * sat-mon", "runs backwards"), ("*/0 * * * *", "is no step"), ("*/ * * * *", "is no step"),
    ("*/x * * * *", "is no step"), ("1, * * * *", "is none"), ("-5 * * * *", "is none"), ("1--5 * * * *", "is none"),
    ("1e1 * * * *", "is none"), ("+1 * * * *", "is none"), ("0 0 30 2 *", "never comes"),
    ("0 0 31 4,6 *", "never comes"),
    ("99999999999999999999 * * * *", "is none"),
  ]) func saysWhatIsWrong(_ expression: String, _ message: String) {
    let fault = #expect(throws: CronExpression.Fault.self) { try CronExpression(expression) }
    #expect(fault?.message.contains(message) == true, "\(fault?.message ?? "")")
    #expect(fault?.remedy.hasSuffix(".") == true)
  }
}
