import Foundation
import HTTPTypes
import Hummingbird
import NIOCore

/// Answers of the control API.
enum JSONAnswer {
  static func ok(_ value: some Encodable) throws -> Response { try make(.ok, value) }

  static func make(_ status: HTTPResponse.Status, _ value: some Encodable) throws -> Response {
    Response(
      status: status, headers: [.contentType: "application/json"],
      body: ResponseBody(byteBuffer: ByteBuffer(bytes: try JSONFormat.encoder().encode(value))))
  }

  /// JSON that is written already.
  static func bytes(_ data: Data) -> Response {
    Response(
      status: .ok, headers: [.contentType: "application/json"],
      body: ResponseBody(byteBuffer: ByteBuffer(bytes: data)))
  }

  static func error(_ status: HTTPResponse.Status, code: String, message: String) throws -> Response {
    AuditNote.current?.tell(code: code, message: message)
    return try make(status, ErrorView(code: code, message: message))
  }
}
