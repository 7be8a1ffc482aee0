import Foundation
internal import GRDB
public import Model
public import Ports

/// The journal in an SQLite file, through GRDB.
///
/// Write-ahead logging with `synchronous = FULL`: a write that returned is on the disk. The tables are described in
/// `docs/format/journal.md`. One process holds a file at a time (the data directory's lock sees to that).
public final class SQLiteJournal: Journal {
  private let database: DatabaseQueue
  private let encoder: JSONEncoder
  private let decoder: JSONDecoder

  /// Opens or creates the journal.
  /// - Parameters:
  ///   - path: the file; its directory exists.
  ///   - cluster: the cluster's name. A journal of another cluster is refused: its workers are not ours here.
  /// - Throws: `PortError` with the remedy.
  public init(path: String, cluster: String) throws {
    encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    decoder = JSONDecoder()
    var configuration = GRDB.Configuration()
    configuration.busyMode = .timeout(5)
    configuration.prepareDatabase { connection in
      try connection.execute(sql: "PRAGMA journal_mode = WAL")
      try connection.execute(sql: "PRAGMA synchronous = FULL")
    }
    do {
      database = try DatabaseQueue(path: path, configuration: configuration)
      try Schema.migrator.migrate(database)
      let owner = try database.write { connection -> String? in
        try connection.execute(
          sql: "INSERT INTO properties (name, value) VALUES ('cluster', ?) ON CONFLICT DO NOTHING",
          arguments: [cluster])
        return try String.fetchOne(connection, sql: "SELECT value FROM properties WHERE name = 'cluster'")
      }
      guard owner == cluster else {
        throw PortError(
          .conflict,
          "\(path) belongs to the cluster \"\(owner ?? "?")\", but the configuration names \"\(cluster)\". "
            + "Use another data directory, or correct cluster_name.", operation: "journal.open")
      }
    } catch let error as DatabaseError {
      throw SQLiteJournal.portError(error, operation: "journal.open")
    }
  }

  public func load() async throws -> JournalState {
    try await perform("journal.load") { [decoder] connection in
      let workers = try String.fetchAll(
        connection, sql: "SELECT record FROM workers WHERE state <> 'terminated' ORDER BY name"
      ).map { try decoder.decode(WorkerRecord.self, from: Data($0.utf8)) }
      let requests = try String.fetchAll(
        connection, sql: "SELECT request FROM requests WHERE closed = 0 ORDER BY asked_at, id"
      ).map { try decoder.decode(ScaleRequest.self, from: Data($0.utf8)) }
      let memory = try String.fetchOne(connection, sql: "SELECT memory FROM memory WHERE id = 1")
        .map { try decoder.decode(DecisionMemory.self, from: Data($0.utf8)) }
      let correspondence = try String.fetchOne(
        connection, sql: "SELECT correspondence FROM correspondence WHERE id = 1"
      ).map { try decoder.decode(Correspondence.self, from: Data($0.utf8)) }
      return JournalState(
        workers: workers, requests: requests, memory: memory ?? DecisionMemory(),
        correspondence: correspondence ?? Correspondence())
    }
  }

  public func write(_ entry: JournalEntry) async throws {
    if entry.isEmpty { return }
    try await performWrite("journal.write") { [encoder] connection in
      for record in entry.workers { try Self.save(record, encoder, connection) }
      for request in entry.requests { try Self.save(request, encoder, connection) }
      for id in entry.closedRequests {
        try connection.execute(sql: "UPDATE requests SET closed = 1 WHERE id = ?", arguments: [id.rawValue])
      }
      if let memory = entry.memory {
        let text = String(decoding: try encoder.encode(memory), as: UTF8.self)
        try connection.execute(
          sql: "INSERT INTO memory (id, memory) VALUES (1, ?) ON CONFLICT (id) DO UPDATE SET memory = excluded.memory",
          arguments: [text])
      }
      if let correspondence = entry.correspondence {
        try connection.execute(
          sql: """
            INSERT INTO correspondence (id, correspondence) VALUES (1, ?)
            ON CONFLICT (id) DO UPDATE SET correspondence = excluded.correspondence
            """, arguments: [String(decoding: try encoder.encode(correspondence), as: UTF8.self)])
      }
      for event in entry.events {
        try connection.execute(
          sql: "INSERT INTO events (at, subject, name, code, sentence) VALUES (?, ?, ?, ?, ?)",
          arguments: [event.at.milliseconds, event.subject, event.name, event.code, event.sentence])
      }
      try Self.forgetOldEvents(connection)
    }
  }

