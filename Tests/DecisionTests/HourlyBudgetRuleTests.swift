import Model
import Testing

@testable import Decision

/// What workers may cost an hour: created, extended and kept.
@Suite struct HourlyBudgetRuleTests {
  private static func price(_ units: Double) -> HourlyPrice { HourlyPrice(perHour: Money(units)) }

  /// Caps of an hour; workers of 0.24 there, in these states; how many of three more are created.
  @Test(
    arguments: [
      (0.72, [], 3), (0.719999, [], 2), (0.96, [.ready], 3), (0.959999, [.ready], 2), (0.48, [.joining], 1),
      (0.48, [.draining], 1), (0.24, [.ready], 0), (0, [], 0),
    ] as [(Double, [WorkerState], Int)])
  func createsAsManyAsAPoolsHourHolds(_ cap: Double, _ states: [WorkerState], _ expected: Int) {
    var scene = Scene()
    scene.changePool("burst") { $0.hourlyBudget = Self.price(cap) }
    for state in states { scene.addWorker("burst", state: state) }
    scene.addRequest(3, pool: "burst")
    let result = scene.decide()
    #expect(result.plan.creations.count == expected)
    if expected < 3 { #expect(result.report.requests.first?.reason.data["scope"] == "burst/hour") }
    #expect(PlanChecker.check(result.plan, snapshot: scene.snapshot, policy: scene.policy).isEmpty)
  }

  @Test func keepsTheHourOfAllPools() {
    var scene = Scene()
    // Three permanent ones and a burst one cost 0.96.
    scene.policy.money.hourlyBudget = Self.price(1.2)
    scene.addWorker("burst")
    scene.addRequest(3, pool: "burst")
    let result = scene.decide()
    #expect(result.plan.creations.count == 1)
    #expect(result.report.requests.first?.reason.data["scope"] == "all/hour")
    #expect(result.report.requests.first?.reason.sentence.contains("the hourly budget of all pools") == true)
    scene.addWorker("burst")
    let full = scene.decide()
    #expect(full.codes("burst").contains("total_hourly_budget"))
    #expect(full.pool("burst").verdict == .refused)
  }

  @Test func theMinimumIsKeptAllTheSame() {
    var scene = Scene()
    scene.changePool("permanent") {
      $0.minimum = 5
      $0.hourlyBudget = Self.price(0.5)
    }
    let result = scene.decide()
    #expect(result.created("permanent") == ["medium", "medium"])
    #expect(result.codes("permanent").contains("beyond_budget"))
    #expect(PlanChecker.check(result.plan, snapshot: scene.snapshot, policy: scene.policy).isEmpty)
  }

  @Test func aSubstituteOfTheMinimumsWorkerIsKeptWhileBothAreThere() {
    for isReady in [false, true] {
      var scene = Scene()
      scene.changePool("burst") {
        $0.minimum = 1
        $0.hourlyBudget = Self.price(0.3)
      }
      let broken = scene.addWorker("burst")
      scene.addWorker("burst", state: isReady ? .ready : .joining, age: .minutes(5)) {
        $0.reason = Reason(.replacesWorker, "It takes a place.", data: ["replaces": broken.rawValue])
      }
      let another = scene.addWorker("burst", age: .minutes(5))
      let retired = scene.decide().plan.retirements.map(\.worker)
      #expect(retired == [another], "beyond the budget while one is replaced, and no further")
    }
  }

  @Test func choosesAnotherPoolForPodsWhenOnePoolsHourIsFull() {
    var scene = Scene()
    scene.policy.triggers.append(Scene.trigger("spot/pending_pods", "spot", .pendingPods, 5, .zero))
    scene.fire("spot/pending_pods", 7)
    scene.fire("burst/pending_pods", 7)
    scene.changePool("spot") { $0.hourlyBudget = Self.price(0.03) }
    scene.addPending(7) { $0.tolerations.append(Toleration(key: "workload-type", value: "spot", effect: .noSchedule)) }
    let result = scene.decide()
    #expect(result.created("burst") == ["medium"])
    #expect(result.created("spot").isEmpty)
  }

  @Test func theCheckerRefusesAPlanBeyondAnHour() {
    var scene = Scene()
    scene.addRequest(3, pool: "burst")
    let plan = scene.decide().plan
    scene.changePool("burst") { $0.hourlyBudget = Self.price(0.719999) }
    scene.policy.money.hourlyBudget = Self.price(1.439999)
    let rules = PlanChecker.check(plan, snapshot: scene.snapshot, policy: scene.policy).map(\.rule)
    #expect(rules == [.poolHourlyBudget, .totalHourlyBudget])
    scene.changePool("burst") { $0.hourlyBudget = Self.price(0.72) }
    scene.policy.money.hourlyBudget = Self.price(1.44)
    #expect(PlanChecker.check(plan, snapshot: scene.snapshot, policy: scene.policy).isEmpty)
  }

  @Test func nothingIsExtendedWhileTheHourIsExceeded() {
    var scene = Scene()
    let name = scene.addWorker("burst", age: .hours(3))
    scene.changePool("burst") { $0.hourlyBudget = Self.price(0.24) }
    func extend() -> Result<TimeToLiveRecord, OrderRefusal> {
      OrderCheck.extend(name, by: .hours(1), snapshot: scene.snapshot, policy: scene.policy)
    }
    #expect(throws: Never.self) { try extend().get() }
    scene.changePool("burst") { $0.hourlyBudget = Self.price(0.23) }
    let refusal = #expect(throws: OrderRefusal.self) { try extend().get() }
    #expect(refusal?.reason.code == "pool_hourly_budget")
    #expect(refusal?.reason.sentence.contains("0.24 USD an hour already") == true)
  }

  @Test func letsTemporaryWorkersGoUntilTheHourHoldsTheRest() {
    var scene = Scene()
    let busy = scene.addWorker("burst")
    scene.addRunning(2, on: busy)
    let idle = scene.addWorker("burst")
    let other = scene.addWorker("burst")
    scene.addRunning(1, on: other)
    scene.changePool("burst") { $0.hourlyBudget = Self.price(0.72) }
    #expect(scene.decide().plan.retirements.isEmpty)
    scene.changePool("burst") { $0.hourlyBudget = Self.price(0.71) }
    let one = scene.decide().plan.retirements
    #expect(one.map(\.worker) == [idle])
    #expect(one.allSatisfy { !$0.byChoice && $0.reason.code == "hourly_budget_exceeded" })
    scene.changePool("burst") { $0.hourlyBudget = nil }
    // The permanent ones alone cost 0.72 and stay.
    scene.policy.money.hourlyBudget = Self.price(0.96)
    #expect(scene.decide().plan.retirements.map(\.worker) == [idle, other])
    scene.policy.money.hourlyBudget = Self.price(0.1)
    #expect(scene.decide().plan.retirements.map(\.worker) == [busy, idle, other])
  }

  @Test func waitsWhileThePodsAreNotKnownAndAtTheParallelLimit() {
    var scene = Scene()
    for _ in 0..<3 { scene.addWorker("burst") }
    scene.changePool("burst") { $0.hourlyBudget = Self.price(0) }
    scene.policy.provisioning.parallelLimit = 2
    #expect(scene.decide().plan.retirements.count == 2)
    scene.snapshot.pods = .unknown("The API server does not answer.")
    let result = scene.decide()
    #expect(result.plan.retirements.isEmpty)
    #expect(result.codes("burst").contains("list_missing"))
  }

  @Test func thoseThatGoAlreadyCostNobodyElseTheirPlace() {
    var scene = Scene()
    scene.addWorker("burst")
    scene.addWorker("burst", state: .draining) { $0.removal = RemovalRecord(reason: $0.reason, askedAt: Scene.now) }
    scene.changePool("burst") { $0.hourlyBudget = Self.price(0.24) }
    #expect(scene.decide().plan.retirements.isEmpty)
  }

  @Test func reportsHoursBesideMonths() throws {
    var scene = Scene()
    scene.changePool("burst") { $0.hourlyBudget = Self.price(1) }
    scene.policy.money.hourlyBudget = Self.price(1.3)
    scene.addWorker("burst")
    scene.addWorker("burst", state: .joining)
    scene.addRequest(1, pool: "burst")
    let result = scene.decide()
    let lines = result.report.budgets
    #expect(lines.map(\.scope) == ["burst", "gpu", "permanent", "spot", "burst_event", "burst/hour", "all/hour"])
    let hour = try #require(lines.first { $0.scope == "burst/hour" })
    #expect((hour.cap, hour.spent, hour.committed) == (Money(1), Money(0.24), Money(0.24)))
    #expect(result.plan.creations.isEmpty, "the fifth and sixth worker of all would cost 1.44")
    #expect(hour.forecast == Money(0.48))
    #expect(hour.reason == nil)
    let all = try #require(lines.first { $0.scope == "all/hour" })
    #expect((all.spent, all.committed) == (Money(0.96), Money(0.24)))
    #expect(all.reason?.code == "budget_alert", "1.20 of 1.30 is more than 80 %")
    scene.snapshot.spending = .unknown("The journal is being read.")
    #expect(scene.decide().report.budgets.map(\.scope) == ["burst/hour", "all/hour"])
  }

  @Test func theMonthsForecastCountsWhatThePlanCreatesAndLetsGo() throws {
    var scene = Scene()
    let idle = scene.addWorker("spot")
    scene.snapshot.memory.idleSince[idle] = scene.ago(.minutes(40))
    scene.addRequest(1, pool: "burst")
    let result = scene.decide()
    #expect(result.plan.retirements.map(\.worker) == [idle])
    let burst = try #require(result.report.budgets.first { $0.scope == "burst" })
    // Four hours and the grace of five minutes.
    #expect(burst.forecast == Money(0.24 * 49 / 12))
    let spot = try #require(result.report.budgets.first { $0.scope == "spot" })
    // Ten minutes of drain and two of termination.
    #expect(spot.forecast == Money(0.072 / 5))
  }

  @Test func alertsOfTheBudgetOfAllPools() throws {
    var scene = Scene()
    let needed = 3 * 0.24 * (Scene.monthEnd - Scene.now).inSeconds / 3600
    scene.policy.money.monthlyBudget = Money(needed * 3)
    scene.changeSpending { $0.byPool["burst"] = Money(needed * 2) }
    func reason() -> Reason? { scene.decide().report.budgets.first { $0.scope == "all" }?.reason }
    #expect(reason() == nil)
    scene.policy.money.alertPercent = 66
    #expect(reason()?.code == "budget_alert")
    scene.policy.money.monthlyBudget = Money(needed * 2.5)
    let over = reason()
    #expect(over?.code == "minimum_over_budget")
    #expect(over?.sentence.contains("\(Money(needed * 0.5)) more") == true)
  }

  @Test func countsPreemptionsOfThisMonth() {
    var scene = Scene()
    var memory = PoolMemory()
    memory.preemptions = [Scene.now, Scene.monthStart, Scene.monthStart.advanced(by: .seconds(-1))]
    scene.snapshot.memory.pools["spot"] = memory
    let result = scene.decide()
    #expect(result.pool("spot").preemptions == 2)
    #expect(result.memory.pools["spot"]?.preemptions == [Scene.monthStart, Scene.now])
    #expect(result.pool("burst").preemptions == nil)
  }
}
