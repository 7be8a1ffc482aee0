import API
import Foundation
import HTTPTransport
import Model
import SimulatedWire
import Testing

@testable import poolkeeper

/// The program with TLS and tokens, as an operator sets it up.
@Suite struct SecurityTests {
  /// A directory with certificates, tokens and a configuration that names them.
  private struct Place {
    let directory: URL
    let mint: CertificateMint
    var tokens: [String: String] = [:]

    init(_ directory: URL) throws {
      self.directory = directory
      mint = try CertificateMint(name: "test", algorithm: .p256)
      try mint.authority.certificate.write(to: file("ca.pem"), atomically: true, encoding: .utf8)
      try write(try mint.server("poolkeeper", names: ["127.0.0.1"]))
    }

    func file(_ name: String) -> URL { directory.appendingPathComponent(name) }

    func write(_ certificate: MintedCertificate) throws {
      try certificate.key.write(to: file("key.pem"), atomically: true, encoding: .utf8)
      try certificate.certificate.write(to: file("cert.pem"), atomically: true, encoding: .utf8)
    }

    /// Makes a token with the program itself; its entry goes into the access file.
    mutating func add(_ name: String, _ role: String) async throws {
      let made = try RunningProgram(Bench.poolkeeper, ["token", "new", name, "--role", role])
      #expect(await made.end() == 0)
      let lines = made.text.split(separator: "\n").map(String.init)
      #expect(lines.count == 2)
      tokens[name] = lines[0]
      entries.append(lines[1])
      try lines[0].write(to: file("\(name).token"), atomically: true, encoding: .utf8)
      let path = file("access.json")
      let before = (try? String(contentsOf: path, encoding: .utf8)) ?? "[\n]"
      let more = before.replacing("\n]", with: (before == "[\n]" ? "\n" : ",\n") + lines[1] + "\n]")
      try more.write(to: path, atomically: true, encoding: .utf8)
      #expect(!more.contains(lines[0]))
    }

    func configuration(_ server: String) throws -> String {
      let example = try Data(contentsOf: Bench.root.appendingPathComponent("config/worker-pools.json"))
      var root = try #require(try JSONSerialization.jsonObject(with: example) as? [String: Any])
      var own = root["poolkeeper"] as? [String: Any] ?? [:]
      own["server"] = try JSONSerialization.jsonObject(with: Data(server.utf8))
      own["infrastructure"] = ["kind": "simulated"]
      root["poolkeeper"] = own
      let path = file("configuration.json")
      try JSONSerialization.data(withJSONObject: root).write(to: path)
      return path.path
    }

    /// Entries that were made, as they were printed.
    private(set) var entries: [String] = []

    var secured: String {
      """
      {"tls": {"certificate_file": "\(file("cert.pem").path)", "key_file": "\(file("key.pem").path)"},
       "access_file": "\(file("access.json").path)", "rate_limits": {"failed_attempts_per_minute": 5}}
      """
    }

    func client() -> HTTPClient {
      var configuration = HTTPClientConfiguration()
      configuration.trust = .authorities(.bytes(Array(mint.authority.certificate.utf8)))
      return HTTPClient(configuration)
    }
  }

  /// `serve` over TLS.
  private struct Server {
    let program: RunningProgram
    let port: Int
    var client: HTTPClient

    var url: String { "https://127.0.0.1:\(port)" }

    static func start(_ place: Place, _ configuration: String) async throws -> Server {
      let port = try Bench.freePort()
      let program = try RunningProgram(
        Bench.poolkeeper,
        [
          "serve", "--config", configuration, "--data", place.file("data").path, "--mode", "act", "--listen",
          "127.0.0.1:\(port)",
        ])
      let server = Server(program: program, port: port, client: place.client())
      try await Bench.eventually("poolkeeper answers; it said: \(program.text)") {
        try #require(program.isRunning, "poolkeeper ended: \(program.text)")
        return try? await server.status("GET", "/-/ready") == 200 ? true : nil
      }
      return server
    }

    func send(_ method: String, _ path: String, token: String? = nil, body: String? = nil) async throws -> HTTPResponse
    {
      let headers = token.map { [HTTPHeader("Authorization", "Bearer \($0)")] } ?? []
      return try await client.send(
        HTTPRequest(method, url + path, headers: headers, body: body.map { Array($0.utf8) }), deadline: .seconds(60))
    }

    func status(_ method: String, _ path: String, token: String? = nil, body: String? = nil) async throws -> Int {
      try await send(method, path, token: token, body: body).status
    }
  }

  private static func run(_ arguments: [String], environment: [String: String] = [:]) async throws -> (Int32, String) {
    let program = try RunningProgram(Bench.poolkeeper, arguments, environment: environment)
    return (await program.end(), program.text)
  }

