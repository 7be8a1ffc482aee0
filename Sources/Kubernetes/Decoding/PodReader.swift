import Model

/// A pod, and the claims of its volumes, which say more together with other objects.
struct PodRecord: Hashable, Sendable {
  /// Without what claims demand.
  var observation: PodObservation
  /// Names of claims in the pod's namespace, sorted.
  var claims: [String]
}

/// Reads pods. Source: Kubernetes, core/v1 Pod; scheduler's reading of it in section 10 of the facts.
struct PodReader {
  private var metadata: ObjectMetadata?
  private var node: NodeName?
  private var nodeSelector: [String: String] = [:]
  private var tolerations: [Toleration] = []
  private var priority = 0
  private var gates: [String] = []
  private var constraints = PodConstraints.none
  private var containers: [Container] = []
  private var initContainers: [Container] = []
  private var overhead = Resources.zero
  private var podLevel: Resources?
  private var claims: [String] = []
  /// Names of volumes for each of which the server makes a claim of its own.
  private var ephemeralVolumes: [String] = []
  private var localVolumes: [String] = []
  private var phase = PodObservation.Phase.unknown
  private var isReady = false
  private var isUnschedulable = false
  private var nominatedNode: NodeName?
  /// What containers hold while they are being resized, by name.
  private var held: [String: Resources] = [:]

  private struct Container {
    var name = ""
    var requests = Resources.zero
    var isSidecar = false
    var hostPorts: [HostPort] = []
  }

  /// Reads the pod that begins here.
  static func read(_ json: inout JSONPull) -> ReadObject<PodRecord> {
    var reader = PodReader()
    if json.enterObject() {
      while let key = json.nextKey() {
        switch key {
        case "metadata": reader.metadata = ObjectMetadata(&json, keepsAnnotation: isOfInterest)
        case "spec": reader.readSpec(&json)
        case "status": reader.readStatus(&json)
        default: json.skip()
        }
      }
    }
    return reader.record()
  }

  /// Annotations by which pods say what may be done with them. Others, some of them long, are nobody's business here.
  private static func isOfInterest(_ name: String) -> Bool {
    [
      "cluster-autoscaler.kubernetes.io/", "karpenter.sh/", "controller.kubernetes.io/", "kubernetes.io/",
      "poolkeeper.dev/",
    ]
    .contains { name.hasPrefix($0) }
  }

  private func record() -> ReadObject<PodRecord> {
    let metadata = metadata ?? ObjectMetadata.none
    var pod = PodObservation(
      key: PodKey(namespace: metadata.namespace, name: metadata.name), uid: metadata.uid,
      createdAt: metadata.createdAt, phase: phase, requests: effectiveRequests())
    pod.node = node
    pod.nodeSelector = nodeSelector
    pod.tolerations = tolerations
    pod.labels = metadata.labels
    pod.annotations = metadata.annotations
    pod.priority = priority
    pod.ownerKind = metadata.ownerKind
    pod.ownerName = metadata.ownerName
    pod.unschedulable = isUnschedulable && node == nil
    pod.isMirror = metadata.annotations["kubernetes.io/config.mirror"] != nil
    pod.isTerminating = metadata.isTerminating
    pod.isReady = isReady
    pod.constraints = constraints
    pod.constraints.hostPorts =
      containers.flatMap(\.hostPorts) + initContainers.filter(\.isSidecar).flatMap(\.hostPorts)
    pod.schedulingGates = gates
    pod.nominatedNode = nominatedNode
    pod.localVolumes = localVolumes
    let ephemeral = ephemeralVolumes.map { "\(metadata.name)-\($0)" }
    return ReadObject(
      key: metadata.key, resourceVersion: metadata.resourceVersion,
      value: PodRecord(observation: pod, claims: Set(claims + ephemeral).sorted()))
  }

  private func effectiveRequests() -> Resources {
    func requests(_ container: Container) -> Resources {
      guard !held.isEmpty, let held = held[container.name] else { return container.requests }
      return container.requests.larger(held)
    }
    return PodRequests.effective(
      containers: containers.map(requests),
      initContainers: initContainers.map { .init(requests: requests($0), isSidecar: $0.isSidecar) },
      overhead: overhead, podLevel: podLevel)
  }

  // MARK: Specification

  private mutating func readSpec(_ json: inout JSONPull) {
    guard json.enterObject() else { return }
    while let key = json.nextKey() {
      switch key {
      case "nodeName":
        if let name = json.text(isShared: true), !name.isEmpty { node = NodeName(name) }
      case "nodeSelector": nodeSelector = json.sharedTexts()
      case "tolerations": tolerations = json.shared(\.tolerations) { $0.list { $0.toleration() } }
      case "priority": priority = json.integer() ?? 0
      case "schedulingGates": gates = json.list { $0.member("name") }
      case "affinity":
        let affinity = json.shared(\.affinities) { json in
          var constraints = PodConstraints.none
          json.affinity(into: &constraints)
          return constraints
        }
        take(affinity)
      case "topologySpreadConstraints":
        constraints.topologySpread = json.shared(\.spreads) { $0.list { $0.topologySpread() } }
      case "containers": containers = json.list { Self.container(&$0) }
      case "initContainers": initContainers = json.list { Self.container(&$0) }
      case "overhead": overhead = json.resources() ?? .zero
      case "resources": podLevel = Self.requests(&json)
      case "volumes": readVolumes(&json)
      case "resourceClaims":
        for name in json.list({ $0.member("name") }) {
          constraints.volumes.append(
            VolumeDemand(
              claim: name, obstacle: "It asks for devices by the resource claim \(name), which cannot be judged."))
        }
      default: json.skip()
      }
    }
  }

