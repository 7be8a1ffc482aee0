import Synchronization

/// Runs the tasks of a simulated run one after the other, on the thread that asks for them and before `run` returns, so
/// that with the scene's seed everything is fixed. Several runs can go on at once, each with an executor of its own.
final class OneThread: TaskExecutor {
  private struct Queue {
    var jobs: [UnownedJob] = []
    var head = 0

    mutating func next() -> UnownedJob? {
      guard head < jobs.count else {
        jobs.removeAll(keepingCapacity: true)
        head = 0
        return nil
      }
      defer { head += 1 }
      return jobs[head]
    }
  }

  private let queue = Mutex(Queue())

  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    queue.withLock { $0.jobs.append(job) }
  }

  /// Carries out `body` with everything that it starts. It must wait for nothing outside: who would wake it?
  func run<Value: Sendable>(_ body: @escaping @Sendable () async throws -> Value) throws -> Value {
    let box = Box<Value>()
    Task(executorPreference: self) {
      do {
        let value = try await body()
        box.set(.success(value))
      } catch { box.set(.failure(error)) }
    }
    while let job = queue.withLock({ $0.next() }) { job.runSynchronously(on: asUnownedTaskExecutor()) }
    guard let value = box.value else { preconditionFailure("a simulated run waits for something outside of it") }
    return try value.get()
  }

  private final class Box<Value: Sendable>: Sendable {
    private let result = Mutex<Result<Value, any Error>?>(nil)

    var value: Result<Value, any Error>? { result.withLock { $0 } }
    func set(_ value: Result<Value, any Error>) { result.withLock { $0 = value } }
  }
}
