import Foundation
import Testing

@testable import poolkeeper

/// `poolkeeper check --connect` against the simulated world.
@Suite struct ConnectionCheckTests {
  private struct Answer: Decodable {
    struct Line: Decodable {
      var system: String
      var outcome: String
      var sentence: String
      var remedy: String?
    }
    var connections: [Line]
  }

  private func check(
    _ file: URL, environment: [String: String]
  ) async throws -> (code: Int32, lines: [Answer.Line], text: String) {
    let program = try RunningProgram(
      Bench.poolkeeper, ["check", file.path, "--connect", "--output", "json"], environment: environment)
    let code = await program.end()
    let answer = try? JSONDecoder().decode(Answer.self, from: Data(program.text.utf8))
    return (code, answer?.connections ?? [], program.text)
  }

  /// A world in a directory, and a configuration that connects it.
  private func withWorld(
    _ body: (_ configuration: URL, _ environment: [String: String]) async throws -> Void
  ) async throws {
    try await Bench.withDirectory { directory in
      let world = directory.appendingPathComponent("world")
      let example = Bench.root.appendingPathComponent("config/worker-pools.json")
      let program = try RunningProgram(
        Bench.poolkeeper,
        ["simulate", "world", "--data", world.path, "--scenario", "quiet", "--config", example.path])
      try await Bench.eventually("the world's start") {
        try #require(program.isRunning, "\(program.text)")
        return program.text.contains("\nready\n") ? true : nil
      }
      let talos = try #require(try program.text.firstMatch(of: Regex("talos https://[0-9.]+:([0-9]+)"))?[1].substring)
      var root = try JSONSerialization.jsonObject(with: Data(contentsOf: example)) as? [String: Any] ?? [:]
      var poolkeeper = root["poolkeeper"] as? [String: Any] ?? [:]
      poolkeeper["infrastructure"] = [
        "kind": "proxmox", "proxmox": ["ca_file": "\(world.path)/certificates/proxmox-ca.crt"],
        "talos": [
          "talosconfig": "\(world.path)/talosconfig", "worker_config": "\(world.path)/worker.yaml",
          "port": Int(talos) ?? 0,
        ],
        "kubernetes": ["kubeconfig": "\(world.path)/kubeconfig"],
      ]
      root["poolkeeper"] = poolkeeper
      var proxmox = root["proxmox_integration"] as? [String: Any] ?? [:]
      proxmox["storage"] = ["vm_storage": "vmdata"]
      root["proxmox_integration"] = proxmox
      let file = directory.appendingPathComponent("pools.json")
      try JSONSerialization.data(withJSONObject: root).write(to: file)
      try await body(file, try WireBench.environment(directory))
      withExtendedLifetime(program) {}
    }
  }

  @Test func everySystemOfTheSimulatedWorldAnswersAndGrantsWhatIsNeeded() async throws {
    try await withWorld { file, environment in
      let (code, lines, text) = try await check(file, environment: environment)
      #expect(code == 0, "\(text)")
      #expect(lines.filter { $0.outcome == "missing" }.isEmpty, "\(text)")
      for (system, sentence) in [
        ("proxmox", "The token has every right that is needed."),
        ("proxmox", "The storage vmdata is shared and takes machines."),
        ("talos", "The client certificate's role is os:admin."),
        ("kubernetes", "The account has every right that is needed."),
      ] {
        #expect(lines.contains { $0.system == system && $0.sentence == sentence }, "\(sentence) \(text)")
      }
    }
  }

  @Test func oneSystemsFailureDoesNotHideTheOthers() async throws {
    try await withWorld { file, environment in
      var environment = environment
      environment["PROXMOX_TOKEN_SECRET"] = "wrong"
      let (code, lines, text) = try await check(file, environment: environment)
      #expect(code == 1, "\(text)")
      let proxmox = lines.filter { $0.system == "proxmox" }
      #expect(proxmox.map(\.outcome) == ["missing"], "\(text)")
      #expect(proxmox.first?.remedy?.contains("PROXMOX_TOKEN_SECRET") == true)
      #expect(!text.contains("\"wrong\""))
      #expect(lines.contains { $0.system == "kubernetes" && $0.outcome == "fine" }, "\(text)")
      #expect(lines.contains { $0.system == "talos" && $0.outcome == "fine" }, "\(text)")
    }
  }

  @Test func aPrometheusThatDoesNotAnswerIsNamedWithEachTrigger() async throws {
    try await Bench.withDirectory { directory in
      let example = Bench.root.appendingPathComponent("config/worker-pools.json")
      var root = try JSONSerialization.jsonObject(with: Data(contentsOf: example)) as? [String: Any] ?? [:]
      var poolkeeper = root["poolkeeper"] as? [String: Any] ?? [:]
      var metrics = poolkeeper["metrics"] as? [String: Any] ?? [:]
      metrics["source"] = "prometheus"
      metrics["prometheus"] = ["url": "http://127.0.0.1:\(try Bench.freePort())"]
      poolkeeper["metrics"] = metrics
      root["poolkeeper"] = poolkeeper
      let file = directory.appendingPathComponent("pools.json")
      try JSONSerialization.data(withJSONObject: root).write(to: file)
      let (code, lines, text) = try await check(file, environment: [:])
      #expect(code == 1, "\(text)")
      let missing = lines.filter { $0.system == "metrics" && $0.outcome == "missing" }
      #expect(missing.count > 1, "\(text)")
      #expect(missing.allSatisfy { $0.remedy != nil })
      #expect(lines.contains { $0.system == "infrastructure" && $0.outcome == "unknown" }, "\(text)")
    }
  }
}
