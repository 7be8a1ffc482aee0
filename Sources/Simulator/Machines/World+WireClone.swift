import Model

/// Clones that are ordered over the wire: a draft first, then the real configuration, then the lock's end.
extension World {
  /// Accepts a clone.
  /// - Parameter user: who orders it.
  /// - Returns: the task's reference.
  public mutating func acceptClone(_ order: CloneOrder, user: String) throws(HypervisorRefusal) -> String {
    try refuseWithoutQuorum()
    guard let source = machines[order.source] else { throw HypervisorRefusal(Self.missing(order.source, nil)) }
    if let lock = source.lock { throw HypervisorRefusal("VM is locked (\(lock.rawValue))") }
    if order.full != true, !source.isTemplate, order.full == false {
      throw HypervisorRefusal("Linked clone feature is not supported for '\(source.bootDisk ?? "")' (scsi0)")
    }
    let isLinked = order.full.map { !$0 } ?? source.isTemplate
    if isLinked, order.storage != nil {
      throw HypervisorRefusal("parameter 'storage' not allowed for linked clones")
    }
    if let target = order.target, target != source.host, !SimulatedStorage.isShared(source.bootDisk) {
      throw HypervisorRefusal("can't clone VM to node '\(target)' (VM uses local storage)")
    }
    if let other = machines[order.machine], other.host == source.host {
      throw HypervisorRefusal("unable to create VM \(order.machine): config file already exists")
    }
    return accept("qmclone", .clone(order), on: source, user: user)
  }

  mutating func beginWireClone(_ order: CloneOrder, _ reference: String) {
    guard let source = machines[order.source] else {
      return endTask(reference, failure: Self.missing(order.source, nil))
    }
    if faults.lockedTemplates.contains(where: { $0.template == source.id && $0.until > now }) {
      return doom(reference, Self.lockTimeout(source.id), after: timings.machineLock)
    }
    if machines[order.machine] == nil { _ = loseNumber(order.machine, on: source.host, hardware: source.hardware) }
    if let other = machines[order.machine] {
      if other.isDraft || other.lock == .clone {
        return doom(reference, Self.lockTimeout(order.machine), after: timings.machineLock)
      }
      let text =
        other.host == source.host
        ? "config file already exists" : "VM \(order.machine) already exists on node '\(other.host)'"
      return endTask(reference, failure: "unable to create VM \(order.machine): \(text)")
    }
    var machine = SimulatedMachine(
      id: order.machine, name: "", host: source.host, hardware: source.hardware, createdAt: now,
      network: addressPrefix)
    machine.description = "qmclone temporary file"
    machine.isDraft = true
    machine.lock = .clone
    machine.token = newToken()
    machine.task = reference
    machine.source = source.id
    machines[order.machine] = machine
    tasks[reference]?.machine = order.machine
    if faults.storageLockTimeouts > 0 {
      faults.storageLockTimeouts -= 1
      tally.failuresInjected += 1
      let name = SimulatedStorage.sharedName
      return doom(
        reference, "clone failed: cfs-lock 'storage-\(name)' error: got lock request timeout",
        after: timings.storageLock)
    }
    let total = hosts.values.reduce(Int64(0)) { $0 + $1.storageBytes }
    if machines.values.reduce(0, { $0 + $1.hardware.diskBytes }) > total {
      return doom(reference, "clone failed: storage is out of space", after: random.duration(in: timings.shortTask))
    }
    if faults.failNextClones > 0 {
      faults.failNextClones -= 1
      tally.failuresInjected += 1
      return doom(reference, "clone failed: storage is out of space", after: random.duration(in: timings.shortTask))
    }
    var length = random.duration(in: timings.clone)
    if order.full.map({ !$0 }) ?? source.isTemplate { length = length / 10 }
    schedule(.task(.written, reference), after: length / 2)
    schedule(.task(.ended, reference), after: length)
  }

