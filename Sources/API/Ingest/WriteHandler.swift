import HTTPTypes
import NIOCore
import NIOHTTPTypes

/// Takes remote writes out of a connection's requests and answers them where they arrive, on the connection's own
/// thread: no task is woken, no stream is built and no body is copied twice, which together cost more than storing.
///
/// All other requests pass to the routes. Storing holds the thread for about half a millisecond a request, and as long
/// as the log's write takes.
final class WriteHandler: ChannelDuplexHandler {
  typealias InboundIn = HTTPRequestPart
  typealias InboundOut = HTTPRequestPart
  typealias OutboundIn = HTTPResponsePart
  typealias OutboundOut = HTTPResponsePart

  private let endpoint: WriteEndpoint
  private let access: AccessControl
  private let connection: ClientConnection?
  private var collector: WriteCollector
  private var closesAfterAnswer = false

  init(endpoint: WriteEndpoint, access: AccessControl = AccessControl(.open), connection: ClientConnection? = nil) {
    self.endpoint = endpoint
    self.access = access
    self.connection = connection
    collector = WriteCollector(limit: endpoint.bodyLimit, pending: endpoint.pending)
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    let action: WriteCollector.Action
    switch unwrapInboundIn(data) {
    case .head(let request):
      collector.limit = endpoint.bodyLimit
      // Whoever may not, or must be looked at longer, is answered by the routes.
      action = collector.head(request, mayWrite: access.maySurelyIngest(request.headerFields, on: connection))
      if action != .pass { closesAfterAnswer = request.headerFields[.connection]?.lowercased() == "close" }
    case .body(var part): action = collector.body(&part)
    case .end: action = collector.end()
    }
    switch action {
    case .pass: context.fireChannelRead(data)
    case .wait: break
    case .invite: context.writeAndFlush(wrapOutboundOut(.head(HTTPResponse(status: .continue))), promise: nil)
    case .store(let headers):
      let answer = endpoint.store(collector.body, headers: headers)
      collector.release()
      send(answer, context)
    case .refuse(let refusal, let headers): send(endpoint.refuse(refusal, headers: headers), context)
    }
  }

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    if case .end = unwrapOutboundIn(data) { collector.othersAnswered() }
    context.write(data, promise: promise)
  }

  func channelInactive(context: ChannelHandlerContext) {
    collector.release()
    context.fireChannelInactive()
  }

  // The handler before this one keeps the end of the connection to itself; a body that was on its way must not count for
  // ever.
  func handlerRemoved(context: ChannelHandlerContext) { collector.release() }

  private func send(_ answer: WriteEndpoint.Answer, _ context: ChannelHandlerContext) {
    var headers = answer.headers
    if answer.status.code != 204 { headers[.contentLength] = String(answer.text.utf8.count) }
    headers[.server] = "poolkeeper"
    headers[.xContentTypeOptions] = "nosniff"
    if closesAfterAnswer { headers[.connection] = "close" }
    context.write(wrapOutboundOut(.head(HTTPResponse(status: answer.status, headerFields: headers))), promise: nil)
    if !answer.text.isEmpty {
      context.write(wrapOutboundOut(.body(context.channel.allocator.buffer(string: answer.text))), promise: nil)
    }
    context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    if closesAfterAnswer { context.close(promise: nil) }
  }
}
