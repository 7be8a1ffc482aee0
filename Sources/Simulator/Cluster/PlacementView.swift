import Model

/// Where the terms of one pod let it run, judged by the pods that have a node: the filters of Kubernetes's scheduler
/// beside room, taints and the plain node selector.
struct PlacementView {
  /// A pod that has a node and is not on its way out.
  private struct Neighbour {
    var namespace: String
    var labels: [String: String]
    var constraints: PodConstraints
    var node: NodeName
    var nodeLabels: [String: String]
  }

  private let namespace: String
  private let template: PodTemplate
  private let namespaces: [String: [String: String]]
  private let neighbours: [Neighbour]
  private let nodes: [SimulatedNode]

  /// - Parameter namespace: the pod's.
  init(of namespace: String, _ template: PodTemplate, in world: World) {
    self.namespace = namespace
    self.template = template
    var neighbours: [Neighbour] = []
    var namespaces: [String: [String: String]] = [:]
    // A cluster without any such terms, which is the usual one, pays nothing for them.
    let index = world.workloadIndex
    if index.dependsOnPods {
      namespaces = index.namespaces
      for pod in world.pods.values where pod.isActive {
        guard let name = pod.node, let node = world.nodes[name], node.uid == pod.nodeUID,
          let workload = world.workloads[pod.workload]
        else { continue }
        neighbours.append(
          Neighbour(
            namespace: pod.key.namespace, labels: workload.pod.labels, constraints: workload.pod.constraints,
            node: name, nodeLabels: node.labels))
      }
    }
    self.neighbours = neighbours
    self.namespaces = namespaces
    nodes = template.constraints.topologySpread.isEmpty ? [] : Array(world.nodes.values)
  }

  func allows(_ node: SimulatedNode) -> Bool {
    Self.matches(template.constraints.nodeAffinity, node) && portsAreFree(on: node) && attractionHolds(on: node)
      && repulsionHolds(on: node) && spreadHolds(on: node)
  }

  /// Whether one of the alternatives matches, or there is none.
  static func matches(_ terms: [NodeSelectorTerm], _ node: SimulatedNode) -> Bool {
    terms.isEmpty || terms.contains { $0.matches(labels: node.labels, name: node.name) }
  }

  private func portsAreFree(on node: SimulatedNode) -> Bool {
    template.constraints.hostPorts.allSatisfy { port in
      !neighbours.contains { neighbour in
        neighbour.node == node.name && neighbour.constraints.hostPorts.contains { $0.collides(with: port) }
      }
    }
  }

  // MARK: - Affinity between pods

  private func attractionHolds(on node: SimulatedNode) -> Bool {
    template.constraints.podAffinity.allSatisfy { term in
      guard let domain = node.labels[term.topologyKey] else { return false }
      let chosen = neighbours.filter {
        selects(term, $0.namespace, $0.labels, from: namespace, template.labels)
      }
      if chosen.contains(where: { $0.nodeLabels[term.topologyKey] == domain }) { return true }
      // The first of a group that wants to be together has nobody to join.
      return chosen.isEmpty && selects(term, namespace, template.labels, from: namespace, template.labels)
    }
  }

  private func repulsionHolds(on node: SimulatedNode) -> Bool {
    let own = template.constraints.podAntiAffinity
    return neighbours.allSatisfy { neighbour in
      func meet(_ term: PodAffinityTerm) -> Bool {
        node.labels[term.topologyKey].map { $0 == neighbour.nodeLabels[term.topologyKey] } ?? false
      }
      let repels = own.contains {
        meet($0) && selects($0, neighbour.namespace, neighbour.labels, from: namespace, template.labels)
      }
      let isRepelled = neighbour.constraints.podAntiAffinity.contains {
        meet($0) && selects($0, namespace, template.labels, from: neighbour.namespace, neighbour.labels)
      }
      return !repels && !isRepelled
    }
  }

  /// Whether a term of a pod with `ownLabels` in `ownNamespace` chooses a pod.
  private func selects(
    _ term: PodAffinityTerm, _ namespace: String, _ labels: [String: String], from ownNamespace: String,
    _ ownLabels: [String: String]
  ) -> Bool {
    guard let selector = term.selector, selector.matches(labels) else { return false }
    let isNear =
      term.namespaces.isEmpty && term.namespaceSelector == nil
      ? namespace == ownNamespace
      : term.namespaces.contains(namespace)
        || (term.namespaceSelector?.matches(namespaces[namespace] ?? [:]) ?? false)
    return isNear && term.matchLabelKeys.allSatisfy { ownLabels[$0] == nil || ownLabels[$0] == labels[$0] }
      && term.mismatchLabelKeys.allSatisfy { ownLabels[$0] == nil || ownLabels[$0] != labels[$0] }
  }

  // MARK: - Spread

  private func spreadHolds(on node: SimulatedNode) -> Bool {
    template.constraints.topologySpread.allSatisfy { constraint in
      guard constraint.whenUnsatisfiable == .doNotSchedule else { return true }
      guard let domain = node.labels[constraint.topologyKey] else { return false }
      var counts: [String: Int] = [:]
      let keys = template.constraints.topologySpread.filter { $0.whenUnsatisfiable == .doNotSchedule }.map(
        \.topologyKey)
      for other in nodes where takesPart(other, constraint) && keys.allSatisfy({ other.labels[$0] != nil }) {
        let here = neighbours.count { $0.node == other.name && isSpread($0, constraint) }
        counts[other.labels[constraint.topologyKey]!, default: 0] += here
      }
      let fewest = counts.count < constraint.minDomains ? 0 : counts.values.min() ?? 0
      let selfMatch = constraint.selector?.matches(template.labels) == true ? 1 : 0
      return counts[domain, default: 0] + selfMatch - fewest <= constraint.maxSkew
    }
  }

  private func isSpread(_ neighbour: Neighbour, _ constraint: TopologySpreadConstraint) -> Bool {
    neighbour.namespace == namespace && constraint.selector?.matches(neighbour.labels) == true
      && constraint.matchLabelKeys.allSatisfy {
        template.labels[$0] == nil || template.labels[$0] == neighbour.labels[$0]
      }
  }

  /// Whether a node's domain takes part.
  private func takesPart(_ node: SimulatedNode, _ constraint: TopologySpreadConstraint) -> Bool {
    if constraint.nodeAffinityPolicy == .honor {
      let isSelected = template.nodeSelector.allSatisfy { node.labels[$0.key] == $0.value }
      guard isSelected, Self.matches(template.constraints.nodeAffinity, node) else { return false }
    }
    guard constraint.nodeTaintsPolicy == .honor else { return true }
    return !node.taints.contains { $0.effect != .preferNoSchedule && !template.tolerates($0) }
  }
}
