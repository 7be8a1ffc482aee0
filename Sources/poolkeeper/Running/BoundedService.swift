import Logging
import ServiceLifecycle
import Synchronization

/// A service that has so long to end when the program stops. Then it is cancelled, and soon after no longer waited for, so
/// that one call that hangs keeps nothing else from ending in order.
struct BoundedService: Service {
  let service: any Service
  let name: String
  /// From the request to stop to cancellation.
  let limit: Duration
  let logger: Logger

  /// From cancellation until it is no longer waited for.
  static let afterCancellation: Duration = .milliseconds(500)

  func run() async throws {
    let end = End()
    let task = Task {
      do {
        try await service.run()
        end.set(.success(()))
      } catch { end.set(.failure(error)) }
    }
    let stop: @Sendable () -> Void = {
      Task {
        try? await Task.sleep(for: limit)
        guard !end.isSet else { return }
        task.cancel()
        try? await Task.sleep(for: Self.afterCancellation)
        guard end.set(.success(())) else { return }
        logger.warning("no longer waited for", metadata: ["service": "\(name)"])
      }
    }
    try await withTaskCancellationHandler {
      try await withGracefulShutdownHandler {
        try await end.wait()
      } onGracefulShutdown: {
        stop()
      }
    } onCancel: {
      task.cancel()
      stop()
    }
  }

  /// How it ended: the first that is set. One task waits.
  private final class End: Sendable {
    private struct State {
      var result: Result<Void, any Error>?
      var waiting: CheckedContinuation<Void, any Error>?
    }

    private let state = Mutex(State())

    var isSet: Bool { state.withLock { $0.result != nil } }

    /// - Returns: whether it was the first.
    @discardableResult
    func set(_ result: Result<Void, any Error>) -> Bool {
      let (isFirst, waiting) = state.withLock { state in
        guard state.result == nil else { return (false, nil as CheckedContinuation<Void, any Error>?) }
        state.result = result
        defer { state.waiting = nil }
        return (true, state.waiting)
      }
      waiting?.resume(with: result)
      return isFirst
    }

    func wait() async throws {
      try await withCheckedThrowingContinuation { continuation in
        let result = state.withLock { state in
          if state.result == nil { state.waiting = continuation }
          return state.result
        }
        if let result { continuation.resume(with: result) }
      }
    }
  }
}
