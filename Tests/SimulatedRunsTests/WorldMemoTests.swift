import Foundation
import Model
import Simulator
import Testing

@testable import SimulatedRuns

/// The world remembers its lists until what they show has changed: a world that was saved and loaded remembers nothing, and
/// must answer the same. Looked at in the middle of runs with every kind of fault.
@Suite struct WorldMemoTests {
  @Test(arguments: [3, 8, 14, 21] as [UInt64]) func answersAsAWorldWithoutAMemory(seed: UInt64) {
    let scene = Scene.draw(seed: seed, days: 1, profile: .wild)
    let outcome = SimulatedRun(scene, checkers: [MemoWatch.self]).run()
    #expect(outcome.violations.isEmpty, "\(outcome.violations.prefix(3))")
    #expect(outcome.decisions > 100)
  }
}

/// Broken when a list that is remembered differs from one that is made anew, or when the world contradicts itself.
private struct MemoWatch: Checker {
  static let name = "memo_watch"
  private var count = 0

  init(_ scene: Scene) {}

  mutating func see(_ moment: Moment) -> [Violation] {
    count += 1
    guard count % 8 == 0 else { return [] }
    var (known, fresh) = (moment.world, moment.world)
    do { fresh = try JSONDecoder().decode(World.self, from: JSONEncoder().encode(known)) } catch {
      return [Violation(Self.name, at: moment.now, "the world cannot be saved and loaded: \(error)")]
    }
    var wrong: [String] = known.brokenInvariants()
    func compare<Row: Equatable>(_ name: String, _ read: (inout World) throws -> [Row]) {
      let remembered = Result { try read(&known) }
      let anew = Result { try read(&fresh) }
      if (try? remembered.get()) != (try? anew.get()) { wrong.append("\(name) are remembered wrongly") }
    }
    compare("pods") { try $0.podObservations(at: moment.now) }
    compare("nodes") { try $0.nodeObservations(at: moment.now) }
    compare("machines") { try $0.machineObservations(at: moment.now) }
    compare("hosts") { try $0.hostObservations(at: moment.now) }
    compare("budgets") { try $0.disruptionBudgetObservations(at: moment.now) }
    compare("daemons") { try $0.daemonSetObservations(at: moment.now) }
    return wrong.map { Violation(Self.name, at: moment.now, $0) }
  }

  mutating func finish(_ moment: Moment) -> [Violation] { [] }
}
