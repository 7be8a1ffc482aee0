import Model

@testable import Backtest

/// A comparison whose figures are made up, with everything in it that can be shown.
enum ComparisonFixture {
  static let start = Instant(rfc3339: "2026-10-01T00:00:00Z")!
  static let end = start.advanced(by: .hours(24 * 7))

  static let comparison: BacktestComparison = {
    let facts = HistoryFacts(
      source: "a made-up week", start: start, end: end, pods: 1_200, work: 300, mostPods: 56,
      mostPodsAt: start.advanced(by: .hours(50)), mostCPUMillicores: 96_500, mostMemoryBytes: 300 << 30, mostGPUs: 2,
      coreHours: 4_321.5, untold: ["Metrics tell no affinities."])
    var own = result("Poolkeeper", .poolkeeper, cost: 120.6)
    own.waits.distribution = [900, 200, 80, 15, 3, 2]
    own.causes = [
      cause("pending_pods", "5 pods <wait> & fit.", made: 40, removed: 0),
      cause("idle_timeout", "It was idle for 20m.", made: 0, removed: 38),
    ]
    own.decisions = 4_000
    var month = BudgetUse(scope: "burst", limit: Money(200))
    month.highest = Money(90)
    own.budgets = [month]
    var fixed = result("Fixed fleet for the peak", .fixedFleet, cost: 403.2)
    fixed.utilisation.cpu = 0.121
    month.highest = Money(250)
    month.timesExceeded = 1
    fixed.budgets = [month]
    fixed.waits.distribution = [1_200, 0, 0, 0, 0, 0]
    fixed.notes = ["It is as large as the peak needs."]
    var stopped = result("threshold=2", .poolkeeper, cost: 60)
    stopped.isComplete = false
    stopped.end = start.advanced(by: .hours(84))
    stopped.waits.neverRan = 4
    stopped.refusedPlans = 1
    stopped.refusals = [Reason("over_budget", "A plan was over budget.")]
    let floor = CostFloor(cost: Money(100), costWithWaiting: Money(80.25), podsLeftOut: 2)
    return BacktestComparison(facts: facts, currency: "USD", results: [own, fixed, stopped], floor: floor)
  }()

  private static func cause(_ code: String, _ sentence: String, made: Int, removed: Int) -> Cause {
    var cause = Cause(code: code, sentence: sentence, first: start.advanced(by: .minutes(30)))
    cause.workersMade = made
    cause.workersRemoved = removed
    return cause
  }

  private static func result(_ name: String, _ kind: BacktestResult.Kind, cost: Double) -> BacktestResult {
    var result = BacktestResult(name: name, kind: kind, start: start)
    result.end = end
    result.isComplete = true
    result.cost = Money(cost)
    result.costByPool = ["burst": Money(cost)]
    result.waits.pods = 1_200
    result.waits.waited = 300
    result.waits.median = 0
    result.waits.percentile95 = 152.25
    result.waits.longest = 4_000
    result.utilisation.cpu = 0.634
    result.utilisation.memory = 0.5
    result.churn.workersMade = 42
    result.churn.workersRemoved = 40
    result.churn.podsMoved = 7
    result.workerHours = 812.25
    result.mostWorkers = 9
    result.series = (0...100).map { step in
      var point = SeriesPoint(at: start.advanced(by: .seconds(6_048 * step)))
      point.workers = ["burst": step % 9, "permanent": 2]
      point.pendingPods = step % 7 == 0 ? 5 : 0
      point.cost = Money(cost * Double(step) / 100)
      point.requestedCPU = Int64(step) * 300
      point.allocatableCPU = 60_000
      return point
    }
    return result
  }
}
