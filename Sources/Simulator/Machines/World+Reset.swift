public import Model
public import Ports

extension World {
  /// Wipes a machine's disk or parts of it.
  /// - Parameters:
  ///   - wipesConfiguration: whether it forgets who it is.
  ///   - restarts: whether it boots again rather than being powered off; one that forgot everything then waits for a
  ///     configuration.
  public mutating func reset(
    _ id: MachineID, wipesConfiguration: Bool, restarts: Bool, at now: Instant
  ) throws(PortError) {
    let operation = "node_os.reset"
    advance(to: now)
    try checkReachable(operation)
    let (_, system) = try answeringMachine(id, operation: operation, changes: true)
    guard system.stage == .running else {
      throw PortError(.busy, "Machine \(id) is \(system.stage.rawValue); try again.", operation: operation)
    }
    if restarts {
      noteDisruption(ofNodeOn: id, operation: operation)
      reboot(id)
    } else {
      try shutdown(id, at: now)
    }
    if wipesConfiguration { machines[id]?.configuration = nil }
  }
}
