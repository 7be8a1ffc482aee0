import Decision
import Model

/// The cluster of a replay at one instant: workers, their nodes, and where pods are. A value; time comes from outside.
struct ReplayedCluster {
  let history: History
  let table: ReplayTable
  let policy: Policy
  let setting: ReplaySetting
  private(set) var now: Instant

  /// All that there ever were, in the order of their intents; those that are gone are `nil`.
  private(set) var workers: [ReplayedWorker?] = []
  /// Numbers of those that are there, ascending.
  private(set) var alive: [Int] = []
  private(set) var pods: [ReplayedPod]
  /// Pods that have come and are not over, ascending.
  private(set) var present: [Int] = []
  /// Pods without a node: the most important first, then the one that waits longest.
  private(set) var waiting: [Int] = []
  private(set) var meter: ReplayMeter
  var ledger: ReplayLedger
  /// When the last worker of each pool was deleted.
  private(set) var lastGone: [PoolName: Instant] = [:]
  /// Creations that no host had room for.
  private(set) var unplaced = 0
  private var usedNames: Set<WorkerName> = []
  private var hosts: [HostObservation]

  init(history: History, table: ReplayTable, setting: ReplaySetting) {
    self.history = history
    self.table = table
    policy = table.policy
    self.setting = setting
    now = history.start
    pods = Array(repeating: ReplayedPod(), count: history.pods.count)
    hosts = setting.hosts.sorted { $0.name < $1.name }
    meter = ReplayMeter(start: history.start, end: history.end, pools: table.policy.pools.map(\.name))
    ledger = ReplayLedger(policy: table.policy, start: history.start)
  }

  /// Lets time pass in which nothing happens.
  mutating func advance(to instant: Instant) {
    guard instant > now else { return }
    meter.advance(to: instant, waiting: waiting.count) { [ledger, alive, workers] time in
      alive.reduce(ledger.closed) { $0 + workers[$1]!.record.cost(until: time) }
    }
    now = instant
    while now >= ledger.month.end { ledger.turnMonth(billed) }
  }

  /// Workers that are there.
  var living: [ReplayedWorker] { alive.map { workers[$0]! } }
  private var billed: [WorkerRecord] {
    alive.compactMap { workers[$0]!.record.billedFrom == nil ? nil : workers[$0]!.record }
  }

  func worker(_ number: Int) -> ReplayedWorker? { workers[number] }
  func worker(named name: WorkerName) -> ReplayedWorker? {
    alive.lazy.map { workers[$0]! }.first { $0.record.name == name }
  }

  func staying(in pool: PoolName) -> Int { alive.count { workers[$0]!.record.pool == pool && workers[$0]!.isStaying } }

  /// Since when a waiting pod waits.
  func waitingSince(_ pod: Int) -> Instant {
    if case .waiting(let since) = pods[pod].phase { since } else { now }
  }

  /// The lowest number in a pool that no worker bears, beyond those of a plan in the making.
  func freeName(in pool: PoolName, except taken: Set<WorkerName>) -> WorkerName {
    var number = 1
    while true {
      let name = WorkerName(pool: pool, number: number)
      if !usedNames.contains(name), !taken.contains(name) { return name }
      number += 1
    }
  }

  // MARK: - Pods

  /// A pod comes, and waits for a node.
  mutating func arrive(_ pod: Int) {
    present.insertSorted(pod)
    wait(pod)
    meter.arrived += 1
    if !table.couldRun(pod) { meter.neverFit += 1 }
  }

  private mutating func wait(_ pod: Int) {
    pods[pod].phase = .waiting(since: now)
    let rank = (-priority(pod), now, pod)
    let place = waiting.firstIndex { (-priority($0), waitingSince($0), $0) > rank } ?? waiting.endIndex
    waiting.insert(pod, at: place)
  }

  private func priority(_ pod: Int) -> Int { history.pods[pod].pod.priority }

  /// Puts a waiting pod on an open worker.
  mutating func bind(_ pod: Int, to number: Int) {
    guard case .waiting(let since) = pods[pod].phase else { return }
    waiting.removeAll { $0 == pod }
    pods[pod].waited += now - since
    pods[pod].phase = .running(worker: number, since: now)
    pods[pod].starts += 1
    change(number, by: pod, sign: -1)
    workers[number]!.pods.insertSorted(pod)
  }

  /// Takes a pod from its worker.
  private mutating func unbind(_ pod: Int, from number: Int) {
    change(number, by: pod, sign: 1)
    workers[number]!.pods.removeAll { $0 == pod }
  }

