import Model
import Simulator

/// What the journal says of workers is so.
///
/// Promised at any time: a worker ends in the journal only when its machine has been seen to be gone. Excused: lists that
/// lied a moment ago.
///
/// Promised, once faults have ended and what they left has had its time: a worker that is ready has its machine, which runs,
/// and its node, which is Ready, takes pods, and says its pool and its end; one that waits as a spare has a machine that does
/// not run; one that counts as unhealthy has a node on which something is wrong; and no worker stays in a state that is to
/// pass for longer than everything that such a state waits for. What differs must be put right within `bound`, of time in
/// which the program could look, write and act.
///
/// And a drain ends, unless its host is away: one that was begun by choice within its limit, or it is given up; any other
/// within its limit and the pods' grace, as far as no disruption budget keeps a pod where it is.
///
/// Excused: machines whose mark a person took away, which are left alone; nodes while the watching of health is switched off;
/// nodes that a person cordoned.
public struct JournalAgreementChecker: Checker {
  public static let name = "journal_agreement"

  /// A condition must last for minutes before it counts, and a repair is given minutes to show its effect.
  static let bound: Duration = .minutes(45)
  /// A clone waits for its turn for up to an hour, and each step may be tried three times.
  static let passing: Duration = .hours(3)
  /// What a drain needs beyond its limits: looks, and pods that end.
  static let drainEnds: Duration = .minutes(45)

  private var last: Instant?
  private var afterwards = Afterwards()
  private var open: [WorkerID: WorkerRecord] = [:]
  private var wrong: [WorkerID: Duration] = [:]
  private var stuck: [WorkerID: (state: WorkerState, time: Duration)] = [:]
  private var told: Set<WorkerID> = []

  public init(_ scene: Scene) {}

  public mutating func see(_ moment: Moment) -> [Violation] {
    afterwards.see(moment)
    var violations: [Violation] = []
    for record in moment.changed {
      if record.state == .terminated, let violation = early(record, moment) { violations.append(violation) }
      open[record.id] = record.state == .terminated ? nil : record
      if record.state == .terminated {
        wrong[record.id] = nil
        stuck[record.id] = nil
      }
    }
    defer { last = moment.now }
    guard moment.phase == .liveness, let last, moment.isFair else { return violations }
    let step = moment.now - last
    for id in open.keys.sorted() {
      guard let record = open[id], !moment.world.isUnmarked(record) else { continue }
      let difference = difference(record, moment)
      let time = difference == nil ? nil : (wrong[id] ?? .zero) + step
      wrong[id] = time
      if let difference, let time, time > Self.bound, told.insert(id).inserted {
        violations.append(
          violation(moment, "\(record.name) is \(record.state.rawValue) by the journal, but \(difference)."))
      }
      if let sentence = passes(record, step) ?? drains(record, step, moment), told.insert(id).inserted {
        violations.append(violation(moment, sentence))
      }
    }
    return violations
  }

  /// A worker that has ended although its machine is there.
  private mutating func early(_ record: WorkerRecord, _ moment: Moment) -> Violation? {
    guard !afterwards.lied(.hypervisor, within: .minutes(5), before: moment.now),
      let number = record.machine, let machine = moment.world.machines[number], machine.owner?.id == record.id,
      told.insert(record.id).inserted
    else { return nil }
    return violation(moment, "\(record.name) has ended by the journal, but its machine \(number) is there.")
  }

  /// How the world differs from a record; `nil` when it does not.
  private func difference(_ record: WorkerRecord, _ moment: Moment) -> String? {
    let world = moment.world
    let machine = record.machine.flatMap { world.machines[$0] }
    let node = world.nodes[NodeName(record.name.rawValue)]
    switch record.state {
    case .ready:
      guard let machine else { return "its machine is gone" }
      guard machine.running else { return "machine \(machine.id) does not run" }
      guard moment.policy.health.enabled else { return nil }
      guard let node else { return "its node is not in the cluster" }
      guard node.machine == machine.id else { return "its node runs on machine \(node.machine)" }
      guard node.isReady else { return "its node is not Ready" }
      if node.unschedulable, node.cordonedByHand != true { return "its node is cordoned, and by nobody else" }
      if node.taints.contains(where: { $0.key == Taint.starting.key }) { return "its node still waits to be started" }
      guard moment.policy.pool(record.pool) != nil else { return nil }
      guard node.labels["node-pool"] == record.pool.rawValue else { return "its node does not say its pool" }
      let end = record.timeToLive.map { String($0.expiresAt.milliseconds / 1000) }
      return end == nil || node.labels["ttl"] == end ? nil : "its node does not say when it expires"
    case .standby:
      guard let machine else { return "its machine is gone" }
      return machine.running ? "machine \(machine.id) runs" : nil
    case .unhealthy:
      guard let node, let machine, machine.running, node.isReady else { return nil }
      let bad = ["NetworkUnavailable", "DiskPressure", "MemoryPressure", "PIDPressure"].contains {
        node.conditions[$0]?.status == .yes
      }
      return bad ? nil : "nothing is wrong with its node"
    default: return nil
    }
  }

  /// Whether a state that is to pass does not.
  private mutating func passes(_ record: WorkerRecord, _ step: Duration) -> String? {
    switch record.state {
    case .requested, .provisioning, .joining, .repairing, .failed, .terminating: break
    case .draining: return nil
    default:
      stuck[record.id] = nil
      return nil
    }
    let known = stuck[record.id].flatMap { $0.state == record.state ? $0.time : nil } ?? .zero
    let time = known + step
    stuck[record.id] = (record.state, time)
    guard time > Self.passing else { return nil }
    return "\(record.name) has been \(record.state.rawValue) for \(time.text) in which it could have got on"
      + (record.lastError.map { ": \($0)" } ?? ".")
  }

  /// Whether a drain lasts for longer than anything that it waits for.
  private mutating func drains(_ record: WorkerRecord, _ step: Duration, _ moment: Moment) -> String? {
    guard record.state == .draining else { return nil }
    let (world, policy) = (moment.world, moment.policy.draining)
    let isOver = record.timeToLive.map { moment.programNow >= $0.expiresAt } ?? false
    let mayBeGivenUp = record.removal?.reason.data["by_choice"] == "true" && record.readyAt != nil && !isOver
    // What these settings keep on a node stays for ever.
    guard policy.ignoreDaemonSets, policy.deleteEmptyDirData || mayBeGivenUp else { return nil }
    if world.isCutOff(record) || !mayBeGivenUp && world.budgetKeepsPods(on: record) { return nil }
    let known = stuck[record.id].flatMap { $0.state == .draining ? $0.time : nil } ?? .zero
    stuck[record.id] = (.draining, known + step)
    guard known + step > policy.limit + policy.grace + Self.drainEnds else { return nil }
    return "\(record.name) has been drained for \((known + step).text) in which nothing kept it"
      + (record.lastError.map { ": \($0)" } ?? ".")
  }
}
