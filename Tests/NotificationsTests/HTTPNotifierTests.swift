import Foundation
import HTTPTransport
import Model
import Ports
import Testing

@testable import Notifications

/// One attempt at a message, over a real socket.
@Suite struct HTTPNotifierTests {
  private static let message = MessageBodyTests.message

  @Test func postsTheMessageWithItsKeyAndToken() async throws {
    let receiver = ReceiverDouble()
    try await receiver.run { url in
      var settings = ReceiverSettings(name: "ops", url: .text(url + "/hook"))
      settings.token = .text("s3cret")
      #expect(await HTTPNotifier([settings]).send(Self.message, to: "ops") == .delivered)
    }
    let got = try #require(receiver.got.first)
    #expect(got.path == "/hook")
    #expect(got.headers["authorization"] == "Bearer s3cret")
    #expect(got.headers["content-type"] == "application/json")
    #expect(got.headers["idempotency-key"] == "prod-k8s-7-1772352000250")
    #expect(got.body == String(decoding: MessageBody.bytes(Self.message, as: .json), as: UTF8.self))
  }

  @Test(arguments: ["", "/", "/api/v2/alerts"]) func findsAlertmanagersCall(suffix: String) async throws {
    let receiver = ReceiverDouble()
    try await receiver.run { url in
      var settings = ReceiverSettings(name: "am", url: .text(url + "/prefix" + suffix))
      if suffix == "/api/v2/alerts" { settings.url = .text(url + "/prefix" + suffix) }
      settings.format = .alertmanager
      #expect(await HTTPNotifier([settings]).send(Self.message, to: "am") == .delivered)
    }
    #expect(receiver.got.map(\.path) == ["/prefix/api/v2/alerts"])
  }

  @Test(
    arguments: [
      (200, .delivered), (204, .delivered),
      (400, .refused(message: "HTTP 400 (no such channel).")), (422, .refused(message: "HTTP 422 (no such channel).")),
      (301, failed(301)), (401, failed(401)), (404, failed(404)), (429, failed(429)), (500, failed(500)),
    ] as [(Int, NotificationOutcome)]) func judgesAnswersByTheirStatus(_ status: Int, _ outcome: NotificationOutcome)
  {
    let response = HTTPResponse(status: status, body: Array("no such channel\nmore".utf8))
    #expect(HTTPNotifier.outcome(response) == outcome)
  }

  private static func failed(_ status: Int) -> NotificationOutcome {
    .failed(
      code: "http_\(status)", message: "The receiver answered HTTP \(status) (no such channel).", retryAfter: nil)
  }

  @Test(
    arguments: [
      ("30", .seconds(30)), ("99999999999", .hours(1)), ("0", nil), ("-1", nil), ("Fri, 27 Nov 2026 08:00:00 GMT", nil),
    ] as [(String, Duration?)]) func waitsAsLongAsTheReceiverAsks(_ field: String, _ pause: Duration?)
  {
    let response = HTTPResponse(status: 429, headers: [HTTPHeader("Retry-After", field)])
    guard case .failed(_, _, let retryAfter) = HTTPNotifier.outcome(response) else {
      Issue.record("429 is no failure")
      return
    }
    #expect(retryAfter == pause)
  }

  @Test func aReceiverThatHangsIsAFailureWithinItsTime() async throws {
    let silent = try SilentPort()
    var settings = ReceiverSettings(name: "ops", url: .text("http://127.0.0.1:\(silent.number)/T000/B000/XXXX"))
    settings.timeout = .milliseconds(200)
    let outcome = await HTTPNotifier([settings]).send(Self.message, to: "ops")
    guard case .failed(let code, let message, _) = outcome else {
      Issue.record("\(outcome)")
      return
    }
    #expect(code == "timed_out")
    #expect(!message.contains("XXXX"))
  }

  @Test func whatIsSaidOfAFailureHoldsNoSecret() async throws {
    // Nobody listens on port 9 of the loopback.
    var settings = ReceiverSettings(name: "ops", url: .text("http://127.0.0.1:9/services/T000/B000/XXXX?k=XXXX"))
    settings.token = .text("XXXX")
    let notifier = HTTPNotifier([settings])
    let outcome = await notifier.send(Self.message, to: "ops")
    #expect("\(outcome)".contains("unreachable"))
    #expect(!"\(outcome)".contains("XXXX"))
    #expect(!"\(settings)".contains("XXXX"))
    var dumped = ""
    dump(settings, to: &dumped)
    #expect(!dumped.contains("XXXX"))
  }

  @Test func secretsOfFilesAreReadAnewForEveryMessage() async throws {
    let file = FileManager.default.temporaryDirectory.appendingPathComponent("url-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: file) }
    let receiver = ReceiverDouble()
    try await receiver.run { url in
      let notifier = HTTPNotifier([ReceiverSettings(name: "ops", url: .file(file.path))])
      guard case .failed(let code, let sentence, _) = await notifier.send(Self.message, to: "ops") else {
        Issue.record("a missing file is no failure")
        return
      }
      #expect(code == "secret")
      #expect(sentence.contains(file.path))
      try Data("\(url)/first\n".utf8).write(to: file)
      #expect(await notifier.send(Self.message, to: "ops") == .delivered)
      try Data("\(url)/second".utf8).write(to: file)
      #expect(await notifier.send(Self.message, to: "ops") == .delivered)
      try Data("two words".utf8).write(to: file)
      #expect(await notifier.send(Self.message, to: "ops") != .delivered)
    }
    #expect(receiver.got.map(\.path) == ["/first", "/second"])
  }

  @Test func aReceiverThatIsNotConfiguredIsAFailure() async {
    let outcome = await HTTPNotifier([]).send(Self.message, to: "gone")
    #expect(
      outcome
        == .failed(code: "unknown", message: "There is no receiver gone in the configuration.", retryAfter: nil))
  }
}
