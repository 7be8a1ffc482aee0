import API
import ConfigurationFile
import Logging
import Model
import Ports
import ServiceLifecycle
import TimeSeries

/// Keeps the program's own metrics among its samples, at an interval of the loop's time.
struct OwnMetricsService: Service {
  private let parts: ServerParts
  private let labels: [Label]
  private let interval: Duration
  private let logger: Logger

  /// `nil` when the operator does not want it.
  init?(_ parts: ServerParts, _ configuration: ConfigurationFile.Configuration, logger: Logger) {
    interval = configuration.service.metrics.ownMetricsInterval
    guard interval > .zero else { return nil }
    self.parts = parts
    self.logger = logger
    // As a Prometheus labels what it scrapes; the instance tells that nobody has scraped it.
    labels = [
      Label(name: "cluster", value: configuration.policy.clusterName), Label(name: "instance", value: "self"),
      Label(name: "job", value: "poolkeeper"),
    ]
  }

  func run() async throws {
    await cancelWhenGracefulShutdown {
      var metrics = OwnMetrics(parts, labels: labels)
      var before: OwnMetrics.Outcome?
      repeat {
        do {
          let outcome = try metrics.keep()
          note(outcome, after: before)
          before = outcome
        } catch { logger.warning("own metrics not kept", metadata: ["error": "\(error)"]) }
        try? await parts.time.sleep(for: interval)
      } while !Task.isCancelled
      try? metrics.end()
    }
  }

  /// Tells what is new.
  private func note(_ outcome: OwnMetrics.Outcome, after before: OwnMetrics.Outcome?) {
    switch (outcome, before) {
    case (.heldBack, .heldBack), (.noRoom, _): break
    case (.heldBack, _): logger.info("own metrics not kept: a Prometheus writes them")
    case (.kept(_, let leftOut), .kept(_, let earlier)?) where (leftOut > 0) == (earlier > 0): break
    case (.kept(_, let leftOut), _) where leftOut > 0:
      logger.warning("own metrics cut", metadata: ["left_out": "\(leftOut)", "limit": "\(OwnMetrics.seriesLimit)"])
    case (.kept, .heldBack?): logger.info("own metrics kept: no Prometheus writes them any more")
    case (.kept, _): break
    }
  }
}
