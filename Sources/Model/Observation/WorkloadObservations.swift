/// A PodDisruptionBudget as last seen.
public struct DisruptionBudgetObservation: Hashable, Sendable, Codable {
  public var namespace: String
  public var name: String
  /// `nil` selects no pod; an empty one all of the namespace.
  public var selector: LabelSelector?
  /// How many of its pods may be evicted now.
  public var disruptionsAllowed: Int
  public var currentHealthy: Int
  public var desiredHealthy: Int
  public var expectedPods: Int
  /// Pods that are not ready may go whatever the count (`unhealthyPodEvictionPolicy: AlwaysAllow`).
  public var alwaysAllowsUnhealthy: Bool

  public init(namespace: String, name: String, selector: LabelSelector?, disruptionsAllowed: Int) {
    self.namespace = namespace
    self.name = name
    self.selector = selector
    self.disruptionsAllowed = disruptionsAllowed
    currentHealthy = 0
    desiredHealthy = 0
    expectedPods = 0
    alwaysAllowsUnhealthy = false
  }

  public func covers(_ pod: PodObservation) -> Bool {
    pod.key.namespace == namespace && (selector?.matches(pod.labels) ?? false)
  }

  /// `namespace/name`.
  public var text: String { "\(namespace)/\(name)" }
}

/// A DaemonSet as last seen: what one of its pods will take of each new node on which it may run.
public struct DaemonSetObservation: Hashable, Sendable, Codable {
  public var namespace: String
  public var name: String
  /// Effective requests of one pod.
  public var requests: Resources
  public var nodeSelector: [String: String]
  public var tolerations: [Toleration]
  public var nodeAffinity: [NodeSelectorTerm]
  public var hostPorts: [HostPort]

  public init(namespace: String, name: String, requests: Resources) {
    self.namespace = namespace
    self.name = name
    self.requests = requests
    nodeSelector = [:]
    tolerations = []
    nodeAffinity = []
    hostPorts = []
  }
}
