import HTTPTypes
import Model
import NIOCore
import NIOEmbedded
import NIOHTTPTypes
import Testing
import TimeSeries

@testable import API

/// The handler in a pipeline without sockets.
@Suite struct WriteHandlerTests {
  private static let head = HTTPRequestPart.head(
    HTTPRequest(
      method: .post, scheme: "http", authority: "localhost", path: "/api/v1/write",
      headerFields: [.contentType: "application/x-protobuf", .contentEncoding: "snappy"]))

  private func body(_ seconds: Int64) -> HTTPRequestPart {
    .body(ByteBuffer(bytes: WireBytes.body(2, at: Samples.now.milliseconds - seconds * 1000)))
  }

  private func status(of channel: EmbeddedChannel) throws -> Int? {
    guard case .head(let response) = try channel.readOutbound(as: HTTPResponsePart.self) else { return nil }
    while let part = try channel.readOutbound(as: HTTPResponsePart.self) {
      if case .end = part { break }
    }
    return response.status.code
  }

  @Test func answersWritesOneAfterTheOtherAndLetsTheRestPass() throws {
    let fixture = ServerFixture()
    let channel = EmbeddedChannel(handler: WriteHandler(endpoint: WriteEndpoint(parts: fixture.parts)))
    for seconds: Int64 in [20, 10] {
      for part in [Self.head, body(seconds), .end(nil)] { try channel.writeInbound(part) }
      #expect(try status(of: channel) == 204)
      #expect(try channel.readInbound(as: HTTPRequestPart.self) == nil)
    }
    #expect(fixture.store.statistics.samplesAppendedTotal == 4)
    #expect(fixture.arrivals.count == 2)
    let other = HTTPRequestPart.head(HTTPRequest(method: .get, scheme: "http", authority: nil, path: "/"))
    try channel.writeInbound(other)
    try channel.writeInbound(HTTPRequestPart.end(nil))
    #expect(try channel.readInbound(as: HTTPRequestPart.self) == other)
    // The first is not answered yet: this one must wait its turn among the routes.
    for part in [Self.head, body(5), .end(nil)] { try channel.writeInbound(part) }
    #expect(try channel.readOutbound(as: HTTPResponsePart.self) == nil)
    #expect(fixture.store.statistics.samplesAppendedTotal == 4)
    _ = try channel.finish(acceptAlreadyClosed: true)
  }

  @Test func closesTheConnectionOfASenderThatWantsItClosed() throws {
    let channel = EmbeddedChannel(handler: WriteHandler(endpoint: WriteEndpoint(parts: ServerFixture().parts)))
    guard case .head(var request) = Self.head else { return }
    request.headerFields[.connection] = "close"
    for part in [.head(request), body(1), .end(nil)] { try channel.writeInbound(part) }
    #expect(try status(of: channel) == 204)
    channel.embeddedEventLoop.run()
    #expect(!channel.isActive)
  }

  @Test func forgetsABodyWhoseConnectionEnds() throws {
    let endpoint = WriteEndpoint(parts: ServerFixture().parts)
    let channel = EmbeddedChannel(handler: WriteHandler(endpoint: endpoint))
    try channel.writeInbound(Self.head)
    try channel.writeInbound(body(1))
    #expect(endpoint.pending.count > 0)
    _ = try channel.finish(acceptAlreadyClosed: true)
    #expect(endpoint.pending.count == 0)
  }
}
