import ConfigurationFile
import Foundation
import Logging
import Model
import Ports
import ServiceLifecycle
import SimulatedWire
import Simulator
import Synchronization

/// The demonstration's world on the wire: Proxmox, Talos and Kubernetes as servers on this machine, which the real clients
/// of the program talk to, and anybody else who likes: kubectl for example.
final class DemoWire: Service {
  private let server: SimulatedWorldServer
  private let directory: SimulatedWorldDirectory
  private let serving = Mutex<Task<Void, any Error>?>(nil)

  /// - Parameter path: where certificates, secrets and the clients' files are kept.
  init(_ world: SimulatedInfrastructure, policy: Policy, path: String, time: any TimeSource) throws {
    do { directory = try SimulatedWorldDirectory(path) } catch {
      throw Failure(.environment, "The world's directory \(path) cannot be used: \(error)")
    }
    try world.change { world in
      // All of 127.0.0.0/8 is this machine's own on Linux, so that each simulated machine can have an address.
      world.addressPrefix = "127.40"
      world.catalogue = policy.templates
    }
    let faults = WireFaults()
    let faces = try SimulatedWorldFaces(world, directory: directory, faults: faults, time: time)
    server = SimulatedWorldServer(infrastructure: world, faults: faults, directory: directory, faces: faces.all)
  }

  var kubeconfig: String { directory.path + "/kubeconfig" }

  /// Begins to serve.
  /// - Returns: the configuration with which the real clients find the world.
  func begin(
    _ configuration: ConfigurationFile.Configuration
  ) async throws -> ConfigurationFile.Configuration {
    let (ready, begun) = AsyncStream.makeStream(of: [SimulatedWorldServer.Address].self)
    let server = server
    let task = Task {
      defer { begun.finish() }
      try await server.run { begun.yield($0) }
    }
    serving.withLock { $0 = task }
    var iterator = ready.makeAsyncIterator()
    guard let addresses = await iterator.next() else {
      do { try await task.value } catch { throw Failure(.environment, "The world cannot be served: \(error)") }
      throw Failure(.environment, "The world cannot be served.")
    }
    return connected(configuration, addresses)
  }

  private func connected(
    _ configuration: ConfigurationFile.Configuration, _ addresses: [SimulatedWorldServer.Address]
  ) -> ConfigurationFile.Configuration {
    var configuration = configuration
    func address(_ name: String) -> SimulatedWorldServer.Address? { addresses.first { $0.name == name } }
    configuration.proxmox.endpoint = address("proxmox")?.url
    configuration.proxmox.tokenID = directory.proxmoxToken.id
    configuration.proxmox.tokenSecret = Secret(directory.proxmoxToken.secret)
    configuration.proxmox.machineStorage = SimulatedStorage.sharedName
    var infrastructure = InfrastructureSettings()
    infrastructure.kind = .proxmox
    infrastructure.proxmox.authoritiesFile = directory.proxmoxAuthorityFile
    infrastructure.proxmox.deviceMappings = configuration.policy.templates.reduce(into: [:]) { mappings, template in
      if template.machine.gpus > 0 { mappings[template.name.rawValue] = "gpu" }
    }
    // As many at once as the world bears: what is to be seen is the story.
    infrastructure.proxmox.parallelClones = 16
    infrastructure.proxmox.parallelClonesPerStorage = 16
    infrastructure.talos.talosconfig = directory.path + "/talosconfig"
    infrastructure.talos.workerConfiguration = directory.path + "/worker.yaml"
    infrastructure.talos.port = address("talos")?.port ?? infrastructure.talos.port
    infrastructure.kubernetes.kubeconfig = kubeconfig
    configuration.service.infrastructure = infrastructure
    return configuration
  }

  /// Serves until everything else has ended.
  func run() async throws {
    let task = serving.withLock { $0 }
    try await withGracefulShutdownHandler {
      try await task?.value
    } onGracefulShutdown: {
      task?.cancel()
    }
  }
}
