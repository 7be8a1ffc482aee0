internal import Model
internal import Ports
internal import Simulator
internal import Synchronization
internal import TalosMessages

/// Who answers: a machine of the world, or the control plane that is not one.
enum TalosPlace: Hashable, Sendable {
  case controlPlane
  case machine(MachineID)

  /// By which its events are kept.
  var number: Int {
    switch self {
    case .controlPlane: 0
    case .machine(let id): id.rawValue
    }
  }
}

/// Who calls.
struct TalosPeer: Sendable {
  /// Where the connection ends.
  var place: TalosPlace
  /// Whether that place had a configuration when the connection was made; otherwise it asked for no certificate.
  var isConfigured: Bool
  /// Of the client's certificate.
  var organizations: [String]

  /// The highest role.
  var role: TalosRole? { organizations.compactMap { TalosRole(rawValue: $0) }.max() }
}

/// What a call comes to.
enum TalosOutcome {
  case messages([[UInt8]])
  /// Messages, and then an end that is no success.
  case messagesThenStatus([[UInt8]], GRPCStatus)
  case events(AsyncStream<Event>, EventsRequest)

  static func reply(_ message: some TalosMessage) -> TalosOutcome { .messages([message.encoded()]) }

  /// The usual form of an answer.
  static func one(_ message: some TalosMessage) -> TalosOutcome { reply(Reply([message])) }
}

/// The machine API of the whole world: finds who is meant, checks the role, meets faults, and answers.
final class TalosService: Sendable {
  let infrastructure: SimulatedInfrastructure
  let faults: WireFaults
  let version: String
  let controlPlane: String
  let events = TalosEvents()
  private let stages = Mutex<[TalosPlace: MachineStage]>([:])
  /// Leftovers of images that were removed, by machine.
  let removedImages = Mutex<[MachineID: Set<String>]>([:])

  init(infrastructure: SimulatedInfrastructure, faults: WireFaults, version: String, controlPlane: String) {
    self.infrastructure = infrastructure
    self.faults = faults
    self.version = version
    self.controlPlane = controlPlane
  }

  /// Machines whose system answers, by place.
  func answeringMachines() -> [TalosPlace: (address: String, isConfigured: Bool)] {
    infrastructure.look { world in
      world.machines.values.reduce(into: [:]) { found, machine in
        guard let system = Self.answering(machine, in: world) else { return }
        found[.machine(machine.id)] = (machine.address, Self.isConfigured(system))
      }
    }
  }

  /// Whether somebody answers there, and if so whether with a configuration.
  func answers(_ place: TalosPlace) -> Bool? {
    guard case .machine(let id) = place else { return true }
    return infrastructure.look { world in
      world.machines[id].flatMap { Self.answering($0, in: world) }.map(Self.isConfigured)
    }
  }

  private static func answering(_ machine: SimulatedMachine, in world: World) -> SimulatedSystem? {
    guard machine.running, world.hosts[machine.host]?.online != false, let system = machine.system,
      system.answersAt <= world.now, !(system.stage == .booting && machine.configuration == nil)
    else { return nil }
    return system
  }

  private static func isConfigured(_ system: SimulatedSystem) -> Bool { system.stage != .maintenance }

  /// Writes down which machines have come to another stage.
  func noteStages() {
    let now: [TalosPlace: MachineStage] = infrastructure.look { world in
      world.machines.values.reduce(into: [:]) { stages, machine in
        if let system = machine.system { stages[.machine(machine.id)] = Self.stage(system.stage) }
      }
    }
    let changed = stages.withLock { before in
      defer { before = now }
      return now.filter { before[$0.key] != $0.value }
    }
    for (place, stage) in changed {
      events.append(
        .status(MachineStatusEvent(stage: stage.rawValue, status: MachineStatusInfo(isReady: stage == .running))),
        at: place.number)
    }
  }

  static func stage(_ stage: SystemObservation.Stage) -> MachineStage {
    switch stage {
    case .maintenance: .maintenance
    case .booting: .booting
    case .running: .running
    case .rebooting: .rebooting
    case .shuttingDown: .shuttingDown
    }
  }

  /// Serves one call from its first to its last word.
  func serve(_ request: GRPCRequest, from peer: TalosPeer, to responder: GRPCResponder) async {
    do {
      guard let method = TalosMethod(rawValue: request.method) else {
        throw GRPCStatus(.unimplemented, "unknown method \(request.method)")
      }
      guard answers(peer.place) == peer.isConfigured else { return await responder.abort() }
      let place = try destination(of: request, from: peer)
      try checkRole(method, peer)
      try await serve(method, request, at: place, to: responder)
    } catch let status as GRPCStatus {
      await responder.finish(status)
    } catch let error as PortError {
      // An answer that never came, by the world's own faults or because the machine is gone.
      if error.code == .uncertain || error.code == .unreachable { return await responder.abort() }
      await responder.finish(GRPCStatus(.unknown, error.message))
    } catch {
      await responder.finish(GRPCStatus(.internal, "the simulated machine failed: \(error)"))
    }
  }

