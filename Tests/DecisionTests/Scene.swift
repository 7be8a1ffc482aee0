import Model

@testable import Decision

/// A small cluster for tests: pools and templates like the operator's own, with every reading known and quiet.
struct Scene {
  var policy: Policy
  var snapshot: Snapshot

  static let now = Instant(rfc3339: "2026-11-10T12:00:00Z")!
  static let monthStart = Instant(rfc3339: "2026-11-01T00:00:00Z")!
  static let monthEnd = Instant(rfc3339: "2026-12-01T00:00:00Z")!
  static let burstTaint = Taint(key: "workload-type", value: "burst", effect: .noSchedule)
  static let spotTaint = Taint(key: "workload-type", value: "spot", effect: .noSchedule)
  static let gpuTaint = Taint(key: "nvidia.com/gpu", value: "true", effect: .noSchedule)

  /// With three permanent workers that are full, unless told otherwise, and nothing else.
  init(isFull: Bool = true) {
    policy = Policy(
      clusterName: "test", pools: [Self.permanent(), Self.burst(), Self.spot(), Self.gpu()],
      templates: Self.templates(),
      triggers: [
        Self.trigger("burst/pending_pods", "burst", .pendingPods, 5, .seconds(120)),
        Self.trigger("burst/cpu_pressure", "burst", .cpuPressure, 80, .seconds(300)),
      ])
    policy.money.burstEventMaximum = Money(50)
    snapshot = Snapshot(now: Self.now)
    snapshot.nodes = .known([], at: Self.now)
    snapshot.pods = .known([], at: Self.now)
    snapshot.hosts = .known(
      (1...3).map { number in
        HostObservation(
          name: HostName("pve-0\(number)"), online: true, cpuCores: 64, memoryBytes: .mebibytes(262_144),
          freeStorageBytes: .gigabytes(8000))
      }, at: Self.now)
    snapshot.machines = .known([], at: Self.now)
    snapshot.disruptionBudgets = .known([], at: Self.now)
    var spending = Spending(month: "2026-11", monthStart: Self.monthStart, monthEnd: Self.monthEnd)
    spending.byPool = [:]
    snapshot.spending = .known(spending, at: Self.now)
    read("burst/pending_pods", 0)
    read("burst/cpu_pressure", 20)
    for _ in 0..<3 {
      let worker = addWorker("permanent")
      if isFull { addRunning(1, on: worker, cpu: 7000, memory: 14_000, named: "base") }
    }
  }

  static func templates() -> [Template] {
    func template(_ name: TemplateName, _ id: Int, _ cores: Int, _ allocatable: Resources, _ price: Double) -> Template
    {
      let machine = Template.Machine(
        cpuCores: cores, memoryBytes: .mebibytes(Int64(name == "gpu-nvidia" ? 32768 : cores * 2048)),
        diskBytes: .gigabytes(Int64(cores * 25)), gpus: allocatable.extended.isEmpty ? 0 : 1)
      return Template(
        name: name, source: MachineID(id), machine: machine, allocatable: allocatable,
        price: HourlyPrice(perHour: Money(price)))
    }
    func room(_ cpu: Int64, _ memory: Int64, _ pods: Int64 = 100, gpus: Int64 = 0) -> Resources {
      Resources(
        cpuMillicores: cpu, memoryBytes: .mebibytes(memory), ephemeralStorageBytes: .gigabytes(90), pods: pods,
        extended: ["nvidia.com/gpu": gpus])
    }
    return [
      template("small", 9001, 4, room(3800, 7680), 0.12), template("medium", 9002, 8, room(7800, 15360), 0.24),
      template("large", 9003, 16, room(15800, 30720, 110), 0.48),
      template("gpu-nvidia", 9004, 8, room(7800, 30720, gpus: 1), 1.20),
    ]
  }

  static func permanent() -> Pool {
    var pool = Pool(
      name: "permanent", kind: .permanent, minimum: 3, maximum: 10, defaultTemplate: "medium",
      templates: ["large", "medium", "small"])
    pool.utilisation = UtilisationPolicy(
      cpuTargetPercent: 70, memoryTargetPercent: 75, growAtPercent: 80, shrinkAtPercent: 50)
    pool.growCooldown = .seconds(300)
    pool.monthlyBudget = Money(2000)
    pool.servesPendingPods = false
    return pool
  }

  static func burst() -> Pool {
    var pool = Pool(
      name: "burst", kind: .burst, maximum: 20, defaultTemplate: "medium", templates: ["large", "medium", "small"])
    pool.taints = [burstTaint]
    pool.timeToLive = TimeToLivePolicy(standard: .hours(4), maximum: .hours(12))
    pool.idleTimeout = .minutes(30)
    pool.monthlyBudget = Money(200)
    return pool
  }

  static func spot() -> Pool {
    var pool = Pool(
      name: "spot", kind: .spot, maximum: 15, defaultTemplate: "medium", templates: ["large", "medium", "small"])
    pool.taints = [spotTaint, Taint(key: "preemptible", value: "true", effect: .preferNoSchedule)]
    pool.savingPercent = 70
    pool.idleTimeout = .minutes(30)
    pool.monthlyBudget = Money(100)
    return pool
  }

