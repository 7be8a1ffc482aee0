import API
import ConfigurationFile
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

/// Secrets get out to the systems that they are for, and nowhere else: not into logs, answers, files or errors.
@Suite(.serialized) struct SecretTests {
  /// Texts that must not be seen, each in the forms in which it could get out.
  private struct Canaries {
    private(set) var texts: [String] = []

    /// - Parameter secret: short ones could stand somewhere by chance.
    mutating func add(_ secret: String) {
      guard secret.utf8.count >= 12 else { return }
      texts.append(secret)
      texts.append(Data(secret.utf8).base64EncodedString())
      let plain = CharacterSet.alphanumerics
      if let escaped = secret.addingPercentEncoding(withAllowedCharacters: plain), escaped != secret {
        texts.append(escaped)
      }
    }

    func expectNone(in bytes: Data, _ what: String) {
      for text in texts where bytes.range(of: Data(text.utf8)) != nil {
        Issue.record("\(what) shows a secret (\(text.prefix(4))…, \(text.utf8.count) bytes)")
      }
    }

    func expectNone(in text: String, _ what: String) { expectNone(in: Data(text.utf8), what) }

    func expectNone(inFilesOf directory: URL) throws {
      let files = FileManager.default.enumerator(at: directory, includingPropertiesForKeys: nil)
      for case let file as URL in files ?? .init() {
        guard let bytes = try? Data(contentsOf: file) else { continue }
        expectNone(in: bytes, file.lastPathComponent)
      }
    }
  }

