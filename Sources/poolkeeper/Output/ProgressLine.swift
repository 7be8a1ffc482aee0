/// One line that tells how far long work is. Pure.
struct ProgressLine: Hashable, Sendable {
  /// What is being done.
  var what: String
  /// 0 ... 1.
  var share: Double
  var elapsed: Duration
  /// `nil`: unknown.
  var left: Duration?
  var note: String

  private static let width = 20

  /// For a terminal of so many columns; never longer, and without a control character.
  func text(columns: Int) -> String {
    let done = Int((bounded * Double(Self.width)).rounded(.down))
    let bar = String(repeating: "█", count: done) + String(repeating: "░", count: Self.width - done)
    return String(parts(["\(what)  \(bar) \(percent)"]).prefix(max(0, columns - 1)))
  }

  /// For a file, where lines stay.
  var plain: String { parts(["\(what): \(percent)"]) }

  private var bounded: Double { share > 0 ? min(1, share) : 0 }

  private var percent: String {
    // 100 % is told when it is done and not before.
    let number = bounded < 1 ? min(99, Int(bounded * 100)) : 100
    return "\(number) %"
  }

  private func parts(_ head: [String]) -> String {
    let remaining = left.map { $0 > .zero ? ["\(Self.text($0)) left"] : [] } ?? ["time left unknown"]
    let all = head + [Self.text(elapsed)] + remaining + (note.isEmpty ? [] : [note])
    return String(all.joined(separator: ", ").map { $0.isNewline || $0.asciiValue.map { $0 < 32 } == true ? " " : $0 })
  }

  /// A span of time in its two largest units, for example `1 h 05 min`.
  static func text(_ duration: Duration) -> String {
    let seconds = max(0, duration.components.seconds)
    func two(_ number: Int64) -> String { number < 10 ? "0\(number)" : "\(number)" }
    if seconds < 60 { return "\(seconds) s" }
    if seconds < 3600 { return "\(seconds / 60) min \(two(seconds % 60)) s" }
    if seconds < 48 * 3600 { return "\(seconds / 3600) h \(two(seconds / 60 % 60)) min" }
    return "\(seconds / 86_400) d \(two(seconds / 3600 % 24)) h"
  }
}
