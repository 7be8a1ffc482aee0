import Model
import Testing

@testable import ControlLoop

/// What workers have cost, by month and burst event.
@Suite struct LedgerTests {
  private static let names = ["a", "b", "c", "d"]

  /// A worker that was asked for, billed and gone at these minutes after midnight of 10 November; `nil`: not yet.
  private static func worker(
    _ index: Int, pool: PoolName = "burst", asked: Int, billed: Int?, gone: Int? = nil, price: Double = 0.24
  ) -> WorkerRecord {
    let midnight = Instant(rfc3339: "2026-11-10T00:00:00Z")!
    func at(_ minutes: Int) -> Instant { midnight.advanced(by: .minutes(minutes)) }
    var record = WorkerRecord(
      id: WorkerID(names[index]), name: WorkerName(pool: pool, number: index + 1), pool: pool, template: "medium",
      price: HourlyPrice(perHour: Money(price)), reason: Reason("test", "A test."), createdAt: at(asked))
    record.billedFrom = billed.map(at)
    record.billedUntil = gone.map(at)
    record.state = gone == nil ? (billed == nil ? .provisioning : .ready) : .terminated
    if let gone { record.stateSince = at(gone) }
    return record
  }

  private static func at(_ text: String) -> Instant { Instant(rfc3339: text)! }

  @Test(arguments: [
    ("2026-11-10T12:00:00Z", "UTC", "2026-11", "2026-11-01T00:00:00Z", "2026-12-01T00:00:00Z"),
    ("2026-12-31T23:59:59Z", "UTC", "2026-12", "2026-12-01T00:00:00Z", "2027-01-01T00:00:00Z"),
    ("2027-01-01T00:00:00Z", "UTC", "2027-01", "2027-01-01T00:00:00Z", "2027-02-01T00:00:00Z"),
    ("2028-02-29T12:00:00Z", "UTC", "2028-02", "2028-02-01T00:00:00Z", "2028-03-01T00:00:00Z"),
    // 23:30 UTC on the last day of October is the first of November in Berlin, an hour ahead by then.
    ("2026-10-31T23:30:00Z", "Europe/Berlin", "2026-11", "2026-10-31T23:00:00Z", "2026-11-30T23:00:00Z"),
    // October has 745 hours there.
    ("2026-10-15T12:00:00Z", "Europe/Berlin", "2026-10", "2026-09-30T22:00:00Z", "2026-10-31T23:00:00Z"),
    ("2026-11-01T03:00:00Z", "America/New_York", "2026-10", "2026-10-01T04:00:00Z", "2026-11-01T04:00:00Z"),
    ("2026-11-10T12:00:00Z", "Nowhere/Land", "2026-11", "2026-11-01T00:00:00Z", "2026-12-01T00:00:00Z"),
  ]) func theMonthIsTheZonesCalendarMonth(now: String, zone: String, name: String, start: String, end: String) {
    let month = CalendarMonth(holding: Self.at(now), timeZone: zone)
    #expect(month.name == name)
    #expect(month.start == Self.at(start))
    #expect(month.end == Self.at(end))
  }

  @Test func theRememberedMonthIsLeftWhenItEndsAndWhenTheZoneChanges() {
    let months = MonthMemo()
    var policy = Setting.policy()
    for (zone, now) in [
      ("UTC", "2026-10-31T22:59:59Z"), ("UTC", "2026-10-31T23:30:00Z"), ("Europe/Berlin", "2026-10-31T23:30:00Z"),
      ("Europe/Berlin", "2026-10-31T22:30:00Z"), ("UTC", "2026-11-01T00:00:00Z"), ("UTC", "2026-11-30T23:59:59Z"),
      ("UTC", "2026-12-01T00:00:00Z"),
    ] {
      policy.money.timeZone = zone
      let month = months.month(holding: Self.at(now), policy)
      let expected = CalendarMonth(holding: Self.at(now), timeZone: zone)
      #expect(month.name == expected.name && month.start == expected.start && month.end == expected.end)
    }
  }

