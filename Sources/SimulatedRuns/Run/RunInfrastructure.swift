import ControlLoop
import Model
import Ports
import Simulator

/// The simulated world as one process meets it: calls go wrong, are noted, and may be the process's last.
struct RunInfrastructure: Sendable {
  let world: SimulatedInfrastructure
  let faults: CallFaults
  let life: ProcessLife
  let clock: RunClock

  var ports: Infrastructure { Infrastructure(hypervisor: self, nodeOS: self, cluster: self) }

  /// A changing call: a boundary before it leaves, and one before its answer arrives.
  private func change<Value: Sendable>(
    _ operation: String, _ call: ObservedCall.Call, to system: Disturbance.System,
    refusal: (Value) -> Bool = { _ in false }, _ body: () async throws -> Value
  ) async throws -> Value {
    try life.pass()
    let (fate, delay) = faults.fate(of: operation, to: system)
    if delay > .zero { clock.advance(to: clock.now.advanced(by: delay)) }
    var observed = observation(of: call)
    if case .refused(let error) = fate {
      observed.outcome = .refused(error.code)
      faults.note(observed)
      throw error
    }
    do {
      let value = try await body()
      if refusal(value) {
        observed.outcome = .refused(.throttled)
      } else if case .answerIsLost = fate {
        observed.outcome = .answerLost
      }
      faults.note(observed)
      try life.pass()
      if case .answerIsLost = fate {
        throw PortError(.uncertain, "The answer was lost; look before you repeat the call.", operation: operation)
      }
      return value
    } catch let error as PortError where error.code != .uncertain || observed.outcome == .done {
      // The world's own answer: refused, or done without an answer.
      if observed.outcome == .done {
        observed.outcome = error.code == .uncertain ? .answerLost : .refused(error.code)
        faults.note(observed)
      }
      throw error
    }
  }

  /// What the call is about, as the world is before it.
  private func observation(of call: ObservedCall.Call) -> ObservedCall {
    world.look { world in
      var observed = ObservedCall(at: world.now, call, .done)
      func onMachine(_ id: MachineID, takesPods: Bool) {
        observed.owner = world.machines[id]?.owner
        if takesPods, let node = world.machines[id]?.node { observed.readyPods = world.servingPods(on: node) }
      }
      switch call {
      case .stop(let id), .delete(let id), .shutdown(let id), .reboot(let id): onMachine(id, takesPods: true)
      case .configure(let id), .start(let id), .apply(let id), .restartKubelet(let id), .cleanDisk(let id),
        .pruneImages(let id):
        onMachine(id, takesPods: false)
      case .deleteNode(let node, let uid):
        if world.nodes[node]?.uid == uid { observed.readyPods = world.servingPods(on: node) }
      case .evict(let key, let uid):
        if let pod = world.pod(key), pod.uid == uid, pod.ready { observed.readyPods = [pod.number] }
      case .clone, .cordon, .uncordon, .label, .removeTaint: break
      }
      return observed
    }
  }

  private func read<Value: Sendable>(
    _ operation: String, of system: Disturbance.System, _ body: () async throws -> Value
  ) async throws -> Value {
    try faults.checkReadable(operation, of: system)
    return try await body()
  }
}

extension RunInfrastructure: Hypervisor {
  func hosts() async throws -> [HostObservation] {
    try await read("hypervisor.hosts", of: .hypervisor) {
      if let stale = faults.staleLists(of: .hypervisor)?.hosts { return stale }
      return try await world.hosts()
    }
  }

  func machines() async throws -> [MachineObservation] {
    try await read("hypervisor.machines", of: .hypervisor) {
      if let stale = faults.staleLists(of: .hypervisor)?.machines { return stale }
      return faults.thinned(try await world.machines(), of: .hypervisor) { "\($0.id)" }
    }
  }

  func task(_ reference: String) async throws -> TaskState {
    try await read("hypervisor.task", of: .hypervisor) { try await world.task(reference) }
  }

  func clone(_ request: CloneRequest) async throws -> (machine: MachineID, task: String) {
    try await change("hypervisor.clone", .clone(request), to: .hypervisor) { try await world.clone(request) }
  }

  func configure(_ machine: MachineID, owner: MachineOwner, as template: Template) async throws {
    try await change("hypervisor.configure", .configure(machine), to: .hypervisor) {
      try await world.configure(machine, owner: owner, as: template)
    }
  }

  func start(_ machine: MachineID, owner: MachineOwner) async throws {
    try await change("hypervisor.start", .start(machine), to: .hypervisor) {
      try await world.start(machine, owner: owner)
    }
  }

  func stop(_ machine: MachineID, owner: MachineOwner) async throws {
    try await change("hypervisor.stop", .stop(machine), to: .hypervisor) {
      try await world.stop(machine, owner: owner)
    }
  }

