import Model

extension World {
  mutating func performFault(_ index: Int) {
    let fault = scheduledFaults[index]
    switch fault.kind {
    case .hostFails(let name, let length):
      tally.failuresInjected += 1
      failHost(name, for: length)
      moveManagedMachines(from: name)
    case .machineMoves(let id, let host):
      guard hasRoom(for: id, on: host) else { return }
      tally.failuresInjected += 1
      move(id, to: host)
    case .kubeletDies(let target, _), .kubeletCrashLoop(let target, _), .containerdCrashLoop(let target),
      .diskPressure(let target), .memoryPressure(let target), .operatorCordons(let target):
      guard let name = self.name(of: target) else {
        let next = now.advanced(by: .seconds(60))
        if fault.givenUpAt.map({ next < $0 }) ?? true { queue.schedule(.fault(index), at: next) }
        return
      }
      tally.failuresInjected += 1
      strike(name, with: fault.kind)
    }
  }

  /// Whether a host could take a machine over; one that cannot does not get it.
  private func hasRoom(for id: MachineID, on name: HostName) -> Bool {
    guard let machine = machines[id], let host = hosts[name], machine.host != name else { return false }
    let room = room(on: host)
    return room.memoryBytes >= machine.hardware.memoryBytes && room.storageBytes >= machine.hardware.diskBytes
      && room.gpus >= machine.hardware.gpus
  }

  private func name(of target: ScheduledFault.Target) -> NodeName? {
    switch target {
    case .node(let name): nodes[name]?.isReady == true ? name : nil
    case .anyNode(let label, let value):
      nodes.keys.first { nodes[$0]!.isReady && nodes[$0]!.labels[label] == value && !nodes[$0]!.unschedulable }
    }
  }

  private mutating func strike(_ name: NodeName, with kind: ScheduledFault.Kind) {
    let machine = nodes[name]!.machine
    switch kind {
    case .kubeletDies(_, let cure):
      machines[machine]?.system?.kubeletRunning = false
      machines[machine]?.system?.cure = cure
      heartbeatsStop(on: machine)
    case .kubeletCrashLoop(_, let cure):
      machines[machine]?.system?.cure = cure
      serviceCrashes(on: machine)
    case .containerdCrashLoop:
      machines[machine]?.system?.containerdIsBroken = true
      serviceCrashes(on: machine)
    case .diskPressure: beginPressure("DiskPressure", NodeTaint.diskPressure, on: name)
    case .memoryPressure: beginPressure("MemoryPressure", NodeTaint.memoryPressure, on: name)
    case .operatorCordons: cordonByHand(name)
    case .hostFails, .machineMoves: break
    }
  }

  private mutating func beginPressure(_ condition: String, _ taint: String, on name: NodeName) {
    nodes[name]!.setCondition(condition, .yes, at: now)
    nodes[name]!.addTaint(taint, .noSchedule)
  }

  mutating func serviceCrashes(on id: MachineID) {
    guard let machine = machines[id], let system = machine.system, system.stage == .running,
      system.cure != nil || system.containerdIsBroken
    else { return }
    if system.cure != nil { machines[id]?.system?.kubeletRestarts += 1 }
    if system.containerdIsBroken { machines[id]?.system?.containerdRestarts += 1 }
    schedule(.machine(.crashed, id, token: machine.token), after: timings.crashInterval)
  }
}
