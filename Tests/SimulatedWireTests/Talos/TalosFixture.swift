import Model
import Ports
import Simulator
import SimulatedWire
import Synchronization
import Talos
import TalosMessages

/// A clock that a test sets by hand.
final class TalosClock: TimeSource {
  private let instant: Mutex<Instant>
  init(_ instant: Instant) { self.instant = Mutex(instant) }
  func now() -> Instant { instant.withLock { $0 } }
  func pass(_ duration: Duration) { instant.withLock { $0 = $0.advanced(by: duration) } }
  func sleep(for duration: Duration) async throws { pass(duration) }
}

/// Where the world's machines are.
struct WorldAddresses: MachineAddresses {
  var infrastructure: SimulatedInfrastructure
  func address(of machine: MachineID) async throws -> String? {
    infrastructure.look { $0.machines[machine].flatMap { $0.running ? $0.address : nil } }
  }
}

/// A small world whose machines can be dialled, and a real client for it.
struct TalosFixture {
  static let cluster = "prod-k8s"
  static let template = Template(
    name: "medium", source: MachineID(9002),
    machine: .init(cpuCores: 8, memoryBytes: .mebibytes(16 * 1024), diskBytes: .gigabytes(200)),
    allocatable: Resources(
      cpuMillicores: 7800, memoryBytes: .mebibytes(15 * 1024), ephemeralStorageBytes: .gigabytes(190), pods: 100),
    price: HourlyPrice(perHour: Money(0.24)))
  /// Each world has addresses of its own, since tests run side by side.
  private static let networks = Mutex(30)

  let clock: TalosClock
  let infrastructure: SimulatedInfrastructure
  let mint: CertificateMint
  let faults: WireFaults
  let face: TalosFace
  let port: Int

  static func with(
    version: String = "v1.13.9", _ body: (TalosFixture) async throws -> Void
  ) async throws {
    let network = networks.withLock { number in
      number += 1
      return number
    }
    let start = Instant(seconds: 1_790_000_000)
    var world = World(seed: 7, start: start, clusterName: cluster, timings: .fast)
    world.addressPrefix = "127.\(network)"
    world.add(
      SimulatedHost(
        name: "pve-01", cpuCores: 64, memoryBytes: .mebibytes(1024 * 1024), storageBytes: .gigabytes(40_000)))
    world.addTemplateMachine(template.source, name: "template", on: "pve-01")
    let clock = TalosClock(start)
    let infrastructure = SimulatedInfrastructure(world: world, time: clock)
    let mint = try CertificateMint(name: "talos", algorithm: .ed25519)
    let faults = WireFaults()
    let face = try TalosFace(
      infrastructure: infrastructure, mint: mint, faults: faults, time: clock,
      settings: .init(port: 0, version: version))
    let port = try await face.start()
    let fixture = TalosFixture(
      clock: clock, infrastructure: infrastructure, mint: mint, faults: faults, face: face, port: port)
    do {
      try await body(fixture)
      await face.stop()
    } catch {
      await face.stop()
      throw error
    }
  }

  func owner(_ number: Int) -> MachineOwner {
    let worker = WorkerName(pool: "burst", number: number)
    return MachineOwner(cluster: Self.cluster, pool: "burst", worker: worker, id: WorkerID("id-\(number)"))
  }

  func pass(_ duration: Duration) async throws {
    clock.pass(duration)
    try await face.reconcile()
  }

  /// A machine that has just come up and waits for its configuration.
  func waitingMachine(_ number: Int = 1) async throws -> MachineID {
    let request = CloneRequest(template: Self.template, owner: owner(number), createdAt: clock.now())
    let (machine, _) = try await infrastructure.clone(request)
    try await pass(.seconds(1))
    try await infrastructure.configure(machine, owner: owner(number), as: Self.template)
    try await infrastructure.start(machine, owner: owner(number))
    try await pass(.seconds(1))
    return machine
  }

  /// A machine whose node is Ready.
  func joinedMachine(_ number: Int = 1) async throws -> MachineID {
    let machine = try await waitingMachine(number)
    try await infrastructure.apply(
      NodeConfiguration(hostname: owner(number).worker, labels: [:], taints: []), to: machine)
    try await pass(.seconds(2))
    return machine
  }

  func context(role: String = "os:admin") throws -> TalosContext {
    try TalosContext(talosconfig: face.talosconfig(context: "demo", role: role, port: port))
  }

  func nodeOS(
    role: String = "os:admin", route: TalosRoute = .direct, trust: MaintenanceTrust = .expected { _ in true },
    context: TalosContext? = nil
  ) throws -> TalosNodeOS {
    var settings = TalosNodeOS.Settings(route: route, port: port, maintenance: trust)
    settings.deadlines = .patient
    return TalosNodeOS(
      context: try context ?? self.context(role: role), addresses: WorldAddresses(infrastructure: infrastructure),
      worker: try WorkerConfiguration(yaml: Self.workerYAML),
      settings: settings)
  }

  func address(_ machine: MachineID) -> String { infrastructure.look { $0.machines[machine]?.address ?? "" } }

  func target(_ machine: MachineID) -> TalosTarget { TalosTarget(TalosEndpoint(host: address(machine), port: port)) }

  static let workerYAML = """
    version: v1alpha1
    machine:
      type: worker
      token: abcdef.0123456789abcdef
      ca: {crt: Y2VydGlmaWNhdGU=, key: ""}
      kubelet: {image: "ghcr.io/siderolabs/kubelet:v1.35.0"}
    cluster:
      controlPlane: {endpoint: "https://10.0.0.1:6443"}
      token: abcdef.0123456789abcdef
      ca: {crt: Y2VydGlmaWNhdGU=}
    ---
    apiVersion: v1alpha1
    kind: HostnameConfig
    auto: stable

    """
}

/// The error of a call that is to fail.
func portError(_ body: () async throws -> some Any) async -> PortError? {
  do {
    _ = try await body()
    return nil
  } catch {
    return error as? PortError
  }
}

extension TalosDeadlines {
  /// For machines that do many other things at the same time: no test is about how long something takes.
  static var patient: TalosDeadlines {
    var deadlines = TalosDeadlines()
    deadlines.connect = .seconds(300)
    deadlines.handshake = .seconds(300)
    deadlines.read = .seconds(300)
    deadlines.change = .seconds(300)
    deadlines.refusal = .seconds(300)
    return deadlines
  }
}
