import API
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

/// A simulated world in a process of its own, with the definitions and rights that an operator applies.
struct ReplicaBench {
  let directory: URL
  let world: RunningProgram
  let kubectl: String
  private let admin: String

  /// Real seconds of the lease, of the deadline for its renewal, and between two tries.
  static let lease = (length: 6.0, renewal: 4.0, retry: 1.0)

  /// - Parameter permanent: workers that the pool `permanent` always has.
  static func with(permanent: Int = 1, _ body: (ReplicaBench) async throws -> Void) async throws {
    guard let kubectl = Bench.program("kubectl") else {
      print("skipped: kubectl is not installed")
      return
    }
    try await Bench.withDirectory { directory in
      let bench = try await ReplicaBench(directory, kubectl, permanent)
      defer { bench.world.kill() }
      for file in ["crds.yaml", "rbac.yaml"] {
        try await bench.kubectl("apply", "-f", Bench.root.appendingPathComponent("config/kubernetes/base/\(file)").path)
      }
      try await body(bench)
    }
  }

  private init(_ directory: URL, _ kubectl: String, _ permanent: Int) async throws {
    self.directory = directory
    self.kubectl = kubectl
    let world = try RunningProgram(
      Bench.poolkeeper,
      [
        "simulate", "world", "--data", directory.path, "--scenario", "quiet", "--clock-speed", "20", "--config",
        Bench.root.appendingPathComponent("config/worker-pools.json").path,
      ])
    self.world = world
    try await Bench.eventually("the simulator's start") {
      try #require(world.isRunning, "\(world.text)")
      return world.text.contains("\nready\n") ? true : nil
    }
    func address(_ name: String) throws -> String {
      let line = try #require(world.text.split(separator: "\n").first { $0.hasPrefix(name + " ") })
      return String(line.dropFirst(name.count + 1))
    }
    admin = try address("admin")
    let talos = try #require(URL(string: try address("talos"))?.port)
    try Self.configuration(directory, talosPort: talos, permanent: permanent)
      .write(to: directory.appendingPathComponent("config.json"))
  }

  /// The example file with the world's addresses, without triggers: orders alone decide.
  private static func configuration(_ directory: URL, talosPort: Int, permanent: Int) throws -> Data {
    let example = try Data(contentsOf: Bench.root.appendingPathComponent("config/worker-pools.json"))
    var root = try #require(try JSONSerialization.jsonObject(with: example) as? [String: Any])
    func change(_ path: [String], _ value: Any) {
      func changed(_ object: [String: Any], _ path: ArraySlice<String>) -> [String: Any] {
        var object = object
        guard let first = path.first else { return object }
        object[first] =
          path.count == 1 ? value : changed(object[first] as? [String: Any] ?? [:], path.dropFirst())
        return object
      }
      root = changed(root, path[...])
    }
    change(["worker_pool_definitions", "permanent", "min_size"], permanent)
    change(["proxmox_integration", "storage", "vm_storage"], "vmdata")
    change(["poolkeeper", "pace", "tick_seconds"], 5)
    let infrastructure: [String: Any] = [
      "kind": "proxmox",
      "proxmox": ["ca_file": directory.appendingPathComponent("certificates/proxmox-ca.crt").path],
      "talos": [
        "talosconfig": directory.appendingPathComponent("talosconfig").path,
        "worker_config": directory.appendingPathComponent("worker.yaml").path, "port": talosPort,
      ],
      "kubernetes": [
        "kubeconfig": directory.appendingPathComponent("kubeconfig").path, "journal": "kubernetes",
        "leader_election": [
          "enabled": true, "lease_seconds": lease.length, "renew_seconds": lease.renewal,
          "retry_seconds": lease.retry,
        ],
      ],
    ]
    change(["poolkeeper", "infrastructure"], infrastructure)
    return try JSONSerialization.data(withJSONObject: root)
  }

  /// Changes the configuration that replicas are started with.
  func edit(_ changes: [(path: String, value: Any)]) throws {
    let file = directory.appendingPathComponent("config.json")
    var root = try #require(try JSONSerialization.jsonObject(with: Data(contentsOf: file)) as? [String: Any])
    for change in changes {
      root = EditedConfiguration.changed(root, change.path.split(separator: "/").map(String.init)[...], change.value)
    }
    try JSONSerialization.data(withJSONObject: root).write(to: file)
  }

  // MARK: - Replicas

  /// `poolkeeper serve --mode act` under a name of its own.
  func replica(_ name: String) async throws -> Replica {
    var environment = ["POD_NAME": name]
    let file = try String(contentsOf: directory.appendingPathComponent("proxmox.env"), encoding: .utf8)
    for line in file.split(separator: "\n") {
      let parts = line.split(separator: "=", maxSplits: 1).map(String.init)
      if parts.count == 2 { environment[parts[0]] = parts[1] }
    }
    let arguments = [
      "serve", "--mode", "act", "--clock", directory.path, "--config",
      directory.appendingPathComponent("config.json").path, "--data", directory.appendingPathComponent(name).path,
    ]
    return Replica(
      name: name, brain: try await Brain.start(arguments, environment: environment))
  }

