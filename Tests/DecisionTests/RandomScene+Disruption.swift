import Model

@testable import Decision

extension Scene {
  /// Pods of apps with budgets, annotations, local data and pods that must not meet; workers that have been little used
  /// for a while, substitutes that are ready, preemptions.
  mutating func randomiseDisruption(_ random: inout Seeded) {
    guard snapshot.nodes.value != nil, snapshot.pods.value != nil else { return }
    if random.chance(75) { quieten(&random) }
    if random.chance(30) { addDearWorker(&random) }
    let workers = snapshot.workers.filter { $0.state == .ready && $0.removal == nil }.map(\.name)
    for name in workers where random.chance(60) { addApp(on: name, &random) }
    for app in ["app-0", "app-1", "app-2"] where random.chance(30) {
      let (allowed, always, healthy) = (random.number(0...4), random.chance(20), random.number(0...3))
      addBudget("budget-\(app)", app: app, allowed: allowed) {
        $0.alwaysAllowsUnhealthy = always
        $0.currentHealthy = healthy
        $0.desiredHealthy = 2
      }
      if random.chance(15) { addBudget("second-\(app)", app: app, allowed: 1) }
    }
    if random.chance(5) { snapshot.disruptionBudgets = .unknown("lost") }
    for name in workers where random.chance(6) {
      let value = random.pick(["true", "true", "30m", "9h", "false"])
      changeNode(name) { $0.annotations["karpenter.sh/do-not-disrupt"] = value }
    }
    for name in workers where random.chance(70) {
      snapshot.memory.underUsedSince = snapshot.memory.underUsedSince ?? [:]
      snapshot.memory.underUsedSince![name] = ago(.minutes(random.number(0...40)))
    }
    if random.chance(70) { snapshot.memory.savingSince = ago(.minutes(random.number(0...30))) }
    if let old = workers.first, random.chance(15),
      let index = snapshot.workers.firstIndex(where: { $0.name == workers.last })
    {
      snapshot.workers[index].reason = Reason("consolidates", "For a test.", data: ["consolidates": old.rawValue])
      snapshot.workers[index].readyAt = ago(.minutes(random.number(0...90)))
    }
    if random.chance(20) {
      snapshot.memory.pools["spot", default: PoolMemory()].preemptions = [ago(.minutes(random.number(0...20)))]
    }
    if random.chance(15) {
      changeHosts { $0.assignedMemoryBytes = $0.memoryBytes }
      addWorker("spot")
      let more = snapshot.workers.count { $0.pool == "permanent" && $0.isStaying } + 1
      changePool("permanent") { $0.minimum = min($0.maximum, more) }
    }
    if random.chance(10) { policy.draining.deleteEmptyDirData = false }
  }

  /// A large worker for pods that a smaller one would hold.
  private mutating func addDearWorker(_ random: inout Seeded) {
    let minutes = random.number(5...170)
    let worker = addWorker("burst", template: "large", age: .minutes(minutes))
    let taints = random.chance(50) ? [Scene.burstTaint] : [Scene.burstTaint, Scene.spotTaint]
    addRunning(random.number(1...2), on: worker, cpu: Int64(random.number(25...70) * 100), named: "dear") {
      $0.tolerations = taints.map { Toleration(key: $0.key, value: $0.value, effect: $0.effect) }
    }
  }

  private mutating func addApp(on worker: WorkerName, _ random: inout Seeded) {
    let app = "app-\(random.number(0...2))"
    let isApart = app == "app-2"
    let pool = snapshot.workers.first { $0.name == worker }!.pool
    let own = self.pool(pool).taints.map { Toleration(key: $0.key, value: $0.value, effect: $0.effect) }
    let tolerations = own + Scene.tolerations(&random)
    let (isReady, kept, holdsData) = (random.chance(85), random.chance(4), random.chance(10))
    addRunning(random.number(1...3), on: worker, cpu: Int64(random.number(1...25) * 100), memory: 500, named: app) {
      $0.labels = ["app": app]
      $0.tolerations = tolerations
      $0.isReady = isReady
      if kept { $0.annotations["cluster-autoscaler.kubernetes.io/safe-to-evict"] = "false" }
      if holdsData { $0.localVolumes = ["scratch"] }
      guard isApart else { return }
      $0.constraints.podAntiAffinity = [
        PodAffinityTerm(selector: LabelSelector(matchLabels: ["app": app]), topologyKey: "kubernetes.io/hostname")
      ]
    }
  }

  /// Readings that let every pool shrink.
  private mutating func quieten(_ random: inout Seeded) {
    for trigger in policy.triggers {
      read(trigger.name, Double(random.number(0...2)))
      snapshot.memory.triggers[trigger.name] = nil
    }
    snapshot.requests = []
    for pool in policy.pools.map(\.name) {
      snapshot.memory.pools[pool]?.shrunkAt = nil
      snapshot.memory.pools[pool]?.retirements = []
    }
    let moving = snapshot.workers.filter { $0.state.isUnderWay || $0.removal != nil || $0.state.isLeaving }.map(\.name)
    for name in moving where random.chance(80) { remove(name) }
    policy.provisioning.parallelLimit = random.number(1...8)
    policy.pace.shrinkPercent = random.pick([20, 50, 100])
    guard random.chance(60) else { return }
    policy.money.monthlyBudget = nil
    policy.money.burstEventMaximum = nil
    for pool in policy.pools.map(\.name) { changePool(pool) { $0.monthlyBudget = nil } }
    changeHosts { $0.assignedMemoryBytes /= 4 }
  }

  private mutating func remove(_ worker: WorkerName) {
    snapshot.workers.removeAll { $0.name == worker }
    snapshot.nodes = snapshot.nodes.map { $0.filter { $0.name.rawValue != worker.rawValue } }
    snapshot.pods = snapshot.pods.map { $0.filter { $0.node?.rawValue != worker.rawValue } }
  }
}