  @Test(arguments: [["serve"], ["demo", "--once"]])
  func refusesToListenElsewhereWithoutAccess(command: [String]) async throws {
    try await Bench.withDirectory { directory in
      let place = try Place(directory)
      let (code, text) = try await Self.run(
        command + [
          "--config", try place.configuration("{}"), "--data", place.file("data").path, "--listen", "0.0.0.0:0",
        ])
      #expect(code == 64)
      #expect(text.contains("0.0.0.0:0 can be reached from other machines, and nobody would be asked who they are."))
      #expect(text.contains("poolkeeper token new"))
    }
  }

  @Test func refusesToListenElsewhereWithoutEncryption() async throws {
    try await Bench.withDirectory { directory in
      var place = try Place(directory)
      try await place.add("root", "admin")
      let configuration = try place.configuration(#"{"access_file": "\#(place.file("access.json").path)"}"#)
      let (code, text) = try await Self.run(
        ["serve", "--config", configuration, "--data", place.file("data").path, "--listen", "0.0.0.0:0"])
      #expect(code == 64)
      #expect(text.contains("tokens would go over the network as they are"))
    }
  }

  @Test(.timeLimit(.minutes(5))) func servesTheCommandLineByTokenAndWritesDownWhoDidWhatAlsoAfterAKill() async throws {
    try await Bench.withDirectory { directory in
      var place = try Place(directory)
      for (name, role) in [("alice", "operate"), ("root", "admin"), ("reader", "read")] {
        try await place.add(name, role)
      }
      let configuration = try place.configuration(place.secured)
      let server = try await Server.start(place, configuration)
      let way = ["--server", server.url, "--ca-file", place.file("ca.pem").path]
      let alice = way + ["--token-file", place.file("alice.token").path]

      let (unnamed, refusal) = try await Self.run(["status"] + way)
      #expect(unnamed == 1)
      #expect(refusal.contains("The call needs the role read"))
      #expect(try await Self.run(["status"] + alice).0 == 0)
      // The token itself in the environment does as well, as scripts have it.
      let inEnvironment = [
        "POOLKEEPER_URL": server.url, "POOLKEEPER_TOKEN": place.tokens["reader"] ?? "",
        "POOLKEEPER_CA_FILE": place.file("ca.pem").path,
      ]
      #expect(try await Self.run(["workers"], environment: inEnvironment).0 == 0)
      let (denied, why) = try await Self.run(["provision", "--pool", "burst"], environment: inEnvironment)
      #expect(denied == 1)
      #expect(why.contains("reader has the role read; the call needs the role operate."))
      let ordered = try await Self.run(
        ["provision", "--pool", "burst", "--count", "1", "--reason", "release day"] + alice)
      #expect(ordered.0 == 0, "\(ordered.1)")
      // The answer is there, so the log is on the disk.
      server.program.kill()

      let again = try await Server.start(place, configuration)
      let root = [
        "--server", again.url, "--ca-file", place.file("ca.pem").path, "--token-file", place.file("root.token").path,
      ]
      let (code, text) = try await Self.run(["audit", "--output", "json"] + root)
      #expect(code == 0)
      let entries = try JSONFormat.decoder().decode(AuditList.self, from: Data(text.utf8)).entries
      #expect(entries.map(\.name) == ["alice", "reader"])
      #expect(entries.map(\.outcome) == [.done, .refused])
      #expect(entries.first?.reason == "release day")
      let events = try await again.send("GET", "/api/v1/events", token: place.tokens["alice"])
      #expect(
        String(decoding: events.body, as: UTF8.self)
          .contains("alice asked for 1 worker(s) of pool burst, reason: release day."))
      // What the program says and keeps has no token in it.
      let kept = try FileManager.default.contentsOfDirectory(atPath: place.file("data").path)
        .filter { !$0.hasPrefix("metrics") }
        .map { String(decoding: (try? Data(contentsOf: place.file("data/\($0)"))) ?? Data(), as: UTF8.self) }
      for text in kept + [server.program.text, again.program.text] {
        #expect(!place.tokens.values.contains { text.contains($0) })
      }
    }
  }

