import Model
import Simulator

/// Keeps the store's objects what the world makes of them. What was written in the world since the last time tells what
/// to look at, so that a cluster where little happens costs little.
struct WorldMirror: Sendable {
  /// Events that the mirror tells itself and keeps.
  static let eventsKept = 2_000
  /// Namespaces of every cluster.
  static let standardNamespaces = ["default", "kube-node-lease", "kube-public", "kube-system"]

  private struct Known: Sendable {
    var pod: SimulatedPod
    var key: ObjectKey
  }

  private var podTouches = -1
  private var nodeTouches = -1
  private var workloadTouches = -1
  private var pods: [Int: Known] = [:]
  private var nodes: [NodeName: SimulatedNode] = [:]
  private var budgets: [DisruptionBudget] = []
  private var workloadObjects: [String: [String]] = [:]
  private var told: [ToldEvent] = []
  private var toldKeys: [ObjectKey] = []
  private var ownEvents: [ObjectKey] = []
  private var nextEvent = 1
  private var startedWorkloads = -1
  private(set) var numbers: [ObjectKey: Int] = [:]
  /// The first time makes no history and tells no events.
  private var isNew = true
  /// What the scheduler would say about a workload's pods, within one pass.
  private var explanations: [String: String] = [:]

  /// Brings the store to the world's present.
  mutating func bring(_ store: inout ObjectStore, to world: World) {
    explanations = [:]
    let touchedNodes = changedNodes(in: world)
    var touchedPods = changedPods(in: world)
    let started = world.workloads.values.count { $0.startsAt <= world.now }
    let workloadsChanged = world.workloads.touchCount != workloadTouches || started != startedWorkloads
    workloadTouches = world.workloads.touchCount
    startedWorkloads = started
    let hasNews = isNew || workloadsChanged || !touchedNodes.isEmpty || !touchedPods.isEmpty
    if workloadsChanged { putNamespacesAndClasses(of: world, into: &store) }
    for name in touchedNodes {
      // Some pods show what their node's labels make of them.
      if nodes[name]?.labels != world.nodes[name]?.labels {
        touchedPods.formUnion(world.nodes[name]?.pods ?? [])
      }
      mirror(name, of: world, into: &store)
    }
    var touchedWorkloads: Set<String> = workloadsChanged ? Set(world.workloads.keys) : []
    for number in touchedPods.sorted() {
      if let workload = mirror(number, of: world, into: &store) { touchedWorkloads.insert(workload) }
    }
    for name in touchedWorkloads.sorted() { mirrorWorkload(name, of: world, into: &store) }
    if hasNews || budgets != world.budgets { mirrorBudgets(of: world, into: &store) }
    if told != world.events { mirrorEvents(of: world, into: &store) }
    isNew = false
  }

  private mutating func changedNodes(in world: World) -> [NodeName] {
    defer { nodeTouches = world.nodes.touchCount }
    let touched = world.nodes.keysTouched(since: nodeTouches)
    return (touched ?? Set(world.nodes.keys).union(nodes.keys)).filter { nodes[$0] != world.nodes[$0] }.sorted()
  }

  private mutating func changedPods(in world: World) -> Set<Int> {
    defer { podTouches = world.pods.touchCount }
    let touched = world.pods.keysTouched(since: podTouches)
    return (touched ?? Set(world.pods.keys).union(pods.keys)).filter { pods[$0]?.pod != world.pods[$0] }
  }

  // MARK: - Nodes

  private mutating func mirror(_ name: NodeName, of world: World, into store: inout ObjectStore) {
    let key = ObjectKey(namespace: "", name: name.rawValue)
    let leaseKey = ObjectKey(namespace: "kube-node-lease", name: name.rawValue)
    let before = nodes[name]
    nodes[name] = world.nodes[name]
    if let before, before.uid != world.nodes[name]?.uid {
      store.remove("nodes", key)
      store.remove("leases.coordination.k8s.io", leaseKey)
    }
    guard let node = world.nodes[name] else { return }
    store.put(
      "nodes", key, NodeManifest.make(node, in: world),
      fields: ["spec.unschedulable": node.unschedulable ? "true" : "false"], quietly: isNew)
    mirrorLease(of: node, in: world, into: &store)
    if before?.uid != node.uid {
      tell(
        node, "RegisteredNode", "Node \(name) event: Registered Node \(name) in Controller", by: "node-controller",
        at: world.now, into: &store)
    }
    if before?.isReady != node.isReady, before != nil || node.isReady {
      let reason = node.isReady ? "NodeReady" : "NodeNotReady"
      tell(
        node, reason, "Node \(name) status is now: \(reason)", by: node.isReady ? "kubelet" : "node-controller",
        at: world.now, into: &store)
    }
    if let before, before.unschedulable != node.unschedulable {
      let reason = node.unschedulable ? "NodeNotSchedulable" : "NodeSchedulable"
      tell(node, reason, "Node \(name) status is now: \(reason)", by: "kubelet", at: world.now, into: &store)
    }
  }

