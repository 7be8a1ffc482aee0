public import HTTPTransport

/// Where an API server is, how it is known to be the right one, and how this program shows who it is.
public struct ClusterAccess: Sendable, CustomStringConvertible {
  /// What the server is told in the `Authorization` header.
  public enum Bearer: Sendable, Hashable {
    case none
    case token(Secret)
    /// A file that somebody else renews, such as the kubelet in a pod: read again every minute and when it is refused.
    case tokenFile(String)
    case basic(user: String, password: Secret)
    /// A program that hands out tokens or certificates.
    case exec(ExecPlugin)
  }

  /// `https://HOST:PORT`, perhaps with a path, without a slash at the end.
  public var server: String
  public var trust: ServerTrust
  /// The name that the server's certificate must have, where it is not the host's.
  public var serverName: String?
  public var bearer: Bearer
  /// A client certificate; `nil`: none, or the plug-in's.
  public var identity: ClientIdentity?
  /// Headers by which the program acts as somebody else.
  public var impersonation: [HTTPHeader]
  /// Of the context, or of the pod that this runs in.
  public var namespace: String?

  /// Access without credentials.
  public init(server: String, trust: ServerTrust = .system, bearer: Bearer = .none) {
    self.server = server.hasSuffix("/") ? String(server.dropLast()) : server
    self.trust = trust
    self.bearer = bearer
    impersonation = []
  }

  /// The server alone.
  public var description: String { server }
}
