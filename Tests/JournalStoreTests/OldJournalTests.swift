import Foundation
import GRDB
import JournalStore
import Model
import Ports
import Testing

/// A journal that the first version wrote: its tables, and records without what later versions added to them.
@Suite struct OldJournalTests {
  private static let tables = """
    CREATE TABLE grdb_migrations (identifier TEXT NOT NULL PRIMARY KEY);
    INSERT INTO grdb_migrations VALUES ('1: workers, requests, memory, events');
    CREATE TABLE properties (name TEXT PRIMARY KEY, value TEXT NOT NULL);
    INSERT INTO properties VALUES ('cluster', 'prod');
    CREATE TABLE workers (
      id TEXT PRIMARY KEY, name TEXT NOT NULL, state TEXT NOT NULL, created_at INTEGER NOT NULL, billed_from INTEGER,
      billed_until INTEGER, record TEXT NOT NULL);
    CREATE INDEX workers_by_state ON workers (state);
    CREATE INDEX workers_by_billing ON workers (billed_until);
    CREATE TABLE requests (id TEXT PRIMARY KEY, asked_at INTEGER NOT NULL, closed INTEGER NOT NULL, request TEXT NOT NULL);
    CREATE TABLE memory (id INTEGER PRIMARY KEY CHECK (id = 1), memory TEXT NOT NULL);
    CREATE TABLE events (
      seq INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, subject TEXT NOT NULL, name TEXT NOT NULL,
      code TEXT NOT NULL, sentence TEXT NOT NULL);
    INSERT INTO events (at, subject, name, code, sentence)
      VALUES (1772348400000, 'worker', 'worker-burst-001', 'worker_requested', 'worker-burst-001 was asked for.');
    """

  private static let draining = """
    {"id":"7f3a","name":"worker-burst-001","pool":"burst","template":"medium","price":0.24,
    "reason":{"code":"pending_pods","sentence":"3 pods wait.","data":{}},"createdAt":"2026-03-01T07:00:00.000Z",
    "state":"draining","stateSince":"2026-03-01T08:00:00.000Z",
    "step":{"name":"drain_node","startedAt":"2026-03-01T08:00:00.000Z","attempt":1,"called":false},
    "machine":201,"host":"pve-1","readyAt":"2026-03-01T07:05:00.000Z",
    "timeToLive":{"expiresAt":"2026-03-01T11:00:00.000Z","latest":"2026-03-02T07:00:00.000Z","extensions":0,
    "announced":false},
    "removal":{"reason":{"code":"idle","sentence":"It has nothing to do.","data":{}},
    "askedAt":"2026-03-01T08:00:00.000Z","force":false,"evicted":[]},
    "billedFrom":"2026-03-01T07:01:00.000Z"}
    """

  private static let terminated = draining.replacing("\"7f3a\"", with: "\"7f39\"")
    .replacing("\"draining\"", with: "\"terminated\"")
    .replacing("\"billedFrom\":", with: "\"billedUntil\":\"2026-03-01T09:01:00.000Z\",\"billedFrom\":")

  private func withOldJournal(_ body: (String) async throws -> Void) async throws {
    let directory = FileManager.default.temporaryDirectory.appendingPathComponent("old-journal-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: directory) }
    let path = directory.appendingPathComponent("journal.sqlite").path
    let queue = try DatabaseQueue(path: path)
    try await queue.write { connection in
      try connection.execute(sql: Self.tables)
      for (id, state, until, record) in [
        ("7f3a", "draining", nil, Self.draining), ("7f39", "terminated", 1_772_355_660_000 as Int64?, Self.terminated),
      ] {
        try connection.execute(
          sql: "INSERT INTO workers VALUES (?, 'worker-burst-001', ?, 1772348400000, 1772348460000, ?, ?)",
          arguments: [id, state, until, record])
      }
      try connection.execute(
        sql: "INSERT INTO requests VALUES ('req-1', 1772348400000, 0, ?)",
        arguments: [
          #"{"id":"req-1","pool":"burst","workers":5,"askedAt":"2026-03-01T07:00:00.000Z","askedBy":"api","served":2}"#
        ])
      try connection.execute(
        sql: "INSERT INTO memory VALUES (1, ?)",
        arguments: [#"{"triggers":{},"pools":{},"idleSince":{"worker-burst-001":"2026-03-01T07:55:00.000Z"}}"#])
    }
    try queue.close()
    try await body(path)
  }

  @Test func isReadWhole() async throws {
    try await withOldJournal { path in
      let journal = try SQLiteJournal(path: path, cluster: "prod")
      let state = try await journal.load()
      let worker = try #require(state.workers.first)
      #expect(state.workers.count == 1)
      #expect(worker.state == .draining && worker.machine == MachineID(201))
      #expect(worker.standby == nil && worker.build == nil)
      #expect(worker.presentPrice.perHour == Money(0.24))
      #expect(state.requests.map(\.served) == [2])
      #expect(state.memory.idleSince.count == 1)
      let since = try #require(Instant(rfc3339: "2026-03-01T00:00:00Z"))
      #expect(try await journal.billed(since: since).map(\.id.rawValue).sorted() == ["7f39", "7f3a"])
      #expect(try await journal.events(limit: 10).map(\.code) == ["worker_requested"])
    }
  }

  @Test func isWrittenOn() async throws {
    try await withOldJournal { path in
      let worker: WorkerRecord
      do {
        let journal = try SQLiteJournal(path: path, cluster: "prod")
        var record = try #require(try await journal.load().workers.first)
        record.state = .terminating
        worker = record
        var entry = JournalEntry()
        entry.workers = [record]
        try await journal.write(entry)
      }
      let again = try await SQLiteJournal(path: path, cluster: "prod").load()
      #expect(again.workers == [worker])
    }
  }
}
