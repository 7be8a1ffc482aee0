import Model
import Testing

@testable import Decision

@Suite struct CustomTriggerRuleTests {
  private func scene(_ value: Double = 500, _ change: (inout Trigger) -> Void = { _ in }) -> Scene {
    var scene = Scene()
    var trigger = Scene.trigger("queue", "burst", .custom, 100, .zero)
    change(&trigger)
    scene.policy.triggers.append(trigger)
    scene.fire("queue", value)
    return scene
  }

  @Test func createsItsNumberOfItsTemplateForEachFiring() {
    let result = scene {
      $0.workers = 3
      $0.template = "small"
    }.decide()
    #expect(result.created("burst") == ["small", "small", "small"])
    #expect(result.plan.creations.allSatisfy { $0.reason.code == "custom_trigger" })
  }

  /// Values, value per worker, workers there, under way → created.
  @Test(
    arguments: [
      (100.0, 100.0, 0, 0, 1), (101, 100, 0, 0, 2), (500, 100, 0, 0, 5), (500, 100, 2, 0, 3), (500, 100, 2, 2, 1),
      (500, 100, 3, 2, 0), (500, 100, 6, 0, 0), (100, 1e-9, 18, 0, 2), (.infinity, 10, 18, 0, 2), (1e300, 1, 20, 0, 0),
    ] as [(Double, Double, Int, Int, Int)])
  func createsAsManyAsTheReadingIsWorthLessThoseThatThereAre(
    _ value: Double, _ perWorker: Double, _ present: Int, _ underWay: Int, _ expected: Int
  ) {
    var scene = scene(value) { $0.perWorker = perWorker }
    for _ in 0..<present { scene.addWorker("burst", age: .hours(1)) }
    for _ in 0..<underWay { scene.addWorker("burst", state: .joining, age: .minutes(1)) }
    let result = scene.decide()
    #expect(result.created("burst").count == expected)
    if expected == 0 { #expect(result.codes("burst").contains("desired_reached")) }
    #expect(PlanChecker.check(result.plan, snapshot: scene.snapshot, policy: scene.policy).isEmpty)
  }

  @Test func neverExceedsTheMaximumOfThePool() {
    var scene = scene(1e6) { $0.perWorker = 1 }
    scene.policy.provisioning.parallelLimit = 100
    scene.changePool("burst") { $0.maximum = 4 }
    #expect(scene.decide().created("burst").count == 4)
  }

  @Test func waitsForTheCooldown() {
    var scene = scene { $0.perWorker = 100 }
    scene.addWorker("burst", age: .seconds(20))
    let result = scene.decide()
    #expect(result.plan.creations.isEmpty)
    #expect(result.codes("burst").contains("cooling_down"))
  }

  @Test func saysThatItsTemplateIsGone() {
    let result = scene { $0.template = "huge" }.decide()
    #expect(result.plan.creations.isEmpty)
    #expect(result.codes("burst").contains("unknown_template"))
  }

  @Test func doesNothingWithoutAReading() {
    var scene = scene { $0.perWorker = 100 }
    scene.snapshot.readings["queue"] = .unknown("It is gone.")
    #expect(scene.decide().plan.creations.isEmpty)
  }
}
