import Foundation
import Model

/// A message in the words of each kind of receiver. The forms are described in `docs/notifications.md`.
enum MessageBody {
  /// The form of the `json` format; it grows by keys only.
  static let version = 1
  /// How long an alert about something that has merely happened stays in an Alertmanager.
  static let happenedStays: Duration = .hours(1)
  /// Bytes of a text for Slack, which cuts longer ones.
  static let slackBytes = 3_000

  static func bytes(_ message: NotificationMessage, as format: ReceiverSettings.Format) -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    let data =
      switch format {
      case .json: try? encoder.encode(Plain(message))
      case .slack: try? encoder.encode(["text": slackText(message)])
      case .alertmanager: try? encoder.encode([Alert(message)])
      }
    // Texts, times and maps of texts always encode.
    return [UInt8](data ?? Data())
  }

  private struct Plain: Encodable {
    var version = MessageBody.version
    var key: String
    var cluster: String
    var event: NotificationKind
    var code: String
    var status: NotificationMessage.Status
    var severity: NotificationMessage.Severity
    var title: String
    var text: String
    var subject: String
    var name: String
    var at: Instant
    var endsAt: Instant?
    var data: [String: String]

    enum CodingKeys: String, CodingKey {
      case version, key, cluster, event, code, status, severity, title, text, subject, name, at, data
      case endsAt = "ends_at"
    }

    init(_ message: NotificationMessage) {
      key = message.key
      cluster = message.cluster
      event = message.kind
      code = message.code
      status = message.status
      severity = message.severity
      title = message.title
      text = message.sentence
      subject = message.subject
      name = message.name
      at = message.at
      endsAt = message.endsAt
      data = message.data
    }
  }

  // MARK: - Slack

  static func slackText(_ message: NotificationMessage) -> String {
    let mark =
      switch (message.status, message.severity) {
      case (.resolved, _): ":white_check_mark: Over:"
      case (_, .critical): ":rotating_light:"
      case (_, .warning): ":warning:"
      case (_, .info): ":information_source:"
      }
    let text = "\(mark) *\(escaped(message.title))* (\(escaped(message.cluster)))\n\(escaped(message.sentence))"
    guard text.utf8.count > slackBytes else { return text }
    var kept = text.prefix(slackBytes)
    while kept.utf8.count > slackBytes - 4 { kept.removeLast() }
    return kept + " …"
  }

  /// Slack's three characters that mean something else.
  private static func escaped(_ text: String) -> String {
    text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
  }

  // MARK: - Alertmanager

  /// One alert of `POST /api/v2/alerts`. What ends is the alert with the labels of what began: so nothing that changes
  /// meanwhile is a label.
  /// Source: Alertmanager's `api/v2/openapi.yaml`, `postableAlert`.
  private struct Alert: Encodable {
    var labels: [String: String]
    var annotations: [String: String]
    var startsAt: String
    var endsAt: String

    init(_ message: NotificationMessage) {
      labels = [
        "alertname": Self.name(message.code), "cluster": message.cluster, "event": message.kind.rawValue,
        "severity": message.severity.rawValue, "subject": message.subject, "name": message.name, "source": "poolkeeper",
      ]
      if let threshold = message.data["threshold_percent"] { labels["threshold_percent"] = threshold }
      // Each happening is one of its own.
      if message.status == .happened { labels["key"] = message.key }
      labels = labels.filter { !$0.value.isEmpty }
      annotations = ["summary": message.title, "description": message.sentence]
      let end = message.endsAt ?? message.at.advanced(by: MessageBody.happenedStays)
      startsAt = min(message.at, end).description
      endsAt = end.description
    }

    /// `budget_threshold` as `PoolkeeperBudgetThreshold`.
    private static func name(_ code: String) -> String {
      "Poolkeeper" + code.split(separator: "_").map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined()
    }
  }
}
