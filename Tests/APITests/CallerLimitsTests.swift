import NIOCore
import NIOEmbedded
import NIOHTTPTypes
import HTTPTypes
import Testing

@testable import API

@Suite struct TokenBucketsTests {
  @Test func fillSteadilyUpToTheirSize() {
    var buckets = TokenBuckets<String>(rate: 2, size: 3, capacity: 10)
    for _ in 0..<3 { #expect(buckets.take("a", now: .seconds(1)) == nil) }
    #expect(buckets.take("a", now: .seconds(1)) == .milliseconds(500))
    #expect(buckets.take("b", now: .seconds(1)) == nil)
    #expect(buckets.take("a", now: .milliseconds(1_500)) == nil)
    #expect(buckets.take("a", now: .milliseconds(1_500)) == .milliseconds(500))
    for _ in 0..<3 { #expect(buckets.take("a", now: .seconds(100)) == nil) }
    #expect(buckets.take("a", now: .seconds(100)) != nil)
    buckets.giveBack("a")
    #expect(buckets.take("a", now: .seconds(100)) == nil)
    // A clock that goes back fills nothing.
    #expect(buckets.take("a", now: .seconds(50)) != nil)
  }

  @Test func keepABoundedNumberAndForgetFullOnesFirst() {
    var buckets = TokenBuckets<Int>(rate: 1, size: 2, capacity: 100)
    for key in 0..<100 { #expect(buckets.take(key, now: .seconds(key < 50 ? 0 : 10)) == nil) }
    _ = buckets.take(1_000, now: .seconds(10))
    #expect(buckets.count == 51)
    for key in 2_000..<3_000 { _ = buckets.take(key, now: .milliseconds(10_000 + Int64(key % 900))) }
    #expect(buckets.count <= 100)
  }
}

@Suite struct CallerAddressTests {
  private func address(_ text: String) throws -> CallerAddress {
    CallerAddress(try SocketAddress(ipAddress: text, port: 1))
  }

  @Test func countsAnIPv6NetworkAsOneCallerAndAnIPv4AddressAsOne() throws {
    #expect(try address("10.0.0.1") == address("10.0.0.1"))
    #expect(try address("10.0.0.1") != address("10.0.0.2"))
    #expect(try address("::ffff:10.0.0.1") == address("10.0.0.1"))
    #expect(try address("2001:db8::1") == address("2001:db8::ffff:1"))
    #expect(try address("2001:db8:0:1::1") != address("2001:db8:0:2::1"))
  }

  @Test(arguments: [
    ("127.0.0.1", true), ("127.9.9.9", true), ("::1", true), ("::ffff:127.0.0.1", true), ("10.0.0.1", false),
    ("::2", false), ("128.0.0.1", false), ("fe80::1", false),
  ])
  func knowsItsOwnMachine(text: String, isLoopback: Bool) throws {
    #expect(try address(text).isLoopback == isLoopback)
  }

  @Test func limitsConnectionsOfOtherMachinesOnly() throws {
    let counts = ConnectionCounts()
    let (own, other) = (try address("127.0.0.1"), try address("10.0.0.1"))
    for _ in 0..<5 { try counts.add(own, limit: 2) }
    for _ in 0..<2 { try counts.add(other, limit: 2) }
    #expect(throws: ConnectionCounts.TooMany.self) { try counts.add(other, limit: 2) }
    counts.remove(other)
    try counts.add(other, limit: 2)
    for _ in 0..<2 { counts.remove(other) }
    #expect(counts.count(of: other) == 0)
  }
}

@Suite struct CredentialsTests {
  private static let said: [(String?, String?, Credentials)] = [
    (nil, nil, .none), ("Bearer abc", nil, .token("abc")), ("bearer  abc", nil, .token("abc")),
    ("Basic Ym9iOmE6Yg==", nil, .password(user: "bob", password: "a:b")), ("Basic Ym9i", nil, .malformed),
    ("Basic", nil, .malformed), ("", nil, .malformed), ("Bearer ", nil, .malformed),
    (nil, "a=b; poolkeeper_session=x=y", .session("x=y")), (nil, "a=b", .none),
    (nil, "__Host-poolkeeper_session=z", .session("z")), ("Bearer abc", "poolkeeper_session=x", .token("abc")),
  ]

  @Test func areRead() {
    for (authorization, cookie, credentials) in Self.said {
      var headers = HTTPFields()
      headers[.authorization] = authorization
      headers[.cookie] = cookie
      #expect(Credentials(headers) == credentials, "\(authorization ?? "") \(cookie ?? "")")
    }
  }

  @Test func areBounded() {
    let long = String(repeating: "x", count: 5_000)
    #expect(Credentials([.authorization: "Bearer \(long)"]) == .malformed)
    #expect(Credentials([.cookie: "poolkeeper_session=\(long)"]) == .none)
  }
}

/// A client that dribbles keeps no connection.
@Suite struct RequestClockTests {
  private func channel() throws -> EmbeddedChannel {
    let channel = EmbeddedChannel()
    let clock = RequestClock(now: channel.eventLoop.now)
    try channel.pipeline.syncOperations.addHandler(clock.bytesHandler())
    // Bytes stand for parts: "h" is a head, "e" an end.
    try channel.pipeline.syncOperations.addHandler(Parser())
    try channel.pipeline.syncOperations.addHandler(clock.partsHandler())
    try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
    return channel
  }

  private final class Parser: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = HTTPRequestPart

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
      switch String(buffer: unwrapInboundIn(data)) {
      case "h":
        let head = HTTPRequest(method: .get, scheme: nil, authority: nil, path: "/")
        context.fireChannelRead(wrapInboundOut(.head(head)))
      case "e": context.fireChannelRead(wrapInboundOut(.end(nil)))
      default: break
      }
    }
  }

  private func send(_ text: String, _ channel: EmbeddedChannel) throws {
    try channel.writeInbound(ByteBuffer(string: text))
  }

  @Test func closesAConnectionThatNeverAsks() throws {
    let channel = try channel()
    channel.embeddedEventLoop.advanceTime(by: .seconds(30))
    #expect(channel.isActive)
    channel.embeddedEventLoop.advanceTime(by: .seconds(10))
    #expect(!channel.isActive)
  }

  @Test func closesAConnectionWhoseHeadDribbles() throws {
    let channel = try channel()
    for part in ["h", "e"] { try send(part, channel) }
    // Silence between two requests is the idle time's business.
    channel.embeddedEventLoop.advanceTime(by: .seconds(300))
    #expect(channel.isActive)
    for _ in 0..<5 {
      try send("G", channel)
      channel.embeddedEventLoop.advanceTime(by: .seconds(5))
    }
    #expect(channel.isActive)
    try send("E", channel)
    channel.embeddedEventLoop.advanceTime(by: .seconds(11))
    #expect(!channel.isActive)
  }

  @Test func closesAConnectionWhoseBodyDribblesButNotOneThatWaitsForItsAnswer() throws {
    let slow = try channel()
    try send("h", slow)
    for _ in 0..<23 {
      try send("b", slow)
      slow.embeddedEventLoop.advanceTime(by: .seconds(5))
    }
    #expect(slow.isActive)
    slow.embeddedEventLoop.advanceTime(by: .seconds(11))
    #expect(!slow.isActive)
    let waiting = try channel()
    for part in ["h", "e"] { try send(part, waiting) }
    waiting.embeddedEventLoop.advanceTime(by: .seconds(1_000))
    #expect(waiting.isActive)
    _ = try waiting.finish(acceptAlreadyClosed: true)
  }
}
