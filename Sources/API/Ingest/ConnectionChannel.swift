import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1
import NIOHTTPTypes
import NIOHTTPTypesHTTP1
import NIOSSL

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// One connection: TLS where it is wanted, HTTP/1.1 as Hummingbird serves it, and remote write before it.
struct ConnectionChannel: HTTPChannelHandler {
  struct Value: ServerChildChannelValue {
    let http: NIOAsyncChannel<HTTPRequestPart, HTTPResponsePart>
    let connection: ClientConnection
    var channel: any Channel { http.channel }
  }

  let responder: HTTPChannelHandler.Responder
  let endpoint: WriteEndpoint
  let access: AccessControl
  let tls: ServerTLS?
  var unreadTime = ServerLimits.unreadTime
  private let counts = ConnectionCounts()

  init(
    responder: @escaping HTTPChannelHandler.Responder, endpoint: WriteEndpoint, access: AccessControl, tls: ServerTLS?
  ) {
    self.responder = responder
    self.endpoint = endpoint
    self.access = access
    self.tls = tls
  }

  func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
    channel.eventLoop.makeCompletedFuture {
      let connection = ClientConnection(address: CallerAddress(channel.remoteAddress), isSecure: tls != nil)
      if let limit = access.connectionsPerAddress {
        try counts.add(connection.address, limit: limit)
        channel.closeFuture.whenComplete { _ in counts.remove(connection.address) }
      }
      try Self.limitUnread(channel, unreadTime)
      let clock = RequestClock(now: channel.eventLoop.now)
      let pipeline = channel.pipeline.syncOperations
      if let tls {
        // The files as they are now: those of earlier connections may have been others.
        try pipeline.addHandler(NIOSSLServerHandler(context: tls.context))
        try pipeline.addHandler(PeerHandler(connection: connection))
      }
      try pipeline.addHandler(clock.bytesHandler())
      var limits = NIOHTTPDecoderLimitConfiguration()
      limits.maxHeaderFieldSize = ServerLimits.headerBytes
      limits.maxHeaderListSize = ServerLimits.headerBytes
      limits.maxHeaderFieldCount = ServerLimits.headerFields
      try pipeline.configureHTTPServerPipeline(
        withPipeliningAssistance: false,  // NIOAsyncChannel reads one request after the other
        withErrorHandling: false,  // the application answers errors
        withOutboundHeaderValidation: false,  // HTTPTypes has validated them
        withEncoderConfiguration: .init(), withDecoderLimitConfiguration: limits)
      try pipeline.addHandler(HTTP1ToHTTPServerCodec(secure: tls != nil))
      try pipeline.addHandler(clock.partsHandler())
      // Knows how long the connection has been idle, so it must see the remote writes, too.
      try pipeline.addHandler(HTTPConnectionStateHandler(idleTimeout: ServerLimits.idleTime, logger: logger))
      try pipeline.addHandler(WriteHandler(endpoint: endpoint, access: access, connection: connection))
      let http = try NIOAsyncChannel<HTTPRequestPart, HTTPResponsePart>(
        wrappingChannelSynchronously: channel, configuration: .init(isOutboundHalfClosureEnabled: true))
      return Value(http: http, connection: connection)
    }
  }

  /// Lets the system end a connection whose client takes nothing for so long: its window stays shut, or nothing is acknowledged.
  /// A watcher that reads nothing would hold its place for hours: what is written to it goes into buffers.
  ///
  /// Source: tcp(7), `TCP_USER_TIMEOUT`, in milliseconds.
  private static func limitUnread(_ channel: any Channel, _ time: TimeAmount) throws {
    #if os(Linux)
      let option = ChannelOptions.Types.SocketOption(level: .tcp, name: .init(rawValue: CInt(TCP_USER_TIMEOUT)))
      try channel.syncOptions?.setOption(
        option, value: ChannelOptions.Types.SocketOption.Value(time.nanoseconds / 1_000_000))
    #endif
  }

  func handle(value: Value, logger: Logger) async {
    // The framework hands the channel alone to the routes.
    await ClientConnection.$current.withValue(value.connection) {
      await handleHTTP(asyncChannel: value.http, logger: logger)
    }
  }
}
