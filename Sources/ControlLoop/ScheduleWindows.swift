import Foundation
package import Model

/// When the windows of schedules begin and end.
package enum ScheduleWindows {
  /// By schedule; one in whose time zone nothing is known is absent.
  static func all(_ schedules: [Schedule], at now: Instant) -> [ScheduleName: ScheduleWindow] {
    var windows: [ScheduleName: ScheduleWindow] = [:]
    for schedule in schedules { windows[schedule.name] = window(of: schedule, at: now) }
    return windows
  }

  /// Windows of one schedule that are counted; those of every minute of two months.
  private static let mostWindows = 100_000

  /// All windows of a schedule that touch a stretch of time, in order; none where nothing is known of its time zone.
  package static func all(of schedule: Schedule, from start: Instant, through end: Instant) -> [ScheduleWindow] {
    var windows: [ScheduleWindow] = []
    var now = start
    while windows.count < mostWindows, let window = window(of: schedule, at: now), window.start <= end {
      if window.start > windows.last?.start ?? .init(milliseconds: .min) { windows.append(window) }
      now = max(window.end, now.advanced(by: .minutes(1)))
    }
    return windows
  }

  /// The window that began last, if it is still in progress, or else the next one.
  static func window(of schedule: Schedule, at now: Instant) -> ScheduleWindow? {
    guard let clock = WallClock(zone: schedule.timeZone) else { return nil }
    // While clocks are set back, minutes that were due already lie ahead of what the clock shows.
    var minute = schedule.cron.last(before: clock.minute(at: now) + WallClock.largestStep)
    while let found = minute, clock.instant(of: found) > now { minute = schedule.cron.last(before: found) }
    if let found = minute {
      let start = clock.instant(of: found)
      if now < start.advanced(by: schedule.duration) {
        return ScheduleWindow(start: start, end: start.advanced(by: schedule.duration))
      }
    }
    var next = schedule.cron.next(after: minute ?? clock.minute(at: now) - WallClock.largestStep)
    while let found = next, clock.instant(of: found) <= now { next = schedule.cron.next(after: found) }
    return next.map { found in
      let start = clock.instant(of: found)
      return ScheduleWindow(start: start, end: start.advanced(by: schedule.duration))
    }
  }
}

/// What the clocks on the walls of a zone show. Minutes are counted since the start of 1970 as the wall clock shows them.
///
/// A minute that exists twice, when clocks are set back, means its first time; one that does not exist, when they are set
/// forward, means the first instant after the gap. So a later minute never means an earlier instant.
struct WallClock {
  /// Clocks are set back by less than this; in minutes.
  static let largestStep = 3 * 60

  private let zone: TimeZone

  /// - Parameter zone: an IANA name; `nil` when there is no such zone.
  init?(zone name: String) {
    guard let zone = TimeZone(identifier: name) else { return nil }
    self.zone = zone
  }

  /// The minute that the clock shows.
  func minute(at instant: Instant) -> Int {
    let seconds = Int(instant.milliseconds / 1000) + offset(at: Int(instant.milliseconds / 1000))
    return seconds / 60
  }

  /// The instant at which the clock shows a minute.
  func instant(of minute: Int) -> Instant {
    let shown = minute * 60
    // A day and more to either side, as zones have left out whole days.
    let before = offset(at: shown - 26 * 3600)
    let after = offset(at: shown + 26 * 3600)
    let candidates = [shown - before, shown - after].filter { shown - $0 == offset(at: $0) }
    if let first = candidates.min() { return Instant(seconds: Int64(first)) }
    // In a gap: the first second with the later offset.
    var (low, high) = (shown - after, shown - before)
    while low < high {
      let middle = low + (high - low) / 2
      if offset(at: middle) == after { high = middle } else { low = middle + 1 }
    }
    return Instant(seconds: Int64(low))
  }

  /// Seconds ahead of UTC at an instant in seconds since 1970.
  private func offset(at seconds: Int) -> Int {
    zone.secondsFromGMT(for: Date(timeIntervalSince1970: Double(seconds)))
  }
}
