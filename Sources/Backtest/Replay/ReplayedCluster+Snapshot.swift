import Model

extension ReplayedCluster {
  /// What Poolkeeper would see of it now.
  func snapshot(memory: DecisionMemory) -> Snapshot {
    var snapshot = Snapshot(now: now)
    var nodes: [NodeObservation] = []
    var machines: [MachineObservation] = []
    var records: [WorkerRecord] = []
    for worker in living.sorted(by: { $0.record.name < $1.record.name }) {
      records.append(worker.record)
      if var node = worker.node {
        node.cpuPercent = percent(worker.usedCPU, of: table.kinds[worker.kind].room[0])
        nodes.append(node)
      }
      if let machine = machine(of: worker.record) { machines.append(machine) }
    }
    snapshot.workers = records
    snapshot.nodes = .known(nodes, at: now)
    snapshot.machines = .known(machines, at: now)
    snapshot.pods = .known(present.map(observation), at: now)
    snapshot.disruptionBudgets = .known([], at: now)
    snapshot.daemonSets = .known([], at: now)
    snapshot.hosts = .known(hostsNow, at: now)
    snapshot.spending = .known(ledger.spending(records, now: now), at: now)
    snapshot.schedules = windows
    snapshot.readings = readings
    snapshot.memory = memory
    return snapshot
  }

  /// A pod as the API server would show it.
  func observation(of pod: Int) -> PodObservation {
    var observed = history.pods[pod].pod
    switch pods[pod].phase {
    case .running(let number, _):
      observed.phase = .running
      observed.node = NodeName(worker(number)!.record.name.rawValue)
      observed.unschedulable = false
      observed.createdAt = max(history.pods[pod].createdAt, history.start)
    case .waiting(let since):
      observed.phase = .pending
      observed.node = nil
      observed.unschedulable = true
      // A pod that was moved is another one of its owner's.
      observed.createdAt = since
    case .coming, .over: break
    }
    return observed
  }

  private func machine(of record: WorkerRecord) -> MachineObservation? {
    guard let id = record.machine, let host = record.host else { return nil }
    let owner = MachineOwner(cluster: policy.clusterName, pool: record.pool, worker: record.name, id: record.id)
    var machine = MachineObservation(
      id: id, name: record.name.rawValue, host: host, power: record.isReserve ? .stopped : .running, owner: owner)
    machine.createdAt = record.createdAt
    machine.configured = true
    return machine
  }

  private func percent(_ part: Double, of whole: Int64) -> Double {
    whole > 0 ? min(100, max(0, part / Double(whole) * 100)) : 0
  }

  /// Of triggers that follow from the cluster: pods that wait, CPU and memory use of all ready nodes. Those that the history
  /// recorded are taken from there. Without a node there is no use to be measured, and the reading is missing.
  private var readings: [TriggerName: Observed<Reading>] {
    var readings: [TriggerName: Observed<Reading>] = [:]
    for trigger in policy.triggers {
      if let recorded = history.readings[trigger.name] {
        readings[trigger.name] = recorded.latest(at: now).map { .known($0, at: $0.at) }
        continue
      }
      let value = measured(trigger.kind)
      readings[trigger.name] =
        value.map { .known(Reading(value: $0, at: now), at: now) } ?? .unknown("There is no ready node to measure.")
    }
    return readings
  }

  /// What a trigger of a kind reads now; `nil` when nothing can be read.
  func measured(_ kind: Trigger.Kind) -> Double? {
    switch kind {
    case .pendingPods: Double(waiting.count)
    case .cpuPressure:
      meter.offered.cpu > 0 ? percent(meter.usedCPU, of: meter.offered.cpu) : nil
    case .memoryPressure:
      meter.offered.memory > 0
        ? percent(Double(meter.requested.memory) * setting.memoryUse, of: meter.offered.memory) : nil
    case .custom: nil
    }
  }

  /// Windows that are in progress, or else the next ones.
  private var windows: [ScheduleName: ScheduleWindow] {
    setting.windows.compactMapValues { windows in windows.first { $0.end > now } }
  }
}

extension [Reading] {
  /// The last reading that is not later than an instant. The list is in the order of time.
  func latest(at instant: Instant) -> Reading? {
    let end = index(after: instant)
    return end > 0 ? self[end - 1] : nil
  }

  /// Index of the first reading that is later than an instant.
  func index(after instant: Instant) -> Int {
    var (low, high) = (0, count)
    while low < high {
      let middle = (low + high) / 2
      if self[middle].at <= instant { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
