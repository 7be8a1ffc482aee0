/// PromQL of the standard triggers, for kube-state-metrics and node-exporter.
public enum StandardExpressions {
  /// Pods that the scheduler found no node for.
  ///
  /// kube-state-metrics shows the first series only while there is such a pod; the second is there as long as
  /// kube-state-metrics is, so that its absence stays unknown instead of becoming 0.
  public static let pendingPods = "sum(kube_pod_status_unschedulable) or 0 * count(kube_node_info)"
  /// CPU use of all nodes, in percent.
  public static let cpuPressure = #"100 * (1 - avg(rate(node_cpu_seconds_total{mode="idle"}[5m])))"#
  /// Memory use of all nodes, in percent.
  public static let memoryPressure =
    "100 * (1 - sum(node_memory_MemAvailable_bytes) / sum(node_memory_MemTotal_bytes))"
}
