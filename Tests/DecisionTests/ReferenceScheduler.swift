import Model

/// The scheduler's filters written down once more, pod by pod and node by node without any numbers kept: slow, and apart
/// from what it is compared with. Source: Kubernetes documentation of scheduling, affinity and topology spread.
struct ReferenceScheduler {
  struct Resident {
    let pod: PodObservation
    let node: NodeName
  }

  var nodes: [NodeObservation]
  var residents: [Resident]
  var namespaceLabels: [String: [String: String]]

  func allows(_ pod: PodObservation, on name: NodeName) -> Bool {
    let node = nodes.first { $0.name == name }!
    return node.isReady && !node.unschedulable && hasRoom(pod, node) && toleratesAll(pod, node) && isSelected(pod, node)
      && volumesReach(pod, node) && meetsAffinity(pod, node) && meetsAntiAffinity(pod, node) && portsAreFree(pod, node)
      && pod.constraints.topologySpread.allSatisfy { isSpread(pod, $0, node) }
  }

  private func hasRoom(_ pod: PodObservation, _ node: NodeObservation) -> Bool {
    var free = node.allocatable
    for resident in residents where resident.node == node.name {
      free -= resident.pod.requests + Resources(pods: 1)
    }
    return (pod.requests + Resources(pods: 1)).fits(in: free)
  }

  private func toleratesAll(_ pod: PodObservation, _ node: NodeObservation) -> Bool {
    node.taints.allSatisfy { taint in
      taint.effect == .preferNoSchedule || pod.tolerations.contains { $0.tolerates(taint) }
    }
  }

  private func isSelected(_ pod: PodObservation, _ node: NodeObservation) -> Bool {
    let affinity = pod.constraints.nodeAffinity
    return pod.nodeSelector.allSatisfy { node.labels[$0.key] == $0.value }
      && (affinity.isEmpty || affinity.contains { $0.matches(labels: node.labels, name: node.name) })
  }

  private func volumesReach(_ pod: PodObservation, _ node: NodeObservation) -> Bool {
    pod.constraints.volumes.allSatisfy { volume in
      volume.obstacle == nil
        && (volume.nodeAffinity.isEmpty
          || volume.nodeAffinity.contains { $0.matches(labels: node.labels, name: node.name) })
    }
  }

  private func portsAreFree(_ pod: PodObservation, _ node: NodeObservation) -> Bool {
    residents.filter { $0.node == node.name }.flatMap(\.pod.constraints.hostPorts).allSatisfy { taken in
      !pod.constraints.hostPorts.contains { $0.collides(with: taken) }
    }
  }

  // MARK: - Other pods

  /// Whether a term of `owner` chooses a pod.
  private func chooses(_ term: PodAffinityTerm, of owner: PodObservation, _ pod: PodObservation) -> Bool {
    var namespaces = Set(term.namespaces)
    if let selector = term.namespaceSelector {
      for (name, labels) in namespaceLabels where selector.matches(labels) { namespaces.insert(name) }
      if selector == LabelSelector() { namespaces.insert(pod.key.namespace) }
    } else if namespaces.isEmpty {
      namespaces = [owner.key.namespace]
    }
    guard namespaces.contains(pod.key.namespace), let selector = term.selector, selector.matches(pod.labels) else {
      return false
    }
    for key in term.matchLabelKeys where owner.labels[key] != nil && pod.labels[key] != owner.labels[key] {
      return false
    }
    for key in term.mismatchLabelKeys where owner.labels[key] != nil && pod.labels[key] == owner.labels[key] {
      return false
    }
    return true
  }

  private func domain(_ key: String, _ name: NodeName) -> String? {
    key == "kubernetes.io/hostname" ? name.rawValue : nodes.first { $0.name == name }?.labels[key]
  }

  /// Pods count only when they meet all terms; the first of its own kind may go anywhere that has the labels.
  private func meetsAffinity(_ pod: PodObservation, _ node: NodeObservation) -> Bool {
    let terms = pod.constraints.podAffinity
    guard !terms.isEmpty else { return true }
    guard terms.allSatisfy({ domain($0.topologyKey, node.name) != nil }) else { return false }
    let matching = residents.filter { resident in terms.allSatisfy { chooses($0, of: pod, resident.pod) } }
    let isMet = terms.allSatisfy { term in
      matching.contains { domain(term.topologyKey, $0.node) == domain(term.topologyKey, node.name) }
    }
    let exists = matching.contains { resident in
      terms.contains { domain($0.topologyKey, resident.node) != nil }
    }
    return isMet || (!exists && terms.allSatisfy { chooses($0, of: pod, pod) })
  }

  private func meetsAntiAffinity(_ pod: PodObservation, _ node: NodeObservation) -> Bool {
    func together(_ key: String, _ other: NodeName) -> Bool {
      guard let own = domain(key, node.name) else { return false }
      return own == domain(key, other)
    }
    return residents.allSatisfy { resident in
      !pod.constraints.podAntiAffinity.contains {
        chooses($0, of: pod, resident.pod) && together($0.topologyKey, resident.node)
      }
        && !resident.pod.constraints.podAntiAffinity.contains {
          chooses($0, of: resident.pod, pod) && together($0.topologyKey, resident.node)
        }
    }
  }

  private func isSpread(_ pod: PodObservation, _ spread: TopologySpreadConstraint, _ node: NodeObservation) -> Bool {
    guard spread.whenUnsatisfiable == .doNotSchedule else { return true }
    guard let own = domain(spread.topologyKey, node.name) else { return false }
    let hardKeys = pod.constraints.topologySpread.filter { $0.whenUnsatisfiable == .doNotSchedule }.map(\.topologyKey)
    let eligible = nodes.filter { node in
      hardKeys.allSatisfy { domain($0, node.name) != nil }
        && (spread.nodeAffinityPolicy == .ignore || isSelected(pod, node))
        && (spread.nodeTaintsPolicy == .ignore || toleratesAll(pod, node))
    }
    func isCounted(_ other: PodObservation) -> Bool {
      guard other.key.namespace == pod.key.namespace, let selector = spread.selector, selector.matches(other.labels)
      else { return false }
      return spread.matchLabelKeys.allSatisfy { pod.labels[$0] == nil || other.labels[$0] == pod.labels[$0] }
    }
    var counts: [String: Int] = [:]
    for node in eligible { counts[domain(spread.topologyKey, node.name)!] = 0 }
    for resident in residents where !resident.pod.isTerminating && isCounted(resident.pod) {
      guard eligible.contains(where: { $0.name == resident.node }) else { continue }
      counts[domain(spread.topologyKey, resident.node)!]! += 1
    }
    let least = counts.count < max(1, spread.minDomains) ? 0 : counts.values.min() ?? 0
    return (counts[own] ?? 0) + (isCounted(pod) ? 1 : 0) - least <= spread.maxSkew
  }
}
