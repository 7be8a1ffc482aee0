import Foundation
import HTTPTransport
import Testing

@Suite struct HTTPClientTests {
  private let patience = Duration.seconds(600)

  @Test func bringsStatusHeadersAndBodyBothWays() async throws {
    let server = try LoopbackServer { request in
      let told =
        [request.method, request.path] + request.headers.sorted() + [String(decoding: request.body, as: UTF8.self)]
      return .answer(
        answer("418 I'm a teapot", headers: ["X-One:  a ", "x-two: b"], body: told.joined(separator: "\n")))
    }
    defer { server.stop() }
    let client = HTTPClient()
    let request = HTTPRequest(
      "PATCH", server.url + "/a?b=c%20d", headers: [HTTPHeader("X-Token", "t"), HTTPHeader("X-Empty", "")],
      body: Array("grüße\0".utf8))
    let response = try await client.send(request, deadline: patience)
    #expect(response.status == 418)
    #expect(response.reason == "I'm a teapot")
    #expect(response.header("X-TWO") == "b")
    #expect(response.headers.contains(HTTPHeader("X-One", "a")))
    let host = server.url.dropFirst("http://".count)
    #expect(
      String(decoding: response.body, as: UTF8.self)
        == """
        PATCH
        /a?b=c%20d
        Accept: */*
        Content-Length: 8
        Host: \(host)
        User-Agent: poolkeeper
        X-Empty:
        X-Token: t
        grüße\0
        """)
    await client.shutdown()
  }

  @Test(arguments: ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"], [nil, [], Array("body".utf8)])
  func sendsEveryMethodWithAndWithoutBody(method: String, body: [UInt8]?) async throws {
    let server = try LoopbackServer { request in
      let length = request.headers.first { $0.hasPrefix("Content-Length") } ?? "none"
      return .answer(answer(headers: ["X-Method: \(request.method)", "X-Length: \(length)"]))
    }
    defer { server.stop() }
    let client = HTTPClient()
    let response = try await client.send(HTTPRequest(method, server.url, body: body), deadline: patience)
    #expect(response.header("X-Method") == method)
    let sends = body != nil || ["POST", "PUT", "PATCH"].contains(method)
    if method != "HEAD" {
      #expect(response.header("X-Length") == (sends ? "Content-Length: \(body?.count ?? 0)" : "none"))
    }
    await client.shutdown()
  }

  @Test func doesNotFollowRedirects() async throws {
    let server = try LoopbackServer { _ in .answer(answer("302 Found", headers: ["Location: /elsewhere"])) }
    defer { server.stop() }
    let response = try await HTTPClient().send(HTTPRequest("GET", server.url), deadline: patience)
    #expect(response.status == 302)
    #expect(server.requests == 1)
  }

  @Test func readsChunkedBodiesAndForgetsInterimHeads() async throws {
    let server = try LoopbackServer { _ in
      .answer(
        "HTTP/1.1 103 Early Hints\r\nX-Early: 1\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
          + "3\r\nabc\r\n4\r\ndefg\r\n0\r\n\r\n")
    }
    defer { server.stop() }
    let response = try await HTTPClient().send(HTTPRequest("GET", server.url), deadline: patience)
    #expect(response.body == Array("abcdefg".utf8))
    #expect(response.header("X-Early") == nil)
  }

  @Test func givesUpAtTheDeadline() async throws {
    let server = try LoopbackServer { _ in .silence }
    defer { server.stop() }
    let error = await #expect(throws: HTTPTransportError.self) {
      try await HTTPClient().send(HTTPRequest("GET", server.url + "/slow"), deadline: .seconds(1))
    }
    #expect(error?.code == .timedOut)
    #expect(error?.mayHaveBeenSent == true)
  }

  @Test func countsWaitingForATurnTowardsTheDeadline() async throws {
    let server = try LoopbackServer { _ in .silence }
    defer { server.stop() }
    var configuration = HTTPClientConfiguration()
    configuration.maximumConcurrentRequests = 1
    let client = HTTPClient(configuration)
    let url = server.url
    let first = Task { try await client.send(HTTPRequest("GET", url), deadline: .seconds(600)) }
    _ = await server.next { if case .requested = $0 { true } else { nil } }
    let error = await #expect(throws: HTTPTransportError.self) {
      try await client.send(HTTPRequest("GET", url), deadline: .milliseconds(30))
    }
    #expect(error?.code == .timedOut)
    #expect(error?.mayHaveBeenSent == false)
    #expect(server.requests == 1)
    first.cancel()
    _ = await first.result
    await client.shutdown()
  }

  @Test func cancellingATaskClosesItsConnection() async throws {
    let server = try LoopbackServer { _ in .silence }
    defer { server.stop() }
    let client = HTTPClient()
    let url = server.url
    let task = Task { try await client.send(HTTPRequest("GET", url), deadline: .seconds(600)) }
    _ = await server.next { if case .requested = $0 { true } else { nil } }
    task.cancel()
    let error = await #expect(throws: HTTPTransportError.self) { try await task.value }
    #expect(error?.code == .cancelled)
    #expect(error?.mayHaveBeenSent == true)
    _ = await server.next { if case .closed = $0 { true } else { nil } }
    #expect(server.open == 0)
    await client.shutdown()
  }

  @Test func aCancelledTaskSendsNothing() async throws {
    let server = try LoopbackServer { _ in .answer(answer()) }
    defer { server.stop() }
    let client = HTTPClient()
    let url = server.url
    let task = Task {
      withUnsafeCurrentTask { $0?.cancel() }
      return try await client.send(HTTPRequest("GET", url), deadline: .seconds(600))
    }
    let error = await #expect(throws: HTTPTransportError.self) { try await task.value }
    #expect(error?.code == .cancelled)
    await client.shutdown()
    #expect(server.requests == 0)
  }

  @Test(arguments: [(999, false), (1000, false), (1001, true)])
  func givesUpBodiesAboveTheLimit(size: Int, isRefused: Bool) async throws {
    let server = try LoopbackServer { _ in .answer(answer(body: String(repeating: "x", count: size))) }
    defer { server.stop() }
    let client = HTTPClient()
    let request = HTTPRequest("GET", server.url, maximumResponseBytes: 1000)
    if isRefused {
      let error = await #expect(throws: HTTPTransportError.self) { try await client.send(request, deadline: patience) }
      #expect(error?.code == .responseTooLarge)
    } else {
      #expect(try await client.send(request, deadline: patience).body.count == size)
    }
    await client.shutdown()
  }

  @Test func tellsWhenNobodyListens() async throws {
    let server = try LoopbackServer { _ in .silence }
    server.stop()
    let error = await #expect(throws: HTTPTransportError.self) {
      try await HTTPClient().send(HTTPRequest("GET", server.url), deadline: patience)
    }
    #expect(error?.code == .unreachable)
    #expect(error?.mayHaveBeenSent == false)
  }

  @Test(arguments: ["", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf"])
  func tellsWhenTheConnectionBreaks(sent: String) async throws {
    let server = try LoopbackServer { _ in .hangUp(after: sent) }
    defer { server.stop() }
    let error = await #expect(throws: HTTPTransportError.self) {
      try await HTTPClient().send(HTTPRequest("POST", server.url), deadline: patience)
    }
    #expect(error?.code == .interrupted)
    #expect(error?.mayHaveBeenSent == true)
  }

  @Test(arguments: [
    HTTPRequest("GET", "ftp://127.0.0.1/"), HTTPRequest("GET", "file:///etc/hostname"), HTTPRequest("GET", ""),
    HTTPRequest("GET", "http://127.0.0.1/a b"), HTTPRequest("GET", "http://127.0.0.1/\r\nX: y"),
    HTTPRequest("GET", "http://:99999/"), HTTPRequest("GE T", "http://127.0.0.1/"),
    HTTPRequest("", "http://127.0.0.1/"),
    HTTPRequest("GET", "http://127.0.0.1/", headers: [HTTPHeader("X", "a\r\nInjected: b")]),
    HTTPRequest("GET", "http://127.0.0.1/", headers: [HTTPHeader("X:", "a")]),
  ])
  func refusesMalformedRequests(request: HTTPRequest) async {
    let error = await #expect(throws: HTTPTransportError.self) {
      try await HTTPClient().send(request, deadline: patience)
    }
    #expect(error?.code == .invalidRequest)
    #expect(error?.mayHaveBeenSent == false)
  }

  @Test func errorsHoldNoSecret() async throws {
    let server = try LoopbackServer { _ in .hangUp(after: "") }
    defer { server.stop() }
    let address = server.url.dropFirst("http://".count)
    let request = HTTPRequest(
      "POST", "http://user:swordfish@\(address)/login?token=swordfish#swordfish",
      headers: [HTTPHeader("Authorization", "swordfish")], body: Array("swordfish".utf8))
    let error = await #expect(throws: HTTPTransportError.self) {
      try await HTTPClient().send(request, deadline: patience)
    }
    #expect(error?.request == "POST http://\(address)/login")
    #expect("\(String(describing: error)) \(error?.description ?? "")".contains("swordfish") == false)
  }
}
