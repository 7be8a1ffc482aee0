import Logging
import Model

/// Keeps what is said again and again from filling the disk: a system that is away for hours fails at every tick.
///
/// The same record is written so many times, and then once in an interval, with the number of those that were left out.
/// Warnings and errors are bound in the same way by their message alone, more widely, since a value in them may differ
/// each time.
struct RepeatBound: Sendable {
  /// Writings of the same record before it is bound, and the interval from then on.
  static let same = 3
  static let sameInterval: Duration = .seconds(300)
  /// The same for records that share their level and message only.
  static let alike = 60
  static let alikeInterval: Duration = .seconds(600)
  /// Records that are remembered; the one that was said longest ago is forgotten for a new one.
  static let remembered = 500

  enum Verdict: Equatable {
    /// - Parameter omitted: how many were left out since the last one.
    case write(omitted: Int)
    case omit
  }

  private struct Key: Hashable {
    var record: LogRecord
    var isWhole: Bool
  }

  private struct Count {
    var written = 0
    var omitted = 0
    var from: Instant
    var last: Instant
  }

  private var counts: [Key: Count] = [:]

  /// Whether a record is to be written now.
  mutating func admit(_ record: LogRecord) -> Verdict {
    let whole = Key(record: record.identity, isWhole: true)
    var message = record.identity
    message.fields = []
    let alike = Key(record: message, isWhole: false)
    let isFault = record.level >= .warning
    let now = record.time
    let first = count(whole, now, Self.same, Self.sameInterval)
    let second = isFault ? count(alike, now, Self.alike, Self.alikeInterval) : nil
    let isAdmitted = first.isFree && second?.isFree ?? true
    var omitted = 0
    for (key, state) in [(whole, first), (alike, second)] {
      guard var count = state?.count else { continue }
      if isAdmitted {
        omitted = max(omitted, count.omitted)
        count.written += 1
        count.omitted = 0
      } else {
        count.omitted += 1
      }
      count.last = now
      counts[key] = count
    }
    forget()
    return isAdmitted ? .write(omitted: omitted) : .omit
  }

  /// A record's count in the interval that holds `now`, and whether it may be written once more.
  private func count(
    _ key: Key, _ now: Instant, _ limit: Int, _ interval: Duration
  ) -> (count: Count, isFree: Bool) {
    guard var count = counts[key] else { return (Count(from: now, last: now), true) }
    // A clock that was set back begins a new interval, too.
    if !(.zero..<interval).contains(now - count.from) {
      // What goes on gets one line in each further interval; what was silent for one begins anew.
      count.written = now - count.last < interval && count.written >= limit ? limit - 1 : 0
      count.from = now
    }
    return (count, count.written < limit)
  }

  private mutating func forget() {
    while counts.count > Self.remembered, let oldest = counts.min(by: { $0.value.last < $1.value.last })?.key {
      counts[oldest] = nil
    }
  }
}
