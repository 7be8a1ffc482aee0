import Model

extension PodGroup {
  /// What decides on which nodes a pod may run, apart from room and other pods.
  struct Constraint: Hashable {
    let tolerations: [Toleration]
    let nodeSelector: [String: String]
    /// Alternatives; empty: no demand.
    let nodeAffinity: [NodeSelectorTerm]
    /// Those that demand something.
    let volumes: [VolumeDemand]

    init(
      tolerations: [Toleration], nodeSelector: [String: String], nodeAffinity: [NodeSelectorTerm] = [],
      volumes: [VolumeDemand] = []
    ) {
      self.tolerations = tolerations
      self.nodeSelector = nodeSelector
      self.nodeAffinity = nodeAffinity
      self.volumes = volumes
    }

    /// Equal for all pods that are bound alike, in whatever order their tolerations are.
    init(_ pod: PodObservation) {
      tolerations = pod.tolerations.count < 2 ? pod.tolerations : Set(pod.tolerations).sorted { $0.order < $1.order }
      nodeSelector = pod.nodeSelector
      nodeAffinity = pod.constraints.nodeAffinity
      volumes =
        pod.constraints.volumes.isEmpty
        ? [] : pod.constraints.volumes.filter { !$0.nodeAffinity.isEmpty || $0.obstacle != nil }
    }

    /// Of a DaemonSet's pods, which tolerate what the control plane itself puts on nodes.
    init(_ daemonSet: DaemonSetObservation) {
      let always = Toleration(key: "node.kubernetes.io/unschedulable", operator: .exists, effect: .noSchedule)
      tolerations = daemonSet.tolerations + [always]
      nodeSelector = daemonSet.nodeSelector
      nodeAffinity = daemonSet.nodeAffinity
      volumes = []
    }

    /// Whether an answer depends on the node's own name.
    var namesNodes: Bool {
      nodeAffinity.contains { !$0.fields.isEmpty }
        || volumes.contains { $0.nodeAffinity.contains { !$0.fields.isEmpty } }
    }

    /// Label keys that an answer depends on.
    func addKeys(to keys: inout Set<String>) {
      for key in nodeSelector.keys { keys.insert(key) }
      for term in nodeAffinity { for requirement in term.expressions { keys.insert(requirement.key) } }
      for volume in volumes {
        for term in volume.nodeAffinity { for requirement in term.expressions { keys.insert(requirement.key) } }
      }
    }
  }
}

extension PodGroup.Constraint {
  /// The first demand that is not met; `nil` when a pod may run there.
  ///
  /// - Parameter name: `nil` for a node that does not exist yet.
  func mismatch(taints: [Taint], labels: [String: String], name: NodeName? = nil) -> Mismatch? {
    if let obstacle = volumes.lazy.compactMap(\.obstacle).first { return .volume(obstacle) }
    for taint in taints where taint.effect != .preferNoSchedule {
      if !tolerations.contains(where: { $0.tolerates(taint) }) { return .taint(taint) }
    }
    if let mismatch = selectorMismatch(labels: labels, name: name) { return mismatch }
    for volume in volumes where !volume.nodeAffinity.isEmpty {
      if volume.nodeAffinity.contains(where: { $0.matches(labels: labels, name: name) }) { continue }
      return .volumePlace(volume.claim, volume.nodeAffinity.map(\.text).joined(separator: " or "))
    }
    return nil
  }

  /// Of the selector and the node affinity alone: what a spread's `nodeAffinityPolicy` speaks of.
  func selectorMismatch(labels: [String: String], name: NodeName?) -> Mismatch? {
    if !nodeSelector.isEmpty {
      for key in nodeSelector.keys.sorted() where labels[key] != nodeSelector[key] {
        return .selector("\(key)=\(nodeSelector[key]!)")
      }
    }
    if !nodeAffinity.isEmpty, !nodeAffinity.contains(where: { $0.matches(labels: labels, name: name) }) {
      return .affinity(nodeAffinity.map(\.text).joined(separator: " or "))
    }
    return nil
  }

  enum Mismatch: Equatable {
    case taint(Taint)
    case selector(String)
    case affinity(String)
    case volume(String)
    case volumePlace(String, String)

    var phrase: String {
      switch self {
      case .taint(let taint): "the pods do not tolerate \(taint.text)"
      case .selector(let selector): "its nodes do not carry \(selector)"
      case .affinity(let affinity): "its nodes do not match the pods' node affinity (\(affinity))"
      case .volume(let obstacle): obstacle
      case .volumePlace(let claim, let place): "volume claim \(claim) can be reached only from nodes with \(place)"
      }
    }
  }
}

extension Toleration {
  fileprivate var order: String { "\(key)\u{0}\(self.operator.rawValue)\u{0}\(value)\u{0}\(effect?.rawValue ?? "")" }
}
