public import Model
public import Ports
internal import TalosMessages

/// Whether a machine that cannot prove who it is may be given a configuration, which holds the cluster's join secrets.
public enum MaintenanceTrust: Sendable {
  /// Never: machines get their configuration in another way.
  case refused
  /// Only one that shows the key whose fingerprint the operator knows; `nil`: that machine is refused.
  case pinned(@Sendable (MachineID) async -> KeyFingerprint?)
  /// One that this program has just made and that still is in maintenance, as the closure knows.
  case expected(@Sendable (MachineID) async -> Bool)
}

/// Where machines' calls go.
public enum TalosRoute: Sendable, Hashable {
  /// To the machine itself.
  case direct
  /// Through the talosconfig's endpoints, which forward them; machines in maintenance are asked directly all the same.
  case endpoints
}

/// The operating system on workers, through Talos's machine API.
public struct TalosNodeOS: NodeOS {
  /// How machines are asked.
  public struct Settings: Sendable {
    /// Directly, or through control-plane nodes.
    public var route: TalosRoute
    /// The machine API's port on workers.
    public var port: Int
    /// Who is given a configuration without proof.
    public var maintenance: MaintenanceTrust
    /// How long is waited for machines.
    public var deadlines = TalosDeadlines()

    /// Settings for workers at the usual port.
    public init(
      route: TalosRoute = .direct, port: Int = TalosEndpoint.defaultPort, maintenance: MaintenanceTrust
    ) {
      self.route = route
      self.port = port
      self.maintenance = maintenance
    }
  }

  /// Calls that the port does not have: version, health, events, reset.
  public let client: TalosClient
  private let context: TalosContext
  private let addresses: any MachineAddresses
  private let fallback: (@Sendable (MachineID) async throws -> String?)?
  private let worker: WorkerConfiguration?
  private let settings: Settings

  /// - Parameters:
  ///   - addresses: where machines can be reached.
  ///   - fallback: asked where `addresses` does not know, for example the node's InternalIP.
  ///   - worker: what machines are configured with; `nil`: `apply` is refused.
  public init(
    context: TalosContext, addresses: any MachineAddresses, worker: WorkerConfiguration?, settings: Settings,
    fallback: (@Sendable (MachineID) async throws -> String?)? = nil
  ) {
    client = TalosClient(credentials: context.credentials, deadlines: settings.deadlines)
    self.context = context
    self.addresses = addresses
    self.worker = worker
    self.settings = settings
    self.fallback = fallback
  }

  public func address(of machine: MachineID) async throws -> String? {
    let operation = "node_os.address"
    do {
      if let address = try await addresses.address(of: machine) { return address }
    } catch let error as PortError {
      guard fallback != nil, error.code != .notFound else { throw error }
    }
    do {
      return try await fallback?(machine)
    } catch {
      throw PortError(error, operation: operation, changes: false)
    }
  }

  public func observe(_ machine: MachineID) async throws -> SystemObservation {
    let operation = "node_os.observe"
    let address = try await reachable(machine, operation)
    return try await renamed(operation) {
      let (target, status) = try await find(machine, address)
      guard let stage = Self.stage(status.stage) else {
        throw PortError(.unreachable, "The machine does not know its own stage yet.", operation: operation)
      }
      if stage == .maintenance { return SystemObservation(stage: .maintenance, kubeletRunning: false) }
      return Self.observation(stage, try await client.services(at: target))
    }
  }

  public func apply(_ configuration: NodeConfiguration, to machine: MachineID) async throws {
    let operation = "node_os.apply"
    guard let worker else {
      throw PortError(
        .unavailable, "No worker configuration file is set, so that machines cannot be configured.",
        operation: operation)
    }
    let text: String
    do {
      text = try worker.patched(for: configuration).yaml
    } catch {
      throw PortError(error, operation: operation, changes: false)
    }
    let address = try await reachable(machine, operation)
    try await renamed(operation) {
      let (target, _) = try await find(machine, address)
      try await client.apply(text, at: target)
      // A machine in maintenance closes the connection, and answers the next one with another certificate.
      if target.security != .mutual { await client.drop(target) }
    }
  }

  public func restartKubelet(_ machine: MachineID) async throws {
    try await change(machine, "node_os.restart_kubelet") { try await client.restart(service: "kubelet", at: $0) }
  }

  public func reboot(_ machine: MachineID) async throws {
    try await change(machine, "node_os.reboot") { try await client.reboot(at: $0) }
  }

  public func shutdown(_ machine: MachineID) async throws {
    try await change(machine, "node_os.shutdown") { try await client.shutdown(force: true, at: $0) }
  }

