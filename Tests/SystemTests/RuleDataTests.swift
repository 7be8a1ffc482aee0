import Foundation
import PromQL
import Rules
import Testing
import Yams

@testable import poolkeeper

/// The rules on what the program tells of itself in the demonstration, by its own engine.
@Suite struct RuleDataTests {
  /// What never happens there. At that speed samples may lie further apart than a look back: absence tells nothing.
  private static let silent = [
    "PoolkeeperNoLeader", "PoolkeeperSeveralLeaders", "PoolkeeperPlanRejected",
    "PoolkeeperJournalFailing", "PoolkeeperLogFailing", "PoolkeeperCertificateExpired",
  ]

  @Test(.timeLimit(.minutes(8))) func recordingsHaveDataAndNoAlertIsRaisedWithoutCause() async throws {
    let file = Bench.root.appendingPathComponent("rules/poolkeeper.rules.yml")
    let rules = try YAMLDecoder().decode(RuleFile.self, from: String(contentsOf: file, encoding: .utf8))
      .groups.flatMap(\.rules)
    // The server evaluates no rules: what is recorded is written out where it is used.
    var written: [(name: String, expression: String)] = []
    for rule in rules {
      var expression = rule.query.text
      for (name, whole) in written { expression = expression.replacing(name, with: "(\(whole))") }
      written.append((rule.name, expression))
    }
    let recordings = written.filter { $0.name.contains(":") }
    #expect(recordings.count >= 8)
    try await Bench.withDirectory { directory in
      let brain = try await Brain.start([
        "demo", "--plain", "--no-wire", "--speed", "400", "--config",
        Bench.root.appendingPathComponent("config/worker-pools.json").path,
        "--data", directory.appendingPathComponent("brain").path,
      ])
      defer { brain.program.kill() }
      var open = Set(recordings.map(\.name))
      try await Bench.eventually(within: .seconds(240), "values of \(open.sorted())") {
        for (name, expression) in recordings where open.contains(name) {
          if try await !brain.query(expression).isEmpty { open.remove(name) }
        }
        return open.isEmpty ? true : nil
      }
      for (name, expression) in written where !name.contains(":") {
        let alerts = try await brain.query(expression)
        if Self.silent.contains(name) { #expect(alerts.isEmpty, "\(name): \(alerts)") }
        for alert in alerts { #expect(alert.metric["instance"] != "", "\(name)") }
      }
    }
  }
}
