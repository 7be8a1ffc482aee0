public import Ports

/// The three faces of the world that workers live in. `nil` as a whole where nothing is connected.
public struct Infrastructure: Sendable {
  /// Virtual machines and hosts.
  public var hypervisor: any Hypervisor
  /// The operating system on the machines.
  public var nodeOS: any NodeOS
  /// The Kubernetes API.
  public var cluster: any Cluster

  /// The three together.
  public init(hypervisor: any Hypervisor, nodeOS: any NodeOS, cluster: any Cluster) {
    self.hypervisor = hypervisor
    self.nodeOS = nodeOS
    self.cluster = cluster
  }
}
