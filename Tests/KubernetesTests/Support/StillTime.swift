import Model
import Ports
import Synchronization

/// A clock that goes on only when it is told to; whoever sleeps wakes when the task is cancelled.
final class StillTime: TimeSource {
  private let instant: Mutex<Instant>

  init(_ now: Instant) { instant = Mutex(now) }

  func now() -> Instant { instant.withLock { $0 } }
  func advance(by duration: Duration) { instant.withLock { $0 = $0.advanced(by: duration) } }

  func sleep(for duration: Duration) async throws {
    let (stream, end) = AsyncStream.makeStream(of: Void.self)
    // Nothing is ever sent: the loop ends with the task.
    for await _ in stream {}
    end.finish()
    throw CancellationError()
  }
}
