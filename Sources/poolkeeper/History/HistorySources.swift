import Backtest
import ConfigurationFile
import ControlLoop
import Foundation
import Model
import Ports
import PrometheusClient
import PromQL
import TimeSeries

/// Where a history can be read from.
enum HistorySources {
  /// One query of a long time may take its time.
  private static let queryTimeout: Duration = .seconds(120)
  /// An answer about a window of all pods.
  private static let answerBytes = 256 * 1024 * 1024
  /// A history that is not told how long to be.
  static let usualLength: Duration = .hours(30 * 24)

  // MARK: - A server that speaks the Prometheus API

  /// - Parameter url: of the server; `configured` stands for the one of the configuration. The configuration's
  ///   credentials and certificates go to that server only.
  static func prometheus(
    _ url: String, _ configuration: ConfigurationFile.Configuration
  ) throws -> (source: PrometheusRangeSource, name: String) {
    var settings: PrometheusClient.PrometheusSettings
    let configured = configuration.service.metrics.prometheus
    if url == "configured" {
      guard let configured else {
        throw Failure(
          .usage, "The configuration names no Prometheus server (poolkeeper.metrics.prometheus): give --prometheus URL."
        )
      }
      settings = .init(configured)
    } else {
      guard let parts = URLComponents(string: url), ["http", "https"].contains(parts.scheme), parts.host != nil else {
        throw Failure(.usage, "\(url) is no URL of a Prometheus server, such as http://prometheus:9090.")
      }
      guard parts.user == nil, parts.password == nil else {
        throw Failure(
          .usage,
          "Credentials do not belong into the URL: write them into poolkeeper.metrics.prometheus, and give "
            + "--prometheus configured.")
      }
      settings = .init(url: url)
      if let configured, isSameServer(url, configured.url) {
        settings = .init(configured)
        settings.url = url
      }
    }
    settings.timeout = max(settings.timeout, queryTimeout)
    settings.maximumAnswerBytes = max(settings.maximumAnswerBytes, answerBytes)
    settings.lookback = configuration.service.metrics.lookback
    let source = PrometheusRangeSource(settings) { _, warnings in
      Console.error("note: \(warnings.joined(separator: "; "))")
    }
    return (source, "Prometheus at \(settings.url)")
  }

  /// Whether two URLs lead to one scheme, host and port.
  static func isSameServer(_ left: String, _ right: String) -> Bool {
    guard let left = URLComponents(string: left), let right = URLComponents(string: right),
      let scheme = left.scheme?.lowercased(), let host = left.host?.lowercased()
    else { return false }
    func port(_ parts: URLComponents) -> Int { parts.port ?? (scheme == "https" ? 443 : 80) }
    return scheme == right.scheme?.lowercased() && host == right.host?.lowercased() && port(left) == port(right)
  }

  // MARK: - The own store

  /// The store in a data directory, of which nothing is changed, also while a server runs on it.
  static func store(
    _ directory: String, _ configuration: ConfigurationFile.Configuration, now: Instant
  ) throws -> (source: EmbeddedRangeSource, oldest: Instant?, newest: Instant?) {
    let path = directory + "/metrics"
    guard FileManager.default.fileExists(atPath: path) else {
      throw Failure(
        .environment, "There is no store in \(directory): name the data directory of a server (--data of serve).")
    }
    var options = SeriesStore.Options()
    options.limits = StoreLimits(configuration.service.metrics)
    // What is there is to be read, however long the server would keep it.
    options.limits.retentionMilliseconds = now.milliseconds
    options.limits.series = Int.max
    let store: SeriesStore
    do {
      store = try SeriesStore.openForReading(directory: path, options: options, now: now.milliseconds).store
    } catch { throw Failure(.environment, "The store in \(directory) cannot be read: \(error)") }
    var limits = EngineLimits()
    limits.lookback = configuration.service.metrics.lookback.milliseconds
    let source = EmbeddedRangeSource(source: store, engine: Engine(limits: limits))
    let statistics = store.statistics
    return (
      source, statistics.oldestTimestamp.map { Instant(milliseconds: $0) },
      statistics.newestTimestamp.map { Instant(milliseconds: $0) }
    )
  }
}
