import API
import Foundation
import HTTPTransport
import Model
import Testing

@testable import poolkeeper

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// The environment of the official client; `nil` where it is not installed.
private enum PythonClient {
  static let python: String? = {
    let path = Bench.root.appendingPathComponent(".build/python-mcp/bin/python").path
    return FileManager.default.isExecutableFile(atPath: path) ? path : nil
  }()
}

/// `poolkeeper mcp` as an assistant starts it.
@Suite struct MCPCommandTests {
  private static let example = Bench.root.appendingPathComponent("config/worker-pools.json").path
  /// Runs a program to its end, fed with a file.
  /// - Returns: standard output, line by line, and the exit code; both are read from files, since other tests' programs
  ///   would inherit pipes.
  private func run(
    _ program: String, _ arguments: [String], input: String = "", in directory: URL
  ) async throws -> (code: Int32, lines: [String], errors: String) {
    let (fed, said, errors) = (
      directory.appendingPathComponent("in"), directory.appendingPathComponent("out"),
      directory.appendingPathComponent("err")
    )
    try Data(input.utf8).write(to: fed)
    for file in [said, errors] { _ = FileManager.default.createFile(atPath: file.path, contents: nil) }
    let script = "\"$0\" \"$@\" < '\(fed.path)' > '\(said.path)' 2> '\(errors.path)'"
    let running = try RunningProgram("/bin/sh", ["-c", script, program] + arguments)
    let code = await running.end()
    let text = String(decoding: try Data(contentsOf: said), as: UTF8.self)
    return (
      code, text.split(separator: "\n").map(String.init), String(decoding: try Data(contentsOf: errors), as: UTF8.self)
    )
  }

  private struct Answer: Decodable {
    struct Result: Decodable {
      struct Content: Decodable { var text: String }
      var content: [Content]
      var isError: Bool
    }
    struct Failure: Decodable { var code: Int }
    var id: Int?
    var result: Result?
    var error: Failure?
  }

  @Test(.timeLimit(.minutes(1))) func aServerThatDoesNotRunIsAToolsErrorAndNoCrash() async throws {
    try await Bench.withDirectory { directory in
      let input = """
        {"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{}}}
        {"jsonrpc":"2.0","method":"notifications/initialized"}
        {"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"status"}}
        nonsense
        {"jsonrpc":"2.0","id":3,"method":"tools/call","params":{"name":"provision","arguments":{"pool":"burst"}}}

        """
      let (code, lines, errors) = try await run(
        Bench.poolkeeper, ["mcp", "--server", "http://127.0.0.1:1"], input: input, in: directory)
      #expect(code == 0 && errors.contains("read-only"))
      let answers = try lines.dropFirst().map { try JSONDecoder().decode(Answer.self, from: Data($0.utf8)) }
      #expect(lines.count == 4 && lines[0].contains("\"protocolVersion\":\"2025-06-18\""), "\(lines)")
      let status = try #require(answers.first { $0.id == 2 }?.result)
      #expect(status.isError && status.content[0].text.contains("did not answer"))
      #expect(answers.contains { $0.id == nil && $0.error?.code == -32_700 })
      let refused = try #require(answers.first { $0.id == 3 }?.result)
      #expect(refused.isError && refused.content[0].text.contains("--allow-changes"))
    }
  }

  @Test(
    .enabled(
      if: PythonClient.python != nil,
      "the Python SDK is not in .build/python-mcp; scripts/install-packages.sh --test puts it there"),
    .timeLimit(.minutes(3)), arguments: [false, true])
  func theOfficialClientAsksAndOrdersThroughIt(allowsChanges: Bool) async throws {
    try await Bench.withDirectory { directory in
      let brain = try await Brain.start([
        "demo", "--plain", "--speed", "60", "--config", Self.example, "--data",
        directory.appendingPathComponent("data").path,
      ])
      defer { brain.program.kill() }
      try await Bench.eventually("a decision was made") {
        try await brain.send("GET", "/-/ready").status == 200 ? true : nil
      }
      let script = Bench.root.appendingPathComponent("Tests/MCPTests/Scripts/sdk_client.py").path
      let (code, lines, errors) = try await run(
        try #require(PythonClient.python),
        [script, Bench.poolkeeper, brain.url] + (allowsChanges ? ["--allow-changes"] : []),
        in: directory)
      #expect(code == 0, "\(errors)")
      let line = try #require(lines.last)
      let said = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
      func text(_ key: String) -> String { (said[key] as? [String: Any])?["text"] as? String ?? "" }
      func fails(_ key: String) -> Bool? { (said[key] as? [String: Any])?["isError"] as? Bool }
      func structured(_ key: String) -> [String: Any] {
        (said[key] as? [String: Any])?["structured"] as? [String: Any] ?? [:]
      }
      #expect(said["server"] as? String == "poolkeeper")
      let tools = try #require(said["tools"] as? [String: [String: Any]])
      #expect(tools.count == (allowsChanges ? 12 : 7))
      #expect(tools["status"]?["readOnlyHint"] as? Bool == true)
      #expect(tools["remove"]?["destructiveHint"] as? Bool == (allowsChanges ? true : nil))
      #expect((said["resource"] as? [String: Any])?["mode"] as? String == "act")
      for key in ["status", "plan", "explain", "events", "workers", "instant", "range"] {
        #expect(fails(key) == false && !text(key).isEmpty && !structured(key).isEmpty, "\(key): \(text(key))")
      }
      #expect(text("status").contains("POOL") && structured("status")["cluster"] != nil)
      #expect(text("explain").contains("pool burst"))
      #expect(structured("instant")["resultType"] as? String == "vector" && text("instant").contains("42"))
      let series = try #require((structured("range")["result"] as? [[String: Any]])?.first)
      #expect((series["values"] as? [Any])?.count == 6)
      #expect(fails("wrong") == true && fails("misspelt") == true)
      #expect(text("misspelt").contains("Known are subject"))

      let asked = try await brain.get("/api/v1/events?limit=1000", as: EventList.self).events
      guard allowsChanges else {
        #expect(text("first").contains("--allow-changes") && text("second").contains("--allow-changes"))
        #expect(!asked.contains { $0.code == "request_received" })
        return
      }
      #expect(fails("first") == false && text("first").contains("Nothing has been done yet."))
      #expect(text("first").contains("2 workers of pool burst would be asked for"))
      #expect(text("first").contains("Budget all:"), "\(text("first"))")
      #expect((structured("first")["budgets"] as? [Any])?.isEmpty == false)
      #expect(fails("altered") == true && text("altered").contains("other arguments"))
      #expect(fails("second") == false && text("second").contains("2 worker(s) of pool burst asked for"))
      #expect(fails("again") == true && text("again").contains("was used"))
      #expect(asked.count { $0.code == "request_received" } == 1)
      try await Bench.eventually("two burst workers are known") {
        try await brain.workers().count { $0.pool == "burst" } == 2 ? true : nil
      }
    }
  }

  private struct EventList: Decodable {
    struct Event: Decodable { var code: String }
    var events: [Event]
  }
}
