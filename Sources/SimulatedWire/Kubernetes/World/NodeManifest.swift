import Model
import Simulator

/// A node of the world as the API shows it.
enum NodeManifest {
  static let kubernetesVersion = "v1.36.2"
  private static let talosVersion = "v1.13.0"

  static func make(_ node: SimulatedNode, in world: World) -> ManifestValue {
    let machine = world.machines[node.machine]
    var annotations = node.annotations
    annotations["volumes.kubernetes.io/controller-managed-attach-detach"] = "true"
    return [
      "apiVersion": "v1", "kind": "Node",
      "metadata": .fields([
        "name": .text(node.name.rawValue), "uid": .text(node.uid), "creationTimestamp": node.createdAt.kubernetesTime,
        "labels": .texts(node.labels), "annotations": .texts(annotations),
      ]),
      "spec": .fields([
        "providerID": .text("proxmox://\(world.clusterName)/\(node.machine)"),
        "unschedulable": node.unschedulable ? true : nil,
        "taints": node.taints.isEmpty ? nil : .list(node.taints.map { taint($0, node) }),
      ]),
      "status": status(of: node, machine),
    ]
  }

  private static func taint(_ taint: Taint, _ node: SimulatedNode) -> ManifestValue {
    // Kubernetes notes when a NoExecute taint of its own was set, for the tolerations with a time.
    let isOwn = taint.effect == .noExecute && taint.key.hasPrefix("node.kubernetes.io/")
    return .fields([
      "key": .text(taint.key), "value": taint.value.isEmpty ? nil : .text(taint.value),
      "effect": .text(taint.effect.rawValue),
      "timeAdded": isOwn ? node.conditions["Ready"]?.since.kubernetesTime : nil,
    ])
  }

  static func taints(of manifest: ManifestValue) throws(APIStatus) -> [Taint] {
    var taints: [Taint] = []
    for entry in manifest[["spec", "taints"]]?.list ?? [] {
      guard let key = entry["key"]?.string, let effect = entry["effect"]?.string.flatMap({ TaintEffect(rawValue: $0) })
      else {
        throw .invalid(
          ResourceKind.builtIn[0], manifest[["metadata", "name"]]?.string ?? "", field: "spec.taints",
          "each taint needs a key and one of the effects NoSchedule, PreferNoSchedule, NoExecute")
      }
      if taints.contains(where: { $0.key == key && $0.effect == effect }) {
        throw .invalid(
          ResourceKind.builtIn[0], manifest[["metadata", "name"]]?.string ?? "", field: "spec.taints",
          "Duplicate value: taints must be unique by key and effect pair", cause: "FieldValueDuplicate")
      }
      taints.append(Taint(key: key, value: entry["value"]?.string ?? "", effect: effect))
    }
    return taints
  }

  private static func status(of node: SimulatedNode, _ machine: SimulatedMachine?) -> ManifestValue {
    var capacity = node.allocatable
    if let hardware = machine?.hardware {
      capacity.cpuMillicores = max(capacity.cpuMillicores, Int64(hardware.cpuCores) * 1000)
      capacity.memoryBytes = max(capacity.memoryBytes, hardware.memoryBytes)
      capacity.ephemeralStorageBytes = max(capacity.ephemeralStorageBytes, hardware.diskBytes)
    }
    let uuid = machine?.uuid ?? DerivedUID.make("firmware", node.uid)
    return [
      "capacity": Quantity.resources(capacity, pods: true),
      "allocatable": Quantity.resources(node.allocatable, pods: true),
      "conditions": .list(
        ["MemoryPressure", "DiskPressure", "PIDPressure", "NetworkUnavailable", "Ready"].compactMap { type in
          node.conditions[type].map { condition(type, $0) }
        }),
      "addresses": [
        ["type": "InternalIP", "address": .text(node.address)],
        ["type": "Hostname", "address": .text(node.name.rawValue)],
      ],
      "daemonEndpoints": ["kubeletEndpoint": ["Port": 10250]],
      "nodeInfo": [
        "machineID": .text(uuid.filter { $0 != "-" }), "systemUUID": .text(uuid),
        "bootID": .text(DerivedUID.make("boot", node.uid, String(machine?.system?.bootedAt.milliseconds ?? 0))),
        "kernelVersion": "6.18.9-talos",
        "osImage": .text("Talos (\(version(machine?.template?.talosVersion) ?? talosVersion))"),
        "containerRuntimeVersion": "containerd://2.2.1",
        "kubeletVersion": .text(version(machine?.template?.kubernetesVersion) ?? kubernetesVersion),
        "kubeProxyVersion": "", "operatingSystem": "linux", "architecture": "amd64",
      ],
      "images": [],
    ]
  }

  /// A version with its `v`; `nil` when the template does not tell.
  private static func version(_ text: String?) -> String? {
    guard let text, !text.isEmpty else { return nil }
    return text.hasPrefix("v") ? text : "v" + text
  }

  private static func condition(_ type: String, _ condition: NodeObservation.Condition) -> ManifestValue {
    let (reason, message) = words(type, condition.status)
    return [
      "type": .text(type), "status": .text(condition.status.rawValue),
      "lastHeartbeatTime": condition.since.kubernetesTime, "lastTransitionTime": condition.since.kubernetesTime,
      "reason": .text(reason), "message": .text(message),
    ]
  }

  private static func words(_ type: String, _ status: NodeObservation.ConditionStatus) -> (String, String) {
    switch (type, status) {
    case (_, .unknown): ("NodeStatusUnknown", "Kubelet stopped posting node status.")
    case ("Ready", .yes): ("KubeletReady", "kubelet is posting ready status")
    case ("Ready", .no): ("KubeletNotReady", "container runtime network not ready: cni plugin not initialized")
    case ("MemoryPressure", .yes): ("KubeletHasInsufficientMemory", "kubelet has insufficient memory available")
    case ("MemoryPressure", .no): ("KubeletHasSufficientMemory", "kubelet has sufficient memory available")
    case ("DiskPressure", .yes): ("KubeletHasDiskPressure", "kubelet has disk pressure")
    case ("DiskPressure", .no): ("KubeletHasNoDiskPressure", "kubelet has no disk pressure")
    case ("PIDPressure", .yes): ("KubeletHasInsufficientPID", "kubelet has insufficient PID available")
    case ("PIDPressure", .no): ("KubeletHasSufficientPID", "kubelet has sufficient PID available")
    case ("NetworkUnavailable", .no): ("CiliumIsUp", "Cilium is running on this node")
    default: ("NetworkIsNotUp", "the network is not set up on this node")
    }
  }

  /// The heartbeat object of a node's kubelet.
  static func lease(of node: SimulatedNode, renewedAt: Instant) -> ManifestValue {
    [
      "apiVersion": "coordination.k8s.io/v1", "kind": "Lease",
      "metadata": [
        "name": .text(node.name.rawValue), "namespace": "kube-node-lease",
        "uid": .text(DerivedUID.make("lease", node.uid)), "creationTimestamp": node.createdAt.kubernetesTime,
        "ownerReferences": [
          ["apiVersion": "v1", "kind": "Node", "name": .text(node.name.rawValue), "uid": .text(node.uid)]
        ],
      ],
      "spec": [
        "holderIdentity": .text(node.name.rawValue), "leaseDurationSeconds": 40,
        "renewTime": renewedAt.kubernetesMicroTime,
      ],
    ]
  }
}
