import Foundation
import Model
import Testing

@testable import SimulatedRuns

/// Many runs at once, and the years that every test run lives through.
@Suite struct SeedSweepTests {
  @Test func isTheSameOnOneThreadAsOnThree() {
    let one = SeedSweep(firstSeed: 20, count: 6, days: 1, jobs: 1).run()
    let three = SeedSweep(firstSeed: 20, count: 6, days: 1, jobs: 3).run()
    #expect(one.runs == 6 && three.runs == 6)
    #expect(one.digest == three.digest)
    #expect(one.events == three.events)
  }

  @Test func endsWhenItIsToldTo() {
    let result = SeedSweep(firstSeed: 1, count: 1000, days: 1).run { _, sofar in sofar.runs < 3 }
    #expect(result.runs == 3)
  }

  /// Days that a test run lives through; `POOLKEEPER_SIMULATED_DAYS` asks for more.
  private static let days = ProcessInfo.processInfo.environment["POOLKEEPER_SIMULATED_DAYS"].flatMap { Int($0) } ?? 1000

  @Test func keepsItsPromisesForAThousandDays() {
    let sweep = SeedSweep(
      firstSeed: 1, count: Self.days, days: 1, jobs: ProcessInfo.processInfo.activeProcessorCount)
    let result = sweep.run()
    #expect(result.days >= Double(Self.days))
    for failure in result.failures {
      Issue.record(
        """
        seed \(failure.seed) profile \(failure.profile) at \(failure.violation.at): \(failure.violation.checker): \
        \(failure.violation.sentence) Look with: poolkeeper simulate run --seed \(failure.seed) --days 1 \
        --profile \(failure.profile)
        """)
    }
  }
}
