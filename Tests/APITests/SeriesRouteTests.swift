@testable import API
import Foundation
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
      let expected = #"["C:\\dir\n\"x\"\u0001"]"#
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
        ("targets", #"{"activeTargets":[],"droppedTargets":[]}"#), ("targets/metadata", "[]"),
        ("scrape_pools", #"{"scrapePools":[]}"#),
        ("alertmanagers", #"{"activeAlertmanagers":[],"droppedAlertmanagers":[]}"#),
        ("status/config", #"{"yaml":"global: {}\n"}"#),
        ("status/walreplay", #"{"current":0,"max":0,"min":0,"state":"done"}"#),
        (
          "status/flags",
          #"{"query.lookback-delta":"5m","query.max-concurrency":"\#(max(2, ProcessInfo.processInfo.activeProcessorCount))","#
            + #""query.max-samples":"50000000","query.timeout":"30s","storage.tsdb.out-of-order-time-window":"0s","#
            + #""storage.tsdb.retention.time":"1d","web.enable-admin-api":"false","web.enable-lifecycle":"false","#
            + #""web.enable-remote-write-receiver":"true"}"#
        ),
        ("format_query?query=sum(up)by(job)", #""sum by (job) (up)""#),
        ("query_exemplars?query=up", "[]"),
      ]
      for (uri, data) in table {
        #expect(try await server.get("/api/v1/\(uri)").text == #"{"status":"success","data":\#(data)}"#, "\(uri)")
      }
    }
  }

  @Test func tellsWhereSeriesComeFrom() async throws {
    let fixture = ServerFixture()
    try fixture.fill()
    try await fixture.test(.inProcess) { server async throws in
      let answer = try await server.get("/api/v1/status/tsdb")
      let now = Samples.now.milliseconds
      #expect(
        answer.text
          == #"{"status":"success","data":{"headStats":{"numSeries":3,"numLabelPairs":4,"chunkCount":3,"#
          + #""minTime":\#(now - 540_000),"maxTime":\#(now)},"#
          + #""seriesCountByMetricName":[{"name":"up","value":2},{"name":"requests_total","value":1}],"#
          + #""labelValueCountByLabelName":[{"name":"__name__","value":2},{"name":"job","value":2}],"#
          + #""memoryInBytesByLabelName":[{"name":"__name__","value":16},{"name":"job","value":8}],"#
          + #""seriesCountByLabelValuePair":[{"name":"__name__=up","value":2},{"name":"job=node","value":2},"#
          + #"{"name":"__name__=requests_total","value":1}]}}"#)
      #expect(
        try await server.get("/api/v1/status/tsdb?limit=1").text.contains(
          #""seriesCountByMetricName":[{"name":"up","value":2}],"#))
    }
  }

  @Test func handsTheNewestSamplesToAnotherPrometheus() async throws {
    let fixture = ServerFixture()
    try fixture.fill()
    let now = Samples.now.milliseconds
    try fixture.store.append(
      [
        (Labels(["__name__": "old"]), now - 400_000, 1), (Labels(["__name__": "ended"]), now, .staleMarker),
        (Labels(["__name__": "my.metric", "the.path": "C:\\\"\n", "instance": "a"]), now, 0.5),
      ], now: now)
    try await fixture.test(.inProcess) { server async throws in
      let answer = try await server.get("/federate?match[]=%7B__name__%21%3D%22%22%7D&match[]=up")
      #expect(answer.type == "text/plain; version=0.0.4; charset=utf-8")
      #expect(
        answer.text == """
          # TYPE "my.metric" untyped
          {"my.metric",instance="a","the.path"="C:\\\\\\"\\n"} 0.5 \(now)
          # TYPE requests_total untyped
          requests_total{job="node",instance=""} 600 \(now)
          # TYPE up untyped
          up{job="kube",instance=""} 0 \(now)
          up{job="node",instance=""} 1 \(now)

          """)
      #expect(try await server.get("/federate").status == 400)
    }
  }

  @Test func showsTriggersAsAlertingRules() async throws {
    let fixture = ServerFixture()
    let names: [TriggerName] = ["burst/cpu_pressure", "burst/pending_pods", "burst/queue"]
    fixture.operations.change { state in
      state.policy.triggers = names.map {
        Trigger(name: $0, pool: "burst", kind: .custom, expression: "load", threshold: 88, hold: .seconds(300))
      }
      var report = Samples.report
      report.triggers = zip(names, [TriggerState.Phase.firing, .inactive, .unknown]).map { name, phase in
        var trigger = TriggerState(phase: phase, since: Samples.now)
        trigger.trueSince = Samples.start
        trigger.lastReading = Reading(value: 97.5, at: Samples.now)
        return TriggerReport(trigger: name, pool: "burst", state: trigger, threshold: 88, reason: Samples.reason)
      }
      state.report = report
    }
    try await fixture.test(.inProcess) { server async throws in
      let alert =
        #"{"activeAt":"2026-03-01T07:00:00.000Z","annotations":{"summary":"3 pods wait for 4 cores."},"#
        + #""labels":{"alertname":"burst/cpu_pressure","pool":"burst"},"state":"firing","value":"97.5"}"#
      #expect(
        try await server.get("/api/v1/alerts").text == #"{"status":"success","data":{"alerts":[\#(alert)]}}"#)
      let rules = try await server.get("/api/v1/rules").text
      #expect(rules.contains(alert))
      #expect(rules.contains(#""query":"(load) >= 88""#))
      #expect(rules.contains(#""duration":300,"#))
      #expect(rules.contains(#""labels":{"pool":"burst"},"lastError":"3 pods wait"#))
      for (filter, contains) in [
        ("type=alert", true), ("type=record", false), ("rule_group[]=burst", true), ("rule_group[]=spot", false),
        ("rule_name[]=burst/cpu_pressure", true), ("rule_name[]=burst/queue", false), ("file[]=other", false),
        ("exclude_alerts=true", true),
      ] {
        let answer = try await server.get("/api/v1/rules?\(filter)").text
        #expect(answer.contains(#""name":"burst\/cpu_pressure""#.replacing("\\/", with: "/")) == contains, "\(filter)")
        #expect(answer.contains(alert) == (contains && filter != "exclude_alerts=true"), "\(filter)")
      }
    }
  }
}
