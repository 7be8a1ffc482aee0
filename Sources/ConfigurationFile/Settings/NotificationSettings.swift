public import Model

/// How a receiver wants its messages.
public enum NotificationFormat: String, Sendable, Codable, Hashable, CaseIterable {
  /// An object with every part of the message.
  case json
  /// A text, as Slack's incoming webhooks take it.
  case slack
  /// An alert, as Alertmanager's API takes it.
  case alertmanager
}

/// One receiver of notifications.
public struct NotificationReceiver: Sendable, Hashable {
  /// In logs and metrics.
  public var name: String
  /// Where messages are posted; many receivers take whoever knows it. `nil`: it stands in a file.
  public var url: Secret?
  /// File that holds the URL; read anew for every message.
  public var urlFile: String?
  /// How it wants its messages.
  public var format = NotificationFormat.json
  /// What it is told of; sorted.
  public var kinds: [NotificationKind] = []
  /// Whether it is told that something is over.
  public var sendsResolved = true
  /// Sent as a bearer token; `nil`: none, or it stands in a file.
  public var bearerToken: Secret?
  /// File that holds the token; read anew for every message.
  public var bearerTokenFile: String?
  /// File with the only authorities that are trusted; `nil`: the system's.
  public var authoritiesFile: String?
  /// For one attempt.
  public var timeout: Duration = .seconds(10)

  /// A receiver without an address.
  public init(name: String) { self.name = name }
}

/// Who is told of what.
public struct NotificationSettings: Sendable, Hashable {
  /// Receivers of one configuration.
  public static let maximumReceivers = 16

  /// Sorted by name.
  public var receivers: [NotificationReceiver] = []
  /// A message that a receiver has not taken for so long is given up.
  public var giveUpAfter: Duration = .hours(24)

  /// Nobody is told.
  public init() {}

  /// What each of them is told of.
  public var policy: NotificationPolicy {
    var policy = NotificationPolicy(
      receivers: receivers.map {
        NotificationPolicy.Receiver(name: $0.name, kinds: $0.kinds, sendsResolved: $0.sendsResolved)
      })
    policy.giveUpAfter = giveUpAfter
    return policy
  }
}
