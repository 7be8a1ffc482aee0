import NIOCore
import NIOHTTPTypes

/// How long a connection has been at one part of a request. Pure: time is an argument.
///
/// Without it, a client that sends a byte now and then keeps a connection for as long as it likes.
struct RequestProgress {
  /// `waiting` → `head` with the first byte → `body` when the head is complete → `waiting` at the request's end. A
  /// connection begins in `head`: one that never asks anything is of no use.
  enum Part: Equatable {
    case waiting, head, body
  }

  private(set) var part = Part.head
  private var since: NIODeadline

  init(now: NIODeadline) { since = now }

  mutating func bytesArrived(now: NIODeadline) {
    if part == .waiting { enter(.head, now) }
  }

  mutating func headArrived(now: NIODeadline) { enter(.body, now) }

  mutating func endArrived() { part = .waiting }

  /// Whether a part takes longer than it may.
  func isLate(now: NIODeadline) -> Bool {
    switch part {
    case .waiting: false
    case .head: now - since > ServerLimits.headTime
    case .body: now - since > ServerLimits.bodyTime
    }
  }

  private mutating func enter(_ part: Part, _ now: NIODeadline) {
    self.part = part
    since = now
  }
}

/// Closes a connection that takes too long for a handshake, a head or a body. Its two handlers share it on one thread.
final class RequestClock {
  fileprivate var progress: RequestProgress

  /// For a connection that begins now.
  init(now: NIODeadline) { progress = RequestProgress(now: now) }

  /// Sees bytes, before they are understood.
  func bytesHandler() -> any ChannelHandler { BytesHandler(self) }

  /// Sees parts of requests.
  func partsHandler() -> any ChannelHandler { PartsHandler(self) }

  private final class BytesHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let clock: RequestClock
    private var look: RepeatedTask?

    init(_ clock: RequestClock) { self.clock = clock }

    func handlerAdded(context: ChannelHandlerContext) {
      // One task for the connection's life instead of one for each request, which would cost more than the request.
      let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
      let own = NIOLoopBound(self, eventLoop: context.eventLoop)
      look = context.eventLoop.scheduleRepeatedTask(
        initialDelay: ServerLimits.lateLook, delay: ServerLimits.lateLook
      ) { _ in
        let context = bound.value
        if own.value.clock.progress.isLate(now: context.eventLoop.now) { context.close(promise: nil) }
      }
    }

    func handlerRemoved(context: ChannelHandlerContext) { look?.cancel() }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
      if clock.progress.part == .waiting { clock.progress.bytesArrived(now: context.eventLoop.now) }
      context.fireChannelRead(data)
    }
  }

  private final class PartsHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart

    private let clock: RequestClock

    init(_ clock: RequestClock) { self.clock = clock }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
      switch unwrapInboundIn(data) {
      case .head: clock.progress.headArrived(now: context.eventLoop.now)
      case .body: break
      case .end: clock.progress.endArrived()
      }
      context.fireChannelRead(data)
    }
  }
}
