import Model
import Simulator

/// Repairs follow the table.
///
/// Promised: of one issue, levels are tried in order, each at most once a round, and a round begins only after the pause;
/// over all, no more attempts are made on a worker than the rounds have levels; and nobody is repaired while more than the
/// breaker's share of its pool, and more than one worker, is sick. A replacement comes after all levels before it, and one
/// attempt is one call to the machine.
///
/// Each issue has its own levels and goes on where it was left. What was tried is forgotten when the worker has been healthy and the pause
/// is over. For the breaker only those count as sick whose nodes have been so for a minute by the world's word, and only
/// while nothing stood between the program and the cluster.
public struct RepairOrderChecker: Checker {
  public static let name = "repair_order"

  private struct History {
    /// The level that was tried last, by issue.
    var levels: [RepairIssue: Int]
    var at: Instant
    /// Attempts, whatever for.
    var count: Int
    var wasHealthy = false
  }

  private var histories: [WorkerID: History] = [:]
  /// For which attempt a worker's machine was called last.
  private var called: [WorkerID: Instant] = [:]
  private var members: [PoolName: [WorkerID: WorkerRecord]] = [:]
  private var afterwards = Afterwards()
  private var told: Set<WorkerID> = []

  public init(_ scene: Scene) {}

  public mutating func see(_ moment: Moment) -> [Violation] {
    afterwards.see(moment)
    var violations: [Violation] = []
    for record in moment.changed {
      if record.cause == .replacement, let sentence = replacement(record, moment), told.insert(record.id).inserted {
        violations.append(violation(moment, sentence))
      }
      if let repair = record.repair, let at = repair.lastAttemptAt, histories[record.id]?.at != at {
        if let sentence = judge(record, repair, at, moment), told.insert(record.id).inserted {
          violations.append(violation(moment, sentence))
        }
      }
      if record.state == .ready || record.repair == nil { histories[record.id]?.wasHealthy = true }
      // What the record forgets when it may is forgotten here, too; what it forgets too early is not.
      if record.repair?.lastAttemptAt == nil, let history = histories[record.id], history.wasHealthy,
        moment.programNow - history.at >= moment.policy.repair.cooldown
      {
        histories[record.id] = nil
      }
    }
    if !moment.calls.isEmpty { violations += repetitions(moment) }
    for record in moment.changed {
      members[record.pool, default: [:]][record.id] = Self.counts(record) ? record : nil
      if record.state == .terminated { histories[record.id] = nil }
    }
    return violations
  }

  private mutating func judge(
    _ record: WorkerRecord, _ repair: RepairRecord, _ at: Instant, _ moment: Moment
  ) -> String? {
    let policy = moment.policy.repair
    // By what was ordered or is in work; what the record takes for the next level may be wrong, and another issue may have
    // come since. Of a step in which the process died only the record is left: its level has changed.
    let order = moment.decision?.plan.repairs.first { $0.worker == record.name }
    let earlier = members[record.pool]?[record.id]?.repair
    let turned = RepairIssue.allCases.filter { repair.nextLevel(for: $0) != earlier?.nextLevel(for: $0) ?? 0 }
    let issue = order?.issue ?? (turned.count == 1 ? turned[0] : repair.issue)
    let levels = policy.levels[issue] ?? []
    let action = order?.action ?? repair.inWork
    let named = action.flatMap { action in levels.firstIndex { $0.action == action } }
    let level = named ?? repair.nextLevel(for: issue) - 1
    let before = histories[record.id]
    let count = (before?.count ?? 0) + 1
    var tried = before?.levels ?? [:]
    let last = tried.updateValue(level, forKey: issue)
    histories[record.id] = History(levels: tried, at: at, count: count)
    guard levels.indices.contains(level) else {
      return "\(record.name) is repaired by level \(level + 1) of \(levels.count) for \(issue.rawValue)."
    }
    let name = levels[level].action.rawValue
    if let before, let last, level != last + 1 {
      if level != 0 {
        return
          "\(record.name) is repaired by \(name), level \(level + 1) for \(issue.rawValue), after level "
          + "\(last + 1)."
      }
      if at - before.at < policy.cooldown, !clockWasSet(since: before.at, moment) {
        return
          "\(record.name) begins another round of repairs for \(issue.rawValue) \((at - before.at).text) after "
          + "the last attempt; \(policy.cooldown.text) must lie between."
      }
    } else if last == nil, level != 0 {
      return "\(record.name) is repaired by \(name), level \(level + 1), without the levels before it for "
        + "\(issue.rawValue)."
    }
    let longest = policy.levels.values.map(\.count).max() ?? 0
    // A replacement is no attempt: it ends the worker.
    if count > policy.maximumAttempts * longest, levels[level].action != .replace {
      return "\(record.name) is repaired for the \(count)th time without having been healthy; "
        + "\(policy.maximumAttempts) rounds are the limit."
    }
    return breaker(record, moment)
  }

