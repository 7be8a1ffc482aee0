public import Model

/// Verifies a plan against the hard rules, by arithmetic of its own: nothing here calls what made the plan, so that an
/// error there does not hide itself.
public enum PlanChecker {
  /// All rules that the plan breaks, in the order of its entries; empty when it may be carried out.
  public static func check(_ plan: Plan, snapshot: Snapshot, policy: Policy) -> [PlanViolation] {
    var inspection = PlanInspection(plan: plan, snapshot: snapshot, policy: policy)
    inspection.checkCreations()
    inspection.checkStandbys()
    inspection.checkMoney()
    inspection.checkHosts()
    inspection.checkRetirements()
    inspection.checkShrinkPace()
    inspection.checkDisruption()
    inspection.checkPlaces()
    inspection.checkPreemptions()
    inspection.checkConsolidations()
    inspection.checkUpgrades()
    inspection.checkRepairs()
    return inspection.violations
  }
}

/// One check in progress.
struct PlanInspection {
  let plan: Plan
  let snapshot: Snapshot
  let policy: Policy
  let poolsByName: [PoolName: Pool]
  let templatesByName: [TemplateName: Template]
  let recordsByName: [WorkerName: WorkerRecord]
  /// Neither leaving nor asked to.
  private let wantedByPool: [PoolName: [WorkerRecord]]
  let wantedNames: Set<WorkerName>
  /// Standby clones, by name; those that are to stay are in `keptReserves`, too.
  let reserves: [WorkerName: WorkerRecord]
  let keptReserves: Set<WorkerName>
  var violations: [PlanViolation] = []

