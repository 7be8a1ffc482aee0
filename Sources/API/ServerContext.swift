public import Hummingbird
import Logging
public import NIOCore
import Ports

/// What the server knows of one request.
public struct ServerContext: RequestContext, RemoteAddressRequestContext {
  /// What the framework keeps for a request.
  public var coreContext: CoreRequestContextStorage
  /// Where the request came from; `nil` in process.
  public let remoteAddress: SocketAddress?

  /// The context of a request from a connection.
  public init(source: Source) {
    coreContext = .init(source: source)
    remoteAddress = source.channel.remoteAddress
  }

  /// Who asks, and why, for events and the audit log.
  func actor(_ reason: String? = nil) -> Actor {
    Actor(remoteAddress?.ipAddress.map { "api@\($0)" } ?? "api", reason: reason)
  }
}
