import Dispatch

/// Runs all tasks of a test one after the other on one queue, so that what happens is the same each time: with the
/// world's seed this fixes a run completely.
final class OneThread: TaskExecutor {
  private let queue = DispatchQueue(label: "one-thread")

  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    queue.async { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
  }
}
