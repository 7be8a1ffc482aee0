public import Model

/// What can be asked of a machine's power over the wire.
public enum PowerOrder: Hashable, Sendable {
  case start, stop, reboot, reset
  /// The system is asked to end; `forced`: the power goes when the time is over.
  case shutdown(timeout: Duration, forced: Bool)
}

extension World {
  /// Accepts a change of a machine's power.
  /// - Returns: the task's reference.
  public mutating func acceptPower(
    _ order: PowerOrder, of id: MachineID, user: String
  ) throws(HypervisorRefusal) -> String {
    try refuseWithoutQuorum()
    guard let machine = machines[id] else { throw HypervisorRefusal(Self.missing(id, nil)) }
    noteTouch(machine, "proxmox.power")
    switch order {
    case .start, .stop:
      let work: SimulatedTask.Work = order == .start ? .start : .stop
      guard machine.isHighlyAvailable else {
        return accept(order == .start ? "qmstart" : "qmstop", work, on: machine, user: user)
      }
      // The manager is only told; what it does about it is a task of its own.
      let request = accept(order == .start ? "hastart" : "hastop", .nothing, on: machine, user: user)
      let task = newTask(
        order == .start ? "qmstart" : "qmstop", on: machine.host, working: id, machine: id, work: work)
      schedule(.task(.begun, task), after: random.duration(in: timings.highAvailability))
      return request
    case .reboot, .reset:
      guard machine.running else { throw HypervisorRefusal("VM \(id) not running") }
      return order == .reboot
        ? accept("qmreboot", .reboot, on: machine, user: user) : accept("qmreset", .reset, on: machine, user: user)
    case .shutdown(let timeout, let forced):
      return accept("qmshutdown", .shutdown(timeout: timeout, forced: forced), on: machine, user: user)
    }
  }

  /// Accepts a machine's destruction.
  /// - Parameter purge: also takes it out of high availability and of jobs.
  public mutating func acceptDestruction(
    of id: MachineID, purge: Bool, user: String
  ) throws(HypervisorRefusal) -> String {
    try refuseWithoutQuorum()
    guard let machine = machines[id] else { throw HypervisorRefusal(Self.missing(id, nil)) }
    noteTouch(machine, "proxmox.delete")
    if machine.options["protection"] == "1" {
      throw HypervisorRefusal("can't remove VM \(id) - protection mode enabled")
    }
    if machine.isHighlyAvailable, !purge {
      throw HypervisorRefusal("unable to remove VM \(id) - used in HA resources and purge parameter not set.")
    }
    if machine.running { throw HypervisorRefusal("VM \(id) is running - destroy failed") }
    return accept("qmdestroy", .destroy, on: machine, user: user)
  }

  mutating func beginDestruction(_ id: MachineID, _ reference: String) {
    guard let machine = machines[id] else { return endTask(reference, failure: Self.missing(id, nil)) }
    if let lock = machine.lock { return endTask(reference, failure: "VM is locked (\(lock.rawValue))") }
    if machine.running { return endTask(reference, failure: "VM \(id) is running - destroy failed") }
    if machine.isTemplate, machines.keys.contains(where: { machines[$0]!.source == id && machines[$0]!.isLinkedClone })
    {
      let volume = machine.bootDisk ?? ""
      return endTask(reference, failure: "base volume '\(volume)' is still in use by linked cloned")
    }
    machines[id]?.lock = .destroy
    let token = newToken()
    machines[id]?.token = token
    machines[id]?.task = reference
    schedule(.task(.ended, reference), after: random.duration(in: timings.destroy))
  }

  mutating func beginShutdown(_ id: MachineID, _ reference: String, timeout: Duration) {
    guard let machine = machines[id], machine.lock == nil, machine.running, let system = machine.system else {
      return schedule(.task(.ended, reference), after: random.duration(in: timings.shortTask))
    }
    guard system.answersAt <= now else { return schedule(.task(.ended, reference), after: timeout) }
    noteDisruption(ofNodeOn: id, operation: "proxmox.shutdown")
    stopContainers(on: id, lost: true)
    machines[id]?.system?.stage = .shuttingDown
    machines[id]?.system?.kubeletRunning = false
    let token = newToken()
    machines[id]?.token = token
    heartbeatsStop(on: id)
    schedule(.task(.ended, reference), after: random.duration(in: timings.shutdown))
  }

