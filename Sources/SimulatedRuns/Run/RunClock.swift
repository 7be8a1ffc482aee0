import Model
import Ports
import Synchronization

/// The world's time, and the time that the program believes in. Both stand still until the run moves them.
final class RunClock: Sendable {
  private struct State {
    var now: Instant
    var offset: Duration = .zero
  }

  private let state: Mutex<State>

  init(_ start: Instant) { state = Mutex(State(now: start)) }

  var now: Instant { state.withLock { $0.now } }
  var programNow: Instant { state.withLock { $0.now.advanced(by: $0.offset) } }

  /// Time never goes back; an earlier instant changes nothing.
  func advance(to instant: Instant) { state.withLock { $0.now = max($0.now, instant) } }

  /// Sets how far the program's clock is ahead of the world's.
  func setOffset(_ offset: Duration) { state.withLock { $0.offset = offset } }

  /// As the world sees it.
  var ofWorld: any TimeSource { Face(read: { self.now }) }
  /// As the program sees it.
  var ofProgram: any TimeSource { Face(read: { self.programNow }) }

  private struct Face: TimeSource {
    var read: @Sendable () -> Instant

    func now() -> Instant { read() }
    /// Nothing in a run sleeps: ticks are the run's own doing.
    func sleep(for duration: Duration) async throws { throw CancellationError() }
  }
}

/// Ids in a row, which outlive the process as real ones never repeat.
final class CountedIdentities: IdentitySource {
  private let count = Mutex(0)

  func workerID() -> WorkerID { WorkerID("w\(next())") }
  func requestID() -> RequestID { RequestID("r\(next())") }

  private func next() -> Int {
    count.withLock {
      $0 += 1
      return $0
    }
  }
}
