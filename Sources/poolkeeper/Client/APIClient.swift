import API
import Foundation
import HTTPTransport

/// Asks a running server over its HTTP API.
struct APIClient: Sendable {
  let base: String
  private let http: HTTPClient
  /// Goes to this server and to nobody else: no redirect is followed.
  private let authorization: [HTTPHeader]

  /// Answers that take longer than this have something wrong with them.
  static let deadline: Duration = .seconds(30)
  /// Bytes of an answer; a snapshot of a large cluster is some hundred MiB.
  static let largestAnswer = 1 << 30

  init(base: String, token: String? = nil, _ configuration: HTTPClientConfiguration = HTTPClientConfiguration()) {
    self.base = base.hasSuffix("/") ? String(base.dropLast()) : base
    http = HTTPClient(configuration)
    authorization = token.map { [HTTPHeader("Authorization", "Bearer \($0)")] } ?? []
  }

  /// An answer, decoded and as it came.
  struct Answer<Value: Sendable>: Sendable {
    var value: Value
    var text: String
  }

  /// Sends a call of the control API.
  /// - Throws: `Failure` with the server's own sentence.
  func send<Value: Decodable & Sendable>(
    _ method: String, _ path: String, body: (any Encodable & Sendable)? = nil, as type: Value.Type
  ) async throws -> Answer<Value> {
    var headers: [HTTPHeader] = []
    var bytes: [UInt8]?
    if let body {
      headers.append(HTTPHeader("Content-Type", "application/json"))
      bytes = [UInt8](try JSONFormat.encoder().encode(body))
    }
    let response = try await answer(HTTPRequest(method, base + path, headers: headers, body: bytes))
    let data = Data(response.body)
    guard (200...299).contains(response.status) else { throw Self.failure(response) }
    do {
      return Answer(
        value: try JSONFormat.decoder().decode(type, from: data), text: String(decoding: data, as: UTF8.self))
    } catch {
      throw Failure(
        .failed,
        "The server's answer is not what this version expects (\(JSONFormat.explain(error))); are both of one version?")
    }
  }

  /// Sends a call of which some failures are answers, too.
  /// - Parameter other: reads the answer of a status beyond 299; `nil`: it is a failure like any other.
  /// - Throws: `Failure` with the server's own sentence.
  func send<Value: Decodable & Sendable>(
    _ method: String, _ path: String, as type: Value.Type, other: (Data) -> Value?
  ) async throws -> Answer<Value> {
    let response = try await answer(HTTPRequest(method, base + path))
    let data = Data(response.body)
    let text = String(decoding: data, as: UTF8.self)
    if (200...299).contains(response.status), let value = try? JSONFormat.decoder().decode(type, from: data) {
      return Answer(value: value, text: text)
    }
    guard let value = other(data) else { throw Self.failure(response) }
    return Answer(value: value, text: text)
  }

  /// An answer's bytes as they come; for answers that are large.
  /// - Throws: `Failure` with the server's own sentence.
  func data(_ path: String) async throws -> Data {
    let response = try await answer(
      HTTPRequest("GET", base + path, maximumResponseBytes: Self.largestAnswer))
    guard (200...299).contains(response.status) else { throw Self.failure(response) }
    return Data(response.body)
  }

  /// Sends a form to the Prometheus API.
  /// - Returns: the whole answer's JSON.
  func query(_ path: String, _ parameters: [(String, String)]) async throws -> [UInt8] {
    let form = parameters.map { "\(Self.escape($0.0))=\(Self.escape($0.1))" }.joined(separator: "&")
    let request = HTTPRequest(
      "POST", base + path, headers: [HTTPHeader("Content-Type", "application/x-www-form-urlencoded")],
      body: Array(form.utf8))
    let response = try await answer(request)
    // These come before any query is looked at, and are no answer of the Prometheus API to one.
    if [401, 403, 429].contains(response.status) { throw Self.failure(response) }
    return response.body
  }

  /// Sends a remote-write body.
  func write(_ body: [UInt8]) async throws {
    let request = HTTPRequest(
      "POST", base + "/api/v1/write",
      headers: [
        HTTPHeader("Content-Type", "application/x-protobuf"), HTTPHeader("Content-Encoding", "snappy"),
        HTTPHeader("X-Prometheus-Remote-Write-Version", "0.1.0"),
      ], body: body)
    let response = try await answer(request)
    guard (200...299).contains(response.status) else { throw Self.failure(response) }
  }

  /// Encodes a path's or a form's part.
  static func escape(_ text: String) -> String {
    var allowed = CharacterSet.alphanumerics
    allowed.insert(charactersIn: "-._~")
    return text.addingPercentEncoding(withAllowedCharacters: allowed) ?? text
  }

  private func answer(_ request: HTTPRequest) async throws -> HTTPResponse {
    var request = request
    request.headers += authorization
    do { return try await http.send(request, deadline: Self.deadline) } catch {
      throw Failure(
        .unreachable, "The server at \(base) did not answer: \(error.message) Is it running? (--server, POOLKEEPER_URL)"
      )
    }
  }

  private struct PrometheusError: Decodable { var error: String }

  static func failure(_ response: HTTPResponse) -> Failure {
    let kind: Failure.Kind =
      switch response.status {
      case 404: .notFound
      case 400: .usage
      default: .failed
      }
    if let error = try? JSONFormat.decoder().decode(ErrorView.self, from: Data(response.body)) {
      return Failure(kind, error.error.message)
    }
    if let error = try? JSONDecoder().decode(PrometheusError.self, from: Data(response.body)) {
      return Failure(kind, error.error)
    }
    let text = String(decoding: response.body.prefix(500), as: UTF8.self)
    return Failure(kind, "The server answered \(response.status): \(text)")
  }
}
