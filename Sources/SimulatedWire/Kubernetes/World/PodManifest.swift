import Model
import Simulator

/// A pod of the world as the API shows it.
enum PodManifest {
  static func make(_ pod: SimulatedPod, _ workload: Workload, in world: World, why: String) -> ManifestValue {
    let node = pod.node.flatMap { world.nodes[$0] }.flatMap { $0.uid == pod.nodeUID ? $0 : nil }
    return [
      "apiVersion": "v1", "kind": "Pod",
      "metadata": metadata(of: pod, workload, in: world),
      "spec": spec(of: workload, node: pod.node),
      "status": status(of: pod, workload, node, why: why),
    ]
  }

  /// What a pod can be selected by.
  static func fields(of pod: SimulatedPod) -> [String: String] {
    [
      "spec.nodeName": pod.node?.rawValue ?? "", "status.phase": pod.phase.rawValue,
      "spec.schedulerName": "default-scheduler", "spec.restartPolicy": "Always",
      "status.podIP": pod.node == nil ? "" : address(of: pod), "spec.serviceAccountName": "default",
      "spec.hostNetwork": "false",
    ]
  }

  private static func address(of pod: SimulatedPod) -> String {
    "10.244.\(pod.number / 250 % 250).\(pod.number % 250 + 2)"
  }

  private static func metadata(of pod: SimulatedPod, _ workload: Workload, in world: World) -> ManifestValue {
    var annotations = workload.pod.annotations.merging(pod.addedAnnotations) { $1 }
    if world.leavesFirst(pod) { annotations["controller.kubernetes.io/pod-deletion-cost"] = "-100" }
    let labels = workload.pod.labels.merging(pod.addedLabels) { $1 }
    let grace = pod.deletionGrace ?? workload.pod.grace
    return .fields([
      "name": .text(pod.key.name), "namespace": .text(pod.key.namespace), "uid": .text(pod.uid),
      "generateName": workload.ownerKind == nil ? nil : .text(workload.name + "-"),
      "creationTimestamp": pod.createdAt.kubernetesTime,
      "deletionTimestamp": pod.deletedAt?.advanced(by: grace).kubernetesTime,
      "deletionGracePeriodSeconds": pod.deletedAt == nil ? nil : .integer(grace.milliseconds / 1000),
      "labels": .texts(labels), "annotations": .texts(annotations), "ownerReferences": owners(of: workload, pod, world),
    ])
  }

  private static func owners(of workload: Workload, _ pod: SimulatedPod, _ world: World) -> ManifestValue? {
    if workload.pod.annotations["kubernetes.io/config.mirror"] != nil, let name = pod.node, let uid = pod.nodeUID {
      return [
        ["apiVersion": "v1", "kind": "Node", "name": .text(name.rawValue), "uid": .text(uid), "controller": true]
      ]
    }
    guard let kind = workload.ownerKind else { return nil }
    return [
      [
        "apiVersion": .text(kind == "Job" ? "batch/v1" : "apps/v1"), "kind": .text(kind), "name": .text(workload.name),
        "uid": .text(WorkloadManifest.uid(kind, workload)), "controller": true, "blockOwnerDeletion": true,
      ]
    ]
  }

  // MARK: - Spec

  static func spec(of workload: Workload, node: NodeName?) -> ManifestValue {
    let template = workload.pod
    let isDaemonSet = workload.kind == .daemonSet
    var restart: ManifestValue = "Always"
    if case .job = workload.kind { restart = "Never" }
    return .fields([
      "containers": [container(of: workload)],
      "volumes": template.constraints.volumes.isEmpty
        ? nil
        : .list(
          template.constraints.volumes.map {
            ["name": .text($0.claim), "persistentVolumeClaim": ["claimName": .text($0.claim)]]
          }),
      "restartPolicy": restart, "terminationGracePeriodSeconds": .integer(template.grace.milliseconds / 1000),
      "dnsPolicy": "ClusterFirst", "nodeSelector": .texts(template.nodeSelector), "serviceAccountName": "default",
      "nodeName": node.map { .text($0.rawValue) }, "securityContext": .empty,
      "affinity": ConstraintManifest.affinity(of: template.constraints),
      "topologySpreadConstraints": ConstraintManifest.spread(of: template.constraints),
      "schedulerName": "default-scheduler",
      "tolerations": .list(tolerations(of: template, isDaemonSet: isDaemonSet)),
      "priorityClassName": template.priorityClass.isEmpty ? nil : .text(template.priorityClass),
      "priority": .integer(Int64(template.priority)), "enableServiceLinks": true,
      "preemptionPolicy": "PreemptLowerPriority",
    ])
  }

