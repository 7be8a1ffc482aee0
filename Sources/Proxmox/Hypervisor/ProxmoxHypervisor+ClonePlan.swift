import Model
import Ports
import Synchronization

/// Choosing host, source and kind of a clone.
extension ProxmoxHypervisor {
  /// - Throws: `PortError` with what is in the way.
  func plan(
    _ request: CloneRequest, _ resources: ClusterResources, operation: String
  ) async throws -> ClonePlan {
    let hosts = try candidates(for: request, resources, operation: operation)
    var obstacle: PortError?
    for host in hosts {
      let id = options.sources[request.template.name]?[host] ?? request.template.source
      let source = try template(id, request.template.name, resources, operation: operation)
      let configuration = try await client.configuration(of: id, on: source.node)
      let disks = configuration.disks
      if source.node != host, let local = disks.first(where: { !resources.isShared($0.storage) }) {
        obstacle = PortError(
          .invalid,
          "Template \(id) cannot be cloned from \(source.node) to \(host), since its disk \(local.key) lies on "
            + "\(local.storage), which is not shared: put it on shared storage, or name a copy of it on \(host).",
          operation: operation)
        continue
      }
      if !source.tags.contains(OwnerMark.tag) {
        tellOnce("Template \(id) does not carry the tag \(OwnerMark.tag); add it, so that its clones show it at once.")
      }
      return kind(of: source, configuration, to: host)
    }
    throw obstacle
      ?? PortError(.exhausted, "No host has room for template \(request.template.name).", operation: operation)
  }

  private func kind(
    of source: ClusterResources.Machine, _ configuration: MachineConfiguration, to host: HostName
  ) -> ClonePlan {
    let storages = configuration.disks.map(\.storage)
    let own = configuration.bootDisk?.storage ?? storages.first ?? ""
    let isAtHome = options.storage.map { wanted in storages.allSatisfy { $0 == wanted } } ?? true
    let isKnownFull = memory.withLock { $0.fullOnly.contains(source.id) }
    let isFull =
      switch options.cloneMode {
      case .full: true
      case .linked: false
      case .automatic: !isAtHome || isKnownFull
      }
    return ClonePlan(
      source: source, host: host, storage: isFull ? options.storage ?? own : own, isFull: isFull,
      mayFallBack: options.cloneMode == .automatic)
  }

  private func template(
    _ id: MachineID, _ name: TemplateName, _ resources: ClusterResources, operation: String
  ) throws(PortError) -> ClusterResources.Machine {
    guard let source = resources.machines[id], !source.isContainer else {
      throw PortError(
        .notFound, "Template machine \(id) of \(name) is not to be seen: check its number, and grant VM.Clone on it.",
        operation: operation)
    }
    guard resources.isOnline(source.node) else {
      throw PortError(
        .unreachable, "Host \(source.node), where template \(id) lies, is offline.", operation: operation)
    }
    // A new template may not be listed as one yet; what is cloned then is an ordinary machine, which would be wrong.
    guard source.isTemplate else {
      throw PortError(
        .invalid, "Machine \(id), from which \(name) is to be cloned, is no template: convert it to one.",
        operation: operation)
    }
    return source
  }

  /// Hosts to try, the best first: the one that was asked for, or those with room, most free memory first.
  private func candidates(
    for request: CloneRequest, _ resources: ClusterResources, operation: String
  ) throws(PortError) -> [HostName] {
    if let host = request.host {
      guard isAllowed(host) else {
        throw PortError(.invalid, "Host \(host) is not among the allowed hosts.", operation: operation)
      }
      guard resources.isOnline(host) else {
        throw PortError(.unreachable, "Host \(host) is offline; choose another.", operation: operation)
      }
      return [host]
    }
    let wanted = request.template.machine.memoryBytes
    let free = resources.nodes.values.filter { $0.isOnline && isAllowed($0.name) }
      .map { ($0.name, $0.memoryBytes - assigned(on: $0.name, resources).memory) }
      .filter { $0.1 >= wanted }
      .sorted { ($1.1, $0.0) < ($0.1, $1.0) }
    guard !free.isEmpty else {
      throw PortError(
        .exhausted, "No host has \(wanted / .mebibytes(1)) MiB of memory to give; free some, or allow other hosts.",
        operation: operation)
    }
    return free.map(\.0)
  }

  /// - Throws: `invalid` when the template needs devices that no mapping gives it.
  func checkDevices(of template: Template, operation: String) throws(PortError) {
    let mapped = options.devices[template.name]?.count ?? 0
    if let address = template.machine.fixedPCIDevice, mapped == 0 {
      throw PortError(
        .invalid,
        "Template \(template.name) names the host's PCI slot itself (hostpci0: \(address)), which only root may give "
          + "to a machine: make a resource mapping for the device (Datacenter, Resource Mappings) and name that for "
          + "the template.", operation: operation)
    }
    if template.machine.gpus > mapped {
      throw PortError(
        .invalid,
        "Template \(template.name) needs \(template.machine.gpus) devices, but \(mapped) device mappings are named for "
          + "it: name one for each.", operation: operation)
    }
  }
}
