import ConfigurationFile
import Model
import Testing

/// The section `poolkeeper.server`.
@Suite struct ServerKeysTests {
  private static let tokenHash = String(repeating: "ab", count: 32)
  private static let passwordHash =
    "$scrypt$ln=15,r=8,p=1$GHFOVDX+vWCCFwNUK7W4BQ$1XbkYEMwkODiL5XXxR21quEtNbTJwSVHmYw1o0/qEuE"

  private static func read(
    _ server: String, listen: String = "127.0.0.1:9095", files: [String: String] = [:]
  ) throws -> ConfigurationReader.Outcome {
    var file = try Edited()
    try file.set("/poolkeeper/server", server)
    try file.set("/poolkeeper/listen", "\"\(listen)\"")
    var reader = ConfigurationReader()
    reader.readFile = { path in
      guard let text = files[path] else { throw ConfigurationReader.NoFiles() }
      return Array(text.utf8)
    }
    return try file.read(reader)
  }

  private static func codes(_ outcome: ConfigurationReader.Outcome) -> [String] {
    outcome.problems.filter { $0.pointer.hasPrefix("/poolkeeper/server") || $0.pointer == "/poolkeeper/listen" }
      .map { "\($0.severity.rawValue) \($0.code)" }
  }

  @Test func readsEntriesOfTheFileAndOfTheAccessFile() throws {
    let outcome = try Self.read(
      """
      {"access": [
        {"name": "prom", "role": "ingest", "token_sha256": "\(Self.tokenHash)"},
        {"name": "bob", "role": "read", "password_hash": "\(Self.passwordHash)"},
        {"name": "grafana", "role": "read", "certificate_name": "grafana.example"}
      ],
      "access_file": "access.json",
      "tls": {"certificate_file": "c", "key_file": "k", "client_ca_file": "a"},
      "host_names": ["Keeper.Example.com"],
      "rate_limits": {"failed_attempts_per_minute": 3, "connections_per_address": 7},
      "sessions": {"idle_minutes": 5}}
      """,
      listen: "0.0.0.0:9095",
      files: [
        "access.json":
          #"[{"name": "root", "role": "admin", "token_sha256": "\#(String(repeating: "0F", count: 32))"}]"#,
        "c": "", "k": "", "a": "",
      ])
    let server = try #require(outcome.configuration).service.server
    #expect(server.access.map(\.name) == ["prom", "bob", "grafana", "root"])
    #expect(server.access.map(\.role) == [.ingest, .read, .read, .admin])
    #expect(server.access[0].proof == .token([UInt8](repeating: 0xAB, count: 32)))
    #expect(server.access[1].proof == .password(try #require(PasswordHash(Self.passwordHash))))
    #expect(server.access[2].proof == .certificate("grafana.example"))
    #expect(server.access[3].proof == .token([UInt8](repeating: 0x0F, count: 32)))
    #expect(server.tls?.clientAuthorityFile == "a")
    #expect(server.hostNames == ["keeper.example.com"])
    #expect(server.rateLimits.failedAttemptsPerMinute == 3)
    #expect(server.rateLimits.connectionsPerAddress == 7)
    #expect(server.rateLimits.readsPerSecond == RateLimitSettings().readsPerSecond)
    #expect(server.sessionIdleTime == .seconds(300))
    #expect(Self.codes(outcome).isEmpty)
  }

  @Test func nothingIsAskedWhereNothingIsConfigured() throws {
    let server = try #require(try Self.read("{}").configuration).service.server
    #expect(server == ServerSettings())
    #expect(!server.requiresAccess)
  }