  private static func container(of workload: Workload) -> ManifestValue {
    var asked = workload.pod.requests
    asked.pods = 0
    let limits = Resources(extended: asked.extended)
    let ports = workload.pod.constraints.hostPorts.map { port -> ManifestValue in
      .fields([
        "containerPort": .integer(Int64(port.port)), "hostPort": .integer(Int64(port.port)),
        "protocol": .text(port.transport), "hostIP": port.address == "0.0.0.0" ? nil : .text(port.address),
      ])
    }
    return .fields([
      "name": "main", "image": .text("registry.example/\(workload.name):1.0"),
      "ports": ports.isEmpty ? nil : .list(ports),
      "resources": .fields([
        "limits": limits.extended.isEmpty ? nil : Quantity.resources(limits, pods: false),
        "requests": asked == .zero ? nil : Quantity.resources(asked, pods: false),
      ]),
      "terminationMessagePath": "/dev/termination-log", "terminationMessagePolicy": "File",
      "imagePullPolicy": "IfNotPresent",
    ])
  }

  private static func tolerations(of template: PodTemplate, isDaemonSet: Bool) -> [ManifestValue] {
    var result: [ManifestValue] = template.tolerations.map { toleration in
      .fields([
        "key": toleration.key.isEmpty ? nil : .text(toleration.key), "operator": .text(toleration.operator.rawValue),
        "value": toleration.value.isEmpty ? nil : .text(toleration.value),
        "effect": toleration.effect.map { .text($0.rawValue) },
      ])
    }
    if isDaemonSet {
      // As in this world no taint keeps a DaemonSet's pod away.
      if !template.tolerations.contains(where: { $0.key.isEmpty && $0.effect == nil }) {
        result.append(["operator": "Exists"])
      }
      return result
    }
    // What the API server adds to every pod that does not say otherwise.
    for key in ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"] {
      guard !template.tolerations.contains(where: { $0.tolerates(Taint(key: key, effect: .noExecute)) }) else {
        continue
      }
      result.append(["key": .text(key), "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300])
    }
    return result
  }

  // MARK: - Status

  private static func status(
    of pod: SimulatedPod, _ workload: Workload, _ node: SimulatedNode?, why: String
  ) -> ManifestValue {
    let asks = workload.pod.requests
    let quality = asks.cpuMillicores == 0 && asks.memoryBytes == 0 ? "BestEffort" : "Burstable"
    let isBound = pod.node != nil
    return .fields([
      "phase": .text(pod.phase.rawValue), "conditions": .list(conditions(of: pod, why: why)),
      "hostIP": node.map { .text($0.address) },
      "podIP": isBound ? .text(address(of: pod)) : nil,
      "podIPs": isBound ? [["ip": .text(address(of: pod))]] : nil,
      "startTime": pod.boundAt?.kubernetesTime,
      "containerStatuses": isBound ? [containerStatus(of: pod, workload)] : nil, "qosClass": .text(quality),
    ])
  }

  private static func conditions(of pod: SimulatedPod, why: String) -> [ManifestValue] {
    func condition(_ type: String, _ isTrue: Bool, _ since: Instant, _ reason: String? = nil, _ message: String? = nil)
      -> ManifestValue
    {
      .fields([
        "type": .text(type), "status": isTrue ? "True" : "False", "lastProbeTime": .null,
        "lastTransitionTime": since.kubernetesTime, "reason": reason.map { .text($0) },
        "message": message.map { .text($0) },
      ])
    }
    guard let boundAt = pod.boundAt else {
      return pod.unschedulable
        ? [condition("PodScheduled", false, pod.createdAt, "Unschedulable", why)] : []
    }
    let since = pod.startedAt ?? boundAt
    let done: String? = pod.phase == .succeeded ? "PodCompleted" : nil
    let unready = done ?? (pod.ready ? nil : "ContainersNotReady")
    let text = pod.ready || done != nil ? nil : "containers with unready status: [main]"
    return [
      condition("Initialized", true, boundAt, done), condition("Ready", pod.ready, since, unready, text),
      condition("ContainersReady", pod.ready, since, unready, text), condition("PodScheduled", true, boundAt),
    ]
  }

  private static func containerStatus(of pod: SimulatedPod, _ workload: Workload) -> ManifestValue {
    let began = (pod.startedAt ?? pod.boundAt ?? pod.createdAt).kubernetesTime
    let state: ManifestValue =
      switch pod.phase {
      case .succeeded:
        ["terminated": ["exitCode": 0, "reason": "Completed", "startedAt": began, "finishedAt": began]]
      case .failed: ["terminated": ["exitCode": 1, "reason": "Error", "startedAt": began, "finishedAt": began]]
      case .running: ["running": ["startedAt": began]]
      default: ["waiting": ["reason": "ContainerCreating"]]
      }
    return .fields([
      "name": "main", "state": state, "lastState": .empty, "ready": .bool(pod.ready), "restartCount": 0,
      "image": .text("registry.example/\(workload.name):1.0"), "imageID": "",
      "containerID": pod.startedAt == nil ? nil : .text("containerd://\(DerivedUID.make("container", pod.uid))"),
      "started": .bool(pod.containersRun),
    ])
  }
}
