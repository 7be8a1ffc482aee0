import Foundation
import Testing

@testable import poolkeeper

/// `simulate run` as a person types it. Processes differ in the seeds of their hash tables, so that what depends on the
/// order of a set or a dictionary would show here.
@Suite struct SimulateRunTests {
  private func run(_ arguments: [String]) async throws -> (code: Int32, lines: [String]) {
    let program = try RunningProgram(Bench.poolkeeper, ["simulate", "run"] + arguments)
    let code = await program.end()
    return (code, program.text.split(separator: "\n").map(String.init))
  }

  @Test(arguments: [("5", "swarm"), ("17", "wild"), ("33", "calm"), ("48", "swarm")])
  func givesTheSameDigestInEveryProcess(seed: String, profile: String) async throws {
    let first = try await run(["--seed", seed, "--days", "2", "--profile", profile])
    let second = try await run(["--seed", seed, "--days", "2", "--profile", profile])
    #expect(first.code == 0, "\(first.lines.suffix(5))")
    let last = try #require(first.lines.last)
    #expect(last.wholeMatch(of: /days 2\.0 events [0-9]+ violations 0 digest [0-9a-f]{16}/) != nil, "\(last)")
    #expect(second.lines.last == last)
  }

  @Test func tellsDaysPerSecondOfManyRuns() async throws {
    let (code, lines) = try await run(["--seed", "100", "--seeds", "6", "--days", "1"])
    #expect(code == 0, "\(lines)")
    #expect(lines.contains { $0.contains("days per second on") }, "\(lines)")
    #expect(lines.last?.hasPrefix("days 6.0 events ") == true, "\(lines)")
  }

  @Test func writesWhatHappened() async throws {
    try await Bench.withDirectory { directory in
      let file = directory.appendingPathComponent("run.log")
      let (code, _) = try await run(["--seed", "5", "--days", "1", "--log", file.path])
      #expect(code == 0)
      let text = try String(contentsOf: file, encoding: .utf8)
      #expect(text.contains("process started (1)"))
      #expect(text.contains("event worker_ready"))
    }
  }

  @Test func refusesWhatCannotBe() async throws {
    #expect(try await run(["--days", "0"]).code == 64)
    #expect(try await run(["--profile", "mild"]).code == 64)
    #expect(try await run(["--seeds", "3", "--until", "2026-01-01T00:00:00Z"]).code == 64)
    #expect(try await run(["--days", "1", "--log", "/does/not/exist/run.log"]).code == 4)
  }
}
