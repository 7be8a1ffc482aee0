import Dispatch
import Synchronization

/// Threads on which queries run, so that a long one never holds a thread that the rest of the program needs.
///
/// At most `running` bodies run at one time; at most `waiting` more wait, and begin in the order in which they came.
/// Thread-safe. A task that is cancelled raises its body's flag; the body ends when it looks at it.
final class QueryLanes: Sendable {
  /// All lanes are taken, and so are all places in the queue.
  struct Full: Error {
    let waiting: Int
  }

  /// Tells a running body that nobody waits for its result any more.
  final class Cancellation: Sendable {
    private let raised = Atomic<Bool>(false)

    var isRaised: Bool { raised.load(ordering: .relaxed) }
    func raise() { raised.store(true, ordering: .relaxed) }
  }

  /// Runs a body; what it returns hands over the result, which is done when the lane is free again.
  private typealias Job = @Sendable () -> @Sendable () -> Void

  private struct State {
    var running = 0
    /// Waiting jobs, the oldest last.
    var waiting: [Job] = []
  }

  private enum Admission {
    case started, waits, refused
  }

  private let running: Int
  private let waiting: Int
  private let state = Mutex(State())
  private let queue = DispatchQueue(label: "poolkeeper.queries", qos: .utility, attributes: .concurrent)

  init(running: Int, waiting: Int) {
    self.running = running
    self.waiting = waiting
  }

  /// Runs `body` on a lane and returns what it returns.
  /// - Throws: `Full` at once when there is no place; what `body` throws; `CancellationError` when the task was cancelled
  ///   before its turn came.
  func run<Value: Sendable>(_ body: @escaping @Sendable (Cancellation) throws -> Value) async throws -> Value {
    let cancellation = Cancellation()
    return try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Value, any Error>) in
        let job: Job = {
          let result = Result {
            if cancellation.isRaised { throw CancellationError() }
            return try body(cancellation)
          }
          return { continuation.resume(with: result) }
        }
        switch admit(job) {
        case .started: queue.async { self.work(job) }
        case .waits: break
        case .refused: continuation.resume(throwing: Full(waiting: waiting))
        }
      }
    } onCancel: {
      cancellation.raise()
    }
  }

  private func admit(_ job: @escaping Job) -> Admission {
    state.withLock { state in
      if state.running < running {
        state.running += 1
        return .started
      }
      guard state.waiting.count < waiting else { return .refused }
      state.waiting.insert(job, at: 0)
      return .waits
    }
  }

  /// Runs a job, and then those that wait, until none is left.
  private func work(_ first: @escaping Job) {
    var next: Job? = first
    while let job = next {
      let handOver = job()
      next = state.withLock { state in
        let waiting = state.waiting.popLast()
        if waiting == nil { state.running -= 1 }
        return waiting
      }
      handOver()
    }
  }
}
