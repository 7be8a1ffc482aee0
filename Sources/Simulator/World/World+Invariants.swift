import Model

extension World {
  /// What is true in every world between two calls; a sentence for each thing that is not. For tests: walks everything.
  public func brokenInvariants() -> [String] {
    var broken: [String] = []
    checkNodes(&broken)
    checkPods(&broken)
    checkHosts(&broken)
    checkMeters(&broken)
    return broken
  }

  private func checkNodes(_ broken: inout [String]) {
    for node in nodes.values {
      let there = pods.values.filter { $0.nodeUID == node.uid && !$0.isFinished }
      if there.map(\.number) != node.pods.sorted() {
        broken.append("\(node.name) lists other pods than are bound to it")
      }
      let requested = there.reduce(Resources.zero) { $0 + (template(of: $1)?.requests ?? .zero) }
      if requested != node.requested { broken.append("\(node.name) sums up other requests than its pods have") }
      let chosen = there.filter { !isDaemonSetPod($0.number) }
        .reduce(Resources.zero) { $0 + (template(of: $1)?.requests ?? .zero) }
      if !chosen.fits(in: node.allocatable) {
        broken.append("\(node.name) holds more than it offers")
      }
      let isTainted = node.taints.contains { $0.key == NodeTaint.unschedulable }
      if isTainted != node.unschedulable { broken.append("\(node.name) is cordoned without its taint, or the reverse") }
    }
  }

  private func checkPods(_ broken: inout [String]) {
    let waiting = pods.values.filter { $0.node == nil }.map(\.number)
    if waitingPods.sorted() != waiting { broken.append("the scheduler's queue is not the list of pods without a node") }
    if podsOfWorkload.values.flatMap({ $0 }).sorted() != pods.keys {
      broken.append("the workloads' lists are not the list of pods")
    }
    for pod in pods.values {
      if pod.ready && (!pod.containersRun || pod.isTerminating || pod.isFinished || pod.phase != .running) {
        broken.append("\(pod.key) is Ready without running")
      }
      if pod.unschedulable && pod.node != nil { broken.append("\(pod.key) is unschedulable on a node") }
      let machine = pod.node.flatMap { nodes[$0] }.flatMap { $0.uid == pod.nodeUID ? machines[$0.machine] : nil }
      if pod.containersRun, let machine, machine.system == nil {
        broken.append("\(pod.key) runs on a machine that is off")
      }
    }
    if !waitingPods.isEmpty && !schedulingIsDue {
      for number in waitingPods where !pods[number]!.unschedulable {
        broken.append("\(pods[number]!.key) waits and nobody looks at it")
      }
    }
  }

  private func checkHosts(_ broken: inout [String]) {
    for host in hosts.values {
      let room = room(on: host)
      if room.memoryBytes < 0 || room.storageBytes < 0 || room.gpus < 0 {
        broken.append("\(host.name) has given away more than it has")
      }
    }
  }

  private func checkMeters(_ broken: inout [String]) {
    for machine in machines.values where machine.owner?.cluster == clusterName {
      let open = tally.meters.count {
        $0.machine == machine.id && $0.owner.id == machine.owner?.id && $0.deletedAt == nil
      }
      if open != 1 { broken.append("machine \(machine.id) has \(open) running meters") }
      if (machine.system != nil) && !machine.running { broken.append("machine \(machine.id) is off with a system") }
    }
    let ours = machines.values.count { $0.owner?.cluster == clusterName }
    if tally.meters.count(where: { $0.deletedAt == nil }) != ours { broken.append("a meter runs without its machine") }
  }
}
