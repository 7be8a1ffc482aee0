/// Why something of Talos cannot be used: a talosconfig, a worker's configuration, a connection.
public struct TalosError: Error, Hashable, Sendable, CustomStringConvertible {
  /// Short and constant.
  public enum Code: String, Sendable, Hashable, CaseIterable {
    /// A talosconfig cannot be read.
    case configuration
    /// A certificate or key in it cannot be read.
    case credentials
    /// A worker's configuration cannot be used.
    case workerConfiguration
    /// Nobody listens there, or nobody answered in time.
    case noConnection
    /// The server's certificate is not from the authority that we trust: a machine in maintenance, or another cluster's.
    case unknownAuthority
    /// The server's certificate does not name the address that was dialled.
    case otherName
    /// The server's key is not the one that the operator pinned.
    case otherKey
    /// The server ended the connection before the first word: it does not take our certificate, or goes down.
    case turnedAway
  }

  /// What is wrong.
  public var code: Code
  /// A sentence with the remedy. Never holds a secret.
  public var message: String

  /// An error with its sentence.
  public init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  public var description: String { message }
}
