import Synchronization
import Testing

@testable import ControlLoop

/// One task at a time, in the order of arrival.
@Suite struct TurnTests {
  private final class Log: Sendable {
    let entries = Mutex<[Int]>([])
    let inside = Mutex(0)
    let crowded = Mutex(0)

    func enter(_ number: Int) {
      let count = inside.withLock {
        $0 += 1
        return $0
      }
      if count > 1 { crowded.withLock { $0 += 1 } }
      entries.withLock { $0.append(number) }
    }

    func leave() { inside.withLock { $0 -= 1 } }
  }

  @Test func neverLetsTwoIn() async {
    let (turn, log) = (Turn(), Log())
    await withTaskGroup(of: Void.self) { group in
      for number in 0..<200 {
        group.addTask {
          await turn.take {
            log.enter(number)
            for _ in 0..<5 { await Task.yield() }
            log.leave()
          }
        }
      }
    }
    #expect(log.crowded.withLock { $0 } == 0)
    #expect(log.entries.withLock { $0.sorted() } == Array(0..<200))
  }

  @Test func servesInTheOrderOfArrival() async {
    let (turn, log) = (Turn(), Log())
    let (gate, open) = AsyncStream<Void>.makeStream()
    let holder = Task {
      await turn.take {
        for await _ in gate {}
        log.enter(-1)
        log.leave()
      }
    }
    while !turn.isTaken { await Task.yield() }
    var tasks: [Task<Void, Never>] = []
    for number in 0..<50 {
      tasks.append(
        Task {
          await turn.take {
            log.enter(number)
            await Task.yield()
            log.leave()
          }
        })
      // The next one comes only when this one stands in the queue.
      while turn.waiting != number + 1 { await Task.yield() }
    }
    open.finish()
    await holder.value
    for task in tasks { await task.value }
    #expect(log.entries.withLock { $0 } == [-1] + Array(0..<50))
    #expect(!turn.isTaken)
  }

  @Test func goesOnAfterAnError() async throws {
    struct Failure: Error {}
    let turn = Turn()
    for _ in 0..<3 {
      await #expect(throws: Failure.self) { try await turn.take { throw Failure() } }
    }
    #expect(await turn.take { 7 } == 7)
    #expect(!turn.isTaken)
  }
}
