import Decision
import Foundation
import PlanningBenchmarks
import Testing

/// What plans cost, against the lower bound and against greedy ways. The benchmark takes many more problems.
@Suite struct PlanQualityTests {
  private func expectQuality(_ comparison: Comparison) {
    for outcome in comparison.outcomes {
      #expect(outcome.gap <= 0.08, "\(outcome.name)")
      #expect(outcome.lowerBound <= outcome.price, "\(outcome.name)")
      for greedy in outcome.greedy { #expect(outcome.price <= greedy ?? .max, "\(outcome.name)") }
    }
    #expect(comparison.meanGap <= 0.02)
  }

  @Test func isNearTheBoundAndNeverDearerThanGreedyOnRandomProblems() {
    var comparison = Comparison()
    for seed in stride(from: 0, to: 500, by: 45) { comparison.add(RandomProblems.problem(seed)) }
    expectQuality(comparison)
  }

  private static let trace = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "../../../shared/data/openb/pods.csv").standardizedFileURL.path(percentEncoded: false)

  @Test(.enabled(if: FileManager.default.fileExists(atPath: trace), "the trace of pods is not there"))
  func isNearTheBoundAndNeverDearerThanGreedyOnATrace() throws {
    let trace = try TracePods(contentsOf: Self.trace)
    var comparison = Comparison()
    for problem in trace.windows(of: 50).enumerated() where problem.offset % 40 == 0 { comparison.add(problem.element) }
    comparison.add(trace.windows(of: 1000)[1])
    expectQuality(comparison)
  }

  @Test func packsFiftyThousandSmallPodsOntoTheLeastWorkers() {
    let solution = LargeProblems.twoGroups.chosen()
    #expect(solution.workers.count == 2595)
    #expect(solution.isOptimal)
  }

  @Test func readsATraceAndSaysWhereItIsWrong() throws {
    let text = "name,cpu_milli,memory_mib,num_gpu\na,500,1024,0\nb,500,1024,0\nc,4000,8192,1\n"
    let groups = try TracePods(text).groups(0..<3)
    #expect(groups.map(\.count) == [2, 1])
    #expect(groups.map(\.gpus) == [0, 1])
    for (text, part) in [
      ("", "empty"), ("name,cpu_milli,num_gpu\n", "memory_mib"), ("cpu_milli,memory_mib,num_gpu\n1,2,x\n", "Line 2"),
    ] {
      #expect { _ = try TracePods(text) } throws: { "\($0)".contains(part) }
    }
  }
}
