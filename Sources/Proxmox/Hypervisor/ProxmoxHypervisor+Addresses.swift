public import Model
import Ports
import Synchronization

/// Where machines can be reached.
extension ProxmoxHypervisor {
  /// An address that the agent told is believed for so long.
  static let addressAge = Duration.minutes(2)
  /// A guest that boots has no agent yet, and each question costs Proxmox 3 s: pauses grow to the longest.
  static let agentPause = Duration.seconds(10)
  static let longestAgentPause = Duration.minutes(1)

  /// By the guest's agent, or the address that the machine's cloud-init drive gives it; `nil` until there is one.
  public func address(of machine: MachineID) async throws -> String? {
    try await translating("hypervisor.address") {
      let now = time.now()
      if let known = memory.withLock({ $0.agents[machine] }), now < known.askAgainAt {
        if let address = known.address { return address }
        if let read = memory.withLock({ $0.configurations[machine] }) { return read.configuration.fixedAddress }
      }
      guard let (node, configuration) = try await located(machine) else { return nil }
      let identity = MachineIdentity(
        configuration, cluster: options.cluster, isNumberOurs: numbers.contains(machine))
      guard case .of = identity else { return nil }
      guard configuration.hasAgent else { return configuration.fixedAddress }
      return try await agentAddress(of: machine, on: node, configuration, now: now) ?? configuration.fixedAddress
    }
  }

  /// From memory where `machines` has just read it.
  private func located(_ machine: MachineID) async throws -> (HostName, MachineConfiguration)? {
    if let read = memory.withLock({ $0.configurations[machine] }) { return (read.node, read.configuration) }
    let resources = try await client.resources()
    guard let row = resources.machines[machine], !row.isContainer else { return nil }
    return try await configurations(of: [row], in: resources).found[machine].map { (row.node, $0) }
  }

  private func agentAddress(
    of machine: MachineID, on node: HostName, _ configuration: MachineConfiguration, now: Instant
  ) async throws -> String? {
    let failures = memory.withLock { $0.agents[machine]?.failures ?? 0 }
    if let known = memory.withLock({ $0.agents[machine] }), known.address == nil, now < known.askAgainAt { return nil }
    do {
      let interfaces = try await client.interfaces(of: machine, on: node)
      let address = GuestInterface.address(among: interfaces, macAddress: configuration.macAddress)
      if let address {
        let until = now.advanced(by: Self.addressAge)
        memory.withLock {
          $0.agents[machine] = Memory.AgentAnswer(address: address, askAgainAt: until, failures: 0)
        }
        return address
      }
    } catch let failure as ProxmoxFailure {
      switch failure.meaning {
      // Booting, stopped, moved: all quite usual.
      case .agentSilent, .notRunning, .missing, .locked, .uncertain: break
      case .forbidden:
        tellOnce(
          "The agent of machine \(machine) may not be asked for its address: \(failure.text). Grant "
            + "VM.GuestAgent.Audit (Proxmox VE 8: VM.Monitor).")
      default: throw failure
      }
    }
    let pause = min(Self.agentPause * (1 << min(failures, 3)), Self.longestAgentPause)
    memory.withLock {
      $0.agents[machine] = Memory.AgentAnswer(
        address: nil, askAgainAt: now.advanced(by: pause), failures: failures + 1)
    }
    return nil
  }
}