  /// Talos has no call for this; finished containers and logs are removed by the kubelet itself. What is left to do is
  /// what `pruneImages` does.
  public func cleanDisk(_ machine: MachineID) async throws {
    let operation = "node_os.clean_disk"
    try await change(machine, operation) { try await client.removeUnusedImages(at: $0, operation: operation) }
  }

  public func pruneImages(_ machine: MachineID) async throws {
    let operation = "node_os.prune_images"
    try await change(machine, operation) { try await client.removeUnusedImages(at: $0, operation: operation) }
  }

  /// Where calls for the machine at this address go.
  public func target(_ address: String) -> TalosTarget {
    switch settings.route {
    case .direct: TalosTarget(TalosEndpoint(host: address, port: settings.port))
    case .endpoints:
      // Spread by address rather than by a counter, so that a machine's calls share one connection.
      context.endpoints.isEmpty
        ? TalosTarget(TalosEndpoint(host: address, port: settings.port))
        : TalosTarget(
          context.endpoints[address.utf8.reduce(0) { $0 + Int($1) } % context.endpoints.count], node: address)
    }
  }
}

extension TalosNodeOS {
  private func change(
    _ machine: MachineID, _ operation: String, _ body: (TalosTarget) async throws -> some Any
  ) async throws {
    let target = self.target(try await reachable(machine, operation))
    try await renamed(operation) { _ = try await body(target) }
  }

  private func reachable(_ machine: MachineID, _ operation: String) async throws -> String {
    guard let address = try await renamed(operation, { try await address(of: machine) }) else {
      throw PortError(.unreachable, "Machine \(machine) has no address yet.", operation: operation)
    }
    return address
  }

  /// Errors bear the port's operation rather than the client's.
  private func renamed<Result>(_ operation: String, _ body: () async throws -> Result) async throws -> Result {
    do {
      return try await body()
    } catch let error as PortError {
      throw PortError(error.code, error.message, operation: operation)
    }
  }

  /// How the machine is to be asked, and what it says of itself: a machine in maintenance is known by a certificate of
  /// its own making, and control-plane nodes cannot reach it.
  private func find(_ machine: MachineID, _ address: String) async throws -> (TalosTarget, MachineStatus) {
    let target = self.target(address)
    let direct = TalosTarget(TalosEndpoint(host: address, port: settings.port))
    do {
      try await client.connect(to: target)
      return (target, try await client.status(at: target))
    } catch let error as TalosError where error.code == .unknownAuthority && target == direct {
      return try await findInMaintenance(machine, direct.endpoint, because: error)
    } catch let error as PortError where error.code == .unreachable && target != direct {
      do {
        try await client.connect(to: direct)
      } catch let second as TalosError where second.code == .unknownAuthority {
        return try await findInMaintenance(machine, direct.endpoint, because: second)
      } catch {
        // What the control plane said tells more.
      }
      throw error
    } catch {
      throw PortError(error, operation: "talos.connect", changes: false)
    }
  }

  private func findInMaintenance(
    _ machine: MachineID, _ endpoint: TalosEndpoint, because error: TalosError
  ) async throws -> (TalosTarget, MachineStatus) {
    let key: KeyFingerprint?
    switch settings.maintenance {
    case .refused: throw error.asPortError
    case .pinned(let fingerprint):
      guard let known = await fingerprint(machine) else { throw error.asPortError }
      key = known
    case .expected(let isExpected):
      guard await isExpected(machine) else { throw error.asPortError }
      key = nil
    }
    let target = TalosTarget.maintenance(endpoint, key: key)
    let status = try await client.status(at: target)
    guard status.stage == .maintenance else { throw error.asPortError }
    return (target, status)
  }

  static func stage(_ stage: MachineStage) -> SystemObservation.Stage? {
    switch stage {
    case .unknown: nil
    case .maintenance: .maintenance
    case .booting, .installing: .booting
    case .running: .running
    case .rebooting, .upgrading: .rebooting
    case .shuttingDown, .resetting: .shuttingDown
    }
  }

  static func observation(
    _ stage: SystemObservation.Stage, _ services: [ServiceInfo]
  ) -> SystemObservation {
    func restarts(_ ids: Set<String>) -> Int {
      services.filter { ids.contains($0.id) }.reduce(0) { $0 + ServiceRestarts.count($1.history?.events ?? []) }
    }
    let kubelet = services.first { $0.id == "kubelet" }
    return SystemObservation(
      stage: stage, kubeletRunning: kubelet?.state == "Running", kubeletRestarts: restarts(["kubelet"]),
      containerdRestarts: restarts(["containerd", "cri"]))
  }
}
