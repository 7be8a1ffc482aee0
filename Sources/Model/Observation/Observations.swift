/// A Kubernetes node as last seen.
public struct NodeObservation: Hashable, Sendable, Codable {
  public enum ConditionStatus: String, Sendable, Codable, Hashable {
    case yes = "True"
    case no = "False"
    case unknown = "Unknown"
  }

  public struct Condition: Hashable, Sendable, Codable {
    public var status: ConditionStatus
    public var since: Instant

    public init(status: ConditionStatus, since: Instant) {
      self.status = status
      self.since = since
    }
  }

  public var name: NodeName
  public var uid: String
  public var createdAt: Instant
  public var labels: [String: String]
  public var annotations: [String: String]
  public var taints: [Taint]
  public var unschedulable: Bool
  public var allocatable: Resources
  /// By type: `Ready`, `MemoryPressure`, `DiskPressure`, `PIDPressure`, `NetworkUnavailable`.
  public var conditions: [String: Condition]
  public var address: String?
  /// CPU use in percent of capacity; `nil` when not measured.
  public var cpuPercent: Double?

  public init(name: NodeName, uid: String, createdAt: Instant, allocatable: Resources) {
    self.name = name
    self.uid = uid
    self.createdAt = createdAt
    labels = [:]
    annotations = [:]
    taints = []
    unschedulable = false
    self.allocatable = allocatable
    conditions = [:]
  }

  public var isReady: Bool { conditions["Ready"]?.status == .yes }
}

/// A pod as last seen.
public struct PodObservation: Hashable, Sendable, Codable {
  public enum Phase: String, Sendable, Codable, Hashable {
    case pending = "Pending"
    case running = "Running"
    case succeeded = "Succeeded"
    case failed = "Failed"
    case unknown = "Unknown"
  }

  public var key: PodKey
  public var uid: String
  public var createdAt: Instant
  public var phase: Phase
  public var node: NodeName?
  public var requests: Resources
  public var nodeSelector: [String: String]
  public var tolerations: [Toleration]
  public var labels: [String: String]
  public var annotations: [String: String]
  public var priority: Int
  /// Kind of the controlling owner (`ReplicaSet`, `DaemonSet`, `Job`, …); `nil` for a bare pod.
  public var ownerKind: String?
  public var ownerName: String?
  /// The scheduler found no node for it (condition PodScheduled False, reason Unschedulable).
  public var unschedulable: Bool
  public var isMirror: Bool
  public var isTerminating: Bool

  public init(key: PodKey, uid: String, createdAt: Instant, phase: Phase, requests: Resources) {
    self.key = key
    self.uid = uid
    self.createdAt = createdAt
    self.phase = phase
    self.requests = requests
    nodeSelector = [:]
    tolerations = []
    labels = [:]
    annotations = [:]
    priority = 0
    unschedulable = false
    isMirror = false
    isTerminating = false
  }

  /// Pods that stay with their node and do not keep it busy.
  public var belongsToNode: Bool { ownerKind == "DaemonSet" || isMirror }
  public var isFinished: Bool { phase == .succeeded || phase == .failed }
}

/// A physical host.
public struct HostObservation: Hashable, Sendable, Codable {
  public var name: HostName
  public var online: Bool
  public var cpuCores: Int
  public var memoryBytes: Int64
  /// Free room on the storage for machines.
  public var freeStorageBytes: Int64
  /// Memory given to machines that run or are being made.
  public var assignedMemoryBytes: Int64
  public var assignedCPUCores: Int
  /// Free PCI devices for passthrough.
  public var freeGPUs: Int

  public init(name: HostName, online: Bool, cpuCores: Int, memoryBytes: Int64, freeStorageBytes: Int64) {
    self.name = name
    self.online = online
    self.cpuCores = cpuCores
    self.memoryBytes = memoryBytes
    self.freeStorageBytes = freeStorageBytes
    assignedMemoryBytes = 0
    assignedCPUCores = 0
    freeGPUs = 0
  }
}

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

/// What the machine's operating system says of itself.
public struct SystemObservation: Hashable, Sendable, Codable {
  public enum Stage: String, Sendable, Codable, Hashable {
    /// Waits for its configuration.
    case maintenance
    case booting, running, rebooting, shuttingDown
  }

  public var stage: Stage
  public var kubeletRunning: Bool
  public var kubeletRestarts: Int
  public var containerdRestarts: Int

  public init(stage: Stage, kubeletRunning: Bool, kubeletRestarts: Int = 0, containerdRestarts: Int = 0) {
    self.stage = stage
    self.kubeletRunning = kubeletRunning
    self.kubeletRestarts = kubeletRestarts
    self.containerdRestarts = containerdRestarts
  }
}

/// How a task at the hypervisor stands.
public enum TaskState: Hashable, Sendable, Codable {
  case running
  case succeeded
  /// With the hypervisor's own words.
  case failed(String)
}
