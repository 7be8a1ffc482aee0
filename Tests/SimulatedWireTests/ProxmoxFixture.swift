import Foundation
import HTTPTransport
import Model
import Ports
import Simulator
import Synchronization
import Testing

@testable import SimulatedWire

/// A clock that a test sets while servers read it.
final class SteppedClock: TimeSource {
  private let instant: Mutex<Instant>
  init(_ instant: Instant) { self.instant = Mutex(instant) }
  func now() -> Instant { instant.withLock { $0 } }
  func pass(_ duration: Duration) { instant.withLock { $0 = $0.advanced(by: duration) } }
  func sleep(for duration: Duration) async throws { pass(duration) }
}

/// A simulated Proxmox over a real socket, and a client of it.
struct ProxmoxFixture: Sendable {
  static let start = Instant(seconds: 1_790_000_000)
  static let cluster = "prod-k8s"
  static let token = ProxmoxToken(id: "poolkeeper@pve!main", secret: "6b0f8c1e-3f0a-4e1b-9f57-0d6f7f1f3c55")
  static let weakToken = ProxmoxToken(
    id: "poolkeeper@pve!weak", secret: "0b7d44aa-9c8f-4a8e-b0a1-5b4dfd7c2a10", privileges: ["/": []])
  static let user = ProxmoxUser(id: "root@pam", password: "correct horse")
  static let owner = MachineOwner(
    cluster: cluster, pool: "burst", worker: "worker-burst-001", id: "0193-first")
  static var mark: String { OwnerMark(owner: owner, createdAt: start).text }

  let infrastructure: SimulatedInfrastructure
  let clock: SteppedClock
  let faults: WireFaults
  let client: HTTPClient
  let url: String
  var token = ProxmoxFixture.token

  /// Runs a world with two hosts, a template, a template with a GPU, a machine of other people, and a face of it.
  static func run(
    timings: WorldTimings = WorldTimings(), _ body: @escaping @Sendable (ProxmoxFixture) async throws -> Void
  ) async throws {
    let clock = SteppedClock(start)
    let infrastructure = SimulatedInfrastructure(world: world(timings: timings), time: clock)
    try await serve(infrastructure, clock, body)
  }

  static func world(timings: WorldTimings = WorldTimings()) -> World {
    var world = World(seed: 7, start: start, clusterName: cluster, timings: timings)
    for (name, gpus) in [("pve-01", 1), ("pve-02", 0)] {
      world.add(
        SimulatedHost(
          name: HostName(name), cpuCores: 32, memoryBytes: .mebibytes(64 * 1024), storageBytes: .gigabytes(4000),
          gpus: gpus))
    }
    world.addTemplateMachine(MachineID(9002), name: "talos-worker-medium", on: "pve-01")
    world.addForeignMachine(
      MachineID(100), name: "nas", on: "pve-01",
      hardware: .init(cpuCores: 4, memoryBytes: .mebibytes(16 * 1024), diskBytes: .gigabytes(500)))
    world.machinePools = ["k8s": "workers"]
    return world
  }

