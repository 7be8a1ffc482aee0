import API
import Foundation
import HTTPTypes
import Testing
import TimeSeries

@Suite struct QueryRouteTests {
  /// Seconds of the last sample.
  private static let now = "1772352000.25"

  @Test(arguments: Way.allCases)
  func answersInstantQueriesByGetAndByForm(way: Way) async throws {
    let fixture = ServerFixture()
    try fixture.fill()
    let expected =
      #"{"status":"success","data":{"resultType":"vector","result":[{"metric":{"__name__":"up","job":"node"},"value":[1772352000.250,"1"]}]}}"#
    try await fixture.test(way) { server async throws in
      let calls = [
        try await server.get("/api/v1/query?query=up%7Bjob%3D%22node%22%7D"),
        try await server.get("/api/v1/query?query=up%7Bjob%3D%22node%22%7D&time=\(Self.now)"),
        try await server.get("/api/v1/query?query=up%7Bjob%3D%22node%22%7D&time=2026-03-01T08:00:00.25Z"),
        try await server.get("/api/v1/query?query=up%7Bjob%3D%22node%22%7D&time=2026-03-01T10:00:00.25%2B02:00"),
        try await server.get("/api/v1/query?%71uery=up%7Bjob%3D%22node%22%7D+and+up"),
        try await server.form("/api/v1/query", "query=up%7Bjob%3D%22node%22%7D&time=\(Self.now)"),
        try await server.form("/api/v1/query?time=\(Self.now)", "query=up%7Bjob=%22node%22%7D++and++up"),
      ]
      for answer in calls {
        #expect(answer.status == 200)
        #expect(answer.type == "application/json")
        #expect(answer.text == expected)
      }
    }
  }

  @Test func writesNumbersThatJSONDoesNotHaveAsTexts() async throws {
    try await ServerFixture().test(.inProcess) { server async throws in
      for (query, value) in [("0/0", "NaN"), ("1/0", "+Inf"), ("-1/0", "-Inf"), ("1.5", "1.5")] {
        let answer = try await server.form("/api/v1/query", "time=10&query=\(query)")
        #expect(answer.text == #"{"status":"success","data":{"resultType":"scalar","result":[10,"\#(value)"]}}"#)
      }
    }
  }

