import Model
import Ports
import Testing

@testable import ControlLoop

/// Which conditions a decision shows.
@Suite struct ConditionsTests {
  private static let month = "2026-11"

  private static func line(
    _ scope: String, spent: Double, forecast: Double = 0, cap: Double = 100
  ) -> BudgetReport {
    BudgetReport(
      scope: scope, cap: Money(cap), spent: Money(spent), committed: .zero, forecast: Money(max(spent, forecast)))
  }

  private static func report(_ budgets: BudgetReport...) -> Report {
    var report = Report(at: Setting.start)
    report.budgets = budgets
    return report
  }

  private static func snapshot() -> Snapshot {
    var snapshot = Snapshot(now: Setting.start)
    snapshot.spending = .known(
      Spending(
        month: month, monthStart: Setting.start.advanced(by: .hours(-200)),
        monthEnd: Setting.start.advanced(by: .hours(400))), at: Setting.start)
    return snapshot
  }

  /// Keys of what holds, with `*` behind what is told in another's place.
  private static func held(
    _ report: Report, _ snapshot: Snapshot = snapshot(), events: [JournalEvent] = [],
    told: [String: ToldCondition] = [:]
  ) -> [String] {
    Conditions(policy: Setting.policy(), snapshot: snapshot, report: report, events: events, told: told)
      .all.conditions.filter(\.holds).map { $0.key + ($0.isOvershadowed ? "*" : "") }
  }

