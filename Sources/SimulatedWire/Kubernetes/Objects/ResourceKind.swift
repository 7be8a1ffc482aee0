/// A kind of object that the API serves.
struct ResourceKind: Sendable, Hashable {
  /// Empty for the core.
  var group: String
  var version: String
  var plural: String
  var kind: String
  var namespaced = true
  var shortNames: [String] = []
  /// Subresources, each with its kind, for discovery.
  var subresources: [String: String] = [:]
  /// What can be asked for beside reading.
  var writes: Writes = .stored
  /// Columns that a definition of a custom resource adds: name, type, JSON path, priority.
  var customColumns: [CustomColumn] = []
  /// Whether `status` is a subresource, so that other requests leave it alone.
  var hasStatus = false

  struct CustomColumn: Sendable, Hashable {
    var name: String
    var type: String
    var path: String
    var priority: Int
  }

  /// What can be changed.
  enum Writes: String, Sendable, Hashable {
    /// Everything; objects are kept as they are sent.
    case stored
    /// Nodes: no creation.
    case node
    /// Pods.
    case pod
    /// Objects that clients bring are kept as they are sent, and nothing comes of them; those that the world's scenario
    /// makes are its controllers' own.
    case beside
    /// What the world's controllers own: nothing.
    case none
    /// Reviews: only creation, and nothing is kept.
    case review
  }

  init(_ group: String, _ version: String, _ plural: String, _ kind: String) {
    self.group = group
    self.version = version
    self.plural = plural
    self.kind = kind
  }

  var apiVersion: String { group.isEmpty ? version : "\(group)/\(version)" }
  /// For messages.
  var qualified: String { group.isEmpty ? plural : "\(plural).\(group)" }
  /// The table that holds its objects; both kinds of events share one.
  var table: String { plural == "events" ? "events" : qualified }
  var singular: String { kind.lowercased() }
  /// Whether clients bring new objects of it.
  var isCreated: Bool { writes == .stored || writes == .beside }

  var verbs: [String] {
    switch writes {
    case .stored, .pod:
      ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"]
    case .beside: ["create", "delete", "get", "list", "patch", "update", "watch"]
    case .node: ["delete", "get", "list", "patch", "update", "watch"]
    case .none: ["get", "list", "watch"]
    case .review: ["create"]
    }
  }

  func details(of name: String, uid: String? = nil) -> ManifestValue {
    .fields([
      "name": name.isEmpty ? nil : .text(name), "group": group.isEmpty ? nil : .text(group), "kind": .text(plural),
      "uid": uid.map { .text($0) },
    ])
  }
}

extension ResourceKind {
  private func with(_ change: (inout ResourceKind) -> Void) -> ResourceKind {
    var copy = self
    change(&copy)
    return copy
  }

  private func short(_ names: String...) -> ResourceKind { with { $0.shortNames = names } }
  private var clusterWide: ResourceKind { with { $0.namespaced = false } }
  private func only(_ writes: Writes) -> ResourceKind { with { $0.writes = writes } }
  private func sub(_ subresources: [String: String]) -> ResourceKind { with { $0.subresources = subresources } }

