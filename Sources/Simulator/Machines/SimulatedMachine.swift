public import Model
public import Ports

/// A virtual machine, from the beginning of its clone to its destruction.
public struct SimulatedMachine: Hashable, Sendable, Codable {
  /// What holds a machine while a task works on it.
  public enum Lock: String, Hashable, Sendable, Codable {
    case clone, destroy
  }

  /// The machine's number.
  public var id: MachineID
  /// The machine's name, which is also its host name unless a configuration says otherwise.
  public var name: String
  /// Where it lies.
  public var host: HostName
  /// Whether others are cloned from it.
  public var isTemplate = false
  /// Who it belongs to; `nil`: a machine of other people.
  public var owner: MachineOwner?
  /// What it was cloned as; `nil` for machines that are not ours and for templates.
  public var template: Template?
  /// Its present hardware.
  public var hardware: Template.Machine
  /// Whether it has been given its template's size.
  public var configured = false
  /// The instant of the intent, as its description tells it.
  public var createdAt: Instant
  /// What holds it.
  public var lock: Lock?
  /// Whether it is powered on.
  public var running = false
  /// The operating system while it is powered on.
  public var system: SimulatedSystem?
  /// What is installed on its disk.
  public var configuration: NodeConfiguration?
  /// The network address that it has whenever it is up.
  public var address: String
  /// The task that works on it or worked on it last.
  public var task: String = ""
  /// Whether it will never register its node.
  public var neverJoins = false
  /// Changes with each new intention; see `WorldEvent`.
  var token = 0

  /// A machine that is stopped.
  /// - Parameter network: the first two numbers of its address.
  init(
    id: MachineID, name: String, host: HostName, hardware: Template.Machine, createdAt: Instant,
    network: String = "10.20"
  ) {
    self.id = id
    self.name = name
    self.host = host
    self.hardware = hardware
    self.createdAt = createdAt
    address = "\(network).\(id.rawValue / 250 % 250).\(id.rawValue % 250 + 2)"
  }

  /// The node that it registers, once it has a configuration.
  public var node: NodeName? { configuration.map { NodeName($0.hostname.rawValue) } }
  /// Whether its kubelet sends heartbeats.
  public var kubeletAlive: Bool { running && system?.kubeletRunning == true && !neverJoins }
}

/// The operating system of a machine that is powered on.
public struct SimulatedSystem: Hashable, Sendable, Codable {
  /// Where it is between power-on and power-off.
  public var stage: SystemObservation.Stage
  /// From this instant on its API answers.
  public var answersAt: Instant
  /// When it was started last.
  public var bootedAt: Instant
  /// Whether the kubelet runs.
  public var kubeletRunning = false
  /// Restarts that nobody asked for.
  public var kubeletRestarts = 0
  /// Restarts that nobody asked for.
  public var containerdRestarts = 0
  /// What would bring a broken kubelet back; `nil` while it is sound.
  public var cure: ScheduledFault.Cure?
  /// Whether the container runtime restarts again and again.
  public var containerdIsBroken = false
  /// Core-seconds that were used between `bootedAt` and `meteredAt`.
  var busyCoreSeconds = 0.0
  /// Core-seconds that nothing used, since boot, until `meteredAt`.
  var idleCoreSeconds = 0.0
  var meteredAt: Instant

  init(stage: SystemObservation.Stage, answersAt: Instant, bootedAt: Instant) {
    self.stage = stage
    self.answersAt = answersAt
    self.bootedAt = bootedAt
    meteredAt = bootedAt
  }
}

/// A task of the simulated hypervisor.
public struct SimulatedTask: Hashable, Sendable, Codable {
  /// How it stands.
  public var state: TaskState
  /// The machine that it works on.
  public var machine: MachineID
  /// When it was accepted.
  public var startedAt: Instant
}
