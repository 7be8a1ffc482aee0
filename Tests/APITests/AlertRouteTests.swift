import API
import HTTPTypes
import Model
import Ports
import Testing

/// Alertmanager's webhook.
@Suite struct AlertRouteTests {
  /// As Alertmanager 0.28 sends it.
  private static let message = """
    {"receiver":"poolkeeper","status":"firing","alerts":[
    {"status":"firing","labels":{"alertname":"QueueIsLong","pool":"burst","workers":"2"},
    "annotations":{"summary":"The queue is long."},"startsAt":"2026-03-01T07:59:30.123456789Z",
    "endsAt":"0001-01-01T00:00:00Z","generatorURL":"http://prometheus/graph","fingerprint":"7f3a9c0d12e45b67"},
    {"status":"resolved","labels":{"alertname":"QueueIsLong","queue":"b"},"annotations":{},
    "startsAt":"2026-03-01T07:00:00+01:00","endsAt":"2026-03-01T07:50:00Z","generatorURL":"","fingerprint":"00ff"}],
    "groupLabels":{"alertname":"QueueIsLong"},"commonLabels":{"alertname":"QueueIsLong"},"commonAnnotations":{},
    "externalURL":"http://alertmanager","version":"4","groupKey":"{}:{alertname=\\"QueueIsLong\\"}","truncatedAlerts":0}
    """

  @Test(arguments: Way.allCases)
  func passesAlertsOnAndTellsWhatBecameOfThem(way: Way) async throws {
    let fixture = ServerFixture()
    try await fixture.test(way) { server async throws in
      let answer = try await server.post("/api/v1/alertmanager", Self.message)
      #expect(answer.status == 200)
      #expect(
        answer.text == #"{"firing":1,"ignored":[{"fingerprint":"00ff","reason":"No pool."}],"resolved":1}"#)
    }
    guard case .alerts(let alerts, _) = fixture.operations.calls.first else {
      Issue.record("no alert arrived")
      return
    }
    #expect(alerts.map(\.fingerprint) == ["7f3a9c0d12e45b67", "00ff"])
    #expect(alerts.map(\.isFiring) == [true, false])
    #expect(alerts[0].labels == ["alertname": "QueueIsLong", "pool": "burst", "workers": "2"])
    #expect(alerts[0].startsAt == Instant(rfc3339: "2026-03-01T07:59:30.123Z"))
    #expect(alerts[1].startsAt == Instant(rfc3339: "2026-03-01T06:00:00Z"))
    #expect(alerts[1].endsAt == Instant(rfc3339: "2026-03-01T07:50:00Z"))
  }

  private static let alert = #"{"status":"firing","labels":{},"startsAt":"2026-03-01T08:00:00Z","fingerprint":"a"}"#

  @Test(arguments: [
    ("", "not valid JSON"), ("{}", #"lacks \"version\""#), (#"{"version":"4"}"#, #"lacks \"alerts\""#),
    (#"{"version":"3","alerts":[]}"#, #"\"version\" is \"3\"; messages of version 4 are understood"#),
    (#"{"version":"4","alerts":{}}"#, "/alerts must be a list"),
    (#"{"version":"4","alerts":[{"status":"burning"}]}"#, "/alerts/0/status is not valid"),
    (#"{"version":"4","alerts":[{"status":"firing","labels":{"a":1}}]}"#, "/alerts/0/labels/a must be a text"),
    (#"{"version":"4","alerts":[{"status":"firing","labels":{},"startsAt":"now","fingerprint":"a"}]}"#, "RFC 3339"),
    (
      #"{"version":"4","alerts":[{"status":"firing","labels":{},"startsAt":"2026-03-01T08:00:00Z"}]}"#,
      #"/alerts/0 lacks \"fingerprint\""#
    ),
    (#"{"version":"4","alerts":[{"status":"firing","labels":{},"fingerprint":"a"}]}"#, #"lacks \"startsAt\""#),
    ("{\"version\":\"4\",\"alerts\":[\(Array(repeating: alert, count: 1001).joined(separator: ","))]}", "1001 alerts"),
  ]) func refusesWhatIsNoMessageOfAlertmanager(_ body: String, _ text: String) async throws {
    let fixture = ServerFixture()
    try await fixture.test(.inProcess) { server async throws in
      let answer = try await server.post("/api/v1/alertmanager", body)
      #expect(answer.status == 400, "\(body.prefix(200))")
      #expect(answer.text.contains(text), "\(body.prefix(200)): \(answer.text)")
    }
    #expect(fixture.operations.calls.isEmpty)
  }

  @Test func refusesALargeBodyAndPagesOfOtherOrigins() async throws {
    let fixture = ServerFixture()
    try await fixture.test(.inProcess) { server async throws in
      let large = try await server.post("/api/v1/alertmanager", String(repeating: " ", count: 1_048_577))
      #expect(large.status == 413)
      let foreign = try await server.call(
        .post, "/api/v1/alertmanager", headers: [.origin: "https://evil.example.com"], body: Array(Self.message.utf8))
      #expect(foreign.status == 403)
    }
    #expect(fixture.operations.calls.isEmpty)
  }

  /// Alertmanager sends a message again that was answered with 5xx.
  @Test func aJournalThatCannotBeWrittenAsksForTheMessageAgain() async throws {
    let fixture = ServerFixture()
    fixture.operations.change { $0.failure = PortError(.exhausted, "The disk is full.", operation: "journal.write") }
    try await fixture.test(.inProcess) { server async throws in
      #expect(try await server.post("/api/v1/alertmanager", Self.message).status == 503)
    }
  }
}
