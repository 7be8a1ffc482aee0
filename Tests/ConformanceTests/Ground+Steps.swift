import ControlLoop
import Model
import Ports

/// Steps that several tests begin with.
extension Ground {
  /// Repeats a call while it fails with something that may pass.
  func persist(_ what: String, _ call: () async throws -> Void) async throws {
    try await eventually(what) { () -> Bool? in
      try await call()
      return true
    }
  }

  /// A clone that is done.
  func clone(_ owner: MachineOwner, template: Template) async throws -> MachineID {
    let request = CloneRequest(template: template, owner: owner, createdAt: now)
    let (machine, task) = try await eventually("the clone is accepted") { try await ports.hypervisor.clone(request) }
    try await eventually("the clone is done") { () -> MachineObservation? in
      let state = try await ports.hypervisor.task(task)
      guard state == .succeeded else { return nil }
      return try await ports.hypervisor.machines().first { $0.id == machine && !$0.locked && $0.owner == owner }
    }
    return machine
  }

  /// A machine that runs and waits for its configuration.
  func boot(_ owner: MachineOwner) async throws -> MachineID {
    let template = try template()
    let machine = try await clone(owner, template: template)
    try await persist("configure") { try await ports.hypervisor.configure(machine, owner: owner, as: template) }
    try await persist("start") { try await ports.hypervisor.start(machine, owner: owner) }
    try await eventually("it is in maintenance") {
      try await ports.nodeOS.observe(machine).stage == .maintenance ? true : nil
    }
    return machine
  }

  /// A machine whose node is Ready, with the taint and label of the pool burst.
  func join(_ owner: MachineOwner) async throws -> MachineID {
    let machine = try await boot(owner)
    let configuration = NodeConfiguration(
      hostname: owner.worker, labels: ["node-pool": owner.pool.rawValue],
      taints: [Taint(key: "workload-type", value: "burst", effect: .noSchedule)])
    try await persist("apply") { try await ports.nodeOS.apply(configuration, to: machine) }
    try await eventually("its node is Ready") {
      try await ports.cluster.nodes().first { $0.name.rawValue == owner.worker.rawValue && $0.isReady }
    }
    return machine
  }
}