  /// Powers a machine on, after what the hypervisor looks at first; what it refuses with.
  mutating func startMachine(_ machine: SimulatedMachine) -> String? {
    if machine.isTemplate { return "you can't start a vm if it's a template" }
    if machine.running { return "VM \(machine.id) already running" }
    if !faults.startFailures.isEmpty {
      tally.failuresInjected += 1
      return faults.startFailures.removeFirst()
    }
    applyPending(machine.id)
    guard let machine = machines[machine.id], let host = hosts[machine.host] else { return nil }
    let devices: [String]
    switch chooseDevices(for: machine) {
    case .success(let chosen): devices = chosen
    case .failure(let refusal): return refusal.text
    }
    let used = machines.values.reduce(Int64(0)) {
      $0 + ($1.running && $1.host == host.name ? $1.hardware.memoryBytes : 0)
    }
    if used + machine.hardware.memoryBytes > host.memoryBytes {
      return "start failed: unable to set up guest memory 'pc.ram': Cannot allocate memory"
    }
    machines[machine.id]?.devices = devices
    powerOn(machine.id)
    return nil
  }

  /// The devices that a machine gets at its start: fixed ones, and the first free ones of a mapping.
  private func chooseDevices(for machine: SimulatedMachine) -> Result<[String], HypervisorRefusal> {
    var chosen: [String] = []
    for index in 0..<16 {
      guard let text = machine.options["hostpci\(index)"] else { continue }
      let wanted = text.split(separator: ",").first.map(String.init) ?? ""
      let free = freeDevices(on: machine.host).filter { !chosen.contains($0) }
      if wanted.hasPrefix("mapping=") {
        let name = wanted.dropFirst("mapping=".count)
        if name != SimulatedHost.mapping || (hosts[machine.host]?.gpus ?? 0) == 0 {
          return .failure(HypervisorRefusal("PCI device mapping not found for '\(name)'"))
        }
        guard let device = free.first else {
          return .failure(HypervisorRefusal("could not find a free device for 'hostpci\(index)'"))
        }
        chosen.append(device)
      } else {
        let address = SimulatedHost.fullAddress(wanted)
        if let rival = machines.values.first(where: { $0.host == machine.host && $0.devices.contains(address) }) {
          return .failure(HypervisorRefusal("PCI device '\(address)' already in use by VMID '\(rival.id)'"))
        }
        chosen.append(address)
      }
    }
    return .success(chosen)
  }

  /// Addresses of a host's devices that no running machine holds.
  func freeDevices(on name: HostName) -> [String] {
    guard let host = hosts[name] else { return [] }
    let taken = machines.values.flatMap { $0.host == name ? $0.devices : [] }
    return host.deviceAddresses.filter { !taken.contains($0) }
  }

  /// High availability moves a machine; one whose host is gone starts again on the new one.
  mutating func move(_ id: MachineID, to name: HostName) {
    guard let machine = machines[id], hosts[name]?.online == true, machine.host != name,
      machine.lock == nil, !machine.isTemplate
    else { return }
    let wasLost = hosts[machine.host]?.online == false
    machines[id]?.host = name
    machines[id]?.devices = []
    guard machine.running else { return }
    if wasLost {
      if runsSystem(machine) { powerOff(id) }
      powerOn(id)
    } else {
      let devices = freeDevices(on: name).prefix(machine.hardware.gpus)
      machines[id]?.devices = Array(devices)
    }
  }

  /// A while after its failure a host's machines that are managed start again on the host with most memory.
  mutating func moveManagedMachines(from name: HostName) {
    guard hosts[name]?.online == false else { return }
    let others = hosts.values.filter { $0.online }
    guard let target = others.max(by: { ($0.memoryBytes, $1.name) < ($1.memoryBytes, $0.name) }) else { return }
    for id in machines.keys where machines[id]!.host == name && machines[id]!.isHighlyAvailable {
      let delay = random.duration(in: timings.highAvailability)
      add(ScheduledFault(at: now.advanced(by: delay), kind: .machineMoves(id, to: target.name)))
    }
  }

  /// Counts a change of a machine that is not ours, whoever asks for it.
  mutating func noteTouch(_ machine: SimulatedMachine, _ operation: String) {
    if machine.owner?.cluster == clusterName, machine.tags.contains(OwnerMark.tag) { return }
    tally.foreignTouches.append(ForeignTouch(at: now, machine: machine.id, operation: operation))
  }
}