  private mutating func take(_ affinity: PodConstraints) {
    constraints.nodeAffinity = affinity.nodeAffinity
    constraints.preferredNodeAffinity = affinity.preferredNodeAffinity
    constraints.podAffinity = affinity.podAffinity
    constraints.podAntiAffinity = affinity.podAntiAffinity
    constraints.preferredPodAffinity = affinity.preferredPodAffinity
  }

  private static func container(_ json: inout JSONPull) -> Container? {
    guard json.enterObject() else { return nil }
    var container = Container()
    while let key = json.nextKey() {
      switch key {
      case "name": container.name = json.text(isShared: true) ?? ""
      case "resources": container.requests = requests(&json) ?? .zero
      case "restartPolicy": container.isSidecar = json.text() == "Always"
      case "ports": container.hostPorts = json.list { hostPort(&$0) }
      default: json.skip()
      }
    }
    return container
  }

  private static func requests(_ json: inout JSONPull) -> Resources? {
    guard json.enterObject() else { return nil }
    var requests: Resources?
    while let key = json.nextKey() {
      switch key {
      case "requests": requests = json.resources()
      default: json.skip()
      }
    }
    return requests
  }

  private static func hostPort(_ json: inout JSONPull) -> HostPort? {
    guard json.enterObject() else { return nil }
    var port = 0
    var transport = "TCP"
    var address = ""
    while let key = json.nextKey() {
      switch key {
      case "hostPort": port = json.integer() ?? 0
      case "protocol": transport = json.text() ?? "TCP"
      case "hostIP": address = json.text() ?? ""
      default: json.skip()
      }
    }
    return port > 0 ? HostPort(port, transport: transport, address: address) : nil
  }

  private mutating func readVolumes(_ json: inout JSONPull) {
    guard json.enterArray() else { return }
    while json.nextElement() {
      guard json.enterObject() else { continue }
      var name = ""
      var isLocal = false
      var isEphemeral = false
      while let key = json.nextKey() {
        switch key {
        case "name": name = json.text() ?? ""
        case "emptyDir": isLocal = json.member("medium") != "Memory"
        case "hostPath":
          isLocal = true
          json.skip()
        case "persistentVolumeClaim":
          if let claim = json.member("claimName") { claims.append(claim) }
        case "ephemeral":
          isEphemeral = true
          json.skip()
        default: json.skip()
        }
      }
      if isLocal { localVolumes.append(name) }
      if isEphemeral { ephemeralVolumes.append(name) }
    }
  }

  // MARK: Status

  private mutating func readStatus(_ json: inout JSONPull) {
    guard json.enterObject() else { return }
    while let key = json.nextKey() {
      switch key {
      case "phase": phase = json.text().flatMap(PodObservation.Phase.init(rawValue:)) ?? .unknown
      case "nominatedNodeName":
        if let name = json.text(isShared: true), !name.isEmpty { nominatedNode = NodeName(name) }
      case "conditions": readConditions(&json)
      case "containerStatuses", "initContainerStatuses": readContainerStatuses(&json)
      default: json.skip()
      }
    }
  }

  private mutating func readConditions(_ json: inout JSONPull) {
    guard json.enterArray() else { return }
    while json.nextElement() {
      guard json.enterObject() else { continue }
      var type: String?
      var status: String?
      var reason: String?
      while let key = json.nextKey() {
        switch key {
        case "type": type = json.text(isShared: true)
        case "status": status = json.text()
        case "reason": reason = json.text(isShared: true)
        default: json.skip()
        }
      }
      if type == "Ready" { isReady = status == "True" }
      if type == "PodScheduled" { isUnschedulable = status == "False" && reason == "Unschedulable" }
    }
  }

  /// What the kubelet has set aside for a container, and what it runs with: during a resize more than the specification.
  private mutating func readContainerStatuses(_ json: inout JSONPull) {
    guard json.enterArray() else { return }
    while json.nextElement() {
      guard json.enterObject() else { continue }
      var name = ""
      var most: Resources?
      while let key = json.nextKey() {
        switch key {
        case "name": name = json.text(isShared: true) ?? ""
        case "allocatedResources":
          if let allocated = json.resources() { most = most?.larger(allocated) ?? allocated }
        case "resources":
          if let actual = Self.requests(&json) { most = most?.larger(actual) ?? actual }
        default: json.skip()
        }
      }
      if let most { held[name] = most }
    }
  }
}

extension JSONPull {
  /// The text of one member of an object, which is stepped over otherwise.
  mutating func member(_ name: StaticString) -> String? {
    guard enterObject() else { return nil }
    var found: String?
    while let key = nextKey() {
      if name ~= key {
        found = text()
      } else {
        skip()
      }
    }
    return found
  }
}

extension ObjectMetadata {
  /// Of an object that has none: refused by whoever looks at its name.
  static let none = ObjectMetadata()
  private init() {}
}
