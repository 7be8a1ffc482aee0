public import Ports

/// The three faces of the world that workers live in. `nil` as a whole where nothing is connected.
public struct Infrastructure: Sendable {
  public var hypervisor: any Hypervisor
  public var nodeOS: any NodeOS
  public var cluster: any Cluster

  public init(hypervisor: any Hypervisor, nodeOS: any NodeOS, cluster: any Cluster) {
    self.hypervisor = hypervisor
    self.nodeOS = nodeOS
    self.cluster = cluster
  }
}
