import Model
import Ports
import Synchronization

/// Time that passes only by being slept through, at once, or by being set.
final class SteppedTime: TimeSource {
  private let current = Mutex(Instant(seconds: 1_800_000_000))

  func now() -> Instant { current.withLock { $0 } }

  func sleep(for duration: Duration) async throws {
    try Task.checkCancellation()
    advance(by: duration)
  }

  func advance(by duration: Duration) { current.withLock { $0 = $0.advanced(by: duration) } }
}