  /// An empty access file lets nobody in, not everybody.
  @Test func anEmptyAccessFileLetsNobodyIn() throws {
    let outcome = try Self.read(#"{"access_file": "f"}"#, files: ["f": "[]"])
    #expect(try #require(outcome.configuration).service.server.requiresAccess)
    #expect(Self.codes(outcome).contains("warning nobody_may_operate"))
  }

  private static let token = #""token_sha256": "\#(tokenHash)""#

  @Test(arguments: [
    (#"{"access": [{"name": "a", "role": "read"}]}"#, "error missing_key"),
    (#"{"access": [{"name": "a", "role": "read", \#(token), "certificate_name": "x"}]}"#, "error two_credentials"),
    (#"{"access": [{"name": "a", "role": "boss", \#(token)}]}"#, "error unknown_value"),
    (#"{"access": [{"name": "a", \#(token)}]}"#, "error missing_key"),
    (#"{"access": [{"name": "a", "role": "read", "token_sha256": "pk_secret"}]}"#, "error invalid_text"),
    (#"{"access": [{"name": "a", "role": "read", "password_hash": "secret"}]}"#, "error invalid_text"),
    (#"{"access": [{"name": "a:b", "role": "read", "password_hash": "\#(passwordHash)"}]}"#, "error invalid_name"),
    (#"{"access": [{"name": "a", "role": "read", "certificate_name": "x"}]}"#, "error missing_key"),
    (
      #"{"access": [{"name": "a", "role": "admin", \#(token)}, {"name": "a", "role": "read", "token_sha256": "\#(String(repeating: "00", count: 32))"}]}"#,
      "error duplicate_name"
    ),
    (
      #"{"access": [{"name": "a", "role": "admin", \#(token)}, {"name": "b", "role": "read", \#(token)}]}"#,
      "error duplicate_credential"
    ),
    (#"{"tls": {"certificate_file": "c"}}"#, "error missing_key"),
    (#"{"tls": {"certificate_file": "c", "key_file": "k"}}"#, "warning unreadable_file"),
    (#"{"access_file": "gone"}"#, "error unreadable_file"),
    (#"{"host_names": ["https://a"]}"#, "error invalid_text"),
    (#"{"access": [{"name": "a", "role": "read", \#(token)}]}"#, "warning nobody_may_operate"),
  ])
  func tellsWhatIsWrong(server: String, problem: String) throws {
    let codes = Self.codes(try Self.read(server))
    #expect(codes.contains(problem), "\(codes)")
  }

  @Test(arguments: [
    ("no list", "syntax"), ("{}", "wrong_type"), (#"[{"name": "a", "role": "read"}]"#, "missing_key"),
    (#"[{"name": "a", "role": "read", "token": "x"}]"#, "missing_key"),
  ])
  func tellsWhatIsWrongInTheAccessFile(text: String, code: String) throws {
    let outcome = try Self.read(#"{"access_file": "f"}"#, files: ["f": text])
    #expect(outcome.configuration == nil)
    let problems = outcome.problems.filter { $0.pointer == "/poolkeeper/server/access_file" && $0.severity == .error }
    #expect(problems.map(\.code).contains(code), "\(problems)")
    #expect(problems.allSatisfy { $0.message.hasPrefix("In the access file") })
  }

  @Test(arguments: [
    ("0.0.0.0:9095", "{}", true), ("10.0.0.1:9095", "{}", true), ("[::]:9095", "{}", true),
    ("127.0.0.1:9095", "{}", false),
    ("[::1]:9095", "{}", false), ("localhost:0", "{}", false), (":9095", "{}", true),
    ("0.0.0.0:9095", #"{"access": [{"name": "a", "role": "admin", \#(token)}]}"#, true),
    ("0.0.0.0:9095", #"{"access": [{"name": "a", "role": "admin", \#(token)}], "allow_plaintext": true}"#, false),
    (
      "0.0.0.0:9095",
      #"{"access": [{"name": "a", "role": "admin", \#(token)}], "tls": {"certificate_file": "c", "key_file": "k"}}"#,
      false
    ),
    ("0.0.0.0:9095", #"{"tls": {"certificate_file": "c", "key_file": "k"}}"#, true),
    ("0.0.0.0:9095", #"{"allow_plaintext": true}"#, true),
  ])
  func listensElsewhereOnlyWithAccessAndEncryption(listen: String, server: String, isRefused: Bool) throws {
    let outcome = try Self.read(server, listen: listen, files: ["c": "", "k": ""])
    let configuration = try #require(outcome.configuration)
    #expect((configuration.service.server.refusal(toListenAt: configuration.service.listen) != nil) == isRefused)
    #expect(Self.codes(outcome).contains("warning insecure_listen") == isRefused)
  }
}

@Suite struct PasswordHashTests {
  private static let text =
    "$scrypt$ln=15,r=8,p=1$GHFOVDX+vWCCFwNUK7W4BQ$1XbkYEMwkODiL5XXxR21quEtNbTJwSVHmYw1o0/qEuE"

  @Test func isReadAndWrittenAsItCame() throws {
    let hash = try #require(PasswordHash(Self.text))
    #expect(hash.text == Self.text)
    #expect(hash.salt.count == 16)
    #expect(hash.key.count == 32)
  }

  /// Nobody's configuration makes one attempt cost gigabytes, or nearly nothing.
  @Test(arguments: [
    "", "secret", "$scrypt$",
    "$argon2id$ln=15,r=8,p=1$GHFOVDX+vWCCFwNUK7W4BQ$1XbkYEMwkODiL5XXxR21quEtNbTJwSVHmYw1o0/qEuE",
    text.replacing("ln=15", with: "ln=4"), text.replacing("ln=15", with: "ln=40"), text.replacing("r=8", with: "r=800"),
    text.replacing("p=1", with: "p=0"), text.replacing("p=1", with: "p=x"), text.replacing("GHFO", with: "GH!O"),
    text.replacing("$1X", with: "$"), text + String(repeating: "AAAA", count: 100), text + "$",
    text.replacing("GHFOVDX+vWCCFwNUK7W4BQ", with: "GHFO"),
  ])
  func isRefusedBeyondItsBounds(text: String) { #expect(PasswordHash(text) == nil) }
}
