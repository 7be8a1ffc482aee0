@testable import API
import Foundation
import HTTPTypes
import Model
import NIOCore
import PromQL
import Testing
import TimeSeries

@Suite struct StreamingTests {
  private static let pieces = 32 * 1024

  /// A matrix with floats, histograms, and both in one series.
  private static func result(series: Int, points: Int) -> QueryResult {
    var histogram = NativeHistogram()
    histogram.count = 2
    histogram.sum = 3.5
    histogram.positiveSpans = [BucketSpan(offset: 0, length: 1)]
    histogram.positiveBuckets = [2]
    return QueryResult(
      value: .matrix(
        (0..<series).map { number in
          MatrixSeries(
            labels: Labels(["__name__": "m", "n": "\(number)"]),
            points: (0..<points).map { step in
              let isHistogram = number % 3 == 2 || number % 3 == 1 && step % 2 == 0
              return Point(
                timestamp: Int64(step) * 1_000,
                value: isHistogram ? .histogram(histogram) : .float(Double(step) / 7))
            })
        }))
  }

  @Test(arguments: [1, 10, 100, 1_000, 100_000])
  func piecesTogetherAreTheWhole(size: Int) {
    let result = Self.result(series: 7, points: 40)
    var encoder = QueryResultEncoder(result)
    var whole: [UInt8] = []
    var piece = JSONBytes()
    var isMore = true
    while isMore {
      isMore = encoder.append(to: &piece, until: size)
      // One label set or one histogram more than asked for.
      #expect(piece.count < size + 200)
      whole += piece.bytes
      piece.removeAll()
    }
    #expect(whole == result.encodedJSON())
    #expect((try? JSONSerialization.jsonObject(with: Data(whole))) != nil)
  }

  @Test func listsAreCutWhereTheyArePutTogether() {
    var list = ListData(["a", "b", "c"], limit: 2) { $0.string($1) }
    var text = JSONBytes()
    #expect(list.append(to: &text, until: 1))
    #expect(!list.append(to: &text, until: 100))
    #expect(String(decoding: text.bytes, as: UTF8.self) == #"["a","b"]"#)
    var empty = ListData([String]()) { $0.string($1) }
    text.removeAll()
    #expect(!empty.append(to: &text, until: 1))
    #expect(String(decoding: text.bytes, as: UTF8.self) == "[]")
  }

  private static func fill(_ fixture: ServerFixture, series: Int) throws {
    let now = Samples.now.milliseconds
    try fixture.store.append(
      (0..<series).map { (Labels(["__name__": "many", "number": "\($0)", "job": "node"]), now, Double($0) / 3) },
      now: now)
  }

  @Test(arguments: Way.allCases)
  func sendsLargeAnswersInPiecesAndSmallOnesInOne(way: Way) async throws {
    let fixture = ServerFixture()
    try Self.fill(fixture, series: 5_000)
    try await fixture.test(way) { server async throws in
      let small = try await server.get("/api/v1/query?query=count(many)")
      #expect(small.headers[.contentLength] == "\(small.text.utf8.count)")
      for (uri, count) in [("query?query=many", 5_000), ("series?match[]=many", 5_000), ("label/number/values", 5_000)]
      {
        let large = try await server.get("/api/v1/\(uri)")
        #expect(large.status == 200)
        #expect(large.headers[.contentLength] == nil, "\(uri)")
        #expect(large.text.utf8.count > Self.pieces)
        let answer = try #require(
          try JSONSerialization.jsonObject(with: Data(large.text.utf8)) as? [String: Any], "\(uri)")
        #expect(answer["status"] as? String == "success")
        let list = answer["data"] as? [Any] ?? (answer["data"] as? [String: Any])?["result"] as? [Any]
        #expect(list?.count == count, "\(uri)")
      }
      let cut = try await server.get("/api/v1/query?query=many&limit=4000")
      #expect(cut.text.hasSuffix(#"],"warnings":["results truncated due to limit"]}"#.dropFirst(1)))
      #expect(try await server.get("/-/healthy").status == 200)
    }
  }

  @Test(arguments: Way.allCases)
  func compressesLargeAnswersForThoseWhoTakeIt(way: Way) async throws {
    var fixture = ServerFixture()
    fixture.parts.exporters["/exporters/large"] = { _ in Array(String(repeating: "one 1\n", count: 2_000).utf8) }
    try Self.fill(fixture, series: 2_000)
    try await fixture.test(way) { server async throws in
      for uri in [
        "/api/v1/query?query=many", "/api/v1/series?match[]=many", "/exporters/large", "/federate?match[]=many",
      ] {
        let plain = try await server.get(uri)
        #expect(plain.headers[.contentEncoding] == nil)
        #expect(plain.headers[.vary] == "Accept-Encoding", "\(uri)")
        let packed = try await server.call(.get, uri, headers: [.acceptEncoding: "br, gzip;q=0.8"])
        #expect(packed.headers[.contentEncoding] == "gzip", "\(uri)")
        #expect(packed.bytes.count < plain.bytes.count / 2, "\(uri)")
        let text = String(decoding: try Gunzip.bytes(packed.bytes), as: UTF8.self)
        #expect(text == plain.text, "\(uri)")
      }
      let small = try await server.call(.get, "/api/v1/query?query=1", headers: [.acceptEncoding: "gzip"])
      #expect(small.headers[.contentEncoding] == nil)
      let refused = try await server.call(.get, "/exporters/large", headers: [.acceptEncoding: "gzip;q=0, *"])
      #expect(refused.headers[.contentEncoding] == nil)
    }
  }

  @Test(arguments: [
    ("gzip", true), ("GZIP", true), ("deflate, gzip", true), ("gzip;q=0.5", true), ("*", true), ("", false),
    ("gzip;q=0", false), ("gzip; q=0.0, *", false), ("br", false), ("identity", false), ("*;q=0", false),
  ])
  func readsWhatAClientTakes(field: String, takes: Bool) {
    #expect(Compression.takesGzip([field]) == takes)
  }

  @Test func aCompressedStreamIsOneMemberWhateverItsPieces() throws {
    let stream = try GzipStream()
    var packed: [UInt8] = []
    var plain: [UInt8] = []
    for number in 0..<200 {
      let piece = Array(String(repeating: "\(number) ", count: number * 3).utf8)
      plain += piece
      packed += Array(try stream.compress(ByteBuffer(bytes: piece)).readableBytesView)
    }
    packed += Array(try stream.compress(ByteBuffer(), isLast: true).readableBytesView)
    #expect(try Gunzip.bytes(packed) == plain)
  }
}
