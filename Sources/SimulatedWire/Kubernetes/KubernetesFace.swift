internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import NIOSSL
public import Simulator
internal import Synchronization

/// The simulated world's Kubernetes API, over HTTPS: good enough for kubectl, the Python client and our own.
///
/// Who shows a client certificate of its authority, or the token, may do everything; everybody else is refused. What
/// clients write that the world must know goes into the world; leases, events and custom resources are kept there too,
/// so that they live as long as the world does. Objects have one version counter; changes that the world makes by itself
/// are found while somebody watches, a few times a second of real time.
public final class KubernetesFace: WireFace {
  /// How the face is reached and how it behaves.
  public struct Options: Sendable {
    /// The address to listen on.
    public var host = "127.0.0.1"
    /// 0: any free one.
    public var port = 0
    /// Names and addresses that clients may dial; they are in the certificate.
    public var names = ["127.0.0.1", "localhost"]
    /// Between two looks for what the world did by itself, while there are watches; real time.
    public var lookInterval: Duration = .milliseconds(100)
    /// Between two bookmarks of a watch that wants them; real time.
    public var bookmarkInterval: Duration = .seconds(60)

    /// On the loop-back interface, any port.
    public init() {}
  }

  /// How the server is away.
  public enum Absence: Sendable, Hashable, Codable {
    /// Connections are closed without a word.
    case refusing
    /// Every request is answered with status 503.
    case unavailable
  }

  /// Who a kubeconfig is for.
  public enum User: Sendable, CaseIterable {
    /// Known by a client certificate.
    case administrator
    /// Known by a bearer token.
    case token
  }

  /// Open connections at one time; further ones are closed.
  static let connectionLimit = 2_000

  let api: KubernetesAPI
  let options: Options
  let faults: WireFaults
  let token: String
  private let mint: CertificateMint
  private let server: MintedCertificate
  private let administrator: MintedCertificate
  let away = Mutex<Absence?>(nil)
  private let listening = Mutex<Int>(0)

  /// - Parameters:
  ///   - mint: signs the server's certificate and those of clients.
  ///   - token: of the user that has no certificate; `nil`: a new one.
  public init(
    _ infrastructure: SimulatedInfrastructure, mint: CertificateMint, faults: WireFaults = WireFaults(),
    options: Options = Options(), token: String? = nil
  ) throws {
    api = KubernetesAPI(infrastructure)
    self.mint = mint
    self.faults = faults
    self.options = options
    self.token = token ?? Self.newToken()
    server = try mint.server("kube-apiserver", names: options.names)
    administrator = try mint.client("admin", organization: "system:masters")
  }

  private static func newToken() -> String {
    var random = SystemRandomNumberGenerator()
    return "sim." + DerivedUID.pad(random.next()) + DerivedUID.pad(random.next())
  }

  // MARK: - Faults of the server as a whole

  /// Breaks all connections of watches.
  public func cutWatches() { api.cutWatches() }

  /// Forgets all history: watches and pages of before are told that they are too old.
  public func compact() { api.compact() }

  /// Goes away, or comes back with `nil`.
  public func setAbsence(_ absence: Absence?) {
    away.withLock { $0 = absence }
    if absence != nil { api.cutWatches() }
  }

  // MARK: - Clients

  /// The address that is listened at.
  public var host: String { options.host }

  /// The port that is served; 0 before `run`.
  public var port: Int { listening.withLock { $0 } }

  /// A kubeconfig file's text, certificates and keys inside; call it while the face runs, since it names the port.
  public func kubeconfig(_ user: User = .administrator) -> String {
    func base64(_ text: String) -> String { Base64.encode(Array(text.utf8)) }
    let credentials =
      switch user {
      case .administrator:
        "    client-certificate-data: \(base64(administrator.certificate))\n"
          + "    client-key-data: \(base64(administrator.key))\n"
      case .token: "    token: \(token)\n"
      }
    let name = user == .administrator ? "admin" : "operator"
    return """
      apiVersion: v1
      kind: Config
      clusters:
      - name: simulated
        cluster:
          server: https://\(options.names[0]):\(port)
          certificate-authority-data: \(base64(mint.authority.certificate))
      users:
      - name: \(name)
        user:
      \(credentials)contexts:
      - name: simulated
        context:
          cluster: simulated
          user: \(name)
          namespace: default
      current-context: simulated

      """
  }

  /// PEM text of the authority that signed the server's certificate.
  public var authority: String { mint.authority.certificate }

  /// The administrator's certificate and key.
  public var clientCertificate: MintedCertificate { administrator }

  /// The token of the user without a certificate.
  public var bearerToken: String { token }

  // MARK: - Serving

  public func run(onRunning: @escaping @Sendable (Int) async -> Void) async throws {
    let context = try NIOSSLContext(configuration: try tls())
    let bound = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .serverChannelOption(.backlog, value: 256)
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
      .childChannelOption(.socketOption(.tcp_nodelay), value: 1)
      .bind(host: options.host, port: options.port) { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: context))
          try channel.pipeline.syncOperations.configureHTTPServerPipeline(withErrorHandling: true)
          return try NIOAsyncChannel<HTTPServerRequestPart, HTTPServerResponsePart>(
            wrappingChannelSynchronously: channel)
        }
      }
    let port = bound.channel.localAddress?.port ?? options.port
    listening.withLock { $0 = port }
    await withDiscardingTaskGroup { group in
      group.addTask { await self.lookAgainAndAgain() }
      await onRunning(port)
      try? await Acceptor.serve(bound) { await KubernetesConnection(self, $0).serve() }
      group.cancelAll()
    }
  }

  private func tls() throws -> TLSConfiguration {
    let certificate = try NIOSSLCertificate(bytes: Array(server.certificate.utf8), format: .pem)
    let key = try NIOSSLPrivateKey(bytes: Array(server.key.utf8), format: .pem)
    var configuration = TLSConfiguration.makeServerConfiguration(
      certificateChain: [.certificate(certificate)], privateKey: .privateKey(key))
    let authority = try NIOSSLCertificate(bytes: Array(mint.authority.certificate.utf8), format: .pem)
    configuration.trustRoots = .certificates([authority])
    configuration.certificateVerification = .optionalVerification
    configuration.applicationProtocols = ["http/1.1"]
    configuration.minimumTLSVersion = .tlsv12
    return configuration
  }

  /// Finds what the world did by itself, and lets watches look at the time.
  private func lookAgainAndAgain() async {
    var looks = 0
    while !Task.isCancelled {
      try? await Task.sleep(for: options.lookInterval)
      api.tick()
      looks += 1
      if looks % 5 == 0 { api.wakeAll() }
    }
  }
}

/// Base 64 as RFC 4648 has it.
enum Base64 {
  private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

  static func encode(_ bytes: [UInt8]) -> String {
    var result: [UInt8] = []
    for start in stride(from: 0, to: bytes.count, by: 3) {
      let group = Array(bytes[start..<min(start + 3, bytes.count)])
      let word = group.reduce(UInt32(0)) { $0 << 8 | UInt32($1) } << (8 * UInt32(3 - group.count))
      for index in 0..<4 {
        result.append(
          index <= group.count ? alphabet[Int(word >> UInt32(18 - 6 * index) & 63)] : UInt8(ascii: "="))
      }
    }
    return String(decoding: result, as: UTF8.self)
  }
}