  init(plan: Plan, snapshot: Snapshot, policy: Policy) {
    self.plan = plan
    self.snapshot = snapshot
    self.policy = policy
    poolsByName = Dictionary(policy.pools.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    templatesByName = Dictionary(policy.templates.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    recordsByName = Dictionary(snapshot.workers.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    let wanted = snapshot.workers.filter(Self.isWanted)
    wantedByPool = Dictionary(grouping: wanted, by: \.pool)
    wantedNames = Set(wanted.map(\.name))
    let standing = snapshot.workers.filter { $0.state != .terminated && Self.isStandby($0) }
    reserves = Dictionary(standing.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    let out: Set<WorkerState> = [.draining, .failed, .terminating]
    keptReserves = Set(standing.filter { $0.removal == nil && !out.contains($0.state) }.map(\.name))
  }

  mutating func report(
    _ rule: PlanViolation.Rule, _ sentence: String, pool: PoolName? = nil, worker: WorkerName? = nil
  ) {
    violations.append(PlanViolation(rule, sentence, pool: pool, worker: worker))
  }

  func wanted(in pool: PoolName) -> [WorkerRecord] { wantedByPool[pool] ?? [] }

  private static func isWanted(_ record: WorkerRecord) -> Bool {
    guard record.removal == nil, !isStandby(record) else { return false }
    switch record.state {
    case .requested, .provisioning, .joining, .ready, .unhealthy, .repairing: return true
    case .standby, .draining, .failed, .terminating, .terminated: return false
    }
  }

  /// Made in advance and not yet taken into use.
  private static func isStandby(_ record: WorkerRecord) -> Bool {
    record.standby.map { $0.activatedAt == nil } ?? (record.state == .standby)
  }

  mutating func checkCreations() {
    var names = Set(snapshot.workers.filter { $0.state != .terminated }.map(\.name.rawValue))
    for node in snapshot.nodes.value ?? [] { names.insert(node.name.rawValue) }
    for machine in snapshot.machines.value ?? [] { names.insert(machine.name) }
    for creation in plan.creations {
      if creation.isActivation {
        checkActivation(creation)
      } else if !names.insert(creation.worker.rawValue).inserted {
        report(.nameInUse, "The name \(creation.worker) is in use already.", worker: creation.worker)
      }
      guard let pool = poolsByName[creation.pool] else {
        report(.unknownPool, "There is no pool \(creation.pool).", pool: creation.pool, worker: creation.worker)
        continue
      }
      if !pool.enabled { report(.poolDisabled, "Pool \(pool.name) is disabled.", pool: pool.name) }
      guard let template = templatesByName[creation.template] else {
        report(.unknownTemplate, "There is no template \(creation.template).", worker: creation.worker)
        continue
      }
      let expected = (Double(template.price.perHour.microunits) * (100 - pool.savingPercent) / 100).rounded()
      if abs(Double(creation.price.perHour.microunits) - expected) > 1 {
        report(.price, "\(creation.worker) costs \(Int64(expected)) micro-units an hour, not what the plan says.")
      }
      if let life = creation.timeToLive, life <= .zero || life > pool.timeToLive?.maximum ?? life {
        report(.timeToLive, "\(creation.worker) would live for \(life.text).", worker: creation.worker)
      }
    }
    for pool in policy.pools {
      let added = plan.creations.filter { $0.pool == pool.name }.count
      let size = wanted(in: pool.name).count + added
      if added > 0 && size > pool.maximum {
        report(.maximum, "Pool \(pool.name) would have \(size) workers of at most \(pool.maximum).", pool: pool.name)
      }
    }
    let present: [WorkerRecord] = policy.pools.flatMap { wanted(in: $0.name) }
    let moving = present.count { isMoving($0) }
    let limit = policy.provisioning.parallelLimit
    if !plan.creations.isEmpty && moving + plan.creations.count > limit {
      report(.parallelLimit, "\(moving + plan.creations.count) workers would be on the way of at most \(limit).")
    }
  }

  /// Every host must hold what is put on it, its own reserve left alone: CPU and memory as often over as configured.
  mutating func checkHosts() {
    guard let hosts = snapshot.hosts.value else {
      if !plan.creations.isEmpty || plan.standbys != nil {
        report(.hostCapacity, "Workers would be created while the hosts are unknown.")
      }
      return
    }
    for host in hosts.sorted(by: { $0.name < $1.name }) {
      let made = plan.creations.filter { $0.host == host.name && !$0.isActivation }.map(\.template)
      let placed = made + (plan.standbys ?? []).filter { $0.host == host.name }.map(\.template)
      guard !placed.isEmpty else { continue }
      let waiting = snapshot.workers.filter { isPromised($0, to: host.name) }
      let names: [TemplateName] = placed + waiting.map(\.template)
      let machines = names.compactMap { templatesByName[$0]?.machine }
      let cores = machines.reduce(host.assignedCPUCores) { $0 + $1.cpuCores }
      let memory = machines.reduce(host.assignedMemoryBytes) { $0 + $1.memoryBytes }
      let disk = machines.reduce(Int64(0)) { $0 + $1.diskBytes }
      let gpus = machines.reduce(0) { $0 + $1.gpus }
      let fixed = placed.compactMap { templatesByName[$0]?.machine.fixedPCIDevice }
      let residents = snapshot.workers.filter { $0.host == host.name && $0.state != .terminated }
      let taken = residents.compactMap { templatesByName[$0.template]?.machine.fixedPCIDevice }
      let isShared = Set(fixed).count < fixed.count || !Set(fixed).isDisjoint(with: taken)
      let share = policy.placement
      let mostCores = Double(max(0, host.cpuCores - share.reservedCPUCores)) * share.cpuOvercommit
      let mostMemory = Double(max(0, host.memoryBytes - share.reservedMemoryBytes)) * share.memoryOvercommit
      let isFull =
        Double(cores) > mostCores || Double(memory) > mostMemory
        || disk > host.freeStorageBytes - share.reservedStorageBytes
      if !host.online || isFull || gpus > host.freeGPUs || isShared {
        report(.hostCapacity, "Host \(host.name) cannot hold \(placed.count) more workers as planned.")
      }
    }
  }

  /// An intent whose machine is not in the host's own figures yet.
  private func isPromised(_ record: WorkerRecord, to host: HostName) -> Bool {
    guard record.host == host, record.machine == nil, record.removal == nil else { return false }
    return isMoving(record)
  }

  private func isMoving(_ record: WorkerRecord) -> Bool {
    switch record.state {
    case .requested, .provisioning, .joining: true
    default: false
    }
  }
}
