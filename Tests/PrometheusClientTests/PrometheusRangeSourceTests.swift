import HTTPTypes
import Model
import Ports
import PrometheusClient
import Testing

@Suite struct PrometheusRangeSourceTests {
  private static let start = Instant(rfc3339: "2026-03-01T00:00:00Z")!

  private static func matrix(_ elements: String) -> ServerDouble.Reply {
    ServerDouble.Reply(text: #"{"status":"success","data":{"resultType":"matrix","result":[\#(elements)]}}"#)
  }

  @Test func asksInPiecesThatServersAcceptAndJoinsThem() async throws {
    let server = ServerDouble(Self.matrix(#"{"metric":{"a":"1"},"values":[[1772323200,"2"],[1772323260.5,"+Inf"]]}"#))
    let end = Self.start.advanced(by: .seconds(60 * 11_000))
    try await server.run { url async throws in
      var settings = PrometheusSettings(url: url)
      settings.tenant = "team-a"
      settings.credentials = .bearer(.text("hush"))
      let series = try await PrometheusRangeSource(settings).range(
        "sum(up)", from: Self.start, through: end, step: .seconds(60), freshWithin: nil)
      #expect(series.map(\.labels) == [["a": "1"]])
      #expect(series.first?.points.count == 4)
      #expect(series.first?.points.prefix(2).map(\.value) == [2, .infinity])
      #expect(
        series.first?.points.prefix(2).map(\.at.milliseconds) == [1_772_323_200_000, 1_772_323_260_500])
    }
    let asked = server.asked
    #expect(asked.map(\.path) == ["/api/v1/query_range", "/api/v1/query_range"])
    #expect(asked.map { $0.form["query"] } == ["sum(up)", "sum(up)"])
    #expect(asked.map { $0.form["start"] } == ["1772323200", "1772983200"])
    #expect(asked.map { $0.form["end"] } == ["1772983140", "1772983200"])
    #expect(asked.allSatisfy { $0.form["step"] == "60" && $0.form["lookback_delta"] == "5m" })
    #expect(asked.allSatisfy { $0.headers[.authorization] == "Bearer hush" })
  }

  @Test func putsTheConditionOfTriggersOnAnExpression() async throws {
    let server = ServerDouble(Self.matrix(""))
    try await server.run { url async throws in
      let source = PrometheusRangeSource(PrometheusSettings(url: url))
      let found = try await source.range(
        "a + a", from: Self.start, through: Self.start, step: .seconds(30), freshWithin: .seconds(60))
      #expect(found.isEmpty)
    }
    #expect(server.asked.first?.form["query"] == "(a + a\n) and on () (count(last_over_time(a[1m])))")
    #expect(server.asked.first?.form["lookback_delta"] == "1m")
  }

  /// What asking for less may help against is told apart from what it cannot.
  @Test(arguments: [
    (ServerDouble.Reply.failure(.unprocessableContent, "too many samples"), "too many samples"),
    (.failure(.serviceUnavailable, "query timed out"), "timed out"),
    (ServerDouble.Reply(text: String(repeating: " ", count: 3_000)), "longer than 2048"),
  ])
  func saysWhenLessMayBePossible(reply: ServerDouble.Reply, words: String) async throws {
    let server = ServerDouble(reply)
    try await server.run { url async throws in
      var settings = PrometheusSettings(url: url)
      settings.maximumAnswerBytes = 2_048
      let source = PrometheusRangeSource(settings)
      let error = await #expect(throws: RangeTooLarge.self) {
        try await source.range("up", from: Self.start, through: Self.start, step: .seconds(1), freshWithin: nil)
      }
      #expect(error?.description.contains(words) == true, "\(error?.description ?? "")")
    }
  }

  @Test(arguments: [
    (ServerDouble.Reply.failure(.badRequest, "parse error"), PortError.Code.invalid, "parse error"),
    (.failure(.unauthorized, "who is Bearer hush"), .forbidden, "credentials"),
    (.failure(.notFound, "no"), .notFound, "path"), (.number("1"), .failed, "vector where a matrix"),
    (
      ServerDouble.Reply(text: #"{"status":"success","isPartial":true,"data":{"resultType":"matrix","result":[]}}"#),
      .failed, "part"
    ), (.broken, .unreachable, "no answer"),
  ])
  func refusesEveryAnswerThatIsNotAWholeOne(
    reply: ServerDouble.Reply, code: PortError.Code, words: String
  ) async throws {
    let server = ServerDouble(reply)
    try await server.run { url async throws in
      var settings = PrometheusSettings(url: url)
      settings.credentials = .bearer(.text("hush"))
      let source = PrometheusRangeSource(settings)
      let error = await #expect(throws: PortError.self) {
        try await source.range("up", from: Self.start, through: Self.start, step: .seconds(1), freshWithin: nil)
      }
      #expect(error?.code == code)
      #expect(error?.message.contains(words) == true, "\(error?.message ?? "")")
      #expect(error?.message.contains("hush") == false)
    }
  }

  private struct Stretch {
    var start: Int64
    var end: Int64
    var step: Int64 = 60
    var most = 5
    var pieces: [[Int64]]
  }

  private static let stretches: [Stretch] = [
    Stretch(start: 0, end: 0, pieces: [[0, 0]]),
    Stretch(start: 0, end: 600, pieces: [[0, 240], [300, 540], [600, 600]]),
    Stretch(start: 0, end: 599, pieces: [[0, 240], [300, 540]]),
    Stretch(start: 0, end: 20, step: 7, most: 1, pieces: [[0, 0], [7, 7], [14, 14]]),
    Stretch(start: 10, end: 0, pieces: []),
  ]

  @Test(arguments: stretches.indices) func piecesHaveEveryStepOnce(number: Int) {
    let stretch = Self.stretches[number]
    let (start, end, step, most) = (stretch.start, stretch.end, stretch.step, stretch.most)
    let found = RangePieces.of(
      Instant(seconds: start), through: Instant(seconds: end), step: .seconds(step), mostPoints: most)
    #expect(found.map { [$0.start.milliseconds / 1000, $0.end.milliseconds / 1000] } == stretch.pieces)
    let steps = found.flatMap {
      stride(from: $0.start.milliseconds, through: $0.end.milliseconds, by: Int(step) * 1000)
    }
    #expect(steps == Array(stride(from: start * 1000, through: end * 1000, by: Int(step) * 1000)))
  }
}
