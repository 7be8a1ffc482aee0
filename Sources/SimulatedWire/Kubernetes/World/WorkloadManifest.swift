import Model
import Simulator

/// The controllers of the world's pods as the API shows them.
enum WorkloadManifest {
  /// An object of a workload: its table, and what it looks like.
  struct Item {
    var table: String
    var manifest: ManifestValue
    var fields: [String: String] = [:]
  }

  static func uid(_ kind: String, _ workload: Workload) -> String {
    DerivedUID.make(kind, workload.namespace, workload.name)
  }

  static func make(_ workload: Workload, in world: World) -> [Item] {
    guard world.now >= workload.startsAt else { return [] }
    let pods = world.pods(of: workload.name).compactMap { world.pods[$0] }
    let active = pods.filter { !$0.isTerminating && !$0.isFinished }
    let count = Count(
      desired: world.desiredCount(of: workload) ?? active.count, present: active.count,
      ready: active.count { $0.ready }, finished: world.finishedCount(of: workload.name))
    switch workload.kind {
    case .deployment:
      return [
        Item(table: "deployments.apps", manifest: deployment(workload, count)),
        Item(
          table: "replicasets.apps", manifest: replicaSet(workload, count),
          fields: ["status.replicas": String(count.present)]),
      ]
    case .job: return [Item(table: "jobs.batch", manifest: job(workload, count))]
    case .daemonSet: return [Item(table: "daemonsets.apps", manifest: daemonSet(workload, count))]
    case .bare: return []
    }
  }

  /// Tables that the objects of workloads are in.
  static let tables = ["deployments.apps", "replicasets.apps", "jobs.batch", "daemonsets.apps"]

  private struct Count {
    var desired: Int
    var present: Int
    var ready: Int
    var finished: Int
  }

  private static func object(
    _ apiVersion: String, _ kind: String, _ workload: Workload, owner: String? = nil, spec: ManifestValue,
    status: ManifestValue
  ) -> ManifestValue {
    let owners = owner.map { owner -> ManifestValue in
      [
        [
          "apiVersion": .text(apiVersion), "kind": .text(owner), "name": .text(workload.name),
          "uid": .text(uid(owner, workload)), "controller": true, "blockOwnerDeletion": true,
        ]
      ]
    }
    return [
      "apiVersion": .text(apiVersion), "kind": .text(kind),
      "metadata": .fields([
        "name": .text(workload.name), "namespace": .text(workload.namespace), "uid": .text(uid(kind, workload)),
        "generation": 1, "creationTimestamp": workload.startsAt.kubernetesTime, "labels": .texts(workload.pod.labels),
        "ownerReferences": owners,
      ]),
      "spec": spec, "status": status,
    ]
  }

  private static func template(_ workload: Workload) -> ManifestValue {
    [
      "metadata": .fields([
        "labels": .texts(workload.pod.labels), "annotations": .texts(workload.pod.annotations),
      ]),
      "spec": PodManifest.spec(of: workload, node: nil),
    ]
  }

  private static func selector(_ workload: Workload) -> ManifestValue {
    .fields(["matchLabels": .texts(workload.pod.labels)])
  }

  private static func number(_ value: Int) -> ManifestValue { .integer(Int64(value)) }

  private static func deployment(_ workload: Workload, _ count: Count) -> ManifestValue {
    let isAvailable = count.ready >= count.desired
    return object(
      "apps/v1", "Deployment", workload,
      spec: [
        "replicas": number(count.desired), "selector": selector(workload), "template": template(workload),
        "strategy": ["type": "RollingUpdate", "rollingUpdate": ["maxUnavailable": "25%", "maxSurge": "25%"]],
        "revisionHistoryLimit": 10, "progressDeadlineSeconds": 600,
      ],
      status: .fields([
        "observedGeneration": 1, "replicas": number(count.present), "updatedReplicas": number(count.present),
        "readyReplicas": count.ready == 0 ? nil : number(count.ready),
        "availableReplicas": count.ready == 0 ? nil : number(count.ready),
        "unavailableReplicas": isAvailable ? nil : number(count.desired - count.ready),
        "conditions": [
          [
            "type": "Available", "status": isAvailable ? "True" : "False",
            "lastUpdateTime": workload.startsAt.kubernetesTime, "lastTransitionTime": workload.startsAt.kubernetesTime,
            "reason": isAvailable ? "MinimumReplicasAvailable" : "MinimumReplicasUnavailable",
            "message": isAvailable
              ? "Deployment has minimum availability." : "Deployment does not have minimum availability.",
          ]
        ],
      ]))
  }

  private static func replicaSet(_ workload: Workload, _ count: Count) -> ManifestValue {
    object(
      "apps/v1", "ReplicaSet", workload, owner: "Deployment",
      spec: ["replicas": number(count.desired), "selector": selector(workload), "template": template(workload)],
      status: [
        "replicas": number(count.present), "fullyLabeledReplicas": number(count.present),
        "readyReplicas": number(count.ready), "availableReplicas": number(count.ready), "observedGeneration": 1,
      ])
  }

  private static func job(_ workload: Workload, _ count: Count) -> ManifestValue {
    let isComplete = count.finished >= count.desired
    return object(
      "batch/v1", "Job", workload,
      spec: [
        "parallelism": number(count.desired), "completions": number(count.desired), "backoffLimit": 6,
        "selector": selector(workload), "template": template(workload), "completionMode": "NonIndexed",
        "suspend": false,
      ],
      status: .fields([
        "startTime": workload.startsAt.kubernetesTime, "active": count.present == 0 ? nil : number(count.present),
        "ready": number(count.ready), "succeeded": count.finished == 0 ? nil : number(count.finished),
        "conditions": isComplete
          ? [
            [
              "type": "Complete", "status": "True", "lastProbeTime": workload.startsAt.kubernetesTime,
              "lastTransitionTime": workload.startsAt.kubernetesTime, "reason": "CompletionsReached",
              "message": "Reached expected number of succeeded pods",
            ]
          ] : nil,
      ]))
  }

