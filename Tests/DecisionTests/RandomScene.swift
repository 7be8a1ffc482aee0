import Model

@testable import Decision

/// Numbers from a seed: SplitMix64.
struct Seeded: RandomNumberGenerator {
  private var state: UInt64

  init(_ seed: Int) { state = UInt64(bitPattern: Int64(seed)) &* 0x9E37_79B9_7F4A_7C15 &+ 1 }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }

  mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &self) < percent }
  mutating func number(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &self) }
  mutating func pick<Element>(_ items: [Element]) -> Element { items[number(0...items.count - 1)] }
}

extension Scene {
  /// A snapshot that mixes everything: workers in all states and ages, pods, requests, sick nodes, spent budgets, missing
  /// readings.
  static func random(_ seed: Int) -> Scene {
    var random = Seeded(seed)
    var scene = Scene(isFull: random.chance(70))
    scene.randomisePolicy(&random)
    scene.randomiseWorkers(&random)
    scene.randomiseDemand(&random)
    scene.randomiseReadings(&random)
    scene.randomiseMoney(&random)
    scene.randomiseSignals(&random)
    scene.randomiseDisruption(&random)
    scene.randomiseStandby(&random)
    scene.randomiseUpgrades(&random)
    return scene
  }

  private mutating func randomisePolicy(_ random: inout Seeded) {
    policy.provisioning.parallelLimit = random.number(0...6)
    policy.triggers += [
      Scene.trigger("spot/pending_pods", "spot", .pendingPods, 3, .seconds(60)),
      Scene.trigger("permanent/cpu_pressure", "permanent", .cpuPressure, 80, .seconds(300)),
      Scene.trigger("permanent/memory_pressure", "permanent", .memoryPressure, 80, .seconds(300)),
      Scene.trigger("queue", "burst", .custom, 10, .zero),
    ]
    for pool in policy.pools.map(\.name) {
      let (minimum, maximum) = (random.number(0...3), random.number(3...12))
      let (isEnabled, cap) = (random.chance(95), random.pick([nil, 5, 50, 500, 5000]))
      changePool(pool) {
        $0.minimum = pool == "permanent" ? minimum + 1 : random.chance(80) ? 0 : minimum
        $0.maximum = maximum
        $0.enabled = isEnabled
        $0.monthlyBudget = cap.map { Money(Double($0)) }
      }
    }
    policy.money.monthlyBudget = random.pick([nil, 100, 1000, 10_000]).map { Money(Double($0)) }
    policy.money.burstEventMaximum = random.pick([nil, 3, 50]).map { Money(Double($0)) }
    changeHosts { host in
      host.online = random.chance(90)
      host.assignedMemoryBytes = .mebibytes(Int64(random.number(0...262_144)))
      host.freeGPUs = random.number(0...2)
    }
  }

  private mutating func randomiseWorkers(_ random: inout Seeded) {
    for _ in 0..<random.number(0...14) {
      let pool: PoolName = random.pick(["burst", "burst", "spot", "permanent", "gpu"])
      let state = random.pick(
        [.ready, .ready, .ready, .ready, .ready] + WorkerState.allCases.filter { $0 != .terminated })
      let template = random.pick(self.pool(pool).templates)
      let minutes = random.number(0...400)
      let name = addWorker(pool, template: template, state: state, age: .minutes(minutes)) { record in
        if state == .draining || (state == .ready && random.chance(10)) {
          record.removal = RemovalRecord(reason: record.reason, askedAt: Scene.now.advanced(by: .minutes(-3)))
        }
        if state == .failed { record.stateSince = Scene.now.advanced(by: .minutes(-random.number(0...20))) }
        if random.chance(10) {
          record.repair = RepairRecord(issue: random.pick(RepairIssue.allCases), since: record.createdAt)
          record.repair!.nextLevel = random.number(0...4)
          record.repair!.attempts = random.number(0...9)
          record.repair!.lastAttemptAt = Scene.now.advanced(by: .minutes(-random.number(0...30)))
        }
      }
      guard state == .ready || state == .unhealthy else { continue }
      if random.chance(20) {
        let type = random.pick(["Ready", "DiskPressure", "MemoryPressure"])
        setCondition(name, type, type == "Ready" ? .no : .yes, since: .minutes(random.number(0...40)))
      }
      if random.chance(10) { changeNode(name) { $0.unschedulable = true } }
      if random.chance(50) { snapshot.memory.idleSince[name] = ago(.minutes(random.number(0...60))) }
      if random.chance(50) {
        addRunning(random.number(1...4), on: name, cpu: Int64(random.number(0...900)), named: "load") {
          $0.tolerations = Scene.tolerations(&random)
          $0.ownerKind = random.pick(["ReplicaSet", "ReplicaSet", "DaemonSet", nil])
        }
      }
    }
  }

