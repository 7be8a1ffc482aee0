import Model

/// What a search for better settings found, as text for a terminal.
public struct TuningText {
  private let result: TuningResult
  private let facts: HistoryFacts
  private let currency: String

  public init(_ result: TuningResult, facts: HistoryFacts, currency: String) {
    self.result = result
    self.facts = facts
    self.currency = currency
  }

  /// Without a line's end at its end, and without what is to be pasted.
  public var text: String {
    var lines = [
      "History: \(facts.source), \(facts.pods) pods.",
      "Searched from \(ComparisonRows.day(facts.start)) to \(ComparisonRows.day(result.split)) UTC by "
        + "\(result.evaluations) replays" + (result.heldOut == nil ? "; kept for a judgement is" : ", judged on")
        + " what came then until \(ComparisonRows.day(facts.end)).",
    ]
    if !result.isComplete { lines.append("The search was interrupted: there may be more to save.") }
    guard !result.proposals.isEmpty else {
      return (lines + ["", "No setting was found that saves money without letting pods wait longer."])
        .joined(separator: "\n")
    }
    let settings = result.proposals.map { proposal in
      [
        proposal.knob.title, proposal.knob.text(proposal.from), proposal.knob.text(proposal.to), "\(proposal.saving)",
      ]
    }
    lines += ["", Self.table(["SETTING", "NOW", "PROPOSED", "SAVES \(currency)"], settings)]
    var rows = [row("searched, as it is", result.searched.before), row("searched, proposed", result.searched.after)]
    if let heldOut = result.heldOut {
      rows += [row("not searched, as it is", heldOut.before), row("not searched, proposed", heldOut.after)]
    }
    lines += [
      "",
      Self.table(
        ["TIME", "COST \(currency)", "WAIT P50", "P95", "LONGEST", "NEVER RAN", "PODS MOVED"], rows), "", verdict,
    ]
    return lines.joined(separator: "\n")
  }

  /// Whether it is worth it, by the time that the search has not seen.
  private var verdict: String {
    guard let heldOut = result.heldOut else {
      return "It was not judged on time that the search has not seen; do not rely on it."
    }
    let saving = "\(ComparisonRows.number(heldOut.saving * 100)) %"
    return result.holds
      ? "On time that the search has not seen the proposals save \(saving), and pods wait within the limits."
      : "On time that the search has not seen the proposals do not hold (saving \(saving)): better leave the settings as "
        + "they are, or search a longer history."
  }

  private func row(_ name: String, _ figures: Judgement) -> [String] {
    [
      name, "\(figures.cost)", ComparisonRows.duration(figures.medianWait),
      ComparisonRows.duration(figures.waitPercentile95), ComparisonRows.duration(figures.longestWait),
      "\(figures.neverRan)", "\(figures.podsMoved)",
    ]
  }

  /// The first column is words, the others are figures.
  private static func table(_ columns: [String], _ rows: [[String]]) -> String {
    let all = [columns] + rows
    let widths = columns.indices.map { column in all.map { $0[column].count }.max() ?? 0 }
    return all.map { row in
      row.enumerated().map { column, cell in
        let space = String(repeating: " ", count: widths[column] - cell.count)
        return column == 0 ? cell + space : space + cell
      }.joined(separator: "  ")
    }.joined(separator: "\n")
  }
}
