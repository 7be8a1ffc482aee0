import Foundation
public import Model

/// The clocks of an election.
public protocol ElectionClock: Sendable {
  /// Time since any fixed start. Goes on while the process or the machine is stopped, and never jumps.
  func uptime() -> Duration
  /// The time of day, for people who read the lease.
  func wall() -> Instant
  /// Returns after `duration`, or throws `CancellationError`.
  func sleep(for duration: Duration) async throws
}

/// The system's clocks.
public struct SystemElectionClock: ElectionClock {
  /// `ContinuousClock` counts on while the system sleeps (on Linux it is `CLOCK_BOOTTIME`).
  private let start = ContinuousClock.now

  public init() {}

  public func uptime() -> Duration { ContinuousClock.now - start }
  public func wall() -> Instant { Instant(milliseconds: Int64(Date().timeIntervalSince1970 * 1000)) }
  public func sleep(for duration: Duration) async throws { try await Task.sleep(for: duration) }
}
