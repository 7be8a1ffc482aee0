/// What a pod demands of its node and neighbours beside room, taints and the plain node selector.
///
/// Source: Kubernetes, assigning pods to nodes; pod topology spread constraints. Terms of one list must all be met, but
/// for `nodeAffinity`, whose terms are alternatives.
public struct PodConstraints: Hashable, Sendable, Codable {
  /// Required; one of these must match the node. Empty: no demand.
  public var nodeAffinity: [NodeSelectorTerm]
  public var preferredNodeAffinity: [PreferredNodeTerm]
  /// Required.
  public var podAffinity: [PodAffinityTerm]
  /// Required, also of pods that come later.
  public var podAntiAffinity: [PodAffinityTerm]
  public var preferredPodAffinity: [PreferredPodTerm]
  public var topologySpread: [TopologySpreadConstraint]
  public var hostPorts: [HostPort]
  public var volumes: [VolumeDemand]

  public init() {
    nodeAffinity = []
    preferredNodeAffinity = []
    podAffinity = []
    podAntiAffinity = []
    preferredPodAffinity = []
    topologySpread = []
    hostPorts = []
    volumes = []
  }

  public static let none = PodConstraints()

  public var isNone: Bool {
    nodeAffinity.isEmpty && podAffinity.isEmpty && podAntiAffinity.isEmpty && topologySpread.isEmpty
      && hostPorts.isEmpty && volumes.isEmpty && preferredNodeAffinity.isEmpty && preferredPodAffinity.isEmpty
  }

  /// Whether other pods decide on where this one may run.
  public var dependsOnPods: Bool {
    !podAffinity.isEmpty || !podAntiAffinity.isEmpty || !topologySpread.isEmpty || !hostPorts.isEmpty
  }
}

/// A node affinity that counts when several nodes are possible.
public struct PreferredNodeTerm: Hashable, Sendable, Codable {
  /// 1 ... 100.
  public var weight: Int
  public var term: NodeSelectorTerm

  public init(weight: Int, term: NodeSelectorTerm) {
    self.weight = weight
    self.term = term
  }
}

/// Pods with whose topology domain a pod's own must coincide, or must not.
public struct PodAffinityTerm: Hashable, Sendable, Codable {
  /// `nil` matches no pod.
  public var selector: LabelSelector?
  /// Together with `namespaceSelector`; both empty: the pod's own namespace.
  public var namespaces: [String]
  /// An empty selector means all namespaces; `nil` adds none.
  public var namespaceSelector: LabelSelector?
  /// The node label whose value names the domain.
  public var topologyKey: String
  /// Keys whose values on the pod itself join the selector, as `key in (value)`.
  public var matchLabelKeys: [String]
  /// The same as `key not in (value)`.
  public var mismatchLabelKeys: [String]

  public init(selector: LabelSelector?, topologyKey: String, namespaces: [String] = []) {
    self.selector = selector
    self.topologyKey = topologyKey
    self.namespaces = namespaces
    matchLabelKeys = []
    mismatchLabelKeys = []
  }
}

/// A pod affinity that counts when several nodes are possible.
public struct PreferredPodTerm: Hashable, Sendable, Codable {
  /// 1 ... 100; negative for anti-affinity.
  public var weight: Int
  public var term: PodAffinityTerm

  public init(weight: Int, term: PodAffinityTerm) {
    self.weight = weight
    self.term = term
  }
}

/// How evenly matching pods must be spread over the domains of a topology.
public struct TopologySpreadConstraint: Hashable, Sendable, Codable {
  public enum Unsatisfiable: String, Sendable, Codable, Hashable {
    case doNotSchedule = "DoNotSchedule"
    case scheduleAnyway = "ScheduleAnyway"
  }

  public enum NodePolicy: String, Sendable, Codable, Hashable {
    case honor = "Honor"
    case ignore = "Ignore"
  }

  /// 1 or more.
  public var maxSkew: Int
  public var topologyKey: String
  public var whenUnsatisfiable: Unsatisfiable
  /// `nil` matches no pod.
  public var selector: LabelSelector?
  /// With fewer eligible domains the smallest count is taken as 0.
  public var minDomains: Int
  public var nodeAffinityPolicy: NodePolicy
  public var nodeTaintsPolicy: NodePolicy
  public var matchLabelKeys: [String]

  public init(maxSkew: Int, topologyKey: String, selector: LabelSelector?) {
    self.maxSkew = maxSkew
    self.topologyKey = topologyKey
    self.selector = selector
    whenUnsatisfiable = .doNotSchedule
    minDomains = 1
    nodeAffinityPolicy = .honor
    nodeTaintsPolicy = .ignore
    matchLabelKeys = []
  }
}

/// A port of the node that a pod takes.
public struct HostPort: Hashable, Sendable, Codable {
  /// `0.0.0.0` stands for all addresses.
  public var address: String
  /// `TCP`, `UDP` or `SCTP`.
  public var transport: String
  public var port: Int

  public init(_ port: Int, transport: String = "TCP", address: String = "0.0.0.0") {
    self.port = port
    self.transport = transport
    self.address = address.isEmpty ? "0.0.0.0" : address
  }

  public func collides(with other: HostPort) -> Bool {
    port == other.port && transport == other.transport
      && (address == other.address || address == "0.0.0.0" || other.address == "0.0.0.0")
  }
}

/// What one of a pod's volumes demands. Limits of attachments are extended resources of node and pod.
public struct VolumeDemand: Hashable, Sendable, Codable {
  /// The claim's name, for sentences.
  public var claim: String
  /// Where the volume can be reached, as alternatives: of the bound volume, or where its class may make one. Empty: anywhere.
  public var nodeAffinity: [NodeSelectorTerm]
  /// Why the pod cannot run at all now, for example that the claim is not bound; `nil` when it can.
  public var obstacle: String?

  public init(claim: String, nodeAffinity: [NodeSelectorTerm] = [], obstacle: String? = nil) {
    self.claim = claim
    self.nodeAffinity = nodeAffinity
    self.obstacle = obstacle
  }
}
