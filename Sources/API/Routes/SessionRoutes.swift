import Foundation
import HTTPTypes
import Hummingbird
public import Model
import NIOCore

/// Who is signed in to the console.
public struct SessionView: Codable, Sendable, Equatable {
  /// `none`: nobody is asked, everybody who reaches the server may do everything. `required` otherwise.
  public var authentication: String
  /// Whether the call carries what proves a name: a session's cookie, a token, a password or a certificate.
  public var signedIn: Bool
  /// Of the access entry.
  public var name: String?
  /// What the caller may do.
  public var role: Role?
}

/// `/api/v1/session`: signing in to the console and out of it.
struct SessionRoutes: Sendable {
  let access: AccessControl

  /// What one signs in with: a token, or a user with a password.
  private struct Form: Decodable {
    var token: String?
    var user: String?
    var password: String?
  }

  /// Bytes of it.
  private static let formBody = 4_096

  func add(to group: some RouterMethods<ServerContext>) {
    group.get("/session") { request, context in try await show(request, context) }
    group.post("/session") { request, context in try await JSONAnswer.of { try await signIn(request, context) } }
    group.delete("/session") { request, context in try await signOut(request, context) }
  }

  private func show(_ request: Request, _ context: ServerContext) async throws -> Response {
    guard access.isRequired else { return try JSONAnswer.ok(Self.nobodyAsked) }
    switch await access.identify(request.headers, on: context.connection, from: context.address) {
    case .known(let entry, _): return try JSONAnswer.ok(Self.view(of: entry))
    case .anonymous: return try JSONAnswer.ok(Self.nobody)
    case let verdict: return RefusedAccess(verdict).response(.control)
    }
  }

  private func signIn(_ request: Request, _ context: ServerContext) async throws -> Response {
    let form = try await form(request)
    let isToken = form.token != nil && form.user == nil && form.password == nil
    let isPassword = form.token == nil && form.user != nil && form.password != nil
    guard isToken || isPassword else { throw Self.wrongForm }
    guard access.isRequired else { return try JSONAnswer.ok(Self.nobodyAsked) }
    let verdict =
      if let token = form.token {
        access.identify(token: token, from: context.address)
      } else {
        await access.identify(form.user ?? "", form.password ?? "", from: context.address)
      }
    guard case .known(let entry, let proof) = verdict else {
      if case .limited = verdict { AuditNote.current?.forget() }
      return RefusedAccess(verdict).response(.control)
    }
    AuditNote.current?.tell(Principal(name: entry.name, role: entry.role, proof: proof))
    var response = try JSONAnswer.ok(Self.view(of: entry))
    let seconds = Int(access.sessionLifetime / .seconds(1))
    response.headers[.setCookie] = Self.cookie(access.beginSession(entry), seconds: seconds, request, context)
    return response
  }

  private func signOut(_ request: Request, _ context: ServerContext) async throws -> Response {
    guard access.isRequired else { return try JSONAnswer.ok(Self.nobodyAsked) }
    if case .session(let id) = Credentials(request.headers) {
      if case .known(let entry, let proof) = await access.identify(
        request.headers, on: context.connection, from: context.address)
      {
        AuditNote.current?.tell(Principal(name: entry.name, role: entry.role, proof: proof))
      }
      access.endSession(id)
    }
    var response = try JSONAnswer.ok(Self.nobody)
    response.headers[.setCookie] = Self.cookie("", seconds: 0, request, context)
    return response
  }

  // MARK: - Reading and writing

  private static let wrongForm = RefusedCall.invalid(
    #"Sign in with {"token":"…"}, or with {"user":"…","password":"…"}."#)

  private func form(_ request: Request) async throws -> Form {
    guard let body = try? await request.body.collect(upTo: Self.formBody),
      let form = try? JSONDecoder().decode(Form.self, from: Data(body.readableBytesView))
    else { throw Self.wrongForm }
    return form
  }

  /// The cookie: no script reads it, and no page of another site makes the browser send it.
  private static func cookie(
    _ value: String, seconds: Int, _ request: Request, _ context: ServerContext
  ) -> String {
    // A proxy that says so has had it encrypted; who says so without being one only gets a stricter cookie.
    let isSecure = context.connection?.isSecure == true || request.headers[.forwardedProtocol] == "https"
    let name = isSecure ? Credentials.secureCookie : Credentials.plainCookie
    return "\(name)=\(value); Path=/; Max-Age=\(seconds); HttpOnly; SameSite=Strict\(isSecure ? "; Secure" : "")"
  }

  private static let nobodyAsked = SessionView(authentication: "none", signedIn: false, name: nil, role: .admin)
  private static let nobody = SessionView(authentication: "required", signedIn: false, name: nil, role: nil)

  private static func view(of entry: AccessEntry) -> SessionView {
    SessionView(authentication: "required", signedIn: true, name: entry.name, role: entry.role)
  }
}

extension HTTPField.Name {
  static let forwardedProtocol = HTTPField.Name("X-Forwarded-Proto")!
}
