import ControlLoop
import Logging
import Model
import Ports
import ServiceLifecycle
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

/// Calls the loop when samples have arrived, at once after a silence and otherwise once in an interval: a trigger is looked
/// at within that time of the sample that makes it true, whether or not more samples follow.
struct ArrivalService: Service {
  let loop: ControlLoop
  /// Real time between two calls.
  let interval: Duration
  private let arrivals: AsyncStream<Void>
  private let arrival: AsyncStream<Void>.Continuation

  init(loop: ControlLoop, interval: Duration) {
    self.loop = loop
    self.interval = interval
    // Many arrivals between two calls are one.
    (arrivals, arrival) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
  }

  /// May be called from any thread.
  func samplesArrived() { arrival.yield() }

  func run() async throws {
    await cancelWhenGracefulShutdown {
      for await _ in arrivals {
        loop.call()
        try? await Task.sleep(for: interval)
      }
    }
  }
}
