import Model

/// No pool falls below its minimum by our doing.
///
/// Promised: when the program lets workers go that it could as well have kept (idleness, savings, upgrades, budgets,
/// preemption, the replacement of broken ones), so many of their pool stay as its minimum says, those included that this
/// same step has asked for.
///
/// Not by our doing, and therefore not counted: workers that failed or were lost, that somebody removed, whose time was
/// over. A minimum that was raised by an edit in the same step binds only afterwards.
public struct MinimumChecker: Checker {
  public static let name = "minimum"

  /// Workers that stand, by pool, before the step.
  private var standing: [PoolName: Set<WorkerID>] = [:]
  private var removed: Set<WorkerID> = []
  private var minimums: [PoolName: Int]

  public init(_ scene: Scene) { minimums = Self.minimums(scene.policy) }

  private static func minimums(_ policy: Policy) -> [PoolName: Int] {
    Dictionary(policy.pools.map { ($0.name, $0.minimum) }, uniquingKeysWith: { first, _ in first })
  }

  public mutating func see(_ moment: Moment) -> [Violation] {
    let now = Self.minimums(moment.policy)
    defer { minimums = now }
    guard !moment.changed.isEmpty else { return [] }
    // What has failed or was taken away in this step still counts: the plan could not know.
    var left = standing
    var chosen: [PoolName: [WorkerRecord]] = [:]
    for record in moment.changed where !record.isSpare {
      if record.stands {
        left[record.pool, default: []].insert(record.id)
      } else if let cause = record.cause, removed.insert(record.id).inserted {
        switch cause {
        case .choice, .budget, .preemption, .replacement:
          guard standing[record.pool]?.contains(record.id) == true else { continue }
          left[record.pool]?.remove(record.id)
          chosen[record.pool, default: []].append(record)
        case .expiry: left[record.pool]?.remove(record.id)
        case .order, .failure, .standby, .poolIsGone: break
        }
      }
    }
    keep(moment.changed)
    return chosen.keys.sorted().compactMap { pool in
      let minimum = min(minimums[pool] ?? 0, now[pool] ?? 0)
      let count = left[pool]?.count ?? 0
      guard count < minimum, let record = chosen[pool]?.min(by: { $0.name < $1.name }) else { return nil }
      return violation(
        moment,
        "Pool \(pool) keeps \(count) of at least \(minimum) workers, for \(record.name) was let go "
          + "(\(record.removal?.reason.code ?? "")).")
    }
  }

  private mutating func keep(_ changed: [WorkerRecord]) {
    for record in changed {
      if record.stands, !record.isSpare {
        standing[record.pool, default: []].insert(record.id)
        // A drain that was given up.
        removed.remove(record.id)
      } else {
        standing[record.pool]?.remove(record.id)
      }
    }
  }
}
