import Model
import Testing

@testable import Backtest

/// Each reference policy by its own rules, on histories that can be worked out by hand.
@Suite struct ReferencePolicyTests {
  private func replay(
    _ kind: BacktestResult.Kind, _ pods: [RecordedPod], _ policy: Policy = Histories.policy(), hours: Int = 2
  ) -> BacktestResult {
    Backtest.replay(
      Histories.history(pods, hours: hours), under: Contestant(kind, policy: policy), setting: Histories.exact)
  }

  /// A scan every 10 s; pods younger than 2 s wait for the next one. Clone and start take 150 s.
  @Test(arguments: [(100, 160.0), (99, 161.0), (101, 159.0), (98, 152.0)])
  func clusterAutoscalerScansEveryTenSeconds(_ from: Int, _ wait: Double) {
    #expect(replay(.clusterAutoscaler, [Histories.pod("web", from: from, to: 3000)]).waits.longest == wait)
  }

  /// Little used from 250 s on, but its pod has no place elsewhere: looked at again every 5 min, at 1,150 s for the first
  /// time when it is empty; unneeded for 10 min from then on, and gone 60 s later.
  @Test func clusterAutoscalerRemovesWhatIsUnneededForTenMinutes() {
    let result = replay(.clusterAutoscaler, [Histories.pod("web", from: 98, to: 1000)])
    // Asked for at 100, paid for from 145.
    #expect(result.cost == Histories.small.price.cost(of: .seconds(1810 - 145)))
    #expect(result.causes.map(\.code) == ["empty", "pending_pods"])
  }

  /// Empty from 1,000 s on, but a growth at 1,400 s delays the removal from 1,600 s to 2,000 s.
  @Test func clusterAutoscalerWaitsTenMinutesAfterAGrowth() {
    let pods = [
      Histories.pod("first", from: 98, to: 1000), Histories.pod("second", from: 1398, to: 6000, cpu: 12_000),
    ]
    let result = replay(.clusterAutoscaler, pods, Histories.policy([Histories.small, Histories.large]))
    #expect(result.churn.workersMade == 2 && result.churn.workersRemoved == 2)
    let first = Histories.small.price.cost(of: .seconds(2060 - 145))
    #expect(result.cost == first + Histories.large.price.cost(of: .seconds(6660 - 1445)))
  }

  /// Two workers, each less than half used: one goes, and its pod moves to the other.
  @Test func clusterAutoscalerDrainsTheLittleUsedOneByOne() {
    let pods = [
      Histories.pod("a", from: 98, to: 7000, cpu: 1000), Histories.pod("b", from: 98, to: 7000, cpu: 1000),
      Histories.pod("big", from: 98, to: 1000, cpu: 3000, gibibytes: 15),
    ]
    let result = replay(.clusterAutoscaler, pods)
    #expect(result.mostWorkers == 2)
    #expect(result.causes.contains { $0.code == "under_used" || $0.code == "empty" })
    #expect(result.churn.workersRemoved == 1)
  }

  @Test func leastWasteChoosesByBothResources() throws {
    let templates = [
      Histories.template("balanced", cores: 4, gibibytes: 16, price: 2),
      Histories.template("memory", cores: 4, gibibytes: 32, price: 1),
      Histories.template("tiny", cores: 1, gibibytes: 2, price: 0.1),
    ]
    let table = ReplayTable(
      history: Histories.history([
        Histories.pod("a", from: 0, cpu: 2000, gibibytes: 8), Histories.pod("b", from: 0, cpu: 2000, gibibytes: 8),
      ]), policy: Histories.policy(templates), setting: Histories.exact)
    let names = table.kinds.map(\.template.name)
    let options = table.kinds.indices.map { ClusterAutoscalerLike.estimate([0, 1], $0, most: 10, table) }
    let balanced = try #require(options[names.firstIndex(of: "balanced")!])
    #expect(balanced.count == 1 && balanced.pods == 2 && abs(balanced.waste) < 1e-12)
    let memory = try #require(options[names.firstIndex(of: "memory")!])
    #expect(memory.count == 1 && abs(memory.waste - 0.5) < 1e-12)
    #expect(options[names.firstIndex(of: "tiny")!] == nil)
    let few = try #require(ClusterAutoscalerLike.estimate([0, 1], names.firstIndex(of: "memory")!, most: 1, table))
    #expect(few.count == 1 && few.pods == 2)
  }

  /// Pods are gathered for 1 s after the last one.
  @Test func karpenterLaunchesOneNodeForABatch() {
    let pods = (0..<4).map { Histories.pod("p\($0)", from: 100, to: 5000, cpu: 1000, gibibytes: 4) }
    let result = replay(.karpenter, pods, Histories.policy([Histories.small, Histories.large]))
    #expect(result.churn.workersMade == 1 && result.mostWorkers == 1)
    #expect(result.waits.longest == 151)
    // The cheapest type that holds all four is the small one.
    #expect(result.cost.units < Histories.large.price.cost(of: .hours(1)).units)
  }