  @Test(
    arguments: [
      (49.9, []), (50, ["budget/burst/50"]), (79.9, ["budget/burst/50"]),
      (80, ["budget/burst/50*", "budget/burst/80"]),
      (100, ["budget/burst/50*", "budget/burst/80*", "budget/burst/100"]),
      (130, ["budget/burst/50*", "budget/burst/80*", "budget/burst/100"]),
    ] as [(Double, [String])]) func findsTheSharesThatAreSpent(_ spent: Double, _ keys: [String])
  {
    #expect(
      Self.held(Self.report(Self.line("burst", spent: spent, forecast: 0, cap: 100))).filter { !$0.hasPrefix("f") }
        == keys)
  }

  @Test func takesTheConfiguredShareInPlaceOfEighty() {
    var policy = Setting.policy()
    policy.money.alertPercent = 72.5
    let conditions = Conditions(
      policy: policy, snapshot: Self.snapshot(), report: Self.report(Self.line("all", spent: 75)), events: [], told: [:]
    ).all.conditions
    #expect(conditions.map(\.key) == ["budget/all/50", "budget/all/72.5"])
    #expect(conditions.last?.message.severity == .warning)
    #expect(conditions.last?.message.endsAt == Setting.start.advanced(by: .hours(400)), "the month's end")
    #expect(conditions.last?.message.sentence.contains("72.5 % or more of the cap of 100") == true)
  }

  @Test(arguments: [(95.0, ["budget/burst/100"]), (76, []), (74.9, [])] as [(Double, [String])])
  func aShareIsOverOnlyWhenClearlyLessIsSpent(_ spent: Double, _ lingering: [String]) {
    var told: [String: ToldCondition] = [:]
    for percent in ["50", "80", "100"] {
      told["budget/burst/\(percent)"] = ToldCondition(
        message: NotificationMessage(
          .budget, code: "budget_threshold", status: .firing, severity: .info, title: "", sentence: ""),
        since: Setting.start)
    }
    let all = Conditions(
      policy: Setting.policy(), snapshot: Self.snapshot(), report: Self.report(Self.line("burst", spent: spent)),
      events: [], told: told
    ).all.conditions
    let expected = spent >= 80 ? lingering : spent >= 75 ? ["budget/burst/80"] : []
    #expect(all.filter { !$0.holds }.map(\.key) == expected)
  }

  @Test func aBudgetThatPaysJustForTheWayOutIsUsedUp() {
    var report = Self.report(Self.line("burst", spent: 97))
    report.workers = [
      WorkerReport(
        worker: "worker-burst-001", verdict: .retire,
        reason: Reason("budget_exhausted", "It goes.", data: ["scope": "burst"]))
    ]
    #expect(Self.held(report).contains("budget/burst/100"))
    // The workers are gone, and the month goes on: this is not over.
    var message = NotificationMessage(
      .budget, code: "budget_threshold", status: .firing, severity: .critical, title: "", sentence: "")
    message.data["cap"] = "\(Money(100))"
    var told = ToldCondition(message: message, since: Setting.start)
    told.month = Self.month
    let later = Conditions(
      policy: Setting.policy(), snapshot: Self.snapshot(), report: Self.report(Self.line("burst", spent: 60)),
      events: [], told: ["budget/burst/100": told]
    ).all.conditions
    #expect(later.contains { $0.key == "budget/burst/100" && !$0.holds })
  }

  @Test func forecastsAreToldBeyondTheCapAndOverWellBelowIt() {
    #expect(Self.held(Self.report(Self.line("burst", spent: 10, forecast: 100))).isEmpty)
    #expect(Self.held(Self.report(Self.line("burst", spent: 10, forecast: 100.01))) == ["forecast/burst"])
    #expect(Self.held(Self.report(Self.line("burst_event", spent: 10, forecast: 130))).isEmpty)
    let told = ["forecast/burst": ToldCondition(message: nil, since: Setting.start)]
    for (forecast, isThere) in [(95.0, true), (90, false)] {
      let all = Conditions(
        policy: Setting.policy(), snapshot: Self.snapshot(),
        report: Self.report(Self.line("burst", spent: 10, forecast: forecast)), events: [], told: told
      ).all.conditions
      #expect(all.contains { $0.key == "forecast/burst" } == isThere, "\(forecast)")
    }
  }

  @Test func hourlyCapsAreReachedInTheNormalCourseOfThings() {
    #expect(Self.held(Self.report(Self.line("burst/hour", spent: 100), Self.line("all/hour", spent: 120))).isEmpty)
  }

  @Test func nothingIsSaidOfMoneyWhileTheLedgerIsUnknown() {
    var snapshot = Self.snapshot()
    snapshot.spending = .unknown("It is being rebuilt.")
    let all = Conditions(
      policy: Setting.policy(), snapshot: snapshot, report: Self.report(), events: [], told: [:]
    ).all
    #expect(all.conditions.isEmpty)
    #expect(all.unknown == ["budget/", "forecast/", "cannot-hold/"])
  }

  @Test func findsCapsThatCannotHoldWhatMustBeKept() {
    var report = Self.report(Self.line("all", spent: 10))
    report.budgets[0].reason = Reason("minimum_over_budget", "The minimums cost too much.", remedy: "Raise it.")
    var pool = PoolReport(pool: "permanent", verdict: .hold, minimum: 2, maximum: 10)
    pool.reasons = [Reason("minimum_over_budget", "The minimum costs too much.")]
    report.pools = [pool]
    #expect(Self.held(report) == ["cannot-hold/all", "cannot-hold/permanent"])
  }

  @Test func findsPoolsThatAreFullAndRepairThatIsStopped() {
    var report = Self.report()
    var pool = PoolReport(pool: "burst", verdict: .refused, minimum: 0, maximum: 20)
    pool.reasons = [Reason("pool_at_maximum", "It is full."), Reason("repair_breaker", "Too many are unhealthy.")]
    report.pools = [pool, PoolReport(pool: "spot", verdict: .hold, minimum: 0, maximum: 1)]
    report.workers = [
      WorkerReport(worker: "worker-spot-001", verdict: .keep, reason: Reason("repair_exhausted", "Nothing helped."))
    ]
    #expect(Self.held(report) == ["capacity/burst", "repair/worker-spot-001", "repair/pool/burst"])
  }

  @Test func aDrainIsStuckFromItsEventUntilItIsOver() {
    var snapshot = Self.snapshot()
    var worker = WorkerRecord(
      id: "id-1", name: "worker-burst-001", pool: "burst", template: "medium", price: HourlyPrice(perHour: Money(1)),
      reason: Reason("requested", ""), createdAt: Setting.start)
    worker.state = .draining
    snapshot.workers = [worker]
    #expect(Self.held(Self.report(), snapshot).isEmpty)
    let event = JournalEvent(
      at: Setting.start, subject: "worker", name: "worker-burst-001", code: "drain_stuck",
      sentence: "1 pod stays, blocked by web/front.")
    #expect(Self.held(Self.report(), snapshot, events: [event]) == ["drain/id-1"])
    let told = ["drain/id-1": ToldCondition(message: nil, since: Setting.start)]
    func isThere() -> Bool {
      Conditions(policy: Setting.policy(), snapshot: snapshot, report: Self.report(), events: [], told: told)
        .all.conditions.contains { $0.key == "drain/id-1" }
    }
    #expect(isThere())
    snapshot.workers[0].state = .terminating
    #expect(!isThere())
  }
}
