import Model

/// What a running program cannot change: where it listens and keeps its files, whose machines are its own, and the clients
/// that are connected. The one table.
public enum FixedKeys {
  /// JSON pointers, each with everything below it; sorted.
  public static let pointers = [
    "/cluster_name", "/poolkeeper/data_directory", "/poolkeeper/infrastructure", "/poolkeeper/listen",
    "/poolkeeper/metrics/ha_deduplication", "/poolkeeper/metrics/lookback_seconds", "/poolkeeper/notifications",
    "/poolkeeper/server/host_names", "/proxmox_integration", "/talos_integration",
  ]
}

extension Configuration {
  /// This configuration with what a running program cannot change as it is in `running`.
  public func keepingFixed(of running: Configuration) -> Configuration {
    var next = self
    next.policy.clusterName = running.policy.clusterName
    next.proxmox = running.proxmox
    next.talos = running.talos
    next.notifications = running.notifications
    next.service.server.hostNames = running.service.server.hostNames
    next.service.listen = running.service.listen
    next.service.dataDirectory = running.service.dataDirectory
    next.service.infrastructure = running.service.infrastructure
    next.service.metrics.lookback = running.service.metrics.lookback
    next.service.metrics.deduplication = running.service.metrics.deduplication
    return next
  }
}
