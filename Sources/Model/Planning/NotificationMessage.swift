/// What kind of thing people are told of; receivers choose among them.
public enum NotificationKind: String, Sendable, Codable, Hashable, CaseIterable, Comparable {
  /// An order waits for somebody's word, or has got it.
  case approval
  /// A threshold of a budget is crossed, a forecast lies beyond its cap, or a cap cannot hold what must be kept.
  case budget
  /// A pool is at its maximum and would need more.
  case capacity
  /// A worker's drain does not get on.
  case drain
  /// Repair has come to a level that people are to know of, or can do no more.
  case escalation
  /// A worker's life is about to end.
  case expiry
  /// The checker refused a plan.
  case plan

  public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}

/// One thing that people are told, as every receiver gets it.
public struct NotificationMessage: Hashable, Sendable, Codable {
  public enum Status: String, Sendable, Codable, Hashable, CaseIterable {
    /// It goes on until the message of the same `topic` that says `resolved`.
    case firing
    case resolved
    /// It happened, and that is all.
    case happened
  }

  public enum Severity: String, Sendable, Codable, Hashable, CaseIterable {
    case info, warning, critical
  }

  /// Unlike that of every other message of this cluster; the same in each attempt to deliver it.
  public var key: String
  public var kind: NotificationKind
  /// Lower case with underscores, constant.
  public var code: String
  public var status: Status
  public var severity: Severity
  public var cluster: String
  /// What it is about: `pool`, `worker`, `budget`, `request`, `system`, and its name.
  public var subject: String
  public var name: String
  /// A few words.
  public var title: String
  public var sentence: String
  /// When it happened or began; of a resolved one when it began.
  public var at: Instant
  /// When it ended; of one that goes on: when it ends at the latest if nothing more is said.
  public var endsAt: Instant?
  /// The figures that the sentence rests on.
  public var data: [String: String]

  public init(
    _ kind: NotificationKind, code: String, status: Status, severity: Severity, title: String, sentence: String
  ) {
    key = ""
    self.kind = kind
    self.code = code
    self.status = status
    self.severity = severity
    self.title = title
    self.sentence = sentence
    cluster = ""
    subject = "system"
    name = ""
    at = .epoch
    data = [:]
  }
}

/// A message on its way to one receiver.
public struct NotificationDelivery: Hashable, Sendable, Codable {
  public var receiver: String
  public var message: NotificationMessage
  public var queuedAt: Instant
  /// Attempts that failed.
  public var attempts: Int
  /// Not before this instant is the next one made.
  public var notBefore: Instant

  public init(receiver: String, message: NotificationMessage, queuedAt: Instant) {
    self.receiver = receiver
    self.message = message
    self.queuedAt = queuedAt
    attempts = 0
    notBefore = queuedAt
  }
}

/// A condition that people have been told of, kept so that they are not told at each tick.
public struct ToldCondition: Hashable, Sendable, Codable {
  /// What they were told; `nil`: a graver condition of the same kind was told in its place.
  public var message: NotificationMessage?
  public var since: Instant
  /// Since when it has not been there; `nil` while it is.
  public var goneSince: Instant?
  /// The calendar month in which it was told, `2026-11`, where it counts by months.
  public var month: String?

  public init(message: NotificationMessage?, since: Instant) {
    self.message = message
    self.since = since
  }
}

/// What people are asked and told, and how far that is. In the journal, so that nothing of it is lost and nothing told
/// twice for want of knowing.
public struct Correspondence: Hashable, Sendable, Codable {
  /// Those that wait, and some that were answered; the oldest first.
  public var approvals: [Approval]
  /// The oldest first.
  public var deliveries: [NotificationDelivery]
  /// By the condition's key.
  public var told: [String: ToldCondition]
  /// Messages made so far.
  public var messages: Int

  public init() {
    approvals = []
    deliveries = []
    told = [:]
    messages = 0
  }
}
