import API
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import NIOEmbedded

/// Asks routes in process with a Host field of the test's choice.
enum OneRequest {
  /// - Returns: the answer's status.
  static func answer(
    _ responder: some HTTPResponder<ServerContext>, _ method: HTTPRequest.Method, _ path: String, authority: String,
    headers: HTTPFields
  ) async throws -> Int {
    let head = HTTPRequest(method: method, scheme: "http", authority: authority, path: path, headerFields: headers)
    let context = ServerContext(source: .init(channel: EmbeddedChannel(), logger: Logger(label: "test")))
    let request = Request(head: head, body: .init(buffer: ByteBuffer()))
    return try await responder.respond(to: request, context: context).status.code
  }
}
