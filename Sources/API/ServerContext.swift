public import Hummingbird
import Logging
public import NIOCore

/// What the server knows of one request.
public struct ServerContext: RequestContext, RemoteAddressRequestContext {
  public var coreContext: CoreRequestContextStorage
  public let remoteAddress: SocketAddress?

  public init(source: Source) {
    coreContext = .init(source: source)
    remoteAddress = source.channel.remoteAddress
  }

  /// Who asks, for the audit.
  var actor: String { remoteAddress?.ipAddress.map { "api@\($0)" } ?? "api" }
}
