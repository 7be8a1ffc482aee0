internal import Foundation
public import TalosMessages
internal import NIOSSL
internal import SwiftASN1
internal import X509

/// Whom we trust and who we are: what a talosconfig's context holds.
public struct TalosCredentials: Sendable, CustomStringConvertible {
  let authorities: [NIOSSLCertificate]
  let chain: [NIOSSLCertificate]
  let key: NIOSSLPrivateKey
  /// What the client certificate allows, the highest; `nil`: none of the roles that are known here.
  public let role: TalosRole?
  /// When the client certificate ends, in seconds since 1970.
  public let expiresAt: Int
  /// When the last of the authorities ends, in seconds since 1970.
  public let authoritiesExpireAt: Int

  /// - Parameters:
  ///   - authority: PEM of the authority's certificate.
  ///   - certificate: PEM of the client's certificate.
  ///   - key: PEM of its key; Talos's own label `ED25519 PRIVATE KEY` is understood.
  /// - Throws: `TalosError` of code `credentials`.
  public init(authority: String, certificate: String, key: String) throws {
    do {
      authorities = try NIOSSLCertificate.fromPEMBytes(Array(authority.utf8))
      chain = try NIOSSLCertificate.fromPEMBytes(Array(certificate.utf8))
      self.key = try NIOSSLPrivateKey(bytes: Array(Self.relabelled(key).utf8), format: .pem)
    } catch {
      throw TalosError(
        .credentials, "A certificate or key of the talosconfig is not PEM text; make the file anew with talosctl.")
    }
    guard let own = chain.first, !authorities.isEmpty else {
      throw TalosError(.credentials, "The talosconfig holds no certificate in ca or crt; make it anew with talosctl.")
    }
    expiresAt = Int(own.notValidAfter)
    authoritiesExpireAt = authorities.map { Int($0.notValidAfter) }.max() ?? 0
    let subject = try? Certificate(derEncoded: own.toDERBytes()).subject
    role = subject?.flatMap { Array($0) }.filter { $0.type == .RDNAttributeType.organizationName }
      .compactMap { TalosRole(rawValue: String(describing: $0.value)) }.max()
  }

  /// Talos labels PKCS #8 keys by their algorithm; others know them as `PRIVATE KEY`.
  static func relabelled(_ key: String) -> String {
    key.replacingOccurrences(of: "-----BEGIN ED25519 PRIVATE KEY-----", with: "-----BEGIN PRIVATE KEY-----")
      .replacingOccurrences(of: "-----END ED25519 PRIVATE KEY-----", with: "-----END PRIVATE KEY-----")
  }

  /// Tells the role and nothing secret.
  public var description: String { "Talos credentials with role \(role?.rawValue ?? "unknown")" }
}
