import Model
import Ports
import Simulator
import Synchronization
import Testing

@testable import ControlLoop

/// A journal that cannot be written stops everything that would have to be written first.
@Suite struct JournalFailureTests {
  @Test func anIntentThatWasNotWrittenIsNotCarriedOut() async throws {
    let bench = try await Bench(Setting.world())
    _ = try await bench.order(2)
    bench.journal.failNext(.refused, .refused, .refused)
    for _ in 0..<3 {
      await bench.step()
      #expect(bench.workers.isEmpty)
      #expect(bench.infrastructure.changes.isEmpty)
      #expect(bench.loop.state.withLock { $0.ticks } == 0)
    }
    await bench.run { bench.ready("burst") == 2 }
    #expect(bench.ready("burst") == 2)
    #expect(bench.world.look { $0.report.machines.count } == 2)
  }

  @Test func aRefusedOrderLeavesNoTrace() async throws {
    let bench = try await Bench(Setting.world())
    bench.journal.failNext(.refused)
    await #expect(throws: PortError.self) { try await bench.order(2, id: "abc") }
    #expect(bench.loop.state.withLock { $0.requests }.isEmpty)
    await bench.steps(3)
    #expect(bench.workers.isEmpty)
    #expect(try await bench.order(2, id: "abc").workers == 2)
    await bench.run { bench.ready("burst") == 2 }
    #expect(bench.workers.count == 2)
  }

  /// The answer to the write is lost: the intents are there although the writer was told otherwise.
  @Test func anIntentThatWasWrittenAllTheSameIsNotMadeTwice() async throws {
    let bench = try await Bench(Setting.world())
    _ = try await bench.order(2)
    bench.journal.failNext(.written)
    await bench.step()
    #expect(bench.infrastructure.changes.isEmpty, "what is in doubt is not carried out")
    await bench.run { bench.ready("burst") == 2 }
    await bench.steps(20)
    #expect(bench.journal.records.count == 2)
    #expect(Set(bench.journal.records.map(\.name)).count == 2)
    try await bench.restart()
    await bench.steps(20)
    #expect(bench.world.look { $0.report.machines.count } == 2)
  }

  @Test func anOrderThatWasWrittenAllTheSameIsOneOrder() async throws {
    let bench = try await Bench(Setting.world())
    bench.journal.failNext(.written)
    await #expect(throws: PortError.self) { try await bench.order(2, id: "abc") }
    #expect(try await bench.order(2, id: "abc").id == "abc")
    await bench.run { bench.ready("burst") == 2 }
    await bench.steps(20)
    #expect(bench.workers.count == 2)
  }

  @Test func outcomesThatWereNotWrittenAreFoundInTheWorld() async throws {
    let bench = try await Bench(Setting.world())
    _ = try await bench.order(3)
    // Of a tick that acts the second write is that of the outcomes: every second one of all writes is refused.
    for _ in 0..<15 { bench.journal.failNext(.none, .refused) }
    await bench.run { bench.ready("burst") == 3 }
    #expect(bench.ready("burst") == 3)
    #expect(bench.world.look { $0.report.doubleCreations }.isEmpty)
    #expect(bench.world.look { $0.report.machines.count } == 3)
  }

  @Test func theHoldTimeSurvivesARestart() async throws {
    var world = Setting.world()
    world.add(Setting.burstPods("web", count: 12))
    let bench = try await Bench(world)
    let trigger: TriggerName = "burst/pending_pods"
    func state() -> TriggerState? { bench.loop.state.withLock { $0.memory.triggers[trigger] } }
    await bench.run { state()?.phase == .pending }
    let since = try #require(state()?.trueSince)
    // 100 of the 120 seconds that it must hold.
    while bench.now - since < .seconds(100) { await bench.step() }
    try await bench.restart()
    await bench.step()
    #expect(state()?.trueSince == since)
    await bench.run(atMost: .seconds(30)) { state()?.phase == .firing }
    #expect(state()?.phase == .firing)
    #expect(bench.now - since <= .seconds(125))
  }

  @Test func aQuietLoopDoesNotWrite() async throws {
    let bench = try await Bench(Setting.world())
    await bench.steps(3)
    let writes = bench.journal.writes
    await bench.steps(100)
    #expect(bench.journal.writes == writes)
  }
}
