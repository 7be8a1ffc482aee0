import Foundation
import JournalStore
import Ports
import TestSupport
import Testing

@Suite struct SQLiteJournalTests {
  private func withJournal(_ body: (String) async throws -> Void) async throws {
    let directory = FileManager.default.temporaryDirectory.appendingPathComponent(
      "journal-\(UUID().uuidString)", isDirectory: true)
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: directory) }
    try await body(directory.appendingPathComponent("journal.sqlite").path)
  }

  @Test(arguments: JournalPromise.allCases) func keeps(promise: JournalPromise) async throws {
    try await withJournal { path in
      let broken = try await promise.broken { try SQLiteJournal(path: path, cluster: "prod") }
      #expect(broken.isEmpty, "\(broken.joined(separator: "\n"))")
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
