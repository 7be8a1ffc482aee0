import Lifecycle
import Model
import Testing

@Suite struct DrainingTests {
  private func keys(_ actions: [WorkerAction]) -> [String] {
    actions.compactMap { if case .evict(let pod, _, _) = $0 { pod.name } else { nil } }
  }

  @Test func cordonComesFirstAndIsProven() {
    var fixture = Fixture.ready()
    fixture.pods = [Fixture.pod("a")]
    fixture.retire()
    #expect(fixture.record.state == .draining)
    #expect(fixture.record.removal?.drainStartedAt == fixture.now)
    #expect(fixture.advance(after: .seconds(1)) == [.cordon])
    #expect(fixture.advance(after: .seconds(5)).isEmpty)
    fixture.cordonNode()
    #expect(keys(fixture.advance(after: .seconds(5))) == ["a"])
  }

  @Test func idleWorkerGoesAsSoonAsItIsCordoned() {
    var fixture = Fixture.draining(pods: [])
    #expect(fixture.advance(after: .seconds(1)) == [.shutdown])
    #expect(fixture.record.state == .terminating)
  }

  @Test func batchesFollowPriorityAndPace() {
    let pods = (1...7).map { Fixture.pod("p\($0)", priority: 100 - $0) }
    var fixture = Fixture.draining(pods: pods)
    #expect(keys(fixture.advance(after: .seconds(5))) == ["p7", "p6", "p5", "p4", "p3"])
    for index in 2..<7 { fixture.pods[index].isTerminating = true }
    #expect(fixture.advance(after: .seconds(9)).isEmpty)
    #expect(keys(fixture.advance(after: .seconds(1))) == ["p2", "p1"])
  }

