public import Simulator

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
    let (started, starts) = AsyncStream<Start>.makeStream()
    try await withThrowingTaskGroup(of: Void.self) { group in
      for (index, entry) in faces.enumerated() {
        group.addTask { try await entry.face.run { port in starts.yield(Start(face: index, port: port)) } }
      }
      group.addTask { try await begin(started, onReady) }
      // Faces run until they are cancelled; the first failure ends the others.
      for try await _ in group {}
    }
  }

  /// A face takes requests.
  private struct Start: Sendable {
    var face: Int
    var port: Int
  }

  /// Waits for all faces, then writes what their clients need.
  private func begin(
    _ started: AsyncStream<Start>, _ onReady: @Sendable ([Address]) async -> Void
  ) async throws {
    var ports: [Int?] = Array(repeating: nil, count: faces.count)
    for await start in started {
      ports[start.face] = start.port
      if !ports.contains(nil) { break }
    }
    let all = ports.compactMap { $0 }
    guard all.count == faces.count else { return }
    let cluster = infrastructure.look(\.clusterName)
    let addresses = zip(faces, all).map { entry, port in
      let scheme = entry.name == "admin" ? "http" : "https"
      return Address(name: entry.name, url: "\(scheme)://\(entry.face.host):\(port)", port: port)
    }
    for (address, entry) in zip(addresses, faces) {
      try directory.writeClientFiles(address.name, address: entry.face.host, port: address.port, clusterName: cluster)
    }
    let kubernetes = addresses.first { $0.name == "kubernetes" }?.url ?? "https://\(host):6443"
    try directory.writeWorkerConfiguration(clusterName: cluster, kubernetesURL: kubernetes)
    await onReady(addresses)
  }
}
