import HTTPTypes
import Hummingbird
import Logging

/// Puts errors that no route has answered (an unknown path, a wrong method, a fault of ours) into the control API's
/// form.
struct PlainErrors: RouterMiddleware {
  typealias Context = ServerContext

  let routes: RouteTable

  func handle(
    _ request: Request, context: ServerContext, next: (Request, ServerContext) async throws -> Response
  ) async throws -> Response {
    do { return try await next(request, context) } catch let error as HTTPError where error.status == .notFound {
      return try unknown(request)
    } catch let error as HTTPError {
      return try JSONAnswer.error(
        error.status, code: "http_\(error.status.code)", message: error.body ?? error.status.reasonPhrase)
    } catch is CancellationError {
      return try JSONAnswer.error(
        .serviceUnavailable, code: "unavailable", message: "The server is stopping; try again later.")
    } catch {
      context.logger.error("request failed", metadata: ["path": "\(request.uri.path)", "error": "\(error)"])
      return try JSONAnswer.error(
        .internalServerError, code: "internal",
        message: "The server could not answer; its log says why. Please report this as a defect.")
    }
  }

  private func unknown(_ request: Request) throws -> Response {
    let path = request.uri.path
    let methods = routes.methods(at: path)
    if methods.isEmpty {
      return try JSONAnswer.error(
        .notFound, code: "not_found", message: "There is nothing at \(path.prefix(200)); GET / lists what there is.")
    }
    var response = try JSONAnswer.error(
      .methodNotAllowed, code: "method_not_allowed",
      message: "\(path.prefix(200)) takes \(methods.joined(separator: ", ")), not \(request.method.rawValue).")
    response.headers[.allow] = methods.joined(separator: ", ")
    return response
  }
}
