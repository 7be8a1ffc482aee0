internal import Model
internal import Ports
internal import Simulator
internal import TalosMessages

/// What a machine says of itself, read from the world.
extension TalosService {
  /// Services of the system itself, which accept no actions.
  private static let systemServices = ["apid", "auditd", "containerd", "cri", "machined", "syslogd", "udevd"]

  func services(of id: MachineID) throws -> ServiceList {
    // Through the port, so that the world's own faults are met.
    let seen = try infrastructure.read { try $0.observeSystem(id, at: $1) }
    let booted = infrastructure.look { $0.machines[id]?.system?.bootedAt }
    let time = booted.map { WireTime(seconds: $0.milliseconds / 1000) }
    func event(_ state: String, _ message: String) -> ServiceEvent {
      ServiceEvent(message: message, state: state, time: time)
    }
    func history(_ name: String, restarts: Int, runs: Bool) -> ServiceHistory {
      var events = [event("Preparing", "Running pre state"), event("Running", "Started task \(name)")]
      // A machine remembers so many changes of a service.
      for _ in 0..<min(restarts, 30) {
        events.append(event("Waiting", "Error running Containerd(\(name)), going to restart forever: task failed"))
        events.append(event("Running", "Started task \(name)"))
      }
      if !runs { events.append(event("Finished", "Service finished successfully")) }
      return ServiceHistory(events: events)
    }
    var services = Self.systemServices.map { name in
      ServiceInfo(
        id: name, state: "Running",
        history: history(name, restarts: name == "cri" ? seen.containerdRestarts : 0, runs: true),
        health: ServiceHealth(isHealthy: true))
    }
    if seen.stage != .maintenance {
      services.append(
        ServiceInfo(
          id: "kubelet", state: seen.kubeletRunning ? "Running" : "Finished",
          history: history(
            "kubelet", restarts: seen.kubeletRestarts, runs: seen.kubeletRunning || seen.kubeletRestarts > 0),
          health: ServiceHealth(isHealthy: seen.kubeletRunning)))
    }
    return ServiceList(services: services.sorted { $0.id < $1.id })
  }

  func act(_ method: TalosMethod, on service: String, of id: MachineID) throws -> TalosOutcome {
    let verb =
      switch method {
      case .serviceStart: "start"
      case .serviceStop: "stop"
      default: "restart"
      }
    guard service == "kubelet" || Self.systemServices.contains(service) else {
      throw GRPCStatus(.unknown, "service \"\(service)\" not defined")
    }
    guard service == "kubelet", verb != "stop" else {
      throw GRPCStatus(.unknown, "service \"\(service)\" doesn't support \(verb) operation via API")
    }
    let runs = infrastructure.look { $0.machines[id]?.system?.kubeletRunning == true }
    if verb == "restart" || !runs {
      try infrastructure.write("node_os.restart_kubelet") { try $0.restartKubelet(id, at: $1) }
    }
    return .one(ServiceActionAnswer(text: "Service \"kubelet\" \(verb)ed"))
  }

  func memory(of id: MachineID) -> Memory {
    let total = infrastructure.look { UInt64(max(0, $0.machines[id]?.hardware.memoryBytes ?? 0)) } / 1024
    return Memory(info: MemoryInfo(total: total, free: total / 2, available: total / 2))
  }

  func disks(of id: MachineID) -> DiskList {
    let size = infrastructure.look { UInt64(max(0, $0.machines[id]?.hardware.diskBytes ?? 0)) }
    return DiskList(disks: [DiskInfo(size: size, model: "QEMU HARDDISK", device: "/dev/sda", isSystemDisk: true)])
  }

  /// What a resource says, by type and id; `nil`: there is none.
  private func specification(_ type: String, _ id: String, as machine: MachineID?) throws -> String? {
    switch type {
    case "MachineStatuses.runtime.talos.dev" where id == "machine":
      guard let machine else { return Self.status(.running, isReady: true) }
      let seen = try infrastructure.read { try $0.observeSystem(machine, at: $1) }
      let isReady = infrastructure.look { world in
        world.machines[machine]?.node.flatMap { world.nodes[$0] }?.isReady == true
      }
      return Self.status(Self.stage(seen.stage), isReady: isReady)
    case "Nodenames.kubernetes.talos.dev" where id == "nodename",
      "HostnameStatuses.net.talos.dev" where id == "hostname":
      let name = infrastructure.look { world in machine.flatMap { world.machines[$0]?.node }?.rawValue }
      return (machine == nil ? "control-plane-001" : name).map {
        type.hasPrefix("Nodenames") ? "nodename: \($0)\n" : "hostname: \($0)\ndomainname: \"\"\n"
      }
    case "NodeAddresses.net.talos.dev" where ["default", "current", "routed"].contains(id):
      let address = infrastructure.look { world in machine.flatMap { world.machines[$0]?.address } } ?? controlPlane
      return "addresses:\n    - \(address)/16\n"
    default: return nil
    }
  }

  private static func status(_ stage: MachineStage, isReady: Bool) -> String {
    let unmet =
      isReady ? " []\n" : "\n        - name: nodeReady\n          reason: node is not ready\n"
    return "stage: \(stage.text)\nstatus:\n    ready: \(isReady)\n    unmetConditions:\(unmet)"
  }

  func resource(_ request: ResourceRequest, as machine: MachineID?) throws -> TalosOutcome {
    guard let yaml = try specification(request.type, request.id, as: machine) else {
      throw GRPCStatus(.notFound, "resource \(request.type)(\(request.namespace)/\(request.id)) doesn't exist")
    }
    return .reply(Self.wrap(request.namespace, request.type, request.id, yaml))
  }

  /// All resources of a type; of the members of the cluster there are many.
  func resources(_ request: ResourceRequest, as machine: MachineID?) -> TalosOutcome {
    if request.type == "Members.cluster.talos.dev" { return members(request) }
    let ids = ["machine", "nodename", "hostname", "default", "current", "routed"]
    let found = ids.compactMap { id in
      (try? specification(request.type, id, as: machine)).flatMap { $0 }.map { (id, $0) }
    }
    return .messages(found.map { Self.wrap(request.namespace, request.type, $0, $1).encoded() })
  }

  private func members(_ request: ResourceRequest) -> TalosOutcome {
    let workers: [(String, String, Int)] = infrastructure.look { world in
      world.machines.values.compactMap { machine in
        guard let node = machine.node, machine.system != nil else { return nil }
        return (node.rawValue, machine.address, machine.id.rawValue)
      }
    }
    func yaml(_ name: String, _ address: String, _ type: String, _ number: Int) -> String {
      """
      nodeId: simulated-\(number)
      addresses:
          - \(address)
      hostname: \(name)
      machineType: \(type)
      operatingSystem: Talos (\(version))

      """
    }
    var found = [("control-plane-001", yaml("control-plane-001", controlPlane, "controlplane", 0))]
    found += workers.map { ($0.0, yaml($0.0, $0.1, "worker", $0.2)) }
    return .messages(found.map { Self.wrap(request.namespace, request.type, $0, $1).encoded() })
  }

  private static func wrap(_ namespace: String, _ type: String, _ id: String, _ yaml: String) -> ResourceAnswer {
    ResourceAnswer(
      resource: Resource(
        metadata: ResourceMetadata(namespace: namespace, type: type, id: id, version: "1", phase: "running"),
        spec: ResourceSpec(yaml: yaml)))
  }
}
