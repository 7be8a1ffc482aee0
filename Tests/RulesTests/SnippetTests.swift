import Foundation
import Testing
import Yams

/// The configurations that are shipped for other programs are ones that these programs take.
@Suite struct SnippetTests {
  /// Prometheus's files, with stand-ins for the files that they name.
  private func prometheus(_ names: [String]) throws -> [String: String] {
    var files = ["poolkeeper.rules.yml": try Reading.text("rules/poolkeeper.rules.yml")]
    for name in names { files[name] = try Reading.text("config/prometheus/\(name)") }
    for name in ["poolkeeper-ca.pem", "poolkeeper-ingest.token", "poolkeeper-read.token"] { files[name] = "" }
    return files
  }

  @Test func prometheusTakesItsConfiguration() throws {
    guard let promtool = Tool.named("promtool") else {
      return print("skipped: no promtool; scripts/install-packages.sh --test fetches it")
    }
    let files = try prometheus(["prometheus.yml", "agent.yml"])
    let whole = try promtool.run(["check", "config", "prometheus.yml"], with: files)
    #expect(whole.passed, "\(whole.text)")
    #expect(whole.text.contains("rules found"), "the rules are looked at as well")
    let agent = try promtool.run(["check", "config", "--agent", "agent.yml"], with: files)
    #expect(agent.passed, "\(agent.text)")
    let rules = try promtool.run(["check", "rules", "poolkeeper.rules.yml"], with: files)
    #expect(rules.passed, "\(rules.text)")
    // It does look.
    let wrong = files.merging(["agent.yml": files["agent.yml"]!.replacing("action: keep", with: "action: hold")]) { $1 }
    #expect(try !promtool.run(["check", "config", "--agent", "agent.yml"], with: wrong).passed)
  }

  @Test func alertmanagerTakesItsConfiguration() throws {
    guard let amtool = Tool.named("amtool") else {
      return print("skipped: no amtool; scripts/install-packages.sh --test fetches it")
    }
    let file = try Reading.text("config/alertmanager/alertmanager.yml")
    let checked = try amtool.run(["check-config", "alertmanager.yml"], with: ["alertmanager.yml": file])
    #expect(checked.passed, "\(checked.text)")
    func receivers(_ labels: String...) throws -> String {
      let arguments = ["config", "routes", "test", "--config.file=alertmanager.yml"] + labels
      // Beside the receivers it warns that its own file of settings is passed over.
      return try amtool.run(arguments, with: ["alertmanager.yml": file]).text.split(separator: "\n")
        .filter { !$0.hasPrefix("Warning:") }.joined(separator: "\n")
    }
    #expect(try receivers("alertname=QueueIsLong", "pool=burst") == "poolkeeper,people")
    #expect(try receivers("alertname=PoolkeeperPoolAtMaximum", "pool=burst") == "people", "or it would ask for more")
    #expect(try receivers("alertname=HostDown") == "people")
  }

  /// What the examples say twice, they say alike.
  @Test func allSendersKeepTheSameSamples() throws {
    let texts = try [
      "config/prometheus/prometheus.yml", "config/prometheus/agent.yml", "config/alloy/poolkeeper.alloy",
    ]
    .map(Reading.text)
    let kept = texts.map { text in
      text.matches(of: /kube_\(node.*(?:Available\|Total)\)_bytes/).map { String($0.0) }
    }
    #expect(kept.allSatisfy { $0.count == 1 && $0 == kept[0] }, "\(kept)")
    #expect(texts.allSatisfy { $0.contains("https://poolkeeper.example:9095/api/v1/write") })
  }

  /// An alert that asks for workers counts until the deadline after it was last sent.
  @Test func alertsAreRepeatedBeforeTheirDeadline() throws {
    let object = try #require(
      try Yams.load(yaml: Reading.text("config/alertmanager/alertmanager.yml")) as? [String: Any])
    let routes = (object["route"] as? [String: Any])?["routes"] as? [[String: Any]] ?? []
    let own = try #require(routes.first { $0["receiver"] as? String == "poolkeeper" })
    #expect(own["repeat_interval"] as? String == "30m")
    #expect(try Reading.text("docs/configuration.md").contains(/`deadline_seconds` \|[^\n]*`3600`/))
  }

  /// Alloy itself is not run here: its syntax is, and that what is referred to is there.
  @Test func alloysFileIsWellFormed() throws {
    let text = try Reading.text("config/alloy/poolkeeper.alloy")
    let file = try AlloyFile(text)
    #expect(
      file.components == [
        "discovery.kubernetes.nodes", "discovery.relabel.node_exporters", "prometheus.remote_write.poolkeeper",
        "prometheus.scrape.kube_state_metrics", "prometheus.scrape.node_exporters",
      ])
    for reference in file.references {
      #expect(file.components.contains { reference.hasPrefix($0 + ".") }, "\(reference) refers to nothing")
    }
    #expect(file.references.count == 4)
    for (old, new) in [
      ("endpoint {", "endpoint"), ("= \"keep\"", "= keep\""), ("}]", "}"), ("max_shards ", "max-shards "),
    ] {
      #expect(text.contains(old))
      #expect(throws: AlloyFile.Fault.self, "\(new)") { try AlloyFile(text.replacing(old, with: new)) }
    }
  }
}

/// A program of others; neither on the path nor unpacked by scripts/install-packages.sh --test: `nil`.
private struct Tool {
  let path: String

  static func named(_ name: String) -> Tool? {
    let unpacked = Reading.root.appendingPathComponent(".build/debian/usr/bin").path
    let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").map(String.init)
    return (folders + [unpacked]).map { "\($0)/\(name)" }
      .first { FileManager.default.isExecutableFile(atPath: $0) }.map { Tool(path: $0) }
  }

  /// Runs it in a directory of its own that holds these files.
  func run(_ arguments: [String], with files: [String: String]) throws -> (passed: Bool, text: String) {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("snippets-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    for (file, text) in files {
      try text.write(to: folder.appendingPathComponent(file), atomically: true, encoding: .utf8)
    }
    let output = folder.appendingPathComponent("output")
    _ = FileManager.default.createFile(atPath: output.path, contents: nil)
    let handle = try FileHandle(forWritingTo: output)
    let process = Process()
    process.executableURL = URL(fileURLWithPath: path)
    process.currentDirectoryURL = folder
    process.arguments = arguments
    process.standardOutput = handle
    process.standardError = handle
    try process.run()
    process.waitUntilExit()
    return (process.terminationStatus == 0, try String(contentsOf: output, encoding: .utf8))
  }
}
