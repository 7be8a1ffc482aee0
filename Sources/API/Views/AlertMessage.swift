import Model
import Ports

/// The body of Alertmanager's webhook, version 4, as far as it is looked at. Keys that are not named here are passed
/// over: later versions add some.
/// Source: the page "Configuration" of Alertmanager's documentation, `webhook_config`.
struct AlertMessage: Decodable, Sendable {
  /// One alert of a message.
  struct Alert: Decodable, Sendable {
    /// Whether it goes on.
    enum Status: String, Decodable, Sendable {
      case firing, resolved
    }

    var status: Status
    var labels: [String: String]
    var startsAt: Instant
    /// The year 1 when it is not known.
    var endsAt: Instant?
    var fingerprint: String

    var notice: AlertNotice {
      AlertNotice(
        fingerprint: fingerprint, isFiring: status == .firing, labels: labels, startsAt: startsAt, endsAt: endsAt)
    }
  }

  var version: String
  var alerts: [Alert]
}
