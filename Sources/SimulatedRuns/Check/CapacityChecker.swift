import Model
import Ports
import Simulator

/// Pods that wait get capacity, and so do people who ordered workers, and pools that are short of what is to be there.
///
/// Promised, once faults have ended and what they left has had its time: a pod that waits, that a worker of some pool could
/// certainly hold, for which hosts have room and every budget has money, gets a node within `bound`.
///
/// Only certain cases are judged: pods that demand nothing of other pods or volumes; pools that serve pending pods, are not
/// full and have seen no failure for as long as back-off is remembered; a template that holds the pod with all DaemonSets
/// beside it; a host that could hold two such machines; budgets that could pay two such workers. Time in which another
/// worker is on its way, as many are as may be, or the program could not look, decide or act does not count.
///
/// In the same cases, and as long as its pool takes orders, an order for workers gets one more of them within `promptly`, or
/// is refused; and so does a pool that is below what a schedule asks for in its window, or that is to keep more standby clones.
/// One that is below its minimum does whatever its budgets say.
public struct CapacityChecker: Checker {
  public static let name = "capacity"

  static func bound(_ policy: Policy, _ pool: Pool) -> Duration {
    let hold = policy.triggers.filter { $0.pool == pool.name && $0.kind == .pendingPods }.map(\.hold).max() ?? .zero
    return policy.pace.maximumPending + pool.growCooldown + hold + .minutes(30)
  }

  /// What asks for no trigger's reading does not hold, either.
  static func promptly(_ pool: Pool) -> Duration { pool.growCooldown + .minutes(45) }

  private var last: Instant?
  private var orders: [RequestID: (order: ScaleRequest, time: Duration)] = [:]
  /// Those that could have been served at the last moment: room that came since was not there all the time.
  private var servable: Set<RequestID> = []
  /// Time that counts, by the pool that is short of workers.
  private var short: [PoolName: Duration] = [:]
  private var known: [WorkerID: WorkerRecord] = [:]
  private var open: [WorkerID: WorkerRecord] = [:]
  private var failedAt: [PoolName: Instant] = [:]
  /// Time that counts, by the pod's number.
  private var waited: [Int: Duration] = [:]
  private var months = Months()
  private var told = false

  public init(_ scene: Scene) {}

  public mutating func see(_ moment: Moment) -> [Violation] {
    for record in moment.changed {
      known[record.id] = record
      open[record.id] = record.state == .terminated ? nil : record
      let hasFailed = record.state == .failed || (record.cause == .failure && record.state != .terminated)
      if hasFailed || record.cause == .preemption { failedAt[record.pool] = moment.now }
    }
    noteOrders(moment)
    defer { last = moment.now }
    guard moment.phase == .liveness, let last, !told, moment.isFair else { return [] }
    if let violation = forgottenOrder(moment, moment.now - last) ?? shortPool(moment, moment.now - last) {
      told = true
      return [violation]
    }
    if Troubles(moment).metricsAreWrong { return [] }
    var still: [Int: Duration] = [:]
    defer { waited = still }
    let waiting = moment.world.pods.keys.filter { number in
      moment.world.pods.look(at: number) { $0.node == nil && !$0.isFinished && !$0.isTerminating } ?? false
    }
    guard !waiting.isEmpty else { return [] }
    let mayCount = !isGrowing
    var answers: [String: Pool?] = [:]
    for number in waiting {
      guard let pod = moment.world.pods[number] else { continue }
      if answers[pod.workload] == nil {
        answers[pod.workload] = mayCount ? server(of: pod.workload, moment) : .some(nil)
      }
      let before = waited[number] ?? .zero
      guard let pool = answers[pod.workload] ?? nil else {
        still[number] = before
        continue
      }
      let time = before + (moment.now - last)
      still[number] = time
      guard time > Self.bound(moment.policy, pool) else { continue }
      told = true
      return [
        violation(
          moment,
          "Pod \(pod.key) has waited since \(pod.createdAt), \(time.text) of it without any need: pool \(pool.name) could "
            + "have got a worker for it.")
      ]
    }
    return []
  }

  private var isGrowing: Bool { open.values.contains { $0.isComing && !$0.isSpare } }

  // MARK: - Orders

  private mutating func noteOrders(_ moment: Moment) {
    for order in moment.requests { orders[order.id] = (order, .zero) }
    for event in moment.events where event.code == "request_served" || event.code == "request_refused" {
      orders[RequestID(event.name)] = nil
    }
  }

