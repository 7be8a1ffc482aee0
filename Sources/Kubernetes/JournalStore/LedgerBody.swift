import Foundation
import Model
import Ports

/// What the ledger holds beside its header: the state that is small, the names of the workers that are alive, and the
/// last entry's records and events, until they are surely in their own objects (`redo`).
struct LedgerBody: Codable, Equatable, Sendable {
  /// What the last entry changes in other objects.
  struct Redo: Codable, Equatable, Sendable {
    var workers: [WorkerRecord] = []
    var events: [JournalEvent] = []
  }

  var memory: DecisionMemory?
  /// Absent in ledgers of old.
  var correspondence: Correspondence?
  /// Open, oldest first.
  var requests: [ScaleRequest] = []
  /// Names of the objects of workers that are not terminated; sorted.
  var live: [String] = []
  /// Events written so far, those of `redo` included; the first has number 0.
  var events = 0
  var redo = Redo()

  /// The body after an entry.
  /// - Throws: `PortError` when a bound would be passed; nothing is written then.
  func applying(_ entry: JournalEntry) throws -> LedgerBody {
    var next = self
    next.redo = Redo()
    // The last of several records of one worker counts.
    var seen = Set<WorkerID>()
    next.redo.workers = entry.workers.reversed().filter { seen.insert($0.id).inserted }.reversed()
    let changed = Set(next.redo.workers.map(WorkerObject.name(of:)))
    next.live.removeAll { changed.contains($0) }
    next.live += next.redo.workers.filter { $0.state != .terminated }.map(WorkerObject.name(of:))
    next.live.sort()
    for request in entry.requests {
      next.requests.removeAll { $0.id == request.id }
      next.requests.append(request)
    }
    next.requests.removeAll { entry.closedRequests.contains($0.id) }
    next.requests.sort { ($0.askedAt, $0.id) < ($1.askedAt, $1.id) }
    if let memory = entry.memory { next.memory = memory }
    if let correspondence = entry.correspondence { next.correspondence = correspondence }
    next.redo.events = entry.events.map(Self.cut)
    next.events = events + entry.events.count
    try next.checkBounds()
    return next
  }

  /// What the entry's records make of others that were read.
  func overlaying(_ records: [String: WorkerRecord]) -> [String: WorkerRecord] {
    var result = records
    for record in redo.workers { result[WorkerObject.name(of: record)] = record }
    let alive = Set(live)
    return result.filter { $0.value.state == .terminated ? $0.value.billedFrom != nil : alive.contains($0.key) }
  }

  /// The number of the first event in `redo`.
  var firstNewEvent: Int { events - redo.events.count }

  private func checkBounds() throws {
    let operation = "journal.write"
    guard live.count <= JournalBounds.liveWorkers else {
      throw PortError(
        .exhausted, "The ledger holds at most \(JournalBounds.liveWorkers) workers: lower the pools' maxima.",
        operation: operation)
    }
    guard requests.count <= JournalBounds.openRequests else {
      throw PortError(
        .exhausted, "\(JournalBounds.openRequests) requests are open: wait until some are served.",
        operation: operation)
    }
    for record in redo.workers {
      let size = try JSONEncoder().encode(record).count
      guard size <= JournalBounds.recordBytes else {
        throw PortError(
          .invalid, "The record of \(record.name) has \(size) bytes; \(JournalBounds.recordBytes) are the most.",
          operation: operation)
      }
    }
  }

  private static func cut(_ event: JournalEvent) -> JournalEvent {
    var event = event
    event.subject = cut(event.subject, JournalBounds.wordBytes)
    event.name = cut(event.name, JournalBounds.wordBytes)
    event.code = cut(event.code, JournalBounds.wordBytes)
    event.sentence = cut(event.sentence, JournalBounds.sentenceBytes)
    return event
  }

  private static func cut(_ text: String, _ bytes: Int) -> String {
    if text.utf8.count <= bytes { return text }
    var kept = text.prefix(bytes)
    while kept.utf8.count > bytes { kept.removeLast() }
    return String(kept)
  }
}
