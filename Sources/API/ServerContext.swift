import Hummingbird
import Logging
import NIOCore

/// What the server knows of one request.
struct ServerContext: RequestContext, RemoteAddressRequestContext {
  var coreContext: CoreRequestContextStorage
  let remoteAddress: SocketAddress?

  init(source: Source) {
    coreContext = .init(source: source)
    remoteAddress = source.channel.remoteAddress
  }

  /// Who asks, for the audit.
  var actor: String { remoteAddress?.ipAddress.map { "api@\($0)" } ?? "api" }
}
