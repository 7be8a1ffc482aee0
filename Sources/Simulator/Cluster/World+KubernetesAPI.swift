public import Model
public import Ports

/// What the Kubernetes API offers. Every call first lets happen what is due by `now`.
extension World {
  /// All nodes by name.
  public mutating func nodeObservations(at now: Instant) throws(PortError) -> [NodeObservation] {
    advance(to: now)
    try checkReachable("cluster.nodes")
    return nodeRows
  }

  /// Apart from what changes the world, which every look from within a change would copy.
  private var nodeRows: [NodeObservation] {
    nodes.values.map { node in
      var observation = NodeObservation(
        name: node.name, uid: node.uid, createdAt: node.createdAt, allocatable: node.allocatable)
      observation.labels = node.labels
      observation.annotations = node.annotations
      observation.systemUUID = node.systemUUID
      observation.taints = node.taints
      observation.unschedulable = node.unschedulable
      observation.conditions = node.conditions
      observation.address = node.address
      observation.kubeletVersion = kubeletVersion(of: node)
      observation.cpuPercent = cpuPercent(of: node)
      return observation
    }
  }

  /// As its machine was made; `nil` where its template tells no version.
  func kubeletVersion(of node: SimulatedNode) -> String? {
    guard let version = machines.look(at: node.machine, { $0.template?.kubernetesVersion }) ?? nil, !version.isEmpty
    else {
      return nil
    }
    return version.hasPrefix("v") ? version : "v" + version
  }

  /// All pods, sorted by namespace and name.
  public mutating func podObservations(at now: Instant) throws(PortError) -> [PodObservation] {
    advance(to: now)
    try checkReachable("cluster.pods")
    refreshWorkloadIndex()
    // The annotations of pods that leave certain nodes first follow from the nodes' labels.
    let looksAtNodes = memo.workloads?.looksAtNodes ?? true
    let versions = [pods.touchCount, workloads.touchCount, looksAtNodes ? nodes.touchCount : 0]
    return remembered(\.pods, versions) { world in
      world.pods.values.sorted { $0.key < $1.key }.compactMap(world.observation)
    }
  }

  /// All disruption budgets, sorted by namespace and name.
  public mutating func disruptionBudgetObservations(
    at now: Instant
  ) throws(PortError) -> [DisruptionBudgetObservation] {
    advance(to: now)
    try checkReachable("cluster.disruption_budgets")
    return budgetRows
  }

  private var budgetRows: [DisruptionBudgetObservation] {
    budgets.map { budget in
      let status = status(of: budget)
      var observation = DisruptionBudgetObservation(
        namespace: budget.namespace, name: budget.name, selector: LabelSelector(matchLabels: budget.selector),
        disruptionsAllowed: status.disruptionsAllowed)
      observation.currentHealthy = status.currentHealthy
      observation.desiredHealthy = status.desiredHealthy
      observation.expectedPods = status.expectedPods
      observation.alwaysAllowsUnhealthy = budget.unhealthyPods == .alwaysAllow
      return observation
    }.sorted { ($0.namespace, $0.name) < ($1.namespace, $1.name) }
  }

  /// All DaemonSets that there are by now, sorted by namespace and name.
  public mutating func daemonSetObservations(at now: Instant) throws(PortError) -> [DaemonSetObservation] {
    advance(to: now)
    try checkReachable("cluster.daemon_sets")
    refreshWorkloadIndex()
    let daemonSets = workloadIndex.daemonSets.compactMap { workloads[$0] }
    return daemonSets.filter { $0.startsAt <= self.now }.map { workload in
      var observation = DaemonSetObservation(
        namespace: workload.namespace, name: workload.name, requests: workload.pod.requests)
      observation.nodeSelector = workload.pod.nodeSelector
      // As in this world no taint keeps a DaemonSet's pod away.
      observation.tolerations = workload.pod.tolerations + [Toleration(key: "", operator: .exists)]
      observation.nodeAffinity = workload.pod.constraints.nodeAffinity
      observation.hostPorts = workload.pod.constraints.hostPorts
      return observation
    }.sorted { ($0.namespace, $0.name) < ($1.namespace, $1.name) }
  }

  /// The namespaces that workloads are in, with the one label that Kubernetes gives them itself.
  public mutating func namespaceLabels(at now: Instant) throws(PortError) -> [String: [String: String]] {
    advance(to: now)
    try checkReachable("cluster.namespaces")
    refreshWorkloadIndex()
    return workloadIndex.namespaces
  }

