import Model
import Testing

@testable import Decision

@Suite struct MoneyTests {
  @Test func commitsABurstWorkerUntilExpiryGraceAndDrain() {
    var scene = Scene()
    scene.addRequest(1, pool: "burst")
    // 4 h + 5 min + 10 min at 0.24.
    #expect(scene.decide().plan.creations.first?.commitment == Money(0.24 * 4.25))
  }

  @Test func commitsTheMinimumUntilTheMonthsEndAndOthersUntilTheHorizon() {
    var scene = Scene()
    scene.changePool("permanent") { $0.minimum = 4 }
    scene.addRequest(1, pool: "permanent")
    scene.addRequest(1, pool: "spot")
    let creations = scene.decide().plan.creations
    let hoursLeft = (Scene.monthEnd - Scene.now).inSeconds / 3600
    #expect(creations.map(\.commitment) == [Money(0.24 * hoursLeft), Money(0.24 * 24), Money(0.072 * 4)])
  }

  @Test func commitsNothingBeyondTheMonthsEnd() {
    var scene = Scene()
    scene.snapshot.now = Scene.monthEnd.advanced(by: .hours(-1))
    scene.advance(by: .zero, after: scene.decide())
    scene.addRequest(1, pool: "burst")
    #expect(scene.decide().plan.creations.first?.commitment == Money(0.24))
  }

  @Test func createsAsManyAsTheBudgetHoldsAndNotOneMore() {
    var scene = Scene()
    // Room for two commitments of 1.02, not for three.
    scene.changeSpending { $0.byPool["burst"] = Money(200 - 2 * 1.02 - 1.0) }
    scene.addRequest(3, pool: "burst")
    let result = scene.decide()
    #expect(result.plan.creations.count == 2)
    #expect(result.report.requests.first?.outcome == .partly)
    #expect(result.report.requests.first?.reason.data["scope"] == "burst")
  }

  @Test func fillsABudgetToTheLastMicroUnit() {
    var scene = Scene()
    scene.changeSpending { $0.byPool["burst"] = Money(200 - 1.02) }
    scene.addRequest(1, pool: "burst")
    #expect(scene.decide().plan.creations.count == 1)
    scene.changeSpending { $0.byPool["burst"] = Money(200 - 1.02) + Money(microunits: 1) }
    #expect(scene.decide().plan.creations.isEmpty)
  }

  @Test func countsWhatOtherWorkersAreSureToCost() {
    var scene = Scene()
    scene.changePool("burst") { $0.monthlyBudget = Money(2) }
    // One hour old: 3.25 h left of its commitment, 0.78.
    scene.addWorker("burst")
    scene.addRequest(2, pool: "burst")
    #expect(scene.decide().plan.creations.count == 1)
  }

  @Test func keepsTheBudgetOfAllPools() {
    var scene = Scene()
    let permanent = 3 * 0.24 * (Scene.monthEnd - Scene.now).inSeconds / 3600
    scene.policy.money.monthlyBudget = Money(permanent + 1.5)
    scene.addRequest(3, pool: "burst")
    let result = scene.decide()
    #expect(result.plan.creations.count == 1)
    #expect(result.report.requests.first?.reason.data["scope"] == "all")
  }

  @Test func keepsWhatABurstEventMayCost() {
    var scene = Scene()
    scene.policy.money.burstEventMaximum = Money(3)
    scene.changeSpending { $0.burstEvent = Money(1.5) }
    scene.addRequest(2, pool: "burst")
    let result = scene.decide()
    #expect(result.plan.creations.count == 1)
    #expect(result.report.requests.first?.reason.data["scope"] == "burst_event")
  }

  @Test func choosesAnotherPoolForPodsWhenOnePoolsBudgetIsUsedUp() {
    var scene = Scene()
    scene.policy.triggers.append(Scene.trigger("spot/pending_pods", "spot", .pendingPods, 5, .zero))
    scene.fire("spot/pending_pods", 7)
    scene.fire("burst/pending_pods", 7)
    scene.changeSpending { $0.byPool["spot"] = Money(99.9) }
    scene.addPending(7) { $0.tolerations.append(Toleration(key: "workload-type", value: "spot", effect: .noSchedule)) }
    #expect(scene.decide().created("burst") == ["medium"])
  }

