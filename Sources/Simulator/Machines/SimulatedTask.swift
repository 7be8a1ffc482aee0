public import Model

/// Why the hypervisor refuses a request at once, in its own words.
public struct HypervisorRefusal: Error, Hashable, Sendable, CustomStringConvertible {
  public var text: String

  public init(_ text: String) { self.text = text }

  public var description: String { text }
}

/// A clone as another program orders it over the wire.
public struct CloneOrder: Hashable, Sendable, Codable {
  public var source: MachineID
  public var machine: MachineID
  /// `nil`: a name made of the source's.
  public var name: String?
  /// `nil`: the source's.
  public var description: String?
  /// Joined when the clone has ended.
  public var pool: String?
  /// Where the clone is to lie; `nil`: at its source.
  public var target: HostName?
  /// `nil`: linked where the source is a template.
  public var full: Bool?
  /// Of a full clone; `nil`: the source's.
  public var storage: String?

  public init(source: MachineID, machine: MachineID) {
    self.source = source
    self.machine = machine
  }
}

/// A task of the simulated hypervisor.
public struct SimulatedTask: Hashable, Sendable, Codable {
  /// What a task does that was ordered over the wire.
  public enum Work: Hashable, Sendable, Codable {
    case clone(CloneOrder)
    case destroy
    case start, stop, reboot, reset
    /// Takes the power away when the system has not ended in time, if forced.
    case shutdown(timeout: Duration, forced: Bool)
    /// A disk's new size in bytes.
    case resize(disk: String, bytes: Int64)
    /// Done before the task was accepted.
    case nothing
  }

  /// How it stands.
  public var state: TaskState = .running
  /// The machine that it works on.
  public var machine: MachineID
  /// When it was accepted.
  public var startedAt: Instant
  /// When it ended.
  public var endedAt: Instant?
  /// Where it runs.
  public var host: HostName
  /// The hypervisor's word for its kind, for example `qmclone`.
  public var kind: String
  /// The number in its reference: of a clone, its source.
  public var subject: MachineID
  /// Who ordered it.
  public var user: String
  /// `nil`: it belongs to a call of a port, and the machine's own events end it.
  public var work: Work?
  /// What it will fail with.
  var verdict: String?
}
