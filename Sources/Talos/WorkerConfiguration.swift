internal import Model
public import Ports
internal import Yams

/// The operator's `worker.yaml`, and how a worker's own configuration is made from it.
///
/// Only what a worker needs of its own is changed. Documents that need no change keep their bytes; in the others values
/// keep their types and quotes, only comments and layout are lost. Making a worker's configuration twice gives the same.
public struct WorkerConfiguration: Sendable, CustomStringConvertible {
  /// A worker's configuration.
  public struct Patch: Sendable, Hashable, CustomStringConvertible {
    /// All documents, to be applied as they are. Holds secrets.
    public var yaml: String
    /// Labels that a kubelet may not set on its own node; they go through the Kubernetes API.
    public var labelsForKubernetes: [String: String]
    /// Tells no secret.
    public var description: String { "a worker's configuration of \(yaml.utf8.count) bytes" }
  }

  /// As it was read; holds secrets. It is parsed anew for each worker, since its parts cannot be shared among tasks.
  private let yaml: String
  /// Tells no secret.
  public var description: String { "a worker configuration file of \(yaml.utf8.count) bytes" }

  /// Reads the operator's file.
  /// - Throws: `TalosError` of code `workerConfiguration`: not YAML, not a worker's, or without what joining needs.
  public init(yaml: String) throws {
    guard yaml.utf8.count <= TalosLimits.workerConfigurationBytes else {
      throw Self.refusal("is longer than \(TalosLimits.workerConfigurationBytes) bytes")
    }
    self.yaml = yaml
    try Self.check(try ConfigurationDocument.split(yaml))
  }

  /// The configuration of one worker.
  /// - Throws: `TalosError` of code `workerConfiguration`.
  public func patched(for node: NodeConfiguration) throws -> Patch {
    var patching = ConfigurationPatching(documents: try ConfigurationDocument.split(yaml))
    let labels = node.labels.filter { NodeRestriction.allows(label: $0.key) }
    try patching.setHostname(node.hostname.rawValue)
    try patching.setLabels(labels.sorted { $0.key < $1.key }.map { ($0.key, $0.value) })
    try patching.setTaints(node.taints)
    if let version = node.kubernetesVersion { try patching.setKubernetesVersion(version) }
    if let image = node.installImage { try patching.setInstallImage(image) }
    if let id = node.providerID { try patching.setProviderID(id) }
    return Patch(
      yaml: try patching.text(), labelsForKubernetes: node.labels.filter { !NodeRestriction.allows(label: $0.key) })
  }

  static func refusal(_ what: String) -> TalosError {
    TalosError(.workerConfiguration, "The worker configuration file \(what).")
  }

  /// What Talos itself would refuse, and what would make a worker a control-plane node.
  private static func check(_ documents: [ConfigurationDocument]) throws {
    let main = documents.filter(\.isMain)
    guard main.count == 1, let machine = main[0].root["machine"], let cluster = main[0].root["cluster"] else {
      throw refusal(
        "needs one document with version: v1alpha1, machine and cluster; take the worker.yaml of talosctl gen config")
    }
    let type = machine["type"]?.string ?? ""
    guard type == "worker" else {
      throw refusal("is of machine.type \(type.isEmpty ? "(none)" : type), and must be of type worker")
    }
    for (name, value) in [("machine.ca.key", machine["ca"]?["key"]), ("cluster.ca.key", cluster["ca"]?["key"])]
    where value?.string?.isEmpty == false {
      throw refusal("holds \(name), which only control-plane nodes may have; take the worker.yaml")
    }
    if cluster["etcd"] != nil {
      throw refusal("holds cluster.etcd, which only control-plane nodes may have; take the worker.yaml")
    }
    func kinds(_ kind: String) -> Node? { documents.first { $0.kind == kind }?.root }
    try require(machine["token"], "machine.token, with which a worker asks for its certificate")
    try require(machine["ca"]?["crt"], "machine.ca.crt, by which a worker knows its cluster")
    try require(cluster["token"], "cluster.token, with which the kubelet joins")
    if kinds("KubeAPIServerCAConfig") == nil {
      try require(cluster["ca"]?["crt"], "cluster.ca.crt, by which the kubelet knows the API server")
    }
    try require(
      kinds("KubeClusterConfig")?["endpoint"] ?? cluster["controlPlane"]?["endpoint"],
      "cluster.controlPlane.endpoint, the API server's address")
  }

  private static func require(_ value: Node?, _ what: String) throws {
    guard let text = value?.string, !text.isEmpty else { throw refusal("lacks \(what)") }
  }
}

/// Which labels the API server lets a kubelet set on its own node. Source: Kubernetes, NodeRestriction.
public enum NodeRestriction {
  /// Whether a kubelet may set it. One that it may not makes the whole update of the node fail.
  public static func allows(label key: String) -> Bool {
    guard let slash = key.firstIndex(of: "/") else { return true }
    let domain = String(key[..<slash])
    func isWithin(_ parent: String) -> Bool { domain == parent || domain.hasSuffix("." + parent) }
    if isWithin("node-restriction.kubernetes.io") { return false }
    guard isWithin("kubernetes.io") || isWithin("k8s.io") else { return true }
    return allowed.contains(key) || isWithin("kubelet.kubernetes.io") || isWithin("node.kubernetes.io")
  }

  private static let allowed: Set<String> = [
    "kubernetes.io/hostname", "kubernetes.io/os", "kubernetes.io/arch", "topology.kubernetes.io/zone",
    "topology.kubernetes.io/region", "node.kubernetes.io/instance-type", "beta.kubernetes.io/os",
    "beta.kubernetes.io/arch", "beta.kubernetes.io/instance-type", "failure-domain.beta.kubernetes.io/zone",
    "failure-domain.beta.kubernetes.io/region",
  ]
}
