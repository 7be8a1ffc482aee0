import Model

/// What is left of each physical host for new workers: what the policy lets be promised, less what is.
struct HostRooms {
  private struct Room {
    let name: HostName
    var cpu: Int
    var memory: Int64
    var storage: Int64
    var gpus: Int
    var devices: Set<String>
    var failures: Int
  }

  /// `nil`: the hosts are unknown.
  private var rooms: [Room]?

  init(_ situation: Situation) {
    guard let hosts = situation.hosts else { return }
    let placement = situation.policy.placement
    rooms = hosts.filter(\.online).map { host in
      let here = situation.workers.filter { $0.host == host.name }
      let devices = here.compactMap { situation.policy.template($0.template)?.machine.fixedPCIDevice }
      return Room(
        name: host.name, cpu: placement.promisableCores(of: host) - host.assignedCPUCores,
        memory: placement.promisableMemory(of: host) - host.assignedMemoryBytes,
        storage: host.freeStorageBytes - placement.reservedStorageBytes, gpus: host.freeGPUs,
        devices: Set(devices), failures: here.count { $0.state == .failed })
    }
    // Intents without a machine are not in the hosts' own figures yet.
    for worker in situation.workers where worker.isStaying && worker.state.isUnderWay && worker.machine == nil {
      guard let template = situation.policy.template(worker.template) else { continue }
      if let index = worker.host.flatMap({ name in rooms!.firstIndex { $0.name == name } }) {
        take(template.machine, at: index)
      } else {
        _ = place(template)
      }
    }
  }

  var isKnown: Bool { rooms != nil }

  /// Takes room on the host that suits best: without a fresh failure, then with most free memory, then by name.
  mutating func place(_ template: Template) -> HostName? {
    guard let rooms else { return nil }
    let machine = template.machine
    let fitting = rooms.indices.filter { index in
      let room = rooms[index]
      return machine.cpuCores <= room.cpu && machine.memoryBytes <= room.memory && machine.diskBytes <= room.storage
        && machine.gpus <= room.gpus && !(machine.fixedPCIDevice.map(room.devices.contains) ?? false)
    }
    let best = fitting.min { left, right in
      let (a, b) = (rooms[left], rooms[right])
      return (a.failures, -a.memory, a.name) < (b.failures, -b.memory, b.name)
    }
    guard let best else { return nil }
    take(machine, at: best)
    return rooms[best].name
  }

  private mutating func take(_ machine: Template.Machine, at index: Int) {
    rooms![index].cpu -= machine.cpuCores
    rooms![index].memory -= machine.memoryBytes
    rooms![index].storage -= machine.diskBytes
    rooms![index].gpus -= machine.gpus
    if let device = machine.fixedPCIDevice { rooms![index].devices.insert(device) }
  }
}
