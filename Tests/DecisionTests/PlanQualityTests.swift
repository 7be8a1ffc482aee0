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
    let trace = try TracePods(Data(contentsOf: URL(filePath: Self.trace)))
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

  @Test func groupsConsecutivePodsThatAreAlike() throws {
    let text = """
      name,cpu_milli,memory_mib,num_gpu,creation_time
      a,500,1024,0,9
      b,500,1024,0,3
      c,4000,8192,1,5

      """
    let groups = try TracePods(text.utf8).groups(0..<3)
    #expect(groups.map(\.count) == [2, 1])
    #expect(groups.map(\.cpuMillicores) == [500, 4000])
    #expect(groups.map(\.memoryMebibytes) == [1024, 8192])
    #expect(groups.map(\.gpus) == [0, 1])
  }
}
