/// How the nodes' operating system is reached and set up.
public struct TalosSettings: Sendable, Hashable {
  public var clusterName: String
  /// URL of the Kubernetes API; `nil`: not given, or its variable is not set.
  public var clusterEndpoint: String?
  /// Of the control plane; `nil` when not given.
  public var talosVersion: String?
  public var kubernetesVersion: String?
  public var podNetwork = "10.244.0.0/16"
  public var serviceNetwork = "10.96.0.0/12"
  public var domain = "cluster.local"
  public var installDisk = "/dev/sda"
  public var kernelArguments: [String] = []
  public var generateOnDemand = true
  public var cacheConfigurations = false
  public var registerTaints = true
  public var registerLabels = true
  public var maximumPods = 110
  /// -1: without limit.
  public var podProcessLimit = 4096

  /// The defaults, for a cluster of that name.
  public init(clusterName: String) { self.clusterName = clusterName }
}
