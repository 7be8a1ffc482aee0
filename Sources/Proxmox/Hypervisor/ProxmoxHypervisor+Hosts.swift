public import Model
import Ports
import Synchronization

/// What the hosts have, and what of it is given away.
extension ProxmoxHypervisor {
  /// The hosts that may be used, by name. Also notes whether the cluster has its quorum.
  public func hosts() async throws -> [HostObservation] {
    try await translating("hypervisor.hosts") {
      let resources = try await client.resources()
      try await noteQuorum()
      let nodes = resources.nodes.values.filter { isAllowed($0.name) }.sorted { $0.name < $1.name }
      guard !nodes.isEmpty else {
        throw PortError(
          .forbidden, "No host that may be used is to be seen: grant Sys.Audit on /nodes, and check the allowed hosts.",
          operation: "hypervisor.hosts")
      }
      let devices = try await freeDevices(on: nodes, resources)
      return nodes.map { node in
        var host = HostObservation(
          name: node.name, online: node.isOnline, cpuCores: node.cores, memoryBytes: node.memoryBytes,
          freeStorageBytes: freeStorage(on: node.name, resources))
        let assigned = assigned(on: node.name, resources)
        host.assignedMemoryBytes = assigned.memory
        host.assignedCPUCores = assigned.cores
        host.freeGPUs = devices[node.name] ?? 0
        return host
      }
    }
  }

  func isAllowed(_ host: HostName) -> Bool { options.allowedHosts?.contains(host) ?? true }

  private func noteQuorum() async throws {
    guard let isQuorate = try await client.isQuorate() else { return }
    let now = time.now()
    memory.withLock { $0.quorum = isQuorate ? .presumed : .lost(at: now, isConfirmed: true) }
  }

  /// Assigned, not used: Proxmox gives out more than there is without a word, and what a machine was promised it may
  /// take at any time. Counted are machines and containers that run, or whose state is not known, and those of ours
  /// that are being made or stand by.
  func assigned(on host: HostName, _ resources: ClusterResources) -> (memory: Int64, cores: Int) {
    let clones = memory.withLock { $0.clones }
    var memory: Int64 = 0
    var cores = 0
    for row in resources.machines.values where row.node == host && !row.isTemplate && clones[row.id] == nil {
      guard row.status != "stopped" || concerns(row) else { continue }
      memory += row.memoryBytes
      cores += row.cores
    }
    // A clone's row has its template's size at best.
    for clone in clones.values where clone.host == host {
      memory += clone.machine.memoryBytes
      cores += clone.machine.cpuCores
    }
    return (memory, cores)
  }

  private func freeStorage(on host: HostName, _ resources: ClusterResources) -> Int64 {
    let here = resources.storages.filter { $0.node == host && $0.isAvailable && $0.holdsImages }
    return here.filter { options.storage == nil || $0.name == options.storage }.map(\.freeBytes).max() ?? 0
  }

  /// Mapped devices of each host that no machine holds. Which one holds a device stands only in its configuration, so
  /// that all of the host's machines are read, most of them from memory.
  private func freeDevices(
    on nodes: [ClusterResources.Node], _ resources: ClusterResources
  ) async throws -> [HostName: Int] {
    let wanted = Set(options.devices.values.flatMap { $0.map(\.mapping) })
    guard !wanted.isEmpty else { return [:] }
    let mappings = try await client.deviceMappings().filter { wanted.contains($0.id) }
    for missing in wanted.subtracting(mappings.map(\.id)).sorted() {
      tellOnce("The device mapping \(missing) is not to be seen: make it, or grant Mapping.Use on it.")
    }
    let hosts = Set(mappings.flatMap { $0.devices.map(\.node) })
    let rows = resources.sortedMachines.filter { row in
      !row.isContainer && !row.isTemplate && hosts.contains(row.node) && (row.status != "stopped" || concerns(row))
    }
    let found = try await configurations(of: rows, in: resources).found
    let clones = memory.withLock { $0.clones }
    return Dictionary(
      uniqueKeysWithValues: nodes.map { node in
        let here = rows.filter { $0.node == node.name }.compactMap { found[$0.id] }
        // A clone under way is to get its devices when it is configured; its half configuration shows none.
        let coming = clones.filter { $0.value.host == node.name && found[$0.key]?.hostDevices.isEmpty ?? true }
        let held = coming.values.reduce(0) { $0 + $1.machine.gpus }
        return (node.name, max(0, mappings.freeDevices(on: node.name, heldBy: here) - held))
      })
  }
}