  static func tolerations(_ random: inout Seeded) -> [Toleration] {
    [Scene.burstTaint, Scene.spotTaint, Scene.gpuTaint].filter { _ in random.chance(45) }.map {
      Toleration(key: $0.key, value: $0.value, effect: $0.effect)
    }
  }

  private mutating func randomiseDemand(_ random: inout Seeded) {
    for group in 0..<random.number(0...6) {
      let tolerations = Scene.tolerations(&random)
      let (priority, isPicky, wantsGPU) = (random.pick([0, 0, 100, 1000, -20]), random.chance(10), random.chance(10))
      addPending(
        random.number(1...12), cpu: Int64(random.number(1...90) * 100), memory: Int64(random.number(1...160) * 100),
        waiting: .seconds(random.number(0...900)), named: "group\(group)"
      ) {
        $0.tolerations = tolerations
        $0.priority = priority
        if isPicky { $0.nodeSelector = ["node-pool": "burst"] }
        if wantsGPU { $0.requests.extended = ["nvidia.com/gpu": 1] }
      }
    }
    for _ in 0..<random.number(0...2) {
      let pool: PoolName = random.pick(["burst", "spot", "gpu", "permanent", "nowhere"])
      addRequest(random.number(1...6), pool: pool) { $0.served = random.number(0...2) }
    }
  }

  private mutating func randomiseReadings(_ random: inout Seeded) {
    for trigger in policy.triggers {
      let value = Double(random.number(0...100))
      switch random.number(0...9) {
      case 0: snapshot.readings[trigger.name] = .unknown("It is gone.")
      case 1: read(trigger.name, .nan)
      case 2...5: fire(trigger.name, max(value, trigger.threshold))
      default: read(trigger.name, value)
      }
    }
    for pool in policy.pools where random.chance(40) {
      var memory = PoolMemory()
      memory.lowSince = ago(.minutes(random.number(0...60)))
      memory.shrunkAt = ago(.minutes(random.number(0...60)))
      memory.retirements = (0..<random.number(0...3)).map { _ in ago(.minutes(random.number(0...60))) }
      snapshot.memory.pools[pool.name] = memory
    }
    if random.chance(5) { snapshot.pods = .unknown("lost") }
    if random.chance(5) { snapshot.nodes = .unknown("lost") }
    if random.chance(5) { snapshot.hosts = .unknown("lost") }
  }

  private mutating func randomiseMoney(_ random: inout Seeded) {
    if random.chance(10) {
      snapshot.spending = .unknown("lost")
      return
    }
    for pool in policy.pools {
      let cap = pool.monthlyBudget?.units ?? 100
      let spent = Money(cap * Double(random.number(0...110)) / 100)
      changeSpending { $0.byPool[pool.name] = spent }
    }
    let event = Double(random.number(0...50))
    changeSpending { $0.burstEvent = Money(event) }
  }

  /// The same in another order of everything that has none.
  func shuffled(_ seed: Int) -> Scene {
    var random = Seeded(seed)
    var other = self
    other.policy.pools.shuffle(using: &random)
    other.policy.templates.shuffle(using: &random)
    other.policy.triggers.shuffle(using: &random)
    other.snapshot.workers.shuffle(using: &random)
    other.snapshot.requests.shuffle(using: &random)
    other.snapshot.alerts.shuffle(using: &random)
    other.policy.schedules.shuffle(using: &random)
    other.snapshot.nodes = other.snapshot.nodes.map { $0.shuffled(using: &random) }
    other.snapshot.pods = other.snapshot.pods.map { $0.shuffled(using: &random) }
    other.snapshot.hosts = other.snapshot.hosts.map { $0.shuffled(using: &random) }
    other.snapshot.disruptionBudgets = other.snapshot.disruptionBudgets.map { $0.shuffled(using: &random) }
    other.snapshot.machines = other.snapshot.machines.map { $0.shuffled(using: &random) }
    for pool in other.policy.pools.indices { other.policy.pools[pool].templates.shuffle(using: &random) }
    return other
  }
}
