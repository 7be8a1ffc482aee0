import Foundation
import MCP
import Model
import Synchronization
import Testing

/// The scripted stand-in for a Proxmox server of the Model Context Protocol, and the machines behind it.
///
/// `@unchecked Sendable`: the file is only changed by a test while no call runs.
final class ProxmoxDouble: @unchecked Sendable {
  enum Kind: String, CaseIterable, Sendable { case passing, unwrapping }

  static let secret = "s3cr3t-0123456789"
  /// `nil` where there is none; tests that need it say so and are skipped.
  static let python: String? = {
    let directories = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").map(String.init)
    return directories.map { $0 + "/python3" }.first { FileManager.default.isExecutableFile(atPath: $0) }
  }()
  static let scripts = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Scripts")

  let kind: Kind
  let client: MCPClient
  private let file: URL
  private let notes: Notes

  init(_ kind: Kind, state: JSONValue = ProxmoxDouble.cluster, bench: Bench = Bench()) throws {
    self.kind = kind
    file = FileManager.default.temporaryDirectory.appendingPathComponent("double-\(UUID().uuidString).json")
    try Data(state.line.utf8).write(to: file)
    // The file is needed for as long as the client may start the server.
    let notes = Notes(removing: file)
    self.notes = notes
    let environment = ProcessInfo.processInfo.environment.filter { ["PATH", "HOME"].contains($0.key) }
    client = MCPClient(
      ServerCommand(
        program: try #require(Self.python),
        arguments: [Self.scripts.appendingPathComponent("proxmox_double.py").path, kind.rawValue, file.path],
        environment: environment, secrets: ["PROXMOX_TOKEN_VALUE": Self.secret]),
      version: "test", now: { bench.now }, note: { notes.add($0) })
  }

  /// What the client has noted, line by line.
  var noted: [String] { notes.all }

  func state() throws -> JSONValue { try #require(JSONValue([UInt8](try Data(contentsOf: file)))) }

  /// Calls so far of a tool.
  func calls(_ tool: String) throws -> [JSONValue] {
    (try state()["calls"]?.elements ?? []).compactMap(\.elements).filter { $0[0].string == tool }.map { $0[1] }
  }

  func machine(_ number: Int) throws -> JSONValue? { try state()["machines"]?["\(number)"] }

  func change(_ body: (inout [String: JSONValue]) -> Void) throws {
    var members = try #require(try state().members)
    body(&members)
    try Data(JSONValue.object(members).line.utf8).write(to: file)
  }

  /// What happens at the next calls of a tool.
  func plan(_ tool: String, _ faults: JSONValue...) throws {
    try change { members in
      var all = members["faults"]?.members ?? [:]
      all[tool] = .list(faults)
      members["faults"] = .object(all)
    }
  }

  func put(_ number: Int, _ machine: JSONValue) throws {
    try change { members in
      var machines = members["machines"]?.members ?? [:]
      machines["\(number)"] = machine
      members["machines"] = .object(machines)
    }
  }

  /// Two hosts, a template on the first, and a machine and a container of other people.
  static let cluster: JSONValue = [
    "machines": [
      "9000": [
        "host": "pve1", "name": "talos-template", "template": true, "tags": "poolkeeper", "cores": 2, "memory": 2048,
        "disk": 8,
      ],
      "100": ["host": "pve1", "name": "database", "status": "running", "cores": 4, "memory": 8192, "disk": 100],
      "101": ["host": "pve2", "name": "proxy", "type": "lxc", "status": "running", "cores": 1, "memory": 512],
    ]
  ]
}

/// Lines from any thread; removes a file when nobody can add any more.
final class Notes: Sendable {
  private let file: URL?
  private let lines = Mutex<[String]>([])

  init(removing file: URL? = nil) { self.file = file }

  deinit {
    if let file { try? FileManager.default.removeItem(at: file) }
  }

  var all: [String] { lines.withLock { $0 } }
  func add(_ line: String) { lines.withLock { $0.append(line) } }
}