  @Test func reportsHowEachCapStands() {
    var scene = Scene()
    scene.changeSpending { $0.byPool["burst"] = Money(12.5) }
    scene.addWorker("burst")
    let lines = scene.decide().report.budgets
    #expect(lines.map(\.scope) == ["burst", "gpu", "permanent", "spot", "burst_event"])
    let burst = lines[0]
    #expect(burst.spent == Money(12.5))
    #expect(burst.committed == Money(0.24 * 3.25))
    // Until expiry and grace: 3 h 5 min.
    #expect(burst.forecast == Money(12.5 + 0.24 * 37 / 12))
  }

  @Test func letsTemporaryWorkersGoWhenTheCapPaysJustForTheirWayOut() {
    var scene = Scene()
    let busy = scene.addWorker("burst")
    scene.addRunning(2, on: busy)
    let idle = scene.addWorker("burst")
    // The way out is 12 min at 0.24 each: 0.096 for both.
    scene.changeSpending { $0.byPool["burst"] = Money(199.9) }
    #expect(scene.decide().plan.retirements.isEmpty)
    scene.changeSpending { $0.byPool["burst"] = Money(199.91) }
    let result = scene.decide()
    #expect(result.plan.retirements.map(\.worker) == [busy, idle])
    #expect(result.plan.retirements.allSatisfy { !$0.byChoice && $0.reason.code == "budget_exhausted" })
  }

  @Test func letsThoseGoFirstWhoseLossCostsLeast() {
    var scene = Scene()
    scene.policy.provisioning.parallelLimit = 2
    let busy = scene.addWorker("burst")
    scene.addRunning(2, on: busy)
    let important = scene.addWorker("burst")
    scene.addRunning(1, on: important) { $0.priority = 1000 }
    let ordinary = scene.addWorker("burst")
    scene.addRunning(1, on: ordinary)
    let idle = scene.addWorker("burst")
    scene.changeSpending { $0.byPool["burst"] = Money(200) }
    #expect(scene.decide().plan.retirements.map(\.worker) == [ordinary, idle].sorted())
  }

  @Test func keepsAnotherWhereOneOfTheMinimumExpiresInTheSamePlan() {
    var scene = Scene()
    scene.changePool("burst") { $0.minimum = 1 }
    let expired = scene.addWorker("burst", age: .hours(5))
    let other = scene.addWorker("burst")
    scene.changeSpending { $0.byPool["burst"] = Money(200) }
    let result = scene.decide()
    #expect(result.plan.retirements.map(\.worker) == [expired])
    #expect(!result.plan.retirements.contains { $0.worker == other })
  }

  @Test func keepsTheMinimumWhenTheBudgetIsSpentAndSaysByHowMuchItIsExceeded() {
    var scene = Scene()
    scene.changeSpending { $0.byPool["permanent"] = Money(1990) }
    let result = scene.decide()
    #expect(result.plan.retirements.isEmpty)
    let reason = result.pool("permanent").reasons.first { $0.code == "minimum_over_budget" }
    let hoursLeft = (Scene.monthEnd - Scene.now).inSeconds / 3600
    #expect(reason?.sentence.contains("\(Money(3 * 0.24 * hoursLeft - 10)) more") == true)
  }

  @Test func doesNothingAboutMoneyOfAnotherMonth() {
    var scene = Scene()
    scene.snapshot.now = Scene.monthEnd.advanced(by: .seconds(1))
    scene.advance(by: .zero, after: scene.decide())
    scene.addRequest(1, pool: "burst")
    let result = scene.decide()
    #expect(result.plan.creations.isEmpty)
    #expect(result.report.budgets.isEmpty)
  }
}
