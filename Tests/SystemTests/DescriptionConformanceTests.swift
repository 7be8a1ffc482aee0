import Foundation
import HTTPTransport
import Testing

@testable import poolkeeper

/// Other people's program, schemathesis, reads the description that a running server hands out, and calls everything in
/// it with right and wrong values.
@Suite(.serialized) struct DescriptionConformanceTests {
  /// `nil` where it is not installed.
  private static let schemathesis: String? = {
    let path = Bench.root.appendingPathComponent(".build/python-http/bin/st").path
    return FileManager.default.isExecutableFile(atPath: path) ? path : nil
  }()
  private static let scripts = Bench.root.appendingPathComponent("Tests/SystemTests/Scripts")

  private static let checks = [
    "not_a_server_error", "status_code_conformance", "content_type_conformance", "response_headers_conformance",
    "response_schema_conformance", "negative_data_rejection", "missing_required_header", "unsupported_method",
    "allow_header_conformance",
  ]

  /// Examples of each operation; more with `POOLKEEPER_HTTP_EXAMPLES`.
  private static let examples = ProcessInfo.processInfo.environment["POOLKEEPER_HTTP_EXAMPLES"] ?? "15"

  /// How the server is started.
  struct Way: CustomTestStringConvertible, Sendable {
    let mode: String
    /// Whether callers must say who they are; schemathesis then is somebody who may do everything.
    var asksWho = false
    var testDescription: String { mode + (asksWho ? ", asking who calls" : "") }
  }

  private static let token = "a-token-of-the-tests-and-of-nothing-else"
  private static let tokenHash = "dbcaa94e1a6174b12a93b7ff29ec53c44be6d5c89e1ca839b13074b7668e904d"

  /// The example configuration with the world inside the program.
  private static func configuration(in directory: URL, _ way: Way) throws -> String {
    let example = Bench.root.appendingPathComponent("config/worker-pools.json")
    var root = try JSONSerialization.jsonObject(with: Data(contentsOf: example)) as? [String: Any] ?? [:]
    var poolkeeper = root["poolkeeper"] as? [String: Any] ?? [:]
    poolkeeper["infrastructure"] = ["kind": "simulated"]
    if way.asksWho {
      poolkeeper["server"] = [
        "access": [["name": "schemathesis", "role": "admin", "token_sha256": tokenHash]],
        "rate_limits": ["reads_per_second": 10_000, "changes_per_second": 1_000, "failed_attempts_per_minute": 1_000],
      ]
    }
    root["poolkeeper"] = poolkeeper
    let file = directory.appendingPathComponent("worker-pools.json")
    try JSONSerialization.data(withJSONObject: root).write(to: file)
    return file.path
  }

  @Test(
    .enabled(if: schemathesis != nil, "schemathesis is not installed (scripts/install-packages.sh --test)"),
    .timeLimit(.minutes(15)), arguments: [Way(mode: "observe"), Way(mode: "act"), Way(mode: "observe", asksWho: true)])
  func theServerKeepsWhatItsDescriptionSays(way: Way) async throws {
    try await Bench.withDirectory { directory in
      let server = try RunningProgram(
        Bench.poolkeeper,
        [
          "serve", "--config", try Self.configuration(in: directory, way), "--listen", "127.0.0.1:0", "--mode",
          way.mode,
          "--data", directory.appendingPathComponent("data").path,
        ])
      let address = try await Bench.eventually(within: .seconds(120), "listening") { () -> String? in
        guard server.isRunning else { throw CocoaError(.fileNoSuchFile) }
        return server.text.split(separator: "\n").first { $0.contains("listening") }?
          .firstMatch(of: /127\.0\.0\.1:[0-9]+/).map { String($0.output) }
      }
      try await Bench.eventually(within: .seconds(120), "the first decision") { () -> Bool? in
        try await Self.status("http://\(address)/-/ready") == 200 ? true : nil
      }
      // It writes into the directory that it runs in.
      let run = try RunningProgram(
        "/bin/sh",
        [
          "-c", "cd \"$0\" && exec \"$@\"", directory.path, try #require(Self.schemathesis), "--config-file",
          Self.scripts.appendingPathComponent("schemathesis.toml").path, "run", "http://\(address)/openapi.yaml",
          "--checks", Self.checks.joined(separator: ","), "--max-examples", Self.examples, "--seed", "1",
          "--continue-on-failure", "--request-timeout", "60",
          // It has no end, and tests of its own.
          "--exclude-path", "/api/v1/stream",
        ] + (way.asksWho ? ["--header", "Authorization: Bearer \(Self.token)"] : []),
        environment: [
          "SCHEMATHESIS_HOOKS": Self.scripts.appendingPathComponent("schemathesis_hooks.py").path,
          "PYTHONDONTWRITEBYTECODE": "1", "NO_COLOR": "1",
        ])
      let code = await run.end()
      #expect(code == 0, "\(run.text.suffix(6000))")
      #expect(run.text.contains("generated"), "\(run.text.suffix(2000))")
      #expect(server.isRunning)
    }
  }

  private static func status(_ url: String) async throws -> Int? {
    try await HTTPClient().send(HTTPRequest("GET", url), deadline: .seconds(20)).status
  }
}
