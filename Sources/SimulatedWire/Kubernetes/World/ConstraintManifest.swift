import Model

/// What pods demand of their node and neighbours, as a pod's spec has it.
enum ConstraintManifest {
  static func affinity(of constraints: PodConstraints) -> ManifestValue? {
    var result = ManifestValue.Fields()
    let preferredNodes = constraints.preferredNodeAffinity.map { preference -> ManifestValue in
      ["weight": .integer(Int64(preference.weight)), "preference": term(preference.term)]
    }
    if !constraints.nodeAffinity.isEmpty || !preferredNodes.isEmpty {
      result["nodeAffinity"] = .fields([
        "requiredDuringSchedulingIgnoredDuringExecution": constraints.nodeAffinity.isEmpty
          ? nil : ["nodeSelectorTerms": .list(constraints.nodeAffinity.map(term))],
        "preferredDuringSchedulingIgnoredDuringExecution": preferredNodes.isEmpty ? nil : .list(preferredNodes),
      ])
    }
    result["podAffinity"] = pods(
      constraints.podAffinity, constraints.preferredPodAffinity.filter { $0.weight >= 0 })
    result["podAntiAffinity"] = pods(
      constraints.podAntiAffinity, constraints.preferredPodAffinity.filter { $0.weight < 0 })
    return result.entries.isEmpty ? nil : .object(result)
  }

  private static func pods(_ required: [PodAffinityTerm], _ preferred: [PreferredPodTerm]) -> ManifestValue? {
    guard !required.isEmpty || !preferred.isEmpty else { return nil }
    return .fields([
      "requiredDuringSchedulingIgnoredDuringExecution": required.isEmpty ? nil : .list(required.map(term)),
      "preferredDuringSchedulingIgnoredDuringExecution": preferred.isEmpty
        ? nil
        : .list(
          preferred.map { ["weight": .integer(Int64(abs($0.weight))), "podAffinityTerm": term($0.term)] }),
    ])
  }

  private static func term(_ term: NodeSelectorTerm) -> ManifestValue {
    .fields([
      "matchExpressions": term.expressions.isEmpty ? nil : .list(term.expressions.map(requirement)),
      "matchFields": term.fields.isEmpty ? nil : .list(term.fields.map(requirement)),
    ])
  }

  private static func term(_ term: PodAffinityTerm) -> ManifestValue {
    .fields([
      "labelSelector": term.selector.map(selector),
      "namespaces": texts(term.namespaces), "namespaceSelector": term.namespaceSelector.map(selector),
      "topologyKey": .text(term.topologyKey), "matchLabelKeys": texts(term.matchLabelKeys),
      "mismatchLabelKeys": texts(term.mismatchLabelKeys),
    ])
  }

  static func spread(of constraints: PodConstraints) -> ManifestValue? {
    guard !constraints.topologySpread.isEmpty else { return nil }
    return .list(
      constraints.topologySpread.map { constraint in
        .fields([
          "maxSkew": .integer(Int64(constraint.maxSkew)), "topologyKey": .text(constraint.topologyKey),
          "whenUnsatisfiable": .text(constraint.whenUnsatisfiable.rawValue),
          "labelSelector": constraint.selector.map(selector),
          "minDomains": constraint.minDomains == 1 ? nil : .integer(Int64(constraint.minDomains)),
          "nodeAffinityPolicy": constraint.nodeAffinityPolicy == .honor ? nil : "Ignore",
          "nodeTaintsPolicy": constraint.nodeTaintsPolicy == .ignore ? nil : "Honor",
          "matchLabelKeys": texts(constraint.matchLabelKeys),
        ])
      })
  }

  static func selector(_ selector: LabelSelector) -> ManifestValue {
    .fields([
      "matchLabels": .texts(selector.matchLabels),
      "matchExpressions": selector.expressions.isEmpty ? nil : .list(selector.expressions.map(requirement)),
    ])
  }

  private static func requirement(_ requirement: LabelRequirement) -> ManifestValue {
    .fields([
      "key": .text(requirement.key), "operator": .text(requirement.operator.rawValue),
      "values": texts(requirement.values),
    ])
  }

  private static func texts(_ values: [String]) -> ManifestValue? {
    values.isEmpty ? nil : .list(values.map { .text($0) })
  }
}