  static func gpu() -> Pool {
    var pool = Pool(
      name: "gpu", kind: .gpu, maximum: 5, defaultTemplate: "gpu-nvidia", templates: ["gpu-nvidia"])
    pool.taints = [gpuTaint]
    pool.monthlyBudget = Money(1000)
    return pool
  }

  static func trigger(
    _ name: TriggerName, _ pool: PoolName, _ kind: Trigger.Kind, _ threshold: Double, _ hold: Duration
  ) -> Trigger {
    Trigger(name: name, pool: pool, kind: kind, expression: "vector(1)", threshold: threshold, hold: hold)
  }

  // MARK: what is there

  mutating func read(_ trigger: TriggerName, _ value: Double) {
    snapshot.readings[trigger] = .known(Reading(value: value, at: snapshot.now), at: snapshot.now)
  }

  /// Makes a trigger have fired for a while already.
  mutating func fire(_ trigger: TriggerName, _ value: Double) {
    read(trigger, value)
    var state = TriggerState(phase: .firing, since: ago(.seconds(30)))
    state.trueSince = ago(.hours(1))
    state.lastReading = Reading(value: value, at: ago(.seconds(5)))
    snapshot.memory.triggers[trigger] = state
  }

  func ago(_ span: Duration) -> Instant { snapshot.now.advanced(by: .zero - span) }

  func pool(_ name: PoolName) -> Pool { policy.pool(name)! }

  mutating func changePool(_ name: PoolName, _ change: (inout Pool) -> Void) {
    change(&policy.pools[policy.pools.firstIndex { $0.name == name }!])
  }

  mutating func changeSpending(_ change: (inout Spending) -> Void) {
    var spending = snapshot.spending.value!
    change(&spending)
    snapshot.spending = .known(spending, at: snapshot.now)
  }

  /// A worker that has been ready for an hour, with its node, unless `change` says otherwise.
  @discardableResult
  mutating func addWorker(
    _ pool: PoolName, template: TemplateName? = nil, state: WorkerState = .ready, age: Duration = .hours(1),
    _ change: (inout WorkerRecord) -> Void = { _ in }
  ) -> WorkerName {
    let policyPool = self.pool(pool)
    let template = policy.template(template ?? policyPool.defaultTemplate)!
    var number = snapshot.workers.count { $0.pool == pool } + 1
    while snapshot.workers.contains(where: { $0.name == WorkerName(pool: pool, number: number) }) { number += 1 }
    let name = WorkerName(pool: pool, number: number)
    var record = WorkerRecord(
      id: WorkerID("id-\(name)"), name: name, pool: pool, template: template.name,
      price: policyPool.price(of: template),
      reason: Reason("requested", "For a test."), createdAt: ago(age))
    record.state = state
    record.host = HostName("pve-0\(number % 3 + 1)")
    if !state.isUnderWay {
      record.machine = MachineID(1000 + snapshot.workers.count)
      record.readyAt = ago(age)
      record.billedFrom = ago(age)
    }
    if let life = policyPool.timeToLive {
      record.timeToLive = TimeToLiveRecord(
        expiresAt: record.createdAt.advanced(by: life.standard), latest: record.createdAt.advanced(by: life.maximum))
    }
    change(&record)
    snapshot.workers.append(record)
    if record.state == .ready || record.state == .unhealthy || record.state == .draining { addNode(record, template) }
    return name
  }

  private mutating func addNode(_ record: WorkerRecord, _ template: Template) {
    let pool = self.pool(record.pool)
    var node = NodeObservation(
      name: NodeName(record.name.rawValue), uid: "node-\(record.name)", createdAt: record.createdAt,
      allocatable: template.allocatable)
    node.labels = pool.labels
    node.taints = pool.taints
    node.unschedulable = record.state == .draining
    node.conditions["Ready"] = NodeObservation.Condition(status: .yes, since: record.createdAt)
    change(\.nodes) { $0.append(node) }
  }

  mutating func changeNode(_ worker: WorkerName, _ change: (inout NodeObservation) -> Void) {
    self.change(\.nodes) { nodes in
      change(&nodes[nodes.firstIndex { $0.name.rawValue == worker.rawValue }!])
    }
  }

  mutating func setCondition(
    _ worker: WorkerName, _ type: String, _ status: NodeObservation.ConditionStatus, since span: Duration
  ) {
    let condition = NodeObservation.Condition(status: status, since: ago(span))
    changeNode(worker) { $0.conditions[type] = condition }
  }

  private mutating func change<Value>(
    _ list: WritableKeyPath<Snapshot, Observed<[Value]>>, _ body: (inout [Value]) -> Void
  ) {
    var values = snapshot[keyPath: list].value ?? []
    body(&values)
    snapshot[keyPath: list] = .known(values, at: snapshot.now)
  }

  mutating func changeHosts(_ change: (inout HostObservation) -> Void) {
    self.change(\.hosts) { hosts in for index in hosts.indices { change(&hosts[index]) } }
  }

