public import Model
internal import Ports
public import TalosMessages
internal import Yams

/// What MachineStatus says of a machine.
public struct MachineStatus: Hashable, Sendable {
  /// Where it is between power-on and power-off.
  public var stage: MachineStage
  /// Whether nothing is missing.
  public var isReady: Bool
  /// What is missing, each with its reason.
  public var unmetConditions: [String]
}

/// The calls by what they are for. The roles that they need are in `TalosMethod.role`.
extension TalosClient {
  /// The system's version.
  public func version(at target: TalosTarget) async throws -> Version {
    try await first(.version, Empty(), target, "talos.version")
  }

  /// All services with their histories.
  public func services(at target: TalosTarget) async throws -> [ServiceInfo] {
    let list: ServiceList = try await first(.serviceList, Empty(), target, "talos.services")
    return list.services
  }

  /// The machine's stage, which it tells in maintenance too.
  public func status(at target: TalosTarget) async throws -> MachineStatus {
    let yaml = try await resource("runtime", "MachineStatuses.runtime.talos.dev", "machine", at: target)
    guard let node = try? Yams.compose(yaml: yaml), let text = node["stage"]?.string,
      let stage = MachineStage(text: text)
    else {
      throw PortError(.failed, "The machine's status names no stage that is known here.", operation: "talos.status")
    }
    let unmet = node["status"]?["unmetConditions"]?.sequence?.map { condition in
      "\(condition["name"]?.string ?? ""): \(condition["reason"]?.string ?? "")"
    }
    return MachineStatus(
      stage: stage, isReady: node["status"]?["ready"]?.bool ?? false, unmetConditions: unmet ?? [])
  }

  /// A resource's specification as YAML.
  public func resource(
    _ namespace: String, _ type: String, _ id: String, at target: TalosTarget
  ) async throws -> String {
    let answer: ResourceAnswer = try await call(
      .resourceGet, ResourceRequest(namespace: namespace, type: type, id: id), at: target, operation: "talos.resource")
    return answer.resource?.spec?.yaml ?? ""
  }

  /// All resources of a type.
  public func resources(_ namespace: String, _ type: String, at target: TalosTarget) async throws -> [Resource] {
    let found = Collected<Resource>()
    try await stream(
      .resourceList, ResourceRequest(namespace: namespace, type: type), at: target, operation: "talos.resources"
    ) { (answer: ResourceAnswer) in
      if let resource = answer.resource { await found.append(resource) }
      return true
    }
    return await found.elements
  }

  /// Gives the machine its whole configuration, always in mode AUTO. The same bytes twice are harmless.
  @discardableResult
  public func apply(
    _ configuration: String, isDryRun: Bool = false, at target: TalosTarget
  ) async throws -> ApplyConfigurationAnswer {
    let request = ApplyConfigurationRequest(
      data: Array(configuration.utf8), mode: ApplyMode.auto.rawValue, isDryRun: isDryRun)
    return try await first(.applyConfiguration, request, target, "talos.apply", changes: !isDryRun)
  }

  /// Starts, restarts or stops a service: only `kubelet` (not stop) and `ext-…`.
  public func restart(service: String, at target: TalosTarget) async throws {
    let _: ServiceActionAnswer = try await first(
      .serviceRestart, ServiceActionRequest(id: service), target, "talos.restart_service", changes: true)
  }

  /// Starts a service; one that runs stays as it is.
  public func start(service: String, at target: TalosTarget) async throws {
    let _: ServiceActionAnswer = try await first(
      .serviceStart, ServiceActionRequest(id: service), target, "talos.start_service", changes: true)
  }

  /// Restarts the machine.
  /// - Throws: `busy` when the machine says that another sequence holds it.
  public func reboot(at target: TalosTarget) async throws {
    let answer: SequenceAnswer = try await first(.reboot, RebootRequest(), target, "talos.reboot", changes: true)
    try await watch(answer, of: "talos.reboot", at: target)
  }

  /// Powers the machine off.
  /// - Parameter force: without cordoning and draining first.
  public func shutdown(force: Bool, at target: TalosTarget) async throws {
    let answer: SequenceAnswer = try await first(
      .shutdown, ShutdownRequest(force: force), target, "talos.shutdown", changes: true)
    try await watch(answer, of: "talos.shutdown", at: target)
  }

