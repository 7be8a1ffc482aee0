public import Model

/// What became of an eviction.
public enum EvictionOutcome: Hashable, Sendable {
  /// Accepted, or the pod is gone already.
  case evicted
  /// A disruption budget does not allow it now; its name.
  case refused(by: String)
}

/// Something to be told to people who look at a node or a pod (`kubectl describe`). Never state.
public struct ClusterEvent: Hashable, Sendable {
  public enum Subject: Hashable, Sendable {
    case node(NodeName, uid: String)
    case pod(PodKey, uid: String)
  }

  public var subject: Subject
  /// In CamelCase, for example `TriggeredScaleUp`; at most 128 bytes.
  public var reason: String
  /// A whole sentence; what is longer than 1 KiB is cut.
  public var note: String
  public var isWarning: Bool

  public init(_ subject: Subject, reason: String, note: String, isWarning: Bool = false) {
    self.subject = subject
    self.reason = reason
    self.note = note
    self.isWarning = isWarning
  }
}

/// The Kubernetes API. Calls may come from any task.
///
/// The lists may come from a cache that a watch keeps; a cache that has not been confirmed for long throws `unreachable`.
public protocol Cluster: Sendable {
  func nodes() async throws -> [NodeObservation]
  func pods() async throws -> [PodObservation]
  /// The pods on a node as the API server holds them at this moment, past any cache.
  func pods(on node: NodeName) async throws -> [PodObservation]
  func disruptionBudgets() async throws -> [DisruptionBudgetObservation]
  func daemonSets() async throws -> [DaemonSetObservation]
  /// Labels by namespace.
  func namespaceLabels() async throws -> [String: [String: String]]
  /// Priorities by PriorityClass.
  func priorityClasses() async throws -> [String: Int]
  /// Takes a node out of scheduling and marks it with `NodeObservation.cordonMark`.
  func cordon(_ node: NodeName) async throws
  /// Gives a node back to scheduling and takes the mark away.
  func uncordon(_ node: NodeName) async throws
  /// Adds or replaces these labels; others stay.
  func label(_ node: NodeName, with labels: [String: String]) async throws
  /// Takes away the node's taints with this key; others stay, and none is no error.
  func removeTaint(_ key: String, from node: NodeName) async throws
  /// Asks for the pod's eviction through the eviction API; never deletes past a disruption budget.
  /// - Parameter uid: the pod that was seen; another of the same name is left alone.
  func evict(_ pod: PodKey, uid: String, grace: Duration) async throws -> EvictionOutcome
  /// Deletes the Node object with this uid; a node that is gone already is no error.
  func delete(_ node: NodeName, uid: String) async throws
  /// Tells people; an event that cannot be delivered is dropped, never waited for.
  func tell(_ event: ClusterEvent) async
}
