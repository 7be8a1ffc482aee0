import ConfigurationFile
import ControlLoop
import HTTPTransport
import Model
import Notifications
import ServiceLifecycle

/// Who is told of what, from the operator's settings.
enum Notifying {
  static func notifier(_ settings: NotificationSettings) -> HTTPNotifier {
    HTTPNotifier(settings.receivers.map(receiver))
  }

  private static func receiver(_ settings: NotificationReceiver) -> ReceiverSettings {
    let url = settings.urlFile.map { SecretSource.file($0) } ?? .text(settings.url?.exposed ?? "")
    var receiver = ReceiverSettings(name: settings.name, url: url)
    switch settings.format {
    case .json: receiver.format = .json
    case .slack: receiver.format = .slack
    case .alertmanager: receiver.format = .alertmanager
    }
    receiver.token =
      settings.bearerTokenFile.map { .file($0) } ?? settings.bearerToken.map { .text($0.exposed) }
    if let file = settings.authoritiesFile { receiver.trust = .authorities(.file(file)) }
    receiver.timeout = settings.timeout
    return receiver
  }
}

/// Brings messages to their receivers for as long as the program runs.
struct NotificationService: Service {
  let loop: ControlLoop

  func run() async throws { await cancelWhenGracefulShutdown { await loop.deliverNotifications() } }
}
