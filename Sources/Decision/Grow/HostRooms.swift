import Model

/// What is left of each physical host for new workers: what the policy lets be promised, less what is.
struct HostRooms {
  struct Room {
    let name: HostName
    /// `nil` where workers get no zone label.
    let zone: String?
    var cpu: Int
    var memory: Int64
    var storage: Int64
    var gpus: Int
    /// Fixed PCI addresses that workers hold.
    var devices: [String]
    var failures: Int

    func isBetter(than other: Room) -> Bool {
      if failures != other.failures { return failures < other.failures }
      if memory != other.memory { return memory > other.memory }
      return name < other.name
    }

    func holds(_ machine: Template.Machine) -> Bool {
      machine.cpuCores <= cpu && machine.memoryBytes <= memory && machine.diskBytes <= storage && machine.gpus <= gpus
        && !(machine.fixedPCIDevice.map(devices.contains) ?? false)
    }

    mutating func take(_ machine: Template.Machine) {
      cpu -= machine.cpuCores
      memory -= machine.memoryBytes
      storage -= machine.diskBytes
      gpus -= machine.gpus
      if let device = machine.fixedPCIDevice { devices.append(device) }
    }

    /// As if a machine were gone.
    mutating func free(_ machine: Template.Machine) {
      cpu += machine.cpuCores
      memory += machine.memoryBytes
      storage += machine.diskBytes
      gpus += machine.gpus
      if let device = machine.fixedPCIDevice, let index = devices.firstIndex(of: device) { devices.remove(at: index) }
    }
  }

  /// `nil`: the hosts are unknown.
  private(set) var rooms: [Room]?

  init(_ situation: Situation) {
    guard let hosts = situation.hosts else { return }
    let placement = situation.policy.placement
    rooms = hosts.filter(\.online).map { host in
      let here = (situation.workers + situation.reserves).filter { $0.host == host.name }
      let devices = here.compactMap { situation.policy.template($0.template)?.machine.fixedPCIDevice }
      return Room(
        name: host.name, zone: placement.zone(of: host.name),
        cpu: placement.promisableCores(of: host) - host.assignedCPUCores,
        memory: placement.promisableMemory(of: host) - host.assignedMemoryBytes,
        storage: host.freeStorageBytes - placement.reservedStorageBytes, gpus: host.freeGPUs,
        devices: devices, failures: here.count { $0.state == .failed })
    }
    // Intents without a machine are not in the hosts' own figures yet.
    for worker in situation.workers + situation.reserves
    where worker.isStaying && worker.state.isUnderWay && worker.machine == nil {
      guard let template = situation.policy.template(worker.template) else { continue }
      if let index = worker.host.flatMap({ name in rooms!.firstIndex { $0.name == name } }) {
        rooms![index].take(template.machine)
      } else {
        _ = place(template)
      }
    }
  }

  var isKnown: Bool { rooms != nil }

  /// Takes room on the host that suits best: without a fresh failure, then with most free memory, then by name.
  ///
  /// - Parameter zone: only hosts of this zone; `nil`: of any.
  mutating func place(_ template: Template, zone: String? = nil) -> HostName? {
    guard let best = suitable(template.machine, zone) else { return nil }
    rooms![best].take(template.machine)
    return rooms![best].name
  }

  /// Takes room for several machines, each on the host that then suits best. Returns how many found room.
  mutating func place(_ template: Template, zone: String? = nil, atMost most: Int) -> Int {
    var placed = 0
    while placed < most, let best = suitable(template.machine, zone) {
      rooms![best].take(template.machine)
      placed += 1
    }
    return placed
  }

  private func suitable(_ machine: Template.Machine, _ zone: String?) -> Int? {
    guard let rooms else { return nil }
    var best: Int?
    for index in rooms.indices where zone == nil || zone == rooms[index].zone {
      guard rooms[index].holds(machine) else { continue }
      if let known = best, !rooms[index].isBetter(than: rooms[known]) { continue }
      best = index
    }
    return best
  }
}
