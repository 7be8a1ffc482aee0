internal import NIOCore
internal import NIOHTTP1
internal import NIOHTTP2
internal import Synchronization

/// A call as it arrived.
struct GRPCRequest: Sendable {
  /// `package.Service/Method`.
  var method: String
  /// The node that the call is for, when it is to be forwarded.
  var node: String?
  /// The message, without its frame.
  var message: [UInt8]
}

/// The way back of one call. Calls in any order from any task; what comes after the end is dropped.
final class GRPCResponder: Sendable {
  private let channel: any Channel
  private let state = Mutex((began: false, ended: false))

  init(channel: any Channel) { self.channel = channel }

  /// Sends one message.
  func send(_ message: [UInt8]) async throws {
    guard let began = begin(ends: false) else { return }
    var frame = channel.allocator.buffer(capacity: message.count + 5)
    frame.writeInteger(UInt8(0))
    frame.writeInteger(UInt32(message.count))
    frame.writeBytes(message)
    if !began { channel.write(HTTPServerResponsePart.head(Self.head), promise: nil) }
    try await channel.writeAndFlush(HTTPServerResponsePart.body(.byteBuffer(frame)))
  }

  /// Ends the call. Returns when the end has been handed to the system.
  func finish(_ status: GRPCStatus) async {
    guard let began = begin(ends: true) else { return }
    if !began { channel.write(HTTPServerResponsePart.head(Self.head), promise: nil) }
    var trailers = HTTPHeaders([("grpc-status", String(status.code))])
    if !status.message.isEmpty { trailers.add(name: "grpc-message", value: status.encodedMessage) }
    // A peer that is gone has no use for the end.
    try? await channel.writeAndFlush(HTTPServerResponsePart.end(trailers))
  }

  /// Ends the whole connection, as a machine does that goes down.
  func abort() async {
    _ = begin(ends: true)
    try? await channel.parent?.close()
  }

  /// Whether the head was sent before; `nil` when the call has ended.
  private func begin(ends: Bool) -> Bool? {
    state.withLock { state in
      if state.ended { return nil }
      defer { state = (true, ends) }
      return state.began
    }
  }

  private static let head = HTTPResponseHead(
    version: .http2, status: .ok, headers: HTTPHeaders([("content-type", "application/grpc")]))
}

/// Reads one call from an HTTP/2 stream and hands it on. Behind `HTTP2FramePayloadToHTTP1ServerCodec`.
final class GRPCStreamHandler: ChannelInboundHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias OutboundOut = HTTPServerResponsePart

  /// The longest request, in bytes: a whole configuration.
  static let longestRequest = 4 << 20

  private let serve: @Sendable (GRPCRequest, GRPCResponder) async -> Void
  private var head: HTTPRequestHead?
  private var body = ByteBuffer()
  private var task: Task<Void, Never>?

  init(serve: @escaping @Sendable (GRPCRequest, GRPCResponder) async -> Void) { self.serve = serve }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch unwrapInboundIn(data) {
    case .head(let head): self.head = head
    case .body(var part):
      guard body.readableBytes + part.readableBytes <= Self.longestRequest else {
        return context.close(promise: nil)
      }
      body.writeBuffer(&part)
    case .end: begin(context)
    }
  }

  private func begin(_ context: ChannelHandlerContext) {
    guard let head, task == nil else { return }
    let responder = GRPCResponder(channel: context.channel)
    guard let message = Self.message(body) else {
      task = Task { await responder.finish(GRPCStatus(.internal, "the request is not one message")) }
      return
    }
    let request = GRPCRequest(
      method: String(head.uri.drop { $0 == "/" }), node: head.headers.first(name: "node"), message: message)
    let serve = self.serve
    task = Task { await serve(request, responder) }
  }

  func channelInactive(context: ChannelHandlerContext) {
    task?.cancel()
    context.fireChannelInactive()
  }

  /// The one message of a body: a byte that says that it is not compressed, four bytes of length, the message.
  private static func message(_ body: ByteBuffer) -> [UInt8]? {
    var body = body
    guard body.readInteger(as: UInt8.self) == 0, let length = body.readInteger(as: UInt32.self),
      body.readableBytes == Int(length)
    else { return nil }
    return body.readBytes(length: Int(length))
  }
}
