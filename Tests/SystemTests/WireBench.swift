import API
import Foundation
import HTTPTransport
import Model
import Testing

/// A simulated world and a server that acts on it by its real clients, as two processes that share a fast clock.
///
/// Both can be killed and started again; what they said is kept. Used by one task at a time.
final class WireBench {
  /// What a test wants to be different.
  struct Wishes {
    /// Workers that the pool `permanent` always has.
    var minimum = 0
    /// Changes the configuration further, as JSON.
    var change: (inout [String: Any]) -> Void = { _ in }
  }

  /// Seconds of the shared clock in one real second.
  static let speed = 60.0
  /// Whole currency units an hour: a cent is a second.
  static let price = 36.0

  private(set) var world: Brain
  private(set) var brain: Brain
  let directory: URL
  private let worldArguments: [String]
  /// Where the clock that the server lives by is read.
  var clock: String
  private var said = ""
  /// Of the world's time, during which the server was not there.
  private(set) var downtime = 0.0

  /// Runs a test on a bench of its own; what both programs said is told when the test fails.
  static func with(_ wishes: Wishes = Wishes(), _ body: (WireBench) async throws -> Void) async throws {
    try await Bench.withDirectory { directory in
      let bench = try await WireBench(directory, wishes)
      do { try await body(bench) } catch {
        Issue.record("\(error); the world: \(try await bench.report()); what was said:\n\(bench.story)")
      }
      bench.brain.program.kill()
      bench.world.program.kill()
    }
  }

  private init(_ directory: URL, _ wishes: Wishes) async throws {
    self.directory = directory
    let ports = try (0..<4).map { _ in try Bench.freePort() }
    let data = directory.appendingPathComponent("world").path
    worldArguments = [
      "simulate", "world", "--data", data, "--scenario", "quiet", "--clock-speed", "\(Self.speed)", "--config",
      Bench.root.appendingPathComponent("config/worker-pools.json").path, "--proxmox-port", "\(ports[0])",
      "--kubernetes-port", "\(ports[1])", "--talos-port", "\(ports[2])", "--admin-port", "\(ports[3])",
    ]
    clock = data
    world = try await Self.startWorld(worldArguments, admin: ports[3])
    let file = directory.appendingPathComponent("pools.json")
    try JSONSerialization.data(withJSONObject: try Self.configuration(data, talos: ports[2], wishes)).write(to: file)
    brain = try await Self.startBrain(directory, clock: data, port: try Bench.freePort())
  }

  private static func startWorld(_ arguments: [String], admin: Int) async throws -> Brain {
    let program = try RunningProgram(Bench.poolkeeper, arguments)
    try await Bench.eventually("the world's start; it said: \(program.text)") {
      try #require(program.isRunning, "\(program.text)")
      return program.text.contains("\nready\n") ? true : nil
    }
    return Brain(program: program, port: admin)
  }

  private static func startBrain(_ directory: URL, clock: String, port: Int) async throws -> Brain {
    try await Brain.start(
      [
        "serve", "--mode", "act", "--clock", clock, "--data", directory.appendingPathComponent("data").path,
        "--config", directory.appendingPathComponent("pools.json").path,
      ], port: port, environment: try environment(directory))
  }

  /// What proxmox.env tells.
  static func environment(_ directory: URL) throws -> [String: String] {
    let text = try String(contentsOf: directory.appendingPathComponent("world/proxmox.env"), encoding: .utf8)
    let pairs = text.split(separator: "\n").map { $0.split(separator: "=", maxSplits: 1).map(String.init) }
    return Dictionary(pairs.filter { $0.count == 2 }.map { ($0[0], $0[1]) }, uniquingKeysWith: { first, _ in first })
  }

