import Foundation
import Model
import Testing

@testable import poolkeeper

/// What the command tells about one subject.
@Suite struct ExplanationTests {
  private static let at = Instant(rfc3339: "2026-03-01T08:00:00Z")!

  private static let report: Report = {
    var report = Report(at: at)
    var burst = PoolReport(pool: "burst", verdict: .hold, minimum: 0, maximum: 20)
    burst.reasons = [Reason("nothing_asked", "Pool burst holds at 2 of 20: no trigger fires.")]
    burst.bounds = [
      Reason("cooling_down", "Pool burst does not shrink before 08:10:00.", data: ["until": "08:10:00"])
    ]
    report.pools = [burst, PoolReport(pool: "spot", verdict: .disabled, minimum: 0, maximum: 5)]
    report.triggers = [
      TriggerReport(
        trigger: "burst/pending_pods", pool: "burst", state: TriggerState(phase: .inactive, since: at), threshold: 5,
        reason: Reason("trigger_inactive", "It does not fire.", remedy: "It would fire after 2m of >= 5 pods."))
    ]
    report.podGroups = [
      PodGroupReport(
        example: PodKey(namespace: "shop", name: "web-7d9f-x1"), pods: 3, outcome: .waits,
        reason: Reason("pool_at_maximum", "3 pods wait.", data: ["pool": "burst"])),
      PodGroupReport(
        example: PodKey(namespace: "data", name: "db-0"), pods: 1, outcome: .impossible,
        reason: Reason("no_offer_fits", "1 pod waits.")),
    ]
    report.workers = [
      WorkerReport(
        worker: "worker-burst-001", verdict: .keep,
        reason: Reason("idle_clock", "It may go at 08:20:00.", data: ["idle_since": "07:50:00"]))
    ]
    report.budgets = [
      BudgetReport(scope: "burst", cap: Money(10), spent: Money(4), committed: Money(6), forecast: Money(12)),
      BudgetReport(scope: "all", cap: Money(50), spent: Money(4), committed: Money(6), forecast: Money(12)),
      BudgetReport(scope: "spot", cap: Money(5), spent: .zero, committed: .zero, forecast: .zero),
    ]
    report.violations = [
      Reason("maximum", "Pool burst would have 21 workers.", data: ["pool": "burst"]),
      Reason("time_to_live", "Worker worker-burst-007 would live too long.", data: ["worker": "worker-burst-007"]),
    ]
    return report
  }()

  private static func kinds(_ subject: String) throws -> [String] {
    try Explanation(of: report, about: subject).lines.map { "\($0.kind) \($0.name)" }
  }

  private static func refusal(_ subject: String) -> Failure? {
    do {
      _ = try Explanation(of: report, about: subject)
      return nil
    } catch { return error as? Failure }
  }

  @Test func alertsAndSchedulesAreToldByNameAndWithAll() throws {
    var report = Self.report
    report.alerts = [
      AlertReport(
        fingerprint: "7f3a", name: "QueueIsLong", outcome: .served, reason: Reason("alert", "It has 2 of 2 workers."))
    ]
    report.schedules = [
      ScheduleReport(schedule: "market", pool: "burst", active: true, reason: Reason("scheduled", "Until 10:00."))
    ]
    for subject in ["QueueIsLong", "7f3a"] {
      let lines = try Explanation(of: report, about: subject).lines
      #expect(lines.map(\.kind) == ["alert"] && lines[0].verdict == "served")
    }
    #expect(try Explanation(of: report, about: "market").lines.map(\.verdict) == ["active"])
    #expect(try Explanation(of: report, about: "burst").lines.contains { $0.kind == "schedule" })
    #expect(Explanation(of: report).lines.count { $0.kind == "alert" || $0.kind == "schedule" } == 2)
  }

  @Test func aPodIsKnownByWhatItBelongsTo() throws {
    var report = Self.report
    report.podGroups[0].owners = ["shop/api-5c9d", "shop/web-7d9f"]
    let lines = try Explanation(of: report, about: "shop/api-5c9d-k2").lines
    #expect(lines.map(\.kind) == ["pods"])
    #expect(lines[0].sentence.hasPrefix("shop/api-5c9d-k2 counts among these"))
  }

  @Test func aCapOfAnHourIsToldAsOne() throws {
    var report = Self.report
    report.budgets.append(
      BudgetReport(scope: "burst/hour", cap: Money(2), spent: Money(1.5), committed: .zero, forecast: .zero))
    let line = try #require(try Explanation(of: report, about: "burst/hour").lines.first)
    #expect(line.sentence == "Workers cost 1.50 of 2.00 an hour.")
  }

  @Test func ofAPoolItTellsReasonsBoundsTriggersPodsAndBudgets() throws {
    #expect(
      try Self.kinds("burst") == [
        "violation plan", "violation plan", "pool burst", "bound burst", "trigger burst/pending_pods",
        "pods shop/web-7d9f-x1 (3)",
        "budget burst", "budget all",
      ])
    let lines = try Explanation(of: Self.report, about: "burst").lines
    #expect(lines.first { $0.name == "all" }?.verdict == "within")
    let exhausted = try #require(lines.first { $0.kind == "budget" })
    #expect(exhausted.code == "budget_exhausted" && exhausted.remedy != nil && exhausted.data["left"] == "0.00")
  }

  @Test func ofAWorkerItTellsSinceWhen() throws {
    let line = try #require(try Explanation(of: Self.report, about: "worker-burst-001").lines.first)
    #expect(line.text(withData: true).contains("(idle_since 07:50:00)"))
    #expect(try Self.kinds("worker-burst-007") == ["violation plan"])
    #expect(try Self.kinds("burst/pending_pods") == ["trigger burst/pending_pods"])
  }

  @Test(arguments: [
    "shop/web-7d9f-x1", "web-7d9f-x1", "shop/web-7d9f-zz9", "shop/web-8c11-b2", "web-7d9f-q",
  ])
  func aPodIsFoundByItsNameOrItsOwners(_ pod: String) throws {
    let explanation = try Explanation(of: Self.report, about: pod)
    #expect(explanation.lines.map(\.name) == ["shop/web-7d9f-x1 (3)"])
    let isExample = pod.hasSuffix("x1")
    #expect((explanation.lines.first?.data["matched"] == nil) == isExample)
    #expect(explanation.lines.first?.sentence.hasPrefix(isExample ? "3 pods" : pod) == true)
  }

  @Test func aPodOfAnotherNamespaceIsAnother() {
    #expect(Self.refusal("data/web-7d9f-x1")?.kind == .notFound)
  }

  @Test func anUnknownNameGetsTheNearestOne() {
    #expect(Self.refusal("brust")?.message.contains("Did you mean \"burst\"?") == true)
    #expect(Self.refusal("worker-burst-002")?.message.contains("worker-burst-001") == true)
    #expect(Self.refusal("somethingelse")?.message.contains("Pools are burst, spot") == true)
  }

  @Test func everythingIsToldWithoutASubjectRemediesIncluded() {
    let lines = Explanation(of: Self.report).lines
    #expect(lines.first?.text(withData: false) == "violation: Pool burst would have 21 workers.")
    let trigger = lines.first { $0.kind == "trigger" }
    #expect(
      trigger?.text(withData: false)
        == "trigger burst/pending_pods: inactive — It does not fire.\n    → It would fire after 2m of >= 5 pods.")
    #expect(lines.count == 10)
  }
}
