internal import GRPCCore
internal import GRPCNIOTransportHTTP2Posix
internal import NIOCore
internal import NIOPosix
internal import NIOSSL
internal import Synchronization

/// One connection to a machine, from its first word until it is idle for long, closed or lost.
final class TalosConnection: Sendable {
  /// For calls only; the transport is run here.
  let client: GRPCClient<HTTP2ClientTransport.WrappedChannel>
  private let channel: any Channel
  private let running: Task<Void, Never>
  private let state: Mutex<State>

  private struct State {
    var isOpen = true
    var calls = 0
  }

  private init(channel: any Channel, transport: HTTP2ClientTransport.WrappedChannel) {
    self.channel = channel
    client = GRPCClient(transport: transport)
    state = Mutex(State())
    running = Task {
      // It ends with the connection, for whatever reason; calls tell theirs.
      try? await transport.connect()
    }
    channel.closeFuture.whenComplete { [weak self] _ in self?.state.withLock { $0.isOpen = false } }
  }

  /// Whether calls can still be made.
  var isOpen: Bool { state.withLock { $0.isOpen } }
  /// Whether a call is under way.
  var isBusy: Bool { state.withLock { $0.calls > 0 } }

  /// Makes a call; meanwhile the connection is busy.
  func call<Result>(
    _ body: (GRPCClient<HTTP2ClientTransport.WrappedChannel>) async throws -> Result
  ) async throws -> Result {
    state.withLock { $0.calls += 1 }
    defer { state.withLock { $0.calls -= 1 } }
    return try await body(client)
  }

  /// Ends it at once; calls that are under way fail.
  func close() {
    state.withLock { $0.isOpen = false }
    channel.close(promise: nil)
  }

  /// Returns when nothing of it is left.
  func ended() async { await running.value }

  /// Dials, and waits for the server's first word, so that a certificate that it does not take is seen here.
  /// - Throws: `TalosError`.
  static func open(
    _ endpoint: TalosEndpoint, _ security: TalosSecurity, _ context: NIOSSLContext, _ deadlines: TalosDeadlines
  ) async throws -> TalosConnection {
    let channel: any Channel
    do {
      channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
        .connectTimeout(TimeAmount(deadlines.connect))
        .channelOption(.socketOption(.tcp_nodelay), value: 1)
        .connect(host: endpoint.host, port: endpoint.port).get()
    } catch {
      throw TalosError(.noConnection, "\(endpoint) does not answer: \(reason(of: error)).")
    }
    let greeting = channel.eventLoop.makePromise(of: Void.self)
    do {
      let transport = try await HTTP2ClientTransport.WrappedChannel.wrapping(config: configuration(endpoint)) {
        configure in
        try await channel.eventLoop.submit {
          try channel.pipeline.syncOperations.addHandlers([
            try security.handler(context, host: endpoint.host),
            GreetingHandler(greeting, within: TimeAmount(deadlines.handshake)),
          ])
        }.flatMap { configure(channel) }.get()
      }
      let connection = TalosConnection(channel: channel, transport: transport)
      do {
        try await greeting.futureResult.get()
        return connection
      } catch {
        connection.close()
        await connection.ended()
        throw refusal(error, endpoint, security)
      }
    } catch let error as TalosError {
      throw error
    } catch {
      greeting.fail(error)
      try? await channel.close()
      throw refusal(error, endpoint, security)
    }
  }

  private static func configuration(
    _ endpoint: TalosEndpoint
  ) -> HTTP2ClientTransport.WrappedChannel.Config {
    .defaults {
      $0.http2.authority = endpoint.description
      $0.connection.maxIdleTime = TalosLimits.idle
      $0.connection.keepalive = nil
    }
  }

  private static func refusal(_ error: any Error, _ endpoint: TalosEndpoint, _ security: TalosSecurity) -> TalosError {
    let text = String(describing: error)
    if text.contains("CERTIFICATE_VERIFY_FAILED") {
      if case .maintenance = security {
        return TalosError(
          .otherKey, "\(endpoint) shows another key than the pinned one; compare it with the machine's console.")
      }
      return TalosError(.unknownAuthority, "\(endpoint) shows a certificate that the talosconfig's ca did not sign.")
    }
    if error is NIOSSLExtraError {
      return TalosError(.otherName, "The certificate of \(endpoint) does not name this address; is it another machine?")
    }
    if error is GreetingTimeout {
      return TalosError(.noConnection, "\(endpoint) took the connection and then said nothing.")
    }
    return TalosError(
      .turnedAway,
      "\(endpoint) ended the connection at once: it goes down, or does not take our certificate (\(reason(of: error)))."
    )
  }

  /// What the system says of an error, without anything that we sent.
  private static func reason(of error: any Error) -> String {
    switch error {
    case let error as NIOConnectionError:
      error.connectionErrors.first.map { reason(of: $0.error) } ?? "the name cannot be resolved"
    case let error as IOError: String(String(describing: error).prefix(200))
    case ChannelError.connectTimeout: "nobody answered in time"
    default: String(String(describing: error).prefix(200))
    }
  }
}

private struct GreetingTimeout: Error {}

/// Stands behind TLS until the server has said something, which it does after it has taken our certificate.
private final class GreetingHandler: ChannelInboundHandler, RemovableChannelHandler {
  typealias InboundIn = ByteBuffer
  typealias InboundOut = ByteBuffer

  private let promise: EventLoopPromise<Void>
  private var deadline: Scheduled<Void>?

  private let limit: TimeAmount

  init(_ promise: EventLoopPromise<Void>, within limit: TimeAmount) {
    self.promise = promise
    self.limit = limit
  }

  func handlerAdded(context: ChannelHandlerContext) {
    let promise = self.promise
    let channel = context.channel
    deadline = context.eventLoop.scheduleTask(in: limit) {
      promise.fail(GreetingTimeout())
      channel.close(promise: nil)
    }
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    deadline?.cancel()
    promise.succeed()
    context.fireChannelRead(data)
    context.pipeline.syncOperations.removeHandler(self, promise: nil)
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    deadline?.cancel()
    promise.fail(error)
    context.fireErrorCaught(error)
  }

  func channelInactive(context: ChannelHandlerContext) {
    deadline?.cancel()
    promise.fail(ChannelError.eof)
    context.fireChannelInactive()
  }

  func handlerRemoved(context: ChannelHandlerContext) {
    deadline?.cancel()
    promise.fail(ChannelError.eof)
  }
}
