/// How a server that speaks the Prometheus API is reached.
public struct PrometheusSettings: Sendable, Hashable {
  /// Everything before `/api/v1/query`.
  public var url: String
  /// Sent as a bearer token; `nil`: none, or it stands in a file.
  public var bearerToken: Secret?
  /// File that holds the token; read anew for every query.
  public var bearerTokenFile: String?
  /// User of basic authentication; `nil`: none.
  public var user: String?
  /// Its password; `nil`: none, or it stands in a file.
  public var password: Secret?
  /// File that holds the password; read anew for every query.
  public var passwordFile: String?
  /// Tenant of Mimir and its kin; `nil`: not sent.
  public var tenant: String?
  /// File with the only authorities that are trusted; `nil`: the system's.
  public var authoritiesFile: String?
  /// File with the client certificate; `nil`: none.
  public var certificateFile: String?
  /// File with its key.
  public var keyFile: String?
  /// For one query.
  public var timeout: Duration = .seconds(5)
  /// Of an answer, in bytes.
  public var maximumAnswerBytes = 8_388_608

  /// A server without credentials.
  public init(url: String) { self.url = url }
}
