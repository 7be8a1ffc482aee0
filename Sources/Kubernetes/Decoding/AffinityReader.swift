import Model

extension JSONPull {
  /// `spec.affinity` into the constraints.
  mutating func affinity(into constraints: inout PodConstraints) {
    guard enterObject() else { return }
    while let key = nextKey() {
      switch key {
      case "nodeAffinity": nodeAffinity(into: &constraints)
      case "podAffinity":
        let terms = podAffinity()
        constraints.podAffinity = terms.required
        constraints.preferredPodAffinity += terms.preferred
      case "podAntiAffinity":
        let terms = podAffinity()
        constraints.podAntiAffinity = terms.required
        constraints.preferredPodAffinity += terms.preferred.map { PreferredPodTerm(weight: -$0.weight, term: $0.term) }
      default: skip()
      }
    }
  }

  private mutating func nodeAffinity(into constraints: inout PodConstraints) {
    guard enterObject() else { return }
    while let key = nextKey() {
      switch key {
      case "requiredDuringSchedulingIgnoredDuringExecution": constraints.nodeAffinity = nodeSelector()
      case "preferredDuringSchedulingIgnoredDuringExecution":
        constraints.preferredNodeAffinity = list { $0.preferredNodeTerm() }
      default: skip()
      }
    }
  }

  private mutating func preferredNodeTerm() -> PreferredNodeTerm? {
    guard enterObject() else { return nil }
    var weight = 0
    var term = NodeSelectorTerm()
    while let key = nextKey() {
      switch key {
      case "weight": weight = integer() ?? 0
      case "preference": term = nodeSelectorTerm() ?? term
      default: skip()
      }
    }
    return weight > 0 ? PreferredNodeTerm(weight: weight, term: term) : nil
  }

  private mutating func podAffinity() -> (required: [PodAffinityTerm], preferred: [PreferredPodTerm]) {
    guard enterObject() else { return ([], []) }
    var required: [PodAffinityTerm] = []
    var preferred: [PreferredPodTerm] = []
    while let key = nextKey() {
      switch key {
      case "requiredDuringSchedulingIgnoredDuringExecution": required = list { $0.podAffinityTerm() }
      case "preferredDuringSchedulingIgnoredDuringExecution": preferred = list { $0.preferredPodTerm() }
      default: skip()
      }
    }
    return (required, preferred)
  }

  private mutating func preferredPodTerm() -> PreferredPodTerm? {
    guard enterObject() else { return nil }
    var weight = 0
    var term: PodAffinityTerm?
    while let key = nextKey() {
      switch key {
      case "weight": weight = integer() ?? 0
      case "podAffinityTerm": term = podAffinityTerm()
      default: skip()
      }
    }
    return term.map { PreferredPodTerm(weight: weight, term: $0) }
  }

  private mutating func podAffinityTerm() -> PodAffinityTerm? {
    guard enterObject() else { return nil }
    var term = PodAffinityTerm(selector: nil, topologyKey: "")
    while let key = nextKey() {
      switch key {
      case "labelSelector": term.selector = labelSelector()
      case "topologyKey": term.topologyKey = text() ?? ""
      case "namespaces": term.namespaces = textList()
      case "namespaceSelector": term.namespaceSelector = labelSelector()
      case "matchLabelKeys": term.matchLabelKeys = textList()
      case "mismatchLabelKeys": term.mismatchLabelKeys = textList()
      default: skip()
      }
    }
    return term
  }

  /// One of `spec.topologySpreadConstraints`.
  mutating func topologySpread() -> TopologySpreadConstraint? {
    guard enterObject() else { return nil }
    var spread = TopologySpreadConstraint(maxSkew: 1, topologyKey: "", selector: nil)
    while let key = nextKey() {
      switch key {
      case "maxSkew": spread.maxSkew = integer() ?? 1
      case "topologyKey": spread.topologyKey = text() ?? ""
      case "whenUnsatisfiable":
        if let known = text().flatMap(TopologySpreadConstraint.Unsatisfiable.init(rawValue:)) {
          spread.whenUnsatisfiable = known
        }
      case "labelSelector": spread.selector = labelSelector()
      case "minDomains": spread.minDomains = integer() ?? 1
      case "nodeAffinityPolicy":
        spread.nodeAffinityPolicy = text().flatMap(TopologySpreadConstraint.NodePolicy.init(rawValue:)) ?? .honor
      case "nodeTaintsPolicy":
        spread.nodeTaintsPolicy = text().flatMap(TopologySpreadConstraint.NodePolicy.init(rawValue:)) ?? .ignore
      case "matchLabelKeys": spread.matchLabelKeys = textList()
      default: skip()
      }
    }
    return spread
  }
}
