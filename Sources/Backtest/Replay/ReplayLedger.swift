import Foundation
import Model

/// What a replay's workers have cost, and how far each cap was used. Sums are exact.
struct ReplayLedger: Sendable {
  let policy: Policy
  private(set) var month: CalendarMonth
  /// Of workers that are gone, all their costs, and those of the present month.
  private(set) var closed = Money.zero
  private(set) var closedByPool: [PoolName: Money] = [:]
  private var closedOfMonth: [PoolName: Money] = [:]
  private(set) var closedSpan: [PoolName: Duration] = [:]
  /// Of the burst event in progress: members that are gone. `nil` while there is none.
  private var closedOfEvent: Money?
  private var uses: [String: BudgetUse] = [:]
  /// Scopes whose hourly cap is exceeded at present.
  private var exceeding: Set<String> = []
  private let order: [String]

  init(policy: Policy, start: Instant) {
    self.policy = policy
    month = CalendarMonth(holding: start, timeZone: policy.money.timeZone)
    var order: [BudgetUse] = []
    let pools = policy.pools.sorted { $0.name < $1.name }
    order += pools.compactMap { pool in pool.monthlyBudget.map { BudgetUse(scope: pool.name.rawValue, limit: $0) } }
    if let cap = policy.money.monthlyBudget { order.append(BudgetUse(scope: "all", limit: cap)) }
    order += pools.compactMap { pool in
      pool.hourlyBudget.map { BudgetUse(scope: "\(pool.name)/hour", limit: $0.perHour) }
    }
    if let cap = policy.money.hourlyBudget { order.append(BudgetUse(scope: "all/hour", limit: cap.perHour)) }
    if let cap = policy.money.burstEventMaximum { order.append(BudgetUse(scope: "burst_event", limit: cap)) }
    self.order = order.map(\.scope)
    for use in order { uses[use.scope] = use }
  }

  /// In the order that `BacktestResult.budgets` promises.
  var budgets: [BudgetUse] { order.map { uses[$0]! } }

  /// What has been spent in the present month, for a decision.
  func spending(_ records: [WorkerRecord], now: Instant) -> Spending {
    var spending = Spending(month: month.name, monthStart: month.start, monthEnd: month.end)
    for pool in policy.pools { spending.byPool[pool.name] = closedOfMonth[pool.name] ?? .zero }
    for record in records {
      spending.byPool[record.pool, default: .zero] += record.cost(until: now) - record.cost(until: month.start)
    }
    spending.burstEvent = event(records, now)
    return spending
  }

  /// Of the burst event in progress until now.
  private func event(_ records: [WorkerRecord], _ now: Instant) -> Money {
    guard let closedOfEvent else { return .zero }
    return records.filter(isOfEvent).reduce(closedOfEvent) { $0 + share(of: $1, until: now) }
  }

  private func isOfEvent(_ record: WorkerRecord) -> Bool {
    policy.pool(record.pool)?.kind == .burst && !record.isReserve
  }

  /// What a worker costs a burst event: a standby clone from its activation on.
  private func share(of record: WorkerRecord, until now: Instant) -> Money {
    record.cost(until: now) - record.cost(until: record.standby?.activatedAt ?? .epoch)
  }

  /// A burst worker is asked for: an event begins unless there is one.
  mutating func noteIntent(of record: WorkerRecord, living: [WorkerRecord]) {
    if isOfEvent(record), closedOfEvent == nil { closedOfEvent = .zero }
  }

  /// A worker is gone. `living` are the others.
  mutating func close(_ record: WorkerRecord, living: [WorkerRecord]) {
    guard let end = record.billedUntil, let start = record.billedFrom else {
      endEvent(living, record.stateSince)
      return
    }
    let cost = record.cost(until: end)
    closed += cost
    closedByPool[record.pool, default: .zero] += cost
    closedOfMonth[record.pool, default: .zero] += cost - record.cost(until: month.start)
    closedSpan[record.pool, default: .zero] += end - start
    if isOfEvent(record), closedOfEvent != nil { closedOfEvent! += share(of: record, until: end) }
    endEvent(living, end)
  }

