/// Certificates and keys in PEM form.
public enum PEMSource: Sendable, Hashable, CustomStringConvertible, CustomReflectable {
  /// A file, read at each connection.
  case file(String)
  /// The text itself.
  case bytes([UInt8])

  /// The file's path, or that there is a text: it may be a key.
  public var description: String {
    switch self {
    case .file(let path): "the file \(path)"
    case .bytes: "a text that is not shown"
    }
  }

  /// Of the description alone.
  public var customMirror: Mirror { Mirror(self, children: ["description": description]) }
}

/// How a server is known to be the right one.
public enum ServerTrust: Sendable, Hashable {
  /// By the system's certificate authorities.
  case system
  /// By these authorities only.
  case authorities(PEMSource)
  /// By the SHA-256 fingerprint of its certificate alone; names, dates and authorities do not matter.
  case fingerprint(CertificateFingerprint)
}

/// A client certificate with its key.
public struct ClientIdentity: Sendable, Hashable {
  /// The certificate, with those that sign it where the server needs them.
  public var certificate: PEMSource
  /// Not encrypted.
  public var key: PEMSource

  /// An identity for mutual TLS.
  public init(certificate: PEMSource, key: PEMSource) {
    self.certificate = certificate
    self.key = key
  }
}

/// What holds for every request of one client, and so for every connection that it keeps.
public struct HTTPClientConfiguration: Sendable, Hashable {
  /// Verification is never off: a fingerprint takes the place of authorities, nothing else does.
  public var trust = ServerTrust.system
  /// `nil`: none is offered.
  public var identity: ClientIdentity?
  /// Requests in flight at once; more of them wait in order.
  public var maximumConcurrentRequests = 32
  /// Requests that wait; one more is refused.
  public var maximumWaitingRequests = 10_000
  /// Connections kept open between requests.
  public var maximumKeptConnections = 16
  /// Answers streamed at once, beside the requests; one more is refused.
  public var maximumStreams = 64
  /// The name that the server's certificate must have, where it is not the URL's host; sent as TLS's server name too.
  public var serverName: String?
  /// Sent unless a request has its own.
  public var userAgent = "poolkeeper"

  /// Standard values: the system's authorities, no client certificate.
  public init() {}
}
