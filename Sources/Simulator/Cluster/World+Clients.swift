public import Model
public import Ports

/// What clients of the Kubernetes API change beyond what the port offers. Every call first lets happen what is due by
/// `now`.
extension World {
  /// The state of a node that clients may change.
  public struct NodeChange: Hashable, Sendable {
    /// All labels.
    public var labels: [String: String]
    /// All annotations.
    public var annotations: [String: String]
    /// All taints; those that follow from the node's state come back.
    public var taints: [Taint]
    /// Whether it is cordoned.
    public var unschedulable: Bool

    /// A node's new state.
    public init(labels: [String: String], annotations: [String: String], taints: [Taint], unschedulable: Bool) {
      self.labels = labels
      self.annotations = annotations
      self.taints = taints
      self.unschedulable = unschedulable
    }
  }

  /// Replaces a node's labels, annotations and taints, cordons or uncordons it. Pods that do not put up with a new
  /// NoExecute taint must leave.
  public mutating func change(_ name: NodeName, to change: NodeChange, at now: Instant) throws(PortError) {
    advance(to: now)
    guard let node = nodes[name] else {
      throw PortError(.notFound, "nodes \"\(name)\" not found", operation: "cluster.change")
    }
    nodes[name]!.labels = change.labels
    nodes[name]!.annotations = change.annotations
    nodes[name]!.taints = change.taints
    nodes[name]!.unschedulable = change.unschedulable
    restoreOwnTaints(of: name)
    let added = nodes[name]!.taints.filter { $0.effect == .noExecute && !node.taints.contains($0) }
    for taint in added where taint.key != NodeTaint.unreachable && taint.key != NodeTaint.notReady {
      for number in node.pods where !isDaemonSetPod(number) && template(of: pods[number]!)?.tolerates(taint) == false {
        deletePod(number)
      }
    }
    createDaemonSetPods(on: name)
    requestScheduling()
  }

  /// What the node controllers do when somebody takes away a taint that follows from the node's state, or sets one that
  /// does not.
  private mutating func restoreOwnTaints(of name: NodeName) {
    let node = nodes[name]!
    let ready = node.conditions["Ready"]?.status
    let wanted: [(key: String, isOn: Bool)] = [
      (NodeTaint.unschedulable, node.unschedulable), (NodeTaint.notReady, ready == .no),
      (NodeTaint.unreachable, ready == .unknown),
      (NodeTaint.diskPressure, node.conditions["DiskPressure"]?.status == .yes),
      (NodeTaint.memoryPressure, node.conditions["MemoryPressure"]?.status == .yes),
    ]
    for (key, isOn) in wanted {
      if !isOn {
        nodes[name]!.removeTaints(key)
      } else if !node.taints.contains(where: { $0.key == key && $0.effect == .noSchedule }) {
        nodes[name]!.addTaint(key, .noSchedule)
      }
    }
  }

  /// Deletes a pod past all disruption budgets, as a plain deletion does. One that is gone is no error.
  /// - Parameter grace: zero takes it out of the list at once; `nil` is the pod's own.
  public mutating func deletePod(_ number: Int, uid: String, grace: Duration?, at now: Instant) {
    advance(to: now)
    guard let pod = pods[number], pod.uid == uid else { return }
    if pod.ready { noteDeletion(of: pod) }
    if grace == .zero { removePod(number) } else { deletePod(number, grace: grace) }
  }

  private mutating func noteDeletion(of pod: SimulatedPod) {
    guard let workload = workloads[pod.workload], !workload.isDaemonSet else { return }
    for budget in budgets(of: workload) where status(of: budget).disruptionsAllowed == 0 {
      tally.budgetViolations.append(
        BudgetViolation(
          at: now, budget: "\(budget.namespace)/\(budget.name)", operation: "cluster.delete_pod", missing: 1))
    }
  }

  /// Gives a pod labels and annotations beside its template's.
  public mutating func change(
    _ number: Int, labels: [String: String], annotations: [String: String], at now: Instant
  ) {
    advance(to: now)
    guard let pod = pods[number], let template = template(of: pod) else { return }
    pods[number]!.addedLabels = labels.filter { template.labels[$0.key] != $0.value }
    pods[number]!.addedAnnotations = annotations.filter { template.annotations[$0.key] != $0.value }
  }

  /// Keeps an object for clients; `nil` forgets it.
  public mutating func keep(_ object: String?, at path: String) { keptObjects[path] = object }

  /// The pods of a workload, in the order of creation.
  public func pods(of workload: String) -> [Int] { podsOfWorkload[workload] ?? [] }

  /// The replicas that a deployment is to have now, or the pods that a job still needs; `nil` for others.
  public func desiredCount(of workload: Workload) -> Int? { desiredPods(of: workload) }

  /// Pods of a job that have succeeded.
  public func finishedCount(of workload: String) -> Int { finishedPodsOfWorkload[workload] ?? 0 }

  /// Whether the ReplicaSet would take this pod away before others of its own.
  public func leavesFirst(_ pod: SimulatedPod) -> Bool {
    workloads[pod.workload].map { isFirstToLeave(pod, $0) } ?? false
  }

  /// Whether a node's kubelet sends heartbeats.
  public func hasHeartbeat(_ node: SimulatedNode) -> Bool { kubeletIsAlive(on: node) }
}
