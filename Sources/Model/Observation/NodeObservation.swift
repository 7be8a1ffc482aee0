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
  /// The firmware's UUID of its machine, in lower case; `nil` when not told.
  public var systemUUID: String?
  /// The version of its kubelet, for example `v1.31.4`; `nil` when not told.
  public var kubeletVersion: String?
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
  /// Whether it still carries the taint with which workers register.
  public var isStarting: Bool { taints.contains { $0.key == Taint.starting.key } }
}

extension NodeObservation {
  /// The annotation of nodes that this program has cordoned, until it gives them back. A person's cordon is without.
  public static let cordonMark = "poolkeeper.dev/cordoned"

  /// Whether it bears the mark, cordoned or not any more.
  public var isCordonedByUs: Bool { annotations[Self.cordonMark] != nil }
}
