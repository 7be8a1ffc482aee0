import Model
import Ports
import Synchronization

/// A journal in memory with the real one's promises: an entry is there as a whole or not at all, closed requests stay
/// closed, and what was written outlives the loop that wrote it.
final class MemoryJournal: Journal {
  /// How the next writes end.
  enum Fault {
    /// Well.
    case none
    /// Nothing is written, and the caller is told.
    case refused
    /// The entry is written, and the caller is told that it was not.
    case written
  }

  private struct State {
    var workers: [WorkerID: WorkerRecord] = [:]
    var requests: [RequestID: ScaleRequest] = [:]
    var closed: Set<RequestID> = []
    var memory: DecisionMemory?
    var correspondence: Correspondence?
    var events: [JournalEvent] = []
    var faults: [Fault] = []
    var writes = 0
  }

  private let state = Mutex(State())

  /// The next writes fail in these ways, in order.
  func failNext(_ faults: Fault...) { state.withLock { $0.faults += faults } }

  /// Everything is gone, as with a disk that was replaced.
  func lose() { state.withLock { $0 = State() } }

  /// Entries that were written.
  var writes: Int { state.withLock { $0.writes } }
  /// All records that ever were, sorted by id.
  var records: [WorkerRecord] { state.withLock { $0.workers.values.sorted { $0.id < $1.id } } }
  var correspondence: Correspondence? { state.withLock { $0.correspondence } }
  var memory: DecisionMemory? { state.withLock { $0.memory } }
  /// The oldest first.
  var allEvents: [JournalEvent] { state.withLock { $0.events } }

  func load() async throws -> JournalState {
    state.withLock { state in
      JournalState(
        workers: state.workers.values.filter { $0.state != .terminated }.sorted { $0.name < $1.name },
        requests: state.requests.values.filter { !state.closed.contains($0.id) }
          .sorted { ($0.askedAt, $0.id) < ($1.askedAt, $1.id) },
        memory: state.memory ?? DecisionMemory(), correspondence: state.correspondence ?? Correspondence())
    }
  }

  func write(_ entry: JournalEntry) async throws {
    if entry.isEmpty { return }
    try state.withLock { state in
      let fault = state.faults.isEmpty ? .none : state.faults.removeFirst()
      if fault != .refused {
        for record in entry.workers { state.workers[record.id] = record }
        for request in entry.requests { state.requests[request.id] = request }
        state.closed.formUnion(entry.closedRequests)
        if let memory = entry.memory { state.memory = memory }
        if let correspondence = entry.correspondence { state.correspondence = correspondence }
        state.events += entry.events
        state.writes += 1
      }
      if fault != .none { throw PortError(.exhausted, "The disk is full.", operation: "journal.write") }
    }
  }

  func billed(since: Instant) async throws -> [WorkerRecord] {
    state.withLock { state in
      state.workers.values
        .filter { $0.billedFrom != nil && ($0.billedUntil.map { $0 >= since } ?? true) }
        .sorted { ($0.createdAt, $0.name) < ($1.createdAt, $1.name) }
    }
  }

  func events(limit: Int) async throws -> [JournalEvent] {
    state.withLock { Array($0.events.reversed().prefix(limit)) }
  }
}