  /// A replacement is the last level: those before it have been tried.
  private func replacement(_ record: WorkerRecord, _ moment: Moment) -> String? {
    guard let issue = record.removal?.reason.data["issue"].flatMap(RepairIssue.init(rawValue:)),
      let levels = moment.policy.repair.levels[issue], let last = levels.firstIndex(where: { $0.action == .replace }),
      last > 0
    else { return nil }
    let history = histories[record.id]
    let tried = history?.levels[issue].map { $0 + 1 } ?? 0
    guard tried < last else { return nil }
    return "\(record.name) is replaced for \(issue.rawValue) after \(tried) of the \(last) levels before that."
  }

  /// One attempt is one call.
  private mutating func repetitions(_ moment: Moment) -> [Violation] {
    moment.calls.compactMap { call in
      switch call.call {
      case .restartKubelet, .reboot, .cleanDisk, .pruneImages: break
      default: return nil
      }
      guard call.outcome == .done || call.outcome == .answerLost, let id = call.owner?.id, let at = histories[id]?.at
      else { return nil }
      guard called.updateValue(at, forKey: id) == at, told.insert(id).inserted else { return nil }
      return violation(moment, "\(call.owner!.worker) was called for the same repair twice (begun at \(at)).")
    }
  }

  private func clockWasSet(since: Instant, _ moment: Moment) -> Bool {
    afterwards.clockChanged(within: moment.programNow - since + .hours(1), before: moment.now)
  }

  private func breaker(_ record: WorkerRecord, _ moment: Moment) -> String? {
    guard !afterwards.troubled(.cluster, within: .minutes(2), before: moment.now) else { return nil }
    // Those that the decision saw; an operator may have taken one out just before.
    let seen = moment.decision?.snapshot.workers.filter { $0.pool == record.pool && Self.counts($0) }
    let pool = seen ?? (members[record.pool] ?? [:]).values.sorted { $0.id < $1.id }
    let sick = pool.count { isSick($0, moment) }
    let share = Double(pool.count) * moment.policy.repair.breakerPercent / 100
    guard sick > 1, Double(sick) > share else { return nil }
    return "\(record.name) is repaired while \(sick) of \(pool.count) workers of pool \(record.pool) are sick."
  }

  /// Whether a worker is one of those among which the sick are counted.
  private static func counts(_ record: WorkerRecord) -> Bool {
    record.stands && (record.state == .ready || record.state == .unhealthy || record.state == .repairing)
  }

  private func isSick(_ record: WorkerRecord, _ moment: Moment) -> Bool {
    guard let node = moment.world.nodes[NodeName(record.name.rawValue)] else { return false }
    let long = moment.now.advanced(by: .seconds(-60))
    if let ready = node.conditions["Ready"], ready.status != .yes, ready.since <= long { return true }
    return ["MemoryPressure", "DiskPressure"].contains { type in
      node.conditions[type].map { $0.status == .yes && $0.since <= long } ?? false
    }
  }
}
