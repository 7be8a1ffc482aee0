internal import GRPCCore
internal import GRPCNIOTransportHTTP2Posix
internal import Ports
internal import TalosMessages

/// Where a call goes.
public struct TalosTarget: Hashable, Sendable {
  /// What is dialled.
  public var endpoint: TalosEndpoint
  /// The node that the endpoint forwards the call to, by address; `nil`: the endpoint itself answers.
  public var node: String?
  var security: TalosSecurity

  /// A machine with a configuration, directly or through a control-plane node.
  public init(_ endpoint: TalosEndpoint, node: String? = nil) {
    self.endpoint = endpoint
    self.node = node
    security = .mutual
  }

  /// A machine without a configuration. Whoever answers there is believed, unless a key is pinned.
  public static func maintenance(_ endpoint: TalosEndpoint, key: KeyFingerprint?) -> TalosTarget {
    var target = TalosTarget(endpoint)
    target.security = .maintenance(key)
    return target
  }
}

/// Calls of the Talos machine API.
///
/// Calls may come from any task; each has a deadline. Errors are `PortError`; a change whose answer did not come is
/// `uncertain`.
public struct TalosClient: Sendable {
  let connections: TalosConnections

  let deadlines: TalosDeadlines

  /// - Parameters:
  ///   - credentials: whom to trust and who we are.
  ///   - deadlines: how long is waited for machines.
  public init(credentials: TalosCredentials, deadlines: TalosDeadlines = TalosDeadlines()) {
    connections = TalosConnections(credentials: credentials, deadlines: deadlines)
    self.deadlines = deadlines
  }

  /// Ends all connections.
  public func close() async { await connections.closeAll() }

  /// Connections that are held at the moment.
  public var openConnections: Int { get async { await connections.count } }

  /// Opens the connection that a call would use, if there is none.
  /// - Throws: `TalosError`.
  func connect(to target: TalosTarget) async throws {
    _ = try await connections.connection(.init(endpoint: target.endpoint, security: target.security))
  }

  /// Ends the connection to a peer that is known to change.
  func drop(_ target: TalosTarget) async {
    await connections.drop(.init(endpoint: target.endpoint, security: target.security))
  }

  /// A call with one answer.
  /// - Parameters:
  ///   - operation: the port's operation, for errors.
  ///   - changes: whether it changes something at the machine.
  func call<Request: TalosMessage, Answer: TalosMessage>(
    _ method: TalosMethod, _ request: Request, at target: TalosTarget, operation: String, changes: Bool = false
  ) async throws -> Answer {
    do {
      var options = CallOptions.defaults
      options.timeout = changes ? deadlines.change : deadlines.read
      options.maxResponseMessageBytes = TalosMessageLimits.bytes
      options.maxRequestMessageBytes = TalosLimits.workerConfigurationBytes + 1024
      let sent = options
      return try await onConnection(to: target) { client in
        try await client.unary(
          request: Self.request(request, target), descriptor: method.descriptor, serializer: MessageBytes<Request>(),
          deserializer: MessageBytes<Answer>(), options: sent
        ) { try $0.message }
      }
    } catch {
      throw PortError(error, operation: operation, changes: changes)
    }
  }

  /// A call with many answers: `take` gets each until it returns false or there are no more.
  /// - Parameter limit: the time for all of it; `nil`: the deadline of calls that look.
  func stream<Request: TalosMessage, Answer: TalosMessage>(
    _ method: TalosMethod, _ request: Request, at target: TalosTarget, operation: String,
    limit: Duration? = nil, take: @escaping @Sendable (Answer) async throws -> Bool
  ) async throws {
    do {
      var options = CallOptions.defaults
      options.timeout = limit ?? deadlines.read
      options.maxResponseMessageBytes = TalosMessageLimits.bytes
      let sent = options
      try await onConnection(to: target) { client in
        try await client.serverStreaming(
          request: Self.request(request, target), descriptor: method.descriptor, serializer: MessageBytes<Request>(),
          deserializer: MessageBytes<Answer>(), options: sent
        ) { response in
          var elements = 0
          for try await message in response.messages {
            elements += 1
            guard elements <= TalosLimits.streamElements else {
              throw PortError(
                .failed, "The machine's list is longer than \(TalosLimits.streamElements) elements.",
                operation: operation)
            }
            if try await !take(message) { return }
          }
        }
      }
    } catch {
      throw PortError(error, operation: operation, changes: false)
    }
  }

  /// Makes a call on the kept connection, or on a new one when the kept one turns out to have ended before anything
  /// was sent on it.
  private func onConnection<Result>(
    to target: TalosTarget, _ body: (GRPCClient<HTTP2ClientTransport.WrappedChannel>) async throws -> Result
  ) async throws -> Result {
    let key = TalosConnections.Key(endpoint: target.endpoint, security: target.security)
    for _ in 1..<TalosLimits.attempts {
      let connection = try await connections.connection(key)
      do {
        return try await connection.call(body)
      } catch let error as RPCError where PortError.hadNoStream(error) {
        connection.close()
      } catch let error as RPCError where error.code == .deadlineExceeded {
        await connections.retire(connection, key)
        throw error
      }
    }
    return try await connections.connection(key).call(body)
  }

  private static func request<Request: TalosMessage>(
    _ request: Request, _ target: TalosTarget
  ) -> ClientRequest<Request> {
    var metadata = Metadata()
    if let node = target.node { metadata.addString(node, forKey: "node") }
    return ClientRequest(message: request, metadata: metadata)
  }
}

extension TalosMethod {
  var descriptor: MethodDescriptor {
    MethodDescriptor(service: ServiceDescriptor(fullyQualifiedService: service), method: name)
  }
}

/// Our messages as gRPC moves them.
private struct MessageBytes<Message: TalosMessage>: MessageSerializer, MessageDeserializer {
  func serialize<Bytes: GRPCContiguousBytes>(_ message: Message) throws -> Bytes { Bytes(message.encoded()) }

  func deserialize<Bytes: GRPCContiguousBytes>(_ bytes: Bytes) throws -> Message {
    try Message(decoding: bytes.withUnsafeBytes { Array($0) })
  }
}
