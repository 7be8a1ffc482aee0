import HTTPTypes
import Hummingbird
import NIOCore

/// Sends answers as gzip to clients that take it, where they are large enough to be worth it.
struct Compression: RouterMiddleware {
  typealias Context = ServerContext

  func handle(
    _ request: Request, context: ServerContext, next: (Request, ServerContext) async throws -> Response
  ) async throws -> Response {
    var response = try await next(request, context)
    // The length of a streamed answer is not known, because it is long.
    guard response.body.contentLength.map({ $0 >= ServerLimits.compressedFrom }) ?? true else { return response }
    response.headers.append(HTTPField(name: .vary, value: "Accept-Encoding"))
    guard Self.takesGzip(request.headers[values: .acceptEncoding]) else { return response }
    response.headers[.contentEncoding] = "gzip"
    let body = response.body
    response.body = ResponseBody { writer in try await body.write(GzipWriter(parent: writer, stream: GzipStream())) }
    return response
  }

  /// Whether the fields of `Accept-Encoding` allow gzip. Source: RFC 9110, 12.5.3.
  static func takesGzip(_ fields: [String]) -> Bool {
    var allowed: Bool?
    var others = false
    for element in fields.flatMap({ $0.lowercased().split(separator: ",") }) {
      let parts = element.split(separator: ";").map { $0.filter { !$0.isWhitespace } }
      guard let name = parts.first else { continue }
      let quality = parts.dropFirst().first { $0.hasPrefix("q=") }.map { Double($0.dropFirst(2)) ?? 0 } ?? 1
      if name == "gzip" || name == "x-gzip" { allowed = quality > 0 }
      if name == "*" { others = quality > 0 }
    }
    return allowed ?? others
  }
}

/// Compresses what passes through.
private struct GzipWriter: ResponseBodyWriter {
  var parent: any ResponseBodyWriter
  let stream: GzipStream

  mutating func write(_ buffer: ByteBuffer) async throws {
    if buffer.readableBytes > 0 { try await parent.write(try stream.compress(buffer)) }
  }

  consuming func finish(_ trailingHeaders: HTTPFields?) async throws {
    try await parent.write(try stream.compress(ByteBuffer(), isLast: true))
    try await parent.finish(trailingHeaders)
  }
}
