import Model

/// What a plan does to pods that run. Counted here from the snapshot's lists, in ways of its own.
extension PlanInspection {
  /// Retirements by choice whose records are there.
  private var chosen: [WorkerRecord] {
    plan.retirements.filter(\.byChoice).compactMap { recordsByName[$0.worker] }
  }

  /// Pods that evictions would take from these workers' nodes, by node.
  private func evicted(_ names: Set<String>) -> [PodObservation] {
    (snapshot.pods.value ?? []).filter { pod in
      guard let node = pod.node, names.contains(node.rawValue) else { return false }
      return
        !(pod.isMirror || pod.isTerminating || pod.ownerKind == "DaemonSet" || pod.phase == .succeeded
        || pod.phase == .failed)
    }
  }

  /// No budget may be asked for more than it allows, over all that goes; no pod of two budgets may be asked at all.
  mutating func checkDisruption() {
    let own = evicted(Set(chosen.map(\.name.rawValue)))
    guard !own.isEmpty else { return }
    guard case .known(let budgets, _) = snapshot.disruptionBudgets else {
      report(.disruptionBudget, "Busy workers would go by choice while the disruption budgets are unknown.")
      return
    }
    let forced = Set(plan.retirements.filter(\.force).map(\.worker.rawValue))
    let others = evicted(Set(plan.retirements.filter { !$0.byChoice }.map(\.worker.rawValue)).subtracting(forced))
    var askedByChoice: [String: Int] = [:]
    var asked: [String: Int] = [:]
    let byNamespace = Dictionary(grouping: budgets, by: \.namespace)
    for (pods, isChoice) in [(own, true), (others, false)] {
      for pod in pods {
        let covering = (byNamespace[pod.key.namespace] ?? []).filter { $0.selector?.matches(pod.labels) ?? false }
        if covering.count > 1, isChoice {
          report(.disruptionBudget, "Pod \(pod.key) would be evicted although two disruption budgets choose it.")
        }
        for budget in covering where !goesFreely(pod, budget) {
          asked[budget.text, default: 0] += 1
          if isChoice { askedByChoice[budget.text, default: 0] += 1 }
        }
      }
    }
    for budget in budgets.sorted(by: { $0.text < $1.text }) where askedByChoice[budget.text] != nil {
      let count = asked[budget.text] ?? 0
      if count > max(0, budget.disruptionsAllowed) {
        report(
          .disruptionBudget,
          "\(count) pods of disruption budget \(budget.text) would go of \(budget.disruptionsAllowed) that may.")
      }
    }
  }

  private func goesFreely(_ pod: PodObservation, _ budget: DisruptionBudgetObservation) -> Bool {
    if pod.isReady { return false }
    return budget.alwaysAllowsUnhealthy
      || (budget.currentHealthy >= budget.desiredHealthy && budget.desiredHealthy >= 1)
  }

  /// Nodes that say that they are to be left alone stay; and all that must move must find room, at least by the sums: in
  /// CPU, memory and number of pods the nodes that stay must hold it.
  mutating func checkPlaces() {
    let chosen = chosen
    guard !chosen.isEmpty, let nodes = snapshot.nodes.value, let pods = snapshot.pods.value else { return }
    let goingNames = Set(plan.retirements.map(\.worker.rawValue))
    let leavingNames = Set(snapshot.workers.filter { !wantedNames.contains($0.name) }.map(\.name.rawValue))
    let chosenNames = Set(chosen.map(\.name.rawValue))
    for node in nodes where chosenNames.contains(node.name.rawValue) && isKept(node) {
      report(
        .keptNode, "\(node.name) would go by choice although its node says that it is to be left alone.",
        worker: WorkerName(rawValue: node.name.rawValue))
    }
    let moving = evicted(chosenNames).filter { $0.priority >= policy.pace.priorityCutoff }
    guard !moving.isEmpty else { return }
    var free: [String: (cpu: Int64, memory: Int64, pods: Int64)] = [:]
    for node in nodes where node.conditions["Ready"]?.status == .yes && !node.unschedulable {
      if goingNames.contains(node.name.rawValue) || leavingNames.contains(node.name.rawValue) { continue }
      let room = node.allocatable
      free[node.name.rawValue] = (room.cpuMillicores, room.memoryBytes, room.pods)
    }
    for pod in pods where pod.phase != .succeeded && pod.phase != .failed {
      guard let node = (pod.node ?? pod.nominatedNode)?.rawValue, let room = free[node] else { continue }
      let (cpu, memory) = (clamped(pod.requests.cpuMillicores), clamped(pod.requests.memoryBytes))
      free[node] = (room.cpu &- cpu, room.memory &- memory, room.pods - 1)
    }
    // Wide enough for any sum, so that the order of the lists cannot matter.
    let cpu = moving.reduce(Int128(0)) { $0 + Int128(clamped($1.requests.cpuMillicores)) }
    let memory = moving.reduce(Int128(0)) { $0 + Int128(clamped($1.requests.memoryBytes)) }
    func sum(_ amount: KeyPath<(cpu: Int64, memory: Int64, pods: Int64), Int64>) -> Int128 {
      free.values.reduce(0) { $0 + Int128(max(0, $1[keyPath: amount])) }
    }
    if cpu > sum(\.cpu) || memory > sum(\.memory) || Int128(moving.count) > sum(\.pods) {
      report(.noPlace, "\(moving.count) pods would have to move, for which the nodes that stay have no room.")
    }
  }

