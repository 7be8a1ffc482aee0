import Model
import Ports
import Synchronization

/// Lets the loop be called before its next tick is due. A call while a tick runs is not lost; several are one.
///
/// One task waits at a time.
final class Calls: Sendable {
  private struct State {
    var isCalled = false
    var waiting: CheckedContinuation<Void, Never>?
  }

  private let state = Mutex(State())

  /// Ends the present wait, or the next one before it begins.
  func call() {
    let waiting = state.withLock { state -> CheckedContinuation<Void, Never>? in
      guard let waiting = state.waiting else {
        state.isCalled = true
        return nil
      }
      state.waiting = nil
      return waiting
    }
    waiting?.resume()
  }

  /// Returns when called, when `duration` of this source's time has passed, or when the task is cancelled.
  func wait(atMost duration: Duration, time: any TimeSource) async {
    await withTaskGroup(of: Void.self) { group in
      group.addTask { try? await time.sleep(for: duration) }
      group.addTask { await self.waitForCall() }
      await group.next()
      group.cancelAll()
    }
  }

  private func waitForCall() async {
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let isDue = state.withLock { state -> Bool in
          if state.isCalled || Task.isCancelled {
            state.isCalled = false
            return true
          }
          state.waiting = continuation
          return false
        }
        if isDue { continuation.resume() }
      }
    } onCancel: {
      // Not a call: whoever waits next waits for a new one.
      let waiting = state.withLock { state in
        defer { state.waiting = nil }
        return state.waiting
      }
      waiting?.resume()
    }
  }
}
