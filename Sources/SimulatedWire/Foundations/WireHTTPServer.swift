internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import NIOSSL

/// A request as a face of the world sees it.
struct WireRequest: Sendable {
  var method: String
  /// Path and query, as they were sent.
  var target: String
  /// In the order of arrival; names in lower case.
  var headers: [(name: String, value: String)]
  var body: [UInt8]
  /// Whether more was sent than the server takes; `body` is then empty.
  var isTooLarge = false

  /// The first field of this name, which is given in lower case.
  func header(_ name: String) -> String? { headers.first { $0.name == name }?.value }
}

/// What a face of the world answers.
struct WireAnswer: Sendable {
  var status: Int
  /// Behind the status on the first line; one line of ASCII.
  var reason: String
  var headers: [(String, String)] = []
  var body: [UInt8] = []
  var closesConnection = false
  /// Done as soon as the answer has been handed to the system.
  var afterwards: (@Sendable () -> Void)?
}

/// A small HTTP/1.1 server that says exactly what a face wants to say: custom reason phrases, and connections that end
/// in place of an answer.
struct WireHTTPServer: Sendable {
  var host: String
  /// 0: the system chooses.
  var port: Int
  /// `nil`: without TLS.
  var certificate: MintedCertificate?
  var maximumBodyBytes = 512 * 1024
  var maximumRequestsPerConnection = 100
  /// Connections on which nothing happens for so long are closed.
  var idleSeconds: Int64 = 5
  /// `nil`: the connection ends without an answer.
  var answer: @Sendable (WireRequest) async -> WireAnswer?

  private typealias Connection = NIOAsyncChannel<HTTPServerRequestPart, HTTPPart<HTTPResponseHead, ByteBuffer>>

  /// Serves until the task is cancelled.
  func run(onRunning: @escaping @Sendable (Int) async -> Void) async throws {
    let context = try certificate.map { minted in
      let chain = try NIOSSLCertificate.fromPEMBytes([UInt8](minted.certificate.utf8)).map {
        NIOSSLCertificateSource.certificate($0)
      }
      let key = try NIOSSLPrivateKey(bytes: [UInt8](minted.key.utf8), format: .pem)
      return try NIOSSLContext(
        configuration: .makeServerConfiguration(certificateChain: chain, privateKey: .privateKey(key)))
    }
    let idle = TimeAmount.seconds(idleSeconds)
    let listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .serverChannelOption(.backlog, value: 256)
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
      .bind(host: host, port: port) { channel in
        channel.eventLoop.makeCompletedFuture {
          let pipeline = channel.pipeline.syncOperations
          if let context { try pipeline.addHandler(NIOSSLServerHandler(context: context)) }
          try pipeline.configureHTTPServerPipeline(withPipeliningAssistance: false)
          try pipeline.addHandler(IdleStateHandler(allTimeout: idle))
          try pipeline.addHandler(IdleConnectionCloser())
          return try Connection(wrappingChannelSynchronously: channel)
        }
      }
    await onRunning(listener.channel.localAddress?.port ?? port)
    // A connection that fails concerns nobody but its client.
    try await Acceptor.serve(listener) { try? await serve($0) }
  }

  private func serve(_ connection: Connection) async throws {
    try await connection.executeThenClose { inbound, outbound in
      var request: WireRequest?
      var served = 0
      for try await part in inbound {
        switch part {
        case .head(let head):
          request = WireRequest(
            method: head.method.rawValue, target: head.uri,
            headers: head.headers.map { ($0.name.lowercased(), $0.value) }, body: [])
        case .body(let bytes):
          guard request?.isTooLarge == false else { continue }
          request?.body.append(contentsOf: bytes.readableBytesView)
          if (request?.body.count ?? 0) > maximumBodyBytes {
            request?.isTooLarge = true
            request?.body = []
          }
        case .end:
          served += 1
          guard let complete = request, let answer = await answer(complete) else { return }
          request = nil
          let isLast =
            answer.closesConnection || served >= maximumRequestsPerConnection
            || complete.header("connection")?.lowercased() == "close"
          try await send(answer, isLast: isLast, withBody: complete.method != "HEAD", to: outbound)
          answer.afterwards?()
          if isLast { return }
        }
      }
    }
  }

  private func send(
    _ answer: WireAnswer, isLast: Bool, withBody: Bool,
    to outbound: NIOAsyncChannelOutboundWriter<HTTPPart<HTTPResponseHead, ByteBuffer>>
  ) async throws {
    var headers = HTTPHeaders(answer.headers)
    headers.replaceOrAdd(name: "content-length", value: String(answer.body.count))
    headers.replaceOrAdd(name: "connection", value: isLast ? "close" : "keep-alive")
    let line = answer.reason.unicodeScalars.map { $0.isASCII && $0.value >= 32 && $0.value != 127 ? $0 : "?" }
    var reason = ""
    reason.unicodeScalars.append(contentsOf: line)
    let status = HTTPResponseStatus.custom(code: UInt(answer.status), reasonPhrase: reason)
    var parts: [HTTPPart<HTTPResponseHead, ByteBuffer>] = [
      .head(HTTPResponseHead(version: .http1_1, status: status, headers: headers))
    ]
    if withBody, !answer.body.isEmpty { parts.append(.body(ByteBuffer(bytes: answer.body))) }
    parts.append(.end(nil))
    try await outbound.write(contentsOf: parts)
  }
}

/// Closes a connection that is idle between two requests; one that waits for an answer is left alone.
private final class IdleConnectionCloser: ChannelDuplexHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias InboundOut = HTTPServerRequestPart
  typealias OutboundIn = HTTPPart<HTTPResponseHead, ByteBuffer>
  typealias OutboundOut = HTTPServerResponsePart
  private var requests = 0

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    if case .head = unwrapInboundIn(data) { requests += 1 }
    context.fireChannelRead(data)
  }

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    switch unwrapOutboundIn(data) {
    case .head(let head): context.write(wrapOutboundOut(.head(head)), promise: promise)
    case .body(let bytes): context.write(wrapOutboundOut(.body(.byteBuffer(bytes))), promise: promise)
    case .end(let trailers):
      requests -= 1
      context.write(wrapOutboundOut(.end(trailers)), promise: promise)
    }
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if event is IdleStateHandler.IdleStateEvent, requests == 0 {
      context.close(promise: nil)
    } else {
      context.fireUserInboundEventTriggered(event)
    }
  }
}
