import Model
import Testing

@testable import Decision

@Suite struct ScheduleRuleTests {
  /// A schedule of four burst workers whose window begins in `opens` and lasts two hours.
  private func scene(
    opens: Duration = .minutes(2), workers: Int = 4, _ change: (inout Schedule) -> Void = { _ in }
  ) throws -> Scene {
    var scene = Scene()
    var schedule = Schedule(
      name: "morning", pool: "burst", cron: try CronExpression("0 8 * * *"), duration: .hours(2), workers: workers)
    change(&schedule)
    scene.policy.schedules = [schedule]
    let start = Scene.now.advanced(by: opens)
    scene.snapshot.schedules["morning"] = ScheduleWindow(start: start, end: start.advanced(by: .hours(2)))
    return scene
  }

  /// When the window begins; whether workers are wanted. Provisioning usually takes three minutes.
  @Test(arguments: [(181, false), (180, true), (0, true), (-7199, true), (-7200, false)])
  func wantsItsWorkersFromTheLeadToTheEnd(_ opens: Int, _ isActive: Bool) throws {
    let result = try scene(opens: .seconds(opens)).decide()
    #expect(result.plan.creations.count == (isActive ? 4 : 0))
    #expect(result.report.schedules?.map(\.active) == [isActive])
  }

  @Test func itsOwnLeadCounts() throws {
    #expect(try scene(opens: .minutes(20)) { $0.lead = .minutes(20) }.decide().plan.creations.count == 4)
    #expect(try scene(opens: .minutes(2)) { $0.lead = .minutes(1) }.decide().plan.isEmpty)
  }

  @Test func countsWorkersThatThereAreAndThoseUnderWay() throws {
    var scene = try scene()
    scene.addWorker("burst")
    scene.addWorker("burst", state: .joining)
    scene.addWorker("burst", state: .draining)
    let result = scene.decide()
    #expect(result.plan.creations.count == 2)
    #expect(result.plan.creations.allSatisfy { $0.reason.code == "scheduled" })
  }

  @Test func severalSchedulesDoNotAddUp() throws {
    var scene = try scene()
    var other = scene.policy.schedules[0]
    other.name = "late"
    other.workers = 3
    scene.policy.schedules.append(other)
    scene.snapshot.schedules["late"] = scene.snapshot.schedules["morning"]
    #expect(scene.decide().plan.creations.count == 4)
    #expect(Situation(snapshot: scene.snapshot, policy: scene.policy).scheduledMinimum(of: scene.pool("burst")) == 4)
    #expect(Situation(snapshot: scene.snapshot, policy: scene.policy).scheduledMinimum(of: scene.pool("spot")) == 0)
  }

  @Test func workersLiveThroughTheWindowAsFarAsThePoolAllows() throws {
    var scene = try scene()
    let start = scene.snapshot.now
    scene.snapshot.schedules["morning"] = ScheduleWindow(start: start, end: start.advanced(by: .hours(7)))
    #expect(scene.decide().plan.creations.allSatisfy { $0.timeToLive == .hours(7) })
    scene.snapshot.schedules["morning"] = ScheduleWindow(start: start, end: start.advanced(by: .hours(30)))
    #expect(scene.decide().plan.creations.allSatisfy { $0.timeToLive == .hours(12) })
    scene.snapshot.schedules["morning"] = ScheduleWindow(start: start, end: start.advanced(by: .hours(1)))
    #expect(scene.decide().plan.creations.allSatisfy { $0.timeToLive == .hours(4) })
  }

  @Test func neverExceedsMoneyOrTheMaximum() throws {
    var poor = try scene()
    poor.changeSpending { $0.byPool["burst"] = Money(200 - 1.5) }
    let result = poor.decide()
    #expect(result.plan.creations.count == 1)
    #expect(result.codes("burst").contains("pool_budget"))
    #expect(result.report.schedules?.first?.reason.sentence.contains("budget") == true)
    var small = try scene(workers: 9)
    small.policy.provisioning.parallelLimit = 50
    small.changePool("burst") { $0.maximum = 3 }
    #expect(small.decide().plan.creations.count == 3)
    let situation = Situation(snapshot: small.snapshot, policy: small.policy)
    #expect(situation.scheduledMinimum(of: small.pool("burst")) == 3)
  }

  /// Idle workers above the number go at the pace of shrinking, those within it stay.
  @Test(arguments: [(3, 0), (4, 0), (5, 1)])
  func idleWorkersStayWhileTheWindowNeedsThem(_ count: Int, _ gone: Int) throws {
    var scene = try scene(opens: .hours(-1), workers: 4)
    scene.policy.pace.shrinkPercent = 100
    for _ in 0..<count { scene.snapshot.memory.idleSince[scene.addWorker("burst")] = scene.ago(.minutes(40)) }
    let result = scene.decide()
    #expect(result.plan.retirements.count == gone)
    if count == 4 { #expect(result.codes("burst").contains("scheduled_minimum")) }
    scene.snapshot.schedules["morning"]!.end = scene.snapshot.now
    #expect(scene.decide().plan.retirements.count == count, "the window is over")
  }

  @Test func saysWhenItComesAndWhenItIsNotKnown() throws {
    var scene = try scene(opens: .hours(3))
    #expect(scene.decide().report.schedules?.first?.reason.code == "schedule_next")
    scene.snapshot.schedules = [:]
    let report = scene.decide().report.schedules?.first
    #expect(report?.reason.code == "schedule_unknown")
    #expect(report?.active == false)
    scene.policy.schedules = []
    #expect(scene.decide().report.schedules == nil)
  }

  @Test func aPoolOrATemplateThatIsGoneIsSaid() throws {
    let poolless = try scene { $0.pool = "brust" }.decide()
    #expect(poolless.plan.isEmpty)
    #expect(poolless.report.schedules?.first?.reason.code == "unknown_pool")
    #expect(poolless.report.schedules?.first?.reason.remedy?.contains("\"burst\"") == true)
    let shapeless = try scene { $0.template = "huge" }.decide()
    #expect(shapeless.plan.isEmpty)
    #expect(shapeless.report.schedules?.first?.reason.code == "unknown_template")
  }
}
