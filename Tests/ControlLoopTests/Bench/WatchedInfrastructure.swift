import ControlLoop
import Model
import Ports
import Simulator
import Synchronization

/// The simulated world as one process sees it: changing calls are listed and can be the process's last, reading ones can
/// be made to fail.
final class WatchedInfrastructure: Sendable {
  private let world: SimulatedInfrastructure
  private let kill: KillSwitch
  private let pause: Pause?
  private let calls = Mutex<[String]>([])
  private let broken = Mutex<Set<String>>([])
  private let isBlind = Mutex(false)

  init(_ world: SimulatedInfrastructure, kill: KillSwitch, pause: Pause? = nil) {
    self.world = world
    self.kill = kill
    self.pause = pause
  }

  var ports: Infrastructure { Infrastructure(hypervisor: self, nodeOS: self, cluster: self) }
  /// Names of the changing calls that were carried out.
  var changes: [String] { calls.withLock { $0 } }

  /// Makes reading calls (`nodes`, `pods`, `hosts`, `machines`, …) fail until told otherwise.
  func setBroken(_ names: Set<String>) { broken.withLock { $0 = names } }

  /// Makes the list of all pods an empty one, as a cache that has lost its rows would be.
  func setPodListEmpty(_ isEmpty: Bool) { isBlind.withLock { $0 = isEmpty } }

  private func change<Value>(_ name: String, _ call: () async throws -> Value) async throws -> Value {
    await pause?.meet(name)
    return try await kill.around {
      calls.withLock { $0.append(name) }
      return try await call()
    }
  }

  private func read<Value>(_ name: String, _ call: () async throws -> Value) async throws -> Value {
    if broken.withLock({ $0.contains(name) }) {
      throw PortError(.unreachable, "Nobody answers.", operation: name)
    }
    return try await call()
  }
}

extension WatchedInfrastructure: Hypervisor {
  func hosts() async throws -> [HostObservation] { try await read("hosts") { try await world.hosts() } }
  func machines() async throws -> [MachineObservation] { try await read("machines") { try await world.machines() } }
  func task(_ reference: String) async throws -> TaskState { try await world.task(reference) }
  func clone(_ request: CloneRequest) async throws -> (machine: MachineID, task: String) {
    try await change("clone") { try await world.clone(request) }
  }
  func configure(_ machine: MachineID, owner: MachineOwner, as template: Template) async throws {
    try await change("configure") { try await world.configure(machine, owner: owner, as: template) }
  }
  func start(_ machine: MachineID, owner: MachineOwner) async throws {
    try await change("start") { try await world.start(machine, owner: owner) }
  }
  func stop(_ machine: MachineID, owner: MachineOwner) async throws {
    try await change("stop") { try await world.stop(machine, owner: owner) }
  }
  func delete(_ machine: MachineID, owner: MachineOwner) async throws {
    try await change("delete") { try await world.delete(machine, owner: owner) }
  }
}

extension WatchedInfrastructure: NodeOS {
  func observe(_ machine: MachineID) async throws -> SystemObservation {
    try await read("observe") { try await world.observe(machine) }
  }
  func address(of machine: MachineID) async throws -> String? { try await world.address(of: machine) }
  func apply(_ configuration: NodeConfiguration, to machine: MachineID) async throws {
    try await change("apply") { try await world.apply(configuration, to: machine) }
  }
  func restartKubelet(_ machine: MachineID) async throws {
    try await change("restart_kubelet") { try await world.restartKubelet(machine) }
  }
  func reboot(_ machine: MachineID) async throws {
    try await change("reboot") { try await world.reboot(machine) }
  }
  func shutdown(_ machine: MachineID) async throws {
    try await change("shutdown") { try await world.shutdown(machine) }
  }
  func cleanDisk(_ machine: MachineID) async throws {
    try await change("clean_disk") { try await world.cleanDisk(machine) }
  }
  func pruneImages(_ machine: MachineID) async throws {
    try await change("prune_images") { try await world.pruneImages(machine) }
  }
}

extension WatchedInfrastructure: Cluster {
  func nodes() async throws -> [NodeObservation] { try await read("nodes") { try await world.nodes() } }
  func pods() async throws -> [PodObservation] {
    try await read("pods") { isBlind.withLock { $0 } ? [] : try await world.pods() }
  }
  func disruptionBudgets() async throws -> [DisruptionBudgetObservation] {
    try await read("disruptionBudgets") { try await world.disruptionBudgets() }
  }
  func daemonSets() async throws -> [DaemonSetObservation] {
    try await read("daemonSets") { try await world.daemonSets() }
  }
  func namespaceLabels() async throws -> [String: [String: String]] {
    try await read("namespaceLabels") { try await world.namespaceLabels() }
  }
  func pods(on node: NodeName) async throws -> [PodObservation] {
    try await read("pods_on_node") { try await world.pods(on: node) }
  }
  func priorityClasses() async throws -> [String: Int] {
    try await read("priorityClasses") { try await world.priorityClasses() }
  }
  func cordon(_ node: NodeName) async throws { try await change("cordon") { try await world.cordon(node) } }
  func uncordon(_ node: NodeName) async throws { try await change("uncordon") { try await world.uncordon(node) } }
  func label(_ node: NodeName, with labels: [String: String]) async throws {
    try await change("label") { try await world.label(node, with: labels) }
  }
  func removeTaint(_ key: String, from node: NodeName) async throws {
    try await change("remove_taint") { try await world.removeTaint(key, from: node) }
  }
  func tell(_ event: ClusterEvent) async { await world.tell(event) }
  func evict(_ pod: PodKey, uid: String, grace: Duration) async throws -> EvictionOutcome {
    try await change("evict") { try await world.evict(pod, uid: uid, grace: grace) }
  }
  func delete(_ node: NodeName, uid: String) async throws {
    try await change("delete_node") { try await world.delete(node, uid: uid) }
  }
}
