@testable import API
import Foundation
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import NIOEmbedded
import Testing

@Suite struct StreamRouteTests {
  /// Takes what is written, one piece at a time.
  private struct Collector: ResponseBodyWriter {
    let pieces: AsyncStream<String>.Continuation
    mutating func write(_ buffer: ByteBuffer) async throws { pieces.yield(String(buffer: buffer)) }
    consuming func finish(_ trailingHeaders: HTTPFields?) async throws { pieces.finish() }
  }

  private static func ask(_ router: Router<ServerContext>, _ method: HTTPRequest.Method = .get) async throws -> Response
  {
    let head = HTTPRequest(method: method, scheme: "http", authority: "localhost", path: "/stream")
    let context = ServerContext(source: .init(channel: EmbeddedChannel(), logger: Logger(label: "test")))
    return try await router.buildResponder().respond(
      to: Request(head: head, body: .init(buffer: ByteBuffer())), context: context)
  }

  private static func router(
    _ feed: ChangeFeed, heartbeat: Duration = .seconds(600), pause: Duration = .zero
  ) -> Router<ServerContext> {
    let router = Router(context: ServerContext.self, options: .autoGenerateHeadEndpoints)
    StreamRoute(feed: feed, operations: FakeOperations(), heartbeat: heartbeat, pause: pause).add(to: router)
    return router
  }

  /// Reads an answer's events until `body` has seen enough.
  private static func reading<Value: Sendable>(
    _ response: Response, _ body: @Sendable @escaping (inout AsyncStream<String>.Iterator) async throws -> Value
  ) async throws -> Value {
    let (stream, continuation) = AsyncStream.makeStream(of: String.self)
    let writing = Task { try await response.body.write(Collector(pieces: continuation)) }
    defer { writing.cancel() }
    var events = stream.makeAsyncIterator()
    return try await body(&events)
  }

  @Test func greetsAndThenTellsEachChange() async throws {
    let feed = ChangeFeed()
    feed.changed()
    let response = try await Self.ask(Self.router(feed))
    #expect(response.status == .ok)
    #expect(response.headers[.contentType] == "text/event-stream")
    #expect(response.headers[.cacheControl] == "no-store")
    try await Self.reading(response) { events in
      let hello = try #require(await events.next())
      #expect(
        hello == """
          event: hello
          id: 1
          data: {"now":"2026-03-01T08:00:00.250Z","revision":1,"started_at":"2026-03-01T07:00:00.000Z","ticks":7,\
          "version":"1.2.3"}


          """)
      for revision in 2...4 {
        feed.changed()
        #expect(try #require(await events.next()).hasPrefix("event: change\nid: \(revision)\n"))
      }
    }
  }

  @Test func tellsWhatChangedWhileAWatcherWasBusyAsOne() async throws {
    let feed = ChangeFeed()
    let place = try #require(feed.join())
    for _ in 0..<1_000 { feed.changed() }
    var wakes = place.wakes.makeAsyncIterator()
    #expect(await wakes.next() != nil)
    #expect(feed.revision == 1_000)
    // Nothing is left over: the next wake is that of the next change.
    feed.changed()
    #expect(await wakes.next() != nil)
  }

  @Test func saysThatItIsThereWhileNothingChanges() async throws {
    let feed = ChangeFeed()
    try await Self.reading(try await Self.ask(Self.router(feed, heartbeat: .milliseconds(5)))) { events in
      #expect(await events.next()?.hasPrefix("event: hello\n") == true)
      #expect(await events.next()?.hasPrefix("event: beat\nid: 0\n") == true)
      #expect(await events.next()?.hasPrefix("event: beat\nid: 0\n") == true)
    }
  }

  @Test func refusesMoreWatchersThanItHasPlacesForAndGivesPlacesBack() async throws {
    let feed = ChangeFeed(watchers: 2)
    let router = Self.router(feed)
    var first: Response? = try await Self.ask(router)
    let second = try await Self.ask(router)
    #expect(feed.watchers == 2)
    let third = try await Self.ask(router)
    #expect(third.status == .serviceUnavailable)
    #expect(third.headers[HTTPField.Name("Retry-After")!] == "30")
    #expect(first?.status == .ok && second.status == .ok)
    first = nil
    #expect(feed.watchers == 1)
    // HEAD has no body and keeps no place.
    #expect(try await Self.ask(router, .head).status == .ok)
    #expect(feed.watchers == 1)
    #expect(try await Self.ask(router).status == .ok)
    #expect(second.status == .ok)
  }

  @Test func eachEventLeavesAtOnceAlsoWhenItIsCompressed() async throws {
    let feed = ChangeFeed()
    let router = Router(context: ServerContext.self)
    router.add(middleware: Compression())
    StreamRoute(feed: feed, operations: FakeOperations(), heartbeat: .seconds(600), pause: .zero).add(to: router)
    let head = HTTPRequest(
      method: .get, scheme: "http", authority: "localhost", path: "/stream", headerFields: [.acceptEncoding: "gzip"])
    let context = ServerContext(source: .init(channel: EmbeddedChannel(), logger: Logger(label: "test")))
    let response = try await router.buildResponder().respond(
      to: Request(head: head, body: .init(buffer: ByteBuffer())), context: context)
    #expect(response.headers[.contentEncoding] == "gzip")
    let (stream, continuation) = AsyncStream.makeStream(of: [UInt8].self)
    let writing = Task { try await response.body.write(Bytes(pieces: continuation)) }
    defer { writing.cancel() }
    var pieces = stream.makeAsyncIterator()
    let first = try #require(await pieces.next())
    // A gzip member that begins, and a flush at its end: an empty stored block.
    #expect(first.prefix(2) == [0x1f, 0x8b])
    #expect(first.suffix(4) == [0x00, 0x00, 0xff, 0xff])
    feed.changed()
    #expect(try #require(await pieces.next()).suffix(4) == [0x00, 0x00, 0xff, 0xff])
  }

  private struct Bytes: ResponseBodyWriter {
    let pieces: AsyncStream<[UInt8]>.Continuation
    mutating func write(_ buffer: ByteBuffer) async throws { pieces.yield(Array(buffer.readableBytesView)) }
    consuming func finish(_ trailingHeaders: HTTPFields?) async throws { pieces.finish() }
  }
}