  /// All that can be asked without changing anything, and what is refused.
  private static func askEverything(_ brain: Brain, _ canaries: Canaries) async throws {
    let page = try String(contentsOf: Bench.root.appendingPathComponent("docs/http-api.md"), encoding: .utf8)
    let paths = page.matches(of: /### `GET[A-Z, ]* (\/[^`]*)`/).map { String($0.1) }
    #expect(paths.count > 25)
    for path in paths where !path.hasPrefix("/api/v1/stream") {
      let real = path.replacing(/\{[a-z]+\}/, with: "burst")
      guard let answer = try? await brain.send("GET", real) else { continue }
      canaries.expectNone(in: Data(answer.body), "GET \(real)")
    }
    for (method, path) in [
      ("POST", "/api/v1/plan"), ("POST", "/-/reload"), ("POST", "/api/v1/pools/burst/scale"),
      ("DELETE", "/api/v1/workers/x"),
      ("PATCH", "/api/v1/status"), ("GET", "/nothing"),
    ] {
      guard let answer = try? await brain.send(method, path, body: method == "GET" ? nil : Array("{".utf8)) else {
        continue
      }
      canaries.expectNone(in: Data(answer.body), "\(method) \(path)")
    }
  }

  /// The values of keys, and the file's long texts, of a talosconfig, kubeconfig or machine configuration.
  private static func add(secretsOf file: URL, to canaries: inout Canaries) throws {
    let text = try String(contentsOf: file, encoding: .utf8)
    for match in text.matches(of: /(?:key|token|secret|client-key-data|password)\w*:\s*"?([A-Za-z0-9+\/=.\-_]{12,})/) {
      canaries.add(String(match.1))
      if let decoded = Data(base64Encoded: String(match.1)), let inner = String(data: decoded, encoding: .utf8) {
        // Of a key in PEM its first line of substance.
        canaries.add(inner.split(separator: "\n").dropFirst().first.map(String.init) ?? "")
      }
    }
  }

  /// With real clients, through a worker's life, a refused login and systems that go away, at the finest level of the log.
  @Test(.timeLimit(.minutes(5))) func tellsNoSecretOfItsSystemsWhateverHappens() async throws {
    var wishes = WireBench.Wishes()
    wishes.change = { all in
      var poolkeeper = all["poolkeeper"] as? [String: Any] ?? [:]
      poolkeeper["log"] = ["level": "trace"]
      all["poolkeeper"] = poolkeeper
    }
    try await WireBench.with(wishes) { bench in
      var canaries = Canaries()
      let values = try WireBench.environment(bench.directory)
      canaries.add(try #require(values["PROXMOX_TOKEN_SECRET"]))
      for file in ["talosconfig", "kubeconfig", "worker.yaml"] {
        try Self.add(secretsOf: bench.directory.appendingPathComponent("world/\(file)"), to: &canaries)
      }
      #expect(canaries.texts.count >= 8, "the world's files hold fewer secrets than expected")
      try await bench.order("secret")
      let worker = try await bench.ready("with secrets")
      try await Self.askEverything(bench.brain, canaries)
      let saved = bench.directory.appendingPathComponent("saved.json")
      let plan = try RunningProgram(
        Bench.poolkeeper, ["plan", "--save", saved.path, "--server", bench.brain.url])
      #expect(await plan.end() == 0, "\(plan.text)")
      canaries.expectNone(in: try Data(contentsOf: saved), "plan --save")
      canaries.expectNone(in: plan.text, "plan")
      // Refusals and lost answers come with sentences of their own.
      try await bench.inject(
        "proxmox.machines=refused:401:authentication failure;times=2", "kubernetes.patch_node=lost-answer",
        "talos.shutdown=lost-answer")
      try await bench.remove(worker.name)
      try await bench.gone("with secrets")
      bench.stopWorld()
      let before = try await bench.brain.get("/api/v1/status", as: Ticks.self).ticks
      try await Bench.eventually(within: .seconds(120), "some ticks without a world") {
        try await bench.brain.get("/api/v1/status", as: Ticks.self).ticks > before + 1 ? true : nil
      }
      try await Self.askEverything(bench.brain, canaries)
      let data = bench.directory.appendingPathComponent("data")
      bench.brain.program.signal(SIGTERM)
      #expect(await bench.brain.program.end() == 0)
      canaries.expectNone(in: bench.brain.program.text, "the log")
      try canaries.expectNone(inFilesOf: data)
    }
  }

  private struct Ticks: Decodable { var ticks: Int }

  private static let canary = "canary-7f3a9c51d2e84b60"

  /// Secrets in the file, the environment and files, for servers that are not there or refuse them.
  @Test(.timeLimit(.minutes(3)), arguments: ["bearer_token", "bearer_token_file", "password", "password_file"])
  func tellsNoSecretOfAMetricSource(key: String) async throws {
    try await Bench.withDirectory { directory in
      var canaries = Canaries()
      canaries.add(Self.canary)
      let secret = directory.appendingPathComponent("secret")
      try Data("\(Self.canary)\n".utf8).write(to: secret)
      var prometheus: [String: Any] = ["url": "http://127.0.0.1:\(try Bench.freePort())"]
      prometheus[key] = key.hasSuffix("_file") ? secret.path : "${METRIC_SECRET}"
      if key.hasPrefix("password") { prometheus["username"] = "reader" }
      let file = directory.appendingPathComponent("pools.json")
      try Self.write(file) { $0["metrics"] = ["source": "prometheus", "prometheus": prometheus] as [String: Any] }
      let brain = try await Brain.start(
        [
          "serve", "--mode", "observe", "--data", directory.appendingPathComponent("data").path, "--config", file.path,
          "--log-level", "trace",
        ], environment: ["METRIC_SECRET": Self.canary, "PROXMOX_TOKEN_SECRET": Self.canary])
      defer { brain.program.kill() }
      try await Bench.eventually("a decision") {
        try await brain.get("/api/v1/status", as: Ticks.self).ticks > 0 ? true : nil
      }
      try await Self.askEverything(brain, canaries)
      // The secret changes, and the file breaks around it.
      try Self.write(file) {
        $0["metrics"] =
          ["source": "prometheus", "prometheus": prometheus.merging(["tenant": 5]) { $1 }] as [String: Any]
      }
      canaries.expectNone(in: Data(try await brain.send("POST", "/-/reload").body), "a refused reload")
      try await Self.askEverything(brain, canaries)
      brain.program.signal(SIGTERM)
      #expect(await brain.program.end() == 0)
      canaries.expectNone(in: brain.program.text, "the log")
      try canaries.expectNone(inFilesOf: directory.appendingPathComponent("data"))
    }
  }

  private static func write(_ file: URL, _ change: (inout [String: Any]) -> Void) throws {
    let example = try Data(contentsOf: Bench.root.appendingPathComponent("config/worker-pools.json"))
    var all = try #require(try JSONSerialization.jsonObject(with: example) as? [String: Any])
    var poolkeeper = all["poolkeeper"] as? [String: Any] ?? [:]
    change(&poolkeeper)
    all["poolkeeper"] = poolkeeper
    try JSONSerialization.data(withJSONObject: all).write(to: file)
  }

  /// Whatever is wrong with a key that holds a secret, what is said about it does not quote it.
  @Test func problemsOfSecretKeysQuoteNoValue() throws {
    let wrong: [Any] = [
      ["inner": Self.canary], [Self.canary], "\(Self.canary)${", "${\(Self.canary)", "${NOT_SET}\(Self.canary)",
      "\(Self.canary)\n", 5, true,
    ]
    let places = [
      ["proxmox_integration", "authentication", "token_secret"],
      ["poolkeeper", "infrastructure", "proxmox", "password"],
      ["poolkeeper", "metrics", "prometheus", "bearer_token"], ["poolkeeper", "metrics", "prometheus", "password"],
    ]
    let example = try Data(contentsOf: Bench.root.appendingPathComponent("config/worker-pools.json"))
    let whole = try #require(try JSONSerialization.jsonObject(with: example) as? [String: Any])
    func set(_ object: [String: Any], _ path: ArraySlice<String>, _ value: Any) -> [String: Any] {
      guard let name = path.first else { return object }
      var object = object
      object[name] =
        path.count == 1 ? value : set(object[name] as? [String: Any] ?? [:], path.dropFirst(), value)
      return object
    }
    for path in places {
      for value in wrong {
        let text = try JSONSerialization.data(withJSONObject: set(whole, path[...], value))
        let problems = ConfigurationReader(environment: ["OTHER": Self.canary]).read([UInt8](text)).problems
        for problem in problems where "\(problem)".contains(Self.canary) {
          let told = "\(problem)".replacing(Self.canary, with: "‹secret›")
          Issue.record("\(path.joined(separator: "/")): \(told)")
        }
      }
    }
  }
}
