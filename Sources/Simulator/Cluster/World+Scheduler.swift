import Model

extension World {
  /// Has the scheduler look at the waiting pods soon; further requests until then are one.
  mutating func requestScheduling() {
    guard !schedulingIsDue, !waitingPods.isEmpty else { return }
    schedulingIsDue = true
    schedule(.schedule, after: random.duration(in: timings.scheduling))
  }

  /// One pass over the waiting pods, the most important first. Within a pass room only shrinks, so once a pod of a
  /// workload has found no node, its equals need not be tried.
  mutating func runScheduler() {
    schedulingIsDue = false
    refreshWorkloadIndex()
    let order = waitingPods.map { (number: $0, priority: template(of: pods[$0]!)?.priority ?? 0) }
      .sorted { $0.priority == $1.priority ? $0.number < $1.number : $0.priority > $1.priority }
    var hopeless: [String: Bool] = [:]
    for (number, _) in order {
      guard let pod = pods[number], let template = template(of: pod) else { continue }
      if hopeless[pod.workload] == nil, let node = bestNode(for: pod, template) {
        bind(number, to: node)
      } else {
        // What is bound next may give such a pod its place after all.
        let mayBecomePossible =
          !template.constraints.topologySpread.isEmpty || !template.constraints.podAffinity.isEmpty
        if !mayBecomePossible { hopeless[pod.workload] = true }
        pods[number]!.unschedulable = true
      }
    }
  }

  /// The node with the best score among those that fit; the first by name among equals.
  func bestNode(for pod: SimulatedPod, _ template: PodTemplate) -> NodeName? {
    var best: (name: NodeName, score: Double)?
    let placement = PlacementView(of: pod.key.namespace, template, in: self)
    for name in nodes.keys {
      let node = nodes[name]!
      guard fits(template, on: node), placement.allows(node) else { continue }
      let score = score(template, on: node)
      if score > best?.score ?? -.infinity { best = (name, score) }
    }
    return best?.name
  }

  /// Whether requests, taints and selector allow it.
  func fits(_ template: PodTemplate, on node: SimulatedNode) -> Bool {
    guard template.requests.cpuMillicores <= node.allocatable.cpuMillicores - node.requested.cpuMillicores,
      template.requests.fits(in: node.allocatable - node.requested)
    else { return false }
    for taint in node.taints where taint.effect != .preferNoSchedule && !template.tolerates(taint) { return false }
    return template.nodeSelector.allSatisfy { node.labels[$0.key] == $0.value }
  }

  /// Least allocated, 0 ... 100, less a penalty for each taint that would rather not have the pod.
  private func score(_ template: PodTemplate, on node: SimulatedNode) -> Double {
    func free(_ path: KeyPath<Resources, Int64>) -> Double {
      let offered = Double(node.allocatable[keyPath: path])
      guard offered > 0 else { return 0 }
      return (offered - Double(node.requested[keyPath: path] + template.requests[keyPath: path])) / offered
    }
    let unwilling = node.taints.filter { $0.effect == .preferNoSchedule && !template.tolerates($0) }.count
    return 50 * (free(\.cpuMillicores) + free(\.memoryBytes)) - 300 * Double(unwilling)
  }
}
