import Model
import Simulator

/// The bill is right to the cent.
///
/// Promised: what a decision takes for spent this month, by pool, is exactly what the records in the journal come to, in the
/// calendar month of the configured zone; a worker's bill begins at the look that shows its clone ended, neither earlier nor
/// later, and ends at the look that shows its machine gone; and so the sum of all bills differs from the sum of the world's own
/// meters by no more than those looks explain.
///
/// What the looks explain: at either end of a life two steps in which the program could look, write and act; and, where the
/// program's clock was set meanwhile, by how much. Machines without a record are estimated by the program on purpose; while
/// it sees any the exact comparison rests. Workers that were found and adopted are billed from the mark's time. Left out are
/// workers that lived while the hypervisor's lists lied or nobody answered, or whose mark a person took away; one whose
/// machine a person deleted may count as there until its node is given up.
public struct LedgerChecker: Checker {
  public static let name = "ledger"

  /// Parts of a cent that roundings may add up to, in micro-units a worker.
  private static let rounding: Int64 = 10

  /// For so long a machine that somebody deleted may still count as there: until its node is given up.
  private static let vanished: Duration = .minutes(5)

  private var known: [WorkerID: WorkerRecord] = [:]
  private var open: Set<WorkerID> = []
  private var looks = Looks()
  private var months = Months()
  private var afterwards = Afterwards()
  private var clockSet: Duration = .zero
  /// By how much the clock had been set when a worker was first known.
  private var clockAtBirth: [WorkerID: Duration] = [:]
  /// Of which a list that lied, or a hand, may have let the bill end too early.
  private var doubtful: Set<WorkerID> = []
  /// Bills that have ended and whose meters are still to be compared.
  private var ended: [WorkerID] = []
  /// Terminated workers' costs in the present month, by pool.
  private var past: [PoolName: Int64] = [:]
  private var month: Month?
  private var told: Set<String> = []

  public init(_ scene: Scene) {}

  public mutating func see(_ moment: Moment) -> [Violation] {
    let offset = moment.programNow - moment.now
    if let before = afterwards.offset { clockSet += before > offset ? before - offset : offset - before }
    afterwards.see(moment)
    looks.see(moment)
    var violations: [Violation] = []
    if let decision = moment.decision, let violation = compare(decision.snapshot, moment) {
      violations.append(violation)
    }
    for record in moment.changed { take(record) }
    if !moment.disturbances.isEmpty, !Troubles(moment).spare(.hypervisor) { doubtful.formUnion(open) }
    for (hand, worker) in moment.handiwork where hand == .removesOwnerMark { doubtful.insert(worker) }
    // An answer may still be on its way: what has ended is compared at the next step with a look.
    if moment.isFair, !ended.isEmpty {
      let due = ended
      ended = []
      let meters = moment.world.report.machines
      for id in due {
        if let violation = compare(id, meters, moment) { violations.append(violation) }
      }
    }
    return violations
  }

  private mutating func take(_ record: WorkerRecord) {
    if let before = known.updateValue(record, forKey: record.id) {
      // A bill that goes on after its end counts among those that run again.
      if before.state == .terminated { add(before, sign: -1) }
    } else {
      clockAtBirth[record.id] = clockSet
    }
    if record.state == .terminated {
      open.remove(record.id)
      add(record, sign: 1)
      if record.billedFrom != nil { ended.append(record.id) }
    } else {
      open.insert(record.id)
    }
  }

  private mutating func add(_ record: WorkerRecord, sign: Int64) {
    guard let month, let until = record.billedUntil else { return }
    past[record.pool, default: 0] += sign * Bill.cost(record, from: month.start, until: max(until, month.start))
  }

  // MARK: - What decisions take for spent

  private mutating func compare(_ snapshot: Snapshot, _ moment: Moment) -> Violation? {
    let own = months.month(holding: snapshot.now, zone: moment.policy.money.timeZone)
    if own != month {
      month = own
      past = [:]
      for id in known.keys.sorted() where !open.contains(id) { add(known[id]!, sign: 1) }
    }
    guard case .known(let spending, _) = snapshot.spending, moment.disturbances.isEmpty else { return nil }
    if spending.monthStart != own.start || spending.monthEnd != own.end {
      return once(
        "month", moment,
        "A decision counts the month from \(spending.monthStart) to \(spending.monthEnd) instead of from \(own.start) to "
          + "\(own.end).")
    }
    guard !hasStrays(snapshot, moment) else { return nil }
    var sums = past
    for record in snapshot.workers {
      sums[record.pool, default: 0] += Bill.cost(record, from: own.start, until: snapshot.now)
    }
    // Bills that ended before the clock was set back end in the future.
    guard !afterwards.clockChanged(within: .hours(48), before: moment.now) else { return nil }
    for pool in Set(sums.keys).union(spending.byPool.keys).sorted() {
      let (mine, told) = (sums[pool] ?? 0, spending.byPool[pool]?.microunits ?? 0)
      guard mine != told else { continue }
      return once(
        "spending", moment,
        "A decision takes \(Money(microunits: told)) (\(told) micro-units) for what pool \(pool) has cost this month; its "
          + "records come to \(Money(microunits: mine)) (\(mine)).")
    }
    return nil
  }

