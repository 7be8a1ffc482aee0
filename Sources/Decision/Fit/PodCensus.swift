import Model

/// What all pods of a snapshot ask about: label keys of nodes, choices of other pods, topology keys. Taken before any pod
/// is placed, so that whatever comes later is counted for everybody who asks.
struct PodCensus {
  var labelKeys: Set<String> = []
  var selectors = PodSelectors()
  var topology = Topology()
  /// One pod for each different set of hard spread constraints that was met.
  var spreading: [PodObservation] = []

  /// - Parameter cutoff: pods of lower priority ask for nothing.
  init(_ pods: [PodObservation], cutoff: Int, namespaceLabels: [String: [String: String]]) {
    var seen: [String: PodObservation] = [:]
    // Pods are many and mostly plain: only the others are looked at whole.
    for index in pods.indices where !pods[index].isPlain {
      let pod = pods[index]
      guard !pod.isFinished, pod.node != nil || pod.nominatedNode != nil || pod.asksForNode(cutoff: cutoff) else {
        continue
      }
      for key in pod.nodeSelector.keys { labelKeys.insert(key) }
      let constraints = pod.constraints
      guard !constraints.isNone else { continue }
      let owner = "\(pod.key.namespace)/\(pod.ownerName ?? "")"
      if let last = seen[owner], last.isBoundLike(pod) { continue }
      seen[owner] = pod
      if !constraints.nodeAffinity.isEmpty || !constraints.volumes.isEmpty {
        PodGroup.Constraint(pod).addKeys(to: &labelKeys)
      }
      guard constraints.dependsOnPods else { continue }
      _ = Self.terms(of: pod, namespaceLabels, &selectors, &topology)
      let hard = constraints.topologySpread.filter { $0.whenUnsatisfiable == .doNotSchedule }
      for spread in hard {
        _ = topology.key(named: spread.topologyKey)
        _ = selectors.number(of: PodSelectors.Key(spread, namespace: pod.key.namespace, labels: pod.labels))
      }
      if !hard.isEmpty { spreading.append(pod) }
    }
  }

  /// Counters of a pod's required terms. A pod counts for affinity only when it meets all the terms' selectors, so those
  /// become one.
  static func terms(
    of pod: PodObservation, _ namespaceLabels: [String: [String: String]], _ selectors: inout PodSelectors,
    _ topology: inout Topology
  ) -> (affinity: [Int], anti: [Int]) {
    func key(_ term: PodAffinityTerm) -> PodSelectors.Key {
      PodSelectors.Key(term, namespace: pod.key.namespace, labels: pod.labels, namespaceLabels: namespaceLabels)
    }
    var affinity: [Int] = []
    let terms = pod.constraints.podAffinity
    if !terms.isEmpty {
      let all = PodSelectors.Key.conjunction(terms.map(key))
      let selector = selectors.number(of: all)
      for term in terms {
        affinity.append(topology.counter(selector: selector, key: topology.key(named: term.topologyKey)))
      }
    }
    let anti = pod.constraints.podAntiAffinity.map { term in
      topology.counter(selector: selectors.number(of: key(term)), key: topology.key(named: term.topologyKey))
    }
    return (Set(affinity).sorted(), Set(anti).sorted())
  }
}

extension PodObservation {
  /// Whether it demands nothing of nodes and pods but room and taints that it tolerates.
  fileprivate var isPlain: Bool { nodeSelector.isEmpty && constraints.isNone }

  /// Whether what it demands of nodes and pods is the same.
  fileprivate func isBoundLike(_ other: PodObservation) -> Bool {
    constraints == other.constraints && labels == other.labels && tolerations == other.tolerations
      && nodeSelector == other.nodeSelector
  }
}

extension PodSelectors.Key {
  /// Chooses what all of these choose.
  static func conjunction(_ keys: [PodSelectors.Key]) -> PodSelectors.Key {
    guard keys.count > 1 else { return keys[0] }
    guard keys.allSatisfy({ $0.selector != nil }) else { return PodSelectors.Key(namespaces: [], selector: nil) }
    var expressions: [LabelRequirement] = []
    for selector in keys.compactMap(\.selector) {
      for label in selector.matchLabels.keys.sorted() {
        expressions.append(LabelRequirement(key: label, operator: .in, values: [selector.matchLabels[label]!]))
      }
      expressions += selector.expressions
    }
    var namespaces: [String]?
    for key in keys {
      guard let own = key.namespaces else { continue }
      namespaces = namespaces.map { Set($0).intersection(own).sorted() } ?? own
    }
    return PodSelectors.Key(namespaces: namespaces, selector: LabelSelector(expressions: expressions))
  }
}
