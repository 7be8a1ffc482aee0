/// Year, month, day and time of day in UTC, by the proleptic Gregorian calendar.
///
/// Conversion counts days from 1 March of year 0 in eras of 400 years (146,097 days), so that leap days come last.
public struct CivilTime: Hashable, Sendable {
  public var year: Int
  public var month: Int
  public var day: Int
  public var hour: Int
  public var minute: Int
  public var second: Int
  public var millisecond: Int

  public init(_ instant: Instant) {
    let milliseconds = Int(instant.milliseconds)
    let days = milliseconds.flooredQuotient(by: 86_400_000)
    let rest = milliseconds - days * 86_400_000
    let shifted = days + 719_468
    let era = shifted.flooredQuotient(by: 146_097)
    let dayOfEra = shifted - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shiftedMonth = (5 * dayOfYear + 2) / 153
    day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
    month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
    year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    hour = rest / 3_600_000
    minute = rest / 60_000 % 60
    second = rest / 1000 % 60
    millisecond = rest % 1000
  }

  /// Days since the Unix epoch of a date.
  public static func days(year: Int, month: Int, day: Int) -> Int {
    let shiftedYear = month <= 2 ? year - 1 : year
    let era = shiftedYear.flooredQuotient(by: 400)
    let yearOfEra = shiftedYear - era * 400
    let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
    let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
    return era * 146_097 + dayOfEra - 719_468
  }
}

extension Int {
  /// The quotient rounded towards negative infinity.
  func flooredQuotient(by divisor: Int) -> Int {
    let quotient = self / divisor
    return self % divisor < 0 ? quotient - 1 : quotient
  }
}

extension Instant {
  /// Reads RFC 3339: `2026-01-31T08:00:00Z`, with a fraction of a second and with an offset such as `+02:00`.
  public init?(rfc3339 text: String) {
    let bytes = Array(text.utf8)
    func number(_ start: Int, _ length: Int) -> Int? {
      guard start + length <= bytes.count else { return nil }
      var value = 0
      for byte in bytes[start..<start + length] {
        guard (48...57).contains(byte) else { return nil }
        value = value * 10 + Int(byte - 48)
      }
      return value
    }
    guard bytes.count >= 20, bytes[4] == 45, bytes[7] == 45, bytes[10] == 84 || bytes[10] == 116 || bytes[10] == 32,
      bytes[13] == 58, bytes[16] == 58,
      let year = number(0, 4), let month = number(5, 2), let day = number(8, 2),
      let hour = number(11, 2), let minute = number(14, 2), let second = number(17, 2),
      (1...12).contains(month), (1...31).contains(day), hour < 24, minute < 60, second <= 60
    else { return nil }
    var index = 19
    var fraction = 0
    if bytes[index] == 46 {
      index += 1
      var digits = 0
      while index < bytes.count, (48...57).contains(bytes[index]) {
        if digits < 3 { fraction = fraction * 10 + Int(bytes[index] - 48) }
        digits += 1
        index += 1
      }
      guard digits > 0 else { return nil }
      while digits < 3 {
        fraction *= 10
        digits += 1
      }
    }
    guard index < bytes.count else { return nil }
    var offset = 0
    if bytes[index] == 43 || bytes[index] == 45 {
      guard index + 6 == bytes.count, bytes[index + 3] == 58, let hours = number(index + 1, 2),
        let minutes = number(index + 4, 2)
      else { return nil }
      offset = (hours * 60 + minutes) * (bytes[index] == 43 ? 1 : -1)
    } else {
      guard index + 1 == bytes.count, bytes[index] == 90 || bytes[index] == 122 else { return nil }
    }
    let days = CivilTime.days(year: year, month: month, day: day)
    let seconds = days * 86400 + hour * 3600 + minute * 60 + second - offset * 60
    self.init(milliseconds: Int64(seconds * 1000 + fraction))
  }
}
