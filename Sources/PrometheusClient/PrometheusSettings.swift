public import HTTPTransport

/// A text that must not be shown, and where it comes from.
public enum SecretSource: Sendable, Hashable, CustomStringConvertible, CustomReflectable {
  /// The text itself.
  case text(String)
  /// A file that holds it; read anew for every query, so that a changed file counts at once.
  case file(String)

  /// Never the text.
  public var description: String {
    switch self {
    case .text: "‹secret›"
    case .file(let path): "the file \(path)"
    }
  }

  /// Shows no children, so that dumps and test failures do not print the text.
  public var customMirror: Mirror { Mirror(self, children: [:]) }
}

/// How the server learns who asks.
public enum PrometheusCredentials: Sendable, Hashable {
  /// Nothing is said; a client certificate may still tell.
  case none
  /// `Authorization: Bearer …`
  case bearer(SecretSource)
  /// `Authorization: Basic …`
  case basic(user: String, password: SecretSource)
}

/// A server that speaks the Prometheus API: Prometheus, Mimir, Thanos, VictoriaMetrics.
public struct PrometheusSettings: Sendable {
  /// Everything before `/api/v1/query`, for example `http://prometheus:9090` or `https://mimir/prometheus`.
  public var url: String
  /// How the server learns who asks.
  public var credentials = PrometheusCredentials.none
  /// Sent as `X-Scope-OrgID`, by which Mimir, Cortex and Loki tell tenants apart; `nil`: not sent.
  public var tenant: String?
  /// How the server is known to be the right one.
  public var trust = ServerTrust.system
  /// The client certificate; `nil`: none is offered.
  public var identity: ClientIdentity?
  /// For one query, from the first byte sent to the last received.
  public var timeout: Duration = .seconds(5)
  /// An answer with a longer body is given up.
  public var maximumAnswerBytes = 8 * 1024 * 1024
  /// How far back the server is to look for a sample.
  public var lookback: Duration = .seconds(300)
  /// Twice the interval at which samples are expected: an expression none of whose selectors has a sample of this age
  /// or younger has no value.
  public var staleAfter: Duration = .seconds(60)

  /// A server without credentials, with the system's authorities.
  public init(url: String) { self.url = url }
}
