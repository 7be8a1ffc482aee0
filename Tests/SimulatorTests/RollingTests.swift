import Model
import Ports
import Testing

@testable import Simulator

@Suite struct RollingTests {
  private static func world(replicas: Double) throws -> World {
    var world = Fixture.world()
    for number in 1...3 { try world.join("permanent", number) }
    var workload = Fixture.deployment("web", replicas: replicas, pod: Fixture.pod(500))
    workload.startsAt = world.now
    workload.rolls = [world.now.advanced(by: .minutes(30))]
    world.add(workload)
    world.pass(.minutes(10))
    return world
  }

  private func ready(_ world: World) -> Int { world.pods.values.count { $0.workload == "web" && $0.ready } }

  @Test func replacesEveryPodAndNeverHasFewerReadyThanThreeQuartersOrMoreThanFiveQuarters() throws {
    var world = try Self.world(replicas: 8)
    let before = Set(world.pods(of: "web"))
    #expect(before.count == 8 && ready(world) == 8)
    var fewest = 8
    var most = 8
    for _ in 0..<3600 {
      world.pass(.seconds(1))
      fewest = min(fewest, ready(world))
      most = max(most, world.pods.values.count { $0.workload == "web" && !$0.isTerminating })
    }
    let after = Set(world.pods(of: "web"))
    #expect(after.count == 8 && after.isDisjoint(with: before) && ready(world) == 8)
    #expect(fewest >= 6 && most <= 10)
    #expect(world.brokenInvariants() == [])
  }

  @Test func waitsWhileNewPodsFindNoNode() throws {
    var world = try Self.world(replicas: 4)
    for node in world.nodes.values { try world.cordon(node.name, at: world.now) }
    world.pass(.hours(1))
    // One more than four may be there; one fewer may be Ready.
    #expect(ready(world) == 3)
    #expect(world.pods.values.count { $0.workload == "web" && $0.unschedulable } == 2)
    for node in world.nodes.values { try world.uncordon(node.name, at: world.now) }
    world.pass(.minutes(10))
    #expect(ready(world) == 4 && world.pods(of: "web").count == 4)
  }

  @Test func aSinglePodHasItsSuccessorBesideItFirst() throws {
    var world = try Self.world(replicas: 1)
    let before = world.pods(of: "web")
    for _ in 0..<2400 {
      world.pass(.seconds(1))
      #expect(ready(world) >= 1)
    }
    #expect(world.pods(of: "web").count == 1 && world.pods(of: "web") != before)
  }

  @Test func aPodMayTakeLongerToStopThanIsUsual() throws {
    var world = Fixture.world()
    try world.join("permanent", 1)
    var pod = Fixture.pod(500)
    pod.grace = .minutes(20)
    pod.stopTime = .seconds(600, to: 900)
    world.add(Workload(name: "slow", kind: .bare, pod: pod, startsAt: world.now))
    world.pass(.minutes(2))
    let key = try #require(world.pods.values.first { $0.workload == "slow" })
    _ = try world.evict(key.key, uid: key.uid, grace: .hours(1), at: world.now)
    world.pass(.minutes(9))
    #expect(world.pods[key.number]?.isTerminating == true)
    world.pass(.minutes(7))
    #expect(world.pods[key.number] == nil)
  }
}

@Suite struct BudgetKindTests {
  @Test(arguments: [
    (DisruptionBudget.Bound.minAvailablePercent(50), 3), (.minAvailablePercent(34), 4), (.minAvailablePercent(100), 0),
    (.maxUnavailablePercent(50), 4), (.maxUnavailablePercent(1), 1), (.maxUnavailablePercent(0), 0),
    (.minAvailable(5), 2), (.maxUnavailable(2), 2),
  ])
  func allowsWhatItsBoundSaysOfSevenPods(bound: DisruptionBudget.Bound, allowed: Int) throws {
    var world = Fixture.world()
    try world.join("permanent", 1)
    var workload = Fixture.deployment("web", replicas: 7, pod: Fixture.pod(500))
    workload.startsAt = world.now
    world.add(workload)
    let budget = DisruptionBudget(name: "web", selector: ["app": "web"], bound: bound)
    world.add(budget)
    world.pass(.minutes(2))
    #expect(world.status(of: budget).disruptionsAllowed == allowed)
  }

  @Test(arguments: [(nil, false), (DisruptionBudget.UnhealthyPods.ifHealthyBudget, false), (.alwaysAllow, true)])
  func letsPodsGoThatAreNotReadyOnlyIfItSaysSo(policy: DisruptionBudget.UnhealthyPods?, mayGo: Bool) throws {
    var world = Fixture.world()
    let id = try world.join("permanent", 1)
    var workload = Fixture.deployment("web", replicas: 2, pod: Fixture.pod(500))
    workload.startsAt = world.now
    world.add(workload)
    var budget = DisruptionBudget(name: "web", selector: ["app": "web"], bound: .minAvailable(2))
    budget.unhealthyPods = policy
    world.add(budget)
    world.pass(.minutes(2))
    // The kubelet is gone, so that both are running and neither is Ready.
    let node = try #require(world.node(on: id))
    world.add(ScheduledFault(at: world.now, kind: .kubeletDies(.node(node.name), cure: .never)))
    world.pass(.minutes(2))
    let pod = try #require(world.pods.values.first { $0.workload == "web" })
    #expect(!pod.ready && pod.phase == .running)
    let seen = try world.disruptionBudgetObservations(at: world.now)[0]
    #expect(seen.alwaysAllowsUnhealthy == (policy == .alwaysAllow))
    let outcome = try world.evict(pod.key, uid: pod.uid, grace: .zero, at: world.now)
    #expect((outcome == .evicted) == mayGo)
  }
}