  private static func configuration(_ world: String, talos: Int, _ wishes: Wishes) throws -> [String: Any] {
    let data = try Data(contentsOf: Bench.root.appendingPathComponent("config/worker-pools.json"))
    var all = JSONObject(try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any]))
    all.members["$schema"] = nil
    all.set("worker_pool_definitions/permanent/min_size", wishes.minimum)
    all.set("worker_pool_definitions/permanent/default_template", "small")
    all.set("worker_pool_definitions/burst/provisioning_triggers", ["manual": ["enabled": true]])
    all.set("worker_pool_definitions/burst/taints", [Any]())
    // A label that no kubelet may give its own node, so that it takes a call of ours.
    all.set("worker_pool_definitions/burst/node_labels/node-role.kubernetes.io~1worker", "burst")
    all.set("worker_templates/small/cost_per_hour", price)
    for pool in ["permanent", "burst", "spot", "gpu"] {
      all.set("cost_tracking/cost_allocation/\(pool)_pool/monthly_budget", 1_000_000)
    }
    all.set("cost_tracking/alerts/burst_cost_per_event_max", 1_000_000)
    all.set("poolkeeper/budgets/monthly_total", 1_000_000)
    all.set("lifecycle_configurations/health_monitoring/unhealthy_threshold_minutes", 1)
    let levels = "lifecycle_configurations/auto_repair/repair_strategies/NotReady"
    all.set("\(levels)/level1/trigger_after_seconds", 60)
    all.set("\(levels)/level2/trigger_after_seconds", 180)
    all.set("proxmox_integration/storage/vm_storage", "vmdata")
    all.set("poolkeeper/triggers", [Any]())
    // Workers come by order, and by the minimum, alone, and nobody goes because it has nothing to do.
    all.set("poolkeeper/pools/burst/scaling", "manual")
    all.set("poolkeeper/pools/permanent", ["scaling": "manual"])
    all.set("worker_pool_definitions/burst/ttl_config/idle_timeout_minutes", 480)
    all.set(
      "poolkeeper/infrastructure",
      [
        "kind": "proxmox", "proxmox": ["ca_file": "\(world)/certificates/proxmox-ca.crt"],
        "talos": ["talosconfig": "\(world)/talosconfig", "worker_config": "\(world)/worker.yaml", "port": talos],
        "kubernetes": ["kubeconfig": "\(world)/kubeconfig"],
      ])
    wishes.change(&all.members)
    return all.members
  }

  /// What both have said so far, the end of it.
  var story: String { String((said + brain.program.text).suffix(12_000)) }

  // MARK: Ends and beginnings

  /// Waits until the server has been killed by the world, and starts it again.
  func revive(_ what: String) async throws {
    let program = brain.program
    try await Bench.eventually("the death at \(what)") { program.isRunning ? nil : true }
    #expect(await program.end() == 9, "\(what): it ended otherwise: \(program.text)")
    try await start()
  }

  /// Ends the server as an operator does with `kill -9`.
  func stop() { brain.program.kill() }

  /// Starts the server, with the same data.
  func start() async throws {
    said += brain.program.text
    let since = ContinuousClock.now
    brain = try await Self.startBrain(directory, clock: clock, port: brain.port)
    downtime += (ContinuousClock.now - since) / .seconds(1) * Self.speed
  }

  func stopWorld() { world.program.kill() }

  func startWorld() async throws { world = try await Self.startWorld(worldArguments, admin: world.port) }

  // MARK: The world

  func report() async throws -> WorldReport {
    let answer = try await world.send("GET", "/world")
    return try Self.decoder.decode(WorldReport.self, from: Data(answer.body))
  }

  /// Puts faults in force.
  func inject(_ faults: String...) async throws {
    let body = try JSONSerialization.data(withJSONObject: ["faults": faults])
    let answer = try await world.send("POST", "/faults", body: [UInt8](body))
    #expect(answer.status == 200, "\(String(decoding: answer.body, as: UTF8.self))")
  }

  func lift() async throws { _ = try await world.send("DELETE", "/faults") }

  /// Faults in force, and how often each operation was asked for.
  func met() async throws -> WorldRequests {
    let answer = try await world.send("GET", "/faults")
    return try Self.decoder.decode(WorldRequests.self, from: Data(answer.body))
  }

  /// A deployment more, or another number of replicas of one.
  ///
  /// - Parameter minimum: so many of them must run at any time.
  func addPods(_ name: String, replicas: Int, minimum: Int? = nil) async throws {
    var pods: [String: Any] = ["name": name, "replicas": replicas, "cpu_millicores": 300, "memory_mebibytes": 256]
    pods["min_available"] = minimum
    let body = try JSONSerialization.data(withJSONObject: ["pods": pods])
    let answer = try await world.send("POST", "/scenario", body: [UInt8](body))
    #expect(answer.status == 200, "\(String(decoding: answer.body, as: UTF8.self))")
  }

  /// Waits for so many seconds of the world's time.
  func pass(_ seconds: Double) async throws {
    let end = try await report().now + seconds
    try await Bench.eventually("\(seconds) s of the world's time") { try await report().now >= end ? true : nil }
  }

  private static let decoder: JSONDecoder = {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return decoder
  }()

  // MARK: The server

  func order(_ id: String, workers: Int = 1) async throws {
    let text = #"{"workers":\#(workers),"template":"small","ttl_hours":8,"request_id":"\#(id)"}"#
    let answer = try await brain.send(
      "POST", "/api/v1/pools/burst/scale", headers: [.init("Content-Type", "application/json")],
      body: [UInt8](text.utf8))
    #expect(answer.status == 202, "\(String(decoding: answer.body, as: UTF8.self))")
  }

  func remove(_ name: WorkerName, force: Bool = false) async throws {
    let answer = try await brain.send("DELETE", "/api/v1/workers/\(name.rawValue)\(force ? "?force=true" : "")")
    #expect(answer.status == 202, "\(String(decoding: answer.body, as: UTF8.self))")
  }

  /// The one worker that is ready, when no other is there.
  func ready(_ what: String) async throws -> WorkerView {
    try await Bench.eventually("\(what): one ready worker") {
      let workers = try await brain.workers()
      return workers.count == 1 && workers[0].state == .ready ? workers[0] : nil
    }
  }

  func gone(_ what: String) async throws {
    try await Bench.eventually("\(what): no worker is left") { try await brain.workers().isEmpty ? true : nil }
  }

  /// The last events, the newest first.
  func events() async throws -> [ToldEvent] {
    try await brain.get("/api/v1/events?limit=200", as: [String: [ToldEvent]].self)["events"] ?? []
  }

  /// What the ledger says was paid for the worker that ended last, in seconds of its price.
  func paidSeconds() async throws -> Double? {
    guard let sentence = try await events().first(where: { $0.code == "worker_terminated" })?.sentence,
      let match = sentence.firstMatch(of: /it cost ([0-9.]+) USD/), let amount = Double(match.1)
    else { return nil }
    return amount / Self.price * 3600
  }
}

