import HTTPTypes
import Hummingbird

/// Tells browsers to trust an answer no further than they must.
///
/// There is no Strict-Transport-Security: it would hold for every other port of the host, too.
struct SecurityHeaders: RouterMiddleware {
  typealias Context = ServerContext

  let exporters: Set<String>

  func handle(
    _ request: Request, context: ServerContext, next: (Request, ServerContext) async throws -> Response
  ) async throws -> Response {
    var response = try await next(request, context)
    response.headers[.xContentTypeOptions] = "nosniff"
    response.headers[.referrerPolicy] = "no-referrer"
    response.headers[.xFrameOptions] = "DENY"
    if response.headers[.contentSecurityPolicy] == nil {
      // Data is no page; a page that has no policy of its own is not shown inside another one.
      let isPage = response.headers[.contentType]?.hasPrefix("text/html") ?? false
      response.headers[.contentSecurityPolicy] =
        isPage ? "frame-ancestors 'none'" : "default-src 'none'; frame-ancestors 'none'"
    }
    // What only some may read is kept by no cache between. What the router does not know is an error.
    let isPublic = context.need(of: request, exporters: exporters).map { $0.role == nil && !$0.isChange } ?? false
    if !isPublic, response.headers[.cacheControl] == nil { response.headers[.cacheControl] = "no-store" }
    return response
  }
}

extension HTTPField.Name {
  static let referrerPolicy = HTTPField.Name("Referrer-Policy")!
  static let xFrameOptions = HTTPField.Name("X-Frame-Options")!
}
