import Foundation
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
    let request = try self.request(text, at: now)
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
      error.message = hidingSecrets(in: error.message, request)
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
    let query: Query
    do { query = try Query(parse: expression) } catch {
      throw PortError(.invalid, "The expression is wrong: \(error)", operation: Self.operation)
    }
    let text = try FreshnessGuard.text(query, within: settings.staleAfter)
    guarded.withLock { $0[expression] = text }
    return text
  }
}

// MARK: - Requests

extension PrometheusMetricSource {
  private func request(_ text: String, at now: Instant) throws(PortError) -> HTTPRequest {
    let lookback = DurationFormat.text(milliseconds: min(settings.lookback, settings.staleAfter).milliseconds)
    let parameters = [
      ("query", text), ("time", FloatFormat.decimal(now.seconds)),
      ("timeout", DurationFormat.text(milliseconds: max(settings.timeout.milliseconds, 1))),
      ("lookback_delta", lookback),
      // VictoriaMetrics has other names for the lookback, Thanos and it for refusing to leave data out silently.
      ("max_lookback", lookback), ("partial_response", "false"), ("deny_partial_response", "1"),
    ]
    let form = parameters.map { "\($0.0)=\(Self.escaped($0.1))" }.joined(separator: "&")
    let base = settings.url.hasSuffix("/") ? String(settings.url.dropLast()) : settings.url
    var headers = [
      HTTPHeader("Content-Type", "application/x-www-form-urlencoded"), HTTPHeader("Accept", "application/json"),
    ]
    if let tenant = settings.tenant { headers.append(HTTPHeader("X-Scope-OrgID", tenant)) }
    if let authorization = try authorization() { headers.append(HTTPHeader("Authorization", authorization)) }
    var request = HTTPRequest("POST", base + "/api/v1/query", headers: headers, body: Array(form.utf8))
    request.maximumResponseBytes = settings.maximumAnswerBytes
    // A query changes nothing.
    request.isRepeatable = true
    return request
  }

  private func authorization() throws(PortError) -> String? {
    switch settings.credentials {
    case .none: return nil
    case .bearer(let token): return "Bearer " + (try Self.text(of: token))
    case .basic(let user, let password):
      return "Basic " + Data("\(user):\(try Self.text(of: password))".utf8).base64EncodedString()
    }
  }

  /// Bytes of a file that holds a secret.
  private static let secretBytes = 64 * 1024

  private static func text(of source: SecretSource) throws(PortError) -> String {
    guard case .file(let path) = source else {
      if case .text(let text) = source { return text }
      return ""
    }
    guard let data = FileManager.default.contents(atPath: path), data.count <= secretBytes,
      let text = String(validating: data, as: UTF8.self)
    else {
      throw PortError(
        .forbidden, "The file \(path) cannot be read, or holds no token: make it readable for this program.",
        operation: operation)
    }
    let trimmed = text.trimmingCharacters(in: .whitespacesAndNewlines)
    guard !trimmed.isEmpty else {
      throw PortError(.forbidden, "The file \(path) is empty: it should hold the token.", operation: operation)
    }
    return trimmed
  }

  /// A server, or what stands before it, may repeat what it was sent.
  private func hidingSecrets(in text: String, _ request: HTTPRequest) -> String {
    guard let authorization = request.headers.first(where: { $0.name == "Authorization" })?.value,
      let secret = authorization.split(separator: " ", maxSplits: 1).last
    else { return text }
    return text.replacing(secret, with: "‹secret›")
  }

  private static func escaped(_ text: String) -> String {
    var allowed = CharacterSet.alphanumerics.intersection(CharacterSet(charactersIn: "\u{0}"..."\u{7f}"))
    allowed.insert(charactersIn: "-._~")
    return text.addingPercentEncoding(withAllowedCharacters: allowed) ?? ""
  }
}
