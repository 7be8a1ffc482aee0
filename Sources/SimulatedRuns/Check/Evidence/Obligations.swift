import Model

/// What workers will surely still cost, by every cap; counted anew from the rules.
///
/// With a time to live: until its end, the grace and the drain's limit. Without: until the pool's horizon; one of the
/// minimum until the month's end. One that is to go: its way out.
struct Obligations {
  private(set) var byPool: [PoolName: Int64] = [:]
  private(set) var all: Int64 = 0
  /// Beyond the month's end, of burst workers.
  private(set) var event: Int64 = 0
  private(set) var hourByPool: [PoolName: Int64] = [:]
  private(set) var hour: Int64 = 0

  private let policy: Policy
  private let now: Instant
  private let month: Month

  /// - Parameter records: not terminated.
  init(of records: [WorkerRecord], now: Instant, month: Month, policy: Policy) {
    self.policy = policy
    self.now = now
    self.month = month
    let kept = Self.kept(records, policy)
    for record in records {
      let pool = policy.pool(record.pool)
      let (inMonth, whole) = commitment(of: record, pool, isKept: kept.contains(record.id))
      byPool[record.pool, default: 0] += inMonth
      all += inMonth
      if pool?.kind == .burst, !record.isSpare { event += whole }
      hourByPool[record.pool, default: 0] += record.hourlyCost.perHour.microunits
      hour += record.hourlyCost.perHour.microunits
    }
  }

  /// Those that pools' minimums keep: the oldest, by when they were wanted; of those that were wanted at once first whoever
  /// the minimum lacked.
  static func kept(_ records: [WorkerRecord], _ policy: Policy) -> Set<WorkerID> {
    var kept: Set<WorkerID> = []
    for pool in policy.pools where pool.minimum > 0 {
      let members = records.filter { $0.pool == pool.name && $0.stands && !$0.isSpare }
      func rank(_ record: WorkerRecord) -> (Instant, Int, WorkerName) {
        (record.beganAt, record.reason.code == "below_minimum" ? 0 : 1, record.name)
      }
      let oldest = members.sorted { rank($0) < rank($1) }
      kept.formUnion(oldest.prefix(pool.minimum).map(\.id))
    }
    return kept
  }

  private func commitment(
    of record: WorkerRecord, _ pool: Pool?, isKept: Bool
  ) -> (month: Int64, whole: Int64) {
    let price = record.hourlyCost
    let toMonthEnd = Bill.cost(price, month.end - now)
    if isKept { return (toMonthEnd, toMonthEnd) }
    let wayOut = policy.draining.limit + policy.termination.limit
    var span: Duration
    if !record.stands {
      span = (record.removal?.askedAt ?? record.stateSince).advanced(by: wayOut) - now
      span = max(span, policy.termination.limit)
    } else if let life = record.timeToLive, !record.isSpare {
      span = max(life.expiresAt - now + policy.cleanup.grace + policy.draining.limit, wayOut)
    } else {
      let began = record.isSpare ? record.createdAt : record.beganAt
      span = max(began - now + (pool?.horizon ?? .zero), wayOut)
    }
    let whole = Bill.cost(price, span)
    return (min(whole, toMonthEnd), whole)
  }
}
