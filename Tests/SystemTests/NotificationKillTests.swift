import API
import Foundation
import HTTPTransport
import Model
import Testing

@testable import poolkeeper

/// Messages to a receiver that is silent, away, broken and then well, with `kill -9` between all of these.
@Suite struct NotificationKillTests {
  /// Requests for burst workers need approval.
  private static var orders: [(path: String, value: Any)] {
    [("worker_pool_definitions/burst/provisioning_triggers/manual", ["requires_approval": true])]
  }

  /// A receiver whose address stands in a file, so that a test can move it about.
  private static func receiver(_ file: URL) -> (path: String, value: Any) {
    let receiver: [String: Any] = [
      "name": "ops", "url_file": file.path, "timeout_seconds": 1, "bearer_token": "t0ken", "events": ["approval"],
    ]
    return ("poolkeeper/notifications/receivers", [receiver])
  }

  private static func failures(_ brain: Brain) async throws -> Double {
    let page = String(decoding: try await brain.send("GET", "/metrics").body, as: UTF8.self)
    let line = page.split(separator: "\n").first {
      $0.hasPrefix(#"poolkeeper_notifications_total{receiver="ops",outcome="failed"}"#)
    }
    return line.flatMap { $0.split(separator: " ").last }.flatMap { Double($0) } ?? 0
  }

  private static func order(_ brain: Brain, _ id: String) async throws {
    let body = Data(#"{"workers":1,"ttl_hours":4,"request_id":"\#(id)"}"#.utf8)
    let answer = try await brain.send(
      "POST", "/api/v1/pools/burst/scale", headers: [.init("Content-Type", "application/json")], body: [UInt8](body))
    #expect(answer.status == 202)
    #expect(String(decoding: answer.body, as: UTF8.self).contains("waits_for_approval"))
  }

  @Test(.timeLimit(.minutes(5))) func isDeliveredOnceByTheJournalOnDiskThoughKilledBetweenAllAttempts() async throws {
    let receiver = ScriptedReceiver()
    try await receiver.run { url in
      try await Bench.withDirectory { directory in
        let address = directory.appendingPathComponent("address")
        let silent = try SilentPort()
        try Data("http://127.0.0.1:\(silent.number)/".utf8).write(to: address)
        let configuration = try EditedConfiguration.write(in: directory, Self.orders + [Self.receiver(address)])
        let arguments = [
          "demo", "--no-wire", "--plain", "--speed", "60", "--data", directory.appendingPathComponent("data").path,
          "--config", configuration,
        ]
        let port = try Bench.freePort()
        var brain = try await Brain.start(arguments, port: port)
        try await Self.order(brain, "first")
        try await Bench.eventually("an attempt at the silent receiver ends") { [brain] in
          try await Self.failures(brain) > 0 ? true : nil
        }
        brain.program.kill()

        // Nobody listens there any more.
        try Data("http://127.0.0.1:\(try Bench.freePort())/".utf8).write(to: address)
        brain = try await Brain.start(arguments, port: port)
        try await Bench.eventually("an attempt at the receiver that is away ends") { [brain] in
          try await Self.failures(brain) > 0 ? true : nil
        }
        brain.program.kill()

        receiver.fail(next: 2)
        try Data("\(url)/hook".utf8).write(to: address)
        brain = try await Brain.start(arguments, port: port)
        try await Bench.eventually("the broken receiver has answered; \(brain.program.text)") {
          receiver.got.isEmpty ? nil : true
        }
        brain.program.kill()

        brain = try await Brain.start(arguments, port: port)
        try await Bench.eventually("it is delivered; \(brain.program.text)") { receiver.taken.first.map { _ in true } }
        // The next message comes after the first, so that by then the first would have come again.
        try await Self.order(brain, "second")
        try await Bench.eventually("the second is delivered") {
          receiver.taken.contains { $0.body.contains(#""key":"\#($0.key)""#) && $0.key != receiver.taken[0].key }
            ? true : nil
        }
        brain.program.kill()
        try Self.expectEachOnce(receiver)
      }
    }
  }

  @Test(.timeLimit(.minutes(8))) func isDeliveredByTheNextLeaderWhenTheFirstIsKilled() async throws {
    let receiver = ScriptedReceiver()
    try await receiver.run { url in
      try await ReplicaBench.with { bench in
        let address = bench.directory.appendingPathComponent("address")
        let silent = try SilentPort()
        try Data("http://127.0.0.1:\(silent.number)/".utf8).write(to: address)
        try bench.edit(Self.orders + [Self.receiver(address)])
        let both = [try await bench.replica("one"), try await bench.replica("two")]
        defer { for replica in both { replica.brain.program.kill() } }
        let first = try await bench.leader(of: both)
        try await Self.order(first.brain, "first")
        try await Bench.eventually("an attempt at the silent receiver ends; \(first.brain.program.text)") {
          try await Self.failures(first.brain) > 0 ? true : nil
        }
        first.brain.program.kill()
        try Data("\(url)/hook".utf8).write(to: address)
        let second = try #require(both.first { $0.name != first.name })
        try await Bench.eventually(within: .seconds(120), "the next leader delivers; \(second.brain.program.text)") {
          receiver.taken.first.map { _ in true }
        }
        // What waits is there, too, and is answered at the new leader.
        let waiting = try await second.brain.get("/api/v1/approvals", as: ApprovalList.self).approvals
        #expect(waiting.map(\.subject) == ["burst"])
        let id = try #require(waiting.first?.id)
        let answer = try await second.brain.send("POST", "/api/v1/approvals/\(id)/approve")
        #expect(answer.status == 200)
        try await Bench.eventually("that it was approved is told") { receiver.taken.count == 2 ? true : nil }
        try Self.expectEachOnce(receiver)
      }
    }
  }

  /// Each message was taken once, and all attempts at one carry the same key and the token.
  private static func expectEachOnce(_ receiver: ScriptedReceiver) throws {
    let taken = receiver.taken
    #expect(taken.count == 2)
    #expect(Set(taken.map(\.key)).count == taken.count, "\(taken.map(\.key))")
    #expect(receiver.got.allSatisfy { $0.authorization == "Bearer t0ken" })
    for got in receiver.got where got.status != 200 { #expect(got.key == taken.first?.key) }
    #expect(taken.first?.body.contains(#""code":"approval_asked""#) == true)
  }
}
