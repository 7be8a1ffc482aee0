internal import Model
internal import Ports
internal import Simulator
internal import TalosMessages

/// What each method comes to.
extension TalosService {
  func answer(_ method: TalosMethod, _ message: [UInt8], at place: TalosPlace) throws -> TalosOutcome {
    do {
      switch place {
      case .controlPlane: return try answerAsControlPlane(method, message)
      case .machine(let id): return try answer(method, message, as: id)
      }
    } catch let error as TalosMessageError {
      throw GRPCStatus(.internal, error.message)
    }
  }

  private func answerAsControlPlane(_ method: TalosMethod, _ message: [UInt8]) throws -> TalosOutcome {
    switch method {
    case .version: return .one(ownVersion)
    case .healthCheck: return health(try HealthCheckRequest(decoding: message))
    case .resourceGet: return try resource(try ResourceRequest(decoding: message), as: nil)
    case .resourceList: return resources(try ResourceRequest(decoding: message), as: nil)
    case .events:
      let request = try EventsRequest(decoding: message)
      return .events(events.follow(request, at: TalosPlace.controlPlane.number), request)
    case .serviceList:
      return .one(ServiceList(services: ["apid", "etcd", "kubelet"].map { ServiceInfo(id: $0, state: "Running") }))
    case .time: return .one(ownTime)
    case .disks: return .one(DiskList())
    default:
      throw GRPCStatus(.failedPrecondition, "the simulated control plane is no machine that this could be done to")
    }
  }

  private func answer(_ method: TalosMethod, _ message: [UInt8], as id: MachineID) throws -> TalosOutcome {
    switch method {
    case .version: return .one(ownVersion)
    case .time: return .one(ownTime)
    case .applyConfiguration: return try apply(try ApplyConfigurationRequest(decoding: message), to: id)
    case .reboot: return try sequence("reboot", id) { try $0.reboot(id, at: $1) }
    case .shutdown: return try sequence("shutdown", id) { try $0.shutdown(id, at: $1) }
    case .reset: return try reset(try ResetRequest(decoding: message), id)
    case .serviceList: return .one(try services(of: id))
    case .serviceStart, .serviceStop, .serviceRestart:
      return try act(method, on: try ServiceActionRequest(decoding: message).id, of: id)
    case .memory: return .one(memory(of: id))
    case .loadAverage: return .one(LoadAverage(load1: 0.5, load5: 0.5, load15: 0.5))
    case .containers: return .one(containers(of: id))
    case .events:
      let request = try EventsRequest(decoding: message)
      return .events(events.follow(request, at: id.rawValue), request)
    case .imageList: return images(of: id)
    case .imageRemove: return try remove(try ImageRemoveRequest(decoding: message).name, from: id)
    case .healthCheck: throw GRPCStatus(.unimplemented, "cluster health is checked on control-plane nodes only")
    case .disks: return .one(disks(of: id))
    case .resourceGet: return try resource(try ResourceRequest(decoding: message), as: id)
    case .resourceList: return resources(try ResourceRequest(decoding: message), as: id)
    }
  }

  private var ownVersion: Version {
    Version(
      version: VersionInfo(tag: version, sha: "simulated", system: "linux", architecture: "amd64"),
      platform: PlatformInfo(name: "nocloud", mode: "cloud"))
  }

  private var ownTime: TimeAnswer {
    let milliseconds = infrastructure.look { $0.now.milliseconds }
    let time = WireTime(seconds: milliseconds / 1000, nanoseconds: Int32(milliseconds % 1000) * 1_000_000)
    return TimeAnswer(server: "time.example.org", local: time, remote: time)
  }

  private func apply(_ request: ApplyConfigurationRequest, to id: MachineID) throws -> TalosOutcome {
    guard let mode = ApplyMode(rawValue: request.mode) else {
      throw GRPCStatus(.invalidArgument, "unknown mode \(request.mode)")
    }
    let runs = answers(.machine(id)) == true
    if mode == .reboot && runs && !isOlder(than: (1, 14)) {
      throw GRPCStatus(.unimplemented, "apply configuration mode reboot is not supported")
    }
    guard let text = String(validating: request.data, as: UTF8.self) else {
      throw GRPCStatus(.invalidArgument, "failed to parse config: it is not UTF-8")
    }
    let applied = try AppliedConfiguration(text, fallback: "talos-\(id.rawValue)")
    if request.isDryRun {
      return .one(
        ApplyConfigurationAnswer(mode: request.mode, details: "Dry run summary: a configuration was accepted."))
    }
    do {
      try infrastructure.write("node_os.apply") { try $0.apply(applied.node, to: id, at: $1) }
    } catch let error as PortError where error.code == .busy {
      throw GRPCStatus(.failedPrecondition, "another apply configuration is already in progress")
    }
    return .one(ApplyConfigurationAnswer(mode: request.mode, details: "Applied configuration without a reboot"))
  }

  /// The answer comes before it is known whether the sequence may start; a refusal is an event.
  private func sequence(
    _ name: String, _ id: MachineID, _ body: (inout World, Instant) throws -> Void
  ) throws -> TalosOutcome {
    let actor = events.newActor()
    do {
      try infrastructure.write("node_os.\(name)", body)
      events.append(.sequence(SequenceEvent(sequence: name, action: 1)), actor: actor, at: id.rawValue)
    } catch let error as PortError where error.code == .busy {
      let refusal = EventError(code: 1, message: "sequence not started: locked")
      events.append(.sequence(SequenceEvent(sequence: name, action: 0, error: refusal)), actor: actor, at: id.rawValue)
    }
    return .one(SequenceAnswer(actorID: actor))
  }

  private func reset(_ request: ResetRequest, _ id: MachineID) throws -> TalosOutcome {
    let labels = request.partitions.map(\.label)
    if let unknown = labels.first(where: { !["STATE", "EPHEMERAL"].contains($0) }) {
      throw GRPCStatus(.unknown, "failed to find volume status for \"\(unknown)\"")
    }
    let wipesAll = labels.isEmpty && request.mode != 2
    // Without its system disk a machine cannot come back, whatever was asked for.
    return try sequence("reset", id) {
      try $0.reset(
        id, wipesConfiguration: wipesAll || labels.contains("STATE"), restarts: request.reboot && !wipesAll, at: $1)
    }
  }

  private func health(_ request: HealthCheckRequest) -> TalosOutcome {
    let asked = request.nodes?.workerNodes ?? []
    let (ready, unwell): (Int, [String]) = infrastructure.look { world in
      let nodes = world.nodes.values.filter { asked.isEmpty || asked.contains($0.address) }
      var unwell = nodes.filter { !$0.isReady }.map(\.name.rawValue)
      unwell += asked.filter { address in !nodes.contains { $0.address == address } }
      return (nodes.count { $0.isReady }, unwell)
    }
    var said = ["discovered nodes: \(ready + unwell.count)", "waiting for all k8s nodes to report ready: ..."]
    if unwell.isEmpty {
      said.append("waiting for all k8s nodes to report ready: OK")
      return .messages(said.map { HealthCheckProgress(message: $0).encoded() })
    }
    said.append(
      "waiting for all k8s nodes to report ready: some nodes are not ready: [\(unwell.joined(separator: " "))]")
    return .messagesThenStatus(
      said.map { HealthCheckProgress(message: $0).encoded() },
      GRPCStatus(.deadlineExceeded, "healthcheck error: context deadline exceeded"))
  }
}