  /// Kinds that are always there.
  static let builtIn: [ResourceKind] = [
    ResourceKind("", "v1", "nodes", "Node").clusterWide.short("no").only(.node).sub(["status": "Node"]),
    ResourceKind("", "v1", "pods", "Pod").short("po").only(.pod)
      .sub(["eviction": "Eviction", "status": "Pod"]),
    ResourceKind("", "v1", "namespaces", "Namespace").clusterWide.short("ns"),
    ResourceKind("", "v1", "events", "Event").short("ev"),
    ResourceKind("", "v1", "configmaps", "ConfigMap").short("cm"),
    ResourceKind("", "v1", "secrets", "Secret"),
    ResourceKind("", "v1", "services", "Service").short("svc"),
    ResourceKind("", "v1", "serviceaccounts", "ServiceAccount").short("sa"),
    ResourceKind("", "v1", "limitranges", "LimitRange").short("limits"),
    ResourceKind("", "v1", "resourcequotas", "ResourceQuota").short("quota"),
    ResourceKind("", "v1", "replicationcontrollers", "ReplicationController").short("rc"),
    ResourceKind("", "v1", "persistentvolumes", "PersistentVolume").clusterWide.short("pv"),
    ResourceKind("", "v1", "persistentvolumeclaims", "PersistentVolumeClaim").short("pvc"),
    ResourceKind("apps", "v1", "deployments", "Deployment").short("deploy").only(.beside),
    ResourceKind("apps", "v1", "replicasets", "ReplicaSet").short("rs").only(.none),
    ResourceKind("apps", "v1", "daemonsets", "DaemonSet").short("ds").only(.none),
    ResourceKind("apps", "v1", "statefulsets", "StatefulSet").short("sts").only(.none),
    ResourceKind("batch", "v1", "jobs", "Job").only(.none),
    ResourceKind("batch", "v1", "cronjobs", "CronJob").short("cj").only(.none),
    ResourceKind("policy", "v1", "poddisruptionbudgets", "PodDisruptionBudget").short("pdb").only(.beside),
    ResourceKind("networking.k8s.io", "v1", "networkpolicies", "NetworkPolicy").short("netpol"),
    ResourceKind("scheduling.k8s.io", "v1", "priorityclasses", "PriorityClass").clusterWide.short("pc").only(.none),
    ResourceKind("storage.k8s.io", "v1", "storageclasses", "StorageClass").clusterWide.short("sc"),
    ResourceKind("storage.k8s.io", "v1", "csinodes", "CSINode").clusterWide,
    ResourceKind("storage.k8s.io", "v1", "csidrivers", "CSIDriver").clusterWide,
    ResourceKind("storage.k8s.io", "v1", "volumeattachments", "VolumeAttachment").clusterWide,
    ResourceKind("storage.k8s.io", "v1", "csistoragecapacities", "CSIStorageCapacity"),
    ResourceKind("coordination.k8s.io", "v1", "leases", "Lease"),
    ResourceKind("events.k8s.io", "v1", "events", "Event").short("ev"),
    ResourceKind("rbac.authorization.k8s.io", "v1", "clusterroles", "ClusterRole").clusterWide,
    ResourceKind("rbac.authorization.k8s.io", "v1", "clusterrolebindings", "ClusterRoleBinding").clusterWide,
    ResourceKind("rbac.authorization.k8s.io", "v1", "roles", "Role"),
    ResourceKind("rbac.authorization.k8s.io", "v1", "rolebindings", "RoleBinding"),
    ResourceKind("apiextensions.k8s.io", "v1", "customresourcedefinitions", "CustomResourceDefinition")
      .clusterWide.short("crd", "crds"),
    ResourceKind("authorization.k8s.io", "v1", "selfsubjectaccessreviews", "SelfSubjectAccessReview")
      .clusterWide.only(.review),
    ResourceKind("authorization.k8s.io", "v1", "selfsubjectrulesreviews", "SelfSubjectRulesReview")
      .clusterWide.only(.review),
    ResourceKind("authentication.k8s.io", "v1", "selfsubjectreviews", "SelfSubjectReview").clusterWide.only(.review),
  ]

  /// The kinds that a CustomResourceDefinition adds: one for each version that is served.
  static func defined(by definition: ManifestValue) -> [ResourceKind] {
    guard let spec = definition["spec"], let group = spec["group"]?.string,
      let plural = spec[["names", "plural"]]?.string, let kind = spec[["names", "kind"]]?.string
    else { return [] }
    return (spec["versions"]?.list ?? []).compactMap { version in
      guard let name = version["name"]?.string, version["served"]?.bool == true else { return nil }
      var result = ResourceKind(group, name, plural, kind)
      result.namespaced = spec["scope"]?.string != "Cluster"
      result.shortNames = (spec[["names", "shortNames"]]?.list ?? []).compactMap(\.string)
      result.hasStatus = version[["subresources", "status"]] != nil
      if result.hasStatus { result.subresources = ["status": kind] }
      result.customColumns = (version["additionalPrinterColumns"]?.list ?? []).compactMap { column in
        guard let name = column["name"]?.string, let path = column["jsonPath"]?.string else { return nil }
        return CustomColumn(
          name: name, type: column["type"]?.string ?? "string", path: path,
          priority: Int(column["priority"]?.integer ?? 0))
      }
      return result
    }
  }
}
