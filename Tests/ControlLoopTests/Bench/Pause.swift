import Synchronization

/// Where a process stands still (`SIGSTOP`, or a machine without time for it) until it is let go.
final class Pause: Sendable {
  private struct State {
    var met = 0
    var at: Int?
    var isStill = false
    var place = ""
    var waiting: [CheckedContinuation<Void, Never>] = []
    var running: Task<Void, Never>?
  }

  private let state: Mutex<State>

  /// - Parameter at: the boundary, 1 for the first; `nil`: never.
  init(at: Int? = nil) { state = Mutex(State(at: at)) }

  var isStill: Bool { state.withLock { $0.isStill } }
  /// The boundary at which it stands.
  var place: String { state.withLock { $0.place } }
  /// Boundaries met so far.
  var met: Int { state.withLock { $0.met } }
  /// The tick that it stands still in.
  var running: Task<Void, Never>? {
    get { state.withLock { $0.running } }
    set { state.withLock { $0.running = newValue } }
  }

  /// Counts from here.
  func arm(at boundary: Int) {
    state.withLock { state in
      state.met = 0
      state.at = boundary
    }
  }

  /// One boundary. Once it stands still, everything of the process that comes to one does.
  func meet(_ place: String) async {
    let stops = state.withLock { state in
      state.met += 1
      if state.met == state.at {
        state.isStill = true
        state.place = place
      }
      return state.isStill
    }
    guard stops else { return }
    await withCheckedContinuation { continuation in
      let isStill = state.withLock { state in
        if state.isStill { state.waiting.append(continuation) }
        return state.isStill
      }
      if !isStill { continuation.resume() }
    }
  }

  /// Lets everything go on.
  func letGo() {
    let waiting = state.withLock { state in
      state.isStill = false
      state.at = nil
      defer { state.waiting = [] }
      return state.waiting
    }
    for continuation in waiting { continuation.resume() }
  }
}
