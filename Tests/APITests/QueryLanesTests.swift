import Dispatch
@testable import API
import Synchronization
import Testing

@Suite struct QueryLanesTests {
  /// A door that bodies wait at until the test opens it.
  private final class Door: Sendable {
    private struct State {
      var arrived = 0
      var watchers: [(count: Int, continuation: CheckedContinuation<Void, Never>)] = []
    }
    private let state = Mutex(State())
    private let lock = DispatchSemaphore(value: 0)

    /// Called on a lane: says that it is there, and holds the lane until the door is open.
    func pass() {
      let ready = state.withLock { state in
        state.arrived += 1
        let ready = state.watchers.filter { $0.count <= state.arrived }
        state.watchers.removeAll { $0.count <= state.arrived }
        return ready
      }
      for watcher in ready { watcher.continuation.resume() }
      lock.wait()
      lock.signal()
    }

    func open() { lock.signal() }

    /// Returns when `count` bodies are at the door, or have passed it.
    func arrivals(_ count: Int) async {
      await withCheckedContinuation { continuation in
        let isThere = state.withLock { state in
          if state.arrived >= count { return true }
          state.watchers.append((count, continuation))
          return false
        }
        if isThere { continuation.resume() }
      }
    }
  }

  private struct Mistake: Error {}

  @Test func returnsWhatABodyReturnsAndThrowsWhatItThrows() async throws {
    let lanes = QueryLanes(running: 1, waiting: 0)
    for number in 0..<100 { #expect(try await lanes.run { _ in number } == number) }
    await #expect(throws: Mistake.self) { try await lanes.run { _ in throw Mistake() } }
    #expect(try await lanes.run { _ in 7 } == 7)
  }

  @Test func letsOthersWaitAndRefusesWhenTheQueueIsFull() async throws {
    let lanes = QueryLanes(running: 1, waiting: 2)
    let door = Door()
    async let first = lanes.run { _ in door.pass() }
    await door.arrivals(1)
    // With the lane taken, both places in the queue go to whoever comes first; a third finds none.
    await withTaskGroup(of: Bool.self) { group in
      for _ in 0..<3 {
        group.addTask {
          do {
            try await lanes.run { _ in }
            return true
          } catch {
            #expect((error as? QueryLanes.Full)?.waiting == 2)
            return false
          }
        }
      }
      // The refused one answers while the lane is still held.
      #expect(await group.next() == false)
      door.open()
      #expect(await group.next() == true)
      #expect(await group.next() == true)
    }
    try await first
    #expect(try await lanes.run { _ in 1 } == 1)
  }

  /// Bodies that hold their lanes do not hold the threads that requests are served on, however many there are.
  @Test func holdsNoThreadOfTheCallers() async throws {
    let lanes = QueryLanes(running: 4, waiting: 60)
    let door = Door()
    let sum = try await withThrowingTaskGroup(of: Int.self) { group in
      for number in 0..<64 {
        group.addTask {
          try await lanes.run { _ in
            door.pass()
            return number
          }
        }
      }
      await door.arrivals(4)
      door.open()
      return try await group.reduce(0, +)
    }
    #expect(sum == 64 * 63 / 2)
  }

  @Test func raisesTheFlagOfARunningBodyWhenItsTaskIsCancelled() async throws {
    let lanes = QueryLanes(running: 1, waiting: 1)
    let door = Door()
    door.open()
    let running = Task {
      try await lanes.run { cancellation -> Void in
        door.pass()
        while !cancellation.isRaised {}
        throw Mistake()
      }
    }
    await door.arrivals(1)
    running.cancel()
    await #expect(throws: Mistake.self) { try await running.value }
  }

  @Test func doesNotBeginABodyThatWasCancelledWhileItWaited() async throws {
    let lanes = QueryLanes(running: 1, waiting: 1)
    let door = Door()
    async let first = lanes.run { _ in door.pass() }
    await door.arrivals(1)
    let waiting = Task {
      withUnsafeCurrentTask { $0?.cancel() }
      try await lanes.run { _ -> Void in Issue.record("it began") }
    }
    door.open()
    await #expect(throws: CancellationError.self) { try await waiting.value }
    try await first
  }
}