  /// Wipes the machine. Without partitions its whole system disk goes and it cannot boot again.
  public func reset(_ request: ResetRequest, at target: TalosTarget) async throws {
    let answer: SequenceAnswer = try await first(.reset, request, target, "talos.reset", changes: true)
    try await watch(answer, of: "talos.reset", at: target)
  }

  /// Reads events: `take` gets each until it returns false or `limit` has passed.
  public func events(
    _ request: EventsRequest, at target: TalosTarget, limit: Duration,
    take: @escaping @Sendable (Event, EventPayload) async throws -> Bool
  ) async throws {
    try await stream(.events, request, at: target, operation: "talos.events", limit: limit) { (event: Event) in
      guard let payload = try EventPayload(event) else { return true }
      return try await take(event, payload)
    }
  }

  /// Asks a control-plane node whether the cluster is well, with these nodes and no others.
  /// - Returns: what it said while it looked.
  /// - Throws: when it is not well within `wait`, or no control-plane node was asked.
  @discardableResult
  public func health(
    controlPlane: [String], workers: [String], wait: Duration, at target: TalosTarget
  ) async throws -> [String] {
    let said = Collected<String>()
    let request = HealthCheckRequest(
      waitTimeout: WireDuration(seconds: wait.components.seconds),
      nodes: HealthCheckClusterInfo(controlPlaneNodes: controlPlane, workerNodes: workers))
    try await stream(
      .healthCheck, request, at: target, operation: "talos.health", limit: wait + deadlines.read
    ) { (progress: HealthCheckProgress) in
      await said.append(progress.message)
      return true
    }
    return await said.elements
  }

  /// The machine's disks; answered in maintenance too.
  public func disks(at target: TalosTarget) async throws -> [DiskInfo] {
    let list: DiskList = try await first(.disks, Empty(), target, "talos.disks")
    return list.disks
  }

  /// How far the machine's clock is ahead of `now`; a large value makes joining fail at certificates.
  public func clockSkew(now: Instant, at target: TalosTarget) async throws -> Duration {
    let answer: TimeAnswer = try await first(.time, Empty(), target, "talos.time")
    let local = answer.local ?? WireTime()
    return .seconds(local.seconds) + .nanoseconds(Int64(local.nanoseconds)) - .milliseconds(now.milliseconds)
  }

  /// The first element of an answer; there is one, since one node was asked.
  private func first<Request: TalosMessage, Element: TalosMessage>(
    _ method: TalosMethod, _ request: Request, _ target: TalosTarget, _ operation: String, changes: Bool = false
  ) async throws -> Element {
    let reply: Reply<Element> = try await call(
      method, request, at: target, operation: operation, changes: changes)
    guard let element = reply.messages.first else {
      throw PortError(
        changes ? .uncertain : .failed, "The machine's answer is empty; look before you repeat the call.",
        operation: operation)
    }
    return element
  }

  /// A sequence is accepted before it is known whether it may start; a refusal is seen only in the events.
  private func watch(_ sequence: SequenceAnswer, of operation: String, at target: TalosTarget) async throws {
    guard !sequence.actorID.isEmpty else { return }
    do {
      try await events(
        EventsRequest(tailEvents: -1, actorID: sequence.actorID), at: target, limit: deadlines.refusal
      ) { _, payload in
        guard case .sequence(let event) = payload else { return true }
        if let error = event.error, error.code == Self.locked {
          throw PortError(
            .busy, "The machine is in the middle of another sequence (\(error.message)); try again.",
            operation: operation)
        }
        return false
      }
    } catch let error as PortError where error.code == .busy {
      throw error
    } catch {
      // The machine goes down while it is watched: that is what was asked for.
    }
  }

  /// `common.Error`'s code of a sequence that may not start.
  private static let locked: Int32 = 1
}

/// Elements of a stream, in order.
actor Collected<Element: Sendable> {
  private(set) var elements: [Element] = []
  func append(_ element: Element) { elements.append(element) }
}
