internal import Crypto
internal import Foundation
internal import NIOCore
internal import NIOSSL

/// The SHA-256 of a server's public key (SubjectPublicKeyInfo), as a machine in maintenance shows it on its console.
public struct KeyFingerprint: Hashable, Sendable, CustomStringConvertible {
  /// 32 bytes.
  let bytes: [UInt8]

  /// Base64 as Talos prints it, or hexadecimal with or without colons; `nil` for anything else.
  public init?(_ text: String) {
    let digits = text.filter { $0 != ":" }
    if digits.count == 64, let hex = Self.hexadecimal(digits) {
      bytes = hex
    } else if let decoded = Data(base64Encoded: text), decoded.count == 32 {
      bytes = Array(decoded)
    } else {
      return nil
    }
  }

  init(of certificate: NIOSSLCertificate) throws {
    bytes = Array(SHA256.hash(data: try certificate.extractPublicKey().toSPKIBytes()))
  }

  public var description: String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(separator: ":")
  }

  private static func hexadecimal(_ digits: String) -> [UInt8]? {
    var bytes: [UInt8] = []
    var rest = digits[...]
    while !rest.isEmpty {
      guard let byte = UInt8(rest.prefix(2), radix: 16) else { return nil }
      bytes.append(byte)
      rest = rest.dropFirst(2)
    }
    return bytes
  }
}

/// How a server proves who it is, and how we do.
enum TalosSecurity: Hashable, Sendable {
  /// By the talosconfig's authority and our certificate.
  case mutual
  /// A machine in maintenance: by its key if that was pinned, else not at all; we show nothing.
  case maintenance(KeyFingerprint?)

  /// Ed25519 is not among what the TLS library verifies by default, and Talos's certificates are of that kind.
  static let verified: [SignatureAlgorithm] = [
    .ed25519, .ecdsaSecp256R1Sha256, .ecdsaSecp384R1Sha384, .rsaPssRsaeSha256, .rsaPssRsaeSha384,
    .rsaPssRsaeSha512, .rsaPkcs1Sha256, .rsaPkcs1Sha384, .rsaPkcs1Sha512,
  ]

  func context(_ credentials: TalosCredentials) throws -> NIOSSLContext {
    var configuration = TLSConfiguration.makeClientConfiguration()
    configuration.applicationProtocols = ["h2"]
    configuration.verifySignatureAlgorithms = Self.verified
    configuration.minimumTLSVersion = .tlsv12
    if self == .mutual {
      configuration.trustRoots = .certificates(credentials.authorities)
      configuration.certificateChain = credentials.chain.map { .certificate($0) }
      configuration.privateKey = .privateKey(credentials.key)
      configuration.certificateVerification = .fullVerification
    } else {
      configuration.trustRoots = .certificates([])
      configuration.certificateVerification = .noHostnameVerification
    }
    return try NIOSSLContext(configuration: configuration)
  }

  /// - Parameter host: what was dialled; an address is compared with the certificate's addresses.
  func handler(_ context: NIOSSLContext, host: String) throws -> NIOSSLClientHandler {
    switch self {
    case .mutual:
      let isAddress = (try? SocketAddress(ipAddress: host, port: 1)) != nil
      return try NIOSSLClientHandler(context: context, serverHostname: isAddress ? nil : host)
    case .maintenance(let pin):
      return try NIOSSLClientHandler(context: context, serverHostname: nil) { certificates, promise in
        guard let pin else { return promise.succeed(.certificateVerified) }
        let shown = certificates.first.flatMap { try? KeyFingerprint(of: $0) }
        promise.succeed(shown == pin ? .certificateVerified : .failed)
      }
    }
  }
}