  /// Machines with our mark that no record accounts for are charged by an estimate.
  private func hasStrays(_ snapshot: Snapshot, _ moment: Moment) -> Bool {
    guard let machines = snapshot.machines.value else { return true }
    return machines.contains { machine in
      guard !machine.isTemplate, let owner = machine.owner else { return false }
      return owner.cluster == moment.policy.clusterName && !open.contains(owner.id)
    }
  }

  // MARK: - Bills and meters

  private mutating func compare(_ id: WorkerID, _ meters: [MachineMeter], _ moment: Moment) -> Violation? {
    guard let record = known[id], record.state == .terminated, !record.wasFound, !doubtful.contains(id),
      let from = record.billedFrom,
      let until = record.billedUntil
    else { return nil }
    let own = meters.filter { $0.owner.id == id && $0.clonedAt != nil }
    // A machine that is there still is an orphan, which another checker tells of.
    guard !own.isEmpty, own.allSatisfy({ $0.deletedAt != nil }) else { return nil }
    let metered = own.reduce(Duration.zero) { $0 + $1.lifetime(until: moment.now) }
    let billed = until - from
    var explained = own.reduce(clockSet - (clockAtBirth[id] ?? .zero)) {
      $0 + looks.delay(after: $1.clonedAt!, looks: 2, now: moment.now)
        + looks.delay(after: $1.deletedAt!, looks: 2, now: moment.now)
    }
    if afterwards.handAt[id] != nil { explained += Self.vanished }
    let difference = billed > metered ? billed - metered : metered - billed
    guard difference > explained else { return nil }
    return once(
      id.rawValue, moment,
      "\(record.name) is billed for \(billed.text) and was there for \(metered.text); the looks explain \(explained.text)."
    )
  }

  private mutating func once(_ key: String, _ moment: Moment, _ sentence: String) -> Violation? {
    told.insert(key).inserted ? violation(moment, sentence) : nil
  }

  private func isCertain(_ record: WorkerRecord) -> Bool { !record.wasFound && !doubtful.contains(record.id) }

  /// All bills together against all meters; told with the worker that differs most.
  public mutating func finish(_ moment: Moment) -> [Violation] {
    guard told.isEmpty else { return [] }
    var metered: [WorkerID: Int64] = [:]
    var explained: Int64 = 10_000
    for meter in moment.world.report.machines {
      guard let record = known[meter.owner.id], isCertain(record), let cloned = meter.clonedAt else { continue }
      let end = min(moment.now, meter.deletedAt ?? moment.now)
      let change = max(cloned, min(end, record.standby.map { $0.activatedAt ?? end } ?? cloned))
      let cost =
        Bill.cost(record.standby?.price ?? record.price, change - cloned) + Bill.cost(record.price, end - change)
      metered[record.id, default: 0] += cost
      var unseen = looks.delay(after: cloned, looks: 2, now: moment.now)
      if let deleted = meter.deletedAt { unseen += looks.delay(after: deleted, looks: 2, now: moment.now) }
      explained += Bill.cost(record.price, unseen) + Self.rounding
    }
    var (bills, meters): (Int64, Int64) = (0, 0)
    var worst: (record: WorkerRecord, difference: Int64)?
    for id in known.keys.sorted() {
      guard let record = known[id], isCertain(record) else { continue }
      let (bill, meter) = (Bill.total(record, until: moment.programNow), metered[id] ?? 0)
      bills += bill
      meters += meter
      let more = afterwards.handAt[id] == nil ? Duration.zero : Self.vanished
      explained += Bill.cost(record.price, clockSet - (clockAtBirth[id] ?? .zero) + more) + Self.rounding
      if abs(bill - meter) > abs(worst?.difference ?? 0) { worst = (record, bill - meter) }
    }
    guard abs(bills - meters) > explained, let worst else { return [] }
    return [
      violation(
        moment,
        "All bills come to \(Bill.text(bills)) and the world's meters to \(Bill.text(meters)); the looks explain "
          + "\(Bill.text(explained)). \(worst.record.name) (\(worst.record.state.rawValue)) differs most, by "
          + "\(Bill.text(worst.difference)).")
    ]
  }
}
