import Model

extension World {
  /// The replicas that a deployment is to have now, the pods that a job still needs, or nil for others.
  func desiredPods(of workload: Workload) -> Int? {
    guard now >= workload.startsAt else { return 0 }
    switch workload.kind {
    case .deployment(let replicas): return max(0, Int(replicas.value(at: now).rounded()))
    case .job(let count, _): return count
    case .daemonSet, .bare: return nil
    }
  }

  /// Brings a workload to its desired size and looks again when that changes.
  mutating func reviewWorkload(_ name: String) {
    guard let workload = workloads[name], now >= workload.startsAt else { return }
    switch workload.kind {
    case .daemonSet: for node in nodes.keys { createDaemonSetPods(on: node) }
    case .bare: if podsOfWorkload[name]?.isEmpty ?? true { createPod(of: workload) }
    case .job: reconcile(name)
    case .deployment(let replicas):
      reconcile(name)
      if let next = replicas.nextChange(after: now, reviewEvery: timings.replicaReview) {
        queue.schedule(.workload(name), at: max(next, now.advanced(by: .milliseconds(1))))
      }
    }
  }

  /// What a controller does as soon as its pods or its size have changed.
  mutating func reconcile(_ name: String) {
    guard let workload = workloads[name], let desired = desiredPods(of: workload) else { return }
    let present = podsOfWorkload[name] ?? []
    let active = present.filter { pods[$0]!.isActive }
    if case .job = workload.kind {
      // Pods that succeeded count for ever, also when they have left the list.
      let missing = desired - active.count - (finishedPodsOfWorkload[name] ?? 0)
      for _ in 0..<max(0, missing) { createPod(of: workload) }
      return
    }
    if isRolling(workload) { return roll(workload, active: active, desired: desired) }
    for _ in 0..<max(0, desired - active.count) { createPod(of: workload) }
    guard active.count > desired else { return }
    let order = active.sorted { leavesBefore($0, $1, workload) }
    for number in order.prefix(active.count - desired) { deletePod(number) }
  }

  /// The ReplicaSet's order: without a node, then not running, then not Ready, then by deletion cost, then the youngest.
  func leavesBefore(_ left: Int, _ right: Int, _ workload: Workload) -> Bool {
    func rank(_ number: Int) -> (Int, Int, Int, Int, Int) {
      let pod = pods[number]!
      return (
        pod.node == nil ? 0 : 1, pod.phase == .pending ? 0 : 1, pod.ready ? 1 : 0,
        isFirstToLeave(pod, workload) ? 0 : 1, -number
      )
    }
    return rank(left) < rank(right)
  }

  func isFirstToLeave(_ pod: SimulatedPod, _ workload: Workload) -> Bool {
    guard !workload.leavesFirst.isEmpty, let node = pod.node.flatMap({ nodes[$0] }) else { return false }
    return workload.leavesFirst.allSatisfy { node.labels[$0.key] == $0.value }
  }

  /// One pod of each DaemonSet whose selector matches; the DaemonSet's own tolerations let it be there at once.
  mutating func createDaemonSetPods(on name: NodeName) {
    refreshWorkloadIndex()
    for key in workloadIndex.daemonSets {
      guard let workload = workloads[key], now >= workload.startsAt, let node = nodes[name],
        workload.pod.nodeSelector.allSatisfy({ node.labels[$0.key] == $0.value }),
        PlacementView.matches(workload.pod.constraints.nodeAffinity, node),
        !node.pods.contains(where: { pods[$0]?.workload == key })
      else { continue }
      bind(createPod(of: workload), to: name)
    }
  }
}
