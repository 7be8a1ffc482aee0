import Model
import Simulator
import Testing

@Suite struct ScenarioTests {
  @Test func withoutAnAutoscalerThePodsOfTheDemonstrationWait() throws {
    let scenario = Scenario.demo(start: Fixture.start)
    var world = scenario.world
    world.advance(to: scenario.end)
    let report = world.report
    #expect(report.podsPending > 0 && report.machines.isEmpty && world.nodes.isEmpty)
    #expect(report.longestPending > .hours(4))
  }

  @Test(arguments: UInt64(1)...3)
  func withAnAutoscalerEverythingIsScheduledAndAtTheEndOnlyThePermanentWorkersAreLeft(seed: UInt64) throws {
    let scenario = Scenario.demo(start: Fixture.start, seed: seed)
    var world = scenario.world
    var scaler = EagerAutoscaler()
    while world.now < scenario.end {
      world.pass(.seconds(10))
      try scaler.act(on: &world)
    }
    let report = world.report
    #expect(report.podsPending == 0 && report.longestPending < .minutes(5), "\(report.longestPending)")
    #expect(report.podsFinished == 11 && report.podsLost == 0 && report.faultsInjected == 1)
    #expect(report.budgetViolations.isEmpty && report.doubleCreations.isEmpty)
    #expect(report.foreignTouches.isEmpty && report.ownerRefusals == 0)
    let pools = Set(report.machines.map(\.owner.pool))
    #expect(pools == ["permanent", "burst", "spot", "gpu"])
    #expect(report.liveMachines.map(\.owner.pool) == ["permanent", "permanent", "permanent"])
    #expect(world.nodes.values.count { $0.isReady } == 3)
    let cost = report.cost { $0 == "spot" ? 70 : 0 }
    #expect(cost > Money(4.5) && cost < Money(20), "\(cost)")
    #expect(report.workerSeconds["permanent"]! > 3 * 6 * 3600)
  }

  @Test func chaptersFollowOneAnotherWithinTheStory() {
    let scenario = Scenario.demo(start: Fixture.start)
    #expect(scenario.chapters.map(\.at) == scenario.chapters.map(\.at).sorted())
    #expect(scenario.chapters.allSatisfy { $0.at >= scenario.start && $0.at < scenario.end })
    #expect(scenario.chapter(at: scenario.start)?.title == scenario.chapters[0].title)
    #expect(scenario.chapter(at: scenario.end)?.title == scenario.chapters.last?.title)
    #expect((6...7).contains((scenario.end - scenario.start).inSeconds / 3600))
  }
}