  private static func daemonSet(_ workload: Workload, _ count: Count) -> ManifestValue {
    object(
      "apps/v1", "DaemonSet", workload,
      spec: [
        "selector": selector(workload), "template": template(workload),
        "updateStrategy": ["type": "RollingUpdate", "rollingUpdate": ["maxUnavailable": 1, "maxSurge": 0]],
        "revisionHistoryLimit": 10,
      ],
      status: .fields([
        "currentNumberScheduled": number(count.present), "numberMisscheduled": 0,
        "desiredNumberScheduled": number(count.desired), "numberReady": number(count.ready), "observedGeneration": 1,
        "updatedNumberScheduled": number(count.present), "numberAvailable": number(count.ready),
        "numberUnavailable": count.ready == count.desired ? nil : number(count.desired - count.ready),
      ]))
  }
}

/// Other things of the world as the API shows them.
enum ClusterManifest {
  static func budget(_ budget: DisruptionBudget, in world: World) -> ManifestValue {
    let status = world.status(of: budget)
    var spec = ManifestValue.Fields()
    switch budget.bound {
    case .minAvailable(let count): spec["minAvailable"] = .integer(Int64(count))
    case .maxUnavailable(let count): spec["maxUnavailable"] = .integer(Int64(count))
    case .minAvailablePercent(let percent): spec["minAvailable"] = .text("\(percent)%")
    case .maxUnavailablePercent(let percent): spec["maxUnavailable"] = .text("\(percent)%")
    }
    if let policy = budget.unhealthyPods { spec["unhealthyPodEvictionPolicy"] = .text(policy.rawValue) }
    spec["selector"] = .fields(["matchLabels": .texts(budget.selector)])
    let isAllowed = status.disruptionsAllowed > 0
    return [
      "apiVersion": "policy/v1", "kind": "PodDisruptionBudget",
      "metadata": [
        "name": .text(budget.name), "namespace": .text(budget.namespace),
        "uid": .text(DerivedUID.make("PodDisruptionBudget", budget.namespace, budget.name)), "generation": 1,
      ],
      "spec": .object(spec),
      "status": [
        "observedGeneration": 1, "disruptionsAllowed": .integer(Int64(status.disruptionsAllowed)),
        "currentHealthy": .integer(Int64(status.currentHealthy)),
        "desiredHealthy": .integer(Int64(status.desiredHealthy)),
        "expectedPods": .integer(Int64(status.expectedPods)),
        "conditions": [
          [
            "type": "DisruptionAllowed", "status": isAllowed ? "True" : "False", "observedGeneration": 1,
            "reason": isAllowed ? "SufficientPods" : "InsufficientPods", "message": "",
            "lastTransitionTime": Instant.epoch.kubernetesTime,
          ]
        ],
      ],
    ]
  }

  static func namespace(_ name: String, since: Instant) -> ManifestValue {
    [
      "apiVersion": "v1", "kind": "Namespace",
      "metadata": [
        "name": .text(name), "uid": .text(DerivedUID.make("Namespace", name)),
        "creationTimestamp": since.kubernetesTime, "labels": ["kubernetes.io/metadata.name": .text(name)],
      ],
      "spec": ["finalizers": ["kubernetes"]], "status": ["phase": "Active"],
    ]
  }

  static func priorityClass(_ name: String, _ value: Int) -> ManifestValue {
    [
      "apiVersion": "scheduling.k8s.io/v1", "kind": "PriorityClass",
      "metadata": ["name": .text(name), "uid": .text(DerivedUID.make("PriorityClass", name))],
      "value": .integer(Int64(value)), "globalDefault": false, "preemptionPolicy": "PreemptLowerPriority",
    ]
  }

  /// An event in the form of the core group.
  struct Event {
    var kind: String
    var namespace: String
    var name: String
    var uid: String
    var reason: String
    var message: String
    var isWarning = false
    var component: String
    var at: Instant
    /// Tells events of one subject and instant apart.
    var number: Int

    var key: ObjectKey {
      let nanoseconds = UInt64(bitPattern: at.milliseconds) &* 1_000_000 &+ UInt64(number)
      return ObjectKey(namespace: namespace, name: "\(name).\(String(nanoseconds, radix: 16))")
    }

    var manifest: ManifestValue {
      [
        "apiVersion": "v1", "kind": "Event",
        "metadata": [
          "name": .text(key.name), "namespace": .text(namespace),
          "uid": .text(DerivedUID.make("Event", namespace, key.name)), "creationTimestamp": at.kubernetesTime,
        ],
        "involvedObject": .fields([
          "apiVersion": "v1", "kind": .text(kind), "name": .text(name), "uid": .text(uid),
          "namespace": kind == "Node" ? nil : .text(namespace),
        ]),
        "reason": .text(reason), "message": .text(message), "source": ["component": .text(component)],
        "firstTimestamp": at.kubernetesTime, "lastTimestamp": at.kubernetesTime, "count": 1,
        "type": isWarning ? "Warning" : "Normal", "eventTime": .null, "reportingComponent": .text(component),
        "reportingInstance": "",
      ]
    }
  }
}