  private mutating func change(_ number: Int, by pod: Int, sign: Int64) {
    let start = pod * table.width
    for dimension in 0..<table.width { workers[number]!.free[dimension] += sign * table.demands[start + dimension] }
    let cpu = table.demands[start]
    workers[number]!.usedCPU -= Double(sign) * Double(cpu) * history.pods[pod].cpuUse
    meter.requested.add(table, pod, sign: -sign)
    meter.usedCPU -= Double(sign) * Double(cpu) * history.pods[pod].cpuUse
  }

  /// A pod is over. Returns whether it left room somewhere.
  @discardableResult
  mutating func finish(_ pod: Int) -> Bool {
    defer { present.removeSorted(pod) }
    switch pods[pod].phase {
    case .coming, .over: return false
    case .waiting(let since):
      waiting.removeAll { $0 == pod }
      pods[pod].waited += now - since
      pods[pod].phase = .over
      return false
    case .running(let number, _):
      unbind(pod, from: number)
      pods[pod].phase = .over
      return true
    }
  }

  /// A pod must leave its worker, and waits for another.
  mutating func evict(_ pod: Int) {
    guard case .running(let number, let since) = pods[pod].phase else { return }
    unbind(pod, from: number)
    meter.podsMoved += 1
    if history.pods[pod].runsFor != nil { meter.repeated += now - since }
    wait(pod)
  }

  // MARK: - Workers

  /// A worker is asked for. `nil` when no host has room for it.
  mutating func request(_ creation: Creation, standby: StandbyCreation? = nil) -> Int? {
    guard let kind = table.kind(pool: creation.pool, template: creation.template),
      let host = place(table.kinds[kind].template.machine, wish: creation.host)
    else {
      unplaced += 1
      return nil
    }
    let number = workers.count
    var record = WorkerRecord(
      id: WorkerID("replayed-\(number)"), name: creation.worker, pool: creation.pool, template: creation.template,
      price: creation.price, reason: creation.reason, createdAt: now)
    record.request = creation.request
    record.host = hosts[host].name
    record.build = table.kinds[kind].template.build
    record.state = .provisioning
    if let standby { record.standby = StandbyRecord(price: standby.standbyPrice) }
    record.timeToLive = life(creation)
    let zone = policy.placement.zone(of: hosts[host].name)
    workers.append(
      ReplayedWorker(
        record: record, kind: kind, zone: table.zones.firstIndex(of: zone) ?? 0, host: host, number: number,
        free: table.kinds[kind].room))
    alive.append(number)
    usedNames.insert(creation.worker)
    if standby == nil { ledger.noteIntent(of: record, living: living.map(\.record)) }
    return number
  }

  private func life(_ creation: Creation) -> TimeToLiveRecord? {
    guard let asked = creation.timeToLive else { return nil }
    let latest = now.advanced(by: policy.pool(creation.pool)?.timeToLive?.maximum ?? asked)
    return TimeToLiveRecord(expiresAt: min(now.advanced(by: asked), latest), latest: latest)
  }

  private mutating func place(_ machine: Template.Machine, wish: HostName?) -> Int? {
    func holds(_ host: HostObservation) -> Bool {
      host.online && machine.memoryBytes <= policy.placement.promisableMemory(of: host) - host.assignedMemoryBytes
        && machine.cpuCores <= policy.placement.promisableCores(of: host) - host.assignedCPUCores
        && machine.diskBytes <= host.freeStorageBytes - policy.placement.reservedStorageBytes
        && machine.gpus <= host.freeGPUs
    }
    func room(_ index: Int) -> Int64 { hosts[index].memoryBytes - hosts[index].assignedMemoryBytes }
    let wished = wish.flatMap { name in hosts.firstIndex { $0.name == name && holds($0) } }
    let best = wished ?? hosts.indices.filter { holds(hosts[$0]) }.max { (room($0), -$0) < (room($1), -$1) }
    if let best { take(machine, best, sign: 1) }
    return best
  }

  private mutating func take(_ machine: Template.Machine, _ host: Int, sign: Int) {
    hosts[host].assignedMemoryBytes += Int64(sign) * machine.memoryBytes
    hosts[host].assignedCPUCores += sign * machine.cpuCores
    hosts[host].freeStorageBytes -= Int64(sign) * machine.diskBytes
    hosts[host].freeGPUs -= sign * machine.gpus
  }

  /// Its clone has ended: it is paid for from now on.
  mutating func cloned(_ number: Int) {
    guard let worker = workers[number], worker.record.billedFrom == nil else { return }
    worker.record.billedFrom = now
    worker.record.machine = MachineID(100_000 + number)
    if worker.isStaying {
      if worker.record.standby != nil, worker.record.standby?.activatedAt == nil {
        worker.record.standby?.readyAt = now
        worker.record.state = .standby
        worker.record.stateSince = now
      } else {
        worker.record.state = .joining
        worker.record.stateSince = now
      }
    }
    countBilled()
  }

