import Model

extension World {
  /// What kube-state-metrics shows at this instant; families together, in a fixed order. A condition that does not hold
  /// may have no series at all, as in the original: `kube_pod_status_unschedulable` is there for such pods only.
  public func kubeStateMetrics() -> [ExporterSample] {
    var page = ExporterPage()
    addPods(to: &page)
    addDemands(to: &page)
    addNodes(to: &page)
    addBudgets(to: &page)
    return page.samples
  }

  private func addPods(to page: inout ExporterPage) {
    let all = pods.values
    let phase = ExporterFamily(name: "kube_pod_status_phase", help: "The pod's current phase.")
    for pod in all {
      for name in ["Pending", "Running", "Succeeded", "Failed", "Unknown"] {
        page.add(
          phase, pod.phase.rawValue == name ? 1 : 0,
          ["namespace": pod.key.namespace, "pod": pod.key.name, "uid": pod.uid, "phase": name])
      }
    }
    let unschedulable = ExporterFamily(
      name: "kube_pod_status_unschedulable", help: "The scheduler found no node for the pod.")
    for pod in all where pod.unschedulable {
      page.add(unschedulable, 1, ["namespace": pod.key.namespace, "pod": pod.key.name, "uid": pod.uid])
    }
    let info = ExporterFamily(name: "kube_pod_info", help: "What a pod is, where it is and who made it.")
    for pod in all {
      let workload = workloads[pod.workload]
      page.add(
        info, 1,
        [
          "namespace": pod.key.namespace, "pod": pod.key.name, "uid": pod.uid, "node": pod.node?.rawValue ?? "",
          "created_by_kind": workload?.ownerKind ?? "", "created_by_name": workload?.name ?? "",
          "priority_class": workload?.pod.priorityClass ?? "", "host_network": "false",
        ])
    }
    let created = ExporterFamily(name: "kube_pod_created", help: "When the pod was created, in Unix seconds.")
    for pod in all {
      page.add(
        created, pod.createdAt.seconds, ["namespace": pod.key.namespace, "pod": pod.key.name, "uid": pod.uid])
    }
    let requests = ExporterFamily(
      name: "kube_pod_container_resource_requests", help: "What a container asks for, by resource.")
    for pod in all {
      guard let template = template(of: pod) else { continue }
      for amount in Self.amounts(template.requests) where amount.resource != "pods" && amount.value != 0 {
        page.add(
          requests, amount.value,
          [
            "namespace": pod.key.namespace, "pod": pod.key.name, "uid": pod.uid, "container": pod.workload,
            "node": pod.node?.rawValue ?? "", "resource": amount.resource, "unit": amount.unit,
          ])
      }
    }
  }

  /// What pods demand and how they are; labels and selectors as with `--metric-labels-allowlist=pods=[*]` and
  /// `--metric-opt-in-list=kube_pod_nodeselectors`.
  private func addDemands(to page: inout ExporterPage) {
    let all = pods.values
    func identity(_ pod: SimulatedPod) -> [ExporterSample.Label] {
      [("namespace", pod.key.namespace), ("pod", pod.key.name), ("uid", pod.uid)].map {
        ExporterSample.Label(name: $0.0, value: $0.1)
      }
    }
    func named(_ values: [String: String], _ prefix: String) -> [ExporterSample.Label] {
      values.keys.sorted().map {
        ExporterSample.Label(name: prefix + ExporterFamily.sanitised($0), value: values[$0]!)
      }
    }
    let ready = ExporterFamily(name: "kube_pod_status_ready", help: "Whether the pod is ready.")
    for pod in all {
      for (condition, holds) in [("true", pod.ready), ("false", !pod.ready), ("unknown", false)] {
        page.add(
          ready, holds ? 1 : 0, identity(pod) + [ExporterSample.Label(name: "condition", value: condition)])
      }
    }
    let deleted = ExporterFamily(
      name: "kube_pod_deletion_timestamp", help: "When the pod's deletion was asked for, in Unix seconds.")
    for pod in all where pod.deletedAt != nil { page.add(deleted, pod.deletedAt!.seconds, identity(pod)) }
    let tolerations = ExporterFamily(name: "kube_pod_tolerations", help: "Taints that a pod puts up with.")
    for pod in all {
      for toleration in template(of: pod)?.tolerations ?? [] {
        let parts = [
          ("key", toleration.key), ("operator", toleration.operator.rawValue), ("value", toleration.value),
          ("effect", toleration.effect?.rawValue ?? ""),
        ]
        page.add(tolerations, 1, identity(pod) + parts.map { ExporterSample.Label(name: $0.0, value: $0.1) })
      }
    }
    let labels = ExporterFamily(name: "kube_pod_labels", help: "A pod's labels, their names made fit for a metric.")
    for pod in all { page.add(labels, 1, identity(pod) + named(template(of: pod)?.labels ?? [:], "label_")) }
    let selectors = ExporterFamily(name: "kube_pod_nodeselectors", help: "Labels that a pod wants of its node.")
    for pod in all {
      page.add(selectors, 1, identity(pod) + named(template(of: pod)?.nodeSelector ?? [:], "nodeselector_"))
    }
  }

