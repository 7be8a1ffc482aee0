package import Model
import Ports

/// Pods as kube-state-metrics tells them.
package struct PodsFromMetrics {
  private typealias Metrics = ClusterMetrics

  /// A pod in the making.
  private struct Draft {
    var pod: PodObservation
    /// Pods have few containers: a list is faster than a table.
    var containers: [(name: String, requests: Resources)] = []
    var initContainers: [(name: String, requests: Resources)] = []
    var sidecars: [String] = []
    var overhead = Resources.zero

    /// The order of init containers is not told: sidecars are taken to come first, which asks for no less than any
    /// other order.
    func finished() -> PodObservation {
      var pod = pod
      let early = initContainers.sorted {
        (sidecars.contains($0.name) ? 0 : 1, $0.name) < (sidecars.contains($1.name) ? 0 : 1, $1.name)
      }
      pod.requests = PodRequests.effective(
        containers: containers.map(\.requests),
        initContainers: early.map { .init(requests: $0.requests, isSidecar: sidecars.contains($0.name)) },
        overhead: overhead)
      if pod.tolerations.count > 1 { pod.tolerations.sort { PodsFromMetrics.order($0) < PodsFromMetrics.order($1) } }
      return pod
    }
  }

  /// All pods in the making, found by what makes each distinct.
  private struct Drafts {
    var list: [Draft] = []
    var places: [String: Int] = [:]

  }

  /// Priorities of the classes that Kubernetes brings along.
  private static let systemPriorities = [
    "system-cluster-critical": 2_000_000_000, "system-node-critical": 2_000_001_000,
  ]

  private let answers: ClusterMetrics.Answers
  private let names: MetricNames
  private let priorities: [String: Int]

  /// - Parameter priorityClasses: values of priority classes by name.
  package init(_ answers: ClusterMetrics.Answers, _ names: MetricNames, _ priorityClasses: [String: Int]) {
    self.answers = answers
    self.names = names
    priorities = Self.systemPriorities.merging(priorityClasses) { _, own in own }
  }

  /// Sorted by namespace and name.
  func pods() throws(ClusterMetrics.Fault) -> [PodObservation] {
    var drafts = try identified()
    try readStatus(into: &drafts)
    try readRequests(into: &drafts)
    try readDemands(into: &drafts)
    let list = drafts.list
    let keys = list.map(\.pod.key)
    let order = list.indices.sorted { left, right in
      if keys[left] != keys[right] { return keys[left] < keys[right] }
      return (list[right].pod.createdAt, list[right].pod.uid) < (list[left].pod.createdAt, list[left].pod.uid)
    }
    var pods: [PodObservation] = []
    pods.reserveCapacity(list.count)
    var last: Int?
    for index in order {
      // A pod of the same name that has gone is told for a while longer: the newest, which comes first, counts.
      if let last, keys[last] == keys[index] { continue }
      last = index
      pods.append(list[index].finished())
    }
    return pods
  }

  /// Every pod of the answers, also several of one name, with its identity; without what changes while it lives. For
  /// answers that gather a stretch of time.
  package func everyPod() throws(ClusterMetrics.Fault) -> [(identity: String, pod: PodObservation)] {
    var drafts = try identified()
    try readRequests(into: &drafts, isRequired: false)
    try readDemands(into: &drafts)
    return drafts.places.keys.sorted().map { identity in (identity, drafts.list[drafts.places[identity]!].finished()) }
  }

  /// What makes a pod distinct by the labels of one of its series: the uid, or else namespace and name.
  package static func identity(of labels: [String: String]) -> String {
    if let uid = labels["uid"], !uid.isEmpty { return uid }
    let element = MetricElement(labels: labels, value: 0, at: .epoch)
    return "\(element.namespace)/\(element.subject("pod"))"
  }

  private func identified() throws(ClusterMetrics.Fault) -> Drafts {
    var drafts = Drafts()
    let elements = try Metrics.required(.podInfo, answers)
    drafts.list.reserveCapacity(elements.count)
    drafts.places.reserveCapacity(elements.count)
    for element in elements {
      let identity = PodsFromMetrics.identity(of: element.labels)
      let node = element.subject("node")
      let known = drafts.places[identity]
      // Before and after it was bound a pod has a series each; the one with a node is the later.
      if node.isEmpty, known != nil { continue }
      var pod = PodObservation(
        key: PodKey(namespace: element.namespace, name: element.subject("pod")), uid: element.labels["uid"] ?? "",
        createdAt: element.at, phase: .unknown, requests: .zero)
      pod.node = node.isEmpty ? nil : NodeName(node)
      let kind = element.labels["created_by_kind"] ?? ""
      if !kind.isEmpty, kind != "<none>" {
        pod.ownerKind = kind
        pod.ownerName = element.labels["created_by_name"]
        pod.isMirror = kind == "Node"
      }
      pod.priority = priorities[element.labels["priority_class"] ?? ""] ?? 0
      if let known {
        drafts.list[known] = Draft(pod: pod)
      } else {
        drafts.places[identity] = drafts.list.count
        drafts.list.append(Draft(pod: pod))
      }
    }
    return drafts
  }

  private func readStatus(into drafts: inout Drafts) throws(ClusterMetrics.Fault) {
    try each(.podPhase, isRequired: true, &drafts) { element, draft throws(ClusterMetrics.Fault) in
      draft.pod.phase = element.labels["phase"].flatMap(PodObservation.Phase.init) ?? .unknown
    }
    try each(.podUnschedulable, &drafts) { element, draft throws(ClusterMetrics.Fault) in
      draft.pod.unschedulable = element.value != 0
    }
    try each(.podCreated, &drafts) { element, draft throws(ClusterMetrics.Fault) in
      draft.pod.createdAt = Instant(milliseconds: try element.amount(.podCreated, times: 1000))
    }
    try each(.podDeleted, &drafts) { _, draft throws(ClusterMetrics.Fault) in draft.pod.isTerminating = true }
    try each(.podReady, &drafts) { element, draft throws(ClusterMetrics.Fault) in
      draft.pod.isReady = element.value != 0
    }
  }

  private func readRequests(
    into drafts: inout Drafts, isRequired: Bool = true
  ) throws(ClusterMetrics.Fault) {
    try each(.podRequests, isRequired: isRequired, &drafts) { element, draft throws(ClusterMetrics.Fault) in
      try add(element, .podRequests, to: &draft.containers)
    }
    try each(.podInitRequests, &drafts) { element, draft throws(ClusterMetrics.Fault) in
      try add(element, .podInitRequests, to: &draft.initContainers)
    }
    try each(.podInitInfo, &drafts) { element, draft throws(ClusterMetrics.Fault) in
      draft.sidecars.append(element.subject("container"))
    }
    try each(.podOverheadCPU, &drafts) { element, draft throws(ClusterMetrics.Fault) in
      draft.overhead.cpuMillicores = try element.amount(.podOverheadCPU, times: 1000)
    }
    try each(.podOverheadMemory, &drafts) { element, draft throws(ClusterMetrics.Fault) in
      draft.overhead.memoryBytes = try element.amount(.podOverheadMemory)
    }
  }

  private func readDemands(into drafts: inout Drafts) throws(ClusterMetrics.Fault) {
    try each(.podTolerations, &drafts) { element, draft throws(ClusterMetrics.Fault) in
      let toleration = Toleration(
        key: element.labels["key"] ?? "", operator: element.labels["operator"] == "Exists" ? .exists : .equal,
        value: element.labels["value"] ?? "", effect: element.labels["effect"].flatMap(TaintEffect.init))
      if !draft.pod.tolerations.contains(toleration) { draft.pod.tolerations.append(toleration) }
    }
    try each(.podLabels, &drafts) { element, draft throws(ClusterMetrics.Fault) in
      draft.pod.labels = names.original(element.labels, prefix: "label_")
    }
    try each(.podNodeSelectors, &drafts) { element, draft throws(ClusterMetrics.Fault) in
      draft.pod.nodeSelector = names.original(element.labels, prefix: "nodeselector_")
    }
  }

  private func add(
    _ element: MetricElement, _ family: ClusterMetrics.Family, to list: inout [(name: String, requests: Resources)]
  ) throws(ClusterMetrics.Fault) {
    let name = element.subject("container")
    let index: Int
    if let known = list.firstIndex(where: { $0.name == name }) {
      index = known
    } else {
      index = list.count
      list.append((name, .zero))
    }
    try list[index].requests.add(element, family, names)
  }

  fileprivate static func order(_ toleration: Toleration) -> (String, String, String, String) {
    (toleration.key, toleration.operator.rawValue, toleration.value, toleration.effect?.rawValue ?? "")
  }

  private func each(
    _ family: ClusterMetrics.Family, isRequired: Bool = false, _ drafts: inout Drafts,
    _ body: (MetricElement, inout Draft) throws(ClusterMetrics.Fault) -> Void
  ) throws(ClusterMetrics.Fault) {
    let elements = isRequired ? try Metrics.required(family, answers) : try Metrics.optional(family, answers)
    for element in elements {
      guard let index = drafts.places[PodsFromMetrics.identity(of: element.labels)] else { continue }
      try body(element, &drafts.list[index])
    }
  }
}
