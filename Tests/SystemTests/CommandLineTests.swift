import API
import Foundation
import Model
import Testing
import TimeSeries

@testable import poolkeeper

/// The commands as a person types them, with their exit codes.
@Suite struct CommandLineTests {
  private static let example = Bench.root.appendingPathComponent("config/worker-pools.json").path

  private func run(_ arguments: [String]) async throws -> (code: Int32, text: String) {
    let program = try RunningProgram(Bench.poolkeeper, arguments)
    let code = await program.end()
    return (code, program.text)
  }

  @Test(.timeLimit(.minutes(3))) func tellsTheWholeStoryWithinFiftySecondsAndEndsWell() async throws {
    let began = ContinuousClock.now
    let (code, text) = try await run([
      "demo", "--no-wire", "--once", "--speed", "600", "--plain", "--listen", "127.0.0.1:0", "--config", Self.example,
    ])
    #expect(code == 0, "\(text)")
    #expect(ContinuousClock.now - began < .seconds(50))
    for word in ["plan_grow", "worker_ready", "worker_recovered", "worker_terminated", "All ended well."] {
      #expect(text.contains(word), "the story lacks \(word)")
    }
  }

  @Test(.timeLimit(.minutes(8))) func tellsTheStoryThroughTheRealClients() async throws {
    let (code, text) = try await run([
      "demo", "--once", "--speed", "200", "--plain", "--listen", "127.0.0.1:0", "--config", Self.example,
    ])
    #expect(code == 0, "\(text)")
    for word in ["get nodes -L node-pool", "worker_ready", "worker_recovered", "worker_terminated", "All ended well."] {
      #expect(text.contains(word), "the story lacks \(word)")
    }
  }

