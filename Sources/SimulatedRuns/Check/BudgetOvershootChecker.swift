import Model
import Simulator

/// No cap is overshot by a worker that could have been refused.
///
/// Promised: when a worker is asked for, or started from a spare clone, or its life is extended, then for every cap that
/// applies (a pool's month, all pools' month, a pool's hour, all pools' hour, a burst event) what has been spent, what all
/// workers that there are will surely still cost and what the new one will is within the cap. Spent is what the world
/// metered; commitments are counted here anew.
///
/// Excused: the workers of a pool's minimum and the substitutes of broken ones of it, which are made whatever they cost;
/// what the looks cannot have shown yet of a machine's life, nor can lists that lack its machine for so long that it counts
/// as lost; the better of two policies where one was edited in the step.
/// Months are not judged where the program's clock is in another month than the world's, and burst events not for a day after
/// its clock was set.
public struct BudgetOvershootChecker: Checker {
  public static let name = "budget_overshoot"

  private var known: [WorkerID: WorkerRecord] = [:]
  private var open: [WorkerID: WorkerRecord] = [:]
  private var burst: Set<WorkerID> = []
  private var policy: Policy
  private var looks = Looks()
  private var months = Months()
  private var afterwards = Afterwards()
  /// By how much the clock was set so far, either way.
  private var clockSet: Duration = .zero
  private var told: Set<String> = []

  public init(_ scene: Scene) { policy = scene.policy }

  public mutating func see(_ moment: Moment) -> [Violation] {
    let offset = moment.programNow - moment.now
    if let before = afterwards.offset { clockSet += before > offset ? before - offset : offset - before }
    afterwards.see(moment)
    looks.see(moment)
    let intents = moment.changed.filter { isIntent($0, before: known[$0.id]) }
    let violations = intents.isEmpty ? [] : judge(intents, moment)
    for record in moment.changed {
      known[record.id] = record
      open[record.id] = record.state == .terminated ? nil : record
      if moment.policy.pool(record.pool)?.kind == .burst { burst.insert(record.id) }
    }
    policy = moment.policy
    return violations
  }

  private func isIntent(_ record: WorkerRecord, before: WorkerRecord?) -> Bool {
    guard record.state != .terminated, !record.wasFound, record.cause != .failure || before == nil else { return false }
    guard let before else { return true }
    if before.isSpare, !record.isSpare { return true }
    guard let life = record.timeToLive, let earlier = before.timeToLive else { return false }
    return life.expiresAt > earlier.expiresAt
  }

  // MARK: - Judging

  private mutating func judge(_ intents: [WorkerRecord], _ moment: Moment) -> [Violation] {
    var found = overshoots(intents, moment, moment.policy)
    if !found.isEmpty, policy != moment.policy {
      let earlier = Set(overshoots(intents, moment, policy).map(\.scope))
      found.removeAll { !earlier.contains($0.scope) }
    }
    return found.filter { told.insert($0.scope).inserted }.map { violation(moment, $0.sentence) }
  }

  private struct Overshoot {
    var scope: String
    var sentence: String
  }