  @Test func karpenterTakesTheCheapestTypeThatHoldsTheBatch() {
    let pods = (0..<3).map { Histories.pod("p\($0)", from: 100, to: 7300, cpu: 3500, gibibytes: 8) }
    // Three small ones cost as much as a large one, which the batch fits onto.
    let result = replay(.karpenter, pods, Histories.policy([Histories.small, Histories.large]))
    #expect(result.churn.workersMade == 1)
    #expect(result.cost == Histories.large.price.cost(of: .seconds(7200 - 146)))
  }

  /// Nothing is waited for but the next look, at most 10 s, and 15 s of validation.
  @Test func karpenterRemovesEmptyNodesAtOnce() {
    let result = replay(.karpenter, [Histories.pod("web", from: 100, to: 1000)])
    let least = Histories.small.price.cost(of: .seconds(1000 + 15 + 60 - 146))
    let most = Histories.small.price.cost(of: .seconds(1000 + 10 + 15 + 10 + 60 - 146))
    #expect(least <= result.cost && result.cost <= most)
    #expect(result.causes.contains { $0.code == "empty" && $0.workersRemoved == 1 })
  }

  /// A large node of which little is left used is replaced by a small one, which is ready before the large one goes.
  @Test func karpenterReplacesByOneCheaperNode() {
    let pods = [
      Histories.pod("big", from: 100, to: 1000, cpu: 12_000, gibibytes: 8),
      Histories.pod("web", from: 100, to: 7300, cpu: 1000, gibibytes: 4),
    ]
    let result = replay(.karpenter, pods, Histories.policy([Histories.small, Histories.large]))
    #expect(result.causes.contains { $0.code == "consolidated" && $0.workersMade == 1 && $0.workersRemoved == 1 })
    #expect(result.churn.podsMoved == 1)
    // The moved pod found its new node ready.
    #expect(result.waits.longest == 151)
  }

  @Test func spotIsNotReplacedBySpot() {
    var policy = Histories.policy([Histories.small, Histories.large])
    policy.pools[0].kind = .spot
    let pods = [
      Histories.pod("big", from: 100, to: 1000, cpu: 12_000, gibibytes: 8),
      Histories.pod("web", from: 100, to: 7300, cpu: 1000, gibibytes: 4),
    ]
    #expect(replay(.karpenter, pods, policy).churn.workersMade == 1)
  }

  @Test func thresholdRuleAddsOneWorkerATimeAndWaits() {
    var policy = Histories.policy(hold: .seconds(60))
    policy.pools[0].growCooldown = .seconds(300)
    let pods = (0..<3).map { Histories.pod("p\($0)", from: 90, to: 7300, cpu: 3000, gibibytes: 4) }
    let result = replay(.thresholds, pods, policy)
    // Seen at 90, held until 150; then 300 s apart; each 150 s later there: the last pod waits for the third.
    #expect(result.waits.longest == 60 + 2 * 300 + 150)
    #expect(result.churn.workersMade == 3)
  }

  @Test func thresholdRuleShrinksByOneAndKeepsTheMinimum() {
    var policy = Histories.policy()
    policy.pools[0].minimum = 1
    policy.pools[0].growCooldown = .seconds(300)
    policy.pools[0].shrinkCooldown = .seconds(120)
    let pods = (0..<3).map { Histories.pod("p\($0)", from: 90, to: 1000, cpu: 3000, gibibytes: 4) }
    let result = replay(.thresholds, pods, policy)
    #expect(result.mostWorkers == 3)
    #expect(result.churn.workersRemoved == 2)
  }

  @Test func fixedFleetIsAsLargeAsThePeakNeeds() {
    let pods =
      (0..<5).map { Histories.pod("peak-\($0)", from: 3600, to: 3700, cpu: 2500, gibibytes: 4) }
      + [Histories.pod("web", from: 0, to: 7000)]
    let result = replay(.fixedFleet, pods)
    #expect(result.mostWorkers == 5 && result.churn.workersMade == 5 && result.churn.workersRemoved == 0)
    #expect(result.waits.waited == 0)
    #expect(result.cost == Histories.small.price.cost(of: .hours(2)) * 5)
  }

  @Test func poolsMaximaHoldForEverybody() {
    let pods = (0..<9).map { Histories.pod("p\($0)", from: 100, to: 7000, cpu: 3000, gibibytes: 4) }
    for kind in BacktestResult.Kind.allCases {
      let result = replay(kind, pods, Histories.policy(maximum: 4))
      #expect(result.mostWorkers == 4 && result.waits.neverRan == 5, "\(kind)")
    }
  }
}
