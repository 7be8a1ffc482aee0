public import Model

/// The time that the program lives by: real, or sped up for a demonstration.
public protocol TimeSource: Sendable {
  func now() -> Instant
  /// Returns after `duration` of this source's time, or throws `CancellationError`.
  func sleep(for duration: Duration) async throws
}

/// Makes ids that never repeat.
public protocol IdentitySource: Sendable {
  func workerID() -> WorkerID
  func requestID() -> RequestID
}
