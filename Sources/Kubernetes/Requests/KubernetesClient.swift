import HTTPTransport
import Model
public import Ports
import Synchronization

/// What a client of an API server keeps to.
public struct KubernetesClientOptions: Sendable, Hashable {
  /// Requests a second, and at once after a quiet time. Source: client-go; controllers often take 20 and 30.
  public var requestsPerSecond = 20.0
  public var requestsAtOnce = 30.0
  /// For one answer, from when the request may be sent.
  public var deadline = Duration.seconds(30)
  /// Shown in the API server's audit log, and what its flow control may go by.
  public var userAgent = "poolkeeper"
  /// Objects of one page of a list.
  public var pageSize = 500

  /// Standard values.
  public init() {}
}

/// Speaks with one API server. Calls may come from any task.
///
/// Requests are held to a moderate rate. An answer that asks for it (429 or 5xx with Retry-After) is waited for and the
/// request sent again, at most `RetryRule.maximumRetries` times; reads are repeated when their connection broke. A 401 has
/// the credentials read anew, once. Cancelling the task gives the request up.
public final class KubernetesClient: ResourceAPI {
  let access: ClusterAccess
  let time: any TimeSource
  let options: KubernetesClientOptions
  private let store: CredentialStore
  private let retries = RetryRule()
  private let limit: Mutex<RateLimit>
  /// The HTTP client of the identity that is used now: a kept connection belongs to the certificate that made it.
  private let connection = Mutex<(identity: ClientIdentity?, client: HTTPClient)?>(nil)

  /// Nothing is sent before the first call.
  public init(_ access: ClusterAccess, time: any TimeSource, options: KubernetesClientOptions = .init()) {
    self.access = access
    self.time = time
    self.options = options
    store = CredentialStore(access, time: time)
    limit = Mutex(RateLimit(rate: options.requestsPerSecond, burst: options.requestsAtOnce))
  }

  /// A request as the callers see it.
  struct Call: Sendable {
    var method: String
    /// With its query.
    var path: String
    var body: [UInt8]?
    var contentType = "application/json"
    /// Whether the client may wait and send it again by itself.
    var mayRepeat = true
    /// Of the answer.
    var maximumBytes = KubernetesClient.largestAnswer

    var isRead: Bool { method == "GET" }

    init(_ method: String, _ path: String, body: [UInt8]? = nil) {
      self.method = method
      self.path = path
      self.body = body
    }
  }

  /// Of one answer, in bytes: a page of large objects.
  static let largestAnswer = 128 * 1024 * 1024
  /// Of an answer that says what went wrong, in bytes.
  private static let largestFailure = 1024 * 1024

  /// Sends a call and waits for its success.
  /// - Returns: the answer's body.
  func send(_ call: Call) async throws(KubernetesError) -> [UInt8] {
    try await attempt(call) { client, request throws(HTTPTransportError) in
      let answer = try await client.send(request, deadline: self.options.deadline)
      guard (200..<300).contains(answer.status) else { return .failure(KubernetesError(answer)) }
      return .success(answer.body)
    }
  }

  /// Sends a call whose answer has no end.
  /// - Parameter limits: of the stream.
  func stream(_ call: Call, limits: HTTPStreamLimits) async throws(KubernetesError) -> HTTPStream {
    try await attempt(call) { client, request throws(HTTPTransportError) in
      let stream = try await client.stream(request, limits: limits)
      guard (200..<300).contains(stream.status) else {
        let body = try await stream.collect(maximumBytes: Self.largestFailure)
        return .failure(
          KubernetesError(status: stream.status, body: body, retryAfter: stream.header("Retry-After")))
      }
      return .success(stream)
    }
  }

  private func attempt<Answer: Sendable>(
    _ call: Call,
    _ exchange: (HTTPClient, HTTPRequest) async throws(HTTPTransportError) -> Result<Answer, KubernetesError>
  ) async throws(KubernetesError) -> Answer {
    var retried = 0
    var hasRenewed = false
    while true {
      let credentials = try await store.credentials()
      try await takeTurn()
      let result: Result<Answer, KubernetesError>
      do throws(HTTPTransportError) {
        result = try await exchange(client(of: credentials), request(call, credentials))
      } catch {
        result = .failure(KubernetesError(error))
      }
      guard case .failure(let error) = result else { return try result.get() }
      if error.code == .unauthorized, !hasRenewed, await store.refused(credentials) {
        hasRenewed = true
        continue
      }
      guard call.mayRepeat, !Task.isCancelled,
        let pause = retries.pause(after: error, isRead: call.isRead, retries: retried)
      else { throw error }
      retried += 1
      do { try await time.sleep(for: pause) } catch { throw Self.givenUp }
    }
  }

  /// Waits until the rate allows one more request.
  private func takeTurn() async throws(KubernetesError) {
    let pause = limit.withLock { $0.reserve(at: time.now()) }
    guard pause > .zero else { return }
    do { try await time.sleep(for: pause) } catch {
      limit.withLock { $0.giveBack() }
      throw Self.givenUp
    }
  }

  private static let givenUp = KubernetesError(.unreachable, "The caller gave up before the request was sent.")

  private func client(of credentials: Credentials) -> HTTPClient {
    connection.withLock { connection in
      if let connection, connection.identity == credentials.identity { return connection.client }
      var configuration = HTTPClientConfiguration()
      configuration.trust = access.trust
      configuration.serverName = access.serverName
      configuration.identity = credentials.identity
      configuration.userAgent = options.userAgent
      let client = HTTPClient(configuration)
      connection = (credentials.identity, client)
      return client
    }
  }

  private func request(_ call: Call, _ credentials: Credentials) -> HTTPRequest {
    var headers = [HTTPHeader("Accept", "application/json")] + credentials.headers + access.impersonation
    if call.body != nil { headers.append(HTTPHeader("Content-Type", call.contentType)) }
    var request = HTTPRequest(
      call.method, access.server + call.path, headers: headers, body: call.body,
      maximumResponseBytes: call.maximumBytes)
    // A repetition by the transport would look like a conflict of our own making.
    request.isRepeatable = call.isRead
    return request
  }
}

extension KubernetesError {
  fileprivate init(_ answer: HTTPResponse) {
    self.init(status: answer.status, body: answer.body, retryAfter: answer.header("Retry-After"))
  }

  /// What the transport failed with.
  init(_ error: HTTPTransportError) {
    let code: Code =
      switch error.code {
      case .responseTooLarge: .malformed
      case .overloaded: .throttled
      case .invalidRequest: .invalid
      default: error.mayHaveBeenSent ? .uncertain : .unreachable
      }
    self.init(code, error.description)
  }
}
