import Synchronization

/// Lets one task at a time through, in order of arrival.
///
/// Reading the state, writing the journal and committing the new state is one turn: nobody can change the state between
/// the first and the last. Turns are short (one journal write); calls to the outside world are made between turns.
final class Turn: Sendable {
  private struct State {
    var taken = false
    var waiting: [CheckedContinuation<Void, Never>] = []
  }

  private let state = Mutex(State())

  /// Runs `body` when its turn has come.
  func take<Value>(_ body: () async throws -> Value) async rethrows -> Value {
    await enter()
    defer { leave() }
    return try await body()
  }

  /// Whether somebody has the turn.
  var isTaken: Bool { state.withLock { $0.taken } }
  /// How many stand in the queue.
  var waiting: Int { state.withLock { $0.waiting.count } }

  private func enter() async {
    await withCheckedContinuation { continuation in
      let free = state.withLock { state -> Bool in
        if state.taken {
          state.waiting.append(continuation)
          return false
        }
        state.taken = true
        return true
      }
      if free { continuation.resume() }
    }
  }

  private func leave() {
    let next = state.withLock { state -> CheckedContinuation<Void, Never>? in
      if state.waiting.isEmpty {
        state.taken = false
        return nil
      }
      return state.waiting.removeFirst()
    }
    next?.resume()
  }
}
