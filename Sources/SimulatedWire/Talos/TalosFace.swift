internal import Foundation
public import Ports
public import Simulator
internal import TalosMessages

/// The simulated world's machines as Talos clients see them: each at its own loopback address, and one control-plane
/// endpoint that forwards calls by the metadata `node`.
///
/// The world's `addressPrefix` must be within 127.0.0.0/8 (on Linux all of its addresses are there without set-up). A
/// machine is listened for as long as its system answers: while it boots, a connection is refused.
public final class TalosFace: WireFace {
  /// How the face presents the machines.
  public struct Settings: Sendable {
    /// The port of every machine and of the control plane; 0: one that is free.
    public var port: Int
    /// The version that machines tell, and whose rules they follow, for example `v1.14.0`.
    public var version: String
    /// The address of the control-plane endpoint; `nil`: the prefix's `PREFIX.255.1`.
    public var controlPlane: String?
    /// How often the listeners are brought in step with the world, in the time source's time.
    public var interval: Duration

    /// Settings like those of a real cluster.
    public init(
      port: Int = 50_000, version: String = "v1.13.9", controlPlane: String? = nil, interval: Duration = .seconds(1)
    ) {
      self.port = port
      self.version = version
      self.controlPlane = controlPlane
      self.interval = interval
    }
  }

  private let listeners: TalosListeners
  private let time: any TimeSource
  private let interval: Duration
  private let mint: CertificateMint
  private let controlPlane: String

  /// - Parameters:
  ///   - mint: an authority of Ed25519 keys.
  ///   - faults: asked once for each call, with operations such as `talos.apply` and `talos.observe`.
  public init(
    infrastructure: SimulatedInfrastructure, mint: CertificateMint, faults: WireFaults, time: any TimeSource,
    settings: Settings = Settings()
  ) throws {
    self.time = time
    self.mint = mint
    interval = settings.interval
    let address = settings.controlPlane ?? "\(infrastructure.look { $0.addressPrefix }).255.1"
    controlPlane = address
    let service = TalosService(
      infrastructure: infrastructure, faults: faults, version: settings.version, controlPlane: address)
    listeners = try TalosListeners(service: service, mint: mint, controlPlane: address, port: settings.port)
  }

  public func run(onRunning: @escaping @Sendable (Int) async -> Void) async throws {
    let port = try await start()
    await onRunning(port)
    do {
      while true {
        try await time.sleep(for: interval)
        try await reconcile()
      }
    } catch {
      await stop()
      if !(error is CancellationError) { throw error }
    }
  }

  /// The control plane's address.
  public var host: String { controlPlane }

  /// Opens the control plane and what the world shows already.
  /// - Returns: the port.
  public func start() async throws -> Int {
    let port = try await listeners.start()
    try await reconcile()
    return port
  }

  /// Opens and closes listeners as machines have come up and gone.
  public func reconcile() async throws { try await listeners.reconcile() }

  /// Closes everything.
  public func stop() async { await listeners.stop() }

  /// Connections of clients at this moment.
  public var connections: Int { get async { await listeners.connections } }

  /// A talosconfig with a new client certificate of this role.
  /// - Parameter port: as `start` returned it.
  public func talosconfig(context: String, role: String, port: Int) throws -> String {
    let client = try mint.client("poolkeeper", organization: role)
    func encoded(_ text: String) -> String { Data(text.utf8).base64EncodedString() }
    // Talos itself labels its keys so.
    let key = client.key.replacingOccurrences(of: " PRIVATE KEY-----", with: " ED25519 PRIVATE KEY-----")
    return """
      context: \(context)
      contexts:
        \(context):
          endpoints:
            - \(controlPlane):\(port)
          nodes: []
          ca: \(encoded(mint.authority.certificate))
          crt: \(encoded(client.certificate))
          key: \(encoded(key))

      """
  }

  /// The SHA-256 of the key that machines in maintenance show, as their consoles print it.
  public var maintenanceFingerprint: String { get throws { try listeners.maintenanceFingerprint() } }
}
