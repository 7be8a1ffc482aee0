import Model
import Testing

@testable import Backtest

/// What holds of every replay, on drawn histories.
@Suite struct ReplayPropertyTests {
  static let seeds = Array(UInt64(1)...12)

  @Test(arguments: seeds) func figuresAgreeWithOneAnother(_ seed: UInt64) {
    let history = Histories.drawn(seed)
    let policy = Histories.policy()
    let price = Histories.small.price.perHour.units
    for kind in BacktestResult.Kind.allCases {
      let result = Backtest.replay(history, under: Contestant(kind, policy: policy))
      #expect(result.isComplete)
      // Cost is price × time; each worker's is rounded up to the next micro-unit.
      let exact = price * result.workerHours
      #expect(result.cost.units >= exact - 1e-6)
      #expect(result.cost.units <= exact + 1e-6 * Double(result.churn.workersMade + 1))
      #expect(result.costByPool.values.reduce(.zero, +) == result.cost)
      #expect(result.series.last?.cost == result.cost)
      #expect(result.series.count <= BacktestResult.seriesLimit)
      #expect(result.series.map(\.at) == result.series.map(\.at).sorted())
      // No pod is lost.
      #expect(result.waits.pods == history.pods.count)
      #expect(result.waits.neverRan <= result.waits.pods && result.waits.waited <= result.waits.pods)
      #expect(result.churn.workersRemoved <= result.churn.workersMade)
      #expect(result.causes.reduce(0) { $0 + $1.workersMade } == result.churn.workersMade)
      #expect(result.refusedPlans == 0, "\(result.refusals)")
      for share in [result.utilisation.cpu, result.utilisation.memory].compactMap({ $0 }) {
        #expect((0...1).contains(share))
      }
    }
  }

  @Test(arguments: seeds) func floorIsBelowWhoeverLetsNobodyWait(_ seed: UInt64) throws {
    let history = Histories.drawn(seed)
    let policy = Histories.policy([Histories.small, Histories.large])
    let floor = try #require(Backtest.floor(history, policy: policy))
    #expect(floor.costWithWaiting <= floor.cost && floor.podsLeftOut == 0)
    var setting = ReplaySetting()
    setting.packsPods = true
    let fixed = Backtest.replay(history, under: Contestant(.fixedFleet, policy: policy), setting: setting)
    #expect(fixed.waits.waited == 0 && fixed.waits.neverRan == 0)
    #expect(floor.cost <= fixed.cost)
    // Without delays nobody waits for long, and the others are above the floor, too.
    setting.cloneTime = .zero
    setting.startTime = .zero
    for kind in [BacktestResult.Kind.poolkeeper, .clusterAutoscaler, .karpenter] {
      let result = Backtest.replay(history, under: Contestant(kind, policy: policy), setting: setting)
      if result.waits.waited == 0, result.waits.neverRan == 0 { #expect(floor.cost <= result.cost) }
      if result.waits.neverRan == 0, result.waits.longest < 60 { #expect(floor.costWithWaiting <= result.cost) }
    }
  }

  @Test(arguments: seeds) func budgetsAreNeverOvershot(_ seed: UInt64) {
    let history = Histories.drawn(seed)
    var policy = Histories.policy([Histories.small, Histories.large])
    // Without it a burst worker that is in use stays, and an event's cost has no bound.
    policy.pools[0].timeToLive = TimeToLivePolicy(standard: .hours(1), maximum: .hours(2))
    policy.pools[0].monthlyBudget = Money(20 + Double(seed) * 5)
    policy.money.hourlyBudget = HourlyPrice(perHour: Money(15))
    policy.money.burstEventMaximum = Money(40)
    let result = Backtest.replay(history, under: Contestant(.poolkeeper, policy: policy))
    #expect(result.refusedPlans == 0, "\(result.refusals)")
    #expect(result.budgets.map(\.scope) == ["burst", "all/hour", "burst_event"])
    for budget in result.budgets {
      #expect(budget.highest <= budget.limit && budget.timesExceeded == 0, "\(budget)")
    }
    #expect(result.budgets.contains { $0.highest > .zero })
  }

  @Test func sameHistoryGivesTheSameResultAlsoInParallel() async {
    let history = Histories.drawn(77)
    let contestants = [Contestant(.poolkeeper, policy: Histories.policy())] + Contestant.references(Histories.policy())
    let alone = contestants.map { Backtest.replay(history, under: $0) }
    let together = await withTaskGroup(of: (Int, BacktestResult).self) { group in
      for (index, contestant) in contestants.enumerated() {
        group.addTask { (index, Backtest.replay(history, under: contestant)) }
      }
      return await group.reduce(into: [Int: BacktestResult]()) { $0[$1.0] = $1.1 }
    }
    for index in contestants.indices { #expect(together[index] == alone[index]) }
  }

  /// Looking seldom in quiet times changes nothing that matters: with looks at every tick the costs are nearly the same.
  @Test(arguments: [UInt64(5), 6]) func quietTimesMaySafelyBeSkipped(_ seed: UInt64) {
    let history = Histories.drawn(seed, hours: 8)
    var busy = Histories.exact
    busy.quietPause = .seconds(5)
    busy.busyPause = .seconds(5)
    let often = Backtest.replay(history, under: Contestant(.poolkeeper, policy: Histories.policy()), setting: busy)
    let seldom = Backtest.replay(
      history, under: Contestant(.poolkeeper, policy: Histories.policy()), setting: Histories.exact)
    #expect(seldom.decisions * 4 < often.decisions)
    #expect(
      abs(often.cost.units - seldom.cost.units) <= 0.01 * often.cost.units, "\(often.causes) \(seldom.causes)")
    #expect(often.waits.neverRan == seldom.waits.neverRan)
    #expect(abs(often.waits.longest - seldom.waits.longest) <= 10)
    #expect(often.churn.workersMade == seldom.churn.workersMade)
  }
}
