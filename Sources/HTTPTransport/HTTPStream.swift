/// How long a streamed answer may take, and how much of it may wait.
public struct HTTPStreamLimits: Sendable, Hashable {
  /// From the call to the end of the answer's head.
  public var head: Duration
  /// The longest time in which no byte comes. Time in which the consumer takes nothing does not count.
  public var idle: Duration
  /// From the call to the last byte; `nil`: for as long as bytes come.
  public var total: Duration?
  /// Bytes that wait for the consumer; while there are more, the server has to wait.
  public var maximumWaitingBytes: Int

  /// - Parameters:
  ///   - head: from the call to the end of the answer's head.
  ///   - idle: the longest time in which no byte comes.
  ///   - total: from the call to the last byte; `nil` for no limit.
  ///   - maximumWaitingBytes: bytes that wait for the consumer.
  public init(
    head: Duration = .seconds(30), idle: Duration, total: Duration? = nil, maximumWaitingBytes: Int = 1024 * 1024
  ) {
    self.head = head
    self.idle = idle
    self.total = total
    self.maximumWaitingBytes = maximumWaitingBytes
  }
}

/// An answer whose head is here and whose body comes in parts, each as large as what has come since the last was taken.
///
/// The body is read once, by one task; its parts wait within `HTTPStreamLimits.maximumWaitingBytes`. Cancelling that task
/// closes the connection, as does letting go of the stream. The stream keeps its client alive.
public struct HTTPStream: AsyncSequence, Sendable {
  public typealias Element = [UInt8]
  public typealias Failure = HTTPTransportError

  /// 200 ... 599.
  public let status: Int
  /// In the order of arrival.
  public let headers: [HTTPHeader]
  let body: StreamedBody

  /// The first field of this name.
  public func header(_ name: String) -> String? { HTTPResponse(status: status, headers: headers).header(name) }

  /// The rest of the body at once.
  /// - Throws: `responseTooLarge` when it is longer than `maximumBytes`.
  public func collect(maximumBytes: Int) async throws(HTTPTransportError) -> [UInt8] {
    var bytes: [UInt8] = []
    while let part = try await body.next() {
      guard bytes.count + part.count <= maximumBytes else {
        body.close()
        throw body.tooLarge(maximumBytes)
      }
      bytes += part
    }
    return bytes
  }

  /// The body's lines without their ends; the last may lack one.
  /// - Parameter maximumBytes: a longer line ends the stream with `responseTooLarge`.
  public func lines(maximumBytes: Int) -> HTTPLines { HTTPLines(body: body, maximumBytes: maximumBytes) }

  public func makeAsyncIterator() -> Iterator { Iterator(body: body) }

  /// Reads the parts.
  public struct Iterator: AsyncIteratorProtocol {
    let body: StreamedBody

    public mutating func next(
      isolation actor: isolated (any Actor)?
    ) async throws(HTTPTransportError) -> [UInt8]? { try await body.next() }
  }
}

/// The reading end of a streamed body. Its last reference closes the connection.
final class StreamedBody: Sendable {
  private let client: HTTPClient
  private let transfer: Transfer
  private let buffer: StreamBuffer

  init(_ client: HTTPClient, _ transfer: Transfer, _ buffer: StreamBuffer) {
    self.client = client
    self.transfer = transfer
    self.buffer = buffer
  }

  deinit { close() }

  func close() { client.cancel(transfer) }

  func next() async throws(HTTPTransportError) -> [UInt8]? {
    let result = await withTaskCancellationHandler {
      await buffer.take { client.goOn(transfer) }
    } onCancel: {
      close()
    }
    return try result.get()
  }

  func tooLarge(_ limit: Int) -> HTTPTransportError {
    HTTPTransportError(
      .responseTooLarge, "The answer is longer than \(limit) bytes; ask for less at a time.",
      request: transfer.request, mayHaveBeenSent: true)
  }
}

/// A streamed body, line by line.
public struct HTTPLines: AsyncSequence, Sendable {
  public typealias Element = [UInt8]
  public typealias Failure = HTTPTransportError

  let body: StreamedBody
  let maximumBytes: Int

  public func makeAsyncIterator() -> Iterator { Iterator(body: body, maximumBytes: maximumBytes) }

  /// Cuts parts into lines.
  public struct Iterator: AsyncIteratorProtocol {
    let body: StreamedBody
    let maximumBytes: Int
    private var waiting: [UInt8] = []
    /// Where the next line begins, and up to where there surely is no end of it.
    private var start = 0
    private var searched = 0
    private var isAtEnd = false

    init(body: StreamedBody, maximumBytes: Int) {
      self.body = body
      self.maximumBytes = maximumBytes
    }

    public mutating func next(
      isolation actor: isolated (any Actor)?
    ) async throws(HTTPTransportError) -> [UInt8]? {
      while true {
        if let line = takeLine() { return line }
        guard waiting.count - start <= maximumBytes else {
          body.close()
          throw body.tooLarge(maximumBytes)
        }
        if isAtEnd { return nil }
        waiting.removeFirst(start)
        searched -= start
        start = 0
        if let part = try await body.next() {
          waiting += part
        } else {
          isAtEnd = true
        }
      }
    }

    private mutating func takeLine() -> [UInt8]? {
      let end: Int
      if let found = waiting[searched...].firstIndex(of: UInt8(ascii: "\n")) {
        end = found
      } else if isAtEnd, start < waiting.count {
        end = waiting.count
      } else {
        searched = waiting.count
        return nil
      }
      guard end - start <= maximumBytes else { return nil }
      var line = waiting[start..<end]
      if line.last == UInt8(ascii: "\r") { line.removeLast() }
      start = Swift.min(end + 1, waiting.count)
      searched = start
      return Array(line)
    }
  }
}
