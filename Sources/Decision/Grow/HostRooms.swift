import Model

/// What is left of each physical host for new workers. CPU may be promised four times over, nothing else more than once.
struct HostRooms {
  static let cpuOvercommit = 4

  struct Room {
    let name: HostName
    var cpu: Int
    var memory: Int64
    var storage: Int64
    var gpus: Int
    var devices: Set<String>
    var failures: Int

    func isBetter(than other: Room) -> Bool {
      if failures != other.failures { return failures < other.failures }
      if memory != other.memory { return memory > other.memory }
      return name < other.name
    }
  }

  /// `nil`: the hosts are unknown.
  private(set) var rooms: [Room]?

  init(_ situation: Situation) {
    guard let hosts = situation.hosts else { return }
    rooms = hosts.filter(\.online).map { host in
      let here = situation.workers.filter { $0.host == host.name }
      let devices = here.compactMap { situation.policy.template($0.template)?.machine.fixedPCIDevice }
      return Room(
        name: host.name, cpu: host.cpuCores * Self.cpuOvercommit - host.assignedCPUCores,
        memory: host.memoryBytes - host.assignedMemoryBytes, storage: host.freeStorageBytes, gpus: host.freeGPUs,
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
    guard let best = suitable(template.machine) else { return nil }
    take(template.machine, at: best)
    return rooms![best].name
  }

  /// Takes room for several machines, each on the host that then suits best. Returns how many found room.
  mutating func place(_ template: Template, atMost most: Int) -> Int {
    var placed = 0
    while placed < most, let best = suitable(template.machine) {
      take(template.machine, at: best)
      placed += 1
    }
    return placed
  }

  private func suitable(_ machine: Template.Machine) -> Int? {
    guard let rooms else { return nil }
    var best: Int?
    for index in rooms.indices {
      guard machine.cpuCores <= rooms[index].cpu, machine.memoryBytes <= rooms[index].memory,
        machine.diskBytes <= rooms[index].storage, machine.gpus <= rooms[index].gpus
      else { continue }
      if let device = machine.fixedPCIDevice, rooms[index].devices.contains(device) { continue }
      if let known = best, !rooms[index].isBetter(than: rooms[known]) { continue }
      best = index
    }
    return best
  }

  private mutating func take(_ machine: Template.Machine, at index: Int) {
    rooms![index].cpu -= machine.cpuCores
    rooms![index].memory -= machine.memoryBytes
    rooms![index].storage -= machine.diskBytes
    rooms![index].gpus -= machine.gpus
    if let device = machine.fixedPCIDevice { rooms![index].devices.insert(device) }
  }
}
