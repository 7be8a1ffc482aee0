import Model
import Ports

/// Pods as kube-state-metrics tells them.
struct PodsFromMetrics {
  private typealias Metrics = ClusterMetrics

  /// A pod, of which there may have been several of one name.
  private struct Identity: Hashable {
    var key: PodKey
    var uid: String

    init(_ element: MetricElement) {
      key = PodKey(namespace: element.namespace, name: element.subject("pod"))
      uid = element.labels["uid"] ?? ""
    }
  }

  /// A pod in the making.
  private struct Draft {
    var pod: PodObservation
    var containers: [String: Resources] = [:]
    var initContainers: [String: Resources] = [:]
    var sidecars: Set<String> = []
    var overhead = Resources.zero

    /// The order of init containers is not told: sidecars are taken to come first, which asks for no less than any
    /// other order.
    var finished: PodObservation {
      var pod = pod
      let early = initContainers.keys.sorted {
        (sidecars.contains($0) ? 0 : 1, $0) < (sidecars.contains($1) ? 0 : 1, $1)
      }
      pod.requests = PodRequests.effective(
        containers: containers.keys.sorted().map { containers[$0]! },
        initContainers: early.map { .init(requests: initContainers[$0]!, isSidecar: sidecars.contains($0)) },
        overhead: overhead)
      return pod
    }
  }

  /// Priorities of the classes that Kubernetes brings along.
  private static let systemPriorities = [
    "system-cluster-critical": 2_000_000_000, "system-node-critical": 2_000_001_000,
  ]

  private let answers: ClusterMetrics.Answers
  private let names: MetricNames
  private let priorities: [String: Int]

  init(_ answers: ClusterMetrics.Answers, _ names: MetricNames, _ priorityClasses: [String: Int]) {
    self.answers = answers
    self.names = names
    priorities = Self.systemPriorities.merging(priorityClasses) { _, own in own }
  }

  /// Sorted by namespace and name.
  func pods() throws(ClusterMetrics.Fault) -> [PodObservation] {
    var pods = try identified()
    try readStatus(into: &pods)
    try readRequests(into: &pods)
    try readDemands(into: &pods)
    var newest: [PodKey: PodObservation] = [:]
    for draft in pods.values {
      let pod = draft.finished
      guard let other = newest[pod.key] else {
        newest[pod.key] = pod
        continue
      }
      // A pod of the same name that has gone is told for a while longer.
      if (pod.createdAt, pod.uid) > (other.createdAt, other.uid) { newest[pod.key] = pod }
    }
    return newest.keys.sorted().map { newest[$0]! }
  }

  private func identified() throws(ClusterMetrics.Fault) -> [Identity: Draft] {
    var pods: [Identity: Draft] = [:]
    for element in try Metrics.required(.podInfo, answers) {
      let identity = Identity(element)
      let node = element.subject("node")
      // Before and after it was bound a pod has a series each; the one with a node is the later.
      if node.isEmpty, pods[identity] != nil { continue }
      var pod = PodObservation(
        key: identity.key, uid: identity.uid, createdAt: element.at, phase: .unknown, requests: .zero)
      pod.node = node.isEmpty ? nil : NodeName(node)
      let kind = element.labels["created_by_kind"] ?? ""
      if !kind.isEmpty, kind != "<none>" {
        pod.ownerKind = kind
        pod.ownerName = element.labels["created_by_name"]
        pod.isMirror = kind == "Node"
      }
      pod.priority = priorities[element.labels["priority_class"] ?? ""] ?? 0
      pods[identity] = Draft(pod: pod)
    }
    return pods
  }

  private func readStatus(into pods: inout [Identity: Draft]) throws(ClusterMetrics.Fault) {
    try each(.podPhase, isRequired: true, &pods) { element, draft throws(ClusterMetrics.Fault) in
      draft.pod.phase = element.labels["phase"].flatMap(PodObservation.Phase.init) ?? .unknown
    }
    try each(.podUnschedulable, &pods) { element, draft throws(ClusterMetrics.Fault) in
      draft.pod.unschedulable = element.value != 0
    }
    try each(.podCreated, &pods) { element, draft throws(ClusterMetrics.Fault) in
      draft.pod.createdAt = Instant(milliseconds: try element.amount(.podCreated, times: 1000))
    }
    try each(.podDeleted, &pods) { _, draft throws(ClusterMetrics.Fault) in draft.pod.isTerminating = true }
    try each(.podReady, &pods) { element, draft throws(ClusterMetrics.Fault) in
      draft.pod.isReady = element.value != 0
    }
  }

  private func readRequests(into pods: inout [Identity: Draft]) throws(ClusterMetrics.Fault) {
    try each(.podRequests, isRequired: true, &pods) { element, draft throws(ClusterMetrics.Fault) in
      try draft.containers[element.subject("container"), default: .zero].add(element, .podRequests, names)
    }
    try each(.podInitRequests, &pods) { element, draft throws(ClusterMetrics.Fault) in
      try draft.initContainers[element.subject("container"), default: .zero].add(element, .podInitRequests, names)
    }
    try each(.podInitInfo, &pods) { element, draft throws(ClusterMetrics.Fault) in
      draft.sidecars.insert(element.subject("container"))
    }
    try each(.podOverheadCPU, &pods) { element, draft throws(ClusterMetrics.Fault) in
      draft.overhead.cpuMillicores = try element.amount(.podOverheadCPU, times: 1000)
    }
    try each(.podOverheadMemory, &pods) { element, draft throws(ClusterMetrics.Fault) in
      draft.overhead.memoryBytes = try element.amount(.podOverheadMemory)
    }
  }

  private func readDemands(into pods: inout [Identity: Draft]) throws(ClusterMetrics.Fault) {
    try each(.podTolerations, &pods) { element, draft throws(ClusterMetrics.Fault) in
      let toleration = Toleration(
        key: element.labels["key"] ?? "", operator: element.labels["operator"] == "Exists" ? .exists : .equal,
        value: element.labels["value"] ?? "", effect: element.labels["effect"].flatMap(TaintEffect.init))
      if !draft.pod.tolerations.contains(toleration) { draft.pod.tolerations.append(toleration) }
    }
    try each(.podLabels, &pods) { element, draft throws(ClusterMetrics.Fault) in
      draft.pod.labels = names.original(element.labels, prefix: "label_")
    }
    try each(.podNodeSelectors, &pods) { element, draft throws(ClusterMetrics.Fault) in
      draft.pod.nodeSelector = names.original(element.labels, prefix: "nodeselector_")
    }
    for identity in pods.keys {
      pods[identity]!.pod.tolerations.sort { Self.order($0) < Self.order($1) }
    }
  }

  private static func order(_ toleration: Toleration) -> (String, String, String, String) {
    (toleration.key, toleration.operator.rawValue, toleration.value, toleration.effect?.rawValue ?? "")
  }

  private func each(
    _ family: ClusterMetrics.Family, isRequired: Bool = false, _ pods: inout [Identity: Draft],
    _ body: (MetricElement, inout Draft) throws(ClusterMetrics.Fault) -> Void
  ) throws(ClusterMetrics.Fault) {
    let elements = isRequired ? try Metrics.required(family, answers) : try Metrics.optional(family, answers)
    for element in elements {
      guard let index = pods.index(forKey: Identity(element)) else { continue }
      try body(element, &pods.values[index])
    }
  }
}