/// An event as the API tells it.
struct ToldEvent: Decodable {
  var code: String
  var name: String?
  var sentence: String
}

/// The world's own account.
struct WorldReport: Decodable {
  struct Machine: Decodable {
    var machine: Int
    var worker: String
    var id: String
    var clonedAt: Double?
    var deletedAt: Double?
  }
  struct Touch: Decodable {
    var machine: Int
    var operation: String
  }
  struct Violation: Decodable {
    var budget: String
    var operation: String
  }

  /// Unix seconds.
  var now: Double
  var nodes: Int
  var pods: Int
  var machines: [Machine]
  var doubleCreations: [String]
  var foreignTouches: [Touch]
  var budgetViolations: [Violation]
  var ownerRefusals: Int
  var podsPending: Int
  var podsEvicted: Int
  var evictionsRefused: Int
  var contradictions: [String]

  var live: [Machine] { machines.filter { $0.deletedAt == nil } }

  /// Nothing made twice, nothing touched that is another's, no budget broken.
  func expectNoHarm(_ what: String) {
    #expect(doubleCreations.isEmpty, "\(what)")
    #expect(foreignTouches.isEmpty, "\(what): \(foreignTouches)")
    #expect(budgetViolations.isEmpty, "\(what): \(budgetViolations)")
    #expect(ownerRefusals == 0, "\(what)")
    #expect(contradictions.isEmpty, "\(what): \(contradictions)")
  }
}

/// What was asked of the world, and what is still to go wrong.
struct WorldRequests: Decodable {
  struct Fault: Decodable {
    var operation: String
    var effect: String
  }
  var faults: [Fault]
  var requests: [String: Int]
}

/// A JSON object whose members are set by paths with slashes; `~1` stands for a slash within a name.
private struct JSONObject {
  var members: [String: Any]

  init(_ members: [String: Any]) { self.members = members }

  mutating func set(_ path: String, _ value: Any) {
    let names = path.split(separator: "/").map { String($0).replacing("~1", with: "/") }
    members = Self.setting(members, names[...], value)
  }

  private static func setting(_ object: [String: Any], _ names: ArraySlice<String>, _ value: Any) -> [String: Any] {
    guard let name = names.first else { return object }
    var object = object
    object[name] =
      names.count == 1 ? value : setting(object[name] as? [String: Any] ?? [:], names.dropFirst(), value)
    return object
  }
}