  private mutating func forgottenOrder(_ moment: Moment, _ step: Duration) -> Violation? {
    let before = servable
    servable = []
    if orders.isEmpty || isGrowing { return nil }
    for id in orders.keys.sorted() {
      guard let (order, sofar) = orders[id], let pool = moment.policy.pool(order.pool), mayServe(order, pool, moment)
      else { continue }
      servable.insert(id)
      guard before.contains(id) else { continue }
      let time = sofar + step
      orders[id]?.time = time
      guard time > Self.promptly(pool) else { continue }
      return violation(
        moment,
        "Order \(id) has \(order.served) of \(order.workers) workers, and for \(time.text) pool \(pool.name) could have got "
          + "another.")
    }
    return nil
  }

  private mutating func mayServe(_ order: ScaleRequest, _ pool: Pool, _ moment: Moment) -> Bool {
    guard pool.enabled, pool.acceptsRequests, isOpen(pool, moment),
      let template = moment.policy.template(order.template ?? pool.defaultTemplate), hostsHold(template, moment)
    else { return false }
    let life = [order.timeToLive, pool.timeToLive?.standard].compactMap { $0 }.max()
    return budgetsPay(pool.price(of: template), pool, for: life, moment)
  }

  // MARK: - Minimums, schedules, standby clones

  private mutating func shortPool(_ moment: Moment, _ step: Duration) -> Violation? {
    if isGrowing { return nil }
    for pool in moment.policy.pools {
      guard let lack = lack(of: pool, moment) else {
        short[pool.name] = nil
        continue
      }
      let time = (short[pool.name] ?? .zero) + step
      short[pool.name] = time
      guard time > Self.promptly(pool) else { continue }
      return violation(
        moment,
        "Pool \(pool.name) has \(lack) that are to be there, and for \(time.text) it could have got another.")
    }
    return nil
  }

  /// What a pool has too few of and could certainly get; `nil` when it has all, or could not.
  private mutating func lack(of pool: Pool, _ moment: Moment) -> String? {
    guard pool.enabled, isOpen(pool, moment), let standard = moment.policy.template(pool.defaultTemplate) else {
      return nil
    }
    let count = members(of: pool)
    if count < pool.minimum { return hostsHold(standard, moment) ? "\(count) of \(pool.minimum) workers" : nil }
    for schedule in moment.policy.schedules where schedule.pool == pool.name && count < schedule.workers {
      guard let window = moment.decision?.snapshot.schedules[schedule.name], window.start <= moment.programNow,
        moment.programNow < window.end,
        let template = schedule.template.map(moment.policy.template) ?? standard, hostsHold(template, moment)
      else { continue }
      let life = pool.timeToLive.map { max($0.standard, window.end - moment.programNow) }
      if budgetsPay(pool.price(of: template), pool, for: life, moment) {
        return "\(count) of \(schedule.workers) workers"
      }
    }
    // No clone is made that the maximum would forbid to start, nor while any other is made.
    let spares = open.values.count { $0.pool == pool.name && $0.stands && $0.isSpare }
    guard spares < min(pool.standby, pool.maximum - count), !open.values.contains(where: { $0.isSpare && $0.isComing }),
      hostsHold(standard, moment),
      budgetsPay(pool.price(of: standard), pool, for: pool.timeToLive?.standard, moment)
    else { return nil }
    return "\(spares) of \(pool.standby) standby clones"
  }

  private func members(of pool: Pool) -> Int { open.values.count { $0.pool == pool.name && $0.stands && !$0.isSpare } }

  /// Whether a pool is not full and nothing has failed in it lately.
  private func isOpen(_ pool: Pool, _ moment: Moment) -> Bool {
    guard members(of: pool) < pool.maximum else { return false }
    return failedAt[pool.name].map { moment.now - $0 >= moment.policy.pace.backoffReset } ?? true
  }

  // MARK: - Pods