  private func clamped(_ amount: Int64) -> Int64 { min(max(0, amount), 1 << 55) }

  private func isKept(_ node: NodeObservation) -> Bool {
    if node.annotations["cluster-autoscaler.kubernetes.io/scale-down-disabled"] == "true" { return true }
    if node.annotations["karpenter.sh/do-not-disrupt"] == "true" { return true }
    let foreign: Set = ["ToBeDeletedByClusterAutoscaler", "karpenter.sh/disrupted", "karpenter.sh/disruption"]
    return node.taints.contains { foreign.contains($0.key) }
  }

  /// Only spot workers give way, and only as many as there are above their pool's minimum; they are no choice of ours.
  mutating func checkPreemptions() {
    let preempted = plan.retirements.filter { $0.reason.code == "preempted" }
    for retirement in preempted {
      guard let record = recordsByName[retirement.worker] else { continue }
      if poolsByName[record.pool]?.kind != .spot || retirement.byChoice {
        report(
          .preemption, "\(record.name) would make room for others although it is no spot worker.", worker: record.name)
      }
    }
    for pool in policy.pools where pool.kind == .spot {
      let gone = preempted.filter { recordsByName[$0.worker]?.pool == pool.name }.count
      if gone > 0, wanted(in: pool.name).count - gone < pool.minimum {
        report(.preemption, "Pool \(pool.name) would have to give up workers of its minimum.", pool: pool.name)
      }
    }
  }

  /// A worker that is created to save money must replace workers that are there and wanted and cost so much more, and
  /// must be the only one of its pools.
  mutating func checkConsolidations() {
    var busy: [PoolName: Int] = [:]
    let isNew = plan.creations.contains { $0.reason.code == "consolidates" }
    for record in snapshot.workers where isNew && record.reason.code == "consolidates" && isComing(record) {
      let others = replacedNames(record.reason).compactMap { recordsByName[$0]?.pool }
      for pool in Set(others + [record.pool]) { busy[pool, default: 0] += 1 }
    }
    for creation in plan.creations where creation.reason.code == "consolidates" {
      let names = replacedNames(creation.reason)
      let replaced = names.compactMap { recordsByName[$0] }.filter { wantedNames.contains($0.name) }
      let before = replaced.reduce(Int64(0)) { $0 + $1.price.perHour.microunits }
      let saving = Double(before - creation.price.perHour.microunits)
      if replaced.isEmpty || replaced.count < names.count {
        report(.consolidation, "\(creation.worker) would replace workers that are not there.", worker: creation.worker)
      } else if saving <= 0 || saving * 100 < Double(before) * policy.consolidation.minimumSavingPercent {
        report(
          .consolidation, "\(creation.worker) would not cost enough less than what it replaces.",
          worker: creation.worker)
      }
      if !policy.consolidation.enabled {
        report(.consolidation, "\(creation.worker) would be created to save although that is disabled.")
      }
      for pool in Set(replaced.map(\.pool) + [creation.pool]) { busy[pool, default: 0] += 1 }
    }
    for pool in busy.keys.sorted() where busy[pool]! > 1 {
      report(.consolidation, "Pool \(pool) would have more than one consolidation at once.", pool: pool)
    }
  }

  private func replacedNames(_ reason: Reason) -> [WorkerName] {
    (reason.data["consolidates"] ?? "").split(separator: " ").map { WorkerName(rawValue: String($0)) }
  }

  private func isComing(_ record: WorkerRecord) -> Bool {
    guard wantedNames.contains(record.name) else { return false }
    switch record.state {
    case .requested, .provisioning, .joining: return true
    default: return false
    }
  }
}
