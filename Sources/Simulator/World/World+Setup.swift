public import Model

extension World {
  /// Adds a host, or replaces the one of that name.
  public mutating func add(_ host: SimulatedHost) { hosts[host.name] = host }

  /// Adds the machine that a template's workers are cloned from.
  public mutating func addTemplateMachine(_ id: MachineID, name: String, on host: HostName) {
    let hardware = Template.Machine(cpuCores: 2, memoryBytes: .mebibytes(2048), diskBytes: .mebibytes(10 * 1024))
    var machine = SimulatedMachine(id: id, name: name, host: host, hardware: hardware, createdAt: now)
    machine.isTemplate = true
    machine.tags = [OwnerMark.tag]
    machine.makeOptions(storage: SimulatedStorage.sharedName)
    machine.show()
    machines[id] = machine
  }

  /// Adds a running machine of other people: without an owner, or with an owner of another cluster.
  public mutating func addForeignMachine(
    _ id: MachineID, name: String, on host: HostName, hardware: Template.Machine, owner: MachineOwner? = nil
  ) {
    var machine = SimulatedMachine(id: id, name: name, host: host, hardware: hardware, createdAt: now)
    if let owner { machine.description = OwnerMark(owner: owner, createdAt: now).text }
    if owner != nil { machine.tags = [OwnerMark.tag] }
    machine.running = true
    machine.configured = true
    machine.makeOptions(storage: SimulatedStorage.sharedName)
    machine.show()
    machines[id] = machine
  }

  /// Adds a workload; its pods come at `startsAt`, or at once when that is past.
  public mutating func add(_ workload: Workload) {
    workloads[workload.name] = workload
    if podsOfWorkload[workload.name] == nil { podsOfWorkload[workload.name] = [] }
    queue.schedule(.workload(workload.name), at: max(now, workload.startsAt))
    for instant in workload.rolls ?? [] where instant > now { queue.schedule(.roll(workload.name), at: instant) }
  }

  /// Adds a disruption budget.
  public mutating func add(_ budget: DisruptionBudget) { budgets.append(budget) }

  /// Gives the disruption budgets of that name another bound.
  public mutating func relax(_ budget: String, to bound: DisruptionBudget.Bound) {
    for index in budgets.indices where budgets[index].name == budget { budgets[index].bound = bound }
  }

  /// Adds something that is to go wrong.
  public mutating func add(_ fault: ScheduledFault) {
    scheduledFaults.append(fault)
    queue.schedule(.fault(scheduledFaults.count - 1), at: max(now, fault.at))
  }
}

extension World {
  /// Puts a machine under the hypervisor's high availability, or takes it out.
  /// - Returns: whether there is such a machine.
  public mutating func setHighlyAvailable(_ id: MachineID, _ isManaged: Bool) -> Bool {
    guard machines[id] != nil else { return false }
    machines[id]?.isHighlyAvailable = isManaged
    return true
  }
}
