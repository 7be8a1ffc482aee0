import Model
import Ports

extension World {
  /// Whether this call's answer is to be lost; counts down the fault. Ask after the call was carried out.
  mutating func losesAnswer(of operation: String) -> Bool { takeFault(\.lostAnswers, operation) }

  /// Throws when nobody is to answer this call; counts down the fault. Ask before the call is carried out.
  mutating func checkReachable(_ operation: String) throws(PortError) {
    if takeFault(\.unreachableCalls, operation) {
      throw PortError(.unreachable, "Nobody answered within the time limit; try again.", operation: operation)
    }
  }

  private mutating func takeFault(_ counts: WritableKeyPath<WorldFaults, [String: Int]>, _ operation: String) -> Bool {
    guard let left = faults[keyPath: counts][operation], left > 0 else { return false }
    faults[keyPath: counts][operation] = left == 1 ? nil : left - 1
    tally.failuresInjected += 1
    return true
  }

  /// The machine, if it is ours by cluster and id; otherwise it is counted and refused.
  mutating func ourMachine(
    _ id: MachineID, owner: MachineOwner, operation: String
  ) throws(PortError) -> SimulatedMachine {
    guard let machine = machines[id] else {
      throw PortError(.notFound, "Configuration file for machine \(id) does not exist.", operation: operation)
    }
    try refuseFormer(machine, operation: operation)
    guard let actual = machine.owner, actual.cluster == clusterName, owner.cluster == clusterName else {
      tally.foreignTouches.append(ForeignTouch(at: now, machine: id, operation: operation))
      throw PortError(.notOurs, "Machine \(id) belongs to somebody else; it is left alone.", operation: operation)
    }
    guard actual.id == owner.id else {
      tally.ownerRefusals += 1
      throw PortError(
        .notOurs, "Machine \(id) is \(actual.worker) (\(actual.id)) and no longer \(owner.worker) (\(owner.id)).",
        operation: operation)
    }
    if let host = hosts[machine.host], !host.online {
      throw PortError(.unreachable, "Host \(host.name) is offline; wait until it is back.", operation: operation)
    }
    return machine
  }

  /// The machine whose operating system answers at this instant.
  mutating func answeringMachine(
    _ id: MachineID, operation: String, changes: Bool
  ) throws(PortError) -> (machine: SimulatedMachine, system: SimulatedSystem) {
    if changes, let machine = machines[id] { try refuseFormer(machine, operation: operation) }
    if changes, let machine = machines[id], machine.owner?.cluster != clusterName {
      tally.foreignTouches.append(ForeignTouch(at: now, machine: id, operation: operation))
      throw PortError(.notOurs, "Machine \(id) belongs to somebody else; it is left alone.", operation: operation)
    }
    guard let machine = machines[id], machine.running, let system = machine.system, system.answersAt <= now else {
      throw PortError(.unreachable, "Machine \(id) does not answer; is it powered on?", operation: operation)
    }
    return (machine, system)
  }

  /// A machine whose mark a person took away is nobody's of ours any more: a call that still means it comes too late,
  /// which is no touch of other people's.
  private mutating func refuseFormer(_ machine: SimulatedMachine, operation: String) throws(PortError) {
    guard machine.owner == nil, let former = machine.formerOwner else { return }
    tally.ownerRefusals += 1
    throw PortError(
      .notOurs, "Machine \(machine.id) was \(former.worker) and bears no mark any more; it is left alone.",
      operation: operation)
  }

  /// Whether the hypervisor's cluster takes changes.
  func checkQuorum(_ operation: String) throws(PortError) {
    if faults.hasNoQuorum {
      throw PortError(
        .unreachable, "The cluster has no quorum: nothing is changed until it is back.", operation: operation)
    }
  }

  mutating func refuseWhileLocked(_ machine: SimulatedMachine, operation: String) throws(PortError) {
    if let lock = machine.lock {
      throw PortError(.busy, "VM is locked (\(lock.rawValue)); try again.", operation: operation)
    }
  }
}
