import Model
import Ports
import Synchronization
import Testing

@testable import ControlLoop

/// What those who watch are told, against what the journal says.
@Suite struct WatchingTests {
  @Test func tellsTheJournalsEventsFromMemoryAsTheyAre() async throws {
    let bench = try await Bench.withBurstWorkers(2)
    let before = try await bench.loop.recentEvents(limit: 200)
    #expect(!before.isEmpty)
    #expect(before == (try await bench.loop.events(limit: 200)))
    _ = try await bench.loop.remove(bench.workers[0].name, force: false, by: "ann")
    await bench.run { bench.workers.count == 1 }
    let after = try await bench.loop.recentEvents(limit: 200)
    #expect(after.count > before.count)
    #expect(after == (try await bench.loop.events(limit: 200)))
    #expect(try await bench.loop.recentEvents(limit: 3) == Array(after.prefix(3)))
  }

  @Test func readsTheEventsAnewAfterAWriteThatMayHaveFailed() async throws {
    let bench = try await Bench.withBurstWorkers(1)
    _ = try await bench.loop.recentEvents(limit: 200)
    bench.journal.failNext(.written)
    _ = try? await bench.order(1)
    await bench.run { bench.ready("burst") == 2 }
    #expect(try await bench.loop.recentEvents(limit: 200) == (try await bench.loop.events(limit: 200)))
  }

  @Test func tellsWorkersThatWentWithWhatTheyCost() async throws {
    let bench = try await Bench.withBurstWorkers(2)
    let name = bench.workers[0].name
    #expect(await bench.loop.departed(since: bench.now.advanced(by: .hours(-6))).isEmpty)
    _ = try await bench.loop.remove(name, force: true, by: "ann")
    await bench.run { bench.workers.count == 1 }
    let gone = await bench.loop.departed(since: bench.now.advanced(by: .hours(-6)))
    #expect(gone.map(\.record.name) == [name])
    #expect(gone.allSatisfy { $0.record.state == .terminated && $0.cost > .zero })
    #expect(await bench.loop.departed(since: bench.now.advanced(by: .hours(1))).isEmpty)
  }

  @Test func tellsTheDecisionsThatDifferedTheNewestFirst() async throws {
    let bench = try await Bench.withBurstWorkers(2)
    let decisions = await bench.loop.decisions(limit: 100)
    let ticks = bench.loop.state.withLock { $0.ticks }
    #expect(decisions.count >= 2)
    #expect(decisions.count < ticks)
    #expect(zip(decisions, decisions.dropFirst()).allSatisfy { $0.at > $1.until })
    #expect(decisions.contains { $0.pools.contains { $0.pool == "burst" && $0.verdict == .grow && $0.changed } })
    #expect(await bench.loop.decisions(limit: 1) == Array(decisions.prefix(1)))
  }
}
