import Model
import Ports

/// Nodes as kube-state-metrics tells them. Conditions are told without their times: they begin at the answer's instant.
struct NodesFromMetrics {
  private typealias Metrics = ClusterMetrics

  private let answers: ClusterMetrics.Answers
  private let names: MetricNames

  init(_ answers: ClusterMetrics.Answers, _ names: MetricNames) {
    self.answers = answers
    self.names = names
  }

  /// Sorted by name.
  func nodes() throws(ClusterMetrics.Fault) -> [NodeObservation] {
    var nodes: [NodeName: NodeObservation] = [:]
    for element in try Metrics.required(.nodeInfo, answers) {
      let name = NodeName(element.subject("node"))
      guard !name.rawValue.isEmpty else { continue }
      var node = NodeObservation(
        name: name, uid: element.labels["system_uuid"] ?? "", createdAt: element.at, allocatable: .zero)
      // The object's own uid is not among the metrics; what the firmware says tells nodes apart as well.
      node.systemUUID = element.labels["system_uuid"].flatMap { $0.isEmpty ? nil : $0.lowercased() }
      node.address = element.labels["internal_ip"].flatMap { $0.isEmpty ? nil : $0 }
      node.kubeletVersion = element.labels["kubelet_version"].flatMap { $0.isEmpty ? nil : $0 }
      nodes[name] = node
    }
    try each(.nodeAllocatable, isRequired: true, &nodes) { element, node throws(ClusterMetrics.Fault) in
      try node.allocatable.add(element, .nodeAllocatable, names)
    }
    try each(.nodeConditions, isRequired: true, &nodes) { element, node throws(ClusterMetrics.Fault) in
      guard let type = element.labels["condition"], let status = element.labels["status"] else { return }
      let known: NodeObservation.ConditionStatus = status == "true" ? .yes : status == "false" ? .no : .unknown
      node.conditions[type] = .init(status: known, since: element.at)
    }
    try each(.nodeCordoned, isRequired: true, &nodes) { element, node throws(ClusterMetrics.Fault) in
      node.unschedulable = element.value != 0
    }
    try each(.nodeCreated, &nodes) { element, node throws(ClusterMetrics.Fault) in
      node.createdAt = Instant(milliseconds: try element.amount(.nodeCreated, times: 1000))
    }
    try each(.nodeLabels, &nodes) { element, node throws(ClusterMetrics.Fault) in
      node.labels = names.original(element.labels, prefix: "label_")
    }
    try each(.nodeTaints, &nodes) { element, node throws(ClusterMetrics.Fault) in
      guard let key = element.labels["key"], let effect = element.labels["effect"].flatMap(TaintEffect.init) else {
        return
      }
      let taint = Taint(key: key, value: element.labels["value"] ?? "", effect: effect)
      if !node.taints.contains(taint) { node.taints.append(taint) }
    }
    return nodes.keys.sorted().map { name in
      var node = nodes[name]!
      node.taints.sort { ($0.key, $0.value, $0.effect.rawValue) < ($1.key, $1.value, $1.effect.rawValue) }
      return node
    }
  }

  private func each(
    _ family: ClusterMetrics.Family, isRequired: Bool = false, _ nodes: inout [NodeName: NodeObservation],
    _ body: (MetricElement, inout NodeObservation) throws(ClusterMetrics.Fault) -> Void
  ) throws(ClusterMetrics.Fault) {
    let elements = isRequired ? try Metrics.required(family, answers) : try Metrics.optional(family, answers)
    for element in elements {
      let name = NodeName(element.subject("node"))
      guard var node = nodes[name] else { continue }
      try body(element, &node)
      nodes[name] = node
    }
  }
}

extension Resources {
  /// Takes over one amount; a family that is told twice counts once.
  mutating func add(
    _ element: MetricElement, _ family: ClusterMetrics.Family, _ names: MetricNames
  ) throws(ClusterMetrics.Fault) {
    guard let resource = element.labels["resource"] else { return }
    switch resource {
    case "cpu": cpuMillicores = try element.amount(family, times: 1000)
    case "memory": memoryBytes = try element.amount(family)
    case "ephemeral_storage": ephemeralStorageBytes = try element.amount(family)
    case "pods": pods = try element.amount(family)
    default:
      let amount = try element.amount(family)
      if amount > 0 { extended[names.resource(resource)] = amount }
    }
  }
}
