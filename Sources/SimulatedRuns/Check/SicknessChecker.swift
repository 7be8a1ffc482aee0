import Model
import Simulator

/// Sick workers do not stay as they are.
///
/// Promised, once faults have ended and what they left has had its time: a worker that is unhealthy by the journal, and whose
/// node is sick by the world's word, is repaired or replaced by what the table has for it, within the time of its last
/// level, the pause between two rounds, and `bound`.
///
/// Excused: while the breaker holds, which counts the sick of its pool; what the report says is tried no more, has no table,
/// or cannot be replaced yet; machines whose mark is gone and those of hosts that are away; workers whose time is over.
public struct SicknessChecker: Checker {
  public static let name = "sickness"

  static let bound: Duration = .minutes(90)
  /// What the report says of workers for which nothing more can be done now.
  private static let excuses: Set<String> = [
    "repair_exhausted", "repair_breaker", "repair_disabled", "replacement_waits", "removal_limit", "unhealthy",
  ]

  private var last: Instant?
  private var open: [WorkerID: WorkerRecord] = [:]
  /// Fair time since a worker fell ill, or since something was done about it last.
  private var sick: [WorkerID: Duration] = [:]
  private var told: Set<WorkerID> = []

  public init(_ scene: Scene) {}

  public mutating func see(_ moment: Moment) -> [Violation] {
    for record in moment.changed {
      let before = open[record.id]
      open[record.id] = record.state == .terminated ? nil : record
      if record.state != .unhealthy || record.repair?.attempts != before?.repair?.attempts { sick[record.id] = nil }
    }
    defer { last = moment.now }
    let policy = moment.policy
    guard moment.phase == .liveness, let last, moment.isFair, policy.repair.enabled, policy.health.enabled else {
      return []
    }
    let step = moment.now - last
    var violations: [Violation] = []
    for id in open.keys.sorted() {
      guard let record = open[id], record.state == .unhealthy, isSick(record, moment.world),
        record.timeToLive.map({ moment.programNow < $0.expiresAt }) ?? true, !moment.world.isUnmarked(record),
        !moment.world.isCutOff(record), !breakerHolds(record.pool, moment)
      else { continue }
      let reason = moment.decision?.report.workers.first { $0.worker == record.name }?.reason
      if let reason, Self.excuses.contains(reason.code) { continue }
      let time = (sick[id] ?? .zero) + step
      sick[id] = time
      let longest = policy.repair.levels.values.joined().compactMap(\.after).max() ?? .zero
      guard time > longest + policy.repair.cooldown + Self.bound, told.insert(id).inserted else { continue }
      violations.append(
        violation(
          moment,
          "\(record.name) is sick, and for \(time.text) nothing has been done about it"
            + (reason.map { ": \($0.sentence)" } ?? ".")))
    }
    return violations
  }

  private func isSick(_ record: WorkerRecord, _ world: World) -> Bool {
    guard let node = world.nodes[NodeName(record.name.rawValue)] else { return false }
    return !node.isReady
      || ["DiskPressure", "MemoryPressure"].contains { node.conditions[$0]?.status == .yes }
  }

  private func breakerHolds(_ pool: PoolName, _ moment: Moment) -> Bool {
    let members = open.values.filter { $0.pool == pool && $0.stands && !$0.isComing && !$0.isSpare }
    let sick = members.count {
      $0.state == .unhealthy || $0.state == .repairing || isSick($0, moment.world)
    }
    return sick > 1 && Double(sick) * 100 > moment.policy.repair.breakerPercent * Double(members.count)
  }
}
