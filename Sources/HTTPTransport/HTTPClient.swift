import Synchronization

/// An HTTP client over libcurl: HTTP/1.1 and, over TLS, HTTP/2; connections are kept and shared.
///
/// One client serves one circle of trust (the same authorities, the same identity), so that a kept connection is
/// always one that was verified by the client's own rules. A single thread runs all of its transfers; `send` may be
/// called from any task. No redirect is followed, no proxy of the environment is used, and a client that is let go ends
/// by itself.
public final class HTTPClient: Sendable {
  private let loop: TransferLoop

  /// Starts the client's thread; connections are made when they are needed.
  public init(_ configuration: HTTPClientConfiguration = HTTPClientConfiguration()) {
    loop = TransferLoop(configuration)
    loop.start()
  }

  deinit { loop.stop() }

  /// Sends a request and waits for the whole answer.
  ///
  /// Cancelling the task closes the connection and throws `cancelled`; the server may have acted all the same.
  /// - Parameter deadline: for everything from this call to the answer's last byte, waiting for a turn included.
  /// - Throws: `HTTPTransportError` where there is no complete answer; an answer of any status is returned.
  public func send(_ request: HTTPRequest, deadline: Duration) async throws(HTTPTransportError) -> HTTPResponse {
    if let defect = request.defect { throw HTTPTransportError(.invalidRequest, defect, request: request) }
    return try await deliver(Transfer(request, deadline: .now + deadline)).get()
  }

  /// Sends a request and returns when the head of its answer is here; the body comes in parts, as it arrives.
  ///
  /// For answers that take long or have no end. A stream has a connection of its own and takes no request's turn; more than
  /// `maximumStreams` of them at once are refused. Nothing limits the body's length but what the caller takes of it.
  /// - Throws: `HTTPTransportError` where no head came; an answer of any status is returned. What breaks later is thrown
  ///   by the stream.
  public func stream(_ request: HTTPRequest, limits: HTTPStreamLimits) async throws(HTTPTransportError) -> HTTPStream {
    if let defect = request.defect { throw HTTPTransportError(.invalidRequest, defect, request: request) }
    let buffer = StreamBuffer(limit: limits.maximumWaitingBytes)
    let transfer = Transfer(request, into: buffer, limits: limits)
    let head = try await deliver(transfer).get()
    return HTTPStream(status: head.status, headers: head.headers, body: StreamedBody(self, transfer, buffer))
  }

  /// Starts a transfer and waits for its answer, or a stream's head.
  private func deliver(_ transfer: Transfer) async -> Result<HTTPResponse, HTTPTransportError> {
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        transfer.continuation = continuation
        loop.post(.start(transfer))
      }
    } onCancel: {
      cancel(transfer)
    }
  }

  /// Gives a transfer up; none that has ended.
  func cancel(_ transfer: Transfer) {
    // The flag is set before the command is posted: whichever of start and cancel comes first, one sees the other.
    transfer.isCancelled.store(true, ordering: .sequentiallyConsistent)
    loop.post(.cancel(transfer))
  }

  /// Goes on with a stream that was held for its consumer.
  func goOn(_ transfer: Transfer) { loop.post(.goOn(transfer)) }

  /// Gives up what is in flight, closes all connections, and returns when the thread has ended. May be called again.
  public func shutdown() async {
    loop.stop()
    await loop.ended()
  }
}
