import Model
import Testing

@testable import Backtest

@Suite struct ReplayTests {
  /// The pod waits for the clone and the start, 150 s; its worker is paid for from the end of the clone until it has been idle
  /// for 5 min and removed.
  @Test func onePodCostsWhatItsWorkerCosts() {
    let history = Histories.history([Histories.pod("web", from: 100, to: 1000)])
    let result = Backtest.replay(
      history, under: Contestant(.poolkeeper, policy: Histories.policy()), setting: Histories.exact)
    #expect(result.waits.longest == 150)
    #expect(result.waits.pods == 1 && result.waits.neverRan == 0)
    // From 145 to 1000 + 300 + 60: 1,215 s at 3.6 an hour.
    #expect(result.cost == Money(1.215))
    #expect(result.costByPool["burst"] == Money(1.215))
    #expect(result.workerHours == 1215.0 / 3600)
    #expect(result.churn.workersMade == 1 && result.churn.workersRemoved == 1)
    #expect(result.causes.map(\.code) == ["idle_timeout", "pending_pods"])
    #expect(result.mostWorkers == 1 && result.mostWorkersAt == Histories.at(145))
    #expect(result.isComplete && result.end == history.end && result.refusedPlans == 0)
    // One core of four for the 750 s that it ran, of the 1,110 s that the node was there.
    #expect(abs(result.utilisation.cpu! - 750.0 / 4 / 1110) < 1e-9)
  }

  /// A hold time of 60 s is met within a tick of 5 s.
  @Test func holdTimesAreMetWithinATick() {
    let history = Histories.history([Histories.pod("web", from: 102, to: 2000)])
    let result = Backtest.replay(
      history, under: Contestant(.poolkeeper, policy: Histories.policy(hold: .seconds(60))), setting: Histories.exact)
    #expect((150 + 60...150 + 60 + 10).contains(result.waits.longest))
  }

  @Test func workRunsForItsTimeFromWhenItStarts() {
    let history = Histories.history([
      Histories.pod("job", from: 0, runs: 600), Histories.pod("late", from: 700, runs: 100),
    ])
    let result = Backtest.replay(
      history, under: Contestant(.fixedFleet, policy: Histories.policy()), setting: Histories.exact)
    #expect(result.waits.waited == 0 && result.mostWorkers == 1)
    #expect(result.cost == Money(3.6))
    // 700 s of one core of four, within an hour.
    #expect(abs(result.utilisation.cpu! - 700.0 / 4 / 3600) < 1e-9)
  }

  /// A worker's life ends while a job runs: the job is moved, begins again, and its lost time is told.
  @Test func movedWorkBeginsAgain() {
    var policy = Histories.policy()
    policy.pools[0].timeToLive = TimeToLivePolicy(standard: .minutes(30), maximum: .hours(2))
    let history = Histories.history([Histories.pod("job", from: 100, runs: 3000)], hours: 3)
    let result = Backtest.replay(history, under: Contestant(.poolkeeper, policy: policy), setting: Histories.exact)
    #expect(result.churn.podsMoved >= 1)
    #expect(result.churn.repeatedHours > 0)
    #expect(result.causes.contains { $0.code == "expired" && $0.workersRemoved >= 1 })
  }

  @Test func podsThatFitNowhereAreTold() {
    let history = Histories.history([Histories.pod("huge", from: 0, to: 3000, cpu: 90_000)])
    for kind in BacktestResult.Kind.allCases {
      let result = Backtest.replay(
        history, under: Contestant(kind, policy: Histories.policy()), setting: Histories.exact)
      #expect(result.waits.neverFit == 1 && result.waits.neverRan == 1)
      #expect(result.waits.podHours == 3000.0 / 3600)
      #expect(result.cost == .zero, "\(kind)")
      #expect(result.notes.contains { $0.contains("fit on no worker") })
    }
  }

  /// Two pods that keep apart by host need a worker each, though one would hold both.
  @Test(arguments: BacktestResult.Kind.allCases) func podsThatKeepApartGetAWorkerEach(_ kind: BacktestResult.Kind) {
    guard kind != .thresholds else { return }
    let pods = ["a", "b"].map { name -> RecordedPod in
      var pod = Histories.pod(name, from: 100, to: 3000)
      pod.pod.labels = ["app": "web"]
      pod.pod.constraints.podAntiAffinity = [
        PodAffinityTerm(
          selector: LabelSelector(matchLabels: ["app": "web"]), topologyKey: "kubernetes.io/hostname")
      ]
      return pod
    }
    let result = Backtest.replay(
      Histories.history(pods), under: Contestant(kind, policy: Histories.policy()), setting: Histories.exact)
    #expect(result.waits.neverRan == 0 && result.mostWorkers == 2, "\(kind)")
  }

  @Test func interruptedReplayGivesWhatItHas() {
    let history = Histories.drawn(3, hours: 400)
    var shares: [Double] = []
    let whole = Backtest.replay(history, under: Contestant(.clusterAutoscaler, policy: Histories.policy())) { share in
      shares.append(share)
      return true
    }
    #expect(whole.isComplete && shares == shares.sorted() && shares.allSatisfy { (0...1).contains($0) })
    var pods: [RecordedPod] = []
    for index in 0..<2000 { pods.append(Histories.pod("p\(index)", from: index * 10, to: index * 10 + 5)) }
    let part = Backtest.replay(
      Histories.history(pods, hours: 10), under: Contestant(.fixedFleet, policy: Histories.policy())
    ) { _ in false }
    #expect(!part.isComplete && part.end > part.start && part.end < Histories.start.advanced(by: .hours(10)))
    #expect(part.waits.pods > 0 && part.cost > .zero)
  }

  @Test func customTriggersWithoutReadingsAreLeftOutAndTold() {
    var policy = Histories.policy()
    policy.triggers.append(
      Trigger(name: "queue", pool: "burst", kind: .custom, expression: "queue", threshold: 10, hold: .zero))
    let history = Histories.history([Histories.pod("web", from: 100, to: 1000)])
    let result = Backtest.replay(history, under: Contestant(.poolkeeper, policy: policy), setting: Histories.exact)
    #expect(result.notes.contains { $0.contains("queue") })
    #expect(result.churn.workersRemoved == 1)
    // With its readings it makes workers.
    var recorded = history
    recorded.readings["queue"] = (0..<120).map { Reading(value: $0 < 40 ? 20 : 0, at: Histories.at($0 * 30)) }
    let acted = Backtest.replay(recorded, under: Contestant(.poolkeeper, policy: policy), setting: Histories.exact)
    #expect(acted.causes.contains { $0.code == "custom_trigger" && $0.workersMade >= 1 })
  }

  @Test func startsWithTheMinimumAndWhatIsThereAlready() {
    var policy = Histories.policy()
    policy.pools[0].minimum = 1
    var pods = (0..<6).map { Histories.pod("old-\($0)", from: -500, to: 3000, cpu: 2000) }
    pods.append(Histories.pod("gone", from: -500, to: -100))
    let result = Backtest.replay(
      Histories.history(pods), under: Contestant(.poolkeeper, policy: policy), setting: Histories.exact)
    #expect(result.waits.pods == 6 && result.waits.longest == 0)
    #expect(result.causes.first { $0.code == "present_at_start" }?.workersMade == 3)
  }
}
