import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Model
import NIOCore
import PrometheusClient
import Synchronization

/// A server whose every answer a test decides, and which writes down what it was asked.
final class ServerDouble: Sendable {
  struct Asked: Sendable {
    var path: String
    var headers: HTTPFields
    /// The form's fields.
    var form: [String: String]
  }

  struct Reply: Sendable {
    var status = HTTPResponse.Status.ok
    var text: String
    var headers: HTTPFields = [.contentType: "application/json"]
    /// Whether the connection breaks in the middle of the answer.
    var isBroken = false

    static let broken = Reply(text: "{", isBroken: true)

    /// A vector of one element without labels.
    static func number(_ value: String) -> Reply {
      Reply(
        text: #"{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[0,"\#(value)"]}]}}"#)
    }

    static func failure(_ status: HTTPResponse.Status, _ text: String) -> Reply {
      Reply(status: status, text: #"{"status":"error","errorType":"x","error":"\#(text)"}"#)
    }
  }

  private let state: Mutex<(reply: Reply, asked: [Asked])>

  init(_ reply: Reply) { state = Mutex((reply, [])) }

  var asked: [Asked] { state.withLock { $0.asked } }
  func answer(_ reply: Reply) { state.withLock { $0.reply = reply } }

  /// Runs `body` with the server's address.
  func run(_ body: @escaping @Sendable (String) async throws -> Void) async throws {
    let router = Router()
    router.post("**") { [self] request, _ -> Response in
      let text = String(buffer: try await request.body.collect(upTo: 1 << 20))
      let pairs = text.split(separator: "&").map { pair in
        let parts = pair.split(separator: "=", omittingEmptySubsequences: false)
        return (String(parts[0]), parts[1].removingPercentEncoding ?? "")
      }
      let asked = Asked(
        path: request.uri.path, headers: request.headers, form: Dictionary(uniqueKeysWithValues: pairs))
      let reply = state.withLock { state in
        state.asked.append(asked)
        return state.reply
      }
      let body = ByteBuffer(string: reply.text)
      return Response(
        status: reply.status, headers: reply.headers,
        body: reply.isBroken
          ? ResponseBody(contentLength: 1_000) { writer in
            try await writer.write(body)
            throw CancellationError()
          } : ResponseBody(byteBuffer: body))
    }
    let application = Application(
      router: router, configuration: ApplicationConfiguration(address: .hostname("127.0.0.1", port: 0)))
    try await application.test(.live) { client in try await body("http://127.0.0.1:\(client.port ?? 0)") }
  }
}

enum Times {
  static let now = Instant(rfc3339: "2026-03-01T08:00:00.250Z")!
  static let later = Instant(rfc3339: "2026-03-01T08:00:05Z")!
  static let muchLater = Instant(rfc3339: "2026-03-01T08:00:10Z")!
}
