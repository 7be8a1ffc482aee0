import Model
import Ports
import Simulator

/// Small worlds and the values that tests fill them with.
enum Fixture {
  static let start = Instant(seconds: 1_790_000_000)
  static let cluster = "prod-k8s"

  static let medium = template("medium", source: 9002, cores: 8, gibibytes: 16, millicores: 7800, price: 0.24)
  static let gpu: Template = {
    var gpu = template("gpu-nvidia", source: 9004, cores: 8, gibibytes: 32, millicores: 7800, price: 1.2)
    gpu.machine.gpus = 1
    gpu.machine.fixedPCIDevice = "01:00.0"
    gpu.allocatable.extended = ["nvidia.com/gpu": 1]
    return gpu
  }()

  static func template(
    _ name: TemplateName, source: Int, cores: Int, gibibytes: Int64, millicores: Int64, price: Double
  ) -> Template {
    Template(
      name: name, source: MachineID(source),
      machine: .init(cpuCores: cores, memoryBytes: .mebibytes(gibibytes * 1024), diskBytes: .gigabytes(200)),
      allocatable: Resources(
        cpuMillicores: millicores, memoryBytes: .mebibytes((gibibytes - 1) * 1024),
        ephemeralStorageBytes: .gigabytes(190), pods: 100),
      price: HourlyPrice(perHour: Money(price)))
  }

  static func owner(_ pool: PoolName, _ number: Int, id: WorkerID? = nil) -> MachineOwner {
    let worker = WorkerName(pool: pool, number: number)
    return MachineOwner(cluster: cluster, pool: pool, worker: worker, id: id ?? WorkerID("id-\(worker)"))
  }

  static func request(
    _ pool: PoolName = "burst", _ number: Int = 1, template: Template = medium, host: HostName? = nil
  ) -> CloneRequest {
    CloneRequest(template: template, owner: owner(pool, number), host: host, createdAt: start)
  }

  /// Two hosts, the templates, a machine of other people, no load.
  static func world(seed: UInt64 = 7, timings: WorldTimings = WorldTimings()) -> World {
    var world = World(seed: seed, start: start, clusterName: cluster, timings: timings)
    for name in ["pve-01", "pve-02"] {
      world.add(
        SimulatedHost(
          name: HostName(name), cpuCores: 32, memoryBytes: .mebibytes(128 * 1024), storageBytes: .gigabytes(4000),
          gpus: 1))
    }
    for template in [medium, gpu] {
      world.addTemplateMachine(template.source, name: "template-\(template.name)", on: "pve-01")
    }
    world.addForeignMachine(MachineID(100), name: "nas", on: "pve-01", hardware: medium.machine)
    return world
  }

  static func pod(_ millicores: Int64, labels: [String: String] = ["app": "web"]) -> PodTemplate {
    PodTemplate(
      requests: Resources(cpuMillicores: millicores, memoryBytes: .mebibytes(512)), labels: labels)
  }

  static func deployment(_ name: String, replicas: Double, pod: PodTemplate, after: Duration = .zero) -> Workload {
    Workload(
      name: name, kind: .deployment(replicas: .constant(replicas)), pod: pod, startsAt: start.advanced(by: after))
  }
}

extension World {
  mutating func pass(_ duration: Duration) { advance(to: now.advanced(by: duration)) }

  /// Clones, configures, starts and joins one worker in virtual time; the world has then a Ready node more.
  @discardableResult
  mutating func join(
    _ pool: PoolName, _ number: Int, template: Template = Fixture.medium, taints: [Taint] = [],
    labels: [String: String] = [:]
  ) throws -> MachineID {
    let owner = Fixture.owner(pool, number)
    let (id, task) = try clone(Fixture.request(pool, number, template: template), at: now)
    while try taskState(task, at: now) == .running { pass(.seconds(1)) }
    try configure(id, owner: owner, as: template, at: now)
    try start(id, owner: owner, at: now)
    while (try? observeSystem(id, at: now))?.stage != .maintenance { pass(.seconds(1)) }
    var all = labels
    all["node-pool"] = pool.rawValue
    try apply(NodeConfiguration(hostname: owner.worker, labels: all, taints: taints), to: id, at: now)
    while nodes[NodeName(owner.worker.rawValue)]?.isReady != true { pass(.seconds(1)) }
    return id
  }

  /// Pods of a workload by the node that they are on; waiting ones under an empty name.
  func placement(of workload: String) -> [String: Int] {
    pods.values.filter { $0.workload == workload && !$0.isFinished && !$0.isTerminating }
      .reduce(into: [:]) { $0[$1.node?.rawValue ?? "", default: 0] += 1 }
  }
}

/// A clock that tests set by hand.
final class HandClock: TimeSource, @unchecked Sendable {
  // Set only between calls, by the one test that owns it.
  var instant: Instant
  init(_ instant: Instant) { self.instant = instant }
  func now() -> Instant { instant }
  func sleep(for duration: Duration) async throws { instant = instant.advanced(by: duration) }
}
