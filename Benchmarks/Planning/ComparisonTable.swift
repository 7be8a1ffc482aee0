import Foundation
import Decision

/// What plans of many problems cost: against their lower bounds, and against the greedy ways.
package struct Comparison {
  package struct Outcome {
    package let name: String
    package let price: Int64
    package let lowerBound: Int64
    package let isOptimal: Bool
    package let pods: Int
    /// Pods for which no worker is large enough or allowed, or the pools too small.
    package let leftOut: Int
    /// By greedy way; `nil` where the way leaves other pods out, so that prices cannot be compared.
    package let greedy: [Int64?]
    /// Of CPU.
    package let seconds: Double

    /// Above the lower bound, as a share of it; 0.02 is two percent.
    package var gap: Double { lowerBound > 0 ? Double(price - lowerBound) / Double(lowerBound) : 0 }
  }

  package private(set) var outcomes: [Outcome] = []

  package init() {}

  package mutating func add(_ planning: PlanningProblem) {
    let start = clock()
    let solution = planning.chosen()
    let seconds = Double(clock() - start) / Double(CLOCKS_PER_SEC)
    let greedy = GreedyWay.allCases.map { way -> Int64? in
      let other = way.solve(planning)
      return other.unserved == solution.unserved ? other.price(planning.problem) : nil
    }
    outcomes.append(
      Outcome(
        name: planning.name, price: solution.price(planning.problem), lowerBound: solution.lowerBound,
        isOptimal: solution.isOptimal, pods: planning.pods, leftOut: solution.unserved.reduce(0, +), greedy: greedy,
        seconds: seconds))
  }

  package var meanGap: Double { outcomes.isEmpty ? 0 : outcomes.reduce(0) { $0 + $1.gap } / Double(outcomes.count) }
  package var worstGap: Double { outcomes.map(\.gap).max() ?? 0 }

  /// Costs of a greedy way in relation to ours: the mean, and the least, over the problems where both hold the same pods.
  package func ratios(_ way: GreedyWay) -> (mean: Double, least: Double)? {
    let index = GreedyWay.allCases.firstIndex(of: way)!
    let ratios = outcomes.compactMap { outcome in
      outcome.greedy[index].map { outcome.price > 0 ? Double($0) / Double(outcome.price) : 1 }
    }
    guard let least = ratios.min() else { return nil }
    return (ratios.reduce(0, +) / Double(ratios.count), least)
  }

  package static let head =
    "| problems | pods | left out | mean gap | worst gap | proven optimal | "
    + GreedyWay.allCases.map { "\($0.rawValue): mean (least) cost" }.joined(separator: " | ")
    + " | CPU mean | CPU worst |\n|---|---|---|---|---|---|" + GreedyWay.allCases.map { _ in "---|" }.joined()
    + "---|---|"

  /// A line in Markdown.
  package func line(_ name: String) -> String {
    let optimal = outcomes.count { $0.isOptimal }
    let mean = outcomes.reduce(0) { $0 + $1.seconds } / Double(max(1, outcomes.count))
    let ways = GreedyWay.allCases.map { way in
      ratios(way).map { String(format: "%.3f (%.3f)", $0.mean, $0.least) } ?? "–"
    }
    let figures =
      [
        "\(outcomes.count) × \(name)", "\(outcomes.reduce(0) { $0 + $1.pods })",
        "\(outcomes.reduce(0) { $0 + $1.leftOut })", String(format: "%.2f %%", meanGap * 100),
        String(format: "%.2f %%", worstGap * 100),
        "\(optimal)",
      ] + ways + [
        String(format: "%.2f ms", mean * 1000), String(format: "%.1f ms", (outcomes.map(\.seconds).max() ?? 0) * 1000),
      ]
    return "| " + figures.joined(separator: " | ") + " |"
  }
}
