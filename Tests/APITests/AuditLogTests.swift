import Foundation
import HTTPTypes
import Model
import Ports
import Testing

@testable import API

/// Changes are written down before they are answered, made or refused.
@Suite struct AuditLogTests {
  private static func withDirectory<Value>(_ body: (String) async throws -> Value) async throws -> Value {
    let url = FileManager.default.temporaryDirectory.appendingPathComponent("audit-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: url) }
    return try await body(url.path)
  }

  private static func entry(_ number: Int, reason: String? = nil) -> AuditEntry {
    var entry = AuditEntry(
      at: Samples.now, call: "POST /api/v1/pools/p\(number)/scale", outcome: .done, status: 202)
    entry.name = "alice"
    entry.role = .operate
    entry.reason = reason
    return entry
  }

  @Test func tellsWhoWhatWhyFromWhereAndTheOutcome() async throws {
    try await Self.withDirectory { directory in
      var fixture = ServerFixture()
      let tokens = fixture.require(["alice": .operate, "root": .admin, "reader": .read])
      fixture.parts.audit = try AuditLog(directory: directory)
      let operations = fixture.operations
      try await fixture.test(.overSocket) { server async throws in
        let alice: HTTPFields = [.authorization: "Bearer \(tokens["alice"] ?? "")"]
        let body = #"{"workers":5,"reason":"nightly batch"}"#
        _ = try await server.post("/api/v1/pools/burst/scale", body, headers: alice)
        _ = try await server.call(
          .delete, "/api/v1/workers/w?reason=broken", headers: [.authorization: "Bearer \(tokens["reader"] ?? "")"])
        operations.change { $0.failure = OperationError(.refused, "The budget is spent.") }
        _ = try await server.post("/api/v1/workers/w/extend", "", headers: alice)
        _ = try await server.post("/api/v1/workers/w/extend", "")
        _ = try await server.post("/api/v1/session", #"{"token":"\#(tokens["alice"] ?? "")"}"#)
        // Who only looks is not written down.
        _ = try await server.call(.get, "/api/v1/pools", headers: alice)
        let root: HTTPFields = [.authorization: "Bearer \(tokens["root"] ?? "")"]
        let answer = try await server.call(.get, "/api/v1/audit?limit=10", headers: root)
        let entries = try JSONFormat.decoder().decode(AuditList.self, from: Data(answer.bytes)).entries
        #expect(entries.map(\.outcome) == [.done, .refused, .refused, .refused, .done])
        #expect(entries.map(\.status) == [200, 401, 422, 403, 202])
        #expect(entries.map(\.name) == ["alice", nil, "alice", "reader", "alice"])
        let order = try #require(entries.last)
        #expect(order.call == "POST /api/v1/pools/burst/scale")
        #expect(order.order == body)
        #expect(order.reason == "nightly batch")
        #expect(order.role == .operate)
        #expect(order.proof == "token")
        #expect(["127.0.0.1", "::1"].contains(order.from))
        #expect(order.at == Samples.now)
        #expect(entries[2].code == "refused")
        #expect(entries[2].message == "The budget is spent.")
        #expect(entries[3].code == "forbidden")
        #expect(entries[0].call == "POST /api/v1/session")
        #expect(try await server.call(.get, "/api/v1/audit?limit=0", headers: root).status == 400)
        #expect(try await server.call(.get, "/api/v1/audit", headers: alice).status == 403)
      }
      let text = try String(contentsOfFile: directory + "/audit.jsonl", encoding: .utf8)
      for token in tokens.values { #expect(!text.contains(token)) }
      #expect(text.split(separator: "\n").count == 5)
    }
  }

  /// A stranger who tries fast cannot fill the log, and so push out what others did.
  @Test func writesNoMoreOfAStrangerThanMayFail() async throws {
    try await Self.withDirectory { directory in
      var fixture = ServerFixture()
      _ = fixture.require(["alice": .operate], uptime: HandUptime())
      let log = try AuditLog(directory: directory)
      fixture.parts.audit = log
      try await fixture.test(.overSocket) { server async throws in
        for _ in 0..<30 { _ = try await server.post("/api/v1/workers/w/extend", "") }
      }
      #expect(try log.recent(100).count == 10)
    }
  }

  @Test func makesNoChangeThatCannotBeWrittenDown() async throws {
    try await Self.withDirectory { directory in
      var fixture = ServerFixture()
      let log = try AuditLog(directory: directory)
      fixture.parts.audit = log
      // The log's directory is gone: the next file cannot be begun.
      var limits = AuditLog.Limits()
      limits.fileBytes = 1
      let full = try AuditLog(directory: directory, limits: limits)
      try full.append(Self.entry(0))
      try FileManager.default.removeItem(atPath: directory)
      #expect(throws: AuditLog.Fault.self) { try full.append(Self.entry(1)) }
      fixture.parts.audit = full
      try await fixture.test(.inProcess) { server async throws in
        let answer = try await server.call(.delete, "/api/v1/workers/w")
        #expect(answer.status == 503)
        #expect(answer.text.contains(#""code":"audit_unavailable""#))
        #expect(try await server.get("/api/v1/pools").status == 200)
        // As soon as it can be written again, changes are made again.
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        #expect(try await server.call(.delete, "/api/v1/workers/w").status == 202)
      }
      #expect(fixture.operations.calls.count == 1)
    }
  }

  @Test func keepsABoundedNumberOfFilesAndReadsThemTheNewestFirst() async throws {
    try await Self.withDirectory { directory in
      var limits = AuditLog.Limits()
      limits.fileBytes = 1_000
      limits.files = 3
      let log = try AuditLog(directory: directory, limits: limits)
      for number in 0..<60 { try log.append(Self.entry(number)) }
      let entries = try log.recent(1_000)
      #expect(entries.first?.call.contains("/p59/") == true)
      #expect(entries.map(\.call) == (60 - entries.count..<60).reversed().map { "POST /api/v1/pools/p\($0)/scale" })
      #expect((10..<40).contains(entries.count))
      #expect(try log.recent(7).count == 7)
      let names = try FileManager.default.contentsOfDirectory(atPath: directory).sorted()
      #expect(names == ["audit-1.jsonl", "audit-2.jsonl", "audit.jsonl"])
      for name in names {
        let attributes = try FileManager.default.attributesOfItem(atPath: directory + "/" + name)
        #expect((attributes[.size] as? NSNumber)?.intValue ?? .max <= limits.fileBytes)
        #expect((attributes[.posixPermissions] as? NSNumber)?.intValue == 0o600)
      }
    }
  }

  @Test func passesOverALineThatACrashToreOff() async throws {
    try await Self.withDirectory { directory in
      let path = directory + "/audit.jsonl"
      try AuditLog(directory: directory).append(Self.entry(1))
      let whole = try Data(contentsOf: URL(fileURLWithPath: path))
      try (whole + whole.prefix(20)).write(to: URL(fileURLWithPath: path))
      let log = try AuditLog(directory: directory)
      try log.append(Self.entry(2, reason: "a\nb\u{2028}"))
      #expect(try log.recent(10).map(\.call) == [2, 1].map { "POST /api/v1/pools/p\($0)/scale" })
      #expect(try log.recent(10).first?.reason == "a\nb\u{2028}")
    }
  }
}
