internal import Crypto
internal import Foundation
internal import NIOCore
internal import NIOHTTP1
internal import NIOHTTP2
internal import NIOPosix
internal import NIOSSL
internal import SwiftASN1
internal import Synchronization
internal import X509

/// The open doors of the machines.
actor TalosListeners {
  private struct Door {
    var channel: any Channel
    var address: String
    var isConfigured: Bool
    let visitors: Visitors
  }

  private let service: TalosService
  private let mint: CertificateMint
  private let controlPlane: String
  private let maintenance: MintedCertificate
  private var port: Int
  private var doors: [TalosPlace: Door] = [:]

  init(service: TalosService, mint: CertificateMint, controlPlane: String, port: Int) throws {
    self.service = service
    self.mint = mint
    self.controlPlane = controlPlane
    self.port = port
    maintenance = try CertificateMint(name: "maintenance", algorithm: .ed25519).authority
  }

  nonisolated func maintenanceFingerprint() throws -> String {
    let certificate = try NIOSSLCertificate.fromPEMBytes(Array(maintenance.certificate.utf8))[0]
    return Data(SHA256.hash(data: try certificate.extractPublicKey().toSPKIBytes())).base64EncodedString()
  }

  var connections: Int { doors.values.reduce(0) { $0 + $1.visitors.count } }

  func start() async throws -> Int {
    if doors[.controlPlane] == nil { try await open(.controlPlane, controlPlane, isConfigured: true) }
    return port
  }

  func stop() async {
    for place in doors.keys { await close(place) }
  }

  func reconcile() async throws {
    let answering = service.answeringMachines()
    for (place, door) in doors where place != .controlPlane {
      let now = answering[place]
      if now?.address != door.address {
        await close(place)
      } else if now?.isConfigured != door.isConfigured {
        // The same address answers as somebody else: those who came before are sent away.
        doors[place]?.isConfigured = now?.isConfigured == true
        await door.visitors.sendAway()
      }
    }
    for (place, machine) in answering where doors[place] == nil {
      try await open(place, machine.address, isConfigured: machine.isConfigured)
    }
    service.noteStages()
  }

  private func close(_ place: TalosPlace) async {
    guard let door = doors.removeValue(forKey: place) else { return }
    // A door that is closed already is what was wanted.
    try? await door.channel.close()
    await door.visitors.sendAway()
  }

  private func open(_ place: TalosPlace, _ address: String, isConfigured: Bool) async throws {
    let visitors = Visitors()
    let mutual = try context(try mint.server("talos", names: [address]), asksForClient: true)
    let unproven = try context(maintenance, asksForClient: false)
    let service = self.service
    let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
      .childChannelOption(.socketOption(.tcp_nodelay), value: 1)
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          guard let isConfigured = service.answers(place) else { throw ChannelError.ioOnClosedChannel }
          visitors.add(channel)
          try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: isConfigured ? mutual : unproven))
          _ = try channel.pipeline.syncOperations.configureHTTP2Pipeline(
            mode: .server, connectionConfiguration: .init(), streamConfiguration: .init()
          ) { stream in
            stream.eventLoop.makeCompletedFuture {
              try stream.pipeline.syncOperations.addHandlers([
                HTTP2FramePayloadToHTTP1ServerCodec(),
                GRPCStreamHandler { request, responder in
                  let peer = await Self.peer(of: channel, at: place, isConfigured: isConfigured)
                  await service.serve(request, from: peer, to: responder)
                },
              ])
            }
          }
        }
      }
      .bind(host: address, port: port).get()
    port = channel.localAddress?.port ?? port
    doors[place] = Door(channel: channel, address: address, isConfigured: isConfigured, visitors: visitors)
  }

  /// Ed25519 is not among what the TLS library verifies by default.
  private func context(_ certificate: MintedCertificate, asksForClient: Bool) throws -> NIOSSLContext {
    var configuration = TLSConfiguration.makeServerConfiguration(
      certificateChain: try NIOSSLCertificate.fromPEMBytes(Array(certificate.certificate.utf8)).map {
        .certificate($0)
      },
      privateKey: .privateKey(try NIOSSLPrivateKey(bytes: Array(certificate.key.utf8), format: .pem)))
    configuration.applicationProtocols = ["h2"]
    configuration.minimumTLSVersion = .tlsv12
    if asksForClient {
      configuration.certificateVerification = .noHostnameVerification
      configuration.verifySignatureAlgorithms = [.ed25519, .ecdsaSecp256R1Sha256, .rsaPssRsaeSha256]
      configuration.trustRoots = .certificates(
        try NIOSSLCertificate.fromPEMBytes(Array(mint.authority.certificate.utf8)))
    }
    return try NIOSSLContext(configuration: configuration)
  }

  /// Who calls, by the organization in the certificate.
  private static func peer(
    of channel: any Channel, at place: TalosPlace, isConfigured: Bool
  ) async -> TalosPeer {
    let shown = try? await channel.nioSSL_peerCertificate().get()
    let subject = shown.flatMap { try? Certificate(derEncoded: $0.toDERBytes()).subject }
    let organizations = subject?.flatMap { Array($0) }.filter { $0.type == .RDNAttributeType.organizationName }
      .map { String(describing: $0.value) }
    return TalosPeer(place: place, isConfigured: isConfigured, organizations: organizations ?? [])
  }
}

/// Connections that came through one door.
final class Visitors: Sendable {
  private let channels = Mutex<[ObjectIdentifier: any Channel]>([:])

  var count: Int { channels.withLock { $0.count } }

  func add(_ channel: any Channel) {
    let id = ObjectIdentifier(channel)
    channels.withLock { $0[id] = channel }
    channel.closeFuture.whenComplete { [weak self] _ in self?.channels.withLock { _ = $0.removeValue(forKey: id) } }
  }

  /// Ends their connections.
  func sendAway() async {
    for channel in channels.withLock({ Array($0.values) }) { try? await channel.close() }
  }
}
