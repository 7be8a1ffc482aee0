import API
import Foundation
import Model
import Testing

@testable import poolkeeper

/// The stage that the soak uses, too, with what a test expects of it.
typealias WireBench = WireStage
typealias WorldReport = WorldAccount

extension WireBench {
  /// Runs a test on a bench of its own; what both programs said is told when the test fails.
  static func with(_ wishes: Wishes = Wishes(), _ body: (WireBench) async throws -> Void) async throws {
    try await Bench.withDirectory { directory in
      let bench = try await WireBench(
        directory,
        Programs(
          server: Bench.poolkeeper, world: Bench.poolkeeper,
          example: Bench.root.appendingPathComponent("config/worker-pools.json")), wishes)
      do { try await body(bench) } catch {
        Issue.record("\(error); the world: \(try await bench.report()); what was said:\n\(bench.story)")
      }
      bench.end()
    }
  }

  /// Waits until the server has been killed by the world, and starts it again.
  func revive(_ what: String) async throws {
    let program = brain.program
    try await Bench.eventually("the death at \(what)") { program.isRunning ? nil : true }
    #expect(await program.end() == 9, "\(what): it ended otherwise: \(program.text)")
    try await start()
  }

  /// Waits for so many seconds of the world's time.
  func pass(_ seconds: Double) async throws {
    let end = try await report().now + seconds
    try await Bench.eventually("\(seconds) s of the world's time") { try await report().now >= end ? true : nil }
  }

  /// The one worker that is ready, when no other is there.
  func ready(_ what: String) async throws -> WorkerView {
    try await Bench.eventually("\(what): one ready worker") {
      let workers = try await brain.workers()
      return workers.count == 1 && workers[0].state == .ready ? workers[0] : nil
    }
  }

  func gone(_ what: String) async throws {
    try await Bench.eventually("\(what): no worker is left") { try await brain.workers().isEmpty ? true : nil }
  }

  /// What the ledger says was paid for the worker that ended last, in seconds of its price.
  func paidSeconds() async throws -> Double? {
    guard let sentence = try await events().first(where: { $0.code == "worker_terminated" })?.sentence,
      let match = sentence.firstMatch(of: /it cost ([0-9.]+) USD/), let amount = Double(match.1)
    else { return nil }
    return amount / Self.price * 3600
  }
}

extension WorldReport {
  /// Nothing made twice, nothing touched that is another's, no budget broken.
  func expectNoHarm(_ what: String) {
    #expect(doubleCreations.isEmpty, "\(what)")
    #expect(foreignTouches.isEmpty, "\(what): \(foreignTouches)")
    #expect(budgetViolations.isEmpty, "\(what): \(budgetViolations)")
    #expect(ownerRefusals == 0, "\(what)")
    #expect(contradictions.isEmpty, "\(what): \(contradictions)")
  }
}