  @Test(arguments: Way.allCases, ["60", "60s", "1m", "0.5m0", "1m0s"])
  func answersRangeQueriesWithTheStepInAnyForm(way: Way, step: String) async throws {
    let fixture = ServerFixture()
    try fixture.fill()
    let parameters = "query=sum(up)&start=2026-03-01T07:58:00.25Z&end=\(Self.now)&step=\(step)"
    try await fixture.test(way) { server async throws in
      for answer in [
        try await server.get("/api/v1/query_range?\(parameters)"),
        try await server.form("/api/v1/query_range", parameters),
      ] {
        if step == "0.5m0" {
          #expect(answer.status == 400)
        } else {
          #expect(
            answer.text
              == #"{"status":"success","data":{"resultType":"matrix","result":[{"metric":{},"values":[[1772351880.250,"1"],[1772351940.250,"1"],[1772352000.250,"1"]]}]}}"#
          )
        }
      }
    }
  }

  struct Mistake: Sendable {
    var uri: String
    var status = 400
    var type = "bad_data"
    var text: String
  }

  private static let mistakes: [Mistake] = [
    Mistake(uri: "/query", text: #"the parameter \"query\" is missing"#),
    Mistake(uri: "/query?query=", text: "is missing"),
    Mistake(uri: "/query?query=up%7B", text: "parse error"),
    Mistake(uri: "/query?query=up&time=yesterday", text: "RFC 3339"),
    Mistake(uri: "/query?query=up&time=NaN", text: "is no time"),
    Mistake(uri: "/query?query=up&time=1e300", text: "is no time"),
    Mistake(uri: "/query?query=up&limit=-1", text: "limit"),
    Mistake(uri: "/query?query=up&limit=many", text: "limit"),
    Mistake(uri: "/query?query=up&lookback_delta=0", text: "lookback_delta"),
    Mistake(uri: "/query?query=%ff", text: "percent-encoded UTF-8"),
    Mistake(uri: "/query?query=up%2", text: "percent-encoded UTF-8"),
    Mistake(uri: "/query?query=up&timeout=0", status: 503, type: "timeout", text: "timed out"),
    Mistake(
      uri: "/query?query=up%20*%20on()%20up", status: 422, type: "execution", text: "many-to-many"),
    Mistake(uri: "/query_range?query=up&start=1&end=2", text: #"\"step\" is missing"#),
    Mistake(uri: "/query_range?query=up&start=1&step=1", text: #"\"end\" is missing"#),
    Mistake(uri: "/query_range?query=up&end=1&step=1", text: #"\"start\" is missing"#),
    Mistake(uri: "/query_range?query=up&start=1&end=2&step=0", text: "step"),
    Mistake(uri: "/query_range?query=up&start=1&end=2&step=-1", text: "step"),
    Mistake(uri: "/query_range?query=up&start=1&end=2&step=soon", text: "1m30s"),
    // Longer than can be counted: an error, not an overflow.
    Mistake(uri: "/query_range?query=up&start=1&end=2&step=999999999y", text: "length of time"),
    Mistake(uri: "/query_range?query=up&start=1&end=2&step=290000000y290000000y", text: "length of time"),
    Mistake(uri: "/query_range?query=up&start=2&end=1&step=1", text: "end timestamp"),
    Mistake(uri: "/query_range?query=up&start=0&end=1000000&step=1", text: "11,000 points"),
    Mistake(uri: "/query_range?query=up%5B5m%5D&start=0&end=1&step=1", text: "range vector"),
    Mistake(uri: "/query?query=sum(", text: #"invalid parameter \"query\": 1:5: parse error"#),
    Mistake(uri: "/format_query?query=up(", text: "parse error"),
    Mistake(uri: "/parse_query?query=up(", text: "parse error"),
    Mistake(uri: "/rules?type=alarm", text: #"invalid parameter \"type\""#),
    Mistake(uri: "/series", text: "match[]"),
    Mistake(uri: "/series?match[]=up%7B", text: "parse error"),
    Mistake(uri: "/series?match[]=up&start=2&end=1", text: "end timestamp"),
    Mistake(uri: "/series?match[]=1", text: "no series selector"),
    Mistake(uri: "/series?match[]=up/up", text: "no series selector"),
    Mistake(uri: "/labels?match[]=up&limit=x", text: "limit"),
    Mistake(uri: "/query_exemplars", text: "is missing"),
    Mistake(uri: "/labels?" + String(repeating: "a=b&", count: 1_001), text: "more than 1000 parameters"),
  ]

  @Test(arguments: Way.allCases)
  func answersMistakesInPrometheussEnvelope(way: Way) async throws {
    let fixture = ServerFixture()
    try fixture.fill()
    try await fixture.test(way) { server async throws in
      for mistake in Self.mistakes {
        let answer = try await server.get("/api/v1\(mistake.uri)")
        #expect(answer.status == mistake.status, "\(mistake.uri)")
        #expect(answer.type == "application/json", "\(mistake.uri)")
        #expect(
          answer.text.contains(#""errorType":"\#(mistake.type)","status":"error"}"#), "\(mistake.uri): \(answer.text)")
        #expect(answer.text.contains(mistake.text), "\(mistake.uri): \(answer.text)")
      }
      #expect(try await server.get("/api/v1/query?query=up").status == 200)
    }
  }

  @Test func refusesFormsThatAreTooLargeOrNoForms() async throws {
    try await ServerFixture().test(.inProcess) { server async throws in
      let large = try await server.form("/api/v1/query", "query=" + String(repeating: "1", count: 1_048_576))
      #expect(large.status == 400)
      #expect(large.text.contains("larger than 1048576 bytes"))
      let json = try await server.post("/api/v1/query", #"{"query":"up"}"#)
      #expect(json.status == 400)
      #expect(json.text.contains("application/x-www-form-urlencoded"))
    }
  }

  @Test func cutsResultsAtTheLimitAndSaysSo() async throws {
    let fixture = ServerFixture()
    try fixture.fill()
    try await fixture.test(.inProcess) { server async throws in
      let cut = try await server.get("/api/v1/query?query=up&limit=1")
      #expect(cut.text.contains(#""job":"kube""#) != cut.text.contains(#""job":"node""#))
      #expect(cut.text.hasSuffix(#","warnings":["results truncated due to limit"]}"#))
      for uri in ["query?query=up&limit=2", "query?query=up&limit=0", "query?query=sum(up)&limit=1"] {
        #expect(!(try await server.get("/api/v1/\(uri)").text.contains("warnings")), "\(uri)")
      }
      let range = try await server.get(
        "/api/v1/query_range?query=up&start=\(Self.now)&end=\(Self.now)&step=1&limit=1")
      #expect(range.text.contains("truncated"))
      #expect(
        try await server.get("/api/v1/labels?limit=1").text
          == #"{"status":"success","data":["__name__"],"warnings":["results truncated due to limit"]}"#)
      #expect(try await server.get("/api/v1/labels?limit=0").text == #"{"status":"success","data":["__name__","job"]}"#)
    }
  }

  @Test func looksBackAsFarAsItIsTold() async throws {
    let fixture = ServerFixture()
    try fixture.fill()
    try await fixture.test(.inProcess) { server async throws in
      let later = "query=count(up)&time=2026-03-01T08:08:00Z"
      #expect(try await server.get("/api/v1/query?\(later)").text.contains(#""result":[]"#))
      #expect(try await server.get("/api/v1/query?\(later)&lookback_delta=10m").text.contains(#""2""#))
    }
  }

  @Test func tellsHowLongAQueryTookWhenAsked() async throws {
    try await ServerFixture().test(.inProcess) { server async throws in
      let answer = try await server.get("/api/v1/query?query=1&stats=all")
      #expect(answer.text.contains(#","stats":{"timings":{"evalTotalTime":"#))
      let body = try JSONSerialization.jsonObject(with: Data(answer.text.utf8)) as? [String: Any]
      let data = body?["data"] as? [String: Any]
      let timings = (data?["stats"] as? [String: Any])?["timings"] as? [String: Double]
      let total = try #require(timings?["execTotalTime"])
      #expect(total >= (timings?["evalTotalTime"] ?? .infinity))
      #expect(!(try await server.get("/api/v1/query?query=1").text.contains("stats")))
    }
  }

  @Test(arguments: [
    ("1", #"{"type":"numberLiteral","val":"1"}"#), ("\"a\"", #"{"type":"stringLiteral","val":"a"}"#),
    (
      "-up{job=~\"a|b\"} offset 5m",
      #"{"type":"unaryExpr","op":"-","expr":{"type":"vectorSelector","name":"up","offset":300000,"#
        + #""matchers":[{"name":"job","value":"a|b","type":"=~"},{"name":"__name__","value":"up","type":"="}],"#
        + #""timestamp":null,"startOrEnd":null}}"#
    ),
    (
      "sum by (job) (rate(up[5m] @ end()))",
      #"{"type":"aggregation","op":"sum","expr":{"type":"call","func":{"name":"rate","argTypes":["matrix"],"#
        + #""variadic":0,"returnType":"vector"},"args":[{"type":"matrixSelector","range":300000,"name":"up","offset":0,"#
        + #""matchers":[{"name":"__name__","value":"up","type":"="}],"timestamp":null,"startOrEnd":"end"}]},"#
        + #""param":null,"grouping":["job"],"without":false}"#
    ),
    (
      "(1 > bool 2)",
      #"{"type":"parenExpr","expr":{"type":"binaryExpr","op":">","lhs":{"type":"numberLiteral","val":"1"},"#
        + #""rhs":{"type":"numberLiteral","val":"2"},"matching":null,"bool":true}}"#
    ),
  ])
  func tellsTheTreeOfAnExpression(query: String, tree: String) async throws {
    try await ServerFixture().test(.inProcess) { server async throws in
      let answer = try await server.form("/api/v1/parse_query", "query=\(query.replacing("+", with: "%2B"))")
      let expected = #"{"status":"success","data":\#(tree)}"#
      let got = try JSONSerialization.jsonObject(with: Data(answer.text.utf8)) as? NSDictionary
      let wanted = try JSONSerialization.jsonObject(with: Data(expected.utf8)) as? NSDictionary
      #expect(got == wanted, "\(answer.text)")
    }
  }

  @Test func countsQueriesByOutcome() async throws {
    let fixture = ServerFixture()
    try await fixture.test(.inProcess) { server async throws in
      for uri in ["query?query=1", "query?query=1", "query?query=up(", "query", "query?query=1&timeout=0"] {
        _ = try await server.get("/api/v1/\(uri)")
      }
      let text = try await server.get("/metrics").text
      for line in [#"outcome="success"} 2"#, #"outcome="bad_data"} 2"#, #"outcome="timeout"} 1"#] {
        #expect(text.contains("poolkeeper_queries_total{" + line), "\(line)")
      }
      #expect(text.contains("poolkeeper_query_duration_seconds_count 5"))
    }
  }
}