  private static func serve(
    _ infrastructure: SimulatedInfrastructure, _ clock: SteppedClock,
    _ body: @escaping @Sendable (ProxmoxFixture) async throws -> Void
  ) async throws {
    let mint = try CertificateMint(name: "test", algorithm: .p256)
    let faults = WireFaults()
    let face = ProxmoxFace(
      infrastructure: infrastructure, faults: faults, tokens: [token, weakToken], users: [user], secret: "tickets",
      certificate: try mint.server("pve", names: ["127.0.0.1"]))
    var configuration = HTTPClientConfiguration()
    configuration.trust = .authorities(.bytes([UInt8](mint.authority.certificate.utf8)))
    let client = HTTPClient(configuration)
    let (ports, sender) = AsyncStream<Int>.makeStream()
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await face.run { port in sender.yield(port) } }
      var iterator = ports.makeAsyncIterator()
      let port = try #require(await iterator.next())
      try await body(
        ProxmoxFixture(
          infrastructure: infrastructure, clock: clock, faults: faults, client: client,
          url: "https://127.0.0.1:\(port)"))
      group.cancelAll()
    }
    await client.shutdown()
  }

  // MARK: Asking

  struct Answer {
    var status: Int
    var headers: [HTTPHeader]
    var json: [String: Any]
    var text: String

    var data: Any? { json["data"] }
    var object: [String: Any] { json["data"] as? [String: Any] ?? [:] }
    var rows: [[String: Any]] { json["data"] as? [[String: Any]] ?? [] }
    var errors: [String: String] { json["errors"] as? [String: String] ?? [:] }
    var message: String { (json["message"] as? String ?? "").trimmingCharacters(in: .newlines) }
  }

  /// Sends a request with the usual token.
  func send(_ method: String, _ path: String, _ fields: [String: String] = [:]) async throws -> Answer {
    try await send(method, path, fields, token: token)
  }

  /// Sends a request with a form's fields, in the query for GET and DELETE.
  func send(
    _ method: String, _ path: String, _ fields: [String: String] = [:], token: ProxmoxToken?,
    headers: [HTTPHeader] = []
  ) async throws -> Answer {
    let form = fields.sorted { $0.key < $1.key }.map { "\(Self.encoded($0.key))=\(Self.encoded($0.value))" }
      .joined(separator: "&")
    let isQuery = method == "GET" || method == "DELETE"
    var all = headers
    if let token { all.append(HTTPHeader("Authorization", "PVEAPIToken=\(token.id)=\(token.secret)")) }
    if !isQuery { all.append(HTTPHeader("Content-Type", "application/x-www-form-urlencoded")) }
    let target = "\(url)/api2/json\(path)\(isQuery && !form.isEmpty ? "?" + form : "")"
    return try await send(HTTPRequest(method, target, headers: all, body: isQuery ? nil : [UInt8](form.utf8)))
  }

  func send(_ request: HTTPRequest) async throws -> Answer {
    let response = try await client.send(request, deadline: .seconds(30))
    let json = (try? JSONSerialization.jsonObject(with: Data(response.body))) as? [String: Any] ?? [:]
    return Answer(
      status: response.status, headers: response.headers, json: json,
      text: String(decoding: response.body, as: UTF8.self))
  }

  static func encoded(_ text: String) -> String {
    text.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? text
  }

  // MARK: Steps

  static let machines = "/nodes/pve-01/qemu"

  /// Orders a clone of the template.
  func clone(_ id: Int, _ fields: [String: String] = [:]) async throws -> Answer {
    let usual = ["newid": String(id), "name": "worker-burst-001", "description": Self.mark]
    return try await send("POST", "\(Self.machines)/9002/clone", usual.merging(fields) { _, new in new })
  }

  /// How a task ended; `nil` while it runs.
  func exit(_ task: Answer) async throws -> String? {
    let name = task.data as? String ?? ""
    let node = name.split(separator: ":").dropFirst().first.map(String.init) ?? "pve-01"
    return try await send("GET", "/nodes/\(node)/tasks/\(Self.encoded(name))/status").object["exitstatus"] as? String
  }

  /// Lets the world's time pass until a task has ended.
  func finish(_ task: Answer, within limit: Duration = .minutes(5)) async throws -> String? {
    let end = clock.now().advanced(by: limit)
    while clock.now() < end {
      if let exit = try await exit(task) { return exit }
      clock.pass(.milliseconds(500))
    }
    return nil
  }

  /// A clone that is there and stopped.
  func ready(_ id: Int, _ fields: [String: String] = [:]) async throws {
    let task = try await clone(id, fields)
    #expect(try await finish(task) == "OK", "\(task.text)")
  }

  func config(_ id: Int, node: String = "pve-01") async throws -> [String: Any] {
    try await send("GET", "/nodes/\(node)/qemu/\(id)/config").object
  }

  func row(_ id: Int) async throws -> [String: Any]? {
    try await send("GET", "/cluster/resources", ["type": "vm"]).rows.first { $0["vmid"] as? Int == id }
  }
}
