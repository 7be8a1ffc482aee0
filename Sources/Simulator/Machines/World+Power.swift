import Model

extension World {
  mutating func performMachine(_ step: WorldEvent.MachineStep, _ id: MachineID) {
    switch step {
    case .cloneEnded: endClone(id)
    case .destroyed: destroy(id)
    case .booted: endBoot(id)
    case .configured: endInstallation(id)
    case .nodeRegistered: registerNode(on: id)
    case .nodeReady: nodeBecomesReady(on: id)
    case .kubeletBack: kubeletReturns(on: id)
    case .poweredOff: powerOff(id)
    case .crashed: serviceCrashes(on: id)
    case .unlocked:
      machines[id]?.lock = nil
      // Its clone had failed, but the machine is there and can be used from now on: it is paid for.
      if let machine = machines[id] { meter(machine) { $0.clonedAt = $0.clonedAt ?? $1 } }
    }
  }

  private mutating func endClone(_ id: MachineID) {
    guard let machine = machines[id] else { return }
    if faults.cloneTaskFailureProbability > 0, random.fraction() < faults.cloneTaskFailureProbability {
      return failClone(machine, "clone failed: storage 'local-lvm' timed out")
    }
    if faults.storageLockTimeouts > 0 {
      faults.storageLockTimeouts -= 1
      let name = SimulatedStorage.sharedName
      return failClone(machine, "clone failed: cfs-lock 'storage-\(name)' error: got lock request timeout")
    }
    if faults.staleCloneLocks > 0 {
      faults.staleCloneLocks -= 1
      tally.failuresInjected += 1
      endTask(machine.task, failure: "unexpected status")
      schedule(.machine(.unlocked, id, token: machine.token), after: random.duration(in: Self.staleLock))
      return
    }
    endTask(machine.task)
    machines[id]?.lock = nil
    meter(machine) { $0.clonedAt = $1 }
  }

  /// How long a lock stays that no task holds, until a person takes it away (`qm unlock`).
  private static var staleLock: ClosedRange<Duration> { .seconds(600, to: 2400) }

  private mutating func failClone(_ machine: SimulatedMachine, _ text: String) {
    tally.failuresInjected += 1
    endTask(machine.task, failure: text)
    meter(machine) { $0.deletedAt = $1 }
    machines[machine.id] = nil
  }

  mutating func destroy(_ id: MachineID) {
    guard let machine = machines[id] else { return }
    endTask(machine.task)
    meter(machine) { $0.deletedAt = $1 }
    machines[id] = nil
  }

  /// Whether the world lives the life of its operating system: ours, and whatever was cloned from a template.
  func runsSystem(_ machine: SimulatedMachine) -> Bool {
    machine.owner?.cluster == clusterName || machine.source != nil
  }

  mutating func powerOn(_ id: MachineID) {
    machines[id]?.running = true
    guard let machine = machines[id] else { return }
    if machine.hardware.gpus > 0, machine.devices.isEmpty {
      let devices = freeDevices(on: machine.host).prefix(machine.hardware.gpus)
      machines[id]?.devices = Array(devices)
    }
    guard runsSystem(machine) else { return }
    beginBoot(id, stage: .booting)
  }

  /// The system's API answers in the last part of the boot.
  private mutating func beginBoot(_ id: MachineID, stage: SystemObservation.Stage) {
    let length = random.duration(in: timings.boot)
    let token = newToken()
    machines[id]?.token = token
    let system = SimulatedSystem(stage: stage, answersAt: now.advanced(by: length * 7 / 10), bootedAt: now)
    machines[id]?.system = system
    if faults.hangNextBoots > 0 {
      faults.hangNextBoots -= 1
      tally.failuresInjected += 1
      machines[id]?.system?.answersAt = now.advanced(by: .hours(24 * 365))
      return
    }
    schedule(.machine(.booted, id, token: token), after: length)
  }

  private mutating func endBoot(_ id: MachineID) {
    guard let machine = machines[id] else { return }
    guard machine.configuration != nil else {
      machines[id]?.system?.stage = .maintenance
      return
    }
    machines[id]?.system?.stage = .running
    if let node = machine.node { endPressure("MemoryPressure", NodeTaint.memoryPressure, on: node) }
    if machine.neverJoins || machine.system?.cure == .never { return }
    let length = random.duration(in: timings.rejoin)
    machines[id]?.system?.kubeletRunning = true
    if machine.system?.containerdIsBroken == true {
      schedule(.machine(.crashed, id, token: machine.token), after: timings.crashInterval)
    }
    schedule(.machine(.nodeRegistered, id, token: machine.token), after: length / 2)
    schedule(.machine(.nodeReady, id, token: machine.token), after: length)
  }

  /// Installs, reboots and joins; the system's API is away in between.
  mutating func beginInstallation(_ id: MachineID) {
    let length = random.duration(in: timings.join)
    let token = newToken()
    machines[id]?.token = token
    machines[id]?.system?.stage = .rebooting
    machines[id]?.system?.answersAt = now.advanced(by: length * 9 / 20)
    if faults.neverJoinNext > 0 {
      faults.neverJoinNext -= 1
      machines[id]?.neverJoins = true
    } else if faults.neverJoinProbability > 0, random.fraction() < faults.neverJoinProbability {
      machines[id]?.neverJoins = true
    }
    if machines[id]?.neverJoins == true { tally.failuresInjected += 1 }
    schedule(.machine(.configured, id, token: token), after: length / 2)
    schedule(.machine(.nodeRegistered, id, token: token), after: length * 3 / 4)
    schedule(.machine(.nodeReady, id, token: token), after: length)
  }

  private mutating func endInstallation(_ id: MachineID) {
    let joins = machines[id]?.neverJoins == false
    machines[id]?.system?.stage = .running
    machines[id]?.system?.kubeletRunning = joins
    machines[id]?.system?.bootedAt = now
    machines[id]?.system?.meteredAt = now
    machines[id]?.system?.busyCoreSeconds = 0
    machines[id]?.system?.idleCoreSeconds = 0
  }

  mutating func reboot(_ id: MachineID) {
    stopContainers(on: id, lost: false)
    let before = machines[id]?.system
    beginBoot(id, stage: .rebooting)
    if before?.cure == .never { machines[id]?.system?.cure = .never }
    machines[id]?.system?.containerdIsBroken = before?.containerdIsBroken ?? false
    heartbeatsStop(on: id)
  }

  mutating func powerOff(_ id: MachineID) {
    stopContainers(on: id, lost: true)
    machines[id]?.running = false
    machines[id]?.devices = []
    machines[id]?.system = nil
    let token = newToken()
    machines[id]?.token = token
    heartbeatsStop(on: id)
  }

  /// The host is gone with its machines; those that ran start again when it is back.
  mutating func failHost(_ name: HostName, for length: Duration) {
    guard hosts[name]?.online == true else { return }
    hosts[name]?.online = false
    for id in machines.keys where machines[id]!.host == name && machines[id]!.running {
      if runsSystem(machines[id]!) { powerOff(id) }
      machines[id]?.running = true
    }
    loseTasks(on: name)
    schedule(.hostBack(name), after: length)
  }

  mutating func bringHostBack(_ name: HostName) {
    hosts[name]?.online = true
    for id in machines.keys where machines[id]!.host == name && machines[id]!.running { powerOn(id) }
  }
}
