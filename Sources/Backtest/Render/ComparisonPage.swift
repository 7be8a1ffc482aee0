import Model

extension ReportPage {
  /// Causes that are told of one policy.
  private static let causes = 12

  /// The page of a comparison.
  /// - Parameter colophon: what made it, at its end.
  public init(_ comparison: BacktestComparison, colophon: String) {
    let facts = comparison.facts
    self.init(
      "Backtest of \(comparison.results.count) policies",
      lead: [
        facts.source,
        "\(ComparisonRows.day(facts.start)) to \(ComparisonRows.day(facts.end)) UTC: \(facts.pods) pods, at most "
          + "\(facts.mostPods) at once; \(ComparisonRows.number(facts.coreHours)) core hours were asked for.",
      ])
    let rows = ComparisonRows(comparison)
    tables = [
      Table(
        "Comparison", columns: rows.columns, rows: rows.rows.map { $0.map(\.text) },
        note: comparison.floor.map { "Floor: \($0.sentence)" } ?? "")
    ]
    groups = [
      Group("Cost and load", Self.overTime(comparison)), Group("Waiting for a node", Self.waiting(comparison)),
      Group("Budgets", Self.budgets(comparison)), Group("Workers by pool", Self.pools(comparison)),
    ]
    details = comparison.results.filter { !($0.causes.isEmpty && $0.notes.isEmpty) }.map(Self.table)
    notes = ("What the history does not tell", facts.untold)
    self.colophon = colophon
  }

  // MARK: - Tables

  private static func table(of result: BacktestResult) -> Table {
    var table = Table(
      "What made workers come and go: \(result.name)",
      columns: ["cause", "made", "removed", "first", "as it was told"],
      rows: result.causes.prefix(causes).map { cause in
        [
          cause.code, "\(cause.workersMade)", "\(cause.workersRemoved)", ComparisonRows.day(cause.first),
          cause.sentence,
        ]
      }, note: result.notes.joined(separator: " "))
    table.endsInWords = true
    return table
  }

  // MARK: - Charts

  private static func overTime(_ comparison: BacktestComparison) -> [Chart] {
    func chart(
      _ title: String, _ summary: String, _ form: Chart.Form, _ value: (SeriesPoint) -> Double
    ) -> Chart {
      var chart = Chart(title, summary, form: form, from: comparison.facts.start, to: comparison.facts.end)
      chart.series = comparison.results.map { result in
        Chart.Series(result.name, result.series.map { Chart.Point($0.at, value($0)) })
      }
      return chart
    }
    var cost = chart("Cost so far", "What all workers have cost since the beginning.", .lines) { $0.cost.units }
    cost.unit = comparison.currency
    if let floor = comparison.floor { cost.levels = [Chart.Level("floor of the whole time", floor.cost.units)] }
    return [
      cost,
      chart("Workers", "Workers that are paid for.", .steps) { Double($0.workers.values.reduce(0, +)) },
      chart("Pending pods", "Pods that wait for a node.", .steps) { Double($0.pendingPods) },
      chart("Use of CPU", "What pods ask for of what workers offer, in percent.", .steps) { point in
        point.allocatableCPU > 0 ? 100 * Double(point.requestedCPU) / Double(point.allocatableCPU) : 0
      },
    ]
  }

  private static func waiting(_ comparison: BacktestComparison) -> [Chart] {
    let results = comparison.results.filter { $0.waits.distribution.count == WaitingTimes.bounds.count + 1 }
    guard !results.isEmpty else { return [] }
    var chart = Chart(
      "Waiting times", "Percent of the pods that ran, by how long they waited.", form: .bars,
      from: comparison.facts.start, to: comparison.facts.end)
    chart.unit = "%"
    chart.categories = WaitingTimes.categories
    chart.series = results.map { result in
      let all = Double(max(1, result.waits.distribution.reduce(0, +)))
      return Chart.Series(
        result.name, result.waits.distribution.map { Chart.Point(result.start, 100 * Double($0) / all) })
    }
    return [chart]
  }

  private static func budgets(_ comparison: BacktestComparison) -> [Chart] {
    var scopes: [String] = []
    for result in comparison.results {
      for budget in result.budgets where !scopes.contains(budget.scope) && budget.share != nil {
        scopes.append(budget.scope)
      }
    }
    guard !scopes.isEmpty else { return [] }
    var chart = Chart(
      "Use of budgets", "The most that was used of each cap, in percent; 100 is all of it.", form: .bars,
      from: comparison.facts.start, to: comparison.facts.end)
    chart.unit = "%"
    chart.categories = scopes
    chart.levels = [Chart.Level("the cap", 100)]
    chart.series = comparison.results.map { result in
      Chart.Series(
        result.name,
        scopes.map { scope in
          let share = result.budgets.first { $0.scope == scope }?.share ?? 0
          return Chart.Point(result.start, share * 100)
        })
    }
    return [chart]
  }

  private static func pools(_ comparison: BacktestComparison) -> [Chart] {
    comparison.results.compactMap { result in
      let pools = Set(result.series.flatMap { $0.workers.keys }).sorted()
      guard !pools.isEmpty else { return nil }
      var chart = Chart(
        result.name, "Workers that are paid for, by pool, above one another.", form: .stacked,
        from: comparison.facts.start, to: comparison.facts.end)
      chart.unit = "workers"
      chart.series = pools.map { pool in
        Chart.Series(pool.rawValue, result.series.map { Chart.Point($0.at, Double($0.workers[pool] ?? 0)) })
      }
      return chart
    }
  }
}