  @Test func aWorkerCostsFromItsCloneToItsEnd() {
    let now = Self.at("2026-11-10T02:00:00Z")
    let records = [
      Self.worker(0, asked: 0, billed: 1, gone: 61), Self.worker(1, asked: 0, billed: 60),
      Self.worker(2, asked: 110, billed: nil), Self.worker(3, pool: "spot", asked: 0, billed: 0, price: 0.072),
    ]
    let spending = Ledger.spending(of: records, now: now, policy: Setting.policy())
    #expect(spending.byPool["burst"] == Money(0.48))
    #expect(spending.byPool["spot"] == Money(0.144))
    #expect(spending.byPool["gpu"] == .zero, "a pool without workers has a line of its own")
    #expect(spending.total == Money(0.624))
  }

  @Test func aMonthHasItsOwnShareAndMonthsAddUpExactly() {
    var policy = Setting.policy()
    policy.money.timeZone = "Europe/Berlin"
    // 0.07 an hour does not divide evenly by seconds; the odd start shows what rounding would lose.
    var record = Self.worker(0, asked: 0, billed: 0, price: 0.07)
    record.billedFrom = Self.at("2026-10-30T11:17:23.457Z")
    record.billedUntil = Self.at("2026-12-02T03:04:05.678Z")
    record.state = .terminated
    let ends = ["2026-10-31T23:00:00Z", "2026-11-30T23:00:00Z", "2026-12-31T23:00:00Z"].map(Self.at)
    let months = ends.map { end in
      Ledger.spending(of: [record], now: end.advanced(by: .milliseconds(-1)), policy: policy).byPool["burst"]!
    }
    // The last millisecond of each month is looked at from within it; what it adds is less than a micro-unit.
    let whole = record.cost(until: Self.at("2026-12-31T00:00:00Z"))
    #expect(abs(months.reduce(.zero, +).microunits - whole.microunits) <= 2)
    let windows = [Self.at("2026-10-30T00:00:00Z")] + ends
    let exact = zip(windows, windows.dropFirst()).map { Ledger.cost(of: record, from: $0, until: $1) }
    #expect(exact.reduce(.zero, +) == whole)
    #expect(Ledger.spending(of: [record], now: ends[2], policy: policy).byPool["burst"] == .zero)
  }

  @Test func anyWindowsAddUpExactly() {
    let record = Self.worker(0, asked: 0, billed: 7, gone: 1_000, price: 0.07)
    let start = record.createdAt
    for step in [1, 7, 13, 59, 61] {
      var sum = Money.zero
      var from = start
      while from < start.advanced(by: .minutes(1_100)) {
        let until = from.advanced(by: .milliseconds(Int64(step) * 61_001))
        sum += Ledger.cost(of: record, from: from, until: until)
        from = until
      }
      #expect(sum == record.cost(until: from), "windows of \(step)")
    }
    #expect(Ledger.cost(of: record, from: start.advanced(by: .hours(2)), until: start) == .zero)
  }

  /// Workers as (asked, billed, gone) in minutes; the expected cost of the event at 10:00 in worker-hours.
  @Test(
    arguments: [
      ("none", [], 0.0),
      ("one that lives", [(0, 0, nil)], 10),
      ("all gone: the event is over", [(0, 0, 60), (30, 30, 120)], 0),
      ("those that overlapped count whole", [(0, 0, 120), (60, 60, nil)], 2 + 9),
      ("a gap begins a new event", [(0, 0, 60), (61, 61, nil)], 8.0 + 59.0 / 60),
      ("the next was asked for before the last went", [(0, 0, 60), (58, 63, nil)], 1 + 8.95),
      ("one being made keeps it open", [(0, 0, 540), (539, nil, nil)], 9),
      ("one being made after it is a new one", [(0, 0, 540), (541, nil, nil)], 0),
      ("a chain", [(0, 0, 60), (50, 50, 120), (110, 110, nil)], 1 + 70.0 / 60 + 490.0 / 60),
    ] as [(String, [(Int, Int?, Int?)], Double)])
  func aBurstEventLastsFromTheFirstWorkerToTheLast(
    _ name: String, _ workers: [(Int, Int?, Int?)], _ workerHours: Double
  ) {
    let records = workers.enumerated().map { index, times in
      Self.worker(index, asked: times.0, billed: times.1, gone: times.2)
    }
    let spending = Ledger.spending(
      of: records.reversed(), now: Self.at("2026-11-10T10:00:00Z"), policy: Setting.policy())
    #expect(abs(spending.burstEvent.units - workerHours * 0.24) < 0.000_01, "\(name)")
  }

