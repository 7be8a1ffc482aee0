import Model
import Ports

/// Puts messages on their way to those receivers that want them. Pure: the journal's writer makes it last.
struct Outbox {
  /// Messages that wait for one receiver; the oldest goes when there is one more.
  static let waitingForReceiver = 100

  let policy: NotificationPolicy
  let cluster: String
  let now: Instant

  /// - Returns: deliveries that found no room and go unsent.
  func post(_ messages: [NotificationMessage], into desk: inout Correspondence) -> [NotificationDelivery] {
    var dropped: [NotificationDelivery] = []
    for message in messages {
      var message = message
      message.cluster = cluster
      desk.messages += 1
      message.key = "\(cluster)-\(desk.messages)-\(now.milliseconds)"
      for receiver in policy.receivers where wants(receiver, message) {
        desk.deliveries.append(NotificationDelivery(receiver: receiver.name, message: message, queuedAt: now))
        let waiting = desk.deliveries.count { $0.receiver == receiver.name }
        if waiting > Self.waitingForReceiver,
          let oldest = desk.deliveries.firstIndex(where: { $0.receiver == receiver.name })
        {
          dropped.append(desk.deliveries.remove(at: oldest))
        }
      }
    }
    return dropped
  }

  private func wants(_ receiver: NotificationPolicy.Receiver, _ message: NotificationMessage) -> Bool {
    receiver.kinds.contains(message.kind) && (receiver.sendsResolved || message.status != .resolved)
  }

  /// Messages for receivers that there are no longer.
  func forgetStrangers(in desk: inout Correspondence) {
    let names = Set(policy.receivers.map(\.name))
    desk.deliveries.removeAll { !names.contains($0.receiver) }
  }
}

/// Which events of the journal people are told of, and how.
enum EventMessages {
  private struct Line {
    var kind: NotificationKind
    var severity: NotificationMessage.Severity
    var title: String
  }

  private static let lines: [String: Line] = [
    "approval_asked": Line(kind: .approval, severity: .warning, title: "An order waits for approval"),
    "approval_approved": Line(kind: .approval, severity: .info, title: "An order was approved"),
    "approval_rejected": Line(kind: .approval, severity: .info, title: "An order was rejected"),
    "approval_expired": Line(kind: .approval, severity: .warning, title: "Nobody has answered an order"),
    "repair_escalated": Line(kind: .escalation, severity: .critical, title: "A repair has escalated"),
    "plan_rejected": Line(kind: .plan, severity: .critical, title: "A plan broke a hard rule"),
    "worker_expiry_announced": Line(kind: .expiry, severity: .info, title: "A worker's life is about to end"),
    "drain_abandoned": Line(kind: .drain, severity: .warning, title: "A drain was given up"),
  ]

  /// The codes of events that are told.
  static var codes: [String] { lines.keys.sorted() }

  static func message(of event: JournalEvent) -> NotificationMessage? {
    guard let line = lines[event.code] else { return nil }
    var message = NotificationMessage(
      line.kind, code: event.code, status: .happened, severity: line.severity, title: line.title,
      sentence: event.sentence)
    message.subject = event.subject
    message.name = event.name
    message.at = event.at
    return message
  }
}
