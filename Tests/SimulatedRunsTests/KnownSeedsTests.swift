import Foundation
import Model
import Testing

@testable import SimulatedRuns

/// Seeds that once broke a promise, replayed for ever.
@Suite struct KnownSeedsTests {
  struct Known: Sendable, CustomStringConvertible {
    var seed: UInt64
    var days: Int
    var profile: RunProfile
    var finding: String

    var description: String { "seed \(seed) days \(days) \(profile.rawValue): \(finding)" }
  }

  /// Lines of `known-seeds.txt`: seed, days, profile, and what was found.
  static let all: [Known] = {
    let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(path: "known-seeds.txt")
    guard let text = try? String(contentsOf: file, encoding: .utf8) else { return [] }
    return text.split(separator: "\n").filter { !$0.hasPrefix("#") }.compactMap { line in
      let parts = line.split(separator: " ", maxSplits: 3)
      guard parts.count == 4, let seed = UInt64(parts[0]), let days = Int(parts[1]),
        let profile = RunProfile(rawValue: String(parts[2]))
      else { return nil }
      return Known(seed: seed, days: days, profile: profile, finding: String(parts[3]))
    }
  }()

  @Test func areRead() throws {
    let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(path: "known-seeds.txt")
    let lines = try String(contentsOf: file, encoding: .utf8).split(separator: "\n").filter { !$0.hasPrefix("#") }
    #expect(!Self.all.isEmpty && lines.count == Self.all.count)
  }

  @Test(arguments: all) func keepTheirPromisesNow(known: Known) {
    let outcome = SimulatedRun(Scene.draw(seed: known.seed, days: known.days, profile: known.profile)).run()
    #expect(outcome.violations.isEmpty, "\(known): \(outcome.violations.prefix(3))")
  }
}
