/// Five fields that say at which minutes of which days something recurs: minute, hour, day of the month, month, day of
/// the week.
///
/// Each field is `*`, a number, a range `1-5`, a step `*/15`, `8-18/2` or `5/15` (from 5 on), or a list of these. Months
/// and days of the week may be written by their first three English letters; Sunday is 0 and 7. When both days are
/// given, that is, neither field begins with `*`, a day that fits one of them is meant; otherwise it must fit both.
/// Times are civil: what they mean in a zone is the caller's business. Encoded as its text.
/// Source: POSIX `crontab`, and the extensions of cron(8) of Debian, `man 5 crontab`.
public struct CronExpression: Hashable, Sendable {
  /// Why a text is no such expression, as a sentence, and what would be right.
  public struct Fault: Error, Hashable, Sendable, CustomStringConvertible {
    /// What is wrong.
    public var message: String
    /// What would be right.
    public var remedy: String

    /// Both sentences.
    public var description: String { "\(message) \(remedy)" }
  }

  /// As it was written, with single spaces.
  public let text: String
  /// Bit n stands for the number n.
  private let minutes: UInt64
  private let hours: UInt64
  private let days: UInt64
  private let months: UInt64
  private let weekdays: UInt64
  private let eitherDay: Bool

  /// A day that fits is looked for this many days ahead or back: leap days are at most eight years apart.
  static let searchedDays = 8 * 366 + 1

  /// - Throws: `Fault`.
  public init(_ text: String) throws(Fault) {
    let fields = text.split(whereSeparator: { $0 == " " || $0 == "\t" }).map(String.init)
    guard fields.count == 5 else {
      throw Fault(
        message: "A schedule has five fields, not \(fields.count).",
        remedy: "Write minute, hour, day of the month, month and day of the week, for example \"30 7 * * mon-fri\".")
    }
    self.text = fields.joined(separator: " ")
    minutes = try Field.minute.bits(fields[0])
    hours = try Field.hour.bits(fields[1])
    days = try Field.day.bits(fields[2])
    months = try Field.month.bits(fields[3])
    var week = try Field.weekday.bits(fields[4])
    if week & (1 << 7) != 0 { week |= 1 }
    weekdays = week & 0x7F
    eitherDay = !fields[2].hasPrefix("*") && !fields[4].hasPrefix("*")
    guard next(after: 0) != nil else {
      throw Fault(
        message: "There is no such day: \"\(self.text)\" never comes.", remedy: "Choose a day that its months have.")
    }
  }

  /// Whether it is due at a minute, counted since the start of 1970 on the wall clock.
  public func matches(minute: Int) -> Bool {
    let day = minute.flooredQuotient(by: 1440)
    let ofDay = minute - day * 1440
    return hours & (1 << UInt64(ofDay / 60)) != 0 && minutes & (1 << UInt64(ofDay % 60)) != 0 && matches(day: day)
  }

  /// The first minute after this one at which it is due; minutes are counted since the start of 1970 on the wall clock.
  public func next(after minute: Int) -> Int? {
    var day = (minute + 1).flooredQuotient(by: 1440)
    var from = minute + 1 - day * 1440
    for _ in 0...Self.searchedDays {
      if matches(day: day), let found = (from..<1440).first(where: isTime) { return day * 1440 + found }
      day += 1
      from = 0
    }
    return nil
  }

  /// The last minute before this one at which it is due.
  public func last(before minute: Int) -> Int? {
    var day = (minute - 1).flooredQuotient(by: 1440)
    var until = minute - 1 - day * 1440
    for _ in 0...Self.searchedDays {
      if matches(day: day), let found = (0...until).last(where: isTime) { return day * 1440 + found }
      day -= 1
      until = 1439
    }
    return nil
  }

  private func isTime(_ minute: Int) -> Bool {
    hours & (1 << UInt64(minute / 60)) != 0 && minutes & (1 << UInt64(minute % 60)) != 0
  }

  /// - Parameter day: days since 1 January 1970, a Thursday.
  private func matches(day: Int) -> Bool {
    let civil = CivilTime(Instant(milliseconds: Int64(day) * 86_400_000))
    guard months & (1 << UInt64(civil.month)) != 0 else { return false }
    let fitsMonth = days & (1 << UInt64(civil.day)) != 0
    let weekday = (day + 4) - (day + 4).flooredQuotient(by: 7) * 7
    let fitsWeek = weekdays & (1 << UInt64(weekday)) != 0
    return eitherDay ? fitsMonth || fitsWeek : fitsMonth && fitsWeek
  }

  /// One of the five fields: its numbers, and names for them.
  private struct Field {
    let name: String
    let range: ClosedRange<Int>
    var names: [String] = []

    static let minute = Field(name: "minute", range: 0...59)
    static let hour = Field(name: "hour", range: 0...23)
    static let day = Field(name: "day of the month", range: 1...31)
    static let month = Field(
      name: "month", range: 1...12,
      names: ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"])
    static let weekday = Field(
      name: "day of the week", range: 0...7, names: ["sun", "mon", "tue", "wed", "thu", "fri", "sat"])

    func bits(_ text: String) throws(Fault) -> UInt64 {
      var bits: UInt64 = 0
      for item in text.split(separator: ",", omittingEmptySubsequences: false) {
        let parts = item.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        var span = try self.span(parts[0], of: text)
        var step = 1
        if parts.count == 2 {
          guard let number = Self.number(parts[1]), number > 0, number <= range.upperBound else {
            throw fault(text, "\"\(parts[1])\" is no step")
          }
          step = number
          // A single number with a step goes on to the end.
          if parts[0] != "*", !parts[0].dropFirst().contains("-") { span = span.lowerBound...range.upperBound }
        }
        for number in stride(from: span.lowerBound, through: span.upperBound, by: step) { bits |= 1 << UInt64(number) }
      }
      return bits
    }

    private func span(_ text: String, of field: String) throws(Fault) -> ClosedRange<Int> {
      if text == "*" { return range }
      let ends = text.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
      let low = try value(ends[0], of: field)
      let high = ends.count == 2 ? try value(ends[1], of: field) : low
      guard low <= high else { throw fault(field, "\"\(text)\" runs backwards") }
      return low...high
    }

    private func value(_ text: String, of field: String) throws(Fault) -> Int {
      if let index = names.firstIndex(of: text.lowercased()) { return index + range.lowerBound }
      guard let number = Self.number(text), range.contains(number) else {
        throw fault(field, "\"\(text.prefix(20))\" is none")
      }
      return number
    }

    private static func number(_ text: String) -> Int? {
      let bytes = text.utf8
      guard (1...4).contains(bytes.count), bytes.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
      return Int(text)
    }

    private func fault(_ field: String, _ why: String) -> Fault {
      let named = names.isEmpty ? "" : ", or \(names[0]) to \(names[names.count - 1])"
      return Fault(
        message: "The field \(name), \"\(field.prefix(40))\", is wrong: \(why).",
        remedy: "Use *, numbers from \(range.lowerBound) to \(range.upperBound)\(named), ranges such as "
          + "\(range.lowerBound)-\(range.lowerBound + 4), steps such as */2, and lists of these.")
    }
  }
}

extension CronExpression: Codable {
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    do { self = try CronExpression(try container.decode(String.self)) } catch let fault as Fault {
      throw DecodingError.dataCorruptedError(in: container, debugDescription: fault.description)
    }
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(text)
  }
}
