import Model

/// The calls that the hypervisor's port is made of, by what they are for.
extension ProxmoxClient {
  private static func machine(_ node: HostName, _ id: MachineID, _ rest: String...) -> [String] {
    ["nodes", node.rawValue, "qemu", String(id.rawValue)] + rest
  }

  // MARK: Looking

  func resources() async throws -> ClusterResources { ClusterResources(try await get(["cluster", "resources"])) }

  /// `nil` where there is no cluster to have a quorum, or the right to see it is missing.
  func isQuorate() async throws -> Bool? {
    let rows: JSONValue
    do { rows = try await get(["cluster", "status"]) } catch let failure as ProxmoxFailure
      where failure.meaning == .forbidden
    { return nil }
    return rows.list?.first { $0["type"]?.text == "cluster" }?["quorate"].map(\.flag)
  }

  /// Whether no machine or container of the whole cluster has this number, also none that we may not see.
  func isFree(_ id: MachineID) async throws -> Bool {
    do { _ = try await get(["cluster", "nextid"], ["vmid": .number(id.rawValue)]) } catch let failure as ProxmoxFailure
      where failure.meaning == .idTaken
    { return false }
    return true
  }

  func configuration(of id: MachineID, on node: HostName) async throws -> MachineConfiguration {
    MachineConfiguration(try await get(Self.machine(node, id, "config")))
  }

  /// At this moment, unlike the list's, which lags behind by up to 20 s.
  func isRunning(_ id: MachineID, on node: HostName) async throws -> Bool {
    try await get(Self.machine(node, id, "status", "current"))["status"]?.text == "running"
  }

  func deviceMappings() async throws -> [DeviceMapping] {
    (try await get(["cluster", "mapping", "pci"]).list ?? []).compactMap(DeviceMapping.init)
  }

  func interfaces(of id: MachineID, on node: HostName) async throws -> [GuestInterface] {
    let answer = try await get(Self.machine(node, id, "agent", "network-get-interfaces"))
    return (answer["result"]?.list ?? []).compactMap(GuestInterface.init)
  }

  // MARK: Changing; each gives the task's name, or nothing where the work was done at once

  func clone(
    _ source: MachineID, on node: HostName, as id: MachineID, _ form: [String: ParameterValue]
  ) async throws -> String? {
    let all = form.merging(["newid": .number(id.rawValue)]) { _, new in new }
    return try await post(Self.machine(node, source, "clone"), all).text
  }

  func configure(_ id: MachineID, on node: HostName, _ form: [String: ParameterValue]) async throws -> String? {
    try await post(Self.machine(node, id, "config"), form).text
  }

  /// - Parameter size: absolute, so that repeating it changes nothing.
  func resize(_ disk: String, of id: MachineID, on node: HostName, to size: DiskSize) async throws -> String? {
    try await put(Self.machine(node, id, "resize"), ["disk": .text(disk), "size": .text(size.text)]).text
  }

  func start(_ id: MachineID, on node: HostName) async throws -> String? {
    try await post(Self.machine(node, id, "status", "start")).text
  }

  func stop(_ id: MachineID, on node: HostName) async throws -> String? {
    try await post(Self.machine(node, id, "status", "stop")).text
  }

  func destroy(_ id: MachineID, on node: HostName) async throws -> String? {
    try await delete(Self.machine(node, id), ["purge": true, "destroy-unreferenced-disks": true]).text
  }

  // MARK: Tasks

  /// Longest name lists of a node's tasks.
  static let maximumTasks = 500

  /// Tasks that run on a node now; of a token, its own.
  /// - Parameter id: what they work on.
  func runningTasks(on node: HostName, type: String, of id: MachineID? = nil) async throws -> [String] {
    var query: [String: ParameterValue] = [
      "source": "active", "typefilter": .text(type), "limit": .number(Self.maximumTasks),
    ]
    if let id { query["vmid"] = .number(id.rawValue) }
    let rows = try await get(["nodes", node.rawValue, "tasks"], query).list ?? []
    // A list of active tasks may hold some that have just ended.
    return rows.filter { $0["endtime"] == nil && ["RUNNING", "running", nil].contains($0["status"]?.text) }
      .filter { $0["type"]?.text == type }
      .compactMap { $0["upid"]?.text }
  }

  func status(of task: UPID) async throws -> TaskStatus {
    do {
      return TaskStatus(try await get(["nodes", task.node, "tasks", task.description, "status"]))
    } catch let failure as ProxmoxFailure where failure.meaning == .taskUnknown { return .unknown }
  }
}
