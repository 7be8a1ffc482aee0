import Foundation
import Hummingbird
import HummingbirdTesting
import HTTPTypes
import NIOCore
import Synchronization

/// A receiver of webhooks, and an exporter of one metric, as other programs of an operator would be.
final class ScriptedReceiver: Sendable {
  /// One message as it came.
  struct Got: Sendable {
    var key: String
    var authorization: String?
    var body: String
    /// What it was answered with.
    var status: Int
  }

  private struct State {
    var got: [Got] = []
    var failures = 0
    var metric = 0.0
  }

  private let state = Mutex(State())

  var got: [Got] { state.withLock { $0.got } }
  /// Those that were taken.
  var taken: [Got] { got.filter { $0.status == 200 } }
  /// The next messages are answered with 500.
  func fail(next count: Int) { state.withLock { $0.failures = count } }
  func setMetric(_ value: Double) { state.withLock { $0.metric = value } }

  /// Runs `body` with the server's address.
  func run(_ body: @escaping @Sendable (_ url: String) async throws -> Void) async throws {
    let router = Router()
    router.get("/metrics") { [self] _, _ -> String in
      "# TYPE queue_length gauge\nqueue_length{queue=\"jobs\"} \(state.withLock { $0.metric })\n"
    }
    router.post("**") { [self] request, _ -> Response in
      let text = String(buffer: try await request.body.collect(upTo: 1 << 20))
      let status = state.withLock { state -> Int in
        let status = state.failures > 0 ? 500 : 200
        state.failures = max(0, state.failures - 1)
        state.got.append(
          Got(
            key: HTTPField.Name("Idempotency-Key").flatMap { request.headers[$0] } ?? "",
            authorization: request.headers[.authorization], body: text, status: status))
        return status
      }
      return Response(status: .init(code: status))
    }
    let application = Application(
      router: router, configuration: ApplicationConfiguration(address: .hostname("127.0.0.1", port: 0)))
    try await application.test(.live) { client in try await body("http://127.0.0.1:\(client.port ?? 0)") }
  }
}

/// A port at which connections are made and nothing is ever said.
final class SilentPort: Sendable {
  let number: Int
  private let socket: Int32

  init() throws {
    (socket, number) = try Bench.listeningSocket()
  }

  deinit { Bench.closeSocket(socket) }
}