  /// Pods that wait, tolerating a taint if one is given.
  mutating func addPending(
    _ count: Int, cpu: Int64 = 1000, memory: Int64 = 1024, tolerating taint: Taint? = Scene.burstTaint,
    waiting: Duration = .seconds(150), named prefix: String = "web", _ change: (inout PodObservation) -> Void = { _ in }
  ) {
    for number in 0..<count {
      var pod = PodObservation(
        key: PodKey(namespace: "default", name: "\(prefix)-\(number)"), uid: "\(prefix)-\(number)",
        createdAt: ago(waiting), phase: .pending,
        requests: Resources(cpuMillicores: cpu, memoryBytes: .mebibytes(memory)))
      pod.unschedulable = true
      pod.ownerKind = "ReplicaSet"
      pod.ownerName = prefix
      if let taint { pod.tolerations = [Toleration(key: taint.key, value: taint.value, effect: taint.effect)] }
      change(&pod)
      self.change(\.pods) { $0.append(pod) }
    }
  }

  /// Pods that run on a worker's node.
  mutating func addRunning(
    _ count: Int, on worker: WorkerName, cpu: Int64 = 1000, memory: Int64 = 1024, named prefix: String = "app",
    _ change: (inout PodObservation) -> Void = { _ in }
  ) {
    for number in 0..<count {
      var pod = PodObservation(
        key: PodKey(namespace: "default", name: "\(prefix)-\(worker)-\(number)"), uid: "\(prefix)-\(worker)-\(number)",
        createdAt: ago(.hours(1)), phase: .running,
        requests: Resources(cpuMillicores: cpu, memoryBytes: .mebibytes(memory)))
      pod.node = NodeName(worker.rawValue)
      pod.ownerKind = "ReplicaSet"
      pod.ownerName = prefix
      change(&pod)
      self.change(\.pods) { $0.append(pod) }
    }
  }

  /// A disruption budget over the pods with a label `app`.
  mutating func addBudget(
    _ name: String, app: String, allowed: Int, _ change: (inout DisruptionBudgetObservation) -> Void = { _ in }
  ) {
    var budget = DisruptionBudgetObservation(
      namespace: "default", name: name, selector: LabelSelector(matchLabels: ["app": app]), disruptionsAllowed: allowed)
    change(&budget)
    self.change(\.disruptionBudgets) { $0.append(budget) }
  }

  mutating func changePods(_ change: (inout PodObservation) -> Void) {
    self.change(\.pods) { pods in for index in pods.indices { change(&pods[index]) } }
  }

  mutating func changeWorker(_ name: WorkerName, _ change: (inout WorkerRecord) -> Void) {
    change(&snapshot.workers[snapshot.workers.firstIndex { $0.name == name }!])
  }

  /// As if all workers' pods had asked for little for so long.
  mutating func underUse(for span: Duration) {
    snapshot.memory.underUsedSince = Dictionary(
      uniqueKeysWithValues: snapshot.workers.map { ($0.name, ago(span)) })
  }

  mutating func addRequest(
    _ workers: Int, pool: PoolName, _ change: (inout ScaleRequest) -> Void = { _ in }
  ) {
    let id = RequestID("request-\(snapshot.requests.count + 1)")
    var request = ScaleRequest(id: id, pool: pool, workers: workers, askedAt: ago(.minutes(1)), askedBy: "anna")
    change(&request)
    snapshot.requests.append(request)
  }

  /// The decision, with its plan passed by the checker.
  func decide() -> DecisionResult { Decision.plan(snapshot: snapshot, policy: policy) }

  /// Later, with the memory of a decision and the same readings again.
  mutating func advance(by span: Duration, after result: DecisionResult) {
    snapshot.now = snapshot.now.advanced(by: span)
    snapshot.memory = result.memory
    let now = snapshot.now
    snapshot.nodes = refreshed(snapshot.nodes, now)
    snapshot.pods = refreshed(snapshot.pods, now)
    snapshot.hosts = refreshed(snapshot.hosts, now)
    snapshot.machines = refreshed(snapshot.machines, now)
    snapshot.disruptionBudgets = refreshed(snapshot.disruptionBudgets, now)
    snapshot.spending = refreshed(snapshot.spending, now)
    for (trigger, reading) in snapshot.readings {
      if case .known(let old, _) = reading { read(trigger, old.value) }
    }
  }

  private func refreshed<Value>(_ observed: Observed<Value>, _ now: Instant) -> Observed<Value> {
    observed.value.map { .known($0, at: now) } ?? observed
  }
}

extension DecisionResult {
  func pool(_ name: PoolName) -> PoolReport { report.pools.first { $0.pool == name }! }
  func codes(_ pool: PoolName) -> [String] { self.pool(pool).reasons.map(\.code) }
  func worker(_ name: WorkerName) -> WorkerReport { report.workers.first { $0.worker == name }! }
  func created(_ pool: PoolName) -> [TemplateName] {
    plan.creations.filter { $0.pool == pool }.map(\.template).sorted()
  }
}
