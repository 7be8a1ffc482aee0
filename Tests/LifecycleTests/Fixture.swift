import Lifecycle
import Model

/// A policy, a worker and a world that a test sets up in a line or two.
struct Fixture {
  static let start = Instant(rfc3339: "2026-03-01T08:00:00Z")!

  var policy: Policy
  var now = Fixture.start
  var record: WorkerRecord
  var world = WorkerObservation(
    machine: .known(nil, at: Fixture.start), node: .known(nil, at: Fixture.start), pods: .known([], at: Fixture.start))
  var actions: [WorkerAction] = []
  var events: [WorkerEvent] = []

  init(pool: PoolName = "burst", timeToLive: Duration? = .hours(4)) {
    policy = Self.makePolicy()
    let creation = Self.creation(pool: pool, timeToLive: timeToLive)
    record = WorkerLifecycle.request(creation, id: "id-1", policy: policy, now: now).record
  }

  static func creation(pool: PoolName, timeToLive: Duration?) -> Creation {
    var creation = Creation(
      worker: WorkerName(pool: pool, number: 1), pool: pool, template: "medium",
      price: HourlyPrice(perHour: Money(0.24)), commitment: .zero, reason: Reason("pending_pods", "Five pods wait."))
    creation.timeToLive = timeToLive
    return creation
  }

  static func makePolicy() -> Policy {
    var burst = Pool(name: "burst", kind: .burst, maximum: 20, defaultTemplate: "medium", templates: ["medium"])
    burst.labels = ["node-pool": "burst", "worker-type": "temporary"]
    burst.taints = [Taint(key: "workload-type", value: "burst", effect: .noSchedule)]
    burst.timeToLive = TimeToLivePolicy(standard: .hours(4), maximum: .hours(12))
    var spot = Pool(name: "spot", kind: .spot, maximum: 15, defaultTemplate: "medium", templates: ["medium"])
    spot.preemptionGrace = .seconds(300)
    let permanent = Pool(
      name: "permanent", kind: .permanent, maximum: 10, defaultTemplate: "medium", templates: ["medium"])
    let medium = Template(
      name: "medium", source: MachineID(9002),
      machine: .init(cpuCores: 8, memoryBytes: .mebibytes(16384), diskBytes: .gigabytes(200)),
      allocatable: Resources(cpuMillicores: 7800, memoryBytes: .mebibytes(15360)),
      price: HourlyPrice(perHour: Money(0.24)),
      labels: ["workload-size": "medium", "storage-tier": "standard", "network-speed": "1g"])
    return Policy(clusterName: "home", pools: [burst, spot, permanent], templates: [medium])
  }

  // MARK: Time and steps

  mutating func wait(_ duration: Duration) { now = now.advanced(by: duration) }

  /// Everything that is known is known as of now.
  mutating func look() {
    if let value = world.machine.value { world.machine = .known(value, at: now) }
    if let value = world.node.value { world.node = .known(value, at: now) }
    if let value = world.pods.value { world.pods = .known(value, at: now) }
  }

  @discardableResult
  mutating func advance(after duration: Duration = .zero, looking: Bool = true) -> [WorkerAction] {
    wait(duration)
    if looking { look() }
    return take(WorkerLifecycle.advance(record, seeing: world, now: now, policy: policy))
  }

  mutating func answer(_ outcome: ActionOutcome, to action: WorkerAction) {
    take(WorkerLifecycle.apply(outcome, of: action, to: record, now: now, policy: policy))
  }

  mutating func retire(_ code: String = "expired", byChoice: Bool = false, force: Bool = false) {
    let retirement = Retirement(
      worker: record.name, byChoice: byChoice, force: force, reason: Reason(code, "It is to go."))
    take(WorkerLifecycle.retire(record, retirement, now: now, policy: policy))
  }

  mutating func repair(_ action: RepairAction, _ issue: RepairIssue = .notReady, level: Int = 0) {
    let order = RepairOrder(
      worker: record.name, issue: issue, level: level, action: action, since: now,
      reason: Reason("repair", "It is ill."))
    take(WorkerLifecycle.repair(record, order, now: now, policy: policy))
  }

  @discardableResult
  mutating func take(_ transition: WorkerTransition) -> [WorkerAction] {
    record = transition.record
    actions = transition.actions
    events = transition.events
    return actions
  }

  var step: LifecycleStep? { record.step.flatMap { LifecycleStep(rawValue: $0.name) } }
  var codes: [String] { events.map(\.code) }

  // MARK: The world

