import Model
import Ports
import Simulator

@testable import SimulatedRuns

/// A small world, its policy and a journal, from which moments are made by hand.
struct Stage {
  static let start = Instant(rfc3339: "2026-11-10T12:00:00Z")!
  static let cluster = "prod-k8s"

  var scene: Scene
  var world: World
  var policy: Policy
  var now = Stage.start
  /// By how much the program's clock is ahead.
  var offset: Duration = .zero
  var phase = RunPhases.Phase.safety
  private(set) var records: [WorkerID: WorkerRecord] = [:]
  private var seen: [WorkerRecord] = []

  init(_ shape: (inout Scene) -> Void = { _ in }) {
    var world = World(seed: 1, start: Self.start, clusterName: Self.cluster, timings: .fast)
    for name in ["pve-1", "pve-2"] {
      world.add(
        SimulatedHost(
          name: HostName(name), cpuCores: 64, memoryBytes: .mebibytes(256 * 1024), storageBytes: .gigabytes(8000)))
    }
    world.addTemplateMachine(MachineID(9001), name: "talos-small", on: "pve-1")
    world.addForeignMachine(
      MachineID(100), name: "nas", on: "pve-2",
      hardware: Template.Machine(cpuCores: 4, memoryBytes: .mebibytes(8192), diskBytes: .gigabytes(500)))
    let end = Self.start.advanced(by: .hours(96))
    var scene = Scene(
      seed: 1, profile: .swarm, world: world, policy: Self.policy(),
      phases: RunPhases(
        start: Self.start, faultsFrom: Self.start, faultsUntil: end.advanced(by: .hours(-48)),
        healedBy: end.advanced(by: .hours(-24)), end: end))
    shape(&scene)
    self.scene = scene
    self.world = scene.world
    policy = scene.policy
  }

  private static func policy() -> Policy {
    let small = Template(
      name: "small", source: MachineID(9001),
      machine: .init(cpuCores: 4, memoryBytes: .mebibytes(8 * 1024), diskBytes: .gigabytes(80)),
      allocatable: Resources(
        cpuMillicores: 3800, memoryBytes: .mebibytes(7 * 1024), ephemeralStorageBytes: .gigabytes(70), pods: 100),
      price: HourlyPrice(perHour: Money(1)))
    var burst = Pool(name: "burst", kind: .burst, maximum: 10, defaultTemplate: "small", templates: ["small"])
    burst.timeToLive = TimeToLivePolicy(standard: .hours(4), maximum: .hours(8))
    burst.idleTimeout = .minutes(20)
    let spot = Pool(name: "spot", kind: .spot, minimum: 1, maximum: 10, defaultTemplate: "small", templates: ["small"])
    return Policy(
      clusterName: cluster, pools: [burst, spot], templates: [small],
      triggers: [
        Trigger(
          name: "burst/pending_pods", pool: "burst", kind: .pendingPods, expression: "pending_pods", threshold: 1,
          hold: .seconds(60))
      ])
  }

  // MARK: - Records

  /// A record that is not in the journal yet.
  func record(
    _ number: Int, _ pool: PoolName = "burst", _ state: WorkerState = .ready, because code: String = "pending_pods"
  ) -> WorkerRecord {
    var record = WorkerRecord(
      id: WorkerID("\(pool)-\(number)"), name: WorkerName(pool: pool, number: number), pool: pool, template: "small",
      price: HourlyPrice(perHour: Money(1)), reason: Reason(code, "It is wanted."), createdAt: programNow)
    record.state = state
    if state != .requested, state != .provisioning { record.readyAt = programNow }
    return record
  }

  var programNow: Instant { now.advanced(by: offset) }

  /// Writes a record into the journal.
  mutating func write(_ record: WorkerRecord) { records[record.id] = record }

  mutating func change(_ id: WorkerID, _ body: (inout WorkerRecord) -> Void) { body(&records[id]!) }

  /// Moves the end of a worker's life, or the latest that it may have.
  mutating func move(_ id: WorkerID, expiry: Duration = .zero, latest: Duration = .zero) {
    guard var life = records[id]?.timeToLive else { return }
    life.expiresAt = life.expiresAt.advanced(by: expiry)
    life.latest = life.latest.advanced(by: latest)
    records[id]?.timeToLive = life
  }

