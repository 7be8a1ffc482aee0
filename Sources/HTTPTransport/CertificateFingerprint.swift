import Crypto
import Foundation

/// The SHA-256 of a certificate's DER form, as Proxmox and `openssl x509 -fingerprint -sha256` show it.
public struct CertificateFingerprint: Sendable, Hashable, CustomStringConvertible {
  private let digest: [UInt8]

  /// Reads 64 hexadecimal digits in either case, with or without colons; `nil` for anything else.
  public init?(_ text: String) {
    let digits = text.utf8.filter { $0 != UInt8(ascii: ":") }
    guard digits.count == 64, digits.allSatisfy({ Character(UnicodeScalar($0)).isHexDigit }) else { return nil }
    var bytes: [UInt8] = []
    for index in stride(from: 0, to: 64, by: 2) {
      guard let byte = UInt8(String(decoding: digits[index...index + 1], as: UTF8.self), radix: 16) else { return nil }
      bytes.append(byte)
    }
    digest = bytes
  }

  /// Of a certificate in DER form.
  init(der: [UInt8]) { digest = Array(SHA256.hash(data: der)) }

  /// Of a certificate in PEM form; `nil` when it is none.
  init?(pem: String) {
    let lines = pem.split(whereSeparator: \.isNewline)
    guard let begin = lines.firstIndex(where: { $0.hasSuffix("-----BEGIN CERTIFICATE-----") }),
      let end = lines[begin...].firstIndex(where: { $0.hasPrefix("-----END") }),
      let der = Data(base64Encoded: lines[(begin + 1)..<end].joined())
    else { return nil }
    self.init(der: [UInt8](der))
  }

  /// Upper case with colons.
  public var description: String {
    digest.map { ($0 < 16 ? "0" : "") + String($0, radix: 16, uppercase: true) }.joined(separator: ":")
  }
}
