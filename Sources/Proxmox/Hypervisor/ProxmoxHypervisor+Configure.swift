public import Model
import Ports
import Synchronization

/// Bringing a clone to its template's size and place.
extension ProxmoxHypervisor {
  /// Somebody else may change the configuration between our reading and writing this often.
  static let maximumConflicts = 4

  /// Brings hardware, network, tags, devices and the boot disk to what the template wants; what is right is left alone.
  /// - Throws: `busy` while Proxmox still works on an earlier change; the same call goes on from there.
  public func configure(_ machine: MachineID, owner: MachineOwner, as template: Template) async throws {
    let operation = "hypervisor.configure"
    try checkDevices(of: template, operation: operation)
    try checkQuorum(operation)
    defer { touch(machine) }
    try await translating(operation) {
      for _ in 0..<Self.maximumConflicts {
        guard let found = try await find(machine, owner: owner, operation: operation) else {
          throw PortError(.notFound, "Machine \(machine) does not exist any more.", operation: operation)
        }
        try await refuseLocked(found, operation: operation)
        let disk = try bootDisk(of: found, operation: operation)
        let address = try await ipConfiguration(for: found, owner: owner, operation: operation)
        let change = MachineChange(
          of: found.configuration, to: template, owner: owner, options: options, ipConfiguration: address)
        guard try await write(change.values, to: found, operation: operation) else { continue }
        let wanted = DiskSize(atLeast: template.machine.diskBytes)
        if disk.size.map({ $0 < wanted }) ?? true {
          try await resize(disk, to: wanted, of: found, operation: operation)
        }
        return
      }
      throw PortError(
        .conflict, "Machine \(machine) is being changed by somebody else all the time; it is tried again later.",
        operation: operation)
    }
  }

  private func bootDisk(of found: Found, operation: String) throws(PortError) -> MachineConfiguration.Disk {
    if let disk = found.configuration.bootDisk { return disk }
    throw PortError(
      .invalid, "Machine \(found.id) has no disk to boot from: check its template's disks and boot order.",
      operation: operation)
  }

  /// - Returns: whether the change was written; not when somebody else was first.
  private func write(
    _ values: [String: ParameterValue], to found: Found, operation: String
  ) async throws -> Bool {
    guard !values.isEmpty else { return true }
    var form = values
    if let digest = found.configuration.digest { form["digest"] = .text(digest) }
    // The server waits for the task, so that most changes need no further question.
    form["background_delay"] = 5
    do {
      let task = try await client.configure(found.id, on: found.node, form)
      let (status, upid) = try await follow(task, pauses: Self.completionPauses)
      switch status {
      case .succeeded: return true
      case .failed(let text):
        guard let upid else { return false }
        throw ProxmoxFailure(task: upid, exitStatus: text)
      case .running:
        throw PortError(
          .busy, "The configuration of machine \(found.id) is still being written; it is looked at again.",
          operation: operation)
      case .unknown:
        throw PortError(
          .uncertain, "What became of the configuration of machine \(found.id) is not known; it is looked at again.",
          operation: operation)
      }
    } catch let failure as ProxmoxFailure where failure.meaning == .digestMismatch { return false }
  }

  private func resize(
    _ disk: MachineConfiguration.Disk, to size: DiskSize, of found: Found, operation: String
  ) async throws {
    let task = try await client.resize(disk.key, of: found.id, on: found.node, to: size)
    let (status, upid) = try await follow(task, pauses: Self.acceptancePauses)
    if case .failed(let text) = status, let upid { throw ProxmoxFailure(task: upid, exitStatus: text) }
  }

  // MARK: Addresses

  /// The value of `ipconfig0`; `nil` where addresses are none of our business.
  private func ipConfiguration(
    for found: Found, owner: MachineOwner, operation: String
  ) async throws -> String? {
    guard case .fixed(let range) = options.addressing else { return nil }
    guard found.configuration.hasCloudInitDrive else {
      throw PortError(
        .invalid,
        "Machine \(found.id) has no cloud-init drive, by which it could get an address: add one to its template (for "
          + "example ide2 as STORAGE:cloudinit).", operation: operation)
    }
    let others = try await addresses(ofOthersThan: found)
    let id = found.id
    let present = found.configuration.fixedAddress.flatMap { IPv4Address($0) }
    // Chosen and reserved under one lock; what earlier lives of this process chose stands in the configurations.
    let chosen = memory.withLock { memory -> IPv4Address? in
      let reserved = memory.reserved.filter { $0.value != id }.keys
      let taken = Set(others.keys).union(reserved)
      // Of two that chose the same in two lives of this process, the one with the lower number keeps it.
      let isKept = present.map { !reserved.contains($0) && others[$0].map { $0 > id } ?? true } ?? false
      if let present, range.contains(present), isKept {
        memory.reserved[present] = id
        return present
      }
      guard let free = range.choose(for: owner.id.rawValue, taken: taken) else { return nil }
      for address in memory.reserved.filter({ $0.value == id }).keys { memory.reserved[address] = nil }
      memory.reserved[free] = id
      return free
    }
    guard let chosen else {
      throw PortError(
        .exhausted, "All \(range.count) addresses from \(range.first) to \(range.last) are in use; widen the range.",
        operation: operation)
    }
    return range.configuration(chosen)
  }

  /// Gives the machine another address where one with a lower number has the same, so that the two never run together.
  func settleAddress(of found: Found, owner: MachineOwner, operation: String) async throws {
    guard let wanted = try await ipConfiguration(for: found, owner: owner, operation: operation),
      wanted != found.configuration["ipconfig0"]
    else { return }
    guard try await write(["ipconfig0": .text(wanted)], to: found, operation: operation) else {
      throw PortError(
        .conflict, "Machine \(found.id) was changed by somebody else while it got its address; it is tried again.",
        operation: operation)
    }
  }

  /// Addresses that the configurations of all other machines that may be ours give them, read now.
  func addresses(ofOthersThan found: Found) async throws -> [IPv4Address: MachineID] {
    let rows = found.resources.sortedMachines.filter { concerns($0) && $0.id != found.id }
    let configurations = try await configurations(of: rows, in: found.resources).found
    var addresses: [IPv4Address: MachineID] = [:]
    for row in rows {
      if let address = configurations[row.id]?.fixedAddress.flatMap({ IPv4Address($0) }) {
        addresses[address] = addresses[address] ?? row.id
      }
    }
    return addresses
  }
}