  func delete(_ machine: MachineID, owner: MachineOwner) async throws {
    try await change("hypervisor.delete", .delete(machine), to: .hypervisor) {
      try await world.delete(machine, owner: owner)
    }
  }
}

extension RunInfrastructure: NodeOS {
  func observe(_ machine: MachineID) async throws -> SystemObservation {
    try await read("node_os.observe", of: .nodeOS) { try await world.observe(machine) }
  }

  func address(of machine: MachineID) async throws -> String? {
    try await read("node_os.address", of: .nodeOS) { try await world.address(of: machine) }
  }

  func apply(_ configuration: NodeConfiguration, to machine: MachineID) async throws {
    try await change("node_os.apply", .apply(machine), to: .nodeOS) {
      try await world.apply(configuration, to: machine)
    }
  }

  func restartKubelet(_ machine: MachineID) async throws {
    try await change("node_os.restart_kubelet", .restartKubelet(machine), to: .nodeOS) {
      try await world.restartKubelet(machine)
    }
  }

  func reboot(_ machine: MachineID) async throws {
    try await change("node_os.reboot", .reboot(machine), to: .nodeOS) { try await world.reboot(machine) }
  }

  func shutdown(_ machine: MachineID) async throws {
    try await change("node_os.shutdown", .shutdown(machine), to: .nodeOS) { try await world.shutdown(machine) }
  }

  func cleanDisk(_ machine: MachineID) async throws {
    try await change("node_os.clean_disk", .cleanDisk(machine), to: .nodeOS) { try await world.cleanDisk(machine) }
  }

  func pruneImages(_ machine: MachineID) async throws {
    try await change("node_os.prune_images", .pruneImages(machine), to: .nodeOS) {
      try await world.pruneImages(machine)
    }
  }
}

extension RunInfrastructure: Cluster {
  func nodes() async throws -> [NodeObservation] {
    try await read("cluster.nodes", of: .cluster) {
      if let stale = faults.staleLists(of: .cluster)?.nodes { return stale }
      return faults.thinned(try await world.nodes(), of: .cluster) { $0.name.rawValue }
    }
  }

  func pods() async throws -> [PodObservation] {
    try await read("cluster.pods", of: .cluster) {
      if let stale = faults.staleLists(of: .cluster)?.pods { return stale }
      return faults.thinned(try await world.pods(), of: .cluster) { $0.uid }
    }
  }

  func pods(on node: NodeName) async throws -> [PodObservation] {
    try await read("cluster.pods_on_node", of: .cluster) { try await world.pods(on: node) }
  }

  func disruptionBudgets() async throws -> [DisruptionBudgetObservation] {
    try await read("cluster.disruption_budgets", of: .cluster) {
      if let stale = faults.staleLists(of: .cluster)?.budgets { return stale }
      return try await world.disruptionBudgets()
    }
  }

  func daemonSets() async throws -> [DaemonSetObservation] {
    try await read("cluster.daemon_sets", of: .cluster) {
      if let stale = faults.staleLists(of: .cluster)?.daemonSets { return stale }
      return try await world.daemonSets()
    }
  }

  func namespaceLabels() async throws -> [String: [String: String]] {
    try await read("cluster.namespaces", of: .cluster) { try await world.namespaceLabels() }
  }

  func priorityClasses() async throws -> [String: Int] { [:] }

  func cordon(_ node: NodeName) async throws {
    try await change("cluster.cordon", .cordon(node), to: .cluster) { try await world.cordon(node) }
  }

  func uncordon(_ node: NodeName) async throws {
    try await change("cluster.uncordon", .uncordon(node), to: .cluster) { try await world.uncordon(node) }
  }

  func label(_ node: NodeName, with labels: [String: String]) async throws {
    try await change("cluster.label", .label(node), to: .cluster) { try await world.label(node, with: labels) }
  }

  func removeTaint(_ key: String, from node: NodeName) async throws {
    try await change("cluster.remove_taint", .removeTaint(node), to: .cluster) {
      try await world.removeTaint(key, from: node)
    }
  }

  func evict(_ pod: PodKey, uid: String, grace: Duration) async throws -> EvictionOutcome {
    try await change(
      "cluster.evict", .evict(pod, uid: uid), to: .cluster,
      refusal: { if case .refused = $0 { true } else { false } }
    ) { try await world.evict(pod, uid: uid, grace: grace) }
  }

  func delete(_ node: NodeName, uid: String) async throws {
    try await change("cluster.delete", .deleteNode(node, uid: uid), to: .cluster) {
      try await world.delete(node, uid: uid)
    }
  }

  /// People read these; nothing goes by them.
  func tell(_ event: ClusterEvent) async {}
}
