public import Ports
public import Simulator

/// The three faces of a simulated world with the certificates and secrets of its directory.
public struct SimulatedWorldFaces: Sendable {
  /// Ports to listen at; 0: the system chooses.
  public struct Ports: Sendable {
    public var proxmox = 0
    public var kubernetes = 0
    public var talos = 0

    public init() {}
  }

  public let proxmox: ProxmoxFace
  public let talos: TalosFace
  public let kubernetes: KubernetesFace

  /// - Parameters:
  ///   - faults: asked by all faces once a request.
  ///   - time: paces how soon a machine that came up can be dialled.
  public init(
    _ infrastructure: SimulatedInfrastructure, directory: SimulatedWorldDirectory, faults: WireFaults,
    time: any TimeSource, ports: Ports = Ports()
  ) throws {
    proxmox = ProxmoxFace(
      infrastructure: infrastructure, faults: faults, tokens: [directory.proxmoxToken],
      users: [directory.proxmoxUser], secret: directory.proxmoxTicketKey,
      certificate: try directory.proxmoxCertificate(), port: ports.proxmox)
    talos = try TalosFace(
      infrastructure: infrastructure, mint: try directory.authority("talos", .ed25519), faults: faults, time: time,
      settings: TalosFace.Settings(port: ports.talos))
    var options = KubernetesFace.Options()
    options.port = ports.kubernetes
    kubernetes = try KubernetesFace(
      infrastructure, mint: try directory.authority("kubernetes", .p256), faults: faults, options: options)
  }

  /// In the order in which a server is to show them.
  public var all: [(name: String, face: any WireFace)] {
    [("proxmox", proxmox), ("talos", talos), ("kubernetes", kubernetes)]
  }
}
