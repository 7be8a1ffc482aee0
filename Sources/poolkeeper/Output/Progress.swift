import Dispatch
import Foundation
import Synchronization

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// How far long work is, with the time left, for the person who waits; and whether that person wants it to stop.
///
/// On a terminal one line of standard error that is drawn anew; elsewhere a line a minute there. Standard output is never written
/// to. From its making until `end` the first SIGINT or SIGTERM turns `isInterrupted` true: the work then stops soon and prints what
/// it has so far, and the command fails with `Failure.Kind.interrupted`; a second one ends the process at once.
///
///     let progress = Progress("simulate run")
///     defer { progress.end() }
///     for day in 0..<days where !progress.isInterrupted {
///       progress.update(share: Double(day) / Double(days), note: "\(violations) violations")
///     }
final class Progress: Sendable {
  /// Between two pictures on a terminal.
  static let redrawing: Duration = .milliseconds(250)
  /// Between two lines elsewhere.
  static let telling: Duration = .seconds(60)

  private struct State {
    var left = TimeLeft()
    var note = ""
    /// Whether there is a line of ours on the terminal.
    var isDrawn = false
    var hasEnded = false
    var timer: (any DispatchSourceTimer)?
  }

  private let what: String
  private let isTerminal: Bool
  private let interval: Duration
  private let began = ContinuousClock.now
  /// Milliseconds from the beginning at which an update is told next: all others cost one look at the clock.
  private let due = Atomic<Int64>(0)
  /// The bits of the share that was told last, for lines that come between two that are due.
  private let told = Atomic<UInt64>(0.0.bitPattern)
  private let state = Mutex(State())
  private let write: @Sendable (String) -> Void

  /// - Parameters:
  ///   - what: what is being done, in a word or two.
  ///   - interval: between two pictures, or lines where there is no terminal.
  convenience init(_ what: String, interval: Duration? = nil) {
    let isTerminal = isatty(STDERR_FILENO) == 1 && ProcessInfo.processInfo.environment["TERM"] != "dumb"
    self.init(what, isTerminal: isTerminal, interval: interval) {
      FileHandle.standardError.write(Data($0.utf8))
    }
  }

  init(_ what: String, isTerminal: Bool, interval: Duration? = nil, write: @escaping @Sendable (String) -> Void) {
    self.what = what
    self.isTerminal = isTerminal
    self.interval = interval ?? (isTerminal ? Self.redrawing : Self.telling)
    self.write = write
    if !isTerminal { due.store(Self.milliseconds(self.interval), ordering: .relaxed) }
    Interruption.begin()
    // While nothing is told, the time that passes is shown.
    let pause = max(1, self.interval / .seconds(1) / 4)
    state.withLock { state in
      let timer = DispatchSource.makeTimerSource(queue: DispatchQueue(label: "progress"))
      timer.schedule(deadline: .now() + pause, repeating: pause)
      timer.setEventHandler { [weak self] in self?.show() }
      timer.resume()
      state.timer = timer
    }
  }

  deinit { end() }

  /// Whether the person wants the work to stop.
  var isInterrupted: Bool { Interruption.isReceived }

  /// Tells how far it is. From any thread, as often as one likes; the note is only made when it is shown.
  ///
  /// - Parameter share: 0 ... 1 of the whole; less than before is taken as before.
  func update(share: Double, note: @autoclosure () -> String = "") {
    told.store(share.bitPattern, ordering: .relaxed)
    let passed = Self.milliseconds(ContinuousClock.now - began)
    let next = due.load(ordering: .relaxed)
    guard passed >= next,
      due.compareExchange(
        expected: next, desired: passed + Self.milliseconds(interval), ordering: .relaxed
      ).exchanged
    else { return }
    let note = note()
    state.withLock { state in
      state.note = note
      draw(&state)
    }
  }

  /// Takes the line away while something else is written to the same terminal.
  func aside<Value>(_ body: () throws -> Value) rethrows -> Value {
    try state.withLock { state in
      clear(&state)
      return try body()
    }
  }

  /// Clears the line and lets signals do again what they did before. More than once is the same as once.
  func end() {
    let isFirst = state.withLock { state in
      guard !state.hasEnded else { return false }
      state.hasEnded = true
      state.timer?.cancel()
      state.timer = nil
      clear(&state)
      return true
    }
    if isFirst { Interruption.end() }
  }

  /// Draws what was told last, when a picture is due; a timer does so as well.
  func show() {
    state.withLock { state in
      // Where lines stay, an update that is due soon says more.
      let late = Self.milliseconds(ContinuousClock.now - began - interval / 2)
      if isTerminal || late >= due.load(ordering: .relaxed) { draw(&state) }
    }
  }

  private func draw(_ state: inout State) {
    guard !state.hasEnded else { return }
    let elapsed = ContinuousClock.now - began
    state.left.note(share: Double(bitPattern: told.load(ordering: .relaxed)), at: elapsed)
    if !isTerminal { due.store(Self.milliseconds(elapsed + interval), ordering: .relaxed) }
    let line = ProgressLine(
      what: what, share: state.left.share, elapsed: elapsed, left: state.left.left(at: elapsed), note: state.note)
    if isTerminal {
      write("\r" + line.text(columns: Console.size(of: STDERR_FILENO).columns) + Console.clearToEnd)
      state.isDrawn = true
    } else {
      write(line.plain + "\n")
    }
  }

  private func clear(_ state: inout State) {
    guard state.isDrawn else { return }
    write("\r" + Console.clearToEnd)
    state.isDrawn = false
  }

  private static func milliseconds(_ duration: Duration) -> Int64 {
    duration.components.seconds * 1000 + duration.components.attoseconds / 1_000_000_000_000_000
  }
}
