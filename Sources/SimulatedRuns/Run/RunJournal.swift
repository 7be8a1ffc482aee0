import Foundation
import Model
import Ports
import Synchronization

/// A journal with the real one's promises, which outlives the processes of a run: an entry is there as a whole or not at
/// all, and closed requests stay closed.
final class RunJournal: Sendable {
  private struct State {
    var records: [WorkerRecord] = []
    var requests: [RequestID: ScaleRequest] = [:]
    var closed: Set<RequestID> = []
    var memory: DecisionMemory?
    var correspondence: Correspondence?
    var events: [JournalEvent] = []
    var news: [JournalEvent] = []
    var newRequests: [ScaleRequest] = []
    var recordsWritten = false
    var failing: (writes: Int, written: Bool) = (0, false)
  }

  private let state = Mutex(State())

  /// The next writes end so.
  func fail(writes: Int, written: Bool) { state.withLock { $0.failing = (writes, written) } }

  /// All that ever were, sorted by id.
  var records: [WorkerRecord] { state.withLock { $0.records } }
  var openRequests: Int { state.withLock { $0.requests.count - $0.closed.count } }

  /// What was written since this was asked last, oldest first.
  func takeNews() -> (events: [JournalEvent], requests: [ScaleRequest], hasRecords: Bool) {
    state.withLock { state in
      defer {
        state.news.removeAll(keepingCapacity: true)
        state.newRequests.removeAll(keepingCapacity: true)
        state.recordsWritten = false
      }
      return (state.news, state.newRequests, state.recordsWritten)
    }
  }

  /// What is in it.
  /// - Parameter asStored: through the form in which it is stored, as for a process that starts.
  func load(asStored: Bool) throws -> JournalState {
    let state = state.withLock { $0 }
    let stored = Stored(
      workers: state.records.filter { $0.state != .terminated },
      requests: state.requests.values.filter { !state.closed.contains($0.id) },
      memory: state.memory ?? DecisionMemory(), correspondence: state.correspondence ?? Correspondence())
    let read = asStored ? try JSONDecoder().decode(Stored.self, from: JSONEncoder().encode(stored)) : stored
    return JournalState(
      workers: read.workers.sorted { ($0.name, $0.id) < ($1.name, $1.id) },
      requests: read.requests.sorted { ($0.askedAt, $0.id) < ($1.askedAt, $1.id) }, memory: read.memory,
      correspondence: read.correspondence)
  }

  private struct Stored: Codable {
    var workers: [WorkerRecord]
    var requests: [ScaleRequest]
    var memory: DecisionMemory
    var correspondence: Correspondence
  }

  func billed(since: Instant) -> [WorkerRecord] {
    state.withLock { $0.records }
      .filter { $0.billedFrom != nil && ($0.billedUntil ?? since) >= since }
      .sorted { ($0.createdAt, $0.id) < ($1.createdAt, $1.id) }
  }

  /// Events that a reader may still ask for.
  private static let eventsKept = 1000

  func events(limit: Int) -> [JournalEvent] { state.withLock { $0.events.suffix(limit).reversed() } }

  func write(_ entry: JournalEntry) throws {
    try state.withLock { state in
      let fails = state.failing.writes > 0
      if fails { state.failing.writes -= 1 }
      if !fails || state.failing.written {
        for record in entry.workers { Self.put(record, into: &state.records) }
        if !entry.workers.isEmpty { state.recordsWritten = true }
        for request in entry.requests { state.requests[request.id] = request }
        state.newRequests += entry.requests
        state.closed.formUnion(entry.closedRequests)
        if let memory = entry.memory { state.memory = memory }
        if let correspondence = entry.correspondence { state.correspondence = correspondence }
        state.events += entry.events
        state.events.removeFirst(max(0, state.events.count - Self.eventsKept))
        state.news += entry.events
      }
      if fails {
        throw PortError(.failed, "The disk is full; make room.", operation: "journal.write")
      }
    }
  }

  private static func put(_ record: WorkerRecord, into records: inout [WorkerRecord]) {
    var low = 0
    var high = records.count
    while low < high {
      let middle = (low + high) / 2
      if records[middle].id < record.id { low = middle + 1 } else { high = middle }
    }
    if low < records.count, records[low].id == record.id {
      records[low] = record
    } else {
      records.insert(record, at: low)
    }
  }
}

/// The journal as one process sees it.
struct ProcessJournal: Journal {
  let journal: RunJournal
  let life: ProcessLife

  func load() async throws -> JournalState { try journal.load(asStored: life.isFirstReading()) }
  func billed(since: Instant) async throws -> [WorkerRecord] { journal.billed(since: since) }
  func events(limit: Int) async throws -> [JournalEvent] { journal.events(limit: limit) }
  func write(_ entry: JournalEntry) async throws {
    if entry.isEmpty { return }
    guard life.isLeading else {
      throw PortError(.superseded, "Another process leads now: nothing was written.", operation: "journal.write")
    }
    try life.pass()
    try journal.write(entry)
    try life.pass()
  }
}
