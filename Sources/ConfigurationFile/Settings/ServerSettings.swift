public import Model

/// How the HTTP server is secured: who may call it, over what, and how much.
public struct ServerSettings: Sendable, Hashable {
  /// `nil`: HTTP is plain.
  public var tls: ServerTLSSettings?
  /// Who may call, those of the access file included; in the order of the files.
  public var access: [AccessEntry] = []
  /// A path, absolute or from the working directory.
  public var accessFile: String?
  /// Whether to listen beyond loopback without TLS.
  public var allowPlaintext = false
  /// In lower case, without port.
  public var hostNames: [String] = []
  /// How much one caller may ask.
  public var rateLimits = RateLimitSettings()
  /// A console's session ends after so long without a call.
  public var sessionIdleTime: Duration = .seconds(3_600)
  /// A console's session ends so long after signing in.
  public var sessionLifetime: Duration = .seconds(12 * 3_600)

  /// The defaults.
  public init() {}

  /// Whether somebody is to say who they are: also where the file that would name them is empty.
  public var requiresAccess: Bool { !access.isEmpty || accessFile != nil }

  /// Why the server must not listen at an address, and what would help; `nil` when it may.
  public func refusal(toListenAt address: ListenAddress) -> String? {
    if address.isLoopback { return nil }
    if !requiresAccess {
      return "\(address) can be reached from other machines, and nobody would be asked who they are. Add entries to "
        + "poolkeeper.server.access ('poolkeeper token new NAME --role ROLE' makes one), or listen on 127.0.0.1."
    }
    if tls == nil, !allowPlaintext {
      return "\(address) can be reached from other machines, and tokens would go over the network as they are. Give "
        + "poolkeeper.server.tls a certificate_file and a key_file, or set poolkeeper.server.allow_plaintext where "
        + "something before the server encrypts."
    }
    return nil
  }
}

/// The files of a server's TLS: paths, absolute or from the working directory.
public struct ServerTLSSettings: Sendable, Hashable {
  /// PEM: the certificate first, then those between it and the authority.
  public var certificateFile: String
  /// PEM, not encrypted.
  public var keyFile: String
  /// PEM; `nil`: no client certificates are asked for.
  public var clientAuthorityFile: String?

  /// Without client certificates.
  public init(certificateFile: String, keyFile: String) {
    self.certificateFile = certificateFile
    self.keyFile = keyFile
  }
}

/// How much one caller may ask, where access is configured.
public struct RateLimitSettings: Sendable, Hashable {
  /// On average; ten times as many at once.
  public var readsPerSecond = 100.0
  /// On average; ten times as many at once.
  public var changesPerSecond = 5.0
  /// Of one address.
  public var failedAttemptsPerMinute = 10.0
  /// Open at one time; loopback does not count.
  public var connectionsPerAddress = 128

  /// The defaults.
  public init() {}
}
