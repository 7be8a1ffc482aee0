public import Simulator
internal import Synchronization

/// Serves a simulated world: its faces, and a small interface for those who run it.
///
/// Every face shows the same world. When all faces take requests, the files for their clients are written to the
/// directory, and only then the server counts as ready.
public struct SimulatedWorldServer: Sendable {
  /// Where a face answers.
  public struct Address: Sendable, Hashable {
    public var name: String
    public var url: String
    public var port: Int
  }

  private let infrastructure: SimulatedInfrastructure
  private let faults: WireFaults
  private let directory: SimulatedWorldDirectory
  private let faces: [(name: String, face: any WireFace)]
  private let host = "127.0.0.1"

  /// - Parameters:
  ///   - faults: the same as the faces ask.
  ///   - adminPort: 0: the system chooses.
  ///   - faces: `proxmox`, `talos` and `kubernetes`, as far as they are to be served.
  public init(
    infrastructure: SimulatedInfrastructure, faults: WireFaults, directory: SimulatedWorldDirectory,
    adminPort: Int = 0, faces: [(name: String, face: any WireFace)]
  ) {
    self.infrastructure = infrastructure
    self.faults = faults
    self.directory = directory
    self.faces =
      faces + [("admin", AdminFace(infrastructure: infrastructure, faults: faults, host: host, port: adminPort))]
  }

  /// Serves until the task is cancelled, or until one face fails.
  /// - Parameter onReady: called once, with the faces' addresses in their order, when everything can be used.
  public func run(onReady: @escaping @Sendable ([Address]) async -> Void) async throws {
    try infrastructure.change { _ in }
    let ports = Ports(count: faces.count)
    try await withThrowingTaskGroup(of: Void.self) { group in
      for (index, entry) in faces.enumerated() {
        group.addTask {
          try await entry.face.run { port in
            if let all = ports.set(index, port) { await begin(all, onReady, ports) }
          }
          if let failure = ports.failure { throw failure }
        }
      }
      try await group.next()
      group.cancelAll()
    }
    if let failure = ports.failure { throw failure }
  }

  private func begin(_ all: [Int], _ onReady: @Sendable ([Address]) async -> Void, _ ports: Ports) async {
    let cluster = infrastructure.look(\.clusterName)
    let addresses = zip(faces, all).map { entry, port in
      let scheme = entry.name == "admin" ? "http" : "https"
      return Address(name: entry.name, url: "\(scheme)://\(entry.face.host):\(port)", port: port)
    }
    do {
      for (address, entry) in zip(addresses, faces) {
        try directory.writeClientFiles(address.name, address: entry.face.host, port: address.port, clusterName: cluster)
      }
      let kubernetes = addresses.first { $0.name == "kubernetes" }?.url ?? "https://\(host):6443"
      try directory.writeWorkerConfiguration(clusterName: cluster, kubernetesURL: kubernetes)
      await onReady(addresses)
    } catch { ports.failure = error }
  }
}

/// The ports of the faces that run already.
private final class Ports: Sendable {
  private let state: Mutex<(ports: [Int?], failure: (any Error)?)>

  init(count: Int) { state = Mutex((Array(repeating: nil, count: count), nil)) }

  /// - Returns: all ports, when this was the last that was missing.
  func set(_ index: Int, _ port: Int) -> [Int]? {
    state.withLock { state in
      state.ports[index] = port
      let all = state.ports.compactMap { $0 }
      return all.count == state.ports.count ? all : nil
    }
  }

  var failure: (any Error)? {
    get { state.withLock { $0.failure } }
    set { state.withLock { $0.failure = newValue } }
  }
}