  /// The first disk has been copied: the real configuration takes the draft's place.
  mutating func writeClone(_ order: CloneOrder, _ reference: String) {
    guard let source = machines[order.source], var machine = machines[order.machine], machine.task == reference else {
      return
    }
    machine.isDraft = false
    machine.name = order.name ?? "Copy-of-VM-\(source.name)"
    machine.description = order.description ?? source.description
    machine.tags = source.tags
    machine.options = source.options
    machine.options["protection"] = nil
    machine.isLinkedClone = order.full.map { !$0 } ?? source.isTemplate
    machine.hardware = source.hardware
    machine.renew(nextTaskNumber, storage: order.storage, base: machine.isLinkedClone ? source.id : nil)
    machine.readOptions()
    machines[order.machine] = machine
    matchTemplate(order.machine)
    if let owner = machine.owner { openMeter(order.machine, owner, beganAt: tasks[reference]?.startedAt ?? now) }
    if faults.staleCloneLocks > 0 {
      faults.staleCloneLocks -= 1
      tally.failuresInjected += 1
      endTask(reference, failure: "unexpected status")
    }
  }

  mutating func endWireClone(_ order: CloneOrder, _ reference: String) {
    guard machines[order.machine]?.task == reference else {
      return endTask(reference, failure: Self.missing(order.machine, nil))
    }
    if faults.cloneTaskFailureProbability > 0, random.fraction() < faults.cloneTaskFailureProbability {
      tally.failuresInjected += 1
      removeClone(order.machine)
      return endTask(reference, failure: "clone failed: storage is out of space")
    }
    machines[order.machine]?.lock = nil
    if let target = order.target, hosts[target] != nil { machines[order.machine]?.host = target }
    if let pool = order.pool, machinePools[pool] != nil { machines[order.machine]?.pool = pool }
    if let machine = machines[order.machine] { meter(machine) { $0.clonedAt = $1 } }
    endTask(reference)
  }

  /// A clone that failed leaves nothing.
  mutating func removeClone(_ id: MachineID) {
    guard let machine = machines[id] else { return }
    meter(machine) { $0.deletedAt = $1 }
    machines[id] = nil
  }

  /// From now on this machine is paid for, if it is ours.
  mutating func openMeter(_ id: MachineID, _ owner: MachineOwner, beganAt: Instant, clonedAt: Instant? = nil) {
    guard owner.cluster == clusterName, let machine = machines[id] else { return }
    let others = machines.keys.filter { $0 != id }.compactMap { machines[$0]?.owner }
    if others.contains(where: { $0.cluster == clusterName && $0.worker == owner.worker }) {
      tally.doubleCreations.append(owner.id)
    }
    let name = machine.source.flatMap { machines[$0]?.name } ?? machine.name
    var meter = MachineMeter(
      machine: id, owner: owner, template: machine.template?.name ?? TemplateName(name),
      price: machine.template?.price ?? HourlyPrice(perHour: .zero), cloneBeganAt: beganAt)
    meter.clonedAt = clonedAt
    tally.meters.append(meter)
  }

  /// Finds what is known of a machine's kind by its source and its size.
  mutating func matchTemplate(_ id: MachineID) {
    guard let machine = machines[id], let source = machine.source else { return }
    let candidates = catalogue.filter { $0.source == source }
    let exact = candidates.first { template in
      template.machine.cpuCores == machine.hardware.cpuCores
        && template.machine.memoryBytes == machine.hardware.memoryBytes
    }
    guard let template = exact ?? candidates.first else { return }
    machines[id]?.template = template
    meter(machine) { meter, _ in
      meter.template = template.name
      meter.price = template.price
    }
  }

  /// Without quorum nothing can be written.
  func refuseWithoutQuorum() throws(HypervisorRefusal) {
    if faults.hasNoQuorum { throw HypervisorRefusal("cluster not ready - no quorum?") }
  }

  private static func lockTimeout(_ id: MachineID) -> String {
    "can't lock file '/var/lock/qemu-server/lock-\(id).conf' - got timeout"
  }
}
