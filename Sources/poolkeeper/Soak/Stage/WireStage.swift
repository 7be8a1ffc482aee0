import API
import Foundation
import HTTPTransport
import Model

/// A simulated world and a server that acts on it by its real clients, as two processes that share a fast clock.
///
/// Both can be killed and started again; what they said is kept. Used by one task at a time.
final class WireStage {
  /// What is to be different from the usual.
  struct Wishes {
    /// Workers that the pool `permanent` always has.
    var minimum = 0
    /// Changes the configuration further, as JSON.
    var change: (inout [String: Any]) -> Void = { _ in }
  }

  /// Where the two programs and the file that their configuration is made from are.
  struct Programs {
    var server: String
    var world: String
    var example: URL
  }

  /// Seconds of the shared clock in one real second.
  static let speed = 60.0
  /// Whole currency units an hour: a cent is a second.
  static let price = 36.0

  let programs: Programs
  private(set) var world: Brain
  private(set) var brain: Brain
  let directory: URL
  private let worldArguments: [String]
  /// Where the clock that the server lives by is read.
  var clock: String
  private var said = ""
  /// Of the world's time, during which the server was not there.
  private(set) var downtime = 0.0
  /// How often the server was started.
  private(set) var starts = 1

  init(_ directory: URL, _ programs: Programs, _ wishes: Wishes) async throws {
    self.directory = directory
    self.programs = programs
    let ports = try (0..<5).map { _ in try FreePort.find() }
    let data = directory.appendingPathComponent("world").path
    worldArguments = [
      "simulate", "world", "--data", data, "--scenario", "quiet", "--clock-speed", "\(Self.speed)", "--config",
      programs.example.path, "--proxmox-port", "\(ports[0])", "--kubernetes-port", "\(ports[1])", "--talos-port",
      "\(ports[2])", "--admin-port", "\(ports[3])",
    ]
    clock = data
    world = try await Self.startWorld(programs, worldArguments, admin: ports[3])
    let configuration = try Self.configuration(from: programs.example, world: data, talos: ports[2], wishes)
    try JSONSerialization.data(withJSONObject: configuration).write(to: Self.configurationFile(directory))
    brain = try await Brain.start(
      programs.server, Self.serverArguments(directory, clock: clock), port: ports[4],
      environment: try Self.environment(directory))
  }

  private static func startWorld(_ programs: Programs, _ arguments: [String], admin: Int) async throws -> Brain {
    let program = try RunningProgram(programs.world, arguments)
    try await Waiting.until({ "the world's start; it said: \(program.text)" }) {
      guard program.isRunning else { throw Failure(.failed, "the world ended: \(program.text)") }
      return program.text.contains("\nready\n") ? true : nil
    }
    return Brain(program: program, port: admin)
  }

  static func configurationFile(_ directory: URL) -> URL { directory.appendingPathComponent("pools.json") }
  /// Where the server keeps its journal and its samples.
  static func dataDirectory(_ directory: URL) -> URL { directory.appendingPathComponent("data") }

  private static func serverArguments(_ directory: URL, clock: String) -> [String] {
    [
      "serve", "--mode", "act", "--clock", clock, "--data", dataDirectory(directory).path, "--config",
      configurationFile(directory).path,
    ]
  }

  /// What proxmox.env tells.
  static func environment(_ directory: URL) throws -> [String: String] {
    let text = try String(contentsOf: directory.appendingPathComponent("world/proxmox.env"), encoding: .utf8)
    let pairs = text.split(separator: "\n").map { $0.split(separator: "=", maxSplits: 1).map(String.init) }
    return Dictionary(pairs.filter { $0.count == 2 }.map { ($0[0], $0[1]) }, uniquingKeysWith: { first, _ in first })
  }

  /// What both have said so far, the end of it.
  var story: String { String((said + brain.program.text).suffix(12_000)) }

  // MARK: Ends and beginnings

  /// Ends the server as an operator does with `kill -9`.
  func stop() { brain.program.kill() }

  /// Starts the server, with the same data, and waits until it answers.
  func start() async throws {
    keepStory()
    let since = ContinuousClock.now
    brain = try await Brain.start(
      programs.server, Self.serverArguments(directory, clock: clock), port: brain.port,
      environment: try Self.environment(directory))
    starts += 1
    downtime += (ContinuousClock.now - since) / .seconds(1) * Self.speed
  }

  /// Starts the server, with the same data, and does not wait.
  func launch() throws {
    keepStory()
    let arguments = Self.serverArguments(directory, clock: clock) + ["--listen", "127.0.0.1:\(brain.port)"]
    let program = try RunningProgram(programs.server, arguments, environment: try Self.environment(directory))
    brain = Brain(program: program, port: brain.port)
    starts += 1
  }

  private func keepStory() { said = String((said + brain.program.text).suffix(200_000)) }

  func stopWorld() { world.program.kill() }

  func startWorld() async throws {
    world = try await Self.startWorld(programs, worldArguments, admin: world.port)
  }

  /// Ends both.
  func end() {
    brain.program.kill()
    world.program.kill()
  }

  // MARK: The world

  func report() async throws -> WorldAccount {
    let answer = try await world.send("GET", "/world")
    return try Self.decoder.decode(WorldAccount.self, from: Data(answer.body))
  }

  /// Puts faults in force.
  func inject(_ faults: String...) async throws { try await inject(faults) }

  func inject(_ faults: [String]) async throws {
    let body = try JSONSerialization.data(withJSONObject: ["faults": faults])
    try Self.expect(200, of: try await world.send("POST", "/faults", body: [UInt8](body)), "the faults")
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
    try Self.expect(200, of: try await world.send("POST", "/scenario", body: [UInt8](body)), "the pods")
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
    try Self.expect(202, of: answer, "the order")
  }

  func remove(_ name: WorkerName, force: Bool = false) async throws {
    let answer = try await brain.send("DELETE", "/api/v1/workers/\(name.rawValue)\(force ? "?force=true" : "")")
    try Self.expect(202, of: answer, "the removal")
  }

  /// The last events, the newest first.
  func events() async throws -> [HeardEvent] {
    try await brain.get("/api/v1/events?limit=200", as: [String: [HeardEvent]].self)["events"] ?? []
  }

  private static func expect(_ status: Int, of answer: HTTPResponse, _ what: String) throws {
    guard answer.status != status else { return }
    throw Failure(
      .failed, "\(what): answered with \(answer.status): \(String(decoding: answer.body.prefix(2_000), as: UTF8.self))")
  }
}
