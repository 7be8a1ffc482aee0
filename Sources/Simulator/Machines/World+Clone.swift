import Model
import Ports

extension World {
  /// What a host still has to give.
  struct HostRoom {
    var memoryBytes: Int64
    var storageBytes: Int64
    var gpus: Int
    var assignedCores: Int
  }

  func room(on host: SimulatedHost) -> HostRoom {
    var room = HostRoom(
      memoryBytes: host.memoryBytes, storageBytes: host.storageBytes, gpus: host.gpus, assignedCores: 0)
    for id in machines.keys {
      guard let machine = machines[id], machine.host == host.name, !machine.isTemplate else { continue }
      room.memoryBytes -= machine.hardware.memoryBytes
      room.storageBytes -= machine.hardware.diskBytes
      room.gpus -= machine.hardware.gpus
      room.assignedCores += machine.hardware.cpuCores
    }
    return room
  }

  /// The host that the request names, or the online one with most free memory among those with room.
  func chooseHost(_ request: CloneRequest, operation: String) throws(PortError) -> HostName {
    let wanted = request.template.machine
    if let name = request.host {
      guard let host = hosts[name] else {
        throw PortError(.notFound, "hostname lookup '\(name)' failed; check the host's name.", operation: operation)
      }
      guard host.online else {
        throw PortError(.unreachable, "Host \(name) is offline; choose another.", operation: operation)
      }
    }
    let candidates = hosts.values.filter { host in
      let room = room(on: host)
      return host.online && (request.host ?? host.name) == host.name && room.memoryBytes >= wanted.memoryBytes
        && room.storageBytes >= wanted.diskBytes && room.gpus >= wanted.gpus
    }
    guard var best = candidates.first else {
      throw PortError(
        .exhausted, "No host has room for template \(request.template.name); free memory, storage or PCI devices.",
        operation: operation)
    }
    for host in candidates where room(on: host).memoryBytes > room(on: best).memoryBytes { best = host }
    return best.name
  }

  mutating func beginClone(_ request: CloneRequest, on host: HostName) -> (machine: MachineID, task: String) {
    let others = machines.keys.compactMap { machines[$0]?.owner }
    if others.contains(where: { $0.cluster == clusterName && $0.worker == request.owner.worker }) {
      tally.doubleCreations.append(request.owner.id)
    }
    var number = firstMachineID
    while machines[MachineID(number)] != nil { number += 1 }
    let id = MachineID(number)
    if loseNumber(id, on: host, hardware: request.template.machine) {
      let task = newTask("qmclone", on: host, working: request.template.source, machine: id, work: .nothing)
      doom(task, "unable to create VM \(id): config file already exists", after: random.duration(in: timings.taskFork))
      return (id, task)
    }
    var machine = SimulatedMachine(
      id: id, name: request.owner.worker.rawValue, host: host, hardware: request.template.machine,
      createdAt: request.createdAt, network: addressPrefix)
    machine.description = OwnerMark(owner: request.owner, createdAt: request.createdAt).text
    machine.tags = [OwnerMark.tag]
    machine.source = request.template.source
    machine.template = request.template
    machine.makeOptions(storage: SimulatedStorage.sharedName)
    machine.renew(nextTaskNumber)
    machine.lock = .clone
    machine.token = newToken()
    machine.task = newTask("qmclone", on: host, working: request.template.source, machine: id)
    schedule(.machine(.cloneEnded, id, token: machine.token), after: random.duration(in: timings.clone))
    machines[id] = machine
    tally.meters.append(
      MachineMeter(
        machine: id, owner: request.owner, template: request.template.name, price: request.template.price,
        cloneBeganAt: now))
    return (id, machine.task)
  }

  /// Somebody else's machine takes the number of a clone that was accepted, if that is to go wrong now.
  mutating func loseNumber(_ id: MachineID, on host: HostName, hardware: Template.Machine) -> Bool {
    guard faults.lostNumbers > 0 else { return false }
    faults.lostNumbers -= 1
    tally.failuresInjected += 1
    addForeignMachine(id, name: "quicker-\(id)", on: host, hardware: hardware)
    return true
  }

  mutating func meter(_ machine: SimulatedMachine, _ change: (inout MachineMeter, Instant) -> Void) {
    let index = tally.meters.lastIndex { $0.machine == machine.id && $0.owner.id == machine.owner?.id }
    if let index { change(&tally.meters[index], now) }
  }
}
