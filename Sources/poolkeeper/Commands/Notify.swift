import ArgumentParser
import ConfigurationFile
import Foundation
import Model
import Notifications
import Ports

struct Notify: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Try the receivers of notifications.", subcommands: [NotifyTest.self])
}

struct NotifyTest: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "test", abstract: "Send a test message to a receiver of the configuration.",
    discussion: "It is sent once, from this machine, with the receiver's own credentials; no server need run.")

  @Argument(help: "The receiver's name; all of them when not given.")
  var receiver: String?
  @Option(name: .long, help: "The configuration file.")
  var config: String = "config/worker-pools.json"

  func run() async throws {
    let (configuration, _) = try ConfigurationLoading.load(config)
    let names = configuration.notifications.receivers.map(\.name)
    guard !names.isEmpty else {
      throw Failure(.notFound, "\(config) names no receiver: add poolkeeper.notifications.receivers.")
    }
    if let receiver, !names.contains(receiver) {
      let advice = Suggestion.sentence(
        for: receiver, among: names, otherwise: "There are: \(names.joined(separator: ", ")).")
      throw Failure(.notFound, "There is no receiver \"\(receiver)\". \(advice)")
    }
    let notifier = Notifying.notifier(configuration.notifications)
    let message = Self.message(configuration.policy.clusterName, at: WallClock().now())
    var failed = 0
    for name in names where receiver == nil || receiver == name {
      switch await notifier.send(message, to: name) {
      case .delivered: Console.out("\(name): delivered")
      case .refused(let text):
        failed += 1
        Console.out("\(name): the receiver does not take the message: \(text)")
      case .failed(let code, let text, _):
        failed += 1
        Console.out("\(name): not delivered (\(code)): \(text)")
      }
    }
    if failed > 0 { throw ExitCode(Failure.Kind.failed.rawValue) }
  }

  /// A message that says of itself that it is none.
  private static func message(_ cluster: String, at now: Instant) -> NotificationMessage {
    var message = NotificationMessage(
      .plan, code: "test", status: .happened, severity: .info, title: "A test",
      sentence: "This is a test of the notifications of cluster \(cluster); nothing has happened.")
    message.key = "\(cluster)-test-\(now.milliseconds)"
    message.cluster = cluster
    message.at = now
    return message
  }
}
