/// A date and time of day in UTC.
struct CivilTime {
  var year: Int
  var month: Int
  var day: Int
  var hour: Int
  var minute: Int
  /// 0 is Sunday.
  var weekday: Int

  /// From seconds since the Unix epoch; `nil` when they are no date.
  init?(seconds: Double) {
    guard seconds.magnitude < 9e18 else { return nil }
    let whole = Int(seconds.rounded(.towardZero))
    let days = (whole - (whole >= 0 ? 0 : 86_399)) / 86_400
    let rest = whole - days * 86_400
    hour = rest / 3600
    minute = rest % 3600 / 60
    weekday = ((days % 7) + 11) % 7
    // Count from 1 March of the year 0, so that the leap day is the last of its year.
    let shifted = days + 719_468
    let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
    let dayOfEra = shifted - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shiftedMonth = (5 * dayOfYear + 2) / 153
    day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
    month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
    year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
  }

  private var isLeapYear: Bool { year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) }

  private static let lengths = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]

  var daysInMonth: Int { month == 2 && isLeapYear ? 29 : CivilTime.lengths[month - 1] }

  var dayOfYear: Int {
    CivilTime.lengths.prefix(month - 1).reduce(day, +) + (month > 2 && isLeapYear ? 1 : 0)
  }

  /// The field that a PromQL function returns.
  static func field(_ function: String) -> ((CivilTime) -> Int)? {
    switch function {
    case "year": { $0.year }
    case "month": { $0.month }
    case "day_of_month": { $0.day }
    case "day_of_week": { $0.weekday }
    case "day_of_year": { $0.dayOfYear }
    case "days_in_month": { $0.daysInMonth }
    case "hour": { $0.hour }
    case "minute": { $0.minute }
    default: nil
    }
  }

  /// RFC 3339 with whole seconds, in UTC.
  static func text(milliseconds: Int64) -> String {
    let whole = (milliseconds - ((milliseconds % 1000) + 1000) % 1000) / 1000
    guard let date = CivilTime(seconds: Double(whole)) else { return "\(whole)" }
    func padded(_ value: Int, _ width: Int = 2) -> String {
      let digits = String(value)
      return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
    let second = Int(((whole % 60) + 60) % 60)
    return "\(padded(date.year, 4))-\(padded(date.month))-\(padded(date.day))"
      + "T\(padded(date.hour)):\(padded(date.minute)):\(padded(second))Z"
  }
}
