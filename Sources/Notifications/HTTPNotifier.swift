import Foundation
import HTTPTransport
public import Model
public import Ports

/// Posts messages to receivers over HTTP.
///
/// What is said of a failure names neither the receiver's address nor its token. Redirects are not followed: they are
/// failures with their status.
public final class HTTPNotifier: Notifier {
  /// The field by which a receiver knows a message that comes twice.
  public static let keyField = "Idempotency-Key"
  /// Bytes of an answer that are read, and of it that are told.
  static let answerBytes = 64 * 1024
  static let toldBytes = 200
  /// The longest pause that a receiver may ask for.
  static let longestPause: Duration = .hours(1)
  /// Bytes of a file that holds a secret.
  static let secretBytes = 64 * 1024

  private let receivers: [String: (settings: ReceiverSettings, client: HTTPClient)]

  /// A client for each receiver, with its own circle of trust. Of two of one name the first counts.
  public init(_ receivers: [ReceiverSettings]) {
    self.receivers = Dictionary(
      receivers.map { settings in
        var configuration = HTTPClientConfiguration()
        configuration.trust = settings.trust
        configuration.maximumKeptConnections = 1
        return (settings.name, (settings, HTTPClient(configuration)))
      }, uniquingKeysWith: { first, _ in first })
  }

  /// One attempt.
  public func send(_ message: NotificationMessage, to receiver: String) async -> NotificationOutcome {
    guard let (settings, client) = receivers[receiver] else {
      return .failed(
        code: "unknown", message: "There is no receiver \(receiver) in the configuration.", retryAfter: nil)
    }
    let request: HTTPRequest
    do { request = try Self.request(message, settings) } catch {
      return .failed(code: "secret", message: error.sentence, retryAfter: nil)
    }
    do {
      return Self.outcome(try await client.send(request, deadline: settings.timeout))
    } catch {
      return .failed(code: error.code.rawValue, message: error.message, retryAfter: nil)
    }
  }

  // MARK: - Requests

  private struct SecretFault: Error {
    var sentence: String
  }

  private static func request(
    _ message: NotificationMessage, _ settings: ReceiverSettings
  ) throws(SecretFault) -> HTTPRequest {
    var url = try text(of: settings.url, "URL")
    let path = "/api/v2/alerts"
    if settings.format == .alertmanager, !url.hasSuffix(path) {
      url = (url.hasSuffix("/") ? String(url.dropLast()) : url) + path
    }
    var headers = [HTTPHeader("Content-Type", "application/json"), HTTPHeader(keyField, message.key)]
    if let token = settings.token {
      headers.append(HTTPHeader("Authorization", "Bearer " + (try text(of: token, "token"))))
    }
    return HTTPRequest(
      "POST", url, headers: headers, body: MessageBody.bytes(message, as: settings.format),
      maximumResponseBytes: answerBytes)
  }

  private static func text(of source: SecretSource, _ what: String) throws(SecretFault) -> String {
    switch source {
    case .text(let text): return text
    case .file(let path):
      guard let data = FileManager.default.contents(atPath: path), data.count <= secretBytes,
        let text = String(bytes: data, encoding: .utf8)?.trimmingCharacters(in: .whitespacesAndNewlines),
        !text.isEmpty, text.utf8.allSatisfy({ $0 > 32 && $0 != 127 })
      else {
        throw SecretFault(
          sentence: "The file \(path) holds no \(what): it must be readable and hold one line without spaces.")
      }
      return text
    }
  }

  // MARK: - Answers

  /// 2xx is delivered; a message that is wrong by its own fault is refused; everything else may be better later.
  static func outcome(_ response: HTTPResponse) -> NotificationOutcome {
    switch response.status {
    case 200...299: return .delivered
    case 400, 413, 414, 415, 422:
      return .refused(message: "HTTP \(response.status)\(told(response)).")
    default:
      return .failed(
        code: "http_\(response.status)", message: "The receiver answered HTTP \(response.status)\(told(response)).",
        retryAfter: pause(response.header("Retry-After")))
    }
  }

  /// The answer's first line, for people.
  private static func told(_ response: HTTPResponse) -> String {
    let line = String(decoding: response.body.prefix(toldBytes), as: UTF8.self).prefix { !$0.isNewline }
    let shown = String(String.UnicodeScalarView(line.unicodeScalars.filter { $0.value >= 0x20 && $0.value != 0x7F }))
    return shown.isEmpty ? "" : " (\(shown))"
  }

  /// Seconds; a date is passed over.
  private static func pause(_ field: String?) -> Duration? {
    guard let seconds = field.flatMap({ Int($0) }), seconds > 0 else { return nil }
    return min(.seconds(min(seconds, 1_000_000)), longestPause)
  }
}
