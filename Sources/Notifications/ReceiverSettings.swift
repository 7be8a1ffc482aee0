public import HTTPTransport

/// Where a text comes from that is not to be shown.
public enum SecretSource: Sendable, Hashable, CustomStringConvertible, CustomReflectable {
  /// The text itself.
  case text(String)
  /// A file that holds it; read anew for every message, so that a changed file counts at once.
  case file(String)

  /// Never the text.
  public var description: String {
    switch self {
    case .text: "‹secret›"
    case .file(let path): "the file \(path)"
    }
  }

  /// Shows no children, so that dumps and test failures do not print the text.
  public var customMirror: Mirror { Mirror(self, children: [:]) }
}

/// How a receiver is reached, and how it wants its messages.
public struct ReceiverSettings: Sendable, Hashable {
  /// What is posted.
  public enum Format: String, Sendable, Hashable, CaseIterable {
    /// An object with every part of the message.
    case json
    /// A text, as Slack's incoming webhooks take it.
    case slack
    /// An alert, as Alertmanager's API takes it.
    case alertmanager
  }

  /// In logs and metrics.
  public var name: String
  /// Where messages are posted; whoever knows it can often post there, so it is a secret.
  public var url: SecretSource
  /// What is posted.
  public var format = Format.json
  /// Sent as a bearer token; `nil`: none.
  public var token: SecretSource?
  /// How the receiver is known to be the right one.
  public var trust = ServerTrust.system
  /// For one attempt, from the first byte sent to the last received.
  public var timeout: Duration = .seconds(10)

  /// A receiver of JSON, without a token.
  public init(name: String, url: SecretSource) {
    self.name = name
    self.url = url
  }
}
