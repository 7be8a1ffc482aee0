public import Model
public import Ports

/// What the machines' operating system offers. Every call first lets happen what is due by `now`.
extension World {
  /// The system's own view of itself.
  public mutating func observeSystem(_ id: MachineID, at now: Instant) throws(PortError) -> SystemObservation {
    advance(to: now)
    try checkReachable("node_os.observe")
    let system = try answeringMachine(id, operation: "node_os.observe", changes: false).system
    return SystemObservation(
      stage: system.stage, kubeletRunning: system.kubeletRunning, kubeletRestarts: system.kubeletRestarts,
      containerdRestarts: system.containerdRestarts)
  }

  /// The address of a machine whose system is up.
  public mutating func address(of id: MachineID, at now: Instant) throws(PortError) -> String? {
    advance(to: now)
    try checkReachable("node_os.address")
    guard let machine = machines[id] else {
      throw PortError(.notFound, "There is no machine \(id).", operation: "node_os.address")
    }
    guard machine.running, let system = machine.system, system.answersAt.advanced(by: faults.agentSilence) <= now else {
      return nil
    }
    return machine.address
  }

  /// Gives a waiting machine its configuration; a second time changes nothing.
  public mutating func apply(
    _ configuration: NodeConfiguration, to id: MachineID, at now: Instant
  ) throws(PortError) {
    advance(to: now)
    try checkReachable("node_os.apply")
    let (_, system) = try answeringMachine(id, operation: "node_os.apply", changes: true)
    switch system.stage {
    case .maintenance:
      machines[id]?.configuration = configuration
      beginInstallation(id)
    case .running: machines[id]?.configuration = configuration
    case .booting, .rebooting, .shuttingDown:
      throw PortError(
        .busy, "Another sequence is running on machine \(id); try again.", operation: "node_os.apply")
    }
  }

  /// Restarts the kubelet. Containers go on; a kubelet that needs more than this dies again.
  public mutating func restartKubelet(_ id: MachineID, at now: Instant) throws(PortError) {
    advance(to: now)
    try checkReachable("node_os.restart_kubelet")
    let (machine, system) = try answeringMachine(id, operation: "node_os.restart_kubelet", changes: true)
    guard system.stage == .running else {
      throw PortError(
        .busy, "Machine \(id) is \(system.stage.rawValue); try again when it runs.",
        operation: "node_os.restart_kubelet")
    }
    if machine.neverJoins || system.cure == .reboot || system.cure == .never {
      machines[id]?.system?.kubeletRestarts += 1
      return
    }
    machines[id]?.system?.kubeletRunning = false
    machines[id]?.system?.cure = nil
    machines[id]?.system?.kubeletRestarts = 0
    let token = newToken()
    machines[id]?.token = token
    heartbeatsStop(on: id)
    schedule(.machine(.kubeletBack, id, token: token), after: random.duration(in: timings.kubeletRestart))
  }

  /// Restarts the machine; its containers start again when it is back.
  public mutating func reboot(_ id: MachineID, at now: Instant) throws(PortError) {
    advance(to: now)
    try checkReachable("node_os.reboot")
    let (_, system) = try answeringMachine(id, operation: "node_os.reboot", changes: true)
    guard system.stage == .running else {
      throw PortError(.busy, "Machine \(id) is \(system.stage.rawValue); try again.", operation: "node_os.reboot")
    }
    noteDisruption(ofNodeOn: id, operation: "node_os.reboot")
    reboot(id)
  }

  /// Stops the containers and powers off after a while.
  public mutating func shutdown(_ id: MachineID, at now: Instant) throws(PortError) {
    advance(to: now)
    try checkReachable("node_os.shutdown")
    let (_, system) = try answeringMachine(id, operation: "node_os.shutdown", changes: true)
    if system.stage == .shuttingDown { return }
    noteDisruption(ofNodeOn: id, operation: "node_os.shutdown")
    stopContainers(on: id, lost: true)
    machines[id]?.system?.stage = .shuttingDown
    machines[id]?.system?.kubeletRunning = false
    let token = newToken()
    machines[id]?.token = token
    heartbeatsStop(on: id)
    schedule(.machine(.poweredOff, id, token: token), after: random.duration(in: timings.shutdown))
  }

  /// Ends disk pressure.
  public mutating func cleanDisk(_ id: MachineID, at now: Instant) throws(PortError) {
    try freeDisk(id, at: now, operation: "node_os.clean_disk")
  }

  /// Ends disk pressure.
  public mutating func pruneImages(_ id: MachineID, at now: Instant) throws(PortError) {
    try freeDisk(id, at: now, operation: "node_os.prune_images")
  }

  private mutating func freeDisk(_ id: MachineID, at now: Instant, operation: String) throws(PortError) {
    advance(to: now)
    try checkReachable(operation)
    let (machine, _) = try answeringMachine(id, operation: operation, changes: true)
    if let node = machine.node { endPressure("DiskPressure", NodeTaint.diskPressure, on: node) }
  }
}
