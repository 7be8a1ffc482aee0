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

  /// Seeds whose fault is known and not mended, with the promise that each breaks first: `open-findings.txt`.
  private static func openFindings() throws -> [UInt64: String] {
    let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(path: "open-findings.txt")
    let lines = try String(contentsOf: file, encoding: .utf8).split(separator: "\n").filter { !$0.hasPrefix("#") }
    return try Dictionary(
      uniqueKeysWithValues: lines.map { line in
        let parts = line.split(separator: " ", maxSplits: 2)
        return (try #require(UInt64(parts[0])), String(parts[1]))
      })
  }

  @Test func keepsItsPromisesForAThousandDays() throws {
    let sweep = SeedSweep(
      firstSeed: 1, count: Self.days, days: 1, jobs: ProcessInfo.processInfo.activeProcessorCount)
    let result = sweep.run()
    let open = try Self.openFindings()
    #expect(result.days >= Double(Self.days))
    for failure in result.failures where open[failure.seed] != failure.violation.checker {
      Issue.record(
        """
        seed \(failure.seed) profile \(failure.profile) at \(failure.violation.at): \(failure.violation.checker): \
        \(failure.violation.sentence) Look with: poolkeeper simulate run --seed \(failure.seed) --days 1 \
        --profile \(failure.profile)
        """)
    }
    let failed = Set(result.failures.map(\.seed))
    for seed in open.keys.sorted() where seed <= UInt64(Self.days) && !failed.contains(seed) {
      Issue.record("seed \(seed) keeps its promises again: take it out of open-findings.txt")
    }
  }
}
