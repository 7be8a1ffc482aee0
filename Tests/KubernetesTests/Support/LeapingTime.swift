import Model
import Ports
import Synchronization

/// A clock on which every pause is over at once, and took its time all the same.
final class LeapingTime: TimeSource {
  private struct State {
    var now = Instant(seconds: 1_800_000_000)
    var pauses: [Duration] = []
  }
  private let state = Mutex(State())

  func now() -> Instant { state.withLock(\.now) }

  func sleep(for duration: Duration) async throws {
    try Task.checkCancellation()
    state.withLock { state in
      state.now = state.now.advanced(by: duration)
      state.pauses.append(duration)
    }
    await Task.yield()
    try Task.checkCancellation()
  }

  func advance(by duration: Duration) { state.withLock { $0.now = $0.now.advanced(by: duration) } }

  /// Pauses so far.
  var pauses: [Duration] { state.withLock(\.pauses) }
}
