import Foundation
import Model

/// What workers cost, counted anew: each span of time at one price, rounded up to the next micro-unit.
enum Bill {
  static func cost(_ price: HourlyPrice, _ span: Duration) -> Int64 {
    let milliseconds = span.milliseconds
    guard milliseconds > 0 else { return 0 }
    let product = Int128(price.perHour.microunits) * Int128(milliseconds)
    return Int64((product + 3_599_999) / 3_600_000)
  }

  /// Until an instant, by the record's own times.
  static func total(_ record: WorkerRecord, until instant: Instant) -> Int64 {
    guard let from = record.billedFrom else { return 0 }
    let end = record.billedUntil.map { min($0, instant) } ?? instant
    guard let standby = record.standby else { return cost(record.price, end - from) }
    guard let activation = standby.activatedAt, activation < end else { return cost(standby.price, end - from) }
    let change = max(activation, from)
    return cost(standby.price, change - from) + cost(record.price, end - change)
  }

  /// Within a window: the difference of two totals.
  static func cost(_ record: WorkerRecord, from start: Instant, until end: Instant) -> Int64 {
    end > start ? total(record, until: end) - total(record, until: start) : 0
  }

  static func text(_ microunits: Int64) -> String { Money(microunits: microunits).description }
}

/// A calendar month in a zone, from its first instant to the first of the next.
struct Month: Equatable {
  let start: Instant
  let end: Instant

  init(holding instant: Instant, zone name: String) {
    let zone = name == "UTC" ? nil : TimeZone(identifier: name)
    func shift(_ at: Instant) -> Duration {
      .seconds(zone?.secondsFromGMT(for: Date(timeIntervalSince1970: at.seconds)) ?? 0)
    }
    func first(year: Int, month: Int) -> Instant {
      let local = Instant(milliseconds: Int64(CivilTime.days(year: year, month: month, day: 1)) * 86_400_000)
      // The zone's offset at local midnight, looked up twice: the first guess may lie beyond a change of it.
      let guess = local.advanced(by: .zero - shift(local))
      return local.advanced(by: .zero - shift(guess))
    }
    let local = CivilTime(instant.advanced(by: shift(instant)))
    start = first(year: local.year, month: local.month)
    end =
      local.month == 12 ? first(year: local.year + 1, month: 1) : first(year: local.year, month: local.month + 1)
  }

  func holds(_ instant: Instant) -> Bool { start <= instant && instant < end }
}

/// The months that a run goes through, each looked up once.
struct Months {
  private var known: Month?
  private var zone = ""

  mutating func month(holding instant: Instant, zone: String) -> Month {
    if let known, zone == self.zone, known.holds(instant) { return known }
    let month = Month(holding: instant, zone: zone)
    known = month
    self.zone = zone
    return month
  }
}