  @Test func graceIsHandedOn() {
    var fixture = Fixture.draining(pods: [Fixture.pod("a")])
    let actions = fixture.advance(after: .seconds(5))
    #expect(
      actions == [.evict(pod: PodKey(namespace: "web", name: "a"), uid: "uid-a", grace: .seconds(300))])
  }

  @Test func podsOfTheNodeAndFinishedPodsDoNotCount() {
    var mirror = Fixture.pod("mirror")
    mirror.isMirror = true
    var finished = Fixture.pod("finished")
    finished.phase = .succeeded
    var fixture = Fixture.draining(pods: [mirror, finished, Fixture.pod("agent", owner: "DaemonSet")])
    fixture.advance(after: .seconds(5))
    #expect(fixture.record.state == .terminating)
  }

  @Test func daemonSetPodsBlockWhereTheyAreNotIgnored() {
    var fixture = Fixture.draining(pods: [Fixture.pod("agent", owner: "DaemonSet")])
    fixture.policy.draining.ignoreDaemonSets = false
    #expect(fixture.advance(after: .seconds(5)).isEmpty)
    #expect(fixture.record.state == .draining)
    #expect(fixture.record.removal?.blockedBy?.contains("web/agent") == true)
  }

  @Test func podsWithDataBlockWhereItIsToBeKept() {
    var keeper = Fixture.pod("keeper")
    keeper.localVolumes = ["scratch"]
    var given = Fixture.pod("given")
    given.localVolumes = ["scratch"]
    given.annotations["cluster-autoscaler.kubernetes.io/safe-to-evict-local-volumes"] = "cache, scratch"
    var fixture = Fixture.draining(pods: [keeper, given, Fixture.pod("plain")])
    fixture.policy.draining.deleteEmptyDirData = false
    #expect(keys(fixture.advance(after: .seconds(5))) == ["given", "plain"])
    #expect(fixture.record.removal?.blockedBy?.contains("volume scratch of pod web/keeper") == true)
    fixture.pods = [keeper]
    #expect(fixture.advance(after: .minutes(11)).isEmpty)
    #expect(fixture.record.state == .draining, "what must go, goes on waiting")
    #expect(fixture.codes == ["drain_stuck"])
    #expect(fixture.events[0].sentence.contains("delete_emptydir_data is false"))
    fixture.policy.draining.deleteEmptyDirData = true
    #expect(keys(fixture.advance(after: .seconds(10))) == ["keeper"])
  }

  @Test func podsWithoutAControllerAreNamedOnceBeforeTheyGo() {
    let pods = [Fixture.pod("bare", owner: nil), Fixture.pod("web")]
    var fixture = Fixture.draining(pods: pods)
    #expect(keys(fixture.advance(after: .seconds(5))) == ["bare", "web"])
    #expect(fixture.codes == ["bare_pods_evicted"])
    #expect(fixture.events[0].sentence.hasPrefix("web/bare must leave"))
    fixture.advance(after: .seconds(10))
    #expect(fixture.codes.isEmpty)
  }

  @Test func refusedEvictionIsTriedAgainWithTheNextBatchAndSaysWhy() {
    var fixture = Fixture.draining(pods: [Fixture.pod("a")])
    let first = fixture.advance(after: .seconds(5))
    fixture.answer(.evictionRefused(by: "web-budget"), to: first[0])
    #expect(fixture.record.removal?.blockedBy == "web-budget")
    #expect(fixture.advance(after: .seconds(5)).isEmpty)
    let again = fixture.advance(after: .seconds(5))
    #expect(keys(again) == ["a"])
    fixture.answer(.succeeded, to: again[0])
    #expect(fixture.record.removal?.blockedBy == nil)
    #expect(fixture.record.removal?.evicted == [PodKey(namespace: "web", name: "a")])
  }

  @Test func theBudgetInTheWayIsNamedWhileItIsAskedAgain() {
    var fixture = Fixture.draining(pods: [Fixture.pod("a")])
    let first = fixture.advance(after: .seconds(5))
    fixture.answer(.evictionRefused(by: "web-budget"), to: first[0])
    for _ in 0..<5 {
      let again = fixture.advance(after: .seconds(10))
      #expect(keys(again) == ["a"])
      #expect(fixture.record.removal?.blockedBy == "web-budget", "asked again, and not answered yet")
      fixture.answer(.failed(code: "unavailable", message: "API server away", retryable: true), to: again[0])
      #expect(fixture.record.removal?.blockedBy == "web-budget", "nobody said that it may go")
      fixture.answer(.evictionRefused(by: "web-budget"), to: again[0])
    }
    #expect(fixture.record.removal?.refusals?.map(\.budgetKey) == ["web/web-budget"])
  }

  @Test func ofSeveralBudgetsTheSameOneIsNamedUntilItsPodsGo() {
    let pods = (1...8).map { Fixture.pod("p\($0)", priority: $0) }
    var fixture = Fixture.draining(pods: pods)
    for action in fixture.advance(after: .seconds(5)) { fixture.answer(.evictionRefused(by: "zeta"), to: action) }
    #expect(fixture.record.removal?.blockedBy == "zeta")
    for action in fixture.advance(after: .seconds(10)) { fixture.answer(.evictionRefused(by: "alpha"), to: action) }
    #expect(fixture.record.removal?.blockedBy == "alpha")
    for action in fixture.advance(after: .seconds(10)) {
      fixture.answer(.evictionRefused(by: "zeta"), to: action)
      #expect(fixture.record.removal?.blockedBy == "alpha")
    }
    for index in 5..<8 { fixture.pods[index].isTerminating = true }
    fixture.advance(after: .seconds(10))
    #expect(fixture.record.removal?.blockedBy == "zeta", "the pods that alpha kept are going")
    fixture.pods = []
    fixture.advance(after: .seconds(10))
    #expect(fixture.record.state == .terminating)
    #expect(fixture.record.removal?.refusals == nil)
  }

  @Test func refusedPodsDoNotHoldUpTheOthers() {
    let pods = (1...8).map { Fixture.pod("p\($0)", priority: $0) }
    var fixture = Fixture.draining(pods: pods)
    let first = fixture.advance(after: .seconds(5))
    #expect(keys(first) == ["p1", "p2", "p3", "p4", "p5"])
    for action in first { fixture.answer(.evictionRefused(by: "budget"), to: action) }
    #expect(keys(fixture.advance(after: .seconds(10))) == ["p6", "p7", "p8"])
  }

  @Test func terminatingPodsAreWaitedForAndNotAskedAgain() {
    var pod = Fixture.pod("a")
    pod.isTerminating = true
    var fixture = Fixture.draining(pods: [pod])
    #expect(fixture.advance(after: .seconds(5)).isEmpty)
    #expect(fixture.record.state == .draining)
  }

  @Test func unknownPodsHoldTheDrain() {
    var fixture = Fixture.draining(pods: [])
    fixture.world.pods = .unknown("API server away")
    fixture.advance(after: .hours(1))
    #expect(fixture.record.state == .draining)
  }

  @Test func podsFromBeforeTheCordonProveNothing() {
    var fixture = Fixture.draining(pods: [])
    fixture.wait(.seconds(1))
    fixture.world.pods = .known([], at: fixture.now.advanced(by: .seconds(-30)))
    fixture.advance(looking: false)
    #expect(fixture.record.state == .draining)
  }

  @Test func drainByChoiceIsGivenUpAtTheLimit() {
    var fixture = Fixture.draining(pods: [Fixture.pod("a")], byChoice: true, code: "idle")
    let first = fixture.advance(after: .seconds(5))
    fixture.answer(.evictionRefused(by: "web-budget"), to: first[0])
    #expect(fixture.advance(after: .seconds(600)) == [.uncordon])
    #expect(fixture.record.state == .ready)
    #expect(fixture.record.removal == nil)
    #expect(fixture.record.lastError?.contains("web-budget") == true)
    #expect(fixture.codes == ["drain_abandoned"])
    #expect(fixture.advance(after: .seconds(60)) == [.uncordon], "the first call may have been lost")
    fixture.cordonNode(false)
    fixture.advance(after: .seconds(5))
    #expect(fixture.record.step == nil)
  }

  @Test(arguments: ["missing row", "repair", "answered"])
  func nodeTakesPodsAgainAfterADrainThatWasGivenUp(meanwhile: String) {
    var fixture = Fixture.draining(pods: [Fixture.pod("a")], byChoice: true, code: "idle")
    fixture.advance(after: .seconds(5))
    #expect(fixture.advance(after: .seconds(600)) == [.uncordon])
    switch meanwhile {
    case "missing row":
      fixture.answer(.failed(code: "unavailable", message: "no answer", retryable: true), to: .uncordon)
      let node = fixture.node
      fixture.node = nil
      fixture.advance(after: .seconds(10))
      #expect(fixture.step == .nodeMissing)
      fixture.node = node
    case "repair":
      fixture.answer(.failed(code: "unavailable", message: "no answer", retryable: true), to: .uncordon)
      fixture.repair(.restartKubelet)
      #expect(fixture.advance(after: .seconds(5)) == [.restartKubelet])
      fixture.answer(.succeeded, to: .restartKubelet)
    default:
      fixture.answer(.succeeded, to: .uncordon)
      fixture.cordonNode(false)
    }
    var uncordons = 0
    for _ in 0..<3 where fixture.advance(after: .minutes(2)) == [.uncordon] {
      uncordons += 1
      fixture.cordonNode(false)
    }
    #expect(uncordons == (meanwhile == "answered" ? 0 : 1))
    #expect(fixture.record.step == nil)
    // A person's cordon is that person's.
    fixture.node?.unschedulable = true
    #expect(fixture.advance(after: .minutes(2)).isEmpty)
  }

  @Test func drainForExpiryGoesOnWithItsReasonVisible() {
    var fixture = Fixture.draining(pods: [Fixture.pod("a")])
    fixture.advance(after: .seconds(5))
    var stuck = 0
    for _ in 0..<100 {
      fixture.advance(after: .seconds(10))
      stuck += fixture.codes.filter { $0 == "drain_stuck" }.count
      for action in fixture.actions { fixture.answer(.evictionRefused(by: "web-budget"), to: action) }
    }
    #expect(fixture.record.state == .draining)
    #expect(fixture.record.removal?.blockedBy == "web-budget")
    #expect(stuck == 1)
  }

  @Test func drainByChoiceOfAWorkerThatExpiredMeanwhileIsNotGivenUp() {
    var fixture = Fixture.draining(pods: [Fixture.pod("a")], byChoice: true)
    fixture.record.timeToLive?.expiresAt = fixture.now.advanced(by: .seconds(60))
    fixture.advance(after: .seconds(601))
    #expect(fixture.record.state == .draining)
  }

  @Test func limitForcesOnlyWhereTheConfigurationSaysSo() {
    var fixture = Fixture.draining(pods: [Fixture.pod("a")])
    fixture.policy.draining.forceAfterLimit = true
    fixture.advance(after: .seconds(594))
    #expect(fixture.record.state == .draining)
    fixture.advance(after: .seconds(6))
    #expect(fixture.record.state == .terminating)
  }

  @Test func preemptedWorkerGoesWithinItsNotice() {
    var fixture = Fixture.draining(pods: [Fixture.pod("a")], code: "preempted")
    fixture.record.pool = "spot"
    fixture.advance(after: .seconds(290))
    #expect(fixture.record.state == .draining)
    fixture.advance(after: .seconds(10))
    #expect(fixture.record.state == .terminating)
  }

  @Test func forceSkipsTheDrainAlsoLater() {
    var fixture = Fixture.draining(pods: [Fixture.pod("a")])
    fixture.retire("operator", force: true)
    #expect(fixture.record.state == .terminating)
    #expect(fixture.advance(after: .seconds(1)) == [.powerOff])
    var other = Fixture.ready()
    other.retire("operator", force: true)
    #expect(other.record.state == .terminating)
  }

  @Test func podsOnANodeThatDoesNotReportEndWithThePowerOff() {
    var pod = Fixture.pod("a")
    pod.isTerminating = true
    var fixture = Fixture.draining(pods: [pod])
    fixture.setCondition("Ready", .unknown)
    fixture.advance(after: .seconds(299))
    #expect(fixture.record.state == .draining)
    fixture.advance(after: .seconds(1))
    #expect(fixture.record.state == .terminating)
  }

  @Test func machineThatStandsStillNeedsNoDrain() {
    var fixture = Fixture.draining(pods: [Fixture.pod("a")])
    fixture.machine?.power = .stopped
    fixture.setCondition("Ready", .unknown)
    fixture.advance(after: .seconds(5))
    #expect(fixture.record.state == .terminating)
  }

  @Test func nodeThatSomebodyUncordonedIsCordonedAgain() {
    var fixture = Fixture.draining(pods: [Fixture.pod("a")])
    fixture.advance(after: .seconds(5))
    fixture.cordonNode(false)
    #expect(fixture.advance(after: .seconds(10)) == [.cordon])
  }

  @Test func retirementOfALeavingWorkerChangesNothing() {
    for state in [WorkerState.failed, .terminating, .terminated] {
      var fixture = Fixture.terminating()
      fixture.record.state = state
      let before = fixture.record
      fixture.retire()
      #expect(fixture.record == before)
    }
  }
}
