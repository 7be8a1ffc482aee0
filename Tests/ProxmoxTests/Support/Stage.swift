import Model
import Ports
import Synchronization
import Testing

@testable import Proxmox

/// A pretended cluster and a client of it.
struct Stage: Sendable {
  let server: PretendProxmox
  let hypervisor: ProxmoxHypervisor
  let options: ProxmoxOptions
  let time: SteppedTime
  let notices: Notices

  final class Notices: Sendable {
    private let texts = Mutex<[String]>([])
    func add(_ text: String) { texts.withLock { $0.append(text) } }
    var all: [String] { texts.withLock { $0 } }
  }

  /// Changes the cluster behind the client's back.
  func change(_ change: (inout PretendProxmox.State) -> Void) { server.state.withLock { change(&$0) } }

  /// Another life of the process: it remembers nothing.
  func reborn() -> ProxmoxHypervisor {
    ProxmoxHypervisor(options, time: time) { [notices] in notices.add($0) }
  }

  /// The worker's first number.
  func number(of owner: MachineOwner, probe: Int = 0) -> Int {
    MachineNumbers(range: options.machineNumbers).number(for: owner.id, probe: probe).rawValue
  }

  /// A machine of this owner, as a finished and configured clone.
  @discardableResult
  func addMachine(_ owner: MachineOwner, node: String = "pve1", isRunning: Bool = false) -> MachineID {
    let id = number(of: owner)
    change { state in
      var configuration = state.machines[9002]?.configuration ?? [:]
      configuration["template"] = nil
      configuration["name"] = owner.worker.rawValue
      configuration["scsi0"] = "ceph:vm-\(id)-disk-0,size=94G"
      configuration["cores"] = "8"
      configuration["memory"] = "16384"
      configuration["description"] =
        WorkerDescription(owner: owner, createdAt: Instant(seconds: 1_799_000_000)).description + "\n"
        + SizeMark(Template.medium.machine).text
      state.machines[id] = PretendProxmox.Machine(node: node, configuration: configuration, isRunning: isRunning)
    }
    return MachineID(id)
  }

  var hosts: [HostObservation] { get async throws { try await hypervisor.hosts() } }
}

extension Template {
  static let medium = Template(
    name: "medium", source: MachineID(9002),
    machine: Machine(cpuCores: 8, memoryBytes: .mebibytes(16_384), diskBytes: .gigabytes(100)), allocatable: .zero,
    price: HourlyPrice(perHour: .zero))
}

extension MachineOwner {
  static func worker(_ number: Int, id: String? = nil, cluster: String = "prod") -> MachineOwner {
    MachineOwner(
      cluster: cluster, pool: "burst", worker: WorkerName(pool: "burst", number: number),
      id: WorkerID(id ?? "w-\(number)"))
  }
}

extension CloneRequest {
  static func worker(_ number: Int, host: HostName? = nil, template: Template = .medium) -> CloneRequest {
    CloneRequest(template: template, owner: .worker(number), host: host, createdAt: Instant(seconds: 1_799_999_000))
  }
}

/// Runs a test against a pretended cluster; at the end every request must have been valid by the API's schema.
func withProxmox(
  _ options: (inout ProxmoxOptions) -> Void = { _ in }, _ state: (inout PretendProxmox.State) -> Void = { _ in },
  _ body: (Stage) async throws -> Void
) async throws {
  var initial = PretendProxmox.State.standard
  state(&initial)
  let server = try PretendProxmox(initial)
  defer { server.stop() }
  var chosen = ProxmoxOptions(
    endpoints: [ProxmoxEndpoint(server.url)], credentials: .token(id: "keeper@pve!pool", secret: "s3cret-uuid"),
    cluster: "prod")
  chosen.timeout = .seconds(30)
  options(&chosen)
  let time = SteppedTime()
  let notices = Stage.Notices()
  let hypervisor = ProxmoxHypervisor(chosen, time: time) { notices.add($0) }
  try await body(Stage(server: server, hypervisor: hypervisor, options: chosen, time: time, notices: notices))
  await hypervisor.shutdown()
  #expect(server.state.withLock(\.violations) == [])
}

/// The port's error of a call that must fail.
func failure(_ body: () async throws -> Void) async -> PortError? {
  do {
    try await body()
    return nil
  } catch { return error as? PortError }
}

/// An expectation of what a call gives, where the call is the only thing in a closure that can fail: a macro's
/// arguments do not make a closure one that throws.
func expectEqual<Value: Equatable>(
  _ value: Value, _ expected: Value, sourceLocation: SourceLocation = #_sourceLocation
) {
  #expect(value == expected, sourceLocation: sourceLocation)
}
