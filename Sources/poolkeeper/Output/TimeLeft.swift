/// Estimates how long a piece of work will take from the shares of it that were done by then. Pure: the caller tells the time.
///
/// The rate is that of the later half of the time so far, so that work that becomes slower or faster is followed, and
/// work that has stopped is told as such once it has stood still for as long as it went.
struct TimeLeft: Hashable, Sendable {
  private struct Mark: Hashable, Sendable {
    var elapsed: Duration
    var share: Double
  }

  /// Before this nothing is said: the first moments of work tell little.
  static let shortest: Duration = .seconds(2)
  /// A longer time is told as unknown.
  static let longest: Duration = .seconds(99 * 24 * 3600)
  /// Marks that are kept; when there are more, every other one is forgotten.
  static let maximumMarks = 64

  private var marks: [Mark] = [Mark(elapsed: .zero, share: 0)]
  /// The least time between two marks that are kept.
  private var spacing: Duration = .milliseconds(250)

  /// 0 ... 1, the most that was ever told.
  private(set) var share = 0.0

  init() {}

  /// Tells what share of the work (0 ... 1) is done after some time. Less than was told before, and what is no number, changes
  /// nothing: threads may tell theirs in any order.
  mutating func note(share told: Double, at elapsed: Duration) {
    guard told > share else { return }
    share = min(told, 1)
    guard let last = marks.last, elapsed > last.elapsed else { return }
    if elapsed - last.elapsed >= spacing || marks.count == 1 { marks.append(Mark(elapsed: elapsed, share: share)) }
    guard marks.count > Self.maximumMarks else { return }
    marks = marks.enumerated().filter { $0.offset.isMultiple(of: 2) }.map(\.element)
    spacing *= 2
  }

  /// The time that is left, never below zero; `nil` where nothing can be said yet, and where the work stands still.
  func left(at elapsed: Duration) -> Duration? {
    if share >= 1 { return .zero }
    guard elapsed >= Self.shortest, share > 0 else { return nil }
    let half = elapsed / 2
    let start = marks.last { $0.elapsed <= half } ?? marks[0]
    let done = share - start.share
    guard done > 0, elapsed > start.elapsed else { return nil }
    let seconds = (1 - share) / done * ((elapsed - start.elapsed) / .seconds(1))
    guard seconds.isFinite, seconds <= Self.longest / .seconds(1) else { return nil }
    return .seconds(max(0, seconds))
  }
}
