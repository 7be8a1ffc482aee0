import Ports
import Synchronization

/// The life of one process, and whether it leads. Both can end at a boundary between the process and everything else.
///
/// From the end of its life on nothing of it reaches the world or the journal. Who has lost the lead goes on, and has to
/// find out itself; the journal alone takes nothing of it any more.
final class ProcessLife: Sendable, Leadership {
  /// What a call of a dead process ends with.
  struct Ended: Error {}

  private struct State {
    /// Boundaries that are left.
    var left: Int?
    var isOver = false
    var hasRead = false
    var leadLeft: Int?
    var isLeading = true
    var term = 1
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
      if let left = state.leadLeft {
        state.leadLeft = left - 1
        if left <= 1 { state.isLeading = false }
      }
      if let left = state.left {
        state.left = left - 1
        if left <= 1 { state.isOver = true }
      }
      if state.isOver { throw Ended() }
    }
  }

  /// Whether the process, which asks for the journal, does so for the first time.
  func isFirstReading() -> Bool {
    state.withLock { state in
      defer { state.hasRead = true }
      return !state.hasRead
    }
  }

  // MARK: - The lead

  var isLeading: Bool { state.withLock { $0.isLeading } }
  var term: Int { state.withLock { $0.term } }
  var leader: String? { isLeading ? "this process" : "another process" }

  /// Takes the lead away at the n-th boundary from now.
  func loseLead(atBoundary number: Int) { state.withLock { $0.leadLeft = max(1, number) } }

  /// Takes it away now.
  func loseLead() { state.withLock { $0.isLeading = false } }

  /// Gives it back.
  func lead() {
    state.withLock { state in
      state.isLeading = true
      state.leadLeft = nil
      state.term += 1
    }
  }
}
