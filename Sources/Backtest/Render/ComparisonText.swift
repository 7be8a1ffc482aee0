import Model

/// A comparison as text for a terminal.
public struct ComparisonText {
  /// Causes that are told of one policy.
  private static let causes = 8

  private let comparison: BacktestComparison
  private let isColoured: Bool

  /// - Parameter isColoured: whether escape sequences for colours are understood.
  public init(_ comparison: BacktestComparison, isColoured: Bool = false) {
    self.comparison = comparison
    self.isColoured = isColoured
  }

  /// Without a line's end at its end.
  public var text: String {
    var lines = head + ["", table]
    if let floor = comparison.floor {
      lines += ["", "Floor: \(floor.sentence)"]
      lines.append(
        "If pods may wait as long as they like, no policy costs less than \(floor.costWithWaiting) \(comparison.currency)."
      )
      if floor.podsLeftOut > 0 { lines.append("\(floor.podsLeftOut) pods fit on no worker and are left out of it.") }
    }
    for result in comparison.results { lines += causes(of: result) }
    let notes = comparison.facts.untold.map { "- \($0)" }
    if !notes.isEmpty { lines += ["", "What the history does not tell:"] + notes }
    return lines.joined(separator: "\n")
  }

  private var head: [String] {
    let facts = comparison.facts
    var peak = "at most \(facts.mostPods) at once"
    if let at = facts.mostPodsAt { peak += " (\(ComparisonRows.day(at)))" }
    var asked = "\(facts.mostCPUMillicores / 1000) cores, \(facts.mostMemoryBytes >> 30) GiB"
    if facts.mostGPUs > 0 { asked += ", \(facts.mostGPUs) GPUs" }
    return [
      "History: \(facts.source)",
      "\(ComparisonRows.day(facts.start)) to \(ComparisonRows.day(facts.end)) UTC (\((facts.end - facts.start).text)): "
        + "\(facts.pods) pods, \(facts.work) of them work that ends by itself; \(peak).",
      "They asked for \(asked) at most, and for \(ComparisonRows.number(facts.coreHours)) core hours in all.",
    ]
  }

  // MARK: - The table

  private var table: String {
    let rows = ComparisonRows(comparison)
    let heads = rows.columns.map { ComparisonRows.Cell($0.uppercased()) }
    let all = [heads] + rows.rows
    let widths = heads.indices.map { column in all.map { $0[column].text.count }.max() ?? 0 }
    return all.map { row in
      let line = row.enumerated().map { column, cell -> String in
        let space = String(repeating: " ", count: widths[column] - cell.text.count)
        // Names and budgets are words; the rest are numbers.
        return column == 0 || column == row.count - 1 && rows.columns.last == "tightest budget"
          ? coloured(cell) + space : space + coloured(cell)
      }.joined(separator: "  ")
      return String(line.reversed().drop { $0 == " " }.reversed())
    }.joined(separator: "\n")
  }

  private func coloured(_ cell: ComparisonRows.Cell) -> String {
    guard isColoured, cell.tone != .plain, !cell.text.isEmpty else { return cell.text }
    return "\u{1b}[\(cell.tone == .good ? 32 : 31)m\(cell.text)\u{1b}[0m"
  }

  // MARK: - What triggered what

  private func causes(of result: BacktestResult) -> [String] {
    var lines = ["", "\(result.name): \(result.decisions) decisions; what made workers come and go:"]
    let shown = result.causes.prefix(Self.causes)
    let width = shown.map(\.code.count).max() ?? 0
    lines += shown.map { cause in
      let code = cause.code + String(repeating: " ", count: width - cause.code.count)
      return "  \(code)  +\(cause.workersMade) -\(cause.workersRemoved)  \(cause.sentence)"
    }
    if shown.isEmpty { lines.append("  nothing") }
    if result.causes.count > shown.count { lines.append("  and \(result.causes.count - shown.count) more causes") }
    if result.refusedPlans > 0 {
      let reasons = result.refusals.map(\.sentence).joined(separator: " ")
      lines.append(
        "  \(result.refusedPlans) plans were refused by the plan checker, which is a defect of this program: \(reasons)"
      )
    }
    return lines + result.notes.map { "  \($0)" }
  }
}
