import Model
import Ports
import Synchronization

/// Finding a machine again before it is changed.
extension ProxmoxHypervisor {
  struct Found: Sendable {
    var row: ClusterResources.Machine
    var configuration: MachineConfiguration
    var resources: ClusterResources

    var id: MachineID { row.id }
    var node: HostName { row.node }
  }

  /// Reads the machine where it is now and holds it against its owner.
  ///
  /// A configuration that "does not exist" may only have moved to another host: the list, which is live in this, is
  /// asked again before the machine counts as gone.
  /// - Returns: `nil` when there certainly is no machine of this number.
  /// - Throws: `notOurs` for another's; `unreachable` while its host is offline.
  func find(_ id: MachineID, owner: MachineOwner, operation: String) async throws -> Found? {
    for _ in 0..<2 {
      let resources = try await client.resources()
      guard let row = resources.machines[id] else {
        if try await client.isFree(id) { return nil }
        throw PortError(
          .forbidden, "Machine \(id) exists but may not be seen: grant VM.Audit on it.", operation: operation)
      }
      guard !row.isContainer else { throw foreign(id, "it is a container", operation) }
      guard resources.isOnline(row.node) else {
        throw PortError(
          .unreachable,
          "Host \(row.node) of machine \(id) is offline; nothing can be done to it until the host is back.",
          operation: operation)
      }
      do {
        let configuration = try await client.configuration(of: id, on: row.node)
        memory.withLock { $0.configurations[id] = nil }
        let identity = MachineIdentity(
          configuration, cluster: owner.cluster, isNumberOurs: numbers.contains(id))
        if identity == .halfClone { try await refuseHalfClone(row, operation) }
        if let objection = identity.objection(to: owner, name: configuration.name) {
          throw foreign(id, objection, operation)
        }
        return Found(row: row, configuration: configuration, resources: resources)
      } catch let failure as ProxmoxFailure where failure.meaning == .missing { continue }
    }
    throw PortError(
      .busy, "Machine \(id) is moving from one host to another; it is looked for again.", operation: operation)
  }

  private func foreign(_ id: MachineID, _ reason: String, _ operation: String) -> PortError {
    PortError(.notOurs, "Machine \(id) is left alone: \(reason).", operation: operation)
  }

  private func refuseHalfClone(_ row: ClusterResources.Machine, _ operation: String) async throws {
    if try await isAbandoned(row) { throw staleLock(row.id, on: row.node, operation: operation) }
    throw PortError(.busy, "Machine \(row.id) is still being cloned.", operation: operation)
  }

  /// - Throws: `busy` while a lock is held, with what only root can do where nobody holds it any more.
  func refuseLocked(_ found: Found, operation: String) async throws {
    guard let lock = found.configuration.lock else { return }
    if lock == "clone", try await isAbandoned(found.row) {
      throw staleLock(found.id, on: found.node, operation: operation)
    }
    throw PortError(
      .busy, "Machine \(found.id) is locked (\(lock)); it is tried again when the lock is gone.", operation: operation)
  }

  /// What this process remembers of the machine is out of date.
  func touch(_ id: MachineID, power: Bool = false) {
    let now = time.now()
    memory.withLock { memory in
      memory.forget(id)
      if power { memory.touched[id] = now }
    }
  }
}
