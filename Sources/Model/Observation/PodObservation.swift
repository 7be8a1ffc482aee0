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
  public var isReady: Bool
  public var constraints: PodConstraints
  /// Names of its scheduling gates: while there is any, it is not to be scheduled.
  public var schedulingGates: [String]
  /// Where preemption is making room for it (`status.nominatedNodeName`).
  public var nominatedNode: NodeName?
  /// Names of its volumes that live and die with the node: `emptyDir` on disk, `hostPath`.
  public var localVolumes: [String]

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
    isReady = true
    constraints = .none
    schedulingGates = []
    localVolumes = []
  }

  /// Pods that stay with their node and do not keep it busy.
  public var belongsToNode: Bool { ownerKind == "DaemonSet" || isMirror }
  public var isFinished: Bool { phase == .succeeded || phase == .failed }

  /// The first of its volumes that would be lost with its node, and that its annotations do not give up; `nil` without one.
  ///
  /// Source of the annotations: Cluster Autoscaler.
  public var volumeThatWouldBeLost: String? {
    if localVolumes.isEmpty || annotations["cluster-autoscaler.kubernetes.io/safe-to-evict"] == "true" { return nil }
    let list = annotations["cluster-autoscaler.kubernetes.io/safe-to-evict-local-volumes"] ?? ""
    let safe = Set(list.split(separator: ",").map { $0.filter { $0 != " " } })
    return localVolumes.sorted().first { !safe.contains($0) }
  }
}
