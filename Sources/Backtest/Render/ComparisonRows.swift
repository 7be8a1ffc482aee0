import Model

/// The figures of a comparison as cells, the same for every form in which they are shown.
struct ComparisonRows {
  /// A figure, and whether it is good or bad.
  struct Cell: Equatable {
    enum Tone { case plain, good, bad }

    var text: String
    var tone = Tone.plain

    init(_ text: String, _ tone: Tone = .plain) {
      self.text = text
      self.tone = tone
    }
  }

  let columns: [String]
  let rows: [[Cell]]

  init(_ comparison: BacktestComparison) {
    let hasGPUs = comparison.results.contains { $0.utilisation.gpu != nil }
    let hasFloor = comparison.floor != nil
    let hasBudgets = comparison.results.contains { !$0.budgets.isEmpty }
    var columns = ["policy", "cost \(comparison.currency)"]
    if hasFloor { columns.append("of floor") }
    columns += ["wait p50", "p95", "longest", "never ran", "cpu", "memory"]
    if hasGPUs { columns.append("gpu") }
    columns += ["worker hours", "most", "made", "removed", "pods moved"]
    if hasBudgets { columns.append("tightest budget") }
    self.columns = columns
    // The least cost at which as many pods ran as at any.
    let complete = comparison.results.filter(\.isComplete)
    let fewest = complete.map(\.waits.neverRan).min()
    let least = complete.filter { $0.waits.neverRan == fewest }.map(\.cost).min()
    rows =
      comparison.results.map { result in
        var row = [
          Cell(result.name + (result.isComplete ? "" : " (until \(Self.day(result.end)))")),
          Cell(
            "\(result.cost)",
            result.isComplete && result.cost == least && fewest == result.waits.neverRan ? .good : .plain),
        ]
        if hasFloor { row.append(Cell(comparison.ratio(result).map(Self.times) ?? "")) }
        row += Self.waits(result.waits, fewest: fewest)
        row += [result.utilisation.cpu, result.utilisation.memory].map { Cell(Self.share($0)) }
        if hasGPUs { row.append(Cell(Self.share(result.utilisation.gpu))) }
        row += [
          Cell(Self.number(result.workerHours)), Cell("\(result.mostWorkers)"), Cell("\(result.churn.workersMade)"),
          Cell("\(result.churn.workersRemoved)"), Cell("\(result.churn.podsMoved)"),
        ]
        if hasBudgets { row.append(Self.budget(result)) }
        return row
      } + (comparison.floor.map { [Self.row(of: $0, columns: columns.count)] } ?? [])
  }

  private static func waits(_ waits: WaitingTimes, fewest: Int?) -> [Cell] {
    [
      Cell(duration(waits.median)), Cell(duration(waits.percentile95)), Cell(duration(waits.longest)),
      Cell("\(waits.neverRan)", waits.neverRan > fewest ?? 0 ? .bad : .plain),
    ]
  }

  private static func row(of floor: CostFloor, columns: Int) -> [Cell] {
    [Cell("floor"), Cell("\(floor.cost)"), Cell(times(1))] + Array(repeating: Cell(""), count: columns - 3)
  }

  /// The cap that came nearest to its limit, or went furthest beyond it.
  private static func budget(_ result: BacktestResult) -> Cell {
    let used = result.budgets.filter { $0.share != nil }
    guard let tightest = used.max(by: { ($0.share ?? 0) < ($1.share ?? 0) }) else { return Cell("") }
    let exceeded = result.budgets.reduce(0) { $0 + $1.timesExceeded }
    let words = "\(share(tightest.share)) \(tightest.scope)"
    return exceeded > 0 ? Cell("\(words), exceeded \(exceeded)×", .bad) : Cell(words)
  }

  // MARK: - Figures as texts

  static func share(_ value: Double?) -> String { value.map { "\(Int(($0 * 100).rounded()))%" } ?? "" }

  static func times(_ ratio: Double) -> String { "\(fixed(ratio, decimals: 2))×" }

  static func number(_ value: Double) -> String { value < 100 ? fixed(value, decimals: 1) : fixed(value, decimals: 0) }

  /// Whole seconds from ten on, tenths below.
  static func duration(_ seconds: Double) -> String {
    Duration.milliseconds(Int64((seconds * (seconds < 10 ? 10 : 1)).rounded()) * (seconds < 10 ? 100 : 1_000)).text
  }

  static func day(_ at: Instant) -> String { String(at.description.prefix(16)).replacing("T", with: " ") }

  private static func fixed(_ value: Double, decimals: Int) -> String {
    guard value.isFinite, value.magnitude < 1e15 else { return "∞" }
    let scale = decimals == 0 ? 1.0 : decimals == 1 ? 10 : 100
    let scaled = Int64((value * scale).rounded())
    let (whole, rest) = (scaled / Int64(scale), (scaled % Int64(scale)).magnitude)
    if decimals == 0 { return "\(whole)" }
    let digits = String(rest)
    return "\(whole).\(String(repeating: "0", count: max(0, decimals - digits.count)))\(digits)"
  }
}
