/// What the triggers of scenes ask for; a run reads them from the world.
enum RunMetrics {
  /// Pods for which the scheduler found no node.
  static let pending = "pending_pods"
  /// Average of the nodes' CPU use, in percent.
  static let cpu = "cpu_percent"
  /// Memory in use of all nodes, in percent.
  static let memory = "memory_percent"
  /// Length of the batch queue: pods of jobs that do not run yet.
  static let queue = "queue_length"
}
