internal import NIOCore

/// Bounds of the conversation with machines.
enum TalosLimits {
  /// Connections that are kept; the one that was not used for longest is closed for a new one.
  static let connections = 256
  /// A connection without a call is closed after this time. No PINGs are sent: servers answer too many by closing.
  static let idle = Duration.seconds(120)
  /// For TCP to connect.
  static let connect = TimeAmount.seconds(5)
  /// From there to the server's first word, TLS included.
  static let handshake = TimeAmount.seconds(10)
  /// For calls that look.
  static let read = Duration.seconds(10)
  /// For calls that change something.
  static let change = Duration.seconds(30)
  /// How long a sequence that was accepted is watched for a refusal.
  static let refusal = Duration.seconds(2)
  /// Elements of a stream that are read, for example images.
  static let streamElements = 10_000
  /// A talosconfig, in bytes.
  static let configurationBytes = 1 << 20
  /// Documents in a worker's configuration.
  static let documents = 256
  /// A worker's configuration, in bytes.
  static let workerConfigurationBytes = 4 << 20
}
