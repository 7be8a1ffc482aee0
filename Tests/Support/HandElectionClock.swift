public import Kubernetes
public import Model
import Synchronization

/// An election's clock that moves only when a test moves it; who sleeps on it sleeps until then.
public final class HandElectionClock: ElectionClock {
  private struct State {
    var uptime: Duration = .zero
    var wall: Instant
    var sleepers: [Int: (until: Duration, continuation: CheckedContinuation<Void, any Error>)] = [:]
    var cancelled: Set<Int> = []
    var ids = 0
  }

  private let state: Mutex<State>

  public init(wall: Instant) { state = Mutex(State(wall: wall)) }

  public func uptime() -> Duration { state.withLock { $0.uptime } }
  public func wall() -> Instant { state.withLock { $0.wall } }

  /// Both clocks move.
  public func advance(by duration: Duration) {
    let due = state.withLock { state in
      state.uptime += duration
      state.wall = state.wall.advanced(by: duration)
      let due = state.sleepers.filter { $0.value.until <= state.uptime }
      for id in due.keys { state.sleepers[id] = nil }
      return due.values.map(\.continuation)
    }
    for continuation in due { continuation.resume() }
  }

  public func sleep(for duration: Duration) async throws {
    let id = state.withLock { state in
      state.ids += 1
      return state.ids
    }
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        let isCancelled = state.withLock { state in
          if state.cancelled.remove(id) != nil { return true }
          state.sleepers[id] = (state.uptime + duration, continuation)
          return false
        }
        if isCancelled { continuation.resume(throwing: CancellationError()) }
      }
    } onCancel: {
      let sleeper = state.withLock { state in
        let sleeper = state.sleepers.removeValue(forKey: id)
        if sleeper == nil { state.cancelled.insert(id) }
        return sleeper
      }
      sleeper?.continuation.resume(throwing: CancellationError())
    }
  }
}
