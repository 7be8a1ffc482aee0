import API
import HTTPTypes
import Model
import RemoteWrite
import Testing
import TimeSeries

@Suite struct WriteRouteTests {
  private static let now = Samples.now.milliseconds

  @Test(arguments: Way.allCases)
  func storesAGoodRequestAndTellsTheLoop(way: Way) async throws {
    let fixture = ServerFixture()
    try await fixture.test(way) { server async throws in
      let answer = try await server.write(WireBytes.body(3, at: Self.now))
      #expect(answer.status == 204)
      #expect(answer.text.isEmpty)
      let query = try await server.get("/api/v1/query?query=sum(load)")
      #expect(query.text.contains(#""value":[1772352000.250,"3"]"#), "\(query.text)")
    }
    #expect(fixture.arrivals.count == 1)
  }

  struct Refusal: Sendable {
    var name: String
    var body: [UInt8]
    var type = "application/x-protobuf"
    var encoding = "snappy"
    var status: Int
    var text: String
  }

  private static let refusals: [Refusal] = [
    Refusal(name: "no snappy", body: Array("hello".utf8), status: 400, text: "snappy"),
    Refusal(name: "empty body", body: [], status: 400, text: "snappy"),
    Refusal(
      name: "truncated", body: Array(WireBytes.body(100, at: now).dropLast(20)), status: 400, text: "not valid snappy"),
    Refusal(
      name: "no message", body: WireBytes.snappy(Array("this is no message".utf8)), status: 400,
      text: "not a well-formed prometheus.WriteRequest"),
    Refusal(
      name: "bomb", body: WireBytes.varint(0xffff_ffff) + [0, 0, 0], status: 413, text: "max_uncompressed_bytes"),
    Refusal(name: "10,000 labels", body: WireBytes.labels(10_000, at: now), status: 400, text: "max_labels_per_series"),
    Refusal(name: "not UTF-8", body: WireBytes.invalidText(at: now), status: 400, text: "not valid UTF-8"),
    Refusal(
      name: "JSON", body: Array("{}".utf8), type: "application/json", status: 415, text: "application/x-protobuf"),
    Refusal(name: "gzip", body: [1], encoding: "gzip", status: 415, text: "snappy in block format"),
    Refusal(
      name: "unknown message", body: [1], type: "application/x-protobuf;proto=io.example.V9", status: 415,
      text: "prometheus.WriteRequest"),
  ]

  /// Every bad request gets its status and a sentence, and the server answers the next good one.
  @Test(arguments: Way.allCases)
  func refusesBadRequestsWithAHelpfulSentenceAndLivesOn(way: Way) async throws {
    let fixture = ServerFixture()
    try await fixture.test(way) { server async throws in
      for refusal in Self.refusals {
        let answer = try await server.write(refusal.body, type: refusal.type, encoding: refusal.encoding)
        #expect(answer.status == refusal.status, "\(refusal.name)")
        #expect(answer.text.contains(refusal.text), "\(refusal.name): \(answer.text)")
        #expect(answer.type == "text/plain; charset=utf-8")
        #expect(fixture.store.statistics.series == 0, "\(refusal.name)")
      }
      #expect(try await server.write(WireBytes.body(1, at: Self.now)).status == 204)
    }
    #expect(fixture.arrivals.count == 1)
  }

  @Test(arguments: Way.allCases)
  func answersEveryDamagedBodyAndLivesOn(way: Way) async throws {
    let good = WireBytes.body(200, at: Self.now)
    let fixture = ServerFixture()
    try await fixture.test(way) { server async throws in
      var generator = SeededGenerator(seed: 20_260_301)
      for _ in 0..<150 {
        var body = good
        if Bool.random(using: &generator) {
          body.removeLast(Int.random(in: 1..<body.count, using: &generator))
        }
        for _ in 0..<Int.random(in: 1...8, using: &generator) {
          body[Int.random(in: 0..<body.count, using: &generator)] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
        }
        let status = try await server.write(body).status
        #expect([204, 400, 413].contains(status))
      }
      #expect(try await server.write(good).status == 204)
      #expect(try await server.get("/-/healthy").status == 200)
    }
  }

  @Test(arguments: Way.allCases)
  func refusesABodyLargerThanTheLimitAndNamesTheKey(way: Way) async throws {
    var limits = StoreLimits()
    limits.bodyBytes = 1_000
    let fixture = ServerFixture(limits)
    try await fixture.test(way) { server async throws in
      let answer = try await server.write([UInt8](repeating: 7, count: 200_000))
      #expect(answer.status == 413)
      #expect(answer.text.contains("poolkeeper.metrics.max_body_bytes"))
      // The rest of the body was read past: the connection serves the next request.
      #expect(try await server.write(WireBytes.body(1, at: Self.now)).status == 204)
    }
  }

  @Test func putsSendersOffWithRetryAfterWhenMemoryIsExhausted() async throws {
    var limits = StoreLimits()
    limits.memoryBytes = -1
    try await ServerFixture(limits).test(.inProcess) { server async throws in
      let answer = try await server.write(WireBytes.body(1, at: Self.now))
      #expect(answer.status == 503)
      #expect(answer.headers[HTTPField.Name("Retry-After")!] == "30")
      #expect(answer.text.contains("max_memory_bytes"))
    }
  }

  @Test func keepsTheGoodSamplesOfARequestWithBadOnes() async throws {
    let fixture = ServerFixture()
    let mixed: [RemoteWriteEncoder.Series] = [
      (labels: Labels(["__name__": "good"]), samples: [(timestamp: Self.now, value: 1)]),
      (labels: Labels(["job": "nameless"]), samples: [(timestamp: Self.now, value: 1)]),
    ]
    try await fixture.test(.inProcess) { server async throws in
      let answer = try await server.write(RemoteWriteEncoder.body(mixed))
      #expect(answer.status == 400)
      #expect(answer.text.contains("1 stored"))
    }
    #expect(fixture.store.statistics.series == 1)
    #expect(fixture.arrivals.count == 1)
  }

  /// 2.0 senders learn from the counts what was stored, whatever the status.
  @Test(arguments: [[UInt8](repeating: 1, count: 2_000), [1, 2, 3]])
  func answersVersion2WithItsCountsAlsoWhenItRefuses(body: [UInt8]) async throws {
    var limits = StoreLimits()
    limits.bodyBytes = 1_000
    try await ServerFixture(limits).test(.inProcess) { server async throws in
      let answer = try await server.write(body, type: "application/x-protobuf;proto=io.prometheus.write.v2.Request")
      #expect(answer.status == (body.count > 1_000 ? 413 : 400))
      #expect(answer.headers[HTTPField.Name("X-Prometheus-Remote-Write-Samples-Written")!] == "0")
    }
  }
}
