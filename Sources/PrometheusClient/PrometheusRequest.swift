import Foundation
import HTTPTransport
import Model
import Ports
import PromQL

/// Requests to a server that speaks the Prometheus API, with what it must know of us.
enum PrometheusRequest {
  /// - Parameters:
  ///   - path: `query` or `query_range`.
  ///   - parameters: what is asked.
  ///   - lookback: how far back the server is to look for a sample.
  static func make(
    _ path: String, _ parameters: [(String, String)], lookback: Duration, _ settings: PrometheusSettings
  ) throws(PortError) -> HTTPRequest {
    let lookback = DurationFormat.text(milliseconds: max(lookback.milliseconds, 1))
    let parameters =
      parameters + [
        ("timeout", DurationFormat.text(milliseconds: max(settings.timeout.milliseconds, 1))),
        ("lookback_delta", lookback),
        // VictoriaMetrics has other names for the lookback, Thanos and it for refusing to leave data out silently.
        ("max_lookback", lookback), ("partial_response", "false"), ("deny_partial_response", "1"),
      ]
    let form = parameters.map { "\($0.0)=\(escaped($0.1))" }.joined(separator: "&")
    let base = settings.url.hasSuffix("/") ? String(settings.url.dropLast()) : settings.url
    var headers = [
      HTTPHeader("Content-Type", "application/x-www-form-urlencoded"), HTTPHeader("Accept", "application/json"),
    ]
    if let tenant = settings.tenant { headers.append(HTTPHeader("X-Scope-OrgID", tenant)) }
    if let authorization = try authorization(settings.credentials) {
      headers.append(HTTPHeader("Authorization", authorization))
    }
    var request = HTTPRequest("POST", base + "/api/v1/\(path)", headers: headers, body: Array(form.utf8))
    request.maximumResponseBytes = settings.maximumAnswerBytes
    // A query changes nothing.
    request.isRepeatable = true
    return request
  }

  private static func authorization(_ credentials: PrometheusCredentials) throws(PortError) -> String? {
    switch credentials {
    case .none: return nil
    case .bearer(let token): return "Bearer " + (try text(of: token))
    case .basic(let user, let password):
      return "Basic " + Data("\(user):\(try text(of: password))".utf8).base64EncodedString()
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
        operation: PrometheusMetricSource.operation)
    }
    let trimmed = text.trimmingCharacters(in: .whitespacesAndNewlines)
    guard !trimmed.isEmpty else {
      throw PortError(
        .forbidden, "The file \(path) is empty: it should hold the token.", operation: PrometheusMetricSource.operation)
    }
    return trimmed
  }

  /// A server, or what stands before it, may repeat what it was sent.
  static func hidingSecrets(in text: String, _ request: HTTPRequest) -> String {
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
