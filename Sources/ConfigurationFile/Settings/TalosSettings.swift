/// How the nodes' operating system is reached and set up.
public struct TalosSettings: Sendable, Hashable {
  /// Name of the cluster in Talos.
  public var clusterName: String
  /// URL of the Kubernetes API; `nil`: not given, or its variable is not set.
  public var clusterEndpoint: String?
  /// Of the control plane; `nil` when not given.
  public var talosVersion: String?
  /// Of the control plane; `nil` when not given.
  public var kubernetesVersion: String?
  /// Addresses of pods, in CIDR form.
  public var podNetwork = "10.244.0.0/16"
  /// Addresses of services, in CIDR form.
  public var serviceNetwork = "10.96.0.0/12"
  /// Domain of the cluster.
  public var domain = "cluster.local"
  /// Disk that Talos is installed on.
  public var installDisk = "/dev/sda"
  /// Arguments of the kernel.
  public var kernelArguments: [String] = []
  /// Whether a node's configuration is made when it is needed.
  public var generateOnDemand = true
  /// Whether such configurations are kept.
  public var cacheConfigurations = false
  /// Whether nodes join with their pool's taints.
  public var registerTaints = true
  /// Whether nodes join with their pool's labels.
  public var registerLabels = true
  /// Pods of a node at most.
  public var maximumPods = 110
  /// -1: without limit.
  public var podProcessLimit = 4096

  /// The defaults, for a cluster of that name.
  public init(clusterName: String) { self.clusterName = clusterName }
}
