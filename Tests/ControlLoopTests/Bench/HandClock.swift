import Model
import Ports
import Synchronization

/// A clock that moves only when a test moves it. Who sleeps on it wakes when it has been moved far enough.
final class HandClock: TimeSource {
  private struct Sleeper {
    var id: Int
    var until: Instant
    var continuation: CheckedContinuation<Void, any Error>
  }

  private struct State {
    var now: Instant
    var sleepers: [Sleeper] = []
    var nextID = 0
    var cancelled: Set<Int> = []
  }

  private let state: Mutex<State>

  init(_ start: Instant) { state = Mutex(State(now: start)) }

  func now() -> Instant { state.withLock { $0.now } }

  /// How many sleep now.
  var sleepers: Int { state.withLock { $0.sleepers.count } }

  func advance(by duration: Duration) {
    let due = state.withLock { state -> [Sleeper] in
      state.now = state.now.advanced(by: duration)
      let due = state.sleepers.filter { $0.until <= state.now }
      state.sleepers.removeAll { $0.until <= state.now }
      return due
    }
    for sleeper in due { sleeper.continuation.resume() }
  }

  func sleep(for duration: Duration) async throws {
    let id = state.withLock { state in
      state.nextID += 1
      return state.nextID
    }
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        let isCancelled = state.withLock { state -> Bool in
          if state.cancelled.remove(id) != nil { return true }
          state.sleepers.append(
            Sleeper(id: id, until: state.now.advanced(by: duration), continuation: continuation))
          return false
        }
        if isCancelled { continuation.resume(throwing: CancellationError()) }
      }
    } onCancel: {
      let sleeper = state.withLock { state -> Sleeper? in
        guard let index = state.sleepers.firstIndex(where: { $0.id == id }) else {
          state.cancelled.insert(id)
          return nil
        }
        return state.sleepers.remove(at: index)
      }
      sleeper?.continuation.resume(throwing: CancellationError())
    }
  }
}

/// Ids in a row. Lives longer than a loop, as real ids never repeat over restarts.
final class CountingIdentities: IdentitySource {
  private let count = Mutex(0)

  func workerID() -> WorkerID { WorkerID("id-\(next())") }
  func requestID() -> RequestID { RequestID("request-\(next())") }

  private func next() -> Int {
    count.withLock {
      $0 += 1
      return $0
    }
  }
}