  @Test func checkAcceptsTheExampleAndNamesWhatIsWrongInABadFile() async throws {
    #expect(try await run(["check", Self.example]).code == 0)
    try await Bench.withDirectory { directory in
      let file = directory.appendingPathComponent("bad.json")
      let text = String(decoding: try Data(contentsOf: URL(fileURLWithPath: Self.example)), as: UTF8.self)
      try Data(text.replacing(#""max_size": 20"#, with: #""max_size": -1"#).utf8).write(to: file)
      let (code, said) = try await run(["check", file.path])
      #expect(code == 64)
      #expect(said.contains("/worker_pool_definitions/burst/max_size"))
    }
  }

  @Test func refusesWhatCannotBeWithAnExitCodeAndASentence() async throws {
    let unreachable = try await run(["status", "--server", "http://127.0.0.1:1"])
    #expect(unreachable.code == 3)
    #expect(unreachable.text.contains("did not answer"))
    #expect(try await run(["serve", "--config", "/does/not/exist.json"]).code == 4)
    #expect(try await run(["serve", "--config", Self.example, "--mode", "act"]).code == 64)
    #expect(try await run(["demo", "--speed", "0"]).code == 64)
    #expect(try await run(["promql", "format", "sum("]).code == 64)
    #expect(try await run(["provision", "--pool", "burst", "--ttl", "soon"]).code == 64)
  }

  @Test func runsTestScriptsAndCountsThem() async throws {
    try await Bench.withDirectory { directory in
      let file = directory.appendingPathComponent("tiny.test")
      try Data("load 1m\n  a 1+1x5\n\neval instant at 5m a\n  a 6\n\neval instant at 5m a + 1\n  {} 8\n".utf8).write(
        to: file)
      let (code, text) = try await run(["promql", "test", file.path])
      #expect(code == 1)
      #expect(text.contains("1 passed, 1 failed"))
    }
  }

  @Test func runsTheShippedRulesAndFailsWhenOneIsWrong() async throws {
    let rules = Bench.root.appendingPathComponent("rules")
    let shipped = rules.appendingPathComponent("tests/workers.test.yml")
    let (code, text) = try await run(["rules", "test", shipped.path])
    #expect(code == 0, "\(text)")
    #expect(text.contains(/^\d\d passed, 0 failed\n$/), "\(text)")
    try await Bench.withDirectory { directory in
      let test = directory.appendingPathComponent("poolkeeper.test.yml")
      let yaml = String(decoding: try Data(contentsOf: shipped), as: UTF8.self)
      try Data(yaml.replacing("../poolkeeper.rules.yml", with: "'*.rules.yml'").utf8).write(to: test)
      #expect(try await run(["rules", "test", test.path]).code == 4)
      let copy = directory.appendingPathComponent("poolkeeper.rules.yml")
      let good = String(
        decoding: try Data(contentsOf: rules.appendingPathComponent("poolkeeper.rules.yml")), as: UTF8.self)
      try Data(good.replacing(") > 600", with: ") > 900").utf8).write(to: copy)
      let wrong = try await run(["rules", "test", test.path])
      #expect(wrong.code == 1)
      #expect(wrong.text.contains("PoolkeeperProvisioningSlow at 12m"))
      #expect(wrong.text.contains("1 failed"))
      try Data(good.replacing("alert:", with: "alarm:").utf8).write(to: copy)
      let refused = try await run(["rules", "test", test.path])
      #expect(refused.code == 64)
      #expect(refused.text.contains("there is no key \"alarm\""), "\(refused.text)")
    }
    #expect(try await run(["rules", "test", "/does/not/exist.yml"]).code == 4)
  }

  @Test(.timeLimit(.minutes(2))) func showsQueriesAsTableCSVAndGraph() async throws {
    try await Bench.withDirectory { directory in
      let brain = try await Brain.start(["serve", "--config", Self.example, "--data", directory.path])
      defer { brain.program.kill() }
      let now = Int64(Date().timeIntervalSince1970) * 1_000
      let status = await brain.write([
        (
          labels: Labels(["__name__": "load", "host": "a,b"]),
          samples: (0..<60).map { (timestamp: now - Int64(59 - $0) * 60_000, value: Double($0)) }
        )
      ])
      #expect(status == 204)
      func ask(_ arguments: String...) async throws -> (code: Int32, text: String) {
        try await run(["query", "--server", brain.url, "--time", "\(now / 1_000)"] + arguments)
      }
      let table = try await ask("load")
      #expect(table.text.contains("load{host=\"a,b\"}") && table.text.hasSuffix("59\n"), "\(table.text)")
      let csv = try await ask("load", "--range", "2m", "--output", "csv")
      #expect(csv.text.hasPrefix("__name__,host,time,value\nload,\"a,b\",20"), "\(csv.text)")
      #expect(csv.text.split(separator: "\n").count == 4)
      let graph = try await ask("load", "--graph", "--utc", "--height", "8")
      let lines = graph.text.split(separator: "\n")
      #expect(graph.code == 0 && lines.count == 12, "\(graph.text)")
      #expect(lines.allSatisfy { $0.count <= 80 } && !graph.text.contains("\u{1b}"), "\(graph.text)")
      #expect(lines.last?.contains("last 59  min 0  max 59") == true, "\(graph.text)")
      #expect(try await ask("load", "--graph", "--output", "json").code == 64)
      #expect(try await ask("nothing", "--graph").text == "(no data)\n")
    }
  }

  @Test(.timeLimit(.minutes(2))) func asksAndTellsARunningServer() async throws {
    try await Bench.withDirectory { directory in
      let brain = try await Brain.start([
        "demo", "--plain", "--speed", "60", "--config", Self.example, "--data",
        directory.appendingPathComponent("data").path,
      ])
      func ask(_ arguments: String...) async throws -> (code: Int32, text: String) {
        try await run(arguments + ["--server", brain.url])
      }
      #expect(
        try await ask("provision", "--pool", "burst", "--count", "2", "--template", "small", "--ttl", "4h").code == 0)
      try await Bench.eventually("two burst workers are known") {
        try await brain.workers().count { $0.pool == "burst" } == 2 ? true : nil
      }
      let workers = try await ask("workers", "--pool", "burst")
      #expect(workers.text.contains("small"))
      let wrongPool = try await ask("provision", "--pool", "brust")
      #expect(wrongPool.code == 2)
      #expect(wrongPool.text.contains("burst"))
      #expect(try await ask("provision", "--pool", "burst", "--count", "-3").code == 64)
      #expect(try await ask("provision", "--pool", "burst", "--template", "huge").code == 2)
      #expect(try await ask("provision", "--pool", "burst", "--ttl", "100h").code == 64)
      #expect(try await ask("remove", "worker-burst-999").code == 2)
      let name = try #require(try await brain.workers().first { $0.pool == "burst" }?.name.rawValue)
      #expect(try await ask("extend", name, "--hours", "2").code == 0)
      #expect(try await ask("remove", name).code == 0)
      for command in [["status"], ["pools"], ["plan"], ["explain"], ["query", "count(kube_node_info) or vector(1)"]] {
        let (code, text) = try await run(command + ["--server", brain.url])
        #expect(code == 0, "\(command): \(text)")
      }
      #expect(try await ask("query", "sum(").code == 1)
      #expect(try await ask("explain", "nothing-of-that-name").code == 2)
      brain.program.kill()
    }
  }
}