  private mutating func overshoots(_ intents: [WorkerRecord], _ moment: Moment, _ policy: Policy) -> [Overshoot] {
    let now = moment.decision?.snapshot.now ?? moment.programNow
    // As they were decided upon: by the journal, and where the decision saw something newer, by that.
    var before = open
    for record in moment.decision?.snapshot.workers ?? [] { before[record.id] = record }
    let bound = intents.filter { !isExempt($0, among: intents, before, policy) }
    guard let first = bound.min(by: { $0.name < $1.name }) else { return [] }
    var after = before
    for record in intents { after[record.id] = record }
    let month = months.month(holding: now, zone: policy.money.timeZone)
    let records = after.values.sorted { $0.id < $1.id }
    let due = Obligations(of: records, now: now, month: month, policy: policy)
    let members = eventMembers(now, policy)
    let shift = moment.now - moment.programNow
    let isHidden = afterwards.lied(.hypervisor, within: .minutes(30), before: moment.now)
    let spent = Metered(
      moment.world.report.machines, records: known, from: month.start.advanced(by: shift), now: moment.now,
      members: members, clockSet: clockSet,
      believedUntil: {
        isHidden && $0.state == .terminated ? ($0.billedUntil ?? $0.createdAt).advanced(by: shift) : nil
      },
      unnoticed: { [looks, clockSet] in
        looks.delay(after: $0.clonedAt ?? moment.now, looks: 2, now: moment.now) + clockSet
      })
    var found: [Overshoot] = []
    func compare(_ scope: String, _ what: String, _ cap: Money?, _ spent: Int64, _ due: Int64) {
      guard let cap, spent + due > cap.microunits else { return }
      let sum = spent == 0 ? "\(Bill.text(due))" : "\(Bill.text(spent)) spent and \(Bill.text(due)) to come"
      found.append(
        Overshoot(
          scope: scope, sentence: "\(first.name) was asked for although \(what) is \(cap): with it there are \(sum)."))
    }
    let pools = Set(bound.map(\.pool)).sorted().compactMap(policy.pool)
    if month.holds(moment.now) {
      for pool in pools {
        compare(
          "\(pool.name)", "the monthly budget of pool \(pool.name)", pool.monthlyBudget, spent.byPool[pool.name] ?? 0,
          due.byPool[pool.name] ?? 0)
      }
      compare("all", "the monthly budget of all pools", policy.money.monthlyBudget, spent.all, due.all)
    }
    let made = bound.contains { known[$0.id]?.timeToLive == nil }
    if made {
      for pool in pools {
        compare(
          "\(pool.name)/hour", "the hourly budget of pool \(pool.name)", pool.hourlyBudget?.perHour, 0,
          due.hourByPool[pool.name] ?? 0)
      }
      compare("all/hour", "the hourly budget of all pools", policy.money.hourlyBudget?.perHour, 0, due.hour)
    }
    let isBurst = bound.contains { record in
      !record.isSpare && policy.pool(record.pool)?.kind == .burst
    }
    if isBurst, !afterwards.clockChanged(within: .hours(24), before: moment.now) {
      compare("burst_event", "what one burst event may cost", policy.money.burstEventMaximum, spent.event, due.event)
    }
    return found
  }

  /// Whether a worker is made whatever it costs: it belongs to its pool's minimum, or takes the place of one that does.
  private func isExempt(
    _ record: WorkerRecord, among intents: [WorkerRecord], _ before: [WorkerID: WorkerRecord], _ policy: Policy
  ) -> Bool {
    guard !record.isSpare, let pool = policy.pool(record.pool) else { return false }
    if let earlier = known[record.id], !earlier.isSpare {
      // Longer life of one that is kept anyhow costs nothing more.
      return Obligations.kept(before.values.sorted { $0.id < $1.id }, policy).contains(record.id)
    }
    let standing = before.values.count { $0.pool == pool.name && $0.stands && !$0.isSpare }
    if record.reason.code == "replaces_worker", standing <= pool.minimum { return true }
    return record.reason.code == "below_minimum" && standing < pool.minimum
  }

  /// Workers of the burst event in progress: it began with the first after there was none.
  private func eventMembers(_ now: Instant, _ policy: Policy) -> Set<WorkerID> {
    let workers = burst.compactMap { known[$0] }.filter { record in
      !record.isSpare && (record.billedFrom != nil || record.state != .terminated)
    }.sorted { ($0.beganAt, $0.id) < ($1.beganAt, $1.id) }
    var members: [WorkerRecord] = []
    var openUntil = Instant.epoch
    for record in workers {
      if record.beganAt > openUntil { members.removeAll() }
      members.append(record)
      openUntil = max(openUntil, record.state == .terminated ? record.billedUntil ?? now : now)
    }
    return members.contains { $0.state != .terminated } ? Set(members.map(\.id)) : []
  }
}
