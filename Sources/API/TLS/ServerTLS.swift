import Foundation
public import Model
import NIOSSL
import SwiftASN1
import Synchronization
import X509

/// The server's certificate and the authorities of its clients, read from files that may change while it runs.
///
/// A new pair of files takes effect for connections that begin after it was read; those that are there go on. A pair that
/// cannot be used leaves everything as it was. Thread-safe.
public final class ServerTLS: Sendable {
  /// PEM files: absolute paths, or from the working directory.
  public struct Files: Sendable, Hashable {
    /// The server's certificate first, then those between it and the authority.
    public var certificate: String
    /// Not encrypted.
    public var key: String
    /// `nil`: no client certificates are asked for.
    public var clientAuthorities: String?

    /// Without client certificates.
    public init(certificate: String, key: String) {
      self.certificate = certificate
      self.key = key
    }

    /// All of them.
    public var paths: [String] { [certificate, key] + (clientAuthorities.map { [$0] } ?? []) }
  }

  /// Why files cannot be used. No content of a file is in it.
  public struct Fault: Error, Sendable, CustomStringConvertible {
    /// A sentence that names the file.
    public let description: String
  }

  /// Bytes of a file.
  static let fileBytes = 1 << 20

  private struct State {
    var files: Files
    var context: NIOSSLContext
    var expiry: Instant
  }

  private let state: Mutex<State>

  /// Reads the files.
  public init(_ files: Files) throws(Fault) {
    let (context, expiry) = try Self.load(files)
    state = Mutex(State(files: files, context: context, expiry: expiry))
  }

  /// What the files are now.
  public var files: Files { state.withLock { $0.files } }

  /// When the server's own certificate ends.
  public var expiry: Instant { state.withLock { $0.expiry } }

  /// What a new connection is encrypted with.
  var context: NIOSSLContext { state.withLock { $0.context } }

  /// Reads the files again, or others in their place.
  public func reload(_ files: Files? = nil) throws(Fault) {
    let files = files ?? self.files
    let (context, expiry) = try Self.load(files)
    state.withLock { $0 = State(files: files, context: context, expiry: expiry) }
  }

  private static func load(_ files: Files) throws(Fault) -> (NIOSSLContext, Instant) {
    let chain = try certificates(files.certificate)
    let key: NIOSSLPrivateKey
    let keyBytes = try bytes(files.key)
    do { key = try NIOSSLPrivateKey(bytes: keyBytes, format: .pem) } catch {
      throw Fault(description: "\(files.key) holds no private key in PEM form that is not encrypted.")
    }
    var configuration = TLSConfiguration.makeServerConfiguration(
      certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(key))
    configuration.minimumTLSVersion = .tlsv12
    configuration.applicationProtocols = ["http/1.1"]
    if let path = files.clientAuthorities {
      configuration.trustRoots = .certificates(try certificates(path))
      configuration.certificateVerification = .optionalVerification
    }
    do {
      return (
        try NIOSSLContext(configuration: configuration), Instant(milliseconds: Int64(chain[0].notValidAfter) * 1000)
      )
    } catch {
      throw Fault(description: "\(files.key) is not the key of the certificate in \(files.certificate).")
    }
  }

  private static func certificates(_ path: String) throws(Fault) -> [NIOSSLCertificate] {
    let bytes = try bytes(path)
    guard let certificates = try? NIOSSLCertificate.fromPEMBytes(bytes), !certificates.isEmpty else {
      throw Fault(description: "\(path) holds no certificate in PEM form.")
    }
    return certificates
  }

  private static func bytes(_ path: String) throws(Fault) -> [UInt8] {
    let data: Data
    do { data = try Data(contentsOf: URL(fileURLWithPath: path)) } catch {
      throw Fault(description: "\(path) cannot be read: \(error.localizedDescription)")
    }
    guard data.count <= fileBytes else { throw Fault(description: "\(path) has more than \(fileBytes) bytes.") }
    return [UInt8](data)
  }
}

/// What a client certificate proves.
enum CertificateNames {
  /// Names that are looked at of one certificate.
  static let most = 64

  /// The common name, then DNS names and URIs among the alternative names; of a certificate that has been verified.
  static func names(der: [UInt8]) -> [String] {
    guard let certificate = try? Certificate(derEncoded: der) else { return [] }
    let common = certificate.subject.flatMap { $0 }.filter { $0.type == .RDNAttributeType.commonName }
      .map { String(describing: $0.value) }
    let alternatives =
      (try? certificate.extensions.subjectAlternativeNames).flatMap { $0 } ?? SubjectAlternativeNames([])
    let others = alternatives.compactMap { name -> String? in
      switch name {
      case .dnsName(let name): name
      case .uniformResourceIdentifier(let name): name
      default: nil
      }
    }
    return Array((common + others).prefix(most))
  }
}
