internal import GRDB

/// The journal's tables, as a list of migrations that only ever grows.
enum Schema {
  /// Events beyond this many are forgotten, oldest first.
  static let eventsKept = 100_000

  static var migrator: DatabaseMigrator {
    var migrator = DatabaseMigrator()
    migrator.registerMigration("1: workers, requests, memory, events") { connection in
      try connection.execute(
        sql: """
          CREATE TABLE properties (name TEXT PRIMARY KEY, value TEXT NOT NULL);
          CREATE TABLE workers (
            id TEXT PRIMARY KEY,
            name TEXT NOT NULL,
            state TEXT NOT NULL,
            created_at INTEGER NOT NULL,
            billed_from INTEGER,
            billed_until INTEGER,
            record TEXT NOT NULL
          );
          CREATE INDEX workers_by_state ON workers (state);
          CREATE INDEX workers_by_billing ON workers (billed_until);
          CREATE TABLE requests (
            id TEXT PRIMARY KEY,
            asked_at INTEGER NOT NULL,
            closed INTEGER NOT NULL,
            request TEXT NOT NULL
          );
          CREATE TABLE memory (id INTEGER PRIMARY KEY CHECK (id = 1), memory TEXT NOT NULL);
          CREATE TABLE events (
            seq INTEGER PRIMARY KEY AUTOINCREMENT,
            at INTEGER NOT NULL,
            subject TEXT NOT NULL,
            name TEXT NOT NULL,
            code TEXT NOT NULL,
            sentence TEXT NOT NULL
          );
          """)
    }
    migrator.registerMigration("2: correspondence") { connection in
      try connection.execute(
        sql: "CREATE TABLE correspondence (id INTEGER PRIMARY KEY CHECK (id = 1), correspondence TEXT NOT NULL)")
    }
    return migrator
  }
}
