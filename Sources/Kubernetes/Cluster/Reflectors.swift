import Model

/// One reflector for each kind that is watched.
struct Reflectors: Sendable {
  let nodes: Reflector<NodeRecord>
  let pods: Reflector<PodRecord>
  let budgets: Reflector<DisruptionBudgetObservation>
  let daemonSets: Reflector<DaemonSetObservation>
  let namespaces: Reflector<[String: String]>
  let priorityClasses: Reflector<Int>
  let claims: Reflector<ClaimRecord>
  let volumes: Reflector<VolumeRecord>
  let storageClasses: Reflector<StorageClassRecord>
  let attachmentLimits: Reflector<[String: Int]>

  init(_ client: KubernetesClient, streamsFirstLists: Bool, changed: @escaping @Sendable () -> Void) {
    func reflector<Value: Sendable & Equatable>(
      _ kind: ResourceKind, _ read: @escaping ObjectReader<Value>
    ) -> Reflector<Value> {
      Reflector(kind, of: client, streamsFirstList: streamsFirstLists, read: read, changed: changed)
    }
    nodes = reflector(.nodes, NodeReader.read)
    pods = reflector(.pods, PodReader.read)
    budgets = reflector(.disruptionBudgets, WorkloadReaders.budget)
    daemonSets = reflector(.daemonSets, WorkloadReaders.daemonSet)
    namespaces = reflector(.namespaces, WorkloadReaders.namespace)
    priorityClasses = reflector(.priorityClasses, WorkloadReaders.priorityClass)
    claims = reflector(.claims, StorageReaders.claim)
    volumes = reflector(.volumes, StorageReaders.volume)
    storageClasses = reflector(.storageClasses, StorageReaders.storageClass)
    attachmentLimits = reflector(.csiNodes, StorageReaders.attachmentLimits)
  }

  /// What keeps each of them going.
  var runs: [@Sendable () async -> Void] {
    [
      nodes.run, pods.run, budgets.run, daemonSets.run, namespaces.run, priorityClasses.run, claims.run, volumes.run,
      storageClasses.run, attachmentLimits.run,
    ]
  }
}

extension ResourceKind {
  static let disruptionBudgets = ResourceKind(group: "policy", "poddisruptionbudgets", isNamespaced: true)
  static let daemonSets = ResourceKind(group: "apps", "daemonsets", isNamespaced: true)
  static let namespaces = ResourceKind("namespaces", isNamespaced: false)
  static let priorityClasses = ResourceKind(group: "scheduling.k8s.io", "priorityclasses", isNamespaced: false)
  static let claims = ResourceKind("persistentvolumeclaims", isNamespaced: true)
  static let volumes = ResourceKind("persistentvolumes", isNamespaced: false)
  static let storageClasses = ResourceKind(group: "storage.k8s.io", "storageclasses", isNamespaced: false)
  static let csiNodes = ResourceKind(group: "storage.k8s.io", "csinodes", isNamespaced: false)
  static let events = ResourceKind(group: "events.k8s.io", "events", isNamespaced: true)
  static let nodeMetrics = ResourceKind(group: "metrics.k8s.io", version: "v1beta1", "nodes", isNamespaced: false)
}