  public func billed(since: Instant) async throws -> [WorkerRecord] {
    try await perform("journal.billed") { [decoder] connection in
      try String.fetchAll(
        connection,
        sql: """
          SELECT record FROM workers
          WHERE billed_from IS NOT NULL AND (billed_until IS NULL OR billed_until >= ?)
          ORDER BY created_at, name
          """, arguments: [since.milliseconds]
      ).map { try decoder.decode(WorkerRecord.self, from: Data($0.utf8)) }
    }
  }

  public func events(limit: Int) async throws -> [JournalEvent] {
    try await perform("journal.events") { connection in
      try Row.fetchAll(
        connection, sql: "SELECT at, subject, name, code, sentence FROM events ORDER BY seq DESC LIMIT ?",
        arguments: [limit]
      ).map { row in
        JournalEvent(
          at: Instant(milliseconds: row["at"]), subject: row["subject"], name: row["name"], code: row["code"],
          sentence: row["sentence"])
      }
    }
  }

  // MARK: - Rows

  private static func save(_ record: WorkerRecord, _ encoder: JSONEncoder, _ connection: Database) throws {
    try connection.execute(
      sql: """
        INSERT INTO workers (id, name, state, created_at, billed_from, billed_until, record)
        VALUES (?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT (id) DO UPDATE SET name = excluded.name, state = excluded.state,
          billed_from = excluded.billed_from, billed_until = excluded.billed_until, record = excluded.record
        """,
      arguments: [
        record.id.rawValue, record.name.rawValue, record.state.rawValue, record.createdAt.milliseconds,
        record.billedFrom?.milliseconds, record.billedUntil?.milliseconds,
        String(decoding: try encoder.encode(record), as: UTF8.self),
      ])
  }

  private static func save(_ request: ScaleRequest, _ encoder: JSONEncoder, _ connection: Database) throws {
    try connection.execute(
      sql: """
        INSERT INTO requests (id, asked_at, closed, request) VALUES (?, ?, 0, ?)
        ON CONFLICT (id) DO UPDATE SET request = excluded.request, closed = 0
        """,
      arguments: [
        request.id.rawValue, request.askedAt.milliseconds, String(decoding: try encoder.encode(request), as: UTF8.self),
      ])
  }

  /// Keeps the newest `Schema.eventsKept` events; the key is the row's number, so this costs next to nothing.
  private static func forgetOldEvents(_ connection: Database) throws {
    try connection.execute(
      sql: "DELETE FROM events WHERE seq <= (SELECT MAX(seq) FROM events) - ?", arguments: [Schema.eventsKept])
  }

  // MARK: - Errors

  private func perform<Value: Sendable>(
    _ operation: String, _ body: @Sendable @escaping (Database) throws -> Value
  ) async throws -> Value {
    do { return try await database.read(body) } catch let error as DatabaseError {
      throw Self.portError(error, operation: operation)
    }
  }

  private func performWrite(
    _ operation: String, _ body: @Sendable @escaping (Database) throws -> Void
  ) async throws {
    do { try await database.write(body) } catch let error as DatabaseError {
      throw Self.portError(error, operation: operation)
    }
  }

  private static func portError(_ error: DatabaseError, operation: String) -> PortError {
    let text = error.message ?? "error \(error.extendedResultCode.rawValue)"
    switch error.resultCode {
    case .SQLITE_FULL:
      return PortError(
        .exhausted, "The disk that holds the journal is full: free some space; nothing is started until then.",
        operation: operation)
    case .SQLITE_BUSY, .SQLITE_LOCKED:
      return PortError(.busy, "The journal is held by another process (\(text)).", operation: operation)
    case .SQLITE_CANTOPEN, .SQLITE_PERM, .SQLITE_READONLY:
      return PortError(
        .forbidden, "The journal cannot be opened for writing (\(text)): check the data directory's rights.",
        operation: operation)
    case .SQLITE_CORRUPT, .SQLITE_NOTADB:
      return PortError(
        .invalid, "The journal is damaged (\(text)): move it away and restart; workers are found again by their tags.",
        operation: operation)
    default:
      return PortError(.failed, "The journal could not be used: \(text).", operation: operation)
    }
  }
}