  private func mirrorLease(of node: SimulatedNode, in world: World, into store: inout ObjectStore) {
    let key = ObjectKey(namespace: "kube-node-lease", name: node.name.rawValue)
    let exists = store.object("leases.coordination.k8s.io", key) != nil
    guard world.hasHeartbeat(node) || !exists else { return }
    let beat = Instant(milliseconds: world.now.milliseconds / 10_000 * 10_000)
    store.put(
      "leases.coordination.k8s.io", key, NodeManifest.lease(of: node, renewedAt: max(beat, node.createdAt)),
      quietly: isNew)
  }

  /// Renews the heartbeats of all nodes. Only done when somebody asks for leases.
  func renewLeases(in world: World, into store: inout ObjectStore) {
    for name in world.nodes.keys { mirrorLease(of: world.nodes[name]!, in: world, into: &store) }
  }

  // MARK: - Pods

  /// - Returns: the pod's workload.
  private mutating func mirror(_ number: Int, of world: World, into store: inout ObjectStore) -> String? {
    let before = pods[number]
    guard let pod = world.pods[number], let workload = world.workloads[pod.workload] else {
      guard let before else { return nil }
      store.remove("pods", before.key)
      pods[number] = nil
      numbers[before.key] = nil
      return before.pod.workload
    }
    let key = ObjectKey(namespace: pod.key.namespace, name: pod.key.name)
    pods[number] = Known(pod: pod, key: key)
    numbers[key] = number
    let why = pod.unschedulable ? explanation(of: workload, in: world) : ""
    store.put(
      "pods", key, PodManifest.make(pod, workload, in: world, why: why), fields: PodManifest.fields(of: pod),
      quietly: isNew)
    tellOfPod(before?.pod, pod, why, at: world.now, into: &store)
    return pod.workload
  }

  private mutating func tellOfPod(
    _ before: SimulatedPod?, _ pod: SimulatedPod, _ why: String, at now: Instant, into store: inout ObjectStore
  ) {
    if pod.unschedulable && before?.unschedulable != true {
      tell(pod, "FailedScheduling", why, by: "default-scheduler", isWarning: true, at: now, into: &store)
    }
    if let node = pod.node, before?.node == nil {
      tell(
        pod, "Scheduled", "Successfully assigned \(pod.key) to \(node)", by: "default-scheduler", at: now, into: &store)
    }
    if pod.phase == .running && before?.phase != .running {
      tell(pod, "Started", "Started container main", by: "kubelet", at: now, into: &store)
    }
    if pod.isTerminating && before?.isTerminating != true {
      tell(pod, "Killing", "Stopping container main", by: "kubelet", at: now, into: &store)
    }
  }

