import Model
import Testing

@testable import Decision

@Suite struct DisruptionTests {
  /// Twenty burst workers of which five are little used, each of those with one pod of an app.
  private func scene(pods: Int = 1, _ change: (inout PodObservation) -> Void = { _ in }) -> Scene {
    var scene = Scene()
    scene.policy.pace.shrinkPercent = 100
    scene.policy.provisioning.parallelLimit = 20
    for number in 0..<8 {
      let worker = scene.addWorker("burst")
      let isLittle = number < 5
      scene.addRunning(isLittle ? pods : 1, on: worker, cpu: isLittle ? 500 : 4000, named: isLittle ? "web" : "base") {
        $0.labels = ["app": $0.ownerName!]
        $0.tolerations = [Toleration(key: "workload-type", value: "burst", effect: .noSchedule)]
        change(&$0)
      }
    }
    scene.underUse(for: .minutes(10))
    return scene
  }

  private func gone(_ scene: Scene) -> Int {
    let result = scene.decide()
    let violations = PlanChecker.check(result.plan, snapshot: scene.snapshot, policy: scene.policy)
    #expect(violations.isEmpty, "\(violations)")
    return result.plan.retirements.count
  }

  @Test(arguments: [(0, 0), (1, 1), (3, 3), (9, 5)])
  func aBudgetIsCountedOnceThroughTheWholePass(_ allowed: Int, _ expected: Int) {
    var scene = scene()
    scene.addBudget("web", app: "web", allowed: allowed)
    #expect(gone(scene) == expected)
  }

  @Test func aWorkerStaysWhosePodsABudgetLetsGoOnlyInPart() {
    var scene = scene(pods: 2)
    scene.addBudget("web", app: "web", allowed: 3)
    #expect(gone(scene) == 1)
    let result = scene.decide()
    let reasons = result.report.workers.map(\.reason).filter { $0.code == "disruption_budget" }
    #expect(reasons.count == 4)
    #expect(reasons.allSatisfy { $0.sentence.contains("default/web") && $0.data["budgets"] == "default/web" })
  }

  @Test func aPodOfTwoBudgetsCannotGoAtAll() {
    var scene = scene()
    scene.addBudget("web", app: "web", allowed: 9)
    scene.addBudget("also", app: "web", allowed: 9)
    #expect(gone(scene) == 0)
    let reasons = scene.decide().report.workers.map(\.reason)
    #expect(reasons.contains { $0.sentence.contains("default/also and default/web") })
  }

  @Test func aBudgetOfOtherPodsForbidsNothing() {
    var scene = scene()
    scene.addBudget("api", app: "api", allowed: 0)
    #expect(gone(scene) == 5)
  }

  @Test(arguments: [(true, 0, 0, 5), (false, 3, 3, 5), (false, 2, 3, 0), (false, 0, 0, 0)])
  func podsThatAreNotReadyGoFreelyWhereTheirBudgetSaysSo(
    _ always: Bool, _ healthy: Int, _ desired: Int, _ expected: Int
  ) {
    var scene = scene { $0.isReady = false }
    scene.addBudget("web", app: "web", allowed: 0) {
      $0.alwaysAllowsUnhealthy = always
      $0.currentHealthy = healthy
      $0.desiredHealthy = desired
    }
    #expect(gone(scene) == expected)
  }

  @Test(arguments: ["other namespace", "no selector", "all of the namespace"])
  func aBudgetChoosesPodsOfItsNamespaceByItsSelector(_ what: String) {
    var scene = scene()
    scene.addBudget("web", app: "web", allowed: 2) {
      switch what {
      case "other namespace": $0.namespace = "elsewhere"
      case "no selector": $0.selector = nil
      default: $0.selector = LabelSelector()
      }
    }
    #expect(gone(scene) == (what == "all of the namespace" ? 2 : 5))
  }

  @Test func podsOfWorkersThatGoForOtherReasonsCount() {
    var scene = scene()
    scene.addBudget("web", app: "web", allowed: 3)
    let expired = scene.addWorker("burst", age: .hours(5))
    scene.addRunning(2, on: expired, named: "web") { $0.labels = ["app": "web"] }
    // The expired one goes in any case; what its pods leave of the budget is one.
    #expect(gone(scene) == 2)
  }

  @Test func podsOfWorkersThatLeaveAlreadyCount() {
    var scene = scene()
    scene.addBudget("web", app: "web", allowed: 3)
    let leaving = scene.addWorker("burst", state: .draining) {
      $0.removal = RemovalRecord(reason: $0.reason, askedAt: Scene.now)
    }
    scene.addRunning(1, on: leaving, named: "web") { $0.labels = ["app": "web"] }
    scene.policy.pools[scene.policy.pools.firstIndex { $0.name == "burst" }!].shrinkCooldown = .zero
    #expect(gone(scene) == 2)
  }

  @Test func noBusyWorkerGoesByChoiceWhileTheBudgetsAreUnknown() {
    var scene = scene()
    scene.snapshot.disruptionBudgets = .unknown("The watch broke.")
    #expect(gone(scene) == 0)
    let result = scene.decide()
    #expect(result.worker("worker-burst-001").reason.code == "list_missing")
    #expect(result.worker("worker-burst-001").reason.sentence.contains("disruption budgets"))
    #expect(result.codes("burst").contains("list_missing"))
    scene.snapshot.disruptionBudgets = .known([], at: scene.ago(.minutes(10)))
    #expect(gone(scene) == 0)
  }

  @Test func anEmptyWorkerGoesWhateverTheBudgets() {
    var scene = Scene()
    let worker = scene.addWorker("burst")
    scene.snapshot.memory.idleSince[worker] = scene.ago(.minutes(31))
    scene.snapshot.disruptionBudgets = .unknown("The watch broke.")
    #expect(gone(scene) == 1)
  }
}
