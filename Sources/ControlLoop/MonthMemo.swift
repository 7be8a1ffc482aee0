import Model
import Synchronization

/// The calendar month that was asked for last: working one out takes a calendar of its zone, and each decision asks twice.
final class MonthMemo: Sendable {
  private struct Known {
    var timeZone: String
    var month: CalendarMonth
  }

  private let known = Mutex<Known?>(nil)

  /// The month that holds `now` in the zone of the policy's budgets.
  func month(holding now: Instant, _ policy: Policy) -> CalendarMonth {
    let timeZone = policy.money.timeZone
    if let known = known.withLock({ $0 }), known.timeZone == timeZone, known.month.start <= now, now < known.month.end {
      return known.month
    }
    let month = CalendarMonth(holding: now, timeZone: timeZone)
    known.withLock { $0 = Known(timeZone: timeZone, month: month) }
    return month
  }
}
