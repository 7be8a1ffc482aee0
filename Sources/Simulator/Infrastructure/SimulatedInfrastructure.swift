public import Model
public import Ports
import Synchronization

/// The simulated world behind the faces of a hypervisor, an operating system and a cluster.
///
/// Every call first brings the world to the time source's present. After each call that changes something the world is
/// handed to `save`, under the lock and before the call returns, so that a process that was killed finds the world as
/// its last answer left it; what happened meanwhile happens at the first call after loading.
public final class SimulatedInfrastructure: Sendable {
  private let state: Mutex<World>
  private let time: any TimeSource
  private let save: (@Sendable (World) throws -> Void)?

  /// - Parameters:
  ///   - save: makes the world durable; what it throws fails the call as `failed`. `nil`: the world lives in memory.
  public init(world: World, time: any TimeSource, save: (@Sendable (World) throws -> Void)? = nil) {
    state = Mutex(world)
    self.time = time
    self.save = save
  }

  /// The world as it is now.
  public var world: World {
    state.withLock {
      $0.advance(to: time.now())
      return $0
    }
  }

  /// Looks at the world as it is now without copying it.
  public func look<Result: Sendable>(_ body: (World) throws -> Result) rethrows -> Result {
    try state.withLock {
      $0.advance(to: time.now())
      return try body($0)
    }
  }

  /// Changes the world from outside, for example to inject a fault; saved like every change.
  public func change(_ body: (inout World) throws -> Void) throws {
    try state.withLock {
      $0.advance(to: time.now())
      try body(&$0)
      try save?($0)
    }
  }

  /// Asks the world as a call from outside does, which may meet faults.
  public func read<Result: Sendable>(_ body: (inout World, Instant) throws -> Result) throws -> Result {
    try state.withLock { try body(&$0, time.now()) }
  }

  /// Carries out a change; saves the world also when the call was refused, for refusals are counted.
  public func write<Result: Sendable>(
    _ operation: String, _ body: (inout World, Instant) throws -> Result
  ) throws -> Result {
    try state.withLock { world in
      let outcome = Swift.Result { try body(&world, time.now()) }
      let isLost = (try? outcome.get()) != nil && world.losesAnswer(of: operation)
      do {
        try save?(world)
      } catch {
        throw PortError(
          .failed, "The simulated world could not be saved (\(error)); is the disk full?", operation: operation)
      }
      if isLost {
        throw PortError(
          .uncertain, "The answer was lost; look before you repeat the call.", operation: operation)
      }
      return try outcome.get()
    }
  }
}

extension SimulatedInfrastructure: Hypervisor {
  public func hosts() async throws -> [HostObservation] { try read { try $0.hostObservations(at: $1) } }

  public func machines() async throws -> [MachineObservation] { try read { try $0.machineObservations(at: $1) } }

  public func clone(_ request: CloneRequest) async throws -> (machine: MachineID, task: String) {
    try write("hypervisor.clone") { try $0.clone(request, at: $1) }
  }

  public func task(_ reference: String) async throws -> TaskState {
    try read { try $0.taskState(reference, at: $1) }
  }

  public func configure(_ machine: MachineID, owner: MachineOwner, as template: Template) async throws {
    try write("hypervisor.configure") { try $0.configure(machine, owner: owner, as: template, at: $1) }
  }

  public func start(_ machine: MachineID, owner: MachineOwner) async throws {
    try write("hypervisor.start") { try $0.start(machine, owner: owner, at: $1) }
  }

  public func stop(_ machine: MachineID, owner: MachineOwner) async throws {
    try write("hypervisor.stop") { try $0.stop(machine, owner: owner, at: $1) }
  }

  public func delete(_ machine: MachineID, owner: MachineOwner) async throws {
    try write("hypervisor.delete") { try $0.delete(machine, owner: owner, at: $1) }
  }
}

extension SimulatedInfrastructure: NodeOS {
  public func observe(_ machine: MachineID) async throws -> SystemObservation {
    try read { try $0.observeSystem(machine, at: $1) }
  }

  public func address(of machine: MachineID) async throws -> String? {
    try read { try $0.address(of: machine, at: $1) }
  }

  public func apply(_ configuration: NodeConfiguration, to machine: MachineID) async throws {
    try write("node_os.apply") { try $0.apply(configuration, to: machine, at: $1) }
  }

  public func restartKubelet(_ machine: MachineID) async throws {
    try write("node_os.restart_kubelet") { try $0.restartKubelet(machine, at: $1) }
  }

  public func reboot(_ machine: MachineID) async throws {
    try write("node_os.reboot") { try $0.reboot(machine, at: $1) }
  }

  public func shutdown(_ machine: MachineID) async throws {
    try write("node_os.shutdown") { try $0.shutdown(machine, at: $1) }
  }

  public func cleanDisk(_ machine: MachineID) async throws {
    try write("node_os.clean_disk") { try $0.cleanDisk(machine, at: $1) }
  }

  public func pruneImages(_ machine: MachineID) async throws {
    try write("node_os.prune_images") { try $0.pruneImages(machine, at: $1) }
  }
}

extension SimulatedInfrastructure: Cluster {
  public func nodes() async throws -> [NodeObservation] { try read { try $0.nodeObservations(at: $1) } }

  public func pods() async throws -> [PodObservation] { try read { try $0.podObservations(at: $1) } }

  public func pods(on node: NodeName) async throws -> [PodObservation] {
    try read { try $0.podObservations(at: $1) }.filter { $0.node == node }
  }

  public func disruptionBudgets() async throws -> [DisruptionBudgetObservation] {
    try read { try $0.disruptionBudgetObservations(at: $1) }
  }

  public func daemonSets() async throws -> [DaemonSetObservation] {
    try read { try $0.daemonSetObservations(at: $1) }
  }

  public func namespaceLabels() async throws -> [String: [String: String]] {
    try read { try $0.namespaceLabels(at: $1) }
  }

  public func priorityClasses() async throws -> [String: Int] { [:] }

  public func cordon(_ node: NodeName) async throws {
    try write("cluster.cordon") { try $0.cordon(node, at: $1) }
  }

  public func uncordon(_ node: NodeName) async throws {
    try write("cluster.uncordon") { try $0.uncordon(node, at: $1) }
  }

  public func label(_ node: NodeName, with labels: [String: String]) async throws {
    try write("cluster.label") { try $0.label(node, with: labels, at: $1) }
  }

  public func removeTaint(_ key: String, from node: NodeName) async throws {
    try write("cluster.remove_taint") { try $0.removeTaint(key, from: node, at: $1) }
  }

  public func evict(_ pod: PodKey, uid: String, grace: Duration) async throws -> EvictionOutcome {
    try write("cluster.evict") { try $0.evict(pod, uid: uid, grace: grace, at: $1) }
  }

  public func delete(_ node: NodeName, uid: String) async throws {
    try write("cluster.delete") { try $0.deleteNode(node, uid: uid, at: $1) }
  }

  public func tell(_ event: ClusterEvent) async {
    // An event that nobody reads is the same as one that was dropped.
    try? change { $0.note(event) }
  }
}
