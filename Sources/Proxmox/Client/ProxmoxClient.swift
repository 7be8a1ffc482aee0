import HTTPTransport
import Model
import Ports
import Synchronization

/// Speaks the REST API of Proxmox VE: builds requests, reads envelopes, keeps a ticket, goes to another host while one
/// cannot be reached. A call that changes something is never sent twice.
final class ProxmoxClient: Sendable {
  enum Method: String, Sendable {
    case get = "GET"
    case post = "POST"
    case put = "PUT"
    case delete = "DELETE"
  }

  private let options: ProxmoxOptions
  private let time: any TimeSource
  private let notice: @Sendable (String) -> Void
  /// One a host, since trust belongs to the host.
  private let clients: [HTTPClient]
  /// The host that answered last.
  private let current = Mutex(0)
  private let tickets = Mutex<TicketHolder?>(nil)

  /// Requests to one host at once; Proxmox has three processes by default.
  static let parallelRequests = 8

  init(_ options: ProxmoxOptions, time: any TimeSource, notice: @escaping @Sendable (String) -> Void) {
    self.options = options
    self.time = time
    self.notice = notice
    clients = options.endpoints.map { endpoint in
      var configuration = HTTPClientConfiguration()
      configuration.trust = endpoint.trust
      configuration.maximumConcurrentRequests = Self.parallelRequests
      configuration.maximumKeptConnections = Self.parallelRequests
      return HTTPClient(configuration)
    }
  }

  func shutdown() async {
    for client in clients { await client.shutdown() }
  }

  // MARK: Calls

  func get(_ path: [String], _ query: [String: ParameterValue] = [:]) async throws -> JSONValue {
    try await call(.get, path, query)
  }

  func post(_ path: [String], _ form: [String: ParameterValue] = [:]) async throws -> JSONValue {
    try await call(.post, path, form)
  }

  func put(_ path: [String], _ form: [String: ParameterValue]) async throws -> JSONValue {
    try await call(.put, path, form)
  }

  func delete(_ path: [String], _ query: [String: ParameterValue]) async throws -> JSONValue {
    try await call(.delete, path, query)
  }

  /// - Returns: what stands under `data`; `null` where there is nothing.
  /// - Throws: `ProxmoxFailure`, or `CancellationError` when the task was cancelled.
  private func call(_ method: Method, _ path: [String], _ parameters: [String: ParameterValue]) async throws
    -> JSONValue
  {
    var authentication = try await authentication()
    var response = try await exchange(method, path, parameters, authentication)
    if response.status == 401, let refused = authentication.ticket, let holder = tickets.withLock({ $0 }) {
      // Refused before anything was done: to send it again with a fresh ticket repeats nothing.
      authentication = Authentication(ticket: try await holder.replacement(of: refused))
      response = try await exchange(method, path, parameters, authentication)
    }
    return try read(response, call: Self.shown(method, path))
  }

  private static func shown(_ method: Method, _ path: [String]) -> String {
    "\(method.rawValue) /\(path.joined(separator: "/"))"
  }

  private func read(_ response: HTTPResponse, call: String) throws(ProxmoxFailure) -> JSONValue {
    guard response.status == 200 else {
      var failure = ProxmoxFailure(response, call: call)
      if response.status < 400 {
        failure.meaning = .invalid
        failure.text = "the address redirects elsewhere; write the address of a Proxmox host, port 8006, as the URL"
      }
      failure.text = failure.text.replacing(options.credentials.secret, with: "‹secret›")
      throw failure
    }
    guard let body = JSONValue(response.body), body.object != nil else {
      throw ProxmoxFailure(
        .other, status: 200, text: "the answer is not the Proxmox API's; is the URL right?", call: call)
    }
    return body["data"] ?? .null
  }

  // MARK: Hosts in turn

