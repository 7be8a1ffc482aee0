public import Model

/// A Node object and what runs there.
public struct SimulatedNode: Hashable, Sendable, Codable {
  /// Its name.
  public var name: NodeName
  /// What makes it distinct.
  public var uid: String
  /// The machine beneath it.
  public var machine: MachineID
  /// The UUID of the machine's firmware, as its kubelet told it last; absent in worlds of old.
  public internal(set) var systemUUID: String?
  /// When it was registered.
  public var createdAt: Instant
  /// Its labels.
  public var labels: [String: String]
  /// Its annotations.
  public var annotations: [String: String] = [:]
  /// All taints, those of the node controllers too.
  public var taints: [Taint]
  /// Whether it is cordoned.
  public var unschedulable = false
  /// Whether a person cordoned it and has not given it back; `nil`: no.
  public internal(set) var cordonedByHand: Bool?
  /// What it offers.
  public var allocatable: Resources
  /// By type.
  public var conditions: [String: NodeObservation.Condition]
  /// Its internal address.
  public var address: String
  /// Pods that are bound to it and not finished, in the order of creation.
  public internal(set) var pods: [Int] = []
  /// What those pods ask for.
  public internal(set) var requested: Resources = .zero
  /// Changes with each new intention; see `WorldEvent`.
  var token = 0

  /// Whether its Ready condition is True.
  public var isReady: Bool { conditions["Ready"]?.status == .yes }

  mutating func setCondition(_ type: String, _ status: NodeObservation.ConditionStatus, at now: Instant) {
    if conditions[type]?.status != status { conditions[type] = .init(status: status, since: now) }
  }

  mutating func addTaint(_ key: String, _ effect: TaintEffect) {
    let taint = Taint(key: key, effect: effect)
    if !taints.contains(taint) { taints.append(taint) }
  }

  mutating func removeTaints(_ key: String) { taints.removeAll { $0.key == key } }
}

/// Keys of the taints that Kubernetes itself sets.
enum NodeTaint {
  static let notReady = "node.kubernetes.io/not-ready"
  static let unreachable = "node.kubernetes.io/unreachable"
  static let unschedulable = "node.kubernetes.io/unschedulable"
  static let diskPressure = "node.kubernetes.io/disk-pressure"
  static let memoryPressure = "node.kubernetes.io/memory-pressure"
}
