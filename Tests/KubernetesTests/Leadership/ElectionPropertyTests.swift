import Foundation
import Testing

@testable import Kubernetes

@Suite struct ElectionPropertyTests {
  /// From the healing: what is late arrives, a lease ends by the slowest clock, and somebody tries.
  private static let bound = ElectionWorld.latest + 15 / 0.9 + 2 * 4.4 / 0.9 + 1

  /// Worlds in steps of 25; more by `POOLKEEPER_ELECTIONS`.
  private static let blocks = max(
    8, (ProcessInfo.processInfo.environment["POOLKEEPER_ELECTIONS"].flatMap(Int.init) ?? 0) / 25)

  @Test(arguments: 0..<blocks)
  func neverDoTwoLeadAndSomebodyDoesSoonAfterTheFaultsEnd(block: Int) {
    for seed in (block * 25)..<(block * 25 + 25) {
      var world = ElectionWorld(seed: UInt64(seed))
      world.run(until: 400)
      world.isHealed = true
      // Processes that stand still wake up, those that ended are started.
      world.run(until: 440)
      let healed = world.now
      world.run(until: healed + Self.bound)
      #expect(world.leaders.count == 1, "seed \(seed): \(world.leaders) lead")
      let terms = world.terms.count
      world.run(until: healed + 300)
      #expect(world.leaders.count == 1 && world.terms.count == terms, "seed \(seed): the lead changed without a fault")
      #expect(world.overlaps.isEmpty, "seed \(seed): \(world.overlaps)")
    }
  }

  /// The faults do what they are there for.
  @Test func theLeadChangesOftenWhileThereAreFaults() {
    var changes = 0
    for seed in 0..<50 {
      var world = ElectionWorld(seed: UInt64(seed))
      world.run(until: 400)
      changes += world.terms.count
    }
    #expect(changes > 250, "\(changes) in 50 worlds")
  }

  @Test func aSeedIsOneStory() {
    func story(_ seed: UInt64) -> [String] {
      var world = ElectionWorld(seed: seed)
      world.run(until: 400)
      return world.terms.map { "\($0)" }
    }
    #expect(story(7) == story(7))
    #expect(story(7) != story(8))
  }
}
