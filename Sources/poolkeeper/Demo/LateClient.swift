import Synchronization

/// A client of the program's own server, whose port is known only once it listens.
struct LateClient: Sendable {
  let host: String
  let port: Mutexed<Int>
  let gate: Gate

  /// Waits until the server takes requests.
  func ready() async -> APIClient {
    await gate.wait()
    return APIClient(base: "http://\(host):\(port.get())")
  }
}

/// A value behind a lock.
final class Mutexed<Value: Sendable>: Sendable {
  private let value: Mutex<Value>

  init(_ value: Value) { self.value = Mutex(value) }

  func get() -> Value { value.withLock { $0 } }
  func set(_ new: Value) { value.withLock { $0 = new } }
}

/// Closed until it is opened once.
final class Gate: Sendable {
  private struct State {
    var isOpen = false
    var waiting: [CheckedContinuation<Void, Never>] = []
  }

  private let state = Mutex(State())

  func open() {
    let waiting = state.withLock { state in
      state.isOpen = true
      defer { state.waiting = [] }
      return state.waiting
    }
    for continuation in waiting { continuation.resume() }
  }

  func wait() async {
    await withCheckedContinuation { continuation in
      let isOpen = state.withLock { state in
        if !state.isOpen { state.waiting.append(continuation) }
        return state.isOpen
      }
      if isOpen { continuation.resume() }
    }
  }
}
