@testable import API
import HTTPTypes
import Model
import RemoteWrite
import Testing
import TimeSeries

@Suite struct SeriesRouteTests {
  @Test(arguments: Way.allCases)
  func listsSeriesLabelsAndValues(way: Way) async throws {
    let fixture = ServerFixture()
    try fixture.fill()
    try await fixture.test(way) { server async throws in
      let table = [
        ("series?match[]=up", #"[{"__name__":"up","job":"kube"},{"__name__":"up","job":"node"}]"#),
        ("series?match%5B%5D=up%7Bjob%3D%22node%22%7D", #"[{"__name__":"up","job":"node"}]"#),
        (
          "series?match[]=requests_total&match[]=up%7Bjob=%22kube%22%7D",
          #"[{"__name__":"requests_total","job":"node"},{"__name__":"up","job":"kube"}]"#
        ),
        ("series?match[]=up&end=2026-03-01T07:00:00Z", "[]"),
        ("labels", #"["__name__","job"]"#),
        ("labels?match[]=nothing", "[]"),
        ("label/job/values", #"["kube","node"]"#),
        ("label/job/values?match[]=requests_total", #"["node"]"#),
        ("label/%6Aob/values", #"["kube","node"]"#),
        ("label/nothing/values", "[]"),
      ]
      for (uri, data) in table {
        let answer = try await server.get("/api/v1/\(uri)")
        #expect(answer.status == 200)
        #expect(answer.text == #"{"status":"success","data":\#(data)}"#, "\(uri)")
      }
      for path in ["series", "labels"] {
        let form = try await server.form("/api/v1/\(path)", "match%5B%5D=up")
        #expect(form.text == (try await server.get("/api/v1/\(path)?match[]=up").text))
      }
    }
  }

  /// Two labels that people read as the same letter are two labels; keys of one JSON object all the same.
  @Test func keepsLabelsApartThatOnlyDifferInTheirBytes() async throws {
    let composed = "caf\u{e9}"
    let decomposed = "cafe\u{301}"
    let fixture = ServerFixture()
    let labels = Labels(sortedUnique: [
      Label(name: "__name__", value: "twins"), Label(name: decomposed, value: "2"), Label(name: composed, value: "1"),
    ])
    let body = RemoteWriteEncoder.body([(labels: labels, samples: [(timestamp: Samples.now.milliseconds, value: 1)])])
    try await fixture.test(.inProcess) { server async throws in
      #expect(try await server.write(body).status == 204)
      let series = try await server.get("/api/v1/series?match[]=twins")
      let expected = #"{"status":"success","data":[{"__name__":"twins","\#(decomposed)":"2","\#(composed)":"1"}]}"#
      #expect(Array(series.text.utf8) == Array(expected.utf8))
      #expect(try await server.get("/api/v1/labels").status == 200)
      #expect(try await server.get("/-/healthy").status == 200)
    }
  }

  @Test func escapesTextsOfSenders() async throws {
    let fixture = ServerFixture()
    try fixture.store.append(
      [(Labels(["__name__": "odd", "path": "C:\\dir\n\"x\"\u{1}"]), Samples.now.milliseconds, 1)],
      now: Samples.now.milliseconds)
    try await fixture.test(.inProcess) { server async throws in
      let expected = #"["C:\\dir\u000a\"x\"\u0001"]"#
      #expect(try await server.get("/api/v1/label/path/values").text.contains(expected))
    }
  }

  @Test(arguments: [
    ("job", "job"), ("U__my_2e_label", "my.label"), ("U__a__b", "a_b"), ("U__snow_2603_", "snow\u{2603}"),
    ("U__broken_zz_", "U__broken_zz_"), ("U__open_2e", "U__open_2e"), ("U__", ""),
    ("U__big_1234567_", "U__big_1234567_"),
  ])
  func undoesPrometheussSpellingOfLabelNames(name: String, plain: String) {
    #expect(LabelEscape.undone(name) == plain)
  }

  @Test func tellsMetadataByFamily() async throws {
    let fixture = ServerFixture()
    let metadata = [
      MetricMetadata(family: "up", kind: .gauge, help: "1 for a target that answers.", unit: ""),
      MetricMetadata(family: "http_requests", kind: .counter, help: "Requests.", unit: "requests"),
    ]
    let series = WireBytes.series(1, at: Samples.now.milliseconds)
    try await fixture.test(.inProcess) { server async throws in
      #expect(try await server.write(RemoteWriteEncoder.body(series, metadata: metadata)).status == 204)
      let up = #""up":[{"type":"gauge","help":"1 for a target that answers.","unit":""}]"#
      let requests = #""http_requests":[{"type":"counter","help":"Requests.","unit":"requests"}]"#
      #expect(
        try await server.get("/api/v1/metadata").text == #"{"status":"success","data":{\#(requests),\#(up)}}"#)
      #expect(
        try await server.get("/api/v1/metadata?metric=up").text == #"{"status":"success","data":{\#(up)}}"#)
      #expect(
        try await server.get("/api/v1/metadata?limit=1").text == #"{"status":"success","data":{\#(requests)}}"#)
      #expect(
        try await server.get("/api/v1/metadata?metric=none").text == #"{"status":"success","data":{}}"#)
    }
  }

  @Test func answersWhatGrafanaAsksAboutTheServer() async throws {
    try await ServerFixture().test(.inProcess) { server async throws in
      let table = [
        (
          "status/buildinfo",
          #"{"application":"poolkeeper","branch":"","buildDate":"","buildUser":"","goVersion":"","poolkeeperVersion":"1.2.3","revision":"","version":"3.0.0"}"#
        ),
        (
          "status/runtimeinfo",
          #"{"serverTime":"2026-03-01T08:00:00.250Z","startTime":"2026-03-01T07:00:00.000Z","storageRetention":"1d"}"#
        ),
        ("rules", #"{"groups":[]}"#), ("alerts", #"{"alerts":[]}"#),
        ("format_query?query=sum(up)by(job)", #""sum by (job) (up)""#),
        ("query_exemplars?query=up", "[]"),
      ]
      for (uri, data) in table {
        #expect(try await server.get("/api/v1/\(uri)").text == #"{"status":"success","data":\#(data)}"#, "\(uri)")
      }
    }
  }
}
