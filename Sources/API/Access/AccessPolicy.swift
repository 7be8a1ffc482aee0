public import Model

/// Who may call the server, and how much.
public struct AccessPolicy: Sendable, Equatable {
  /// Their names are unlike one another.
  public var entries: [AccessEntry]
  /// Whether callers must say who they are; otherwise everybody may do everything.
  public var isRequired: Bool
  /// Reading calls of one caller, on average; `burst` times as many at once.
  public var readsPerSecond = 100.0
  /// Changing calls of one caller, on average; `burst` times as many at once.
  public var changesPerSecond = 5.0
  /// Wrong tokens and passwords from one address, on average and at once.
  public var failedAttemptsPerMinute = 10.0
  /// Connections from one address at one time; those of this machine do not count.
  public var connectionsPerAddress = 128
  /// A session ends after so long without a call.
  public var sessionIdleTime: Duration = .seconds(3_600)
  /// A session ends so long after signing in.
  public var sessionLifetime: Duration = .seconds(12 * 3_600)

  /// So many seconds' worth of calls may come at once.
  static let burst = 10.0

  /// These entries, and nobody else.
  public init(entries: [AccessEntry]) {
    self.entries = entries
    isRequired = true
  }

  private init() {
    entries = []
    isRequired = false
  }

  /// Everybody may do everything: for a server that only programs of the same machine can reach.
  public static let open = AccessPolicy()
}

/// Who calls, as far as it has been proven.
struct Principal: Hashable, Sendable {
  /// How it was proven.
  enum Proof: String, Hashable, Sendable, Codable {
    /// Nobody is asked.
    case none
    case token, password, certificate
    /// By the cookie of somebody who has signed in to the console.
    case session
  }

  var name: String
  var role: Role
  var proof: Proof
}
