import ArgumentParser
import ConfigurationFile
import Foundation
import Logging
import Model
import Ports
import ServiceLifecycle
import SimulatedWire
import Simulator
import UnixSignals

/// What there is to simulate.
struct Simulate: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Simulate: live through days of faults, or serve an infrastructure for real clients.",
    subcommands: [SimulateRun.self, SimulateWorld.self, SimulateSoak.self])
}

/// The loads of a simulated world.
enum WorldScenarioName: String, CaseIterable, ExpressibleByArgument {
  /// An afternoon and a night: a spike, a batch, a GPU job, a failure, and the quiet.
  case day
  /// A minute of CPU pressure.
  case pressure
  /// No load at all.
  case quiet

  /// The world at its start; delays are divided by `speed`, what the story does is not.
  func world(start: Instant, seed: UInt64, cluster: String, speed: Double) -> World {
    let timings = WorldTimings().divided(by: speed)
    switch self {
    case .day: return Scenario.demo(start: start, seed: seed, clusterName: cluster, timings: timings).world
    case .pressure: return Scenario.pressure(start: start, seed: seed, clusterName: cluster).world
    case .quiet: return Scenario.quiet(start: start, seed: seed, clusterName: cluster, timings: timings).world
    }
  }
}

struct SimulateWorld: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "world",
    abstract: "Serve hosts, machines and a cluster that do not exist, as Proxmox and its neighbours would.",
    discussion: """
      Writes what clients need (proxmox.env, certificates and so on) into the data directory, prints where each face \
      answers, then "ready". The world is saved after every change: the same command goes on where it was ended, with \
      the scenario, seed and speed that it began with. docs/simulated-world.md tells how to use it and lists the faults.
      """)

  @Option(name: .long, help: "The directory of the world.")
  var data: String
  @Option(name: .long, help: "Divides the world's delays (clone, boot, join …); its clock stays the wall clock.")
  var speed: Double = 1
  @Option(name: .long, help: "Draws the world's delays.")
  var seed: UInt64 = 1
  @Option(name: .long, help: "The load: day, pressure, or quiet for none.")
  var scenario: WorldScenarioName = .day
  @Option(name: .long, help: "Takes the cluster's name and the templates from this configuration.")
  var config: String?
  @Option(name: .long, help: "Port of the Proxmox face; 0 lets the system choose.")
  var proxmoxPort: Int = 0
  @Option(name: .long, help: "Port of the Kubernetes face; 0 lets the system choose.")
  var kubernetesPort: Int = 0
  @Option(name: .long, help: "Port of the machines' Talos API; 0 lets the system choose.")
  var talosPort: Int = 0
  @Option(
    name: .long,
    help: ArgumentHelp(
      "The world's clock runs so many times as fast, as a program does that serves with --clock DIR.",
      visibility: .hidden))
  var clockSpeed: Double = 1
  @Option(name: .long, help: "Port of the interface for reports and faults; 0 lets the system choose.")
  var adminPort: Int = 0
  @Option(name: .customLong("fault"), help: "OPERATION=EFFECT or world.NAME=VALUE, in force from the start.")
  var faults: [String] = []

  func validate() throws {
    guard speed >= 1, speed <= 1000 else { throw ValidationError("--speed must be 1 to 1000.") }
    for port in [proxmoxPort, kubernetesPort, talosPort, adminPort] where !(0...65_535).contains(port) {
      throw ValidationError("\(port) is no port; give 0 to 65535.")
    }
    for fault in faults {
      do { _ = try FaultOrder(fault) } catch { throw ValidationError("--fault: \(error)") }
    }
  }

  func run() async throws {
    let lock = try DataDirectory(data)
    let policy = try config.map { try ConfigurationLoading.load($0).0.policy }
    let directory: SimulatedWorldDirectory
    do { directory = try SimulatedWorldDirectory(data) } catch {
      throw Failure(.environment, "The world's directory \(data) cannot be used: \(error)")
    }
    let time = try SharedClock.open(data, speed: clockSpeed)
    let infrastructure = try open(directory, policy, time)
    let wire = WireFaults()
    for fault in faults {
      do { try FaultOrder(fault).apply(to: infrastructure, wire) } catch { throw Failure(.usage, "\(error)") }
    }
    var ports = SimulatedWorldFaces.Ports()
    (ports.proxmox, ports.kubernetes, ports.talos) = (proxmoxPort, kubernetesPort, talosPort)
    let faces = try SimulatedWorldFaces(infrastructure, directory: directory, faults: wire, time: time, ports: ports)
    let server = SimulatedWorldServer(
      infrastructure: infrastructure, faults: wire, directory: directory, adminPort: adminPort, faces: faces.all)
    let logger = LogOptions.logger(from: .error)
    let group = ServiceGroup(
      configuration: ServiceGroupConfiguration(
        services: [WorldService(server: server)], gracefulShutdownSignals: [.sigterm, .sigint], logger: logger))
    do { try await group.run() } catch {
      throw Failure(.environment, "The simulated world cannot be served: \(error)")
    }
    withExtendedLifetime(lock) {}
  }

  /// The world of the directory, or a new one that begins now.
  private func open(
    _ directory: SimulatedWorldDirectory, _ policy: Policy?, _ time: any TimeSource
  ) throws -> SimulatedInfrastructure {
    let file = WorldFile(path: directory.worldFile)
    let saved: World?
    do { saved = try file.load() } catch {
      throw Failure(.environment, "The simulated world in \(file.path) cannot be read: \(error)")
    }
    let cluster = policy?.clusterName ?? "prod-k8s"
    if let saved, policy != nil, saved.clusterName != cluster {
      throw Failure(
        .environment, "\(file.path) is the world of cluster \(saved.clusterName), not \(cluster): give another --data.")
    }
    var world = saved ?? scenario.world(start: time.now(), seed: seed, cluster: cluster, speed: speed)
    if let policy { world.catalogue = policy.templates }
    if saved == nil {
      world.machinePools = ["kubernetes": "workers of \(cluster)"]
      // All of 127.0.0.0/8 is this machine's own on Linux, so that each simulated machine can have an address.
      world.addressPrefix = "127.40"
    }
    return SimulatedInfrastructure(world: world, time: time) { try file.save($0) }
  }
}

/// The server as a service: it ends at once when the program is asked to stop.
private struct WorldService: Service {
  let server: SimulatedWorldServer

  func run() async throws {
    try await cancelWhenGracefulShutdown {
      do {
        try await server.run { addresses in
          for address in addresses { Console.out("\(address.name) \(address.url)") }
          Console.out("ready")
        }
      } catch is CancellationError {}
    }
  }
}
