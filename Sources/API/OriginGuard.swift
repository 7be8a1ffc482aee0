import HTTPTypes
import Hummingbird
import Model

/// Keeps pages of other origins that an operator's browser shows from giving orders.
///
/// A browser names the page's origin with every call that changes something; other clients send none and pass. An
/// origin passes when it is this server itself, as the Host field names it, and when that name cannot have been turned
/// on us by a foreign name server (DNS rebinding): an address, `localhost`, or a name that the operator has configured.
/// Where callers need no role, nothing is answered under other names.
/// Source: the Fetch standard, "Origin header"; Fetch Metadata, `Sec-Fetch-Site`.
struct OriginGuard: RouterMiddleware {
  typealias Context = ServerContext

  /// Names of this server that are safe, in lower case, without port.
  let hostNames: Set<String>
  let exporters: Set<String>
  let access: AccessControl

  func handle(
    _ request: Request, context: ServerContext, next: (Request, ServerContext) async throws -> Response
  ) async throws -> Response {
    // Where nobody is asked who they are, a page under a name that was turned on us could read everything, too. It has no
    // cookie of ours where somebody is.
    if !access.isRequired, let host = request.head.authority.map({ Self.host(of: $0.lowercased()) }), !isSafe(host) {
      return try JSONAnswer.error(
        .forbidden, code: "foreign_host",
        message:
          "\(host.prefix(100)) is no name of this server: call it by its address or as localhost, or add the name to "
          + "poolkeeper.server.host_names.")
    }
    if request.method == .get || request.method == .head || isOwn(request) { return try await next(request, context) }
    // Prometheus's queries give no orders, but samples are not taken from pages either.
    guard let need = context.need(of: request, exporters: exporters), need.form == .control || need.role == .ingest
    else {
      return try await next(request, context)
    }
    return try JSONAnswer.error(
      .forbidden, code: "foreign_origin",
      message:
        "Orders and samples from web pages of other origins are not taken; use the command line, or call without Origin."
    )
  }

  private func isOwn(_ request: Request) -> Bool {
    if let site = request.headers[.secFetchSite], site != "same-origin", site != "none" { return false }
    let origins = request.headers[values: .origin]
    guard let origin = origins.first else { return true }
    guard origins.count == 1, let authority = request.head.authority?.lowercased(),
      let scheme = origin.firstRange(of: "://")
    else { return false }
    let page = origin[scheme.upperBound...].lowercased()
    return page == authority && isSafe(Self.host(of: page))
  }

  private func isSafe(_ host: String) -> Bool {
    host == "localhost" || Self.isAddress(host) || hostNames.contains(host)
  }

  /// Whether a host is an IPv4 or (in brackets) an IPv6 address.
  private static func isAddress(_ host: String) -> Bool {
    if host.hasPrefix("[") && host.hasSuffix("]") { return true }
    let numbers = host.split(separator: ".", omittingEmptySubsequences: false)
    return numbers.count == 4 && numbers.allSatisfy { UInt8($0) != nil }
  }

  private static func host(of authority: String) -> String {
    if authority.hasPrefix("["), let end = authority.firstIndex(of: "]") { return String(authority[...end]) }
    return String(authority.prefix { $0 != ":" })
  }
}

extension HTTPField.Name {
  static let secFetchSite = HTTPField.Name("Sec-Fetch-Site")!
}
