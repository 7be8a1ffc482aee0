import Model
import Ports
import Synchronization

/// The instant at which a process is killed: a boundary between it and the world, counted from its start.
///
/// From then on nothing of this process reaches the world or the journal, however long its tasks still run.
final class KillSwitch: Sendable {
  struct Killed: Error {}

  private struct State {
    var passed = 0
    var killAt: Int?
    var isDead = false
  }

  private let state: Mutex<State>

  /// - Parameter boundary: 1 for the first; `nil`: never.
  init(at boundary: Int? = nil) { state = Mutex(State(killAt: boundary)) }

  var isDead: Bool { state.withLock { $0.isDead } }
  /// Boundaries passed alive.
  var passed: Int { state.withLock { $0.passed } }

  /// One boundary.
  func pass() throws {
    try state.withLock { state in
      if state.isDead { throw Killed() }
      if state.passed + 1 == state.killAt {
        state.isDead = true
        throw Killed()
      }
      state.passed += 1
    }
  }

  /// A call with a boundary before it leaves and one before its answer arrives.
  func around<Value>(_ call: () async throws -> Value) async throws -> Value {
    try pass()
    let value = try await call()
    try pass()
    return value
  }
}

/// A journal as one process sees it.
struct KillableJournal: Journal {
  let journal: MemoryJournal
  let kill: KillSwitch

  func load() async throws -> JournalState { try await journal.load() }
  func billed(since: Instant) async throws -> [WorkerRecord] { try await journal.billed(since: since) }
  func events(limit: Int) async throws -> [JournalEvent] { try await journal.events(limit: limit) }
  func write(_ entry: JournalEntry) async throws {
    if entry.isEmpty { return }
    try await kill.around { try await journal.write(entry) }
  }
}
