public import Model
import Ports

/// Power and the end.
extension ProxmoxHypervisor {
  /// Powers the machine on; one that runs stays as it is.
  ///
  /// The task is watched for a moment, since what keeps a machine from starting (a device in use, no memory) is said by
  /// the task alone. A task that failed may have started it all the same.
  public func start(_ machine: MachineID, owner: MachineOwner) async throws {
    let operation = "hypervisor.start"
    try checkQuorum(operation)
    try await translating(operation) {
      guard let found = try await find(machine, owner: owner, operation: operation) else {
        throw PortError(.notFound, "Machine \(machine) does not exist any more.", operation: operation)
      }
      try await refuseLocked(found, operation: operation)
      if try await client.isRunning(machine, on: found.node) { return }
      try await settleAddress(of: found, owner: owner, operation: operation)
      let running = try await client.runningTasks(on: found.node, type: "qmstart", of: machine)
      defer { touch(machine, power: true) }
      let task: String?
      if let first = running.first { task = first } else { task = try await client.start(machine, on: found.node) }
      try await judge(task, of: found, wantsRunning: true)
    }
  }

  /// Takes the power away at once; one that does not run, or is gone, stays as it is.
  public func stop(_ machine: MachineID, owner: MachineOwner) async throws {
    let operation = "hypervisor.stop"
    try checkQuorum(operation)
    try await translating(operation) {
      guard let found = try await find(machine, owner: owner, operation: operation) else { return }
      guard try await client.isRunning(machine, on: found.node) else { return }
      defer { touch(machine, power: true) }
      do {
        try await judge(try await client.stop(machine, on: found.node), of: found, wantsRunning: false)
      } catch let failure as ProxmoxFailure where failure.meaning == .notRunning { return }
    }
  }

  /// Watches a power task for a moment. One that is still under way has been accepted; of one that failed or is
  /// forgotten, the machine tells what became of it.
  private func judge(_ task: String?, of found: Found, wantsRunning: Bool) async throws {
    let (status, upid) = try await follow(task, pauses: Self.acceptancePauses)
    guard case .failed(let text) = status, let upid else { return }
    let failure = ProxmoxFailure(task: upid, exitStatus: text)
    if failure.meaning == (wantsRunning ? .alreadyRunning : .notRunning) { return }
    guard try await client.isRunning(found.id, on: found.node) == wantsRunning else { throw failure }
    notice("Task \(upid.type) of machine \(found.id) failed (\(failure.text)), but did what it was to do.")
  }

  /// Removes the stopped machine with its disks, its place in jobs and in high availability.
  public func delete(_ machine: MachineID, owner: MachineOwner) async throws {
    let operation = "hypervisor.delete"
    try checkQuorum(operation)
    try await translating(operation) {
      // A machine that moves away between the last look and the deletion is found once more.
      for _ in 0..<2 {
        guard let found = try await find(machine, owner: owner, operation: operation) else { return touch(machine) }
        if found.configuration.lock == "destroyed" { return try await checkDeletion(of: found, operation: operation) }
        try await refuseLocked(found, operation: operation)
        try await refuseUndeletable(found, operation: operation)
        defer { touch(machine, power: true) }
        do { return try await destroy(found) } catch let failure as ProxmoxFailure where failure.meaning == .missing {
          continue
        }
      }
      throw PortError(
        .busy, "Machine \(machine) is moving from one host to another; it is looked for again.", operation: operation)
    }
  }

  /// Somebody's deletion of it is under way, or died.
  private func checkDeletion(of found: Found, operation: String) async throws {
    guard try await client.runningTasks(on: found.node, type: "qmdestroy", of: found.id).isEmpty,
      try await !client.isFree(found.id)
    else { return }
    throw PortError(
      .busy,
      "The deletion of machine \(found.id) on \(found.node) has begun, but no task of ours works on it: should none of "
        + "another user's do either, run `qm unlock \(found.id)` as root on \(found.node); it is then deleted.",
      operation: operation)
  }

  private func refuseUndeletable(_ found: Found, operation: String) async throws {
    if found.configuration.isProtected {
      throw PortError(
        .forbidden, "Machine \(found.id) is protected from deletion; take its protection away if it is to go.",
        operation: operation)
    }
    if try await client.isRunning(found.id, on: found.node) {
      throw PortError(.conflict, "Machine \(found.id) is running; it must be stopped first.", operation: operation)
    }
    // Read once more, since the look at its power took time: after this nothing but the deletion itself is sent.
    let configuration = try await client.configuration(of: found.id, on: found.node)
    let identity = MachineIdentity(
      configuration, cluster: options.cluster, isNumberOurs: numbers.contains(found.id))
    let before = MachineIdentity(
      found.configuration, cluster: options.cluster, isNumberOurs: numbers.contains(found.id))
    guard identity == before, configuration.name == found.configuration.name else {
      throw PortError(
        .notOurs, "Machine \(found.id) has become another one while it was looked at; it is left alone.",
        operation: operation)
    }
  }

  private func destroy(_ found: Found) async throws {
    let task = try await client.destroy(found.id, on: found.node)
    let (status, upid) = try await follow(task, pauses: Self.acceptancePauses)
    guard case .failed(let text) = status, let upid else { return }
    throw ProxmoxFailure(task: upid, exitStatus: text)
  }
}
