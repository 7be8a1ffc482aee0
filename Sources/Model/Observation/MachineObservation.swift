/// Who a machine says it belongs to, as read from its tags and description.
public struct MachineOwner: Hashable, Sendable, Codable {
  public var cluster: String
  public var pool: PoolName
  public var worker: WorkerName
  public var id: WorkerID

  public init(cluster: String, pool: PoolName, worker: WorkerName, id: WorkerID) {
    self.cluster = cluster
    self.pool = pool
    self.worker = worker
    self.id = id
  }
}

/// A virtual machine at the hypervisor, ours or not.
public struct MachineObservation: Hashable, Sendable, Codable {
  public enum Power: String, Sendable, Codable, Hashable {
    case running, stopped, unknown
  }

  public var id: MachineID
  public var name: String
  public var host: HostName
  public var power: Power
  /// A clone or another task holds it (Proxmox: `lock`).
  public var locked: Bool
  public var isTemplate: Bool
  /// `nil` when it does not carry our tag and a description that we can read.
  public var owner: MachineOwner?
  public var createdAt: Instant?
  /// What the machine's firmware shows as its UUID, in lower case; `nil` when not read.
  public var uuid: String?
  /// Whether it has the template's size (configured after the clone).
  public var configured: Bool

  public init(id: MachineID, name: String, host: HostName, power: Power, owner: MachineOwner? = nil) {
    self.id = id
    self.name = name
    self.host = host
    self.power = power
    locked = false
    isTemplate = false
    self.owner = owner
    configured = false
  }
}

/// How a task at the hypervisor stands.
public enum TaskState: Hashable, Sendable, Codable {
  case running
  case succeeded
  /// With the hypervisor's own words.
  case failed(String)
}
