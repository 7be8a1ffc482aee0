internal import Crypto
internal import Foundation
internal import SwiftASN1
internal import X509

/// A certificate with its key, as PEM text.
public struct MintedCertificate: Sendable, Hashable {
  public var certificate: String
  /// PKCS #8.
  public var key: String

  /// - Parameters:
  ///   - certificate: PEM.
  ///   - key: PEM, PKCS #8.
  public init(certificate: String, key: String) {
    self.certificate = certificate
    self.key = key
  }
}

/// A certificate authority of the simulated world: makes the certificates that its servers show and its clients need.
///
/// The dates are the real world's, whatever the simulated clock says, since real programs verify them.
public struct CertificateMint: Sendable {
  /// The kind of keys and signatures.
  public enum Algorithm: Sendable {
    /// As Kubernetes and Proxmox use it.
    case p256
    /// As Talos uses it.
    case ed25519
  }

  /// Of what clients are to trust.
  public let authority: MintedCertificate
  private let algorithm: Algorithm
  private let issuer: DistinguishedName
  private let issuerKey: Certificate.PrivateKey

  /// A new authority.
  public init(name: String, algorithm: Algorithm) throws {
    self.algorithm = algorithm
    issuer = try DistinguishedName { CommonName(name) }
    issuerKey = Self.newKey(algorithm)
    let certificate = try Certificate(
      version: .v3, serialNumber: .init(), publicKey: issuerKey.publicKey,
      notValidBefore: Date(timeIntervalSinceNow: -3600), notValidAfter: Date(timeIntervalSinceNow: 10 * 365 * 86_400),
      issuer: issuer, subject: issuer, signatureAlgorithm: Self.signature(algorithm),
      extensions: Certificate.Extensions {
        Critical(BasicConstraints.isCertificateAuthority(maxPathLength: nil))
        Critical(KeyUsage(digitalSignature: true, keyCertSign: true))
      }, issuerPrivateKey: issuerKey)
    authority = MintedCertificate(
      certificate: try certificate.serializeAsPEM().pemString, key: try issuerKey.serializeAsPEM().pemString)
  }

  /// An authority that was made before.
  public init(authority: MintedCertificate, algorithm: Algorithm) throws {
    self.authority = authority
    self.algorithm = algorithm
    issuer = try Certificate(pemEncoded: authority.certificate).subject
    issuerKey = try Certificate.PrivateKey(pemEncoded: authority.key)
  }

  /// A certificate of a server.
  /// - Parameters:
  ///   - names: DNS names and IP addresses that clients may dial.
  public func server(_ name: String, names: [String]) throws -> MintedCertificate {
    let alternatives = names.map { name in
      Self.addressBytes(name).map { GeneralName.ipAddress(ASN1OctetString(contentBytes: $0[...])) } ?? .dnsName(name)
    }
    return try mint(
      try DistinguishedName { CommonName(name) },
      Certificate.Extensions {
        Critical(BasicConstraints.notCertificateAuthority)
        Critical(KeyUsage(digitalSignature: true))
        try ExtendedKeyUsage([.serverAuth])
        SubjectAlternativeNames(alternatives)
      })
  }

  /// A certificate of a client.
  /// - Parameters:
  ///   - name: the common name: the user.
  ///   - organization: the group or role.
  public func client(_ name: String, organization: String) throws -> MintedCertificate {
    try mint(
      try DistinguishedName {
        OrganizationName(organization)
        CommonName(name)
      },
      Certificate.Extensions {
        Critical(BasicConstraints.notCertificateAuthority)
        Critical(KeyUsage(digitalSignature: true))
        try ExtendedKeyUsage([.clientAuth])
      })
  }

  private func mint(
    _ subject: DistinguishedName, _ extensions: Certificate.Extensions
  ) throws -> MintedCertificate {
    let key = Self.newKey(algorithm)
    let certificate = try Certificate(
      version: .v3, serialNumber: .init(), publicKey: key.publicKey,
      notValidBefore: Date(timeIntervalSinceNow: -3600), notValidAfter: Date(timeIntervalSinceNow: 365 * 86_400),
      issuer: issuer, subject: subject, signatureAlgorithm: Self.signature(algorithm), extensions: extensions,
      issuerPrivateKey: issuerKey)
    return MintedCertificate(
      certificate: try certificate.serializeAsPEM().pemString, key: try key.serializeAsPEM().pemString)
  }

  private static func newKey(_ algorithm: Algorithm) -> Certificate.PrivateKey {
    switch algorithm {
    case .p256: Certificate.PrivateKey(P256.Signing.PrivateKey())
    case .ed25519: Certificate.PrivateKey(Curve25519.Signing.PrivateKey())
    }
  }

  private static func signature(_ algorithm: Algorithm) -> Certificate.SignatureAlgorithm {
    switch algorithm {
    case .p256: .ecdsaWithSHA256
    case .ed25519: .ed25519
    }
  }

  /// The four bytes of an IPv4 address.
  private static func addressBytes(_ text: String) -> [UInt8]? {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false).map { UInt8($0) }
    return parts.count == 4 && !parts.contains(nil) ? parts.compactMap { $0 } : nil
  }
}
