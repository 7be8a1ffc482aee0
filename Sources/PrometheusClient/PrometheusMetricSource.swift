import HTTPTransport
public import Model
public import Ports
import PromQL
import Synchronization

/// Answers triggers from a server that speaks the Prometheus API.
///
/// It fails safe as the embedded store does: what has stopped coming has no value, although the server's own lookback
/// and ranges would still reach older samples; and a partial answer is none. While the server does not answer, the
/// first query of an instant waits for it, and the others of that instant fail at once.
public final class PrometheusMetricSource: MetricSource {
  private let settings: PrometheusSettings
  private let client: HTTPClient
  private let warned: @Sendable (_ expression: String, _ warnings: [String]) -> Void
  /// Triggers' expressions are few and never change while the program runs.
  private let guarded = Mutex<[String: String]>([:])
  /// The instant at which the server was last found to be away, with what was said then.
  private let absence = Mutex<(at: Instant, error: PortError)?>(nil)

  /// The call that errors name.
  static let operation = "metrics.query"

  /// - Parameter warned: told the warnings that came with an answer.
  public init(
    _ settings: PrometheusSettings,
    warned: @escaping @Sendable (_ expression: String, _ warnings: [String]) -> Void = { _, _ in }
  ) {
    self.settings = settings
    self.warned = warned
    var configuration = HTTPClientConfiguration()
    configuration.trust = settings.trust
    configuration.identity = settings.identity
    client = HTTPClient(configuration)
  }

  /// The elements of an instant query; none when nothing that it selects is fresh.
  /// - Throws: `PortError`; `CancellationError` when the task was cancelled.
  public func query(_ expression: String, at now: Instant) async throws -> [MetricElement] {
    let text = try guarded(expression)
    if let absence = absence.withLock({ $0 }), absence.at == now { throw absence.error }
    let lookback = min(settings.lookback, settings.staleAfter)
    let request = try PrometheusRequest.make(
      "query", [("query", text), ("time", FloatFormat.decimal(now.seconds))], lookback: lookback, settings)
    let response: HTTPResponse
    do { response = try await client.send(request, deadline: settings.timeout) } catch {
      if error.code == .cancelled { throw CancellationError() }
      let mapped = PortError(error, server: settings.url)
      if mapped.code == .unreachable { absence.withLock { $0 = (now, mapped) } }
      throw mapped
    }
    let answer: QueryAnswer
    do { answer = try QueryAnswer(response, from: settings.url) } catch {
      var error = error
      error.message = PrometheusRequest.hidingSecrets(in: error.message, request)
      throw error
    }
    if !answer.warnings.isEmpty { warned(expression, answer.warnings) }
    return answer.elements.map { MetricElement(labels: $0.labels, value: $0.value, at: now) }
  }

  /// Closes the connections; queries that are under way fail.
  public func shutdown() async { await client.shutdown() }

  /// The expression with its condition, made once.
  private func guarded(_ expression: String) throws(PortError) -> String {
    if let known = guarded.withLock({ $0[expression] }) { return known }
    let text = try FreshnessGuard.text(expression, within: settings.staleAfter)
    guarded.withLock { $0[expression] = text }
    return text
  }
}
