public import Model

/// How an attempt to deliver a message ended.
public enum NotificationOutcome: Hashable, Sendable {
  /// The receiver has taken it.
  case delivered
  /// It may be taken later. `code` is short and constant; the sentence holds no secret.
  case failed(code: String, message: String, retryAfter: Duration?)
  /// The receiver says that this message is wrong: sending it again will not help.
  case refused(message: String)
}

/// Brings messages to receivers outside.
///
/// One call is one attempt and ends within the receiver's own time limit; the caller repeats. Calls for different receivers
/// may come at the same time, those for one receiver come one after another. Each attempt at a message carries its key, by
/// which a receiver knows one that comes twice.
public protocol Notifier: Sendable {
  func send(_ message: NotificationMessage, to receiver: String) async -> NotificationOutcome
}
