import Model
import Simulator

/// Workers that nobody needs go.
///
/// Promised, once faults have ended and what they left has had its time: of a temporary pool with an idle time, workers on
/// which nothing has run for longer than that go, one after the other, down to the pool's minimum.
///
/// Only certain cases are judged: no pod waits anywhere, no trigger of the pool fires or is without a reading, none of its
/// workers comes or goes, fewer than may leave at once are leaving, and a schedule of the pool, whether its window is open
/// or not, would be content with fewer. Workers that an alert keeps, that took another's place within the time in which
/// that pays, or whose processor is busy all the same are needed. Between two that go lie the cooldown and the window of
/// which the pace of shrinking speaks.
public struct IdlenessChecker: Checker {
  public static let name = "idleness"

  /// Of fair time for the program's looks, which are sparse while nothing happens.
  static let looks: Duration = .minutes(35)

  private var last: Instant?
  private var open: [WorkerID: WorkerRecord] = [:]
  /// Fair time for which nothing has run on a worker.
  private var idle: [WorkerID: Duration] = [:]
  /// Fair time for which a pool could have let a worker go, and has let none go.
  private var overdue: [PoolName: Duration] = [:]
  private var told: Set<PoolName> = []

  public init(_ scene: Scene) {}

  static func bound(_ policy: Policy, _ pool: Pool) -> Duration {
    pool.shrinkCooldown + policy.pace.shrinkWindow + looks
  }

  public mutating func see(_ moment: Moment) -> [Violation] {
    for record in moment.changed {
      open[record.id] = record.state == .terminated ? nil : record
      if record.state != .ready || record.removal != nil {
        idle[record.id] = nil
        if record.removal != nil { overdue[record.pool] = nil }
      }
    }
    defer { last = moment.now }
    guard moment.phase == .liveness, let last, moment.isFair, !Troubles(moment).metricsAreWrong,
      moment.policy.cleanup.idleDetection
    else { return [] }
    let step = moment.now - last
    for (id, record) in open where record.state == .ready {
      idle[id] = isIdle(record, moment) ? (idle[id] ?? .zero) + step : nil
    }
    let leaving = open.values.count { $0.isLeaving(moment.policy, now: moment.programNow) }
    let waits = moment.world.pods.keys.contains { number in
      moment.world.pods.look(at: number) { $0.node == nil && !$0.isFinished } ?? false
    }
    var violations: [Violation] = []
    for pool in moment.policy.pools where pool.isTemporary && pool.enabled {
      guard let timeout = pool.idleTimeout, let record = dispensable(in: pool, after: timeout, moment) else {
        overdue[pool.name] = nil
        continue
      }
      if waits || leaving >= moment.policy.provisioning.parallelLimit { continue }
      let time = (overdue[pool.name] ?? .zero) + step
      overdue[pool.name] = time
      guard time > Self.bound(moment.policy, pool), told.insert(pool.name).inserted else { continue }
      violations.append(
        violation(
          moment,
          "Nothing has run on \(record.name) for \((idle[record.id] ?? .zero).text), and for \(time.text) pool \(pool.name) "
            + "has let no worker go."))
    }
    return violations
  }

  private func isIdle(_ record: WorkerRecord, _ moment: Moment) -> Bool {
    let name = NodeName(record.name.rawValue)
    guard let node = moment.world.nodes[name], node.isReady else { return false }
    let isUsed = node.pods.contains { number in
      guard let pod = moment.world.pods[number], !pod.isFinished else { return false }
      return moment.world.workloads[pod.workload]?.kind != .daemonSet
    }
    let seen = moment.decision?.snapshot.nodes.value?.first { $0.name == name }
    return !isUsed && (seen?.cpuPercent ?? 0) < moment.policy.cleanup.idleCPUPercent
  }

  /// The first by name that has been idle for too long in a pool in which nothing speaks for it; `nil`: none.
  private func dispensable(in pool: Pool, after timeout: Duration, _ moment: Moment) -> WorkerRecord? {
    let members = open.values.filter { $0.pool == pool.name && !$0.isSpare }
    guard members.allSatisfy({ $0.stands && !$0.isComing }) else { return nil }
    let scheduled = moment.policy.schedules.filter { $0.pool == pool.name }.map(\.workers).max() ?? 0
    guard members.count > max(pool.minimum, scheduled) else { return nil }
    let triggers = moment.decision?.report.triggers.filter { $0.pool == pool.name } ?? []
    guard triggers.allSatisfy({ $0.state.phase == .inactive }) else { return nil }
    let needed: Set<String> = ["alert", "consolidates", "replaces_worker", "upgrades"]
    return members.filter { record in
      guard let time = idle[record.id], time > timeout else { return false }
      return !needed.contains(record.reason.code)
    }.min { $0.name < $1.name }
  }
}
