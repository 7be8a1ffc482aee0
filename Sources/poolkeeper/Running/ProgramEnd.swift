import Dispatch
import Foundation
import Logging
import ServiceLifecycle
import Synchronization
import UnixSignals

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// What signals do to the server: SIGTERM and SIGINT end it in order and within a time, a second one ends it at once,
/// SIGHUP reads the configuration again.
final class ProgramEnd: Sendable {
  /// After so long the program ends as it is. All that was acknowledged is on disk by then.
  static let limit: Duration = .seconds(9)
  /// How long the parts have to end by themselves, in the order in which they are stopped; together with what they get after
  /// cancellation less than `limit`. The store has what is left.
  static let serverLimit: Duration = .seconds(2)
  static let loopLimit: Duration = .milliseconds(1_500)
  static let otherLimit: Duration = .milliseconds(500)

  private struct State {
    var isStopping = false
    /// What is to be ended; `nil` until all is put together.
    var group: ServiceGroup?
    var reload: (@Sendable () async -> Void)?
  }

  private let notifier: SystemdNotifier
  private let logger: Logger
  private let state = Mutex(State())

  /// From here on signals are answered.
  init(notifier: SystemdNotifier, logger: Logger) async {
    self.notifier = notifier
    self.logger = logger
    let signals = await UnixSignalsSequence(trapping: .sigterm, .sigint, .sighup)
    Task.detached { [self] in
      for await signal in signals {
        if signal == .sighup {
          // A reload may wait for a file or for the journal; a signal to stop must not wait for it.
          let reload = state.withLock { $0.isStopping ? nil : $0.reload }
          Task { await reload?() }
        } else {
          stop(signal)
        }
      }
    }
  }

  var isStopping: Bool { state.withLock { $0.isStopping } }

  /// Runs the group until it has ended.
  func run(_ group: ServiceGroup, reload: @escaping @Sendable () async -> Void) async throws {
    let isStopping = state.withLock { state in
      state.group = group
      state.reload = reload
      return state.isStopping
    }
    // The signal came while all was put together, and the process is about to end.
    if isStopping { await group.triggerGracefulShutdown() }
    do { try await group.run() } catch {
      // What a service says when it is cancelled is no failure of a program that was asked to stop.
      guard self.isStopping else { throw error }
      logger.warning("stopped with an error", metadata: ["error": "\(error)"])
    }
    if self.isStopping { leave("stopped", .info) }
  }

  private func stop(_ signal: UnixSignal) {
    let (isFirst, group) = state.withLock { state in
      defer { state.isStopping = true }
      return (!state.isStopping, state.group)
    }
    guard isFirst else { leave("stopped at once by a second signal", .warning) }
    logger.info("stopping", metadata: ["signal": "\(signal)", "limit_seconds": "\(Self.limit.components.seconds)"])
    notifier.stopping()
    // While the log is still being read nothing is under way that could be ended.
    guard let group else { leave("stopped before it had started", .info) }
    // A thread of its own: whatever holds all others does not hold this one.
    let deadline = Thread { [self] in
      Thread.sleep(forTimeInterval: Double(Self.limit.components.seconds))
      leave("stopped before all had ended", .warning)
    }
    deadline.start()
    Task { await group.triggerGracefulShutdown() }
  }

  /// Ends the process without waiting for threads that are still at work: nothing that matters is in memory only.
  private func leave(_ message: Logger.Message, _ level: Logger.Level) -> Never {
    // Whoever reads the log may have stopped reading: the end does not wait for that.
    let told = DispatchSemaphore(value: 0)
    Thread { [logger] in
      logger.log(level: level, message)
      told.signal()
    }.start()
    _ = told.wait(timeout: .now() + .milliseconds(300))
    _exit(0)
  }
}
