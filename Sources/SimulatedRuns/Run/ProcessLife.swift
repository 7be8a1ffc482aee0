import Synchronization

/// The life of one process: it ends at a boundary between the process and everything else. From then on nothing of it
/// reaches the world or the journal.
final class ProcessLife: Sendable {
  /// What a call of a dead process ends with.
  struct Ended: Error {}

  private struct State {
    var left: Int?
    var isOver = false
  }

  private let state = Mutex(State())

  var isOver: Bool { state.withLock { $0.isOver } }

  /// Ends it at the n-th boundary from now; 1 is the next.
  func end(atBoundary number: Int) { state.withLock { $0.left = max(1, number) } }

  /// Ends it now.
  func end() { state.withLock { $0.isOver = true } }

  /// One boundary.
  func pass() throws {
    try state.withLock { state in
      if let left = state.left {
        state.left = left - 1
        if left <= 1 { state.isOver = true }
      }
      if state.isOver { throw Ended() }
    }
  }
}
