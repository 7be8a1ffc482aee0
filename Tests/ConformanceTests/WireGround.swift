import ControlLoop
import Foundation
import HTTPTransport
import Kubernetes
import Model
import Ports
import Proxmox
import SimulatedWire
import Simulator
import Synchronization
import Talos

/// The servers of a simulated world and the real clients that talk to them.
struct WireGround: Sendable {
  let faces: SimulatedWorldFaces
  let faults: WireFaults
  let ports: Infrastructure

  static func with(
    _ world: SimulatedInfrastructure, policy: Policy, clock: FastClock, _ body: (WireGround) async throws -> Void
  ) async throws {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("wire-\(UUID().uuidString)").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    let directory = try SimulatedWorldDirectory(path)
    try world.change { world in
      world.addressPrefix = "127.30"
      world.catalogue = policy.templates
    }
    let faults = WireFaults()
    let faces = try SimulatedWorldFaces(world, directory: directory, faults: faults, time: clock)
    let server = SimulatedWorldServer(infrastructure: world, faults: faults, directory: directory, faces: faces.all)
    let (ready, begin) = AsyncStream.makeStream(of: [SimulatedWorldServer.Address].self)
    let serving = Task {
      defer { begin.finish() }
      try await server.run { begin.yield($0) }
    }
    var iterator = ready.makeAsyncIterator()
    guard let addresses = await iterator.next() else { return try await serving.value }
    do {
      let (ports, cluster) = try clients(directory, addresses, faces, policy, clock)
      let watching = Task { await cluster.run() }
      try await body(WireGround(faces: faces, faults: faults, ports: ports))
      watching.cancel()
      await watching.value
      await (ports.hypervisor as? ProxmoxHypervisor)?.shutdown()
    } catch {
      serving.cancel()
      throw error
    }
    serving.cancel()
    _ = await serving.result
  }

  private static func clients(
    _ directory: SimulatedWorldDirectory, _ addresses: [SimulatedWorldServer.Address], _ faces: SimulatedWorldFaces,
    _ policy: Policy, _ clock: FastClock
  ) throws -> (Infrastructure, KubernetesCluster) {
    func address(_ name: String) -> SimulatedWorldServer.Address { addresses.first { $0.name == name }! }
    var options = ProxmoxOptions(
      endpoints: [
        ProxmoxEndpoint(address("proxmox").url, trust: .authorities(.file(directory.proxmoxAuthorityFile)))
      ], credentials: .token(id: directory.proxmoxToken.id, secret: directory.proxmoxToken.secret),
      cluster: policy.clusterName)
    options.cloneMode = .automatic
    let hypervisor = ProxmoxHypervisor(options, time: clock)
    let talosPort = address("talos").port
    let context = try TalosContext(
      talosconfig: try faces.talos.talosconfig(context: "simulated", role: "os:admin", port: talosPort))
    let worker = try WorkerConfiguration(
      yaml: try String(contentsOfFile: directory.path + "/worker.yaml", encoding: .utf8))
    let nodeOS = TalosNodeOS(
      context: context, addresses: hypervisor, worker: worker,
      settings: TalosNodeOS.Settings(port: talosPort, maintenance: .expected { _ in true }))
    let kubeconfig = try Kubeconfig(texts: [("kubeconfig", faces.kubernetes.kubeconfig())])
    var limits = KubernetesClientOptions()
    limits.requestsPerSecond = 200
    limits.requestsAtOnce = 200
    let cluster = KubernetesCluster(KubernetesClient(try kubeconfig.access(), time: SystemClock(), options: limits))
    return (Infrastructure(hypervisor: hypervisor, nodeOS: nodeOS, cluster: cluster), cluster)
  }
}

/// The machine's own clock, by which the cluster's client judges how old what it knows is.
private struct SystemClock: TimeSource {
  func now() -> Instant { Instant(milliseconds: Int64(Date().timeIntervalSince1970 * 1000)) }
  func sleep(for duration: Duration) async throws { try await Task.sleep(for: duration) }
}
