public import Model

/// What makes pods: a Deployment, a Job, a DaemonSet or a bare pod.
public struct Workload: Hashable, Sendable, Codable {
  /// What the pods do and how many there are.
  public enum Kind: Hashable, Sendable, Codable {
    /// So many pods at any time; fractions are rounded.
    case deployment(replicas: LoadProfile)
    /// So many pods at once, each of which runs for a time from the range and then has succeeded.
    case job(pods: Int, runtime: ClosedRange<Duration>)
    /// One pod on each node that the selector matches.
    case daemonSet
    /// One pod that nobody replaces.
    case bare
  }

  /// Unique within the world.
  public var name: String
  /// The pods' namespace.
  public var namespace: String
  /// What the pods do and how many there are.
  public var kind: Kind
  /// What each pod is like.
  public var pod: PodTemplate
  /// When it is created.
  public var startsAt: Instant
  /// Pods on nodes with these labels are the first to go when replicas are taken away (they bear the annotation
  /// `controller.kubernetes.io/pod-deletion-cost`).
  public var leavesFirst: [String: String] = [:]
  /// When a new version of a deployment is rolled out, in the order of time; `nil`: never.
  public var rolls: [Instant]?

  /// A workload that begins at `startsAt`.
  public init(
    name: String, namespace: String = "default", kind: Kind, pod: PodTemplate, startsAt: Instant
  ) {
    self.name = name
    self.namespace = namespace
    self.kind = kind
    self.pod = pod
    self.startsAt = startsAt
  }

  /// The kind of the pods' controlling owner.
  public var ownerKind: String? {
    switch kind {
    case .deployment: "ReplicaSet"
    case .job: "Job"
    case .daemonSet: "DaemonSet"
    case .bare: nil
    }
  }

  var isDaemonSet: Bool { kind == .daemonSet }
}

/// What a workload's pods are like.
public struct PodTemplate: Hashable, Sendable, Codable {
  /// What each asks for; one pod slot included.
  public var requests: Resources
  /// The pods' labels.
  public var labels: [String: String]
  /// The pods' annotations.
  public var annotations: [String: String] = [:]
  /// Labels that a node must have.
  public var nodeSelector: [String: String] = [:]
  /// Taints that the pods put up with.
  public var tolerations: [Toleration] = []
  /// What else the pods demand of their node and neighbours. The scheduler respects what is required of node affinity,
  /// pod affinity and anti-affinity, topology spread and host ports; it knows no volumes and no preferences.
  public var constraints = PodConstraints.none
  /// The value of the priority class.
  public var priority = 0
  /// The name of the priority class; empty without one.
  public var priorityClass = ""
  /// The longest time that a pod takes to stop.
  public var grace: Duration = .seconds(30)
  /// How long a pod takes to stop, never longer than its grace; `nil`: what is usual in the world.
  public var stopTime: ClosedRange<Duration>?
  /// The share of its CPU request that a pod uses, over time.
  public var cpuUse: LoadProfile = .constant(0.5)
  /// The share of its memory request that a pod uses, over time.
  public var memoryUse: LoadProfile = .constant(0.7)

  /// A pod that asks for so much; its slot is added.
  public init(requests: Resources, labels: [String: String]) {
    var whole = requests
    whole.pods = 1
    self.requests = whole
    self.labels = labels
  }

  func tolerates(_ taint: Taint) -> Bool { tolerations.contains { $0.tolerates(taint) } }
}

/// How many pods of a selection may be taken away at once.
public struct DisruptionBudget: Hashable, Sendable, Codable {
  /// The bound, as in a PodDisruptionBudget.
  public enum Bound: Hashable, Sendable, Codable {
    case minAvailable(Int)
    case maxUnavailable(Int)
    /// Percent of the pods that there should be, rounded up to whole pods.
    case minAvailablePercent(Int)
    /// Percent of the pods that there should be, rounded up to whole pods.
    case maxUnavailablePercent(Int)
  }

  /// Which pods that are not Ready may go, as in `unhealthyPodEvictionPolicy`.
  public enum UnhealthyPods: String, Hashable, Sendable, Codable, CaseIterable {
    /// While the budget is met by others.
    case ifHealthyBudget = "IfHealthyBudget"
    /// All.
    case alwaysAllow = "AlwaysAllow"
  }

  /// Its name.
  public var name: String
  /// The pods' namespace.
  public var namespace: String
  /// Labels that a pod must have.
  public var selector: [String: String]
  /// The bound.
  public var bound: Bound
  /// `nil`: `ifHealthyBudget`.
  public var unhealthyPods: UnhealthyPods?

  /// A budget over pods with these labels.
  public init(name: String, namespace: String = "default", selector: [String: String], bound: Bound) {
    self.name = name
    self.namespace = namespace
    self.selector = selector
    self.bound = bound
  }
}

/// How a budget stands, as in its status.
public struct DisruptionBudgetStatus: Hashable, Sendable {
  /// Pods that are Ready and not on their way out.
  public var currentHealthy: Int
  /// Pods that must be.
  public var desiredHealthy: Int
  /// Pods that there should be.
  public var expectedPods: Int
  /// How many may be evicted now.
  public var disruptionsAllowed: Int { max(0, currentHealthy - desiredHealthy) }
}
