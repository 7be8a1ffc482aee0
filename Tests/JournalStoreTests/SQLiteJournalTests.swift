import Foundation
import JournalStore
import Model
import Ports
import Testing

@Suite struct SQLiteJournalTests {
  private let start = Instant(seconds: 1_700_000_000)

  private func withJournal(_ body: (String) async throws -> Void) async throws {
    let directory = FileManager.default.temporaryDirectory.appendingPathComponent(
      "journal-\(UUID().uuidString)", isDirectory: true)
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: directory) }
    try await body(directory.appendingPathComponent("journal.sqlite").path)
  }

  private func worker(_ number: Int, state: WorkerState = .requested) -> WorkerRecord {
    var record = WorkerRecord(
      id: WorkerID("id-\(number)"), name: WorkerName(pool: "burst", number: number), pool: "burst", template: "medium",
      price: HourlyPrice(perHour: Money(0.24)), reason: Reason("pending_pods", "Pods wait."), createdAt: start)
    record.state = state
    return record
  }

  @Test func givesBackWhatWasWrittenAfterItIsOpenedAgain() async throws {
    try await withJournal { path in
      var entry = JournalEntry()
      entry.workers = [worker(2), worker(1)]
      entry.requests = [ScaleRequest(id: "r1", pool: "gpu", workers: 1, askedAt: start, askedBy: "test")]
      var memory = DecisionMemory()
      memory.triggers["burst/pending_pods"] = TriggerState(phase: .firing, since: start)
      memory.idleSince["worker-burst-001"] = start
      entry.memory = memory
      try await SQLiteJournal(path: path, cluster: "prod").write(entry)

      let state = try await SQLiteJournal(path: path, cluster: "prod").load()
      #expect(state.workers.map(\.name) == ["worker-burst-001", "worker-burst-002"])
      #expect(state.workers[0] == worker(1))
      #expect(state.requests == entry.requests)
      #expect(state.memory == memory)
    }
  }

  @Test func forgetsTerminatedWorkersButKeepsTheirBills() async throws {
    try await withJournal { path in
      let journal = try SQLiteJournal(path: path, cluster: "prod")
      var gone = worker(1, state: .terminated)
      gone.billedFrom = start
      gone.billedUntil = start.advanced(by: .hours(2))
      var live = worker(2, state: .ready)
      live.billedFrom = start
      var entry = JournalEntry()
      entry.workers = [gone, live, worker(3)]
      try await journal.write(entry)

      #expect(try await journal.load().workers.map(\.name.rawValue) == ["worker-burst-002", "worker-burst-003"])
      #expect(try await journal.billed(since: start.advanced(by: .hours(1))) == [gone, live])
      #expect(try await journal.billed(since: start.advanced(by: .hours(3))) == [live])
    }
  }

  @Test func closedRequestsDoNotComeBack() async throws {
    try await withJournal { path in
      let journal = try SQLiteJournal(path: path, cluster: "prod")
      var entry = JournalEntry()
      entry.requests = ["a", "b"].map {
        ScaleRequest(id: RequestID($0), pool: "gpu", workers: 1, askedAt: start, askedBy: "test")
      }
      try await journal.write(entry)
      var closing = JournalEntry()
      closing.closedRequests = ["a"]
      try await journal.write(closing)
      #expect(try await journal.load().requests.map(\.id) == ["b"])
    }
  }

  @Test func listsTheNewestEventsFirst() async throws {
    try await withJournal { path in
      let journal = try SQLiteJournal(path: path, cluster: "prod")
      var entry = JournalEntry()
      entry.events = (1...5).map {
        JournalEvent(at: start, subject: "worker", name: "w", code: "worker_ready", sentence: "Number \($0).")
      }
      try await journal.write(entry)
      #expect(try await journal.events(limit: 2).map(\.sentence) == ["Number 5.", "Number 4."])
    }
  }

  @Test func refusesAJournalOfAnotherCluster() async throws {
    try await withJournal { path in
      _ = try SQLiteJournal(path: path, cluster: "prod")
      let error = #expect(throws: PortError.self) { try SQLiteJournal(path: path, cluster: "test") }
      #expect(error?.code == .conflict)
      #expect(error?.message.contains("\"prod\"") == true)
    }
  }

  @Test func saysThatAFileIsDamagedInsteadOfOverwritingIt() async throws {
    try await withJournal { path in
      let garbage = Data(repeating: 0x5a, count: 8192)
      try garbage.write(to: URL(fileURLWithPath: path))
      let error = #expect(throws: PortError.self) { try SQLiteJournal(path: path, cluster: "prod") }
      #expect(error?.code == .invalid)
      #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == garbage)
    }
  }
}
