import Foundation
import Model
import Testing

@testable import Notifications

/// What each kind of receiver gets, byte for byte.
@Suite struct MessageBodyTests {
  static let message: NotificationMessage = {
    var message = NotificationMessage(
      .budget, code: "budget_threshold", status: .firing, severity: .warning, title: "Budget burst: 80 % used",
      sentence: "The workers of pool burst cost 400 USD so far, 80 % or more of the cap of 500 USD.")
    message.key = "prod-k8s-7-1772352000250"
    message.cluster = "prod-k8s"
    message.subject = "budget"
    message.name = "burst"
    message.at = Instant(rfc3339: "2026-03-01T08:00:00.250Z")!
    message.endsAt = Instant(rfc3339: "2026-04-01T00:00:00Z")!
    message.data = ["cap": "500", "threshold_percent": "80"]
    return message
  }()

  private func text(_ message: NotificationMessage, _ format: ReceiverSettings.Format) -> String {
    String(decoding: MessageBody.bytes(message, as: format), as: UTF8.self)
  }

  @Test func jsonHasEveryPart() {
    #expect(
      text(Self.message, .json) == """
        {"at":"2026-03-01T08:00:00.250Z","cluster":"prod-k8s","code":"budget_threshold",\
        "data":{"cap":"500","threshold_percent":"80"},"ends_at":"2026-04-01T00:00:00.000Z","event":"budget",\
        "key":"prod-k8s-7-1772352000250","name":"burst","severity":"warning","status":"firing","subject":"budget",\
        "text":"The workers of pool burst cost 400 USD so far, 80 % or more of the cap of 500 USD.",\
        "title":"Budget burst: 80 % used","version":1}
        """)
  }

  @Test func slackGetsOneTextWithItsCharactersEscaped() {
    var message = Self.message
    message.title = "a < b & c > d"
    #expect(
      text(message, .slack) == """
        {"text":":warning: *a &lt; b &amp; c &gt; d* (prod-k8s)\\nThe workers of pool burst cost 400 USD so far, 80 % or \
        more of the cap of 500 USD."}
        """)
    message.status = .resolved
    #expect(text(message, .slack).contains(":white_check_mark: Over: *a"))
  }

  @Test func slackTextsAreCutToWhatSlackShows() {
    var message = Self.message
    message.sentence = String(repeating: "ä", count: 5_000)
    let text = MessageBody.slackText(message)
    #expect(text.utf8.count <= MessageBody.slackBytes)
    #expect(text.hasSuffix("ä …"))
  }

  @Test func anAlertAndItsEndHaveTheSameLabels() throws {
    let firing = try alert(Self.message)
    #expect(
      firing.labels == [
        "alertname": "PoolkeeperBudgetThreshold", "cluster": "prod-k8s", "event": "budget", "name": "burst",
        "severity": "warning", "source": "poolkeeper", "subject": "budget", "threshold_percent": "80",
      ])
    #expect(firing.annotations["summary"] == "Budget burst: 80 % used")
    #expect(firing.startsAt == "2026-03-01T08:00:00.250Z")
    #expect(firing.endsAt == "2026-04-01T00:00:00.000Z")
    var over = Self.message
    over.key = "prod-k8s-8-1"
    over.status = .resolved
    over.endsAt = over.at.advanced(by: .hours(2))
    let resolved = try alert(over)
    #expect(resolved.labels == firing.labels)
    #expect(resolved.startsAt == firing.startsAt)
    #expect(resolved.endsAt == "2026-03-01T10:00:00.250Z")
  }

  @Test func whatHasMerelyHappenedIsAnAlertOfItsOwnForAnHour() throws {
    var message = Self.message
    message.status = .happened
    message.endsAt = nil
    message.data = [:]
    message.name = ""
    let alert = try alert(message)
    #expect(alert.labels["key"] == "prod-k8s-7-1772352000250")
    #expect(alert.labels["name"] == nil, "Alertmanager refuses empty labels")
    #expect(alert.endsAt == "2026-03-01T09:00:00.250Z")
  }

  private struct Alert: Decodable {
    var labels: [String: String]
    var annotations: [String: String]
    var startsAt: String
    var endsAt: String
  }

  private func alert(_ message: NotificationMessage) throws -> Alert {
    let alerts = try JSONDecoder().decode(
      [Alert].self, from: Data(MessageBody.bytes(message, as: .alertmanager)))
    return try #require(alerts.first)
  }
}