  /// Asks for a worker's removal, in the journal.
  mutating func remove(_ id: WorkerID, because code: String, force: Bool = false) {
    let at = programNow
    change(id) {
      $0.state = .draining
      $0.removal = RemovalRecord(reason: Reason(code, "It goes."), askedAt: at, force: force)
      $0.removal?.drainStartedAt = at
    }
  }

  // MARK: - The world

  /// Makes a worker's machine and waits until its node is Ready.
  mutating func build(_ record: WorkerRecord) throws -> WorkerRecord {
    let owner = owner(of: record)
    let template = policy.template(record.template)!
    let (machine, _) = try world.clone(
      CloneRequest(template: template, owner: owner, host: "pve-1", createdAt: record.createdAt), at: now)
    pass(.seconds(2))
    var record = record
    record.billedFrom = programNow
    record.machine = machine
    record.host = "pve-1"
    try world.configure(machine, owner: owner, as: template, at: now)
    try world.start(machine, owner: owner, at: now)
    pass(.seconds(2))
    let labels = ["node-pool": record.pool.rawValue]
    try world.apply(NodeConfiguration(hostname: record.name, labels: labels, taints: []), to: machine, at: now)
    pass(.seconds(10))
    return record
  }

  func owner(of record: WorkerRecord) -> MachineOwner {
    MachineOwner(cluster: Self.cluster, pool: record.pool, worker: record.name, id: record.id)
  }

  mutating func pass(_ duration: Duration) {
    now = now.advanced(by: duration)
    world.advance(to: now)
  }

  /// A service of so many pods, which run wherever there is room.
  mutating func serve(_ name: String, pods: Double, millicores: Int64 = 500) {
    let pod = PodTemplate(
      requests: Resources(cpuMillicores: millicores, memoryBytes: .mebibytes(64)), labels: ["app": name])
    world.add(Workload(name: name, kind: .deployment(replicas: .constant(pods)), pod: pod, startsAt: now))
  }

  // MARK: - Moments

  /// The moment after a step of so long, in which the program decided.
  mutating func moment(after step: Duration = .seconds(30), _ shape: (inout Moment) -> Void = { _ in }) -> Moment {
    pass(step)
    var moment = Moment(now: now, phase: phase, policy: policy, world: world)
    moment.programNow = programNow
    moment.records = records.values.sorted { $0.id < $1.id }
    moment.changed = RecordChanges.between(seen, moment.records)
    moment.decision = (snapshot(), Plan(), Report(at: programNow))
    seen = moment.records
    shape(&moment)
    return moment
  }

  /// What a decision of now sees, of the records as they were before it.
  func snapshot() -> Snapshot {
    var world = world
    var snapshot = Snapshot(now: programNow)
    snapshot.workers = seen.filter { $0.state != .terminated }.sorted { $0.name < $1.name }
    if let machines = try? world.machineObservations(at: now) { snapshot.machines = .known(machines, at: programNow) }
    if let nodes = try? world.nodeObservations(at: now) { snapshot.nodes = .known(nodes, at: programNow) }
    if let pods = try? world.podObservations(at: now) { snapshot.pods = .known(pods, at: programNow) }
    return snapshot
  }

  /// Lets a checker see steps of half a minute for so long.
  mutating func watch(
    _ checker: inout some Checker, for length: Duration, _ shape: (inout Moment) -> Void = { _ in }
  ) -> [Violation] {
    var found: [Violation] = []
    let end = now.advanced(by: length)
    while now < end { found += checker.see(moment(after: .seconds(30), shape)) }
    return found
  }

  /// What a new checker finds when it watches for so long; the stage stays where it is.
  func find<Kind: Checker>(
    _ kind: Kind.Type, for length: Duration, _ shape: (inout Moment) -> Void = { _ in }
  ) -> [Violation] {
    var stage = self
    var checker = kind.init(scene)
    return stage.watch(&checker, for: length, shape)
  }
}