  private func exchange(
    _ method: Method, _ path: [String], _ parameters: [String: ParameterValue], _ authentication: Authentication
  ) async throws -> HTTPResponse {
    let call = Self.shown(method, path)
    let first = current.withLock { $0 }
    var reasons: [String] = []
    var isUntrusted = true
    for offset in options.endpoints.indices {
      let index = (first + offset) % options.endpoints.count
      let request = request(method, to: options.endpoints[index], path, parameters, authentication)
      do {
        let response = try await send(request, by: clients[index])
        if offset > 0 {
          current.withLock { $0 = index }
          notice("\(options.endpoints[index].url) is asked from now on: \(reasons.joined(separator: " "))")
        }
        return response
      } catch {
        switch error.code {
        case .cancelled: throw CancellationError()
        case .invalidRequest, .responseTooLarge, .closed:
          throw ProxmoxFailure(.invalid, text: error.message, call: call)
        case .overloaded: throw ProxmoxFailure(.locked, text: error.message, call: call)
        case .unreachable, .untrusted, .timedOut, .interrupted: break
        }
        if method != .get, error.mayHaveBeenSent {
          throw ProxmoxFailure(.uncertain, text: "the answer was lost: \(error.message)", call: call)
        }
        isUntrusted = isUntrusted && error.code == .untrusted
        reasons.append("\(options.endpoints[index].url) cannot be used: \(error.message)")
      }
    }
    throw ProxmoxFailure(isUntrusted ? .untrusted : .noEndpoint, text: reasons.joined(separator: " "), call: call)
  }

  /// A read whose kept connection died under it is made once more, on a connection of its own.
  private func send(_ request: HTTPRequest, by client: HTTPClient) async throws(HTTPTransportError) -> HTTPResponse {
    do { return try await client.send(request, deadline: options.timeout) } catch {
      guard request.isRepeatable, error.code == .interrupted else { throw error }
      var again = request
      again.isRepeatable = false
      return try await client.send(again, deadline: options.timeout)
    }
  }

  private func request(
    _ method: Method, to endpoint: ProxmoxEndpoint, _ path: [String], _ parameters: [String: ParameterValue],
    _ authentication: Authentication
  ) -> HTTPRequest {
    let base = endpoint.url.hasSuffix("/") ? String(endpoint.url.dropLast()) : endpoint.url
    var url = base + "/api2/json/" + path.map(FormEncoding.escaped).joined(separator: "/")
    var headers = [HTTPHeader("Accept", "application/json")] + authentication.headers(changing: method != .get)
    var body: [UInt8]?
    switch method {
    case .get, .delete:
      // A body on either is refused.
      if !parameters.isEmpty { url += "?" + FormEncoding.text(parameters) }
    case .post, .put:
      headers.append(HTTPHeader("Content-Type", "application/x-www-form-urlencoded"))
      body = Array(FormEncoding.text(parameters).utf8)
    }
    var request = HTTPRequest(method.rawValue, url, headers: headers, body: body)
    request.isRepeatable = method == .get
    return request
  }

  // MARK: Who asks

  private struct Authentication {
    var token: String?
    var ticket: Ticket?

    func headers(changing: Bool) -> [HTTPHeader] {
      if let token { return [HTTPHeader("Authorization", "PVEAPIToken=\(token)")] }
      guard let ticket else { return [] }
      let cookie = HTTPHeader("Cookie", "PVEAuthCookie=\(FormEncoding.escaped(ticket.text))")
      return changing ? [cookie, HTTPHeader("CSRFPreventionToken", ticket.csrfToken)] : [cookie]
    }
  }

  private func authentication() async throws -> Authentication {
    switch options.credentials {
    case .token(let id, let secret): return Authentication(token: "\(id)=\(secret)")
    case .password(let user, let password):
      let holder = tickets.withLock { holder in
        let kept =
          holder
          ?? TicketHolder(password: password) { [weak self] secret in
            guard let self else { throw CancellationError() }
            return try await self.login(user, secret)
          }
        holder = kept
        return kept
      }
      return Authentication(ticket: try await holder.current(at: time.now()))
    }
  }

  private func login(_ user: String, _ secret: String) async throws -> Ticket {
    let path = ["access", "ticket"]
    let form: [String: ParameterValue] = ["username": .text(user), "password": .text(secret)]
    let now = time.now()
    let data = try read(try await exchange(.post, path, form, Authentication()), call: Self.shown(.post, path))
    guard let text = data["ticket"]?.text, let csrfToken = data["CSRFPreventionToken"]?.text else {
      throw ProxmoxFailure(
        .unauthenticated,
        text:
          "the login of \(user) gave no ticket; a second factor cannot be asked for, so that an API token is needed",
        call: Self.shown(.post, path))
    }
    return Ticket(text: text, csrfToken: csrfToken, obtainedAt: now)
  }
}
