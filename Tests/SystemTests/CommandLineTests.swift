import API
import Foundation
import Model
import Testing

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
      "demo", "--once", "--speed", "600", "--plain", "--listen", "127.0.0.1:0", "--config", Self.example,
    ])
    #expect(code == 0, "\(text)")
    #expect(ContinuousClock.now - began < .seconds(50))
    for word in ["plan_grow", "worker_ready", "worker_recovered", "worker_terminated", "All ended well."] {
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
