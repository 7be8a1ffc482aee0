import HTTPTypes
import NIOCore
import Testing

@testable import API

@Suite struct WriteCollectorTests {
  private static let write = HTTPRequest(
    method: .post, scheme: "http", authority: nil, path: "/api/v1/write", headerFields: [.contentType: "a"])
  private static let query = HTTPRequest(method: .get, scheme: "http", authority: nil, path: "/api/v1/query")

  private func collector(limit: Int = 100, pending: Int = 1_000) -> (WriteCollector, PendingBodies) {
    let pending = PendingBodies(limit: pending)
    return (WriteCollector(limit: limit, pending: pending), pending)
  }

  private func part(_ count: Int) -> ByteBuffer { ByteBuffer(repeating: 7, count: count) }

  @Test func collectsABodyFromItsPartsAndGivesItBack() {
    var (collector, pending) = collector()
    #expect(collector.head(Self.write) == .wait)
    for count in [10, 20, 30] {
      var part = part(count)
      #expect(collector.body(&part) == .wait)
    }
    #expect(pending.count == 60)
    #expect(collector.end() == .store([.contentType: "a"]))
    #expect(collector.body.readableBytes == 60)
    collector.release()
    #expect(collector.body.readableBytes == 0)
    #expect(pending.count == 0)
    #expect(!collector.isTaking)
  }

  @Test(arguments: [
    HTTPRequest(method: .get, scheme: "http", authority: nil, path: "/api/v1/write"),
    HTTPRequest(method: .post, scheme: "http", authority: nil, path: "/api/v1/write/more"),
    HTTPRequest(method: .post, scheme: "http", authority: nil, path: "/api/v1/query"),
  ])
  func leavesOtherRequestsToTheRoutes(request: HTTPRequest) {
    var (collector, _) = collector()
    var part = part(10)
    #expect(collector.head(request) == .pass)
    #expect(collector.body(&part) == .pass)
    #expect(part.readableBytes == 10)
    #expect(collector.end() == .pass)
  }

  /// Answers go out in the order of the requests, so a write behind a query that still waits is not overtaken.
  @Test func leavesAWriteToTheRoutesWhileAnotherRequestWaitsForItsAnswer() {
    var (collector, _) = collector()
    #expect(collector.head(Self.query) == .pass)
    #expect(collector.end() == .pass)
    #expect(collector.head(Self.write) == .pass)
    #expect(collector.end() == .pass)
    collector.othersAnswered()
    #expect(collector.head(Self.write) == .pass)
    #expect(collector.end() == .pass)
    collector.othersAnswered()
    collector.othersAnswered()
    #expect(collector.head(Self.write) == .wait)
  }

  @Test(arguments: [[101], [60, 41], [100, 1]])
  func refusesABodyThatIsTooLargeOnceItHasEnded(counts: [Int]) {
    var (collector, pending) = collector()
    #expect(collector.head(Self.write) == .wait)
    for count in counts {
      var part = part(count)
      #expect(collector.body(&part) == .wait)
    }
    #expect(pending.count == 0)
    #expect(collector.body.readableBytes == 0)
    #expect(collector.end() == .refuse(.tooLarge, [.contentType: "a"]))
    #expect(collector.head(Self.write) == .wait)
    #expect(collector.end() == .store([.contentType: "a"]))
  }

  @Test func putsABodyOffWhenAllBodiesTogetherTakeTooMuch() {
    let pending = PendingBodies(limit: 150)
    var first = WriteCollector(limit: 100, pending: pending)
    var second = WriteCollector(limit: 100, pending: pending)
    _ = first.head(Self.write)
    _ = second.head(Self.write)
    var (one, other) = (part(90), part(90))
    _ = first.body(&one)
    _ = second.body(&other)
    #expect(second.end() == .refuse(.tooManyPending, [.contentType: "a"]))
    #expect(first.end() == .store([.contentType: "a"]))
    first.release()
    #expect(pending.count == 0)
  }

  @Test func countsAClaimedLengthBeforeItComes() {
    var (collector, pending) = collector(limit: 1_000, pending: 1_000)
    var request = Self.write
    request.headerFields[.contentLength] = "400"
    #expect(collector.head(request) == .wait)
    #expect(pending.count == 400)
    collector.release()
    #expect(pending.count == 0)
    request.headerFields[.contentLength] = "9000000000000000000"
    #expect(collector.head(request) == .wait)
    #expect(pending.count == 0)
  }

  @Test func invitesASenderThatAsksBeforeItSends() {
    var (collector, _) = collector()
    var request = Self.write
    request.headerFields[.expect] = "100-continue"
    #expect(collector.head(request) == .invite)
    #expect(collector.end() == .store(request.headerFields))
  }
}
