import ControlLoop
import Logging
import Model
import Ports
import ServiceLifecycle
import Synchronization
import TimeSeries

/// The loop as a service: it ends between two ticks when the program is asked to stop.
struct LoopService: Service {
  let loop: ControlLoop

  func run() async throws { await cancelWhenGracefulShutdown { await loop.run() } }
}

/// The store's upkeep: retention, snapshots, syncing to disk; and its orderly end.
struct StoreService: Service {
  let store: SeriesStore
  let time: any TimeSource
  let logger: Logger
  /// Real time between two rounds.
  let pause: Duration

  func run() async throws {
    await cancelWhenGracefulShutdown {
      while !Task.isCancelled {
        try? await Task.sleep(for: pause)
        report(store.maintain(now: time.now().milliseconds))
      }
    }
    report(store.close(now: time.now().milliseconds))
  }

  private func report(_ round: SeriesStore.MaintenanceReport) {
    for fault in round.faults { logger.error("store upkeep failed", metadata: ["error": "\(fault)"]) }
  }
}

/// Calls the loop when samples arrive, but not more often than once in a while: a trigger is looked at within this time
/// of the sample that makes it true.
final class Pokes: Sendable {
  private let loop: ControlLoop
  private let interval: Duration
  private let last = Mutex<ContinuousClock.Instant?>(nil)

  init(loop: ControlLoop, interval: Duration) {
    self.loop = loop
    self.interval = interval
  }

  func samplesArrived() {
    let now = ContinuousClock.now
    let due = last.withLock { last in
      if let last, now - last < interval { return false }
      last = now
      return true
    }
    if due { loop.call() }
  }
}