  /// The scheduler's words: how many nodes refuse a pod, and why.
  private mutating func explanation(of workload: Workload, in world: World) -> String {
    if let known = explanations[workload.name] { return known }
    var reasons: [String: Int] = [:]
    for name in world.nodes.keys {
      reasons[Self.obstacle(to: workload.pod, on: world.nodes[name]!), default: 0] += 1
    }
    let parts = reasons.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }
    let text =
      world.nodes.isEmpty
      ? "no nodes available to schedule pods"
      : "0/\(world.nodes.count) nodes are available: \(parts.joined(separator: ", ")). preemption: "
        + "0/\(world.nodes.count) nodes are available: Preemption is not helpful for scheduling."
    explanations[workload.name] = text
    return text
  }

  private static func obstacle(to pod: PodTemplate, on node: SimulatedNode) -> String {
    if node.unschedulable { return "node(s) were unschedulable" }
    let isRefused = node.taints.contains { taint in
      taint.effect != .preferNoSchedule && !pod.tolerations.contains { $0.tolerates(taint) }
    }
    if isRefused { return "node(s) had untolerated taint(s)" }
    guard pod.nodeSelector.allSatisfy({ node.labels[$0.key] == $0.value }) else {
      return "node(s) didn't match Pod's node affinity/selector"
    }
    guard let shortage = pod.requests.shortages(in: node.allocatable - node.requested).first else {
      return "node(s) didn't satisfy the pod's placement rules"
    }
    return shortage == "pods" ? "Too many pods" : "Insufficient \(shortage)"
  }

  // MARK: - The rest

  private mutating func mirrorWorkload(_ name: String, of world: World, into store: inout ObjectStore) {
    guard let workload = world.workloads[name] else { return }
    let key = ObjectKey(namespace: workload.namespace, name: workload.name)
    for item in WorkloadManifest.make(workload, in: world) {
      store.put(item.table, key, item.manifest, fields: item.fields, quietly: isNew)
    }
  }

  private mutating func mirrorBudgets(of world: World, into store: inout ObjectStore) {
    let table = "poddisruptionbudgets.policy"
    func key(_ budget: DisruptionBudget) -> ObjectKey { ObjectKey(namespace: budget.namespace, name: budget.name) }
    if budgets != world.budgets {
      let wanted = Set(world.budgets.map(key))
      for gone in budgets.map(key) where !wanted.contains(gone) { store.remove(table, gone) }
      budgets = world.budgets
    }
    for budget in budgets { store.put(table, key(budget), ClusterManifest.budget(budget, in: world), quietly: isNew) }
  }

  private func putNamespacesAndClasses(of world: World, into store: inout ObjectStore) {
    let names = Set(world.workloads.values.map(\.namespace)).union(Self.standardNamespaces)
    for name in names.sorted() {
      let key = ObjectKey(namespace: "", name: name)
      guard store.object("namespaces", key) == nil else { continue }
      store.put(
        "namespaces", key, ClusterManifest.namespace(name, since: world.now), fields: ["status.phase": "Active"],
        quietly: isNew)
    }
    var classes = ["system-cluster-critical": 2_000_000_000, "system-node-critical": 2_000_001_000]
    for workload in world.workloads.values where !workload.pod.priorityClass.isEmpty {
      classes[workload.pod.priorityClass] = workload.pod.priority
    }
    for (name, value) in classes.sorted(by: { $0.key < $1.key }) {
      store.put(
        "priorityclasses.scheduling.k8s.io", ObjectKey(namespace: "", name: name),
        ClusterManifest.priorityClass(name, value), quietly: isNew)
    }
  }

  private mutating func mirrorEvents(of world: World, into store: inout ObjectStore) {
    told = world.events
    var keys: [ObjectKey] = []
    var sameInstant: [Instant: Int] = [:]
    for event in told {
      let number = sameInstant[event.at, default: 0]
      sameInstant[event.at] = number + 1
      let shown = ClusterManifest.Event(
        kind: event.kind, namespace: event.namespace, name: event.name, uid: event.uid, reason: event.reason,
        message: event.note, isWarning: event.isWarning, component: "poolkeeper", at: event.at, number: number)
      keys.append(shown.key)
      store.put("events", shown.key, shown.manifest, fields: EventConversion.fields(of: shown.manifest), quietly: isNew)
    }
    let wanted = Set(keys)
    for gone in toldKeys where !wanted.contains(gone) { store.remove("events", gone) }
    toldKeys = keys
  }

  private mutating func tell(
    _ node: SimulatedNode, _ reason: String, _ message: String, by component: String, at now: Instant,
    into store: inout ObjectStore
  ) {
    tell(
      .init(
        kind: "Node", namespace: "default", name: node.name.rawValue, uid: node.uid, reason: reason, message: message,
        component: component, at: now, number: nextEvent), into: &store)
  }

  private mutating func tell(
    _ pod: SimulatedPod, _ reason: String, _ message: String, by component: String, isWarning: Bool = false,
    at now: Instant, into store: inout ObjectStore
  ) {
    tell(
      .init(
        kind: "Pod", namespace: pod.key.namespace, name: pod.key.name, uid: pod.uid, reason: reason, message: message,
        isWarning: isWarning, component: component, at: now, number: nextEvent), into: &store)
  }

  private mutating func tell(_ event: ClusterManifest.Event, into store: inout ObjectStore) {
    nextEvent += 1
    guard !isNew else { return }
    store.put("events", event.key, event.manifest, fields: EventConversion.fields(of: event.manifest))
    ownEvents.append(event.key)
    guard ownEvents.count > Self.eventsKept else { return }
    for key in ownEvents.prefix(Self.eventsKept / 4) { store.remove("events", key) }
    ownEvents.removeFirst(Self.eventsKept / 4)
  }
}
