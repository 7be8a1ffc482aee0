import HTTPTypes
import Hummingbird

/// Puts errors that no route has answered (an unknown path, a wrong method) into the control API's form.
struct PlainErrors: RouterMiddleware {
  typealias Context = ServerContext

  func handle(
    _ request: Request, context: ServerContext, next: (Request, ServerContext) async throws -> Response
  ) async throws -> Response {
    do { return try await next(request, context) } catch let error as HTTPError {
      let message =
        error.status == .notFound
        ? "There is nothing at \(request.uri.path); GET / lists what there is."
        : error.body ?? error.status.reasonPhrase
      return try JSONAnswer.error(error.status, code: "http_\(error.status.code)", message: message)
    }
  }
}
