import Foundation
import NIOCore

/// What the server takes at most, in one place. Bounds of remote-write bodies are the store's own (`StoreLimits`).
public enum ServerLimits {
  /// Connections open at one time; further ones wait in the system's queue until one closes.
  static let connections = 512
  /// A connection on which nothing happens is closed after this. Longer than the five minutes after which Prometheus
  /// gives up its own idle connections, so that it is not closed under a request that is just being sent.
  static let idleTime: Duration = .seconds(360)
  /// From a request's first byte to the end of its head; also for the handshake of TLS, and until the first request.
  static let headTime: TimeAmount = .seconds(30)
  /// From the end of a request's head to the end of its body, however large.
  static let bodyTime: TimeAmount = .seconds(120)
  /// A client that takes none of the bytes that are there for it is cut off after this; its place as a watcher and the memory
  /// of its answer are free again. On Linux; elsewhere the idle time alone bounds it.
  static let unreadTime: TimeAmount = .seconds(60)
  /// Between two looks at whether a request is late.
  static let lateLook: TimeAmount = .seconds(5)
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
  /// Decisions of one answer.
  static let decisions = 500

  /// Clients that watch `/api/v1/stream` at one time; further ones are refused.
  public static let watchers = 64
  /// Without a change, a watcher hears from the server after this.
  static let streamHeartbeat: Duration = .seconds(10)
  /// Between two changes that a watcher is told of there is at least this.
  static let streamPause: Duration = .milliseconds(500)

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
