import HTTPTransport
import Synchronization
import Testing

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

@Suite struct HTTPStreamTests {
  private static let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
  private let limits = HTTPStreamLimits(head: .seconds(600), idle: .seconds(600))

  private static func chunk(_ text: String) -> String {
    String(text.utf8.count, radix: 16) + "\r\n" + text + "\r\n"
  }

  @Test func bringsTheHeadBeforeTheBody() async throws {
    let mayGoOn = Mutex(false)
    let server = try LoopbackServer { _ in
      .feed { write in
        _ = write("HTTP/1.1 103 Early Hints\r\nX-Early: 1\r\n\r\nHTTP/1.1 206 Partial\r\nX-One: a\r\n\r\n")
        while !mayGoOn.withLock({ $0 }) { sched_yield() }
        _ = write("late")
      }
    }
    defer { server.stop() }
    let client = HTTPClient()
    let stream = try await client.stream(HTTPRequest("GET", server.url), limits: limits)
    #expect(stream.status == 206)
    #expect(stream.header("x-one") == "a")
    #expect(stream.header("x-early") == nil)
    mayGoOn.withLock { $0 = true }
    #expect(try await stream.collect(maximumBytes: 100) == Array("late".utf8))
    await client.shutdown()
  }

  @Test func handsOutLinesHoweverTheyAreCut() async throws {
    let parts = ["{\"a\":", "1}\n{\"b\"", ":2}\r\n", "\n", "last"]
    let server = try LoopbackServer { _ in
      .answer(Self.head + parts.map(Self.chunk).joined() + Self.chunk(""))
    }
    defer { server.stop() }
    let client = HTTPClient()
    let stream = try await client.stream(HTTPRequest("GET", server.url), limits: limits)
    var lines: [String] = []
    for try await line in stream.lines(maximumBytes: 100) { lines.append(String(decoding: line, as: UTF8.self)) }
    #expect(lines == ["{\"a\":1}", "{\"b\":2}", "", "last"])
    await client.shutdown()
  }

  @Test func givesUpALineAboveTheLimit() async throws {
    let server = try LoopbackServer { _ in
      .hold(after: Self.head + Self.chunk("short\n" + String(repeating: "x", count: 101)))
    }
    defer { server.stop() }
    let client = HTTPClient()
    let stream = try await client.stream(HTTPRequest("GET", server.url), limits: limits)
    var lines = stream.lines(maximumBytes: 100).makeAsyncIterator()
    #expect(try await lines.next(isolation: nil) == Array("short".utf8))
    let error = await #expect(throws: HTTPTransportError.self) { _ = try await lines.next(isolation: nil) }
    #expect(error?.code == .responseTooLarge)
    _ = await server.next { if case .closed = $0 { true } else { nil } }
    await client.shutdown()
  }

  /// The server writes a hundred times more than may wait; the consumer comes late.
  @Test func holdsTheServerUntilTheConsumerHasRoom() async throws {
    let piece = String(repeating: "0123456789abcdef", count: 4096)
    let server = try LoopbackServer { _ in
      .feed { write in
        _ = write("HTTP/1.1 200 OK\r\nContent-Length: \(piece.utf8.count * 100)\r\n\r\n")
        for _ in 0..<100 where !write(piece) { break }
      }
    }
    defer { server.stop() }
    let client = HTTPClient()
    let bound = 100_000
    let stream = try await client.stream(
      HTTPRequest("GET", server.url), limits: HTTPStreamLimits(idle: .seconds(600), maximumWaitingBytes: bound))
    var count = 0
    var isIntact = true
    for try await part in stream {
      #expect(part.count <= bound)
      for byte in part {
        isIntact = isIntact && byte == Array("0123456789abcdef".utf8)[count % 16]
        count += 1
      }
    }
    #expect(count == piece.utf8.count * 100)
    #expect(isIntact)
    await client.shutdown()
  }

