import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1
import NIOHTTPTypes
import NIOHTTPTypesHTTP1

/// One connection: HTTP/1.1 as Hummingbird serves it, and remote write before it.
struct ConnectionChannel: HTTPChannelHandler {
  typealias Value = NIOAsyncChannel<HTTPRequestPart, HTTPResponsePart>

  let responder: HTTPChannelHandler.Responder
  let endpoint: WriteEndpoint

  func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
    channel.eventLoop.makeCompletedFuture {
      var limits = NIOHTTPDecoderLimitConfiguration()
      limits.maxHeaderFieldSize = ServerLimits.headerBytes
      limits.maxHeaderListSize = ServerLimits.headerBytes
      limits.maxHeaderFieldCount = ServerLimits.headerFields
      let pipeline = channel.pipeline.syncOperations
      try pipeline.configureHTTPServerPipeline(
        withPipeliningAssistance: false,  // NIOAsyncChannel reads one request after the other
        withErrorHandling: false,  // the application answers errors
        withOutboundHeaderValidation: false,  // HTTPTypes has validated them
        withEncoderConfiguration: .init(), withDecoderLimitConfiguration: limits)
      try pipeline.addHandler(HTTP1ToHTTPServerCodec(secure: false))
      // Knows how long the connection has been idle, so it must see the remote writes, too.
      try pipeline.addHandler(HTTPConnectionStateHandler(idleTimeout: ServerLimits.idleTime, logger: logger))
      try pipeline.addHandler(WriteHandler(endpoint: endpoint))
      return try NIOAsyncChannel(
        wrappingChannelSynchronously: channel, configuration: .init(isOutboundHalfClosureEnabled: true))
    }
  }

  func handle(value: Value, logger: Logger) async { await handleHTTP(asyncChannel: value, logger: logger) }
}
