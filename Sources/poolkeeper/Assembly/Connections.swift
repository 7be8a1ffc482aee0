import ConfigurationFile
import ControlLoop
import Exposition
import Foundation
import HTTPTransport
import Kubernetes
import Logging
import MCP
import Model
import Ports
import Proxmox
import ServiceLifecycle
import Synchronization
import Talos

/// The clients of an operator's Proxmox, Talos and Kubernetes, put together, and what has to run for them.
struct Connections: Sendable {
  var infrastructure: Infrastructure
  /// `nil`: the journal in the data directory.
  var journal: (any Journal)?
  /// `nil`: this process is alone.
  var leadership: (any Leadership)?
  /// Watches and the election; they run as long as the loop does.
  var services: [any Service]
  /// Told of the loop once there is one.
  var link: LoopLink
  /// Those of talosconfig and kubeconfig.
  let certificates = CertificateExpiries()

  /// Reads credentials and prepares the clients; nothing is sent yet.
  /// - Throws: `Failure` with what the operator can do.
  init(
    _ configuration: ConfigurationFile.Configuration, time: any TimeSource, logger: Logger,
    environment: [String: String] = ProcessInfo.processInfo.environment
  ) throws {
    let settings = configuration.service.infrastructure
    link = LoopLink()
    // How old its caches are is judged by the machine's own clock, however fast the world runs.
    let access = try ClusterAccesses.access(settings.kubernetes, environment: environment)
    certificates.watch(access)
    let client = KubernetesClient(access, time: WallClock())
    let link = link
    let cluster = KubernetesCluster(client, options: ClusterAccesses.options(environment), eventTime: time) {
      link.call()
    }
    services = [ClusterService(cluster: cluster)]
    let machines = try Hypervisors.hypervisor(configuration, time: time, logger: logger, environment: environment)
    let nodeOS = try Self.nodeOS(configuration, machines, cluster, link, environment, certificates)
    infrastructure = Infrastructure(hypervisor: machines, nodeOS: nodeOS, cluster: cluster)
    if settings.kubernetes.leaderElection.enabled {
      let elector = try ClusterAccesses.elector(settings.kubernetes, through: client, environment: environment)
      leadership = elector
      services.append(ElectionService(elector: elector))
    }
    if settings.kubernetes.journal == .kubernetes {
      journal = KubernetesJournal(
        KubernetesJournal.Place(
          namespace: settings.kubernetes.namespace, cluster: configuration.policy.clusterName,
          holder: ClusterAccesses.identity(environment)),
        through: client, leadership: leadership, time: time)
    }
  }

  private static func nodeOS(
    _ configuration: ConfigurationFile.Configuration, _ machines: any MachineAddresses, _ cluster: KubernetesCluster,
    _ link: LoopLink, _ environment: [String: String], _ certificates: CertificateExpiries
  ) throws -> TalosNodeOS {
    let settings = configuration.service.infrastructure.talos
    let (context, worker) = try talosFiles(settings, environment)
    let (expiresAt, authoritiesExpireAt) = (context.credentials.expiresAt, context.credentials.authoritiesExpireAt)
    certificates.watch("talos_client") { Instant(seconds: Int64(expiresAt)) }
    certificates.watch("talos_authority") { Instant(seconds: Int64(authoritiesExpireAt)) }
    let maintenance: MaintenanceTrust
    if let pinned = settings.maintenanceFingerprint.flatMap({ KeyFingerprint($0) }) {
      maintenance = .pinned { _ in pinned }
    } else {
      maintenance = .expected { await link.expectsConfiguration($0) }
    }
    return TalosNodeOS(
      context: context, addresses: machines, worker: worker,
      settings: TalosNodeOS.Settings(port: settings.port, maintenance: maintenance)
    ) { machine in
      guard let worker = await link.worker(on: machine) else { return nil }
      return try await cluster.nodes().first { $0.name.rawValue == worker.rawValue }?.address
    }
  }

  /// The way into the machines' Talos, and what workers are configured with.
  /// - Throws: `Failure` with what the operator can do.
  static func talosFiles(
    _ settings: TalosConnection, _ environment: [String: String]
  ) throws -> (TalosContext, WorkerConfiguration) {
    let paths = TalosContext.searchPath(
      explicit: settings.talosconfig, environment: environment, home: environment["HOME"] ?? "")
    guard let path = paths.first(where: { FileManager.default.isReadableFile(atPath: $0) }) else {
      throw Failure(
        .environment,
        "No talosconfig can be read (\(paths.joined(separator: ", "))): set infrastructure.talos.talosconfig.")
    }
    do {
      return (
        try TalosContext(talosconfig: try text(path), context: settings.context),
        try WorkerConfiguration(yaml: try text(settings.workerConfiguration))
      )
    } catch let error as TalosError { throw Failure(.environment, error.message) }
  }

  private static func text(_ path: String) throws -> String {
    do { return try String(contentsOfFile: path, encoding: .utf8) } catch {
      throw Failure(.environment, "The file \(path) cannot be read: \(error.localizedDescription)")
    }
  }
}

/// How the clients, which are made before the loop, ask it.
final class LoopLink: Sendable {
  private let loop = Mutex<ControlLoop?>(nil)

  func set(_ loop: ControlLoop) { self.loop.withLock { $0 = loop } }

  /// Something changed in the cluster.
  func call() { loop.withLock { $0 }?.call() }

  /// Whether the loop has made this machine and has not configured it yet.
  func expectsConfiguration(_ machine: MachineID) async -> Bool {
    guard let record = await record(machine) else { return false }
    return record.state == .provisioning && record.readyAt == nil
  }

  func worker(on machine: MachineID) async -> WorkerName? { await record(machine)?.name }

  private func record(_ machine: MachineID) async -> WorkerRecord? {
    await loop.withLock { $0 }?.workers().first { $0.record.machine == machine }?.record
  }
}

/// Follows the cluster for as long as the program runs.
struct ClusterService: Service {
  let cluster: KubernetesCluster

  func run() async throws { await cancelWhenGracefulShutdown { await cluster.run() } }
}

/// Takes part in the election; gives the lease up when the program ends in order, after the loop has ended.
struct ElectionService: Service {
  let elector: LeaseElector

  func run() async throws { await cancelWhenGracefulShutdown { await elector.run() } }
}
