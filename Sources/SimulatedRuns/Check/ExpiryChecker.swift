import Model
import Simulator

/// Workers go when their time is over, and live no longer than they may.
///
/// Promised: a worker past its expiry and the grace is asked to go in the next steps, drained within the drain's limit and
/// gone within the limits of a removal after that; no worker's expiry is ever later than the latest end with which it was
/// made, and that end is never later than its pool's maximum allows nor moved. One that was found without a record ends by
/// the maximum of that time.
///
/// The clock of these bounds runs only in steps in which the program could look and act. It stands while as many workers as
/// may leave at once are leaving, those not counted that have done so for longer than the limits; a drain's clock also stands while a disruption budget keeps a pod where it is, for
/// a drain is not forced unless that is configured. Unmarked machines are a person's to deal with, and a machine on a host that
/// is away waits for it.
public struct ExpiryChecker: Checker {
  public static let name = "expiry"

  /// Of fair time between the end of the grace and the removal's beginning.
  static let beginsWithin: Duration = .minutes(15)
  /// Of fair time for everything behind the drain's own limit: shutdown, the node's deletion, the machine's, and looks.
  static let endsWithin: Duration = .minutes(30)

  private var last: Instant?
  private var temporary: [WorkerID: WorkerRecord] = [:]
  private var latest: [WorkerID: Instant] = [:]
  private var leaving: [WorkerID: WorkerRecord] = [:]
  private var overdue: [WorkerID: Duration] = [:]
  private var told: Set<WorkerID> = []

  public init(_ scene: Scene) {}

  public mutating func see(_ moment: Moment) -> [Violation] {
    var violations: [Violation] = []
    for record in moment.changed {
      violations += limits(record, moment)
      temporary[record.id] = record.state == .terminated || record.timeToLive == nil ? nil : record
      let isLeaving = !record.stands && record.state != .failed && record.state != .terminated
      leaving[record.id] = isLeaving ? record : nil
    }
    // While the process is down no time passes in which it could act.
    defer { last = moment.isUp ? moment.now : nil }
    guard let last, !temporary.isEmpty, moment.policy.cleanup.enabled, moment.isFair else { return violations }
    for id in temporary.keys.sorted() {
      guard let record = temporary[id], let life = record.timeToLive,
        moment.programNow >= life.expiresAt.advanced(by: moment.policy.cleanup.grace)
      else {
        overdue[id] = nil
        continue
      }
      if let violation = judge(record, life, moment.now - last, moment), told.insert(id).inserted {
        violations.append(violation)
      }
    }
    return violations
  }

  private mutating func judge(
    _ record: WorkerRecord, _ life: TimeToLiveRecord, _ step: Duration, _ moment: Moment
  ) -> Violation? {
    let hasBegun = !record.stands
    let others = leaving.values.count { $0.isLeaving(moment.policy, now: moment.programNow) }
    if !hasBegun, others >= moment.policy.provisioning.parallelLimit { return nil }
    if moment.world.isUnmarked(record) || moment.world.isCutOff(record) { return nil }
    if record.state == .draining, moment.world.budgetKeepsPods(on: record) { return nil }
    let time = (overdue[record.id] ?? .zero) + step
    overdue[record.id] = time
    if !hasBegun, time > Self.beginsWithin {
      return violation(
        moment,
        "\(record.name) expired at \(life.expiresAt) and is still kept, \(time.text) in which it could have gone.")
    }
    let policy = moment.policy
    let bound =
      Self.beginsWithin + policy.draining.limit + policy.draining.grace + policy.termination.limit
      + policy.termination.forceShutdownAfter + Self.endsWithin
    guard time > bound else { return nil }
    return violation(
      moment,
      "\(record.name) expired at \(life.expiresAt) and is still there (\(record.state.rawValue)), \(time.text) in which it "
        + "could have gone.")
  }

  // MARK: - The latest end

  private mutating func limits(_ record: WorkerRecord, _ moment: Moment) -> [Violation] {
    guard let life = record.timeToLive else { return [] }
    let known = latest.updateValue(life.latest, forKey: record.id)
    if life.expiresAt > life.latest {
      return once(
        record, "is to live until \(life.expiresAt), which is later than its latest end, \(life.latest)", moment)
    }
    if let known, life.latest > known, record.standby == nil, !record.wasFound {
      return once(record, "had to end by \(known) at the latest, and now by \(life.latest)", moment)
    }
    if known == nil, !record.wasFound, let maximum = moment.policy.pool(record.pool)?.timeToLive?.maximum,
      moment.disturbances.isEmpty, life.latest > record.beganAt.advanced(by: maximum)
    {
      return once(
        record, "may live until \(life.latest), longer than the \(maximum.text) of its pool after \(record.beganAt)",
        moment)
    }
    return []
  }

  private mutating func once(_ record: WorkerRecord, _ what: String, _ moment: Moment) -> [Violation] {
    told.insert(record.id).inserted ? [violation(moment, "\(record.name) \(what).")] : []
  }
}
