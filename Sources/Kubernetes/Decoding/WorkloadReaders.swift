import Model

/// Reads disruption budgets, DaemonSets, namespaces and priority classes.
enum WorkloadReaders {
  /// policy/v1 PodDisruptionBudget.
  static func budget(_ json: inout JSONPull) -> ReadObject<DisruptionBudgetObservation> {
    read(&json) { json, metadata in
      var budget = DisruptionBudgetObservation(namespace: "", name: "", selector: nil, disruptionsAllowed: 0)
      json.members { json, key in
        switch key {
        case "spec":
          json.members { json, key in
            switch key {
            case "selector": budget.selector = json.labelSelector()
            case "unhealthyPodEvictionPolicy": budget.alwaysAllowsUnhealthy = json.text() == "AlwaysAllow"
            default: json.skip()
            }
          }
        case "status":
          json.members { json, key in
            switch key {
            case "disruptionsAllowed": budget.disruptionsAllowed = json.integer() ?? 0
            case "currentHealthy": budget.currentHealthy = json.integer() ?? 0
            case "desiredHealthy": budget.desiredHealthy = json.integer() ?? 0
            case "expectedPods": budget.expectedPods = json.integer() ?? 0
            default: json.skip()
            }
          }
        case "metadata": metadata = ObjectMetadata(&json) { _ in false }
        default: json.skip()
        }
      }
      budget.namespace = metadata.namespace
      budget.name = metadata.name
      return budget
    }
  }

  /// apps/v1 DaemonSet: its template is a pod's without a name.
  static func daemonSet(_ json: inout JSONPull) -> ReadObject<DaemonSetObservation> {
    read(&json) { json, metadata in
      var template: PodObservation?
      json.members { json, key in
        switch key {
        case "metadata": metadata = ObjectMetadata(&json) { _ in false }
        case "spec":
          json.members { json, key in
            switch key {
            case "template": template = PodReader.read(&json).value.observation
            default: json.skip()
            }
          }
        default: json.skip()
        }
      }
      var daemonSet = DaemonSetObservation(
        namespace: metadata.namespace, name: metadata.name, requests: template?.requests ?? .zero)
      if let template {
        daemonSet.nodeSelector = template.nodeSelector
        daemonSet.tolerations = template.tolerations + addedTolerations
        daemonSet.nodeAffinity = template.constraints.nodeAffinity
        daemonSet.hostPorts = template.constraints.hostPorts
      }
      return daemonSet
    }
  }

  /// Those that the DaemonSet controller gives to each pod. Source: Kubernetes, DaemonSet, taints and tolerations.
  private static let addedTolerations: [Toleration] = [
    Toleration(key: "node.kubernetes.io/not-ready", operator: .exists, effect: .noExecute),
    Toleration(key: "node.kubernetes.io/unreachable", operator: .exists, effect: .noExecute),
    Toleration(key: "node.kubernetes.io/disk-pressure", operator: .exists, effect: .noSchedule),
    Toleration(key: "node.kubernetes.io/memory-pressure", operator: .exists, effect: .noSchedule),
    Toleration(key: "node.kubernetes.io/pid-pressure", operator: .exists, effect: .noSchedule),
    Toleration(key: "node.kubernetes.io/unschedulable", operator: .exists, effect: .noSchedule),
  ]

  /// v1 Namespace: its labels.
  static func namespace(_ json: inout JSONPull) -> ReadObject<[String: String]> {
    read(&json) { json, metadata in
      json.members { json, key in
        switch key {
        case "metadata": metadata = ObjectMetadata(&json) { _ in false }
        default: json.skip()
        }
      }
      return metadata.labels
    }
  }

  /// scheduling.k8s.io/v1 PriorityClass: its value.
  static func priorityClass(_ json: inout JSONPull) -> ReadObject<Int> {
    read(&json) { json, metadata in
      var value = 0
      json.members { json, key in
        switch key {
        case "metadata": metadata = ObjectMetadata(&json) { _ in false }
        case "value": value = json.integer() ?? 0
        default: json.skip()
        }
      }
      return value
    }
  }

  static func read<Value: Sendable>(
    _ json: inout JSONPull, _ body: (inout JSONPull, inout ObjectMetadata) -> Value
  ) -> ReadObject<Value> {
    var metadata = ObjectMetadata.none
    let value = body(&json, &metadata)
    return ReadObject(key: metadata.key, resourceVersion: metadata.resourceVersion, value: value)
  }
}

extension JSONPull {
  /// Each member of an object; `read` must take or skip its value.
  mutating func members(_ read: (inout JSONPull, Key) -> Void) {
    guard enterObject() else { return }
    while let key = nextKey() { read(&self, key) }
  }
}
