internal import Foundation

/// The directory of a simulated world: its state, its certificates, and what clients need.
///
/// Certificates and secrets are made once and kept, so that a world that is started again is the same to its clients.
/// Only files of these names are written; nothing is removed.
public struct SimulatedWorldDirectory: Sendable {
  /// What the world's own programs authenticate with.
  struct Secrets: Codable, Sendable {
    var proxmoxToken: String
    var proxmoxPassword: String
    var proxmoxTicketKey: String
    var machineToken: String
    var clusterToken: String
    var clusterID: String
    var clusterSecret: String
  }

  public let path: String
  let secrets: Secrets

  /// Opens a directory, which is made where it is missing.
  public init(_ path: String) throws {
    self.path = path
    try FileManager.default.createDirectory(
      atPath: path + "/certificates", withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    let file = path + "/secrets.json"
    if let data = FileManager.default.contents(atPath: file) {
      secrets = try JSONDecoder().decode(Secrets.self, from: data)
      return
    }
    func hex(_ count: Int) -> String {
      String((0..<count).map { _ in "0123456789abcdef".randomElement() ?? "0" })
    }
    func base64(_ count: Int) -> String {
      Data((0..<count).map { _ in UInt8.random(in: .min ... .max) }).base64EncodedString()
    }
    secrets = Secrets(
      proxmoxToken: UUID().uuidString.lowercased(), proxmoxPassword: hex(16), proxmoxTicketKey: hex(32),
      machineToken: "\(hex(6)).\(hex(16))", clusterToken: "\(hex(6)).\(hex(16))", clusterID: base64(32),
      clusterSecret: base64(32))
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .prettyPrinted]
    try write("secrets.json", String(decoding: try encoder.encode(secrets), as: UTF8.self))
  }

  /// Where the world's state is kept.
  public var worldFile: String { path + "/world.json" }
  /// The certificate that Proxmox's clients trust.
  public var proxmoxAuthorityFile: String { path + "/certificates/proxmox-ca.crt" }
  /// The token that the world's Proxmox knows.
  public var proxmoxToken: ProxmoxToken { ProxmoxToken(id: "poolkeeper@pve!main", secret: secrets.proxmoxToken) }
  /// The user who may get a ticket.
  public var proxmoxUser: ProxmoxUser { ProxmoxUser(id: "root@pam", password: secrets.proxmoxPassword) }
  /// Signs Proxmox's tickets.
  public var proxmoxTicketKey: String { secrets.proxmoxTicketKey }

  /// The authority of this name: `proxmox`, `talos` or `kubernetes`; made at the first call.
  public func authority(_ name: String, _ algorithm: CertificateMint.Algorithm) throws -> CertificateMint {
    let kept = try minted("\(name)-ca") {
      try CertificateMint(name: "simulated \(name)", algorithm: algorithm).authority
    }
    return try CertificateMint(authority: kept, algorithm: algorithm)
  }

  /// A kept certificate, or a new one that is kept from now on.
  public func minted(_ name: String, _ make: () throws -> MintedCertificate) throws -> MintedCertificate {
    let base = "certificates/\(name)"
    if let certificate = text("\(base).crt"), let key = text("\(base).key") {
      return MintedCertificate(certificate: certificate, key: key)
    }
    let fresh = try make()
    try write("\(base).key", fresh.key)
    try write("\(base).crt", fresh.certificate)
    return fresh
  }

  /// The certificate that Proxmox shows on this machine.
  public func proxmoxCertificate() throws -> MintedCertificate {
    let mint = try authority("proxmox", .p256)
    return try minted("proxmox") {
      try mint.server("pve", names: ["127.0.0.1", "localhost", "pve-01", "pve-02", "pve-03"])
    }
  }

  private func text(_ name: String) -> String? {
    FileManager.default.contents(atPath: "\(path)/\(name)").map { String(decoding: $0, as: UTF8.self) }
  }

  /// Replaces a file of the directory as a whole; only its owner may read it.
  func write(_ name: String, _ text: String) throws {
    let file = "\(path)/\(name)"
    let fresh = file + ".new"
    guard
      FileManager.default.createFile(
        atPath: fresh, contents: Data(text.utf8), attributes: [.posixPermissions: 0o600])
    else {
      throw CocoaError(.fileWriteUnknown, userInfo: [NSFilePathErrorKey: fresh])
    }
    guard rename(fresh, file) == 0 else { throw CocoaError(.fileWriteUnknown, userInfo: [NSFilePathErrorKey: file]) }
  }
}
