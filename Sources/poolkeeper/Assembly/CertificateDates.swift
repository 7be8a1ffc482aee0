import Exposition
import Foundation
import HTTPTransport
import Kubernetes
import Model
import SwiftASN1
import X509

/// When certificates in PEM form end.
enum CertificateDates {
  /// Certificates that are looked at of one text: a bundle of a system's authorities has a few hundred.
  static let mostCertificates = 1000

  /// The end of the first certificate of a text: a client's or a server's own stands before those that sign it.
  static func expiry(pem: String) -> Instant? { ends(pem).first }

  /// The last end in a text of authorities: as long as one of them stands, those that it signs are believed.
  static func lastExpiry(pem: String) -> Instant? { ends(pem).max() }

  private static let head = "-----BEGIN CERTIFICATE-----"
  private static let tail = "-----END CERTIFICATE-----"

  private static func ends(_ pem: String) -> [Instant] {
    pem.components(separatedBy: head).dropFirst().prefix(mostCertificates).compactMap { part in
      guard let body = part.components(separatedBy: tail).first else { return nil }
      guard let certificate = try? Certificate(pemEncoded: head + body + tail + "\n") else { return nil }
      return Instant(milliseconds: Int64((certificate.notValidAfter.timeIntervalSince1970 * 1000).rounded()))
    }
  }
}

extension CertificateExpiries {
  /// Shows the certificates of the way to the API server. Files are read at each scrape: others renew them. Those that a
  /// plug-in hands out are renewed by it and not shown.
  func watch(_ access: ClusterAccess) {
    if let certificate = access.identity?.certificate {
      watch("kubernetes_client") { certificate.text.flatMap(CertificateDates.expiry) }
    }
    if case .authorities(let authorities) = access.trust {
      watch("kubernetes_authority") { authorities.text.flatMap(CertificateDates.lastExpiry) }
    }
  }
}

extension PEMSource {
  /// `nil` where the file cannot be read.
  fileprivate var text: String? {
    switch self {
    case .bytes(let bytes): String(decoding: bytes, as: UTF8.self)
    case .file(let path): try? String(contentsOfFile: path, encoding: .utf8)
    }
  }
}