  /// The first pool that could certainly get a worker for a workload's pods.
  private mutating func server(of name: String, _ moment: Moment) -> Pool? {
    guard let workload = moment.world.workloads[name], workload.kind != .daemonSet, isPlain(workload.pod),
      workload.pod.priority >= moment.policy.pace.priorityCutoff
    else { return nil }
    let policy = moment.policy
    for pool in policy.pools where pool.enabled && pool.servesPendingPods {
      guard isOpen(pool, moment) else { continue }
      for name in pool.templates {
        guard let template = policy.template(name), holds(template, pool, workload.pod, moment.world),
          hostsHold(template, moment),
          budgetsPay(pool.price(of: template), pool, for: pool.timeToLive?.standard, moment)
        else { continue }
        return pool
      }
    }
    return nil
  }

  private func isPlain(_ pod: PodTemplate) -> Bool { pod.constraints.isNone }

  private func holds(_ template: Template, _ pool: Pool, _ pod: PodTemplate, _ world: World) -> Bool {
    var needed = pod.requests
    for name in world.workloads.keys {
      world.workloads.look(at: name) { if $0.kind == .daemonSet { needed += $0.pod.requests } }
    }
    guard needed.fits(in: template.allocatable) else { return false }
    let tolerates = pool.taints.allSatisfy { taint in
      taint.effect == .preferNoSchedule || pod.tolerations.contains { $0.tolerates(taint) }
    }
    guard tolerates else { return false }
    let labels = template.labels.merging(pool.labels) { _, pool in pool }
    return pod.nodeSelector.allSatisfy { labels[$0.key] == $0.value }
  }

  private func hostsHold(_ template: Template, _ moment: Moment) -> Bool {
    let (world, share, wanted) = (moment.world, moment.policy.placement, template.machine)
    guard wanted.fixedPCIDevice == nil else { return false }
    return world.hosts.values.contains { host in
      guard host.online else { return false }
      var (cores, memory, disk, gpus) = (0, Int64(0), Int64(0), 0)
      for id in world.machines.keys {
        world.machines.look(at: id) { machine in
          guard machine.host == host.name, !machine.isTemplate else { return }
          cores += machine.hardware.cpuCores
          memory += machine.hardware.memoryBytes
          disk += machine.hardware.diskBytes
          gpus += machine.hardware.gpus
        }
      }
      let freeCores = Double(host.cpuCores - share.reservedCPUCores) * share.cpuOvercommit - Double(cores)
      let freeMemory = Double(host.memoryBytes - share.reservedMemoryBytes) * share.memoryOvercommit - Double(memory)
      return freeCores >= Double(2 * wanted.cpuCores) && freeMemory >= Double(2 * wanted.memoryBytes)
        && host.memoryBytes - memory >= 2 * wanted.memoryBytes
        && host.storageBytes - disk - share.reservedStorageBytes >= 2 * wanted.diskBytes
        && host.gpus - gpus >= wanted.gpus
    }
  }

  /// - Parameter life: of a worker that expires.
  private mutating func budgetsPay(
    _ price: HourlyPrice, _ pool: Pool, for life: Duration?, _ moment: Moment
  ) -> Bool {
    let policy = moment.policy
    let now = moment.programNow
    let month = months.month(holding: now, zone: policy.money.timeZone)
    let due = Obligations(
      of: open.values.sorted { $0.id < $1.id }, now: now, month: month, policy: policy)
    var (spent, spentByPool, event): (Int64, Int64, Int64) = (0, 0, 0)
    for record in known.values {
      let cost = Bill.cost(record, from: month.start, until: now)
      spent += cost
      if record.pool == pool.name { spentByPool += cost }
      if policy.pool(record.pool)?.kind == .burst { event += Bill.total(record, until: now) }
    }
    let life = life.map { $0 + policy.cleanup.grace + policy.draining.limit } ?? pool.horizon
    let own = 2 * max(Bill.cost(price, life), pool.minimum > 0 ? Bill.cost(price, month.end - now) : 0)
    func pays(_ cap: Money?, _ used: Int64) -> Bool { cap.map { used <= $0.microunits } ?? true }
    let hourly = 2 * price.perHour.microunits
    // A burst event cannot cost more than all burst workers ever have.
    return pays(pool.monthlyBudget, spentByPool + (due.byPool[pool.name] ?? 0) + own)
      && pays(policy.money.monthlyBudget, spent + due.all + own)
      && pays(pool.hourlyBudget?.perHour, (due.hourByPool[pool.name] ?? 0) + hourly)
      && pays(policy.money.hourlyBudget?.perHour, due.hour + hourly)
      && (pool.kind != .burst || pays(policy.money.burstEventMaximum, event + due.event + own))
  }
}
