import HTTPTypes
import Hummingbird
import Model

/// Lets calls through whose sender has the role that their route names, and no more of them than one caller may make.
///
/// It goes by the route that the router has found and not by the path as it was sent, so that no spelling of a path leads
/// around it.
struct AccessGuard: RouterMiddleware {
  typealias Context = ServerContext

  let access: AccessControl
  let exporters: Set<String>

  func handle(
    _ request: Request, context: ServerContext, next: (Request, ServerContext) async throws -> Response
  ) async throws -> Response {
    guard access.isRequired else { return try await next(request, context) }
    let need = context.need(of: request, exporters: exporters)
    let isOpen = need.map { $0.role == nil } ?? false
    // Signing in and out says for itself who it is.
    if isOpen { return try await next(request, context) }
    switch await access.identify(request.headers, on: context.connection, from: context.address) {
    case .known(let entry, let proof):
      var context = context
      let principal = Principal(name: entry.name, role: entry.role, proof: proof)
      context.principal = principal
      AuditNote.current?.tell(principal)
      // Somebody who is known may learn that there is nothing at a path.
      guard let need, let role = need.role else { return try await next(request, context) }
      if let refusal = refusal(of: principal, role, need, request) { return refusal }
      return try await next(request, context)
    case .anonymous:
      if need?.isChange == true, case .limited(let wait) = access.fail(context.address) {
        return tooMuch(.limited(wait), need)
      }
      let what = need?.role.map { "The call needs the role \($0.rawValue)" } ?? "The server asks everybody who they are"
      return unauthenticated("\(what): send a token (Authorization: Bearer …), or sign in.", need, request)
    case .refused: return unauthenticated("The token or the password is not known here.", need, request)
    case let verdict: return tooMuch(verdict, need)
    }
  }

  /// Why somebody who is known may not make a call; `nil` when they may.
  private func refusal(of principal: Principal, _ role: Role, _ need: RouteNeed, _ request: Request) -> Response? {
    guard principal.role.allows(role) else {
      return RefusedAccess(
        .forbidden, "forbidden",
        "\(principal.name) has the role \(principal.role.rawValue); the call needs the role \(role.rawValue)."
      ).response(need.form)
    }
    // A form of a foreign page cannot set this field, and a script of one would have to be allowed to.
    if need.isChange, principal.proof == .session, request.headers[.poolkeeperConsole] != "1" {
      return RefusedAccess(
        .forbidden, "not_from_console",
        "Changes by the console's cookie carry the header X-Poolkeeper-Console: 1; programs send a token instead."
      ).response(need.form)
    }
    // Samples have bounds of their own.
    guard role != .ingest, let wait = access.admit(principal.name, isChange: need.isChange) else { return nil }
    let what = need.isChange ? "changes" : "reads"
    return RefusedAccess.tooMany(
      "\(principal.name) makes more calls than poolkeeper.server.rate_limits.\(what)_per_second allows", wait
    ).response(need.form)
  }

  private func unauthenticated(_ message: String, _ need: RouteNeed?, _ request: Request) -> Response {
    // The console asks for a token itself; browsers would put a window of their own before it.
    let offersPassword = access.hasPasswords && request.headers[.poolkeeperConsole] == nil
    return RefusedAccess.unauthenticated(message, offersPassword: offersPassword).response(need?.form ?? .control)
  }

  private func tooMuch(_ verdict: AccessControl.Verdict, _ need: RouteNeed?) -> Response {
    AuditNote.current?.forget()
    return RefusedAccess(verdict).response(need?.form ?? .control)
  }
}

extension ServerContext {
  /// What the found route needs; `nil` where the router has found none.
  func need(of request: Request, exporters: Set<String>) -> RouteNeed? {
    guard let path = endpointPath, path != "NotFound" else { return nil }
    return RouteNeeds.need(request.method, path, exporters: exporters)
  }
}

/// The answer to somebody who may not do what they ask.
struct RefusedAccess {
  var status: HTTPResponse.Status
  var code: String
  var message: String
  var headers = HTTPFields()

  init(_ status: HTTPResponse.Status, _ code: String, _ message: String) {
    self.status = status
    self.code = code
    self.message = message
  }

  static func unauthenticated(_ message: String, offersPassword: Bool) -> RefusedAccess {
    var refusal = RefusedAccess(.unauthorized, "unauthenticated", message)
    refusal.headers[values: .wwwAuthenticate] =
      ["Bearer realm=\"poolkeeper\""] + (offersPassword ? ["Basic realm=\"poolkeeper\", charset=\"UTF-8\""] : [])
    return refusal
  }

  static func tooMany(_ what: String, _ wait: Duration) -> RefusedAccess {
    let seconds = max(1, Int((wait / .seconds(1)).rounded(.up)))
    var refusal = RefusedAccess(.tooManyRequests, "too_many_requests", "\(what); try again in \(seconds) s.")
    refusal.headers[.retryAfter] = "\(seconds)"
    return refusal
  }

  /// The answer to a verdict that names nobody.
  init(_ verdict: AccessControl.Verdict) {
    switch verdict {
    case .limited(let wait): self = .tooMany("Too many wrong tokens or passwords came from this address", wait)
    case .busy:
      self.init(.serviceUnavailable, "busy", "Too many passwords are being checked; try again, or use a token.")
      headers[.retryAfter] = "1"
    default: self = .unauthenticated("The token or the password is not known here.", offersPassword: false)
    }
  }

  func response(_ form: RouteNeed.Form) -> Response {
    AuditNote.current?.tell(code: code, message: message)
    var response: Response
    switch form {
    case .prometheus: response = PrometheusAnswer.error(status, code, message)
    case .control:
      let answer = try? JSONAnswer.error(status, code: code, message: message)
      response = answer ?? Response(status: status)
    }
    response.headers.append(contentsOf: headers)
    return response
  }
}

extension HTTPField.Name {
  /// Set by the console's own script on what changes something.
  static let poolkeeperConsole = HTTPField.Name("X-Poolkeeper-Console")!
}