  // MARK: after the journal was lost

  private static func machine(
    _ number: Int, pool: PoolName = "burst", cluster: String = Setting.cluster, created: String?
  ) -> MachineObservation {
    let name = WorkerName(pool: pool, number: number)
    var machine = MachineObservation(
      id: MachineID(200 + number), name: name.rawValue, host: "pve-01", power: .running,
      owner: MachineOwner(cluster: cluster, pool: pool, worker: name, id: WorkerID("lost-\(number)")))
    machine.createdAt = created.map(at)
    return machine
  }

  @Test func machinesOfOursWithoutARecordCountFromTheirCreationAtTheDearestPrice() {
    let now = Self.at("2026-11-10T10:00:00Z")
    let machines = [
      Self.machine(1, created: "2026-11-10T08:00:00Z"),
      Self.machine(2, pool: "permanent", created: "2026-10-20T08:00:00Z"),
      Self.machine(3, cluster: "other", created: nil),
      MachineObservation(id: MachineID(100), name: "nas", host: "pve-02", power: .running),
    ]
    let record = Self.worker(0, asked: 0, billed: 0)
    let spending = Ledger.spending(of: [record], machines: machines, now: now, policy: Setting.policy()).value
    // Ten hours of the record's 0.24, and two at the price of large, 0.48.
    #expect(spending?.byPool["burst"] == Money(2.4 + 0.96))
    #expect(spending?.burstEvent == Money(2.4 + 0.96))
    // From the month's start: nine days and ten hours.
    #expect(spending?.byPool["permanent"] == Money(0.48 * 226))
  }

  @Test func machinesWithARecordCountOnce() {
    var machine = Self.machine(1, created: "2026-11-10T00:00:00Z")
    machine.owner!.id = "a"
    let record = Self.worker(0, asked: 0, billed: 0)
    let spending = Ledger.spending(
      of: [record], machines: [machine], now: Self.at("2026-11-10T10:00:00Z"), policy: Setting.policy())
    #expect(spending.value?.total == Money(2.4))
  }

  /// Until the ledger is rebuilt nothing grows above its minimum.
  @Test(arguments: [("burst", nil), ("vanished", "2026-11-10T08:00:00Z")] as [(PoolName, String?)])
  func aMachineWhoseCostCannotBeToldLeavesTheWholeUnknown(_ pool: PoolName, _ created: String?) {
    let machines = [Self.machine(1, pool: pool, created: created)]
    let spending = Ledger.spending(
      of: [], machines: machines, now: Self.at("2026-11-10T10:00:00Z"), policy: Setting.policy())
    #expect(spending.unknownReason?.contains("in no record") == true)
  }

  @Test func otherPoolsAreNoBurstEvent() {
    let records = [
      Self.worker(0, pool: "spot", asked: 0, billed: 0), Self.worker(1, pool: "gone", asked: 0, billed: 0),
    ]
    let spending = Ledger.spending(of: records, now: Self.at("2026-11-10T10:00:00Z"), policy: Setting.policy())
    #expect(spending.burstEvent == .zero)
    #expect(spending.byPool["gone"] == Money(2.4), "a pool that is no longer configured still has cost")
  }
}