  private func serve(
    _ method: TalosMethod, _ request: GRPCRequest, at place: TalosPlace, to responder: GRPCResponder
  ) async throws {
    let effect = faults.meet(method.operation)
    switch effect {
    case .lostRequest: return await responder.abort()
    case .killBefore(let process):
      WireFaults.kill(process)
      return await responder.abort()
    case .refused(let status, let text): throw GRPCStatus(code: status, message: text)
    case .lostAnswer, .late, .killAfter, .killAnswered, nil: break
    }
    let outcome: Result<TalosOutcome, any Error> = Result { try answer(method, request.message, at: place) }
    switch effect {
    case .lostAnswer: return await responder.abort()
    case .killAfter(let process):
      WireFaults.kill(process)
      return await responder.abort()
    case .late(let milliseconds): try await Task.sleep(for: .milliseconds(milliseconds))
    default: break
    }
    let result = try outcome.get()
    // Also where the machine leaves maintenance, and its connections with it, before the last word is out.
    defer { if case .killAnswered(let process) = effect { WireFaults.kill(process) } }
    try await send(result, to: responder)
  }

  private func send(_ outcome: TalosOutcome, to responder: GRPCResponder) async throws {
    switch outcome {
    case .messages(let messages):
      for message in messages { try await responder.send(message) }
      await responder.finish(.ok)
    case .messagesThenStatus(let messages, let status):
      for message in messages { try await responder.send(message) }
      await responder.finish(status)
    case .events(let stream, let request):
      for await event in stream where event.data == nil || TalosEvents.concerns(event, request) {
        try await responder.send(event.encoded())
      }
      await responder.finish(.ok)
    }
  }

  /// Only the control plane forwards.
  private func destination(of request: GRPCRequest, from peer: TalosPeer) throws -> TalosPlace {
    guard let node = request.node else { return peer.place }
    guard peer.place == .controlPlane else {
      let own = infrastructure.look { world in world.machines.values.first { $0.address == node }?.id }
      if own.map(TalosPlace.machine) == peer.place, peer.isConfigured { return peer.place }
      throw GRPCStatus(.permissionDenied, "no request forwarding")
    }
    if node == controlPlane { return .controlPlane }
    let id = infrastructure.look { world in world.machines.values.first { $0.address == node && $0.running }?.id }
    guard let id, answers(.machine(id)) == true else {
      throw GRPCStatus(
        .unavailable,
        "connection error: desc = \"transport: Error while dialing: dial tcp \(node): connect: connection refused\"")
    }
    return .machine(id)
  }

  /// Whoever reaches a machine in maintenance may read, and give it a configuration.
  private func checkRole(_ method: TalosMethod, _ peer: TalosPeer) throws {
    if peer.isConfigured {
      guard let role = peer.role, role >= method.role else {
        throw GRPCStatus(.permissionDenied, "rpc error: code = PermissionDenied desc = not authorized")
      }
      return
    }
    if method == .applyConfiguration { return }
    if isOlder(than: (1, 13)), ![.disks, .resourceGet, .resourceList].contains(method) {
      throw GRPCStatus(.unimplemented, "API is not implemented in maintenance mode")
    }
    guard method.role == .reader else { throw GRPCStatus(.permissionDenied, "not authorized") }
  }

  /// Whether the version that is played is below this one.
  func isOlder(than other: (major: Int, minor: Int)) -> Bool {
    let numbers = version.drop { !$0.isNumber }.split(separator: ".").map { Int($0.prefix { $0.isNumber }) ?? 0 }
    guard numbers.count >= 2 else { return false }
    return (numbers[0], numbers[1]) < other
  }
}

extension TalosMethod {
  /// The name by which faults know it.
  var operation: String {
    switch self {
    case .applyConfiguration: "talos.apply"
    case .reboot: "talos.reboot"
    case .shutdown: "talos.shutdown"
    case .reset: "talos.reset"
    case .serviceRestart: "talos.restart_kubelet"
    case .serviceStart: "talos.start_service"
    case .serviceStop: "talos.stop_service"
    case .resourceGet, .resourceList: "talos.observe"
    case .serviceList: "talos.services"
    case .version: "talos.version"
    case .memory: "talos.memory"
    case .loadAverage: "talos.load"
    case .containers: "talos.containers"
    case .events: "talos.events"
    case .imageList: "talos.images"
    case .imageRemove: "talos.remove_image"
    case .healthCheck: "talos.health"
    case .disks: "talos.disks"
    case .time: "talos.time"
    }
  }
}
