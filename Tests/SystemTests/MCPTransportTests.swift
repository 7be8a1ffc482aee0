import ConfigurationFile
import Foundation
import HTTPTransport
import MCP
import Model
import Ports
import Testing

@testable import poolkeeper

/// Other people's server of the Model Context Protocol, between our hypervisor and a Proxmox that is simulated.
private enum MCPTransport {
  /// `nil` where it is not installed.
  static let server: String? = {
    let path = Bench.root.appendingPathComponent(".build/python-mcp/bin/proxmox-mcp-server").path
    return FileManager.default.isExecutableFile(atPath: path) ? path : nil
  }()

  /// Starts a world, and the server before it.
  /// - Parameter faults: in force from the start.
  static func with(
    faults: [String] = [], _ body: (MCPHypervisor, Policy, RunningProgram) async throws -> Void
  ) async throws {
    try await Bench.withDirectory { directory in
      let data = directory.appendingPathComponent("world").path
      let file = Bench.root.appendingPathComponent("config/worker-pools.json").path
      let world = try RunningProgram(
        Bench.poolkeeper,
        ["simulate", "world", "--data", data, "--speed", "60", "--scenario", "quiet", "--config", file]
          + faults.flatMap { ["--fault", $0] })
      try await Bench.eventually("the world answers; it said: \(world.text)") {
        try #require(world.isRunning, "the world ended: \(world.text)")
        return world.text.contains("ready") ? true : nil
      }
      let access = try environment(of: data + "/proxmox.env")
      let policy = try ConfigurationLoading.load(file).configuration.policy
      let client = MCPClient(try command(access), version: "test", now: { .now }, note: { _ in })
      var options = MCPHypervisorOptions(cluster: policy.clusterName)
      options.storage = nil
      try await body(MCPHypervisor(client, options: options), policy, world)
      await client.stop()
    }
  }

  private static func environment(of file: String) throws -> [String: String] {
    let text = String(decoding: try Data(contentsOf: URL(fileURLWithPath: file)), as: UTF8.self)
    return Dictionary(
      text.split(separator: "\n").compactMap { line in
        line.firstIndex(of: "=").map { (String(line[..<$0]), String(line[line.index(after: $0)...])) }
      }, uniquingKeysWith: { _, last in last })
  }

  /// The server's own variables; with certificates verified, which it does not do by itself.
  private static func command(_ access: [String: String]) throws -> ServerCommand {
    let url = try #require(URLComponents(string: access["PROXMOX_URL"] ?? ""))
    let token = (access["PROXMOX_TOKEN_ID"] ?? "").split(separator: "!").map(String.init)
    return ServerCommand(
      program: try #require(server),
      environment: [
        "PATH": ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin", "HOME": NSTemporaryDirectory(),
        "PROXMOX_HOST": url.host ?? "", "PROXMOX_PORT": "\(url.port ?? 0)", "PROXMOX_VERIFY_SSL": "1",
        "REQUESTS_CA_BUNDLE": access["PROXMOX_CA_FILE"] ?? "", "PROXMOX_USER": token.first ?? "",
        "PROXMOX_TOKEN_NAME": token.last ?? "",
      ], secrets: ["PROXMOX_TOKEN_VALUE": access["PROXMOX_TOKEN_SECRET"] ?? ""])
  }
}

@Suite(
  .enabled(
    if: MCPTransport.server != nil,
    "proxmox-mcp-server is not in .build/python-mcp; scripts/install-packages.sh --test puts it there"))
