/// Bounds of the conversation with machines.
enum TalosLimits {
  /// Connections that are kept; the one that was not used for longest is closed for a new one.
  static let connections = 256
  /// A connection without a call is closed after this time. No PINGs are sent: servers answer too many by closing.
  static let idle = Duration.seconds(120)
  /// Connections on which a call is tried when the one before ended before anything was sent.
  static let attempts = 3
  /// Elements of a stream that are read, for example images.
  static let streamElements = 10_000
  /// A talosconfig, in bytes.
  static let configurationBytes = 1 << 20
  /// Documents in a worker's configuration.
  static let documents = 256
  /// A worker's configuration, in bytes.
  static let workerConfigurationBytes = 512 << 10
}

/// How long is waited for machines. What has not come by then is unknown, not failed.
public struct TalosDeadlines: Sendable, Hashable {
  /// For TCP to connect.
  public var connect: Duration
  /// From there to the server's first word, TLS included.
  public var handshake: Duration
  /// For calls that look.
  public var read: Duration
  /// For calls that change something.
  public var change: Duration
  /// How long the events of a sequence that was accepted are read for a refusal.
  public var refusal: Duration

  /// The usual ones.
  public init() {
    connect = .seconds(5)
    handshake = .seconds(10)
    read = .seconds(10)
    change = .seconds(30)
    refusal = .seconds(2)
  }
}
