import Foundation

/// What the server takes at most, in one place. Bounds of remote-write bodies are the store's own (`StoreLimits`).
enum ServerLimits {
  /// Connections open at one time; further ones wait in the system's queue until one closes.
  static let connections = 512
  /// A connection on which nothing happens is closed after this. Longer than the five minutes after which Prometheus
  /// gives up its own idle connections, so that it is not closed under a request that is just being sent.
  static let idleTime: Duration = .seconds(360)
  /// Bytes of all header fields of a request together, its path and query included.
  static let headerBytes = 64 * 1024
  /// Header fields of a request.
  static let headerFields = 200

  /// Bytes of remote-write bodies that are on their way, over all connections; what comes beyond is put off.
  static let pendingBodies = 256 << 20

  /// Bytes of a control call's body.
  static let controlBody = 64 * 1024
  /// Bytes of a message of Alertmanager, and alerts in it.
  static let alertBody = 1 << 20
  static let alerts = 1_000
  /// Workers of one order; a pool's own maximum is checked later and is far smaller.
  static let workersPerOrder = 10_000
  /// Bytes of the reason that comes with an order or an answer.
  static let reasonBytes = 1_000
  /// Hours that an order or an extension may name.
  static let hours = 24.0 * 366
  /// Events of one answer.
  static let events = 10_000

  /// Bytes of a query's form; expressions are far smaller.
  static let formBody = 1_048_576
  /// Parameters of one query, repeated ones included.
  static let parameters = 1_000
  /// A query may wait and run this long, all in all.
  static let queryTime: Duration = .seconds(30)
  /// Queries that run at one time: one for each core, two at least.
  static var queriesRunning: Int { max(2, ProcessInfo.processInfo.activeProcessorCount) }
  /// Queries that may wait for their turn; further ones are refused.
  static let queriesWaiting = 100

  /// A larger answer is sent in pieces of about this many bytes, each when the client has taken those before.
  static let answerPiece = 32 * 1024
  /// Answers of fewer bytes are not compressed: they fit into a few packets as they are.
  static let compressedFrom = 4 * 1024
  /// Names in each list of `/api/v1/status/tsdb`.
  static let cardinalityNames = 10_000
}