  @Test func givesUpWhenNothingComesForTooLong() async throws {
    let server = try LoopbackServer { _ in .hold(after: Self.head + Self.chunk("one")) }
    defer { server.stop() }
    let client = HTTPClient()
    let stream = try await client.stream(
      HTTPRequest("GET", server.url), limits: HTTPStreamLimits(head: .seconds(600), idle: .milliseconds(50)))
    var parts = stream.makeAsyncIterator()
    #expect(try await parts.next(isolation: nil) == Array("one".utf8))
    let error = await #expect(throws: HTTPTransportError.self) { _ = try await parts.next(isolation: nil) }
    #expect(error?.code == .timedOut)
    #expect(error?.message.hasPrefix("Nothing came for") == true)
    _ = await server.next { if case .closed = $0 { true } else { nil } }
    #expect(server.open == 0)
    await client.shutdown()
  }

  @Test func givesUpWhenNoHeadComes() async throws {
    let server = try LoopbackServer { _ in .silence }
    defer { server.stop() }
    let error = await #expect(throws: HTTPTransportError.self) {
      _ = try await HTTPClient().stream(
        HTTPRequest("GET", server.url), limits: HTTPStreamLimits(head: .milliseconds(50), idle: .seconds(600)))
    }
    #expect(error?.code == .timedOut)
    #expect(error?.mayHaveBeenSent == true)
  }

  @Test func tellsWhenTheConnectionBreaksInTheMiddle() async throws {
    let server = try LoopbackServer { _ in .hangUp(after: Self.head + Self.chunk("one") + "5\r\nha") }
    defer { server.stop() }
    let client = HTTPClient()
    let stream = try await client.stream(HTTPRequest("GET", server.url), limits: limits)
    let error = await #expect(throws: HTTPTransportError.self) { for try await _ in stream {} }
    #expect(error?.code == .interrupted)
    await client.shutdown()
  }

  @Test func cancellingTheTaskClosesTheConnection() async throws {
    let server = try LoopbackServer { _ in .hold(after: Self.head) }
    defer { server.stop() }
    let client = HTTPClient()
    let url = server.url
    let task = Task { [limits] in
      let stream = try await client.stream(HTTPRequest("GET", url), limits: limits)
      for try await _ in stream {}
    }
    _ = await server.next { if case .requested = $0 { true } else { nil } }
    task.cancel()
    let error = await #expect(throws: HTTPTransportError.self) { try await task.value }
    #expect(error?.code == .cancelled)
    _ = await server.next { if case .closed = $0 { true } else { nil } }
    #expect(server.open == 0)
    await client.shutdown()
  }

  @Test func lettingGoClosesTheConnection() async throws {
    let server = try LoopbackServer { _ in .hold(after: Self.head) }
    defer { server.stop() }
    let client = HTTPClient()
    _ = try await client.stream(HTTPRequest("GET", server.url), limits: limits)
    _ = await server.next { if case .closed = $0 { true } else { nil } }
    #expect(server.open == 0)
    await client.shutdown()
  }

  @Test func takesNoRequestsTurnAndHasALimitOfItsOwn() async throws {
    let server = try LoopbackServer { request in
      request.path == "/stream" ? .hold(after: Self.head) : .answer(answer(body: "x"))
    }
    defer { server.stop() }
    var configuration = HTTPClientConfiguration()
    configuration.maximumConcurrentRequests = 1
    configuration.maximumStreams = 3
    let client = HTTPClient(configuration)
    var streams: [HTTPStream] = []
    for _ in 0..<3 {
      streams.append(try await client.stream(HTTPRequest("GET", server.url + "/stream"), limits: limits))
    }
    #expect(try await client.send(HTTPRequest("GET", server.url), deadline: .seconds(600)).status == 200)
    let error = await #expect(throws: HTTPTransportError.self) {
      _ = try await client.stream(HTTPRequest("GET", server.url + "/stream"), limits: limits)
    }
    #expect(error?.code == .overloaded)
    await client.shutdown()
    #expect(streams.count == 3)
  }

  @Test func shutdownEndsStreams() async throws {
    let server = try LoopbackServer { _ in .hold(after: Self.head) }
    defer { server.stop() }
    let client = HTTPClient()
    let stream = try await client.stream(HTTPRequest("GET", server.url), limits: limits)
    await client.shutdown()
    let error = await #expect(throws: HTTPTransportError.self) { for try await _ in stream {} }
    #expect(error?.code == .closed)
  }
}
