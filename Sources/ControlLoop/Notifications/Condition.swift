import Decision
import Model
import Ports

/// Something that goes on and that people are told of once: when it begins, and when it is over.
struct Condition {
  /// By which it is the same one at the next look, for example `budget/burst/80`.
  var key: String
  /// What is told when it begins.
  var message: NotificationMessage
  /// Whether it is there. Otherwise it is only not clearly over: who was told of it is not told that it has ended, and who
  /// was not is not told.
  var holds: Bool
  /// A graver one of its kind is told in its place.
  var isOvershadowed = false
  /// The calendar month that it belongs to, where it is told once in each.
  var month: String?
}

/// What was told before and what is there now make what is told now. Pure.
enum ConditionMemory {
  /// So long must a condition be gone before that is told, by its message's code; others end at once.
  private static let quiet: [String: Duration] = [
    "pool_at_capacity": .minutes(10), "budget_cannot_hold": .minutes(30), "repair_exhausted": .minutes(10),
    "repair_stopped": .minutes(10),
  ]

  /// - Parameters:
  ///   - unknown: beginnings of keys of which nothing is known now; what was told of them stands.
  /// - Returns: what is told now, in the order of the keys.
  static func step(
    _ told: inout [String: ToldCondition], _ conditions: [Condition], unknown: [String], now: Instant
  ) -> [NotificationMessage] {
    var messages: [NotificationMessage] = []
    for condition in conditions.sorted(by: { $0.key < $1.key }) {
      let isNew = told[condition.key].map { condition.month != nil && $0.month != condition.month } ?? true
      guard condition.holds, isNew else {
        if told[condition.key]?.goneSince != nil { told[condition.key]?.goneSince = nil }
        continue
      }
      var message = condition.message
      message.at = now
      var memory = ToldCondition(message: condition.isOvershadowed ? nil : message, since: now)
      memory.month = condition.month
      told[condition.key] = memory
      if !condition.isOvershadowed { messages.append(message) }
    }
    let present = Set(conditions.map(\.key))
    for key in told.keys.sorted() where !present.contains(key) && !unknown.contains(where: key.hasPrefix) {
      guard let memory = told[key] else { continue }
      let gone = memory.goneSince ?? now
      guard now - gone >= memory.message.flatMap({ quiet[$0.code] }) ?? .zero else {
        told[key]?.goneSince = gone
        continue
      }
      told[key] = nil
      guard var message = memory.message else { continue }
      message.status = .resolved
      message.endsAt = now
      messages.append(message)
    }
    return messages
  }

  /// The same for the journal.
  static func event(_ message: NotificationMessage, at now: Instant) -> JournalEvent {
    let isOver = message.status == .resolved
    return JournalEvent(
      at: now, subject: message.subject, name: message.name, code: message.code + (isOver ? "_over" : ""),
      sentence: isOver ? "This is over: \(message.sentence)" : message.sentence)
  }
}
