import Foundation
import Model

/// What workers have cost, counted from their records.
enum Ledger {
  /// The same, with machines of ours that are in no record: what is known of them after the journal was lost. Each counts
  /// from its creation at the dearest price of its pool; one that does not say when it was created, or whose pool is not
  /// known, leaves the whole unknown.
  /// - Parameter month: the one that holds `now`, where it is known already.
  static func spending(
    of records: [WorkerRecord], machines: [MachineObservation], now: Instant, policy: Policy,
    month: CalendarMonth? = nil
  ) -> Observed<Spending> {
    let month = month ?? CalendarMonth(holding: now, timeZone: policy.money.timeZone)
    var spending = spending(of: records, now: now, policy: policy, month: month)
    let known = Set(records.map(\.id))
    for machine in machines where !machine.isTemplate {
      guard let owner = machine.owner, owner.cluster == policy.clusterName, !known.contains(owner.id) else { continue }
      let pool = policy.pool(owner.pool)
      let prices = pool.map { pool in
        (pool.templates + [pool.defaultTemplate]).compactMap(policy.template).map(pool.price(of:))
      }
      guard let price = prices?.max(), let createdAt = machine.createdAt else {
        return .unknown(
          "Machine \(machine.id) (\(owner.worker)) is marked as ours and in no record, and "
            + (machine.createdAt == nil ? "does not say when it was created." : "its pool \(owner.pool) is not known."))
      }
      let cost = price.cost(of: now - max(createdAt, spending.monthStart))
      spending.byPool[owner.pool, default: .zero] += cost
      if pool?.kind == .burst { spending.burstEvent += price.cost(of: now - createdAt) }
    }
    return .known(spending, at: now)
  }

  /// The spending of the calendar month that holds `now`, in the policy's zone.
  /// - Parameters:
  ///   - records: all workers that were billed at some time since the month's start (more do no harm).
  ///   - month: the one that holds `now`, where it is known already.
  static func spending(
    of records: [WorkerRecord], now: Instant, policy: Policy, month: CalendarMonth? = nil
  ) -> Spending {
    let month = month ?? CalendarMonth(holding: now, timeZone: policy.money.timeZone)
    var spending = Spending(month: month.name, monthStart: month.start, monthEnd: month.end)
    for pool in policy.pools { spending.byPool[pool.name] = .zero }
    // By index: a record is a large value, and copying each would cost more than the sum.
    for index in records.indices where records[index].billedUntil.map({ $0 > month.start }) ?? true {
      spending.byPool[records[index].pool, default: .zero] += cost(of: records[index], from: month.start, until: now)
    }
    spending.burstEvent = burstEvent(records, now: now, policy: policy)
    return spending
  }

  /// A worker's cost within a window: the difference of two exact running totals, so that windows add up.
  static func cost(of record: WorkerRecord, from start: Instant, until end: Instant) -> Money {
    guard end > start else { return .zero }
    return record.cost(until: end) - record.cost(until: start)
  }

  /// Bills that ended before this do not matter any more: ten days more than the month, so that a burst event that began
  /// before it is whole.
  static func horizon(at now: Instant, policy: Policy) -> Instant {
    horizon(of: CalendarMonth(holding: now, timeZone: policy.money.timeZone))
  }

  /// The same for a month that is known already.
  static func horizon(of month: CalendarMonth) -> Instant { month.start.advanced(by: .hours(-240)) }

  /// Cost of the burst event in progress: it began with the first burst worker after there was none.
  ///
  /// A worker is there from its intent on, so that one that is still being made when the last of the others goes keeps
  /// the event open. Workers that never were billed and are gone count for nothing. A standby clone belongs to an event from
  /// its activation on, with what it costs from then on.
  private static func burstEvent(_ records: [WorkerRecord], now: Instant, policy: Policy) -> Money {
    let pools = Set(policy.pools.lazy.filter { $0.kind == .burst }.map(\.name))
    guard !pools.isEmpty, records.contains(where: { pools.contains($0.pool) && $0.state != .terminated }) else {
      return .zero
    }
    let burst = records.filter { record in
      pools.contains(record.pool) && (record.billedFrom != nil || record.state != .terminated) && !record.isReserve
    }.sorted { ($0.wantedSince, $0.name, $0.id) < ($1.wantedSince, $1.name, $1.id) }
    var members: [WorkerRecord] = []
    var openUntil = Instant.epoch
    for record in burst {
      if record.wantedSince > openUntil { members.removeAll() }
      members.append(record)
      openUntil = max(openUntil, record.state == .terminated ? record.billedUntil ?? now : now)
    }
    // With every burst worker gone the event is over.
    guard members.contains(where: { $0.state != .terminated }) else { return .zero }
    return members.reduce(.zero) { $0 + cost(of: $1, from: $1.standby?.activatedAt ?? .epoch, until: now) }
  }
}

/// A calendar month in a zone.
struct CalendarMonth: Sendable {
  /// `2026-11`.
  var name: String
  var start: Instant
  /// The first instant of the next month.
  var end: Instant
}

extension CalendarMonth {
  /// - Parameter timeZone: an IANA name; configuration checking has refused unknown ones, UTC stands in for the rest.
  init(holding now: Instant, timeZone: String) {
    self = timeZone == "UTC" ? Self.ofUTC(holding: now) : Self.ofZone(timeZone, holding: now)
    if SeededBug.startsMonthLate.isOn { start = start.advanced(by: .hours(24)) }
  }

  private static func ofZone(_ timeZone: String, holding now: Instant) -> CalendarMonth {
    var calendar = Calendar(identifier: .gregorian)
    calendar.timeZone = TimeZone(identifier: timeZone) ?? .gmt
    let date = Date(timeIntervalSince1970: now.seconds)
    let parts = calendar.dateComponents([.year, .month], from: date)
    let (year, month) = (parts.year ?? 1970, parts.month ?? 1)
    let first = calendar.date(from: DateComponents(year: year, month: month, day: 1)) ?? date
    let next = calendar.date(byAdding: .month, value: 1, to: first) ?? date
    return CalendarMonth(
      name: name(year, month), start: Instant(milliseconds: Int64((first.timeIntervalSince1970 * 1000).rounded())),
      end: Instant(milliseconds: Int64((next.timeIntervalSince1970 * 1000).rounded())))
  }

  /// Without a calendar, since it is asked for several times in each decision.
  private static func ofUTC(holding now: Instant) -> CalendarMonth {
    let civil = CivilTime(now)
    func first(_ year: Int, _ month: Int) -> Instant {
      Instant(seconds: Int64(CivilTime.days(year: year, month: month, day: 1)) * 86_400)
    }
    return CalendarMonth(
      name: name(civil.year, civil.month), start: first(civil.year, civil.month),
      end: civil.month == 12 ? first(civil.year + 1, 1) : first(civil.year, civil.month + 1))
  }

  private static func name(_ year: Int, _ month: Int) -> String { "\(year)-\(month < 10 ? "0" : "")\(month)" }
}