struct MCPTransportTests {
  @Test(.timeLimit(.minutes(5))) func aMachineLivesItsWholeLifeThroughSomebodyElsesServer() async throws {
    try await MCPTransport.with { hypervisor, policy, world in
      let template = try #require(policy.templates.first { $0.machine.gpus == 0 })
      let owner = MachineOwner(
        cluster: policy.clusterName, pool: "burst", worker: "worker-burst-001", id: WorkerID(UUID().uuidString))
      let createdAt = Instant(milliseconds: Int64(Date().timeIntervalSince1970 * 1_000))
      #expect(try await !hypervisor.hosts().isEmpty)
      let request = CloneRequest(template: template, owner: owner, createdAt: createdAt)
      let (machine, task) = try await hypervisor.clone(request)
      #expect(try await hypervisor.clone(request).machine == machine)
      try await Bench.eventually("the clone is made; \(world.text)") {
        try await hypervisor.task(task) == .succeeded ? true : nil
      }
      func seen() async throws -> MachineObservation? {
        try await hypervisor.machines().first { $0.id == machine }
      }
      let clone = try #require(try await seen())
      #expect(clone.owner == owner && clone.createdAt == createdAt && !clone.configured && clone.uuid != nil)
      try await Bench.eventually("the size is set") {
        if try await seen()?.configured == true { return true }
        // What the server does not say the cause of is tried again, as the lifecycle does.
        try? await hypervisor.configure(machine, owner: owner, as: template)
        return nil
      }
      try await hypervisor.start(machine, owner: owner)
      try await Bench.eventually("it runs") { try await seen()?.power == .running ? true : nil }
      await #expect(throws: PortError.self) { try await hypervisor.delete(machine, owner: owner) }
      var stranger = owner
      stranger.id = "somebody-else"
      await #expect { try await hypervisor.stop(machine, owner: stranger) } throws: {
        ($0 as? PortError)?.code == .notOurs
      }
      try await hypervisor.stop(machine, owner: owner)
      try await Bench.eventually("it is gone") {
        if try await seen() == nil { return true }
        try? await hypervisor.delete(machine, owner: owner)
        return nil
      }
      try await hypervisor.delete(machine, owner: owner)
    }
  }

  /// The answers of three changes are lost after they were carried out; this server does not even say that it was so.
  @Test(.timeLimit(.minutes(5))) func lostAnswersMakeNoSecondMachine() async throws {
    let faults = ["clone", "start", "delete"].map { "proxmox.\($0)=lost-answer" }
    try await MCPTransport.with(faults: faults) { hypervisor, policy, world in
      let template = try #require(policy.templates.first { $0.machine.gpus == 0 })
      let owner = MachineOwner(
        cluster: policy.clusterName, pool: "burst", worker: "worker-burst-001", id: WorkerID(UUID().uuidString))
      let request = CloneRequest(
        template: template, owner: owner, createdAt: Instant(milliseconds: Int64(Date().timeIntervalSince1970 * 1_000)))
      func code(_ body: () async throws -> Void) async -> PortError.Code? {
        do { try await body() } catch { return (error as? PortError)?.code }
        return nil
      }
      #expect(await code { _ = try await hypervisor.clone(request) } == .uncertain)
      let machine = try await Bench.eventually("the clone is found; \(world.text)") {
        try? await hypervisor.clone(request).machine
      }
      func seen() async throws -> MachineObservation? {
        try await hypervisor.machines().first { $0.id == machine }
      }
      try await Bench.eventually("the size is set") {
        if try await seen()?.configured == true { return true }
        try? await hypervisor.configure(machine, owner: owner, as: template)
        return nil
      }
      #expect(await code { try await hypervisor.start(machine, owner: owner) } == .uncertain)
      try await Bench.eventually("it runs") {
        try? await hypervisor.start(machine, owner: owner)
        return try await seen()?.power == .running ? true : nil
      }
      try await Bench.eventually("it is stopped") {
        try? await hypervisor.stop(machine, owner: owner)
        return await code { try await hypervisor.delete(machine, owner: owner) } == .uncertain ? true : nil
      }
      try await Bench.eventually("it is gone") {
        await code { try await hypervisor.delete(machine, owner: owner) } == nil ? true : nil
      }
      let admin = try #require(world.text.split(separator: "\n").first { $0.hasPrefix("admin ") }).dropFirst(6)
      let answer = try await HTTPClient().send(HTTPRequest("GET", admin + "/world"), deadline: .seconds(20))
      let decoder = JSONDecoder()
      decoder.keyDecodingStrategy = .convertFromSnakeCase
      let account = try decoder.decode(Account.self, from: Data(answer.body))
      #expect(account.machines.map(\.id) == [owner.id.rawValue])
      #expect(account.doubleCreations.isEmpty && account.foreignTouches.isEmpty && account.contradictions.isEmpty)
    }
  }

  /// The world's own account.
  private struct Account: Decodable {
    struct Machine: Decodable { var id: String }
    struct Touch: Decodable { var operation: String }
    var machines: [Machine]
    var doubleCreations: [String]
    var foreignTouches: [Touch]
    var contradictions: [String]
  }
}
