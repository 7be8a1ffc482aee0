import Model
import Ports
import Simulator

/// What is missing never shrinks a pool.
///
/// Promised: while metrics say nothing, no number, or nothing new, and while the cluster's lists cannot be read, no worker
/// is let go by choice (idleness, under-use, consolidation, upgrades). Judged by what was done to the systems, not by what
/// the decision took for known. And a list of machines that suddenly shows none of several workers' machines loses no
/// worker whose machine is there, until it has done so for a quarter of an hour. A clock that is set ahead may take five minutes
/// of these, each time.
///
/// A minute on either side of such a time is not judged. Old values count as missing only after twice the longer of the
/// samples' interval and the tick, and after what the program's clock is behind that of the metrics. Metrics that say zero, and lists that lie otherwise, cannot be seen through from within.
public struct MissingDataChecker: Checker {
  public static let name = "missing_data"

  private static let margin: Duration = .minutes(1)
  /// So many workers are enough to tell a broken list from machines that are gone.
  private static let fewest = 3
  /// An empty list is believed after so long, a look earlier or later.
  private static let doubt: Duration = .minutes(14)
  /// What a clock that is set ahead passes for at most.
  private static let mostSetAhead: Duration = .minutes(5)

  private enum What: Hashable {
    case readings, oldReadings, lists

    var sentence: String {
      switch self {
      case .readings: "no trigger has had a reading"
      case .oldReadings: "no trigger has had a new reading"
      case .lists: "the cluster has not answered"
      }
    }
  }

  private struct Gap {
    var what: What
    var from: Instant
    var until: Instant
  }

  private let gaps: [Gap]
  private var removed: Set<WorkerID> = []
  private var present: [WorkerID: WorkerRecord] = [:]
  /// Since when the list of machines has lacked rows in every look.
  private var lackingSince: Instant?
  /// What has passed for time since then.
  private var setAhead: Duration = .zero
  private var offset: Duration?

  public init(_ scene: Scene) {
    gaps = scene.disturbances.compactMap { disturbance in
      let from = disturbance.at
      func gap(_ what: What, _ length: Duration) -> Gap {
        Gap(what: what, from: from, until: min(from.advanced(by: length), scene.phases.faultsUntil))
      }
      switch disturbance.kind {
      case .outage(.cluster, let length): return gap(.lists, length)
      case .outage(.metrics, let length): return gap(.readings, length)
      case .wrongMetrics(let wrong, let length):
        switch wrong {
        case .silent, .notANumber, .failing: return gap(.readings, length)
        case .stale: return gap(.oldReadings, length)
        case .zero: return nil
        }
      default: return nil
      }
    }
  }

  public mutating func see(_ moment: Moment) -> [Violation] {
    var violations = lost(moment)
    for record in moment.changed {
      guard record.cause == .choice else {
        if record.removal == nil { removed.remove(record.id) }
        continue
      }
      guard removed.insert(record.id).inserted else { continue }
      guard let gap = gap(for: record, moment) else { continue }
      violations.append(
        violation(
          moment,
          "\(record.name) was let go by choice (\(record.removal?.reason.code ?? "")) while \(gap.what.sentence) since "
            + "\(gap.from)."))
    }
    return violations
  }

  /// Workers that were taken for lost because a list had become empty.
  private mutating func lost(_ moment: Moment) -> [Violation] {
    let lacks = moment.disturbances.compactMap { kind in
      if case .missingRows(.hypervisor, let percent, _) = kind { percent } else { nil }
    }.max()
    // A list that is whole again helps whoever looks at it.
    if lacks != nil {
      lackingSince = lackingSince ?? moment.now
    } else if moment.decision?.snapshot.machines.value != nil {
      lackingSince = nil
    }
    let ahead = moment.programNow - moment.now
    if lackingSince == nil {
      setAhead = .zero
    } else if let offset {
      setAhead += min(max(.zero, ahead - offset), Self.mostSetAhead)
    }
    offset = ahead
    let known = present.values.count { $0.machine != nil && $0.billedFrom != nil && !$0.state.isLeaving }
    defer {
      for record in moment.changed { present[record.id] = record.state == .terminated ? nil : record }
    }
    guard lacks == 100, known >= Self.fewest, let lackingSince,
      moment.now - lackingSince + setAhead < Self.doubt
    else {
      return []
    }
    return moment.changed.compactMap { record in
      guard record.state == .failed, present[record.id]?.state != .failed, let number = record.machine,
        moment.world.machines[number]?.owner?.id == record.id, record.billedFrom != nil, record.readyAt != nil,
        moment.events.contains(where: { $0.code == "worker_lost" && $0.name == record.name.rawValue })
      else { return nil }
      return violation(
        moment,
        "\(record.name) was given up, as machine \(number) is not in a list that lacks all rows, and some since "
          + "\(lackingSince).")
    }
  }

  private func gap(for record: WorkerRecord, _ moment: Moment) -> Gap? {
    guard !gaps.isEmpty else { return nil }
    let at = moment.lookedAt ?? moment.now
    let hasTriggers = moment.policy.triggers.contains { $0.pool == record.pool }
    let pace = moment.policy.pace
    return gaps.first { gap in
      var begins = gap.from.advanced(by: Self.margin)
      if gap.what == .oldReadings {
        begins = begins.advanced(
          by: max(pace.expectedSampleInterval, pace.tick) * 2 + max(.zero, moment.now - moment.programNow))
      }
      guard begins <= at, at <= gap.until.advanced(by: .zero - Self.margin) else { return false }
      return isThere(gap.what, moment) && (gap.what == .lists || hasTriggers)
    }
  }

  /// Whether the run has indeed done it. Of several ways in which metrics are wrong at once only one shows.
  private func isThere(_ what: What, _ moment: Moment) -> Bool {
    var (isAway, ways): (Bool, Set<Disturbance.WrongMetrics>) = (false, [])
    for kind in moment.disturbances {
      switch kind {
      case .outage(.cluster, _) where what == .lists: return true
      case .outage(.metrics, _): isAway = true
      case .wrongMetrics(let way, _): ways.insert(way)
      default: break
      }
    }
    switch what {
    case .lists: return false
    case .readings: return isAway || (!ways.isEmpty && ways.isSubset(of: [.silent, .notANumber, .failing]))
    case .oldReadings: return ways == [.stale]
    }
  }
}