  /// A standby clone is taken into use. Returns whether it could be.
  mutating func activate(_ number: Int, _ creation: Creation) -> Bool {
    guard let worker = workers[number], worker.record.state == .standby, worker.isStaying else { return false }
    worker.record.standby?.activatedAt = now
    worker.record.price = creation.price
    worker.record.reason = creation.reason
    worker.record.request = creation.request
    worker.record.timeToLive = life(creation)
    worker.record.state = .joining
    worker.record.stateSince = now
    ledger.noteIntent(of: worker.record, living: living.filter { $0.number != number }.map(\.record))
    countBilled()
    return true
  }

  /// Its node is ready and takes pods.
  mutating func ready(_ number: Int) {
    guard let worker = workers[number], worker.isStaying, worker.record.state == .joining else { return }
    worker.record.state = .ready
    worker.record.stateSince = now
    worker.record.readyAt = now
    worker.node = node(of: worker)
    worker.isOpen = true
    meter.offered.add(table.kinds[worker.kind].room, table, sign: 1)
  }

  private func node(of worker: ReplayedWorker) -> NodeObservation {
    let kind = table.kinds[worker.kind]
    let name = NodeName(worker.record.name.rawValue)
    var node = NodeObservation(
      name: name, uid: worker.record.id.rawValue, createdAt: now, allocatable: kind.template.allocatable)
    node.labels = kind.labels
    node.labels["kubernetes.io/hostname"] = name.rawValue
    if let key = policy.placement.zoneLabel, let zone = table.zones[worker.zone] { node.labels[key] = zone }
    node.taints = kind.pool.taints
    node.conditions["Ready"] = NodeObservation.Condition(status: .yes, since: now)
    return node
  }

  /// A worker is to go: it takes no more pods. Returns whether that is new.
  mutating func retire(_ number: Int, reason: Reason, force: Bool) -> Bool {
    guard let worker = workers[number], worker.isStaying else { return false }
    worker.record.removal = RemovalRecord(reason: reason, askedAt: now, force: force)
    worker.isStaying = false
    worker.isOpen = false
    worker.record.state = worker.pods.isEmpty ? .terminating : .draining
    worker.record.stateSince = now
    if !worker.pods.isEmpty { worker.record.removal?.drainStartedAt = now }
    worker.node?.unschedulable = true
    return true
  }

  /// Nothing is left on it: its machine goes next.
  mutating func terminate(_ number: Int) {
    guard workers[number] != nil, workers[number]!.record.state != .terminating else { return }
    workers[number]!.record.state = .terminating
    workers[number]!.record.stateSince = now
  }

  /// Its machine is deleted.
  mutating func remove(_ number: Int) {
    guard let worker = workers[number] else { return }
    for pod in worker.pods { evict(pod) }
    if worker.node != nil { meter.offered.add(table.kinds[worker.kind].room, table, sign: -1) }
    if worker.record.billedFrom != nil { worker.record.billedUntil = now }
    worker.record.state = .terminated
    worker.isStaying = false
    worker.isOpen = false
    take(table.kinds[worker.kind].template.machine, worker.host, sign: -1)
    workers[number] = nil
    alive.removeSorted(number)
    usedNames.remove(worker.record.name)
    lastGone[worker.record.pool] = now
    ledger.close(worker.record, living: living.map(\.record))
    countBilled()
  }

  mutating func announced(_ name: WorkerName) {
    guard let number = worker(named: name)?.number else { return }
    workers[number]!.record.timeToLive?.announced = true
  }

  private mutating func countBilled() {
    var counts: [PoolName: Int] = [:]
    for record in billed { counts[record.pool, default: 0] += 1 }
    meter.setBilled(counts, at: now)
    ledger.noteHour(billed, at: now)
  }

  // MARK: - As others see it

  /// The hosts with what is assigned to workers.
  var hostsNow: [HostObservation] { hosts }

  /// A worker was made for a reason, or goes for one.
  mutating func made(_ reason: Reason) { meter.note(reason, made: true, at: now) }
  mutating func lost(_ reason: Reason) { meter.note(reason, made: false, at: now) }

  mutating func finishMeter(cost: Money) { meter.finish(waiting: waiting.count, cost: cost) }
}

extension Array where Element == Int {
  /// Into an ascending list.
  mutating func insertSorted(_ element: Int) {
    if let last, last > element {
      insert(element, at: lowerBound(element))
    } else {
      append(element)
    }
  }

  /// From an ascending list.
  mutating func removeSorted(_ element: Int) {
    let place = lowerBound(element)
    if place < count, self[place] == element { remove(at: place) }
  }

  private func lowerBound(_ element: Int) -> Int {
    var (low, high) = (0, count)
    while low < high {
      let middle = (low + high) / 2
      if self[middle] < element { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
