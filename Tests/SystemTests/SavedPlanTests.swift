import API
import Foundation
import Model
import Testing

@testable import poolkeeper

/// `poolkeeper plan` with saved snapshots and changed policies.
@Suite struct SavedPlanTests {
  private static let example = Bench.root.appendingPathComponent("config/worker-pools.json").path

  private func run(_ arguments: [String]) async throws -> (code: Int32, text: String) {
    let program = try RunningProgram(Bench.poolkeeper, arguments)
    let code = await program.end()
    return (code, program.text)
  }

  private struct Comparison: Decodable {
    struct Difference: Decodable {
      struct Line: Decodable {
        var pool: PoolName
        var workersAsItIs: Int
        var workersChanged: Int
      }
      var workers: Int
      var pricePerHour: Double
      var pools: [Line]
    }
    var asItIs: PlanView
    var changed: PlanView
    var difference: Difference
  }

  /// A demo that has got its first workers and pods.
  private func busyDemo(_ directory: URL) async throws -> Brain {
    let brain = try await Brain.start([
      "demo", "--plain", "--speed", "60", "--config", Self.example, "--data",
      directory.appendingPathComponent("data").path,
    ])
    try await Bench.eventually("a worker is ready and there are pods") {
      let isReady = try await brain.workers().contains { $0.state == .ready }
      let pods = try await brain.query(#"kube_pod_info{created_by_kind="ReplicaSet"}"#)
      return isReady && !pods.isEmpty ? true : nil
    }
    return brain
  }

  @Test(.timeLimit(.minutes(3))) func aSavedSnapshotReplaysToTheSamePlanByteForByte() async throws {
    try await Bench.withDirectory { directory in
      let brain = try await busyDemo(directory)
      let file = directory.appendingPathComponent("snapshot.json")
      let shown = try await run(["plan", "--save", file.path, "--output", "json", "--server", brain.url])
      #expect(shown.code == 0, "\(shown.text)")
      brain.program.kill()
      let first = try await run(["plan", "--snapshot", file.path, "--output", "json"])
      let second = try await run(["plan", "--snapshot", file.path, "--output", "json"])
      #expect(first.code == 0 && first.text == second.text)
      #expect(first.text == shown.text)
      // And it is what the server itself had decided.
      let saved = try SavedSnapshot(Data(contentsOf: file))
      let view = try JSONFormat.decoder().decode(PlanView.self, from: Data(first.text.utf8))
      #expect(!saved.snapshot.workers.isEmpty && saved.snapshot.nodes.value?.isEmpty == false)
      #expect(view.creations.map(\.worker) == saved.plan.creations.map(\.worker))
      #expect(view.retirements == saved.plan.retirements && view.repairs == saved.plan.repairs)
      #expect(view.at == saved.snapshot.now && view.dryRun)
    }
  }

  @Test(.timeLimit(.minutes(3))) func aChangedPolicyIsShownBesideThePresentOne() async throws {
    try await Bench.withDirectory { directory in
      let brain = try await busyDemo(directory)
      let live = try await run(["plan", "--what-if", "pools.permanent.minimum=9", "--server", brain.url])
      #expect(live.code == 0, "\(live.text)")
      #expect(live.text.contains("As it is:") && live.text.contains("With pools.permanent.minimum=9:"))
      #expect(live.text.contains("an hour."))
      let file = directory.appendingPathComponent("snapshot.json")
      #expect(try await run(["plan", "--save", file.path, "--server", brain.url]).code == 0)
      brain.program.kill()
      let offline = ["plan", "--snapshot", file.path, "--output", "json"]
      let changes = ["--what-if", "pools.permanent.minimum=9", "--what-if", "provisioning.parallel_limit=50"]
      let answer = try await run(offline + changes)
      #expect(try await run(offline + changes).text == answer.text)
      let comparison = try JSONFormat.decoder().decode(Comparison.self, from: Data(answer.text.utf8))
      let permanent = try #require(comparison.difference.pools.first { $0.pool == "permanent" })
      #expect(permanent.workersChanged == 9 && permanent.workersAsItIs < 9)
      #expect(comparison.difference.workers == 9 - permanent.workersAsItIs)
      #expect(comparison.difference.pricePerHour > 0)
      #expect(comparison.changed.creations.count > comparison.asItIs.creations.count)
      #expect(comparison.changed.violations.isEmpty)
      let owner = try SavedSnapshot(Data(contentsOf: file)).snapshot.pods.value?
        .first { $0.ownerKind == "ReplicaSet" }
        .map { "\($0.key.namespace)/\($0.ownerName ?? "")" }
      let more = try await run(offline + ["--what-if", "pods.\(try #require(owner))=+200"])
      let grown = try JSONFormat.decoder().decode(Comparison.self, from: Data(more.text.utf8))
      #expect(grown.difference.workers > 0, "\(more.text)")
      let misspelt = try await run(offline + ["--what-if", "pools.permanent.minimun=9"])
      #expect(misspelt.code == 64)
      #expect(misspelt.text.contains("Did you mean \"pools.permanent.minimum\"?"), "\(misspelt.text)")
    }
  }

  @Test func whatCannotBeReadIsRefusedWithASentence() async throws {
    try await Bench.withDirectory { directory in
      let file = directory.appendingPathComponent("bad.json")
      try Data("{}".utf8).write(to: file)
      let bad = try await run(["plan", "--snapshot", file.path])
      #expect(bad.code == 64 && bad.text.contains("poolkeeper plan --save FILE"), "\(bad.text)")
      #expect(try await run(["plan", "--snapshot", "/does/not/exist.json"]).code == 4)
      #expect(try await run(["plan", "--snapshot", file.path, "--save", file.path]).code == 64)
      #expect(try await run(["plan", "--what-if", "nonsense", "--server", "http://127.0.0.1:1"]).code == 64)
      #expect(try await run(["plan", "--save", file.path, "--server", "http://127.0.0.1:1"]).code == 3)
    }
  }
}
