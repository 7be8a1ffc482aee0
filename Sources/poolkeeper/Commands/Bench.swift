import ArgumentParser
import ConfigurationFile
import Decision
import Foundation
import Model
import PlanningBenchmarks

struct Bench: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench", abstract: "Measure on this machine, without a server.", subcommands: [PlanBench.self])
}

/// How near plans come to the least possible cost, beside other ways of planning, and what a plan costs in CPU time.
struct PlanBench: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plan",
    abstract: "Measure plans: their cost against the least possible and against other autoscalers' ways.",
    discussion: """
      With --pods, windows of consecutive pods of a trace are planned for; otherwise problems that are drawn from seeds, \
      and whole decisions on clusters of the sizes that others are measured by. The trace is one that backtest --pods \
      takes, too. The gap is how far a plan's cost is above a proven lower bound; a build without optimisation takes \
      about thirty times the CPU time.
      """)

  @Option(name: .long, help: ArgumentHelp("A trace of pods.", valueName: "file.csv"))
  var pods: String?
  @Option(
    name: .long, parsing: .upToNextOption,
    help: "How many consecutive pods make one problem; several sizes are measured one after the other.")
  var windows: [Int] = [10, 50, 200, 1000, 5000]
  @Option(name: .long, help: "How many problems to draw from seeds.")
  var random = 500
  @Option(
    name: .shortAndLong,
    help: "Plan with the pools and templates of this configuration instead of a fleet for machine learning.")
  var config: String?

  func validate() throws {
    guard windows.allSatisfy({ $0 > 0 }) else { throw ValidationError("A window must hold at least one pod.") }
    guard random >= 0 else { throw ValidationError("Give 0 or more random problems.") }
  }

  func run() throws {
    if let pods {
      try measureTrace(pods)
    } else {
      measureRandom()
      measureClusters()
    }
  }

  private func measureTrace(_ path: String) throws {
    let trace = try TraceFiles.figures(path)
    let workers =
      try config.map { try PlanningFleet.workers(ConfigurationLoading.load($0).configuration.policy) }
      ?? TracePods.workers
    Console.out("\(trace.pods.count) pods of \(path)\n")
    Console.out(Comparison.head)
    for window in windows {
      var comparison = Comparison()
      for problem in trace.windows(of: window, workers: workers) { comparison.add(problem) }
      Console.out(comparison.line("\(window) consecutive pods"))
    }
  }

  private func measureRandom() {
    Console.out(Comparison.head)
    if random > 0 {
      var comparison = Comparison()
      for seed in 0..<random { comparison.add(RandomProblems.problem(seed)) }
      Console.out(comparison.line("random problems"))
    }
    for large in LargeProblems.all {
      var comparison = Comparison()
      comparison.add(large)
      Console.out(comparison.line(large.name))
    }
    Console.out("")
  }

  /// Whole decisions, each three times; the shortest counts.
  private func measureClusters() {
    Console.out(
      "| a whole decision | CPU s | workers created | workers retired | as it must be |\n|---|---|---|---|---|")
    for shape in ClusterShape.all() {
      let measured = shape.measured(times: 3)
      let plan = measured.result.plan
      Console.out(
        "| \(shape.name) | \(String(format: "%.3f", measured.seconds)) | \(plan.creations.count) | "
          + "\(plan.retirements.count) | \(shape.flaw(measured.result) ?? "yes") |")
    }
  }
}
