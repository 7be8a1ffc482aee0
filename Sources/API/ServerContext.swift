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
  /// The connection that it came over; `nil` in process.
  let connection: ClientConnection?
  /// Who sent it; `nil` where nobody is asked, or the call needs no role.
  var principal: Principal?

  /// The context of a request from a connection.
  public init(source: Source) {
    coreContext = .init(source: source)
    remoteAddress = source.channel.remoteAddress
    connection = ClientConnection.current
  }

  /// Where it came from, as limits count it.
  var address: CallerAddress { connection?.address ?? CallerAddress(remoteAddress) }

  /// Who asks, and why, for events and the audit log.
  func actor(_ reason: String? = nil) -> Actor {
    let name = principal?.name ?? remoteAddress?.ipAddress.map { "api@\($0)" } ?? "api"
    let actor = Actor(name, reason: reason)
    AuditNote.current?.tell(reason: actor.reason)
    return actor
  }
}
