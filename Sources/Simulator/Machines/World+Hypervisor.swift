public import Model
public import Ports

/// What the hypervisor offers. Every call first lets happen what is due by `now`.
extension World {
  /// All hosts by name, with what is given away.
  public mutating func hostObservations(at now: Instant) throws(PortError) -> [HostObservation] {
    advance(to: now)
    try checkReachable("hypervisor.hosts")
    return remembered(\.hosts, [hosts.touchCount, machines.touchCount]) { $0.describeHosts() }
  }

  private func describeHosts() -> [HostObservation] {
    hosts.values.map { host in
      let room = room(on: host)
      var observation = HostObservation(
        name: host.name, online: host.online, cpuCores: host.cpuCores, memoryBytes: host.memoryBytes,
        freeStorageBytes: room.storageBytes)
      observation.assignedMemoryBytes = host.memoryBytes - room.memoryBytes
      observation.assignedCPUCores = room.assignedCores
      observation.freeGPUs = room.gpus
      return observation
    }
  }

  /// All machines by number, templates and other people's too.
  public mutating func machineObservations(at now: Instant) throws(PortError) -> [MachineObservation] {
    advance(to: now)
    try checkReachable("hypervisor.machines")
    return remembered(\.machines, [hosts.touchCount, machines.touchCount]) { $0.describeMachines() }
  }

  private func describeMachines() -> [MachineObservation] {
    machines.values.map { machine in
      let online = hosts[machine.host]?.online ?? false
      var observation = MachineObservation(
        id: machine.id, name: machine.name, host: machine.host,
        power: online ? (machine.running ? .running : .stopped) : .unknown,
        owner: machine.tags.contains(OwnerMark.tag) ? machine.owner : nil)
      observation.uuid = machine.uuid
      observation.locked = machine.lock != nil
      observation.isTemplate = machine.isTemplate
      observation.createdAt = observation.owner == nil ? nil : machine.createdAt
      observation.configured = machine.configured
      return observation
    }
  }

  /// How a task stands.
  public mutating func taskState(_ reference: String, at now: Instant) throws(PortError) -> TaskState {
    advance(to: now)
    try checkReachable("hypervisor.task")
    guard let task = tasks[reference] else {
      throw PortError(.notFound, "There is no task \(reference).", operation: "hypervisor.task")
    }
    return task.state
  }

  /// Begins a clone; the machine is locked until its task ends. A machine of this owner that exists is returned instead.
  public mutating func clone(
    _ request: CloneRequest, at now: Instant
  ) throws(PortError) -> (machine: MachineID, task: String) {
    let operation = "hypervisor.clone"
    advance(to: now)
    try checkReachable(operation)
    try checkQuorum(operation)
    guard request.owner.cluster == clusterName else {
      throw PortError(.forbidden, "This world's cluster is \(clusterName).", operation: operation)
    }
    if let existing = machines.keys.first(where: { machines[$0]?.owner?.id == request.owner.id }) {
      return (existing, machines[existing]!.task)
    }
    if faults.failNextClones > 0 {
      faults.failNextClones -= 1
      tally.failuresInjected += 1
      throw PortError(.failed, "Storage lock timed out; try again.", operation: operation)
    }
    guard let source = machines[request.template.source], source.isTemplate else {
      throw PortError(.notFound, "There is no template \(request.template.source).", operation: operation)
    }
    if faults.lockedTemplates.contains(where: { $0.template == source.id && $0.until > now }) {
      throw PortError(
        .busy, "can't lock file '/var/lock/qemu-server/lock-\(source.id).conf' - got timeout", operation: operation)
    }
    let host = try chooseHost(request, operation: operation)
    return beginClone(request, on: host)
  }

  /// Brings the machine to its template's size.
  public mutating func configure(
    _ id: MachineID, owner: MachineOwner, as template: Template, at now: Instant
  ) throws(PortError) {
    let operation = "hypervisor.configure"
    advance(to: now)
    try checkReachable(operation)
    try checkQuorum(operation)
    let machine = try ourMachine(id, owner: owner, operation: operation)
    try refuseWhileLocked(machine, operation: operation)
    machines[id]?.hardware = template.machine
    machines[id]?.template = template
    machines[id]?.configured = true
    machines[id]?.makeOptions(storage: SimulatedStorage.sharedName)
  }

  /// Powers the machine on; one that runs already stays as it is.
  public mutating func start(_ id: MachineID, owner: MachineOwner, at now: Instant) throws(PortError) {
    let operation = "hypervisor.start"
    advance(to: now)
    try checkReachable(operation)
    try checkQuorum(operation)
    let machine = try ourMachine(id, owner: owner, operation: operation)
    try refuseWhileLocked(machine, operation: operation)
    if machine.running { return }
    let rival = machines.keys.first {
      $0 != id && machines[$0]!.running && machines[$0]!.host == machine.host
        && machine.hardware.fixedPCIDevice != nil
        && machines[$0]!.hardware.fixedPCIDevice == machine.hardware.fixedPCIDevice
    }
    if let rival {
      throw PortError(
        .exhausted, "PCI device '\(machine.hardware.fixedPCIDevice ?? "")' is in use by VM \(rival); use another host.",
        operation: operation)
    }
    if !faults.startFailures.isEmpty {
      tally.failuresInjected += 1
      throw PortError(.failed, faults.startFailures.removeFirst(), operation: operation)
    }
    powerOn(id)
  }

  /// Takes the power away at once.
  public mutating func stop(_ id: MachineID, owner: MachineOwner, at now: Instant) throws(PortError) {
    let operation = "hypervisor.stop"
    advance(to: now)
    try checkReachable(operation)
    try checkQuorum(operation)
    let machine = try ourMachine(id, owner: owner, operation: operation)
    try refuseWhileLocked(machine, operation: operation)
    guard machine.running else { return }
    noteDisruption(ofNodeOn: id, operation: operation)
    powerOff(id)
  }

  /// Begins the destruction of a stopped machine. One that is gone or going already is no error.
  public mutating func delete(_ id: MachineID, owner: MachineOwner, at now: Instant) throws(PortError) {
    let operation = "hypervisor.delete"
    advance(to: now)
    try checkReachable(operation)
    try checkQuorum(operation)
    guard machines[id] != nil else { return }
    let machine = try ourMachine(id, owner: owner, operation: operation)
    if machine.lock == .destroy { return }
    try refuseWhileLocked(machine, operation: operation)
    if machine.running {
      throw PortError(.conflict, "VM \(id) is running - destroy failed; stop it first.", operation: operation)
    }
    machines[id]?.lock = .destroy
    let token = newToken()
    machines[id]?.token = token
    let task = newTask("qmdestroy", on: machine.host, working: id, machine: id)
    machines[id]?.task = task
    schedule(.machine(.destroyed, id, token: token), after: random.duration(in: timings.destroy))
  }
}
