import ConfigurationFile
import ControlLoop
import HTTPTransport
import Logging
import Model
import Ports
import PrometheusClient
import PromQL
import Synchronization
import TimeSeries

/// Where triggers get their readings from.
enum MetricSources {
  /// The source that the operator has chosen.
  static func source(
    _ configuration: ConfigurationFile.Configuration, store: SeriesStore, engine: Engine, logger: Logger
  ) -> any MetricSource {
    let staleAfter = configuration.policy.pace.expectedSampleInterval * 2
    guard let server = configuration.service.metrics.prometheus else {
      return EmbeddedMetricSource(source: store, engine: engine, staleAfter: staleAfter)
    }
    var settings = PrometheusClient.PrometheusSettings(server)
    settings.lookback = configuration.service.metrics.lookback
    settings.staleAfter = staleAfter
    let notes = WarningNotes(logger: logger)
    return PrometheusMetricSource(settings) { notes.add($0, $1) }
  }
}

/// Logs the warnings of a server when they are new: triggers ask every few seconds.
private final class WarningNotes: Sendable {
  private let logger: Logger
  private let last = Mutex<[String: [String]]>([:])

  init(logger: Logger) { self.logger = logger }

  func add(_ expression: String, _ warnings: [String]) {
    let isNew = last.withLock { last in
      defer { last[expression] = warnings }
      return last[expression] != warnings
    }
    guard isNew else { return }
    logger.warning(
      "metric source warns",
      metadata: ["expression": "\(expression)", "warnings": "\(warnings.joined(separator: "; "))"])
  }
}

extension PrometheusClient.PrometheusSettings {
  /// The operator's settings.
  init(_ settings: ConfigurationFile.PrometheusSettings) {
    self.init(url: settings.url)
    let token = settings.bearerTokenFile.map { SecretSource.file($0) } ?? settings.bearerToken.map { .text($0.exposed) }
    let password = settings.passwordFile.map { SecretSource.file($0) } ?? settings.password.map { .text($0.exposed) }
    if let token {
      credentials = .bearer(token)
    } else if let user = settings.user, let password {
      credentials = .basic(user: user, password: password)
    }
    tenant = settings.tenant
    if let file = settings.authoritiesFile { trust = .authorities(.file(file)) }
    if let certificate = settings.certificateFile, let key = settings.keyFile {
      identity = ClientIdentity(certificate: .file(certificate), key: .file(key))
    }
    timeout = settings.timeout
    maximumAnswerBytes = settings.maximumAnswerBytes
  }
}