  private func addNodes(to page: inout ExporterPage) {
    let all = nodes.values
    let info = ExporterFamily(name: "kube_node_info", help: "What a node is.")
    for node in all {
      page.add(
        info, 1,
        [
          "node": node.name.rawValue, "internal_ip": node.address, "provider_id": "",
          "system_uuid": node.systemUUID ?? "",
          "kubelet_version": kubeletVersion(of: node) ?? "", "os_image": "Talos",
        ])
    }
    let created = ExporterFamily(name: "kube_node_created", help: "When the node was registered, in Unix seconds.")
    for node in all { page.add(created, node.createdAt.seconds, ["node": node.name.rawValue]) }
    let labels = ExporterFamily(name: "kube_node_labels", help: "A node's labels, their names made fit for a metric.")
    for node in all {
      let sorted = node.labels.keys.sorted().map {
        ExporterSample.Label(name: "label_" + ExporterFamily.sanitised($0), value: node.labels[$0]!)
      }
      page.add(labels, 1, [ExporterSample.Label(name: "node", value: node.name.rawValue)] + sorted)
    }
    let condition = ExporterFamily(name: "kube_node_status_condition", help: "A node's conditions.")
    for node in all {
      for type in node.conditions.keys.sorted() {
        for status in ["true", "false", "unknown"] {
          page.add(
            condition, node.conditions[type]!.status.rawValue.lowercased() == status ? 1 : 0,
            ["node": node.name.rawValue, "condition": type, "status": status])
        }
      }
    }
    let cordoned = ExporterFamily(name: "kube_node_spec_unschedulable", help: "Whether a node is cordoned.")
    for node in all { page.add(cordoned, node.unschedulable ? 1 : 0, ["node": node.name.rawValue]) }
    let taints = ExporterFamily(name: "kube_node_spec_taint", help: "A node's taints.")
    for node in all {
      for taint in node.taints {
        page.add(
          taints, 1,
          ["node": node.name.rawValue, "key": taint.key, "value": taint.value, "effect": taint.effect.rawValue])
      }
    }
    let allocatable = ExporterFamily(name: "kube_node_status_allocatable", help: "What a node offers, by resource.")
    for node in all {
      for amount in Self.amounts(node.allocatable) {
        page.add(
          allocatable, amount.value,
          ["node": node.name.rawValue, "resource": amount.resource, "unit": amount.unit])
      }
    }
  }

  private func addBudgets(to page: inout ExporterPage) {
    let families: [(String, String, (DisruptionBudgetStatus) -> Int)] = [
      ("current_healthy", "Pods that are healthy.", \.currentHealthy),
      ("desired_healthy", "Pods that must be healthy.", \.desiredHealthy),
      ("pod_disruptions_allowed", "Pods that may be disrupted.", \.disruptionsAllowed),
      ("expected_pods", "Pods that there should be.", \.expectedPods),
    ]
    for (name, help, value) in families {
      let family = ExporterFamily(name: "kube_poddisruptionbudget_status_" + name, help: help)
      for budget in budgets {
        page.add(
          family, Double(value(status(of: budget))),
          ["namespace": budget.namespace, "poddisruptionbudget": budget.name])
      }
    }
  }

  /// Resources in the names and units of kube-state-metrics.
  private static func amounts(_ resources: Resources) -> [(resource: String, unit: String, value: Double)] {
    [
      ("cpu", "core", Double(resources.cpuMillicores) / 1000), ("memory", "byte", Double(resources.memoryBytes)),
      ("ephemeral_storage", "byte", Double(resources.ephemeralStorageBytes)),
      ("pods", "integer", Double(resources.pods)),
    ]
      + resources.extended.keys.sorted().map {
        (ExporterFamily.sanitised($0), "integer", Double(resources.extended[$0]!))
      }
  }
}