  var owner: MachineOwner {
    MachineOwner(cluster: "home", pool: record.pool, worker: record.name, id: record.id)
  }

  var machine: MachineObservation? {
    get { world.machine.value ?? nil }
    set { world.machine = .known(newValue, at: now) }
  }

  var node: NodeObservation? {
    get { world.node.value ?? nil }
    set { world.node = .known(newValue, at: now) }
  }

  var pods: [PodObservation] {
    get { world.pods.value ?? [] }
    set { world.pods = .known(newValue, at: now) }
  }

  /// Of the worker's machine.
  static let uuid = "5b6f0c1e-7d7a-4c5e-9f4e-0a1b2c3d4e5f"

  mutating func makeMachine(power: MachineObservation.Power = .stopped, configured: Bool = false) {
    var made = MachineObservation(
      id: MachineID(20001), name: record.name.rawValue, host: "pve1", power: power, owner: owner)
    made.configured = configured
    made.uuid = Self.uuid
    machine = made
  }

  mutating func makeNode(ready: Bool = true) {
    var made = NodeObservation(
      name: NodeName(record.name.rawValue), uid: "uid-1", createdAt: now, allocatable: .zero)
    made.conditions["Ready"] = .init(status: ready ? .yes : .no, since: now)
    made.systemUUID = Self.uuid
    node = made
  }

  /// As the program's calls leave the node.
  mutating func cordonNode(_ isCordoned: Bool = true) {
    node?.unschedulable = isCordoned
    node?.annotations[NodeObservation.cordonMark] = isCordoned ? "true" : nil
  }

  mutating func setCondition(_ type: String, _ status: NodeObservation.ConditionStatus) {
    let condition = NodeObservation.Condition(status: status, since: now)
    node?.conditions[type] = condition
  }

  static func pod(_ name: String, priority: Int = 0, owner: String? = "ReplicaSet") -> PodObservation {
    var pod = PodObservation(
      key: PodKey(namespace: "web", name: name), uid: "uid-\(name)", createdAt: Fixture.start, phase: .running,
      requests: .zero)
    pod.priority = priority
    pod.ownerKind = owner
    return pod
  }

  // MARK: Shortcuts through a life

  /// In `provisioning`, at this step, as far as the world allows.
  static func provisioning(at step: LifecycleStep) -> Fixture {
    var fixture = Fixture()
    fixture.advance()
    guard step != .clone else { return fixture }
    fixture.answer(.cloned(machine: MachineID(20001), task: "UPID:1"), to: .clone(host: nil))
    fixture.makeMachine()
    fixture.world.task = .succeeded
    fixture.advance(after: .seconds(40))
    fixture.world.task = nil
    guard step != .configure else { return fixture }
    fixture.machine?.configured = true
    fixture.advance(after: .seconds(5))
    guard step != .start else { return fixture }
    fixture.machine?.power = .running
    fixture.advance(after: .seconds(5))
    guard step != .boot else { return fixture }
    fixture.world.system = SystemObservation(stage: .maintenance, kubeletRunning: false)
    fixture.advance(after: .seconds(30))
    return fixture
  }

  static func joining() -> Fixture {
    var fixture = provisioning(at: .applyConfiguration)
    fixture.answer(.succeeded, to: fixture.actions[0])
    fixture.world.system = nil
    return fixture
  }

  static func ready() -> Fixture {
    var fixture = joining()
    fixture.wait(.seconds(40))
    fixture.makeNode()
    fixture.world.system = SystemObservation(stage: .running, kubeletRunning: true)
    fixture.advance()
    let labels = NodeLabels.labels(of: fixture.record, policy: fixture.policy)
    fixture.node?.labels = labels
    fixture.advance(after: .seconds(5))
    return fixture
  }

  static func unhealthy() -> Fixture {
    var fixture = ready()
    fixture.wait(.minutes(10))
    fixture.setCondition("Ready", .unknown)
    fixture.advance(after: .minutes(5))
    return fixture
  }

  /// Cordoned and evicting.
  static func draining(pods: [PodObservation], byChoice: Bool = false, code: String = "expired") -> Fixture {
    var fixture = ready()
    fixture.pods = pods
    fixture.retire(code, byChoice: byChoice)
    fixture.advance(after: .seconds(5))
    fixture.cordonNode()
    fixture.answer(.succeeded, to: .cordon)
    return fixture
  }

  static func terminating() -> Fixture {
    var fixture = draining(pods: [])
    fixture.advance(after: .seconds(5))
    return fixture
  }
}
