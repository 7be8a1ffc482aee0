import Model

/// What a host has left for machines, and what it would have without some of its workers.
struct HostSpace {
  let host: HostName
  private var cores: Int
  private var memory: Int64
  private var storage: Int64
  private var gpus: Int
  private var devices: [String]

  init(_ host: HostObservation, _ situation: Situation) {
    let placement = situation.policy.placement
    self.host = host.name
    cores = placement.promisableCores(of: host) - host.assignedCPUCores
    memory = placement.promisableMemory(of: host) - host.assignedMemoryBytes
    storage = host.freeStorageBytes - placement.reservedStorageBytes
    gpus = host.freeGPUs
    devices = situation.workers.filter { $0.host == host.name }.compactMap {
      situation.policy.template($0.template)?.machine.fixedPCIDevice
    }
    // Intents without a machine are not in the host's own figures yet.
    for worker in situation.workers where worker.host == host.name && worker.isStaying && worker.state.isUnderWay {
      guard worker.machine == nil, let machine = situation.policy.template(worker.template)?.machine else { continue }
      cores -= machine.cpuCores
      memory -= machine.memoryBytes
      storage -= machine.diskBytes
      gpus -= machine.gpus
    }
  }

  /// Of every host that is on line, by name; each has what creations of the plan take of it taken off.
  static func all(_ draft: Draft) -> [HostSpace] {
    let situation = draft.situation
    return (situation.hosts ?? []).filter(\.online).map { host in
      var space = HostSpace(host, situation)
      for creation in draft.plan.creations where creation.host == host.name {
        if let machine = situation.policy.template(creation.template)?.machine { space.take(machine) }
      }
      return space
    }
  }

  func holds(_ machine: Template.Machine) -> Bool {
    machine.cpuCores <= cores && machine.memoryBytes <= memory && machine.diskBytes <= storage && machine.gpus <= gpus
      && !(machine.fixedPCIDevice.map(devices.contains) ?? false)
  }

  mutating func take(_ machine: Template.Machine) {
    cores -= machine.cpuCores
    memory -= machine.memoryBytes
    storage -= machine.diskBytes
    gpus -= machine.gpus
    if let device = machine.fixedPCIDevice { devices.append(device) }
  }

  /// As if a machine were gone.
  mutating func free(_ machine: Template.Machine) {
    cores += machine.cpuCores
    memory += machine.memoryBytes
    storage += machine.diskBytes
    gpus += machine.gpus
    if let device = machine.fixedPCIDevice, let index = devices.firstIndex(of: device) { devices.remove(at: index) }
  }
}
