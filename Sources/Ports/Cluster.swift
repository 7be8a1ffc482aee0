public import Model

/// What became of an eviction.
public enum EvictionOutcome: Hashable, Sendable {
  /// Accepted, or the pod is gone already.
  case evicted
  /// A disruption budget does not allow it now; its name.
  case refused(by: String)
}

/// The Kubernetes API. Calls may come from any task.
public protocol Cluster: Sendable {
  func nodes() async throws -> [NodeObservation]
  func pods() async throws -> [PodObservation]
  func disruptionBudgets() async throws -> [DisruptionBudgetObservation]
  func daemonSets() async throws -> [DaemonSetObservation]
  /// Labels by namespace.
  func namespaceLabels() async throws -> [String: [String: String]]
  func cordon(_ node: NodeName) async throws
  func uncordon(_ node: NodeName) async throws
  /// Adds or replaces these labels; others stay.
  func label(_ node: NodeName, with labels: [String: String]) async throws
  /// Asks for the pod's eviction through the eviction API; never deletes past a disruption budget.
  /// - Parameter uid: the pod that was seen; another of the same name is left alone.
  func evict(_ pod: PodKey, uid: String, grace: Duration) async throws -> EvictionOutcome
  /// Deletes the Node object with this uid; a node that is gone already is no error.
  func delete(_ node: NodeName, uid: String) async throws
}