  /// New certificates and new names take effect by a reload, while who is connected stays so; what is broken changes nothing.
  @Test(.timeLimit(.minutes(5))) func takesNewCertificatesAndNamesWhileAClientStays() async throws {
    try await Bench.withDirectory { directory in
      var place = try Place(directory)
      try await place.add("root", "admin")
      let server = try await Server.start(place, try place.configuration(place.secured))
      let root = try #require(place.tokens["root"])
      #expect(try await server.status("GET", "/metrics", token: root) == 200)

      let other = try CertificateMint(name: "other", algorithm: .p256)
      try place.write(try other.server("poolkeeper", names: ["127.0.0.1"]))
      try await place.add("late", "read")
      let late = try #require(place.tokens["late"])
      server.program.signal(SIGHUP)
      var trusting = HTTPClientConfiguration()
      trusting.trust = .authorities(.bytes(Array(other.authority.certificate.utf8)))
      let new = try await Bench.eventually("a new client meets the new certificate; \(server.program.text)") {
        let client = HTTPClient(trusting)
        let request = HTTPRequest("GET", server.url + "/-/healthy")
        return try? await client.send(request, deadline: .seconds(20)).status == 200 ? client : nil
      }
      // The earlier client knows the earlier authority only: it is on the connection that it had.
      #expect(try await server.status("GET", "/metrics", token: late) == 200)

      // What changes something goes on a connection of its own, so that it meets the new certificate.
      var changing = server
      changing.client = new
      // The key of another certificate, and an access file that is none.
      let key = place.file("key.pem")
      let right = try Data(contentsOf: key)
      try Data(try other.server("x", names: ["127.0.0.1"]).key.utf8).write(to: key)
      let refused = try await changing.send("POST", "/-/reload", token: root)
      #expect(refused.status == 422)
      #expect(String(decoding: refused.body, as: UTF8.self).contains("is not the key of the certificate in"))
      try right.write(to: key)
      try Data("{".utf8).write(to: place.file("access.json"))
      #expect(try await changing.status("POST", "/-/reload", token: root) == 422)
      #expect(try await changing.status("POST", "/-/reload", token: late) == 403)
      let request = HTTPRequest(
        "GET", server.url + "/metrics", headers: [HTTPHeader("Authorization", "Bearer \(late)")])
      #expect(try await new.send(request, deadline: .seconds(60)).status == 200)

      // Who is taken out of the file is out.
      let entry = try #require(place.entries.first { $0.contains("\"root\"") })
      try Data("[\(entry)]".utf8).write(to: place.file("access.json"))
      #expect(try await changing.status("POST", "/-/reload", token: root) == 200)
      #expect(try await server.status("GET", "/metrics", token: late) == 401)
      #expect(try await server.status("GET", "/metrics", token: root) == 200)
    }
  }

  @Test func limitsGuessing() async throws {
    try await Bench.withDirectory { directory in
      var place = try Place(directory)
      try await place.add("root", "admin")
      let server = try await Server.start(place, try place.configuration(place.secured))
      var statuses: [Int] = []
      for number in 0..<20 { statuses.append(try await server.status("GET", "/metrics", token: "pk_guess\(number)")) }
      #expect(statuses.prefix(5) == [401, 401, 401, 401, 401])
      #expect(statuses.contains(429))
      #expect(try await server.status("GET", "/metrics", token: place.tokens["root"]) == 200)
    }
  }

  @Test(.timeLimit(.minutes(5))) func takesSamplesOfAPrometheusByTokenOverTLS() async throws {
    guard let prometheus = Bench.program("prometheus") else {
      return print("skipped: no prometheus; scripts/install-packages.sh --test fetches it")
    }
    try await Bench.withDirectory { directory in
      var place = try Place(directory)
      try await place.add("prom", "ingest")
      try await place.add("reader", "read")
      let server = try await Server.start(place, try place.configuration(place.secured))
      let port = try Bench.freePort()
      let settings = """
        global: {scrape_interval: 1s}
        scrape_configs:
          - job_name: self
            static_configs: [{targets: ["127.0.0.1:\(port)"]}]
          - job_name: poolkeeper
            scheme: https
            authorization: {credentials_file: "\(place.file("reader.token").path)"}
            tls_config: {ca_file: "\(place.file("ca.pem").path)"}
            static_configs: [{targets: ["127.0.0.1:\(server.port)"]}]
        remote_write:
          - url: \(server.url)/api/v1/write
            authorization: {credentials_file: "\(place.file("prom.token").path)"}
            tls_config: {ca_file: "\(place.file("ca.pem").path)"}
        """
      try settings.write(to: place.file("prometheus.yml"), atomically: true, encoding: .utf8)
      let peer = try RunningProgram(
        prometheus,
        [
          "--config.file=\(place.file("prometheus.yml").path)", "--storage.tsdb.path=\(place.file("tsdb").path)",
          "--web.listen-address=127.0.0.1:\(port)",
        ])
      defer { peer.kill() }
      try await Bench.eventually("samples of both targets arrive; \(peer.text)") {
        let answer = try await server.send(
          "GET", "/api/v1/query?query=count(up%20%3D%3D%201)", token: place.tokens["reader"])
        return String(decoding: answer.body, as: UTF8.self).contains(#","2"]"#) ? true : nil
      }
      // Who delivers samples reads none.
      #expect(try await server.status("GET", "/api/v1/query?query=up", token: place.tokens["prom"]) == 403)
    }
  }
}
