import Model
import Ports

/// Values with every field set, for goldens and fixtures.
enum Samples {
  static let start = Instant(rfc3339: "2026-03-01T07:00:00Z")!
  static let now = Instant(rfc3339: "2026-03-01T08:00:00.250Z")!
  static let reason = Reason(
    "pending_pods", "3 pods wait for 4 cores.", remedy: "Raise the budget.",
    data: ["podCount": "3", "CPU_millis": "4000"]
  )

  static let pool: Pool = {
    var pool = Pool(
      name: "burst", kind: .burst, minimum: 0, maximum: 10, defaultTemplate: "medium", templates: ["large", "medium"])
    pool.monthlyBudget = Money(500)
    pool.timeToLive = TimeToLivePolicy(standard: .hours(4), maximum: .hours(24))
    return pool
  }()

  /// Two pools, one of them with a name that looks like a Swift name.
  static let policy = Policy(
    clusterName: "talos-prod",
    pools: [
      pool, Pool(name: "gpuLarge_v2", kind: .gpu, maximum: 2, defaultTemplate: "gpu", templates: ["gpu"]),
    ], templates: [])

  static let worker: WorkerStatus = {
    var record = WorkerRecord(
      id: "7f3a", name: "worker-burst-001", pool: "burst", template: "medium",
      price: HourlyPrice(perHour: Money(0.24)), reason: reason, createdAt: start)
    record.state = .joining
    record.stateSince = now
    var step = StepRecord(name: "wait_for_node_ready", startedAt: now, attempt: 2)
    step.called = true
    record.step = step
    record.machine = MachineID(201)
    record.host = "pve-1"
    record.address = "10.0.0.21"
    record.readyAt = now
    record.timeToLive = TimeToLiveRecord(
      expiresAt: start.advanced(by: .hours(4)), latest: start.advanced(by: .hours(24)))
    var removal = RemovalRecord(reason: Reason("idle", "It has had nothing to do for 30m."), askedAt: now)
    removal.blockedBy = "disruption budget web/front"
    record.removal = removal
    record.lastError = "The node did not appear."
    return WorkerStatus(record: record, cost: Money(0.123456))
  }()

  static let approval: Approval = {
    var approval = Approval(
      id: "a-1", .scale, pool: "burst", subject: "burst", askedAt: start, deadline: start.advanced(by: .hours(24)))
    approval.askedBy = "ann"
    approval.sentence = "ann asks for 5 medium workers of pool burst for 4h."
    approval.addedCost = Money(4.8)
    approval.request = ScaleRequest(id: "req-1", pool: "burst", workers: 5, askedAt: start, askedBy: "ann")
    return approval
  }()

  static let plan: Plan = {
    var plan = Plan()
    var creation = Creation(
      worker: "worker-burst-002", pool: "burst", template: "medium", price: HourlyPrice(perHour: Money(0.24)),
      commitment: Money(0.96), reason: reason)
    creation.host = "pve-2"
    creation.timeToLive = .hours(4)
    plan.creations = [creation]
    plan.retirements = [
      Retirement(worker: "worker-burst-001", byChoice: true, reason: Reason("idle", "It has nothing to do."))
    ]
    var repair = RepairOrder(
      worker: "worker-burst-003", issue: .notReady, level: 1, action: .reboot, since: start,
      reason: Reason("not_ready", "The node has not been Ready for 10m."))
    repair.escalates = true
    plan.repairs = [repair]
    plan.announcements = [
      Announcement(worker: "worker-burst-004", reason: Reason("ttl_ends", "Its time ends in 5m."))
    ]
    return plan
  }()

  static let report: Report = {
    var report = Report(at: now)
    report.summary = "Grow burst by 1."
    var pool = PoolReport(pool: "burst", verdict: .grow, minimum: 0, maximum: 10)
    pool.underWay = 1
    pool.desired = 2
    pool.reasons = [reason]
    report.pools = [pool]
    var state = TriggerState(phase: .firing, since: start)
    state.trueSince = start
    state.lastReading = Reading(value: .infinity, at: now)
    report.triggers = [
      TriggerReport(trigger: "burst/cpu_pressure", pool: "burst", state: state, threshold: 85.5, reason: reason)
    ]
    report.podGroups = [
      PodGroupReport(
        example: PodKey(namespace: "web", name: "front-1"), pods: 3, outcome: .newWorkers, reason: reason)
    ]
    report.requests = [RequestReport(request: "req-1", outcome: .partly, reason: reason)]
    report.workers = [WorkerReport(worker: "worker-burst-001", verdict: .retire, reason: reason)]
    report.budgets = [
      BudgetReport(scope: "burst", cap: Money(500), spent: Money(12.5), committed: Money(3), forecast: Money(40.25))
    ]
    report.missing = ["No reading of spot/cpu_pressure since 07:50:00."]
    return report
  }()

  /// Keys that look like Swift names, lengths of time, and a reading that JSON has no number for.
  static let snapshot: Snapshot = {
    var snapshot = Snapshot(now: now)
    snapshot.workers = [worker.record]
    var node = NodeObservation(
      name: "worker-burst-001", uid: "u1", createdAt: start,
      allocatable: Resources(cpuMillicores: 3800, memoryBytes: 8 << 30, pods: 110, extended: ["nvidia.com/gpuCount": 1])
    )
    node.labels = ["node-pool": "burst", "camelCaseLabel": "x", "snake_case_label": "y"]
    node.conditions = ["MemoryPressure": .init(status: .no, since: start), "Ready": .init(status: .yes, since: start)]
    node.cpuPercent = .nan
    snapshot.nodes = .known([node], at: now)
    snapshot.systems = ["worker_Burst_001": SystemObservation(stage: .shuttingDown, kubeletRunning: true)]
    snapshot.readings = ["gpuLarge_v2/cpu_pressure": .known(Reading(value: -.infinity, at: now), at: now)]
    var request = ScaleRequest(id: "req-1", pool: "gpuLarge_v2", workers: 2, askedAt: start, askedBy: "api")
    request.timeToLive = .milliseconds(5_400_250)
    snapshot.requests = [request]
    var spending = Spending(month: "2026-03", monthStart: start, monthEnd: now)
    spending.byPool = ["gpuLarge_v2": Money(1.25)]
    snapshot.spending = .known(spending, at: now)
    var memory = PoolMemory()
    memory.backoff = .minutes(5)
    memory.retirements = [start]
    snapshot.memory.pools = ["gpuLarge_v2": memory]
    snapshot.memory.triggers = ["gpuLarge_v2/cpu_pressure": TriggerState(phase: .unknown, since: start)]
    snapshot.memory.idleSince = ["worker-burst-001": now]
    return snapshot
  }()
}
