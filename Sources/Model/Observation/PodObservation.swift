/// A pod as last seen.
public struct PodObservation: Hashable, Sendable, Codable {
  public enum Phase: String, Sendable, Codable, Hashable {
    case pending = "Pending"
    case running = "Running"
    case succeeded = "Succeeded"
    case failed = "Failed"
    case unknown = "Unknown"
  }

  /// Behind one reference, since it is passed on far more often than it is changed.
  @usableFromInline var facts: Shared<PodFacts>

  @inlinable public var key: PodKey {
    _read { yield facts.value.key }
    _modify { yield &facts.value.key }
  }

  @inlinable public var uid: String {
    _read { yield facts.value.uid }
    _modify { yield &facts.value.uid }
  }

  @inlinable public var createdAt: Instant {
    _read { yield facts.value.createdAt }
    _modify { yield &facts.value.createdAt }
  }

  @inlinable public var phase: Phase {
    _read { yield facts.value.phase }
    _modify { yield &facts.value.phase }
  }

  @inlinable public var node: NodeName? {
    _read { yield facts.value.node }
    _modify { yield &facts.value.node }
  }

  @inlinable public var requests: Resources {
    _read { yield facts.value.requests }
    _modify { yield &facts.value.requests }
  }

  @inlinable public var nodeSelector: [String: String] {
    _read { yield facts.value.nodeSelector }
    _modify { yield &facts.value.nodeSelector }
  }

  @inlinable public var tolerations: [Toleration] {
    _read { yield facts.value.tolerations }
    _modify { yield &facts.value.tolerations }
  }

  @inlinable public var labels: [String: String] {
    _read { yield facts.value.labels }
    _modify { yield &facts.value.labels }
  }

  @inlinable public var annotations: [String: String] {
    _read { yield facts.value.annotations }
    _modify { yield &facts.value.annotations }
  }

  @inlinable public var priority: Int {
    _read { yield facts.value.priority }
    _modify { yield &facts.value.priority }
  }

  /// Kind of the controlling owner (`ReplicaSet`, `DaemonSet`, `Job`, …); `nil` for a bare pod.
  @inlinable public var ownerKind: String? {
    _read { yield facts.value.ownerKind }
    _modify { yield &facts.value.ownerKind }
  }

  @inlinable public var ownerName: String? {
    _read { yield facts.value.ownerName }
    _modify { yield &facts.value.ownerName }
  }

  /// The scheduler found no node for it (condition PodScheduled False, reason Unschedulable).
  @inlinable public var unschedulable: Bool {
    _read { yield facts.value.unschedulable }
    _modify { yield &facts.value.unschedulable }
  }

  @inlinable public var isMirror: Bool {
    _read { yield facts.value.isMirror }
    _modify { yield &facts.value.isMirror }
  }

  @inlinable public var isTerminating: Bool {
    _read { yield facts.value.isTerminating }
    _modify { yield &facts.value.isTerminating }
  }

  @inlinable public var isReady: Bool {
    _read { yield facts.value.isReady }
    _modify { yield &facts.value.isReady }
  }

  @inlinable public var constraints: PodConstraints {
    _read { yield facts.value.constraints }
    _modify { yield &facts.value.constraints }
  }

  /// Names of its scheduling gates: while there is any, it is not to be scheduled.
  @inlinable public var schedulingGates: [String] {
    _read { yield facts.value.schedulingGates }
    _modify { yield &facts.value.schedulingGates }
  }

  /// Where preemption is making room for it (`status.nominatedNodeName`).
  @inlinable public var nominatedNode: NodeName? {
    _read { yield facts.value.nominatedNode }
    _modify { yield &facts.value.nominatedNode }
  }

  /// Names of its volumes that live and die with the node: `emptyDir` on disk, `hostPath`.
  @inlinable public var localVolumes: [String] {
    _read { yield facts.value.localVolumes }
    _modify { yield &facts.value.localVolumes }
  }

  public init(key: PodKey, uid: String, createdAt: Instant, phase: Phase, requests: Resources) {
    facts = Shared(
      PodFacts(
        key: key, uid: uid, createdAt: createdAt, phase: phase, requests: requests, nodeSelector: [:], tolerations: [],
        labels: [:], annotations: [:], priority: 0, unschedulable: false, isMirror: false, isTerminating: false,
        isReady: true, constraints: .none, schedulingGates: [], localVolumes: []))
  }

  public init(from decoder: any Decoder) throws { facts = try Shared(from: decoder) }

  public func encode(to encoder: any Encoder) throws { try facts.encode(to: encoder) }

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
