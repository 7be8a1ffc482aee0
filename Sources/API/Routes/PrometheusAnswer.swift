import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import PromQL
import TimeSeries

/// Answers in the envelope of the Prometheus HTTP API.
enum PrometheusAnswer {
  /// What is said when `limit` cut something off.
  static let truncated = "results truncated due to limit"

  static func success(_ data: some AnswerData, warnings: [String] = [], infos: [String] = []) -> Response {
    var end = JSONBytes()
    write("warnings", warnings, to: &end)
    write("infos", infos, to: &end)
    end.raw("}")
    return StreamedAnswer.ok(
      data, contentType: "application/json", beginning: "{\"status\":\"success\",\"data\":", end: end.bytes)
  }

  static func success(_ value: some Encodable) throws -> Response {
    success(ReadyData(json: [UInt8](try plainEncoder().encode(value))))
  }

  /// A list, cut off at a limit.
  static func success<Element: Sendable>(
    _ elements: [Element], limit: Int?, _ write: @escaping @Sendable (inout JSONBytes, Element) -> Void
  ) -> Response {
    success(
      ListData(elements, limit: limit, write), warnings: elements.count > limit ?? .max ? [truncated] : [])
  }

  static func error(_ status: HTTPResponse.Status, _ type: String, _ message: String) -> Response {
    struct Body: Encodable {
      let status = "error"
      let errorType: String
      let error: String
      enum CodingKeys: CodingKey { case status, errorType, error }
    }
    let body = Body(errorType: type, error: message)
    let bytes = (try? plainEncoder().encode(body)) ?? Data("{\"status\":\"error\"}".utf8)
    return make(status, ByteBuffer(bytes: bytes))
  }

  /// The one table from an engine's error to a status.
  static func error(_ error: any Error) -> Response {
    switch error {
    case let error as PromQLError:
      let status: HTTPResponse.Status =
        switch error.code {
        case .badData: .badRequest
        case .timeout, .canceled: .serviceUnavailable
        default: .unprocessableContent
        }
      return self.error(status, error.code.rawValue, error.description)
    case let error as TimeSeriesError:
      return self.error(.badRequest, "bad_data", error.message)
    case let error as ParameterError:
      return self.error(.badRequest, "bad_data", error.message)
    case let error as QueryLanes.Full:
      var response = self.error(
        .serviceUnavailable, "timeout", "\(error.waiting) queries wait for their turn already; try again later")
      response.headers[.retryAfter] = "1"
      return response
    case is CancellationError:
      return self.error(.serviceUnavailable, "canceled", "the query was given up")
    default:
      return self.error(.internalServerError, "internal", "\(error)")
    }
  }

  private static func plainEncoder() -> JSONEncoder {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.withoutEscapingSlashes, .sortedKeys]
    return encoder
  }

  private static func write(_ name: StaticString, _ lines: [String], to text: inout JSONBytes) {
    guard !lines.isEmpty else { return }
    text.raw(",\"")
    text.raw(name)
    text.raw("\":")
    text.array(lines) { $0.string($1) }
  }

  private static func make(_ status: HTTPResponse.Status, _ buffer: ByteBuffer) -> Response {
    Response(status: status, headers: [.contentType: "application/json"], body: ResponseBody(byteBuffer: buffer))
  }
}

/// A query parameter that is missing or cannot be read.
struct ParameterError: Error {
  let message: String

  init(message: String) { self.message = message }

  /// Names the parameter in Prometheus's words.
  init(_ name: String, _ reason: String) { message = "invalid parameter \"\(name)\": \(reason)" }
}
