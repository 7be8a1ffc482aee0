import Model
import Ports
import Synchronization
import Testing

@testable import ControlLoop

/// `run` waits between ticks, for a tick's time or a call.
@Suite struct CallsTests {
  /// Lets other tasks run until a condition holds; false when it does not come true. The bound is reached only then.
  private func eventually(_ condition: () -> Bool) async -> Bool {
    for _ in 0..<10_000_000 {
      if condition() { return true }
      await Task.yield()
    }
    return condition()
  }

  /// Lets other tasks run for a while, so that what must not happen could.
  private func settle() async { for _ in 0..<2_000 { await Task.yield() } }

  private func running(_ body: (Bench, _ ticks: () -> Int) async throws -> Void) async throws {
    let bench = try await Bench(Setting.world())
    let loop = bench.loop
    let task = Task { await loop.run() }
    try await body(bench) { loop.state.withLock { $0.ticks } }
    task.cancel()
    await task.value
  }

  @Test func ticksOnceForEachTickOfTheClock() async throws {
    try await running { bench, ticks in
      for number in 1...6 {
        #expect(await eventually { ticks() == number && bench.clock.sleepers == 1 }, "tick \(number)")
        await settle()
        #expect(ticks() == number)
        bench.clock.advance(by: bench.policy.pace.tick)
      }
    }
  }

  @Test func ticksAtOnceWhenCalledAndThenWaitsAgain() async throws {
    try await running { bench, ticks in
      #expect(await eventually { ticks() == 1 && bench.clock.sleepers == 1 })
      for number in 2...5 {
        bench.loop.call()
        #expect(await eventually { ticks() == number && bench.clock.sleepers == 1 }, "call \(number)")
        await settle()
        #expect(ticks() == number)
      }
    }
  }

  @Test func aCallBeforeTheWaitIsNotLost() async {
    let (calls, clock) = (Calls(), HandClock(Setting.start))
    calls.call()
    calls.call()
    // Would never return: the clock stands still.
    await calls.wait(atMost: .seconds(5), time: clock)
    let waits = Mutex(0)
    let task = Task {
      await calls.wait(atMost: .seconds(5), time: clock)
      waits.withLock { $0 += 1 }
    }
    #expect(await eventually { clock.sleepers == 1 })
    await settle()
    #expect(waits.withLock { $0 } == 0, "two calls before one wait are one")
    clock.advance(by: .seconds(5))
    await task.value
  }

  @Test func endsWhenItsTaskIsCancelled() async throws {
    let bench = try await Bench(Setting.world())
    let loop = bench.loop
    let task = Task { await loop.run() }
    #expect(await eventually { bench.clock.sleepers == 1 })
    task.cancel()
    await task.value
    #expect(loop.state.withLock { $0.ticks } == 1)
  }
}