  /// The only one of these that leads, once there is one.
  func leader(of replicas: [Replica]) async throws -> Replica {
    try await Bench.eventually("a leader") {
      var leaders: [Replica] = []
      for replica in replicas where try await replica.status()["following"] == nil { leaders.append(replica) }
      return leaders.count == 1 ? leaders[0] : nil
    }
  }

  // MARK: - The world's own account

  func report(_ path: String = "/world") async throws -> [String: Any] {
    let answer = try await HTTPClient().send(HTTPRequest("GET", admin + path), deadline: .seconds(20))
    return try JSONSerialization.jsonObject(with: Data(answer.body)) as? [String: Any] ?? [:]
  }

  /// A deployment more.
  func addPods(_ replicas: Int) async throws {
    let order = #"{"pods":{"name":"web","replicas":\#(replicas),"cpu_millicores":1000,"memory_mebibytes":512}}"#
    let answer = try await HTTPClient().send(
      HTTPRequest("POST", admin + "/scenario", body: [UInt8](order.utf8)), deadline: .seconds(20))
    #expect(answer.status == 200, "\(String(decoding: answer.body, as: UTF8.self))")
  }

  /// Rights that requests to the API server have needed until now.
  func rights() async throws -> Set<String> {
    Set(try await report("/faults")["kubernetes_rights"] as? [String] ?? [])
  }

  /// Everything that the world knows against us, and the machines that live.
  func expectOneMachineEach(_ workers: [WorkerView]) async throws {
    let report = try await report()
    for key in ["double_creations", "foreign_touches", "contradictions", "budget_violations"] {
      #expect((report[key] as? [Any])?.isEmpty == true, "\(key): \(report[key] ?? "")")
    }
    let machines = (report["machines"] as? [[String: Any]] ?? []).filter { $0["deleted_at"] is NSNull }
    #expect(machines.compactMap { $0["worker"] as? String }.sorted() == workers.map(\.name.rawValue).sorted())
    #expect(Set(machines.compactMap { $0["id"] as? String }) == Set(workers.map(\.id.rawValue)))
  }

  // MARK: - kubectl

  /// - Returns: what it said.
  @discardableResult func kubectl(_ arguments: String...) async throws -> String {
    let run = try RunningProgram(
      kubectl, arguments, environment: ["KUBECONFIG": directory.appendingPathComponent("kubeconfig").path])
    let code = await run.end()
    #expect(code == 0, "kubectl \(arguments.joined(separator: " ")): \(run.text)")
    return run.text
  }

  func objects(_ kinds: String, _ arguments: String...) async throws -> [[String: Any]] {
    let run = try RunningProgram(
      kubectl, ["get", kinds, "-o", "json"] + arguments,
      environment: ["KUBECONFIG": directory.appendingPathComponent("kubeconfig").path])
    #expect(await run.end() == 0, "\(run.text)")
    let list = try JSONSerialization.jsonObject(with: Data(run.text.utf8)) as? [String: Any]
    return list?["items"] as? [[String: Any]] ?? []
  }
}

/// One of several processes that serve the cluster.
struct Replica {
  let name: String
  let brain: Brain

  func status() async throws -> [String: Any] {
    let answer = try await brain.send("GET", "/api/v1/status")
    return try JSONSerialization.jsonObject(with: Data(answer.body)) as? [String: Any] ?? [:]
  }

  /// Orders workers of the pool `burst`.
  func order(_ workers: Int, _ id: String) async throws -> HTTPResponse {
    let body = Data(#"{"workers":\#(workers),"template":"small","ttl_hours":4,"request_id":"\#(id)"}"#.utf8)
    return try await brain.send(
      "POST", "/api/v1/pools/burst/scale", headers: [.init("Content-Type", "application/json")], body: [UInt8](body))
  }

  /// Waits until so many workers are ready and no others are there.
  func ready(_ count: Int) async throws -> [WorkerView] {
    try await Bench.eventually(within: .seconds(120), "\(count) workers are ready; \(brain.program.text)") {
      let workers = try await brain.workers()
      return workers.count == count && workers.allSatisfy { $0.state == .ready } ? workers : nil
    }
  }

  /// Waits until the program has told of something.
  func told(_ text: String) async throws {
    try await Bench.eventually(within: .seconds(120), "\(name) tells of \(text)") {
      brain.program.text.contains(text) ? true : nil
    }
  }

  func signal(_ number: Int32) { brain.program.signal(number) }
}