  private func observation(of pod: SimulatedPod) -> PodObservation? {
    guard let workload = workloads[pod.workload] else { return nil }
    var observation = PodObservation(
      key: pod.key, uid: pod.uid, createdAt: pod.createdAt, phase: pod.phase, requests: workload.pod.requests)
    observation.node = pod.node
    observation.nodeSelector = workload.pod.nodeSelector
    observation.tolerations = workload.pod.tolerations
    observation.labels = workload.pod.labels
    observation.annotations = workload.pod.annotations
    if isFirstToLeave(pod, workload) {
      observation.annotations["controller.kubernetes.io/pod-deletion-cost"] = "-100"
    }
    observation.priority = workload.pod.priority
    observation.ownerKind = workload.ownerKind
    observation.ownerName = workload.ownerKind == nil ? nil : workload.name
    observation.unschedulable = pod.unschedulable
    observation.isTerminating = pod.isTerminating
    observation.isReady = pod.ready
    observation.constraints = workload.pod.constraints
    return observation
  }

  /// Takes a node out of scheduling.
  public mutating func cordon(_ name: NodeName, at now: Instant) throws(PortError) {
    advance(to: now)
    try checkReachable("cluster.cordon")
    try requireNode(name, "cluster.cordon")
    nodes[name]!.annotations[NodeObservation.cordonMark] = "true"
    setUnschedulable(name, true)
  }

  /// Gives a node back to scheduling.
  public mutating func uncordon(_ name: NodeName, at now: Instant) throws(PortError) {
    advance(to: now)
    try checkReachable("cluster.uncordon")
    try requireNode(name, "cluster.uncordon")
    nodes[name]!.annotations[NodeObservation.cordonMark] = nil
    setUnschedulable(name, false)
  }

  /// Adds or replaces labels.
  public mutating func label(_ name: NodeName, with labels: [String: String], at now: Instant) throws(PortError) {
    advance(to: now)
    try checkReachable("cluster.label")
    try requireNode(name, "cluster.label")
    nodes[name]!.labels.merge(labels) { $1 }
    createDaemonSetPods(on: name)
    requestScheduling()
  }

  /// Takes away taints with this key; none is no error.
  public mutating func removeTaint(_ key: String, from name: NodeName, at now: Instant) throws(PortError) {
    advance(to: now)
    try checkReachable("cluster.remove_taint")
    try requireNode(name, "cluster.remove_taint")
    nodes[name]!.removeTaints(key)
    requestScheduling()
  }

  /// Keeps an event for those who ask; the oldest go.
  public mutating func note(_ event: ClusterEvent) {
    events.append(ToldEvent(event, at: now))
    if events.count > World.eventsKept { events.removeFirst(events.count - World.eventsKept) }
  }

  /// The eviction API: budgets are respected, a pod that is gone or another one counts as evicted.
  public mutating func evict(
    _ key: PodKey, uid: String, grace: Duration, at now: Instant
  ) throws(PortError) -> EvictionOutcome {
    advance(to: now)
    try checkReachable("cluster.evict")
    guard let number = pods.keys.first(where: { pods[$0]!.key == key && pods[$0]!.uid == uid }),
      let pod = pods[number], let workload = workloads[pod.workload]
    else { return .evicted }
    if pod.isTerminating { return .evicted }
    if pod.phase == .running {
      let concerned = budgets(of: workload)
      if concerned.count > 1 {
        throw PortError(
          .failed, "More than one disruption budget selects \(key); leave only one.", operation: "cluster.evict")
      }
      if let budget = concerned.first {
        let status = status(of: budget)
        let mayGo =
          pod.ready
          ? status.disruptionsAllowed > 0
          : budget.unhealthyPods == .alwaysAllow || status.currentHealthy >= max(1, status.desiredHealthy)
        if !mayGo {
          tally.evictionsRefused += 1
          return .refused(by: budget.name)
        }
      }
    }
    tally.podsEvicted += 1
    deletePod(number, grace: grace)
    return .evicted
  }

  /// Deletes the Node object with this uid; one that is gone already is no error.
  public mutating func deleteNode(_ name: NodeName, uid: String, at now: Instant) throws(PortError) {
    advance(to: now)
    try checkReachable("cluster.delete")
    guard let node = nodes[name] else { return }
    guard node.uid == uid else {
      throw PortError(
        .conflict, "Node \(name) has uid \(node.uid) now; read it again.", operation: "cluster.delete")
    }
    noteDisruption(ofNodeOn: node.machine, operation: "cluster.delete")
    removeNode(name)
  }

  private func requireNode(_ name: NodeName, _ operation: String) throws(PortError) {
    if nodes[name] == nil {
      throw PortError(.notFound, "nodes \"\(name)\" not found", operation: operation)
    }
  }

  mutating func setUnschedulable(_ name: NodeName, _ unschedulable: Bool) {
    guard nodes[name]?.unschedulable != unschedulable else { return }
    nodes[name]!.unschedulable = unschedulable
    if unschedulable {
      nodes[name]!.addTaint(NodeTaint.unschedulable, .noSchedule)
    } else {
      nodes[name]!.cordonedByHand = nil
      nodes[name]!.removeTaints(NodeTaint.unschedulable)
      requestScheduling()
    }
  }
}