  private mutating func endEvent(_ living: [WorkerRecord], _ now: Instant) {
    guard let spent = closedOfEvent, !living.contains(where: isOfEvent) else { return }
    note("burst_event", spent, at: now)
    closedOfEvent = nil
  }

  /// The month is over.
  mutating func turnMonth(_ records: [WorkerRecord]) {
    noteMonth(records, until: month.end)
    closedOfMonth = [:]
    month = CalendarMonth(holding: month.end, timeZone: policy.money.timeZone)
  }

  /// The replay is over, or interrupted.
  mutating func finish(_ records: [WorkerRecord], at end: Instant) {
    noteMonth(records, until: end)
    if closedOfEvent != nil { note("burst_event", event(records, end), at: end) }
  }

  private mutating func noteMonth(_ records: [WorkerRecord], until end: Instant) {
    let spent = spending(records, now: end).byPool
    var all = Money.zero
    for pool in spent.keys.sorted() {
      note(pool.rawValue, spent[pool]!, at: end)
      all += spent[pool]!
    }
    note("all", all, at: end)
  }

  private mutating func note(_ scope: String, _ amount: Money, at instant: Instant) {
    guard var use = uses[scope] else { return }
    if amount > use.highest {
      use.highest = amount
      use.at = instant
    }
    if amount > use.limit { use.timesExceeded += 1 }
    uses[scope] = use
  }

  /// Workers that are paid for have changed.
  mutating func noteHour(_ billed: [WorkerRecord], at now: Instant) {
    guard policy.money.hourlyBudget != nil || policy.pools.contains(where: { $0.hourlyBudget != nil }) else { return }
    var byPool: [PoolName: Money] = [:]
    for record in billed { byPool[record.pool, default: .zero] += record.presentPrice.perHour }
    noteHour("all/hour", byPool.values.reduce(.zero, +), now)
    for pool in policy.pools { noteHour("\(pool.name)/hour", byPool[pool.name] ?? .zero, now) }
  }

  private mutating func noteHour(_ scope: String, _ amount: Money, _ now: Instant) {
    guard var use = uses[scope] else { return }
    if amount > use.highest {
      use.highest = amount
      use.at = now
    }
    if amount <= use.limit {
      exceeding.remove(scope)
    } else if exceeding.insert(scope).inserted {
      use.timesExceeded += 1
    }
    uses[scope] = use
  }
}

/// A calendar month in a zone.
struct CalendarMonth: Sendable {
  /// `2026-11`.
  var name: String
  var start: Instant
  /// The first instant of the next month.
  var end: Instant

  /// - Parameter timeZone: an IANA name; UTC stands in for one that is not known.
  init(holding now: Instant, timeZone: String) {
    if timeZone == "UTC" {
      let civil = CivilTime(now)
      self.init(year: civil.year, month: civil.month) { year, month in
        Instant(seconds: Int64(CivilTime.days(year: year, month: month, day: 1)) * 86_400)
      }
      return
    }
    var calendar = Calendar(identifier: .gregorian)
    calendar.timeZone = TimeZone(identifier: timeZone) ?? .gmt
    let date = Date(timeIntervalSince1970: now.seconds)
    let parts = calendar.dateComponents([.year, .month], from: date)
    self.init(year: parts.year ?? 1970, month: parts.month ?? 1) { year, month in
      let first = calendar.date(from: DateComponents(year: year, month: month, day: 1)) ?? date
      return Instant(milliseconds: Int64((first.timeIntervalSince1970 * 1000).rounded()))
    }
  }

  private init(year: Int, month: Int, first: (Int, Int) -> Instant) {
    name = "\(year)-\(month < 10 ? "0" : "")\(month)"
    start = first(year, month)
    end = month == 12 ? first(year + 1, 1) : first(year, month + 1)
  }
}
