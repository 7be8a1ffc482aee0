import Model

/// What nodes use. Counters are areas under the pods' profiles since their last change, so that looking costs nothing
/// and changes nothing.
extension World {
  /// What the system itself takes of a machine's cores.
  static let systemShare = 0.015
  /// What the system itself takes of a machine's memory.
  static let systemMemoryBytes: Int64 = .mebibytes(640)

  /// Core-seconds that a machine has used since its boot.
  func busyCoreSeconds(of id: MachineID) -> Double {
    guard let machine = machines[id], let system = machine.system else { return 0 }
    let cores = Double(machine.hardware.cpuCores)
    let passed = (now - system.meteredAt).inSeconds
    var busy = Self.systemShare * cores * passed
    for number in node(on: id)?.pods ?? [] {
      guard let pod = pods[number], pod.containersRun, let template = template(of: pod) else { continue }
      let share = template.cpuUse.integral(from: system.meteredAt, to: now)
      busy += share * pod.useFactor * Double(template.requests.cpuMillicores) / 1000
    }
    return system.busyCoreSeconds + min(busy, cores * passed)
  }

  /// Brings the counter up to now; needed before the set of running containers changes.
  mutating func meterUse(of id: MachineID) {
    guard machines[id]?.system != nil else { return }
    let busy = busyCoreSeconds(of: id)
    machines[id]!.system!.busyCoreSeconds = busy
    machines[id]!.system!.meteredAt = now
  }

  /// Cores that a machine uses at this instant.
  func busyCores(of id: MachineID) -> Double {
    guard let machine = machines[id], machine.system != nil else { return 0 }
    let cores = Double(machine.hardware.cpuCores)
    var busy = Self.systemShare * cores
    for number in node(on: id)?.pods ?? [] {
      guard let pod = pods[number], pod.containersRun, let template = template(of: pod) else { continue }
      busy += template.cpuUse.value(at: now) * pod.useFactor * Double(template.requests.cpuMillicores) / 1000
    }
    return min(busy, cores)
  }

  /// Memory that a machine uses at this instant.
  func usedMemoryBytes(of id: MachineID) -> Int64 {
    guard let machine = machines[id], machine.system != nil else { return 0 }
    var used = Self.systemMemoryBytes
    for number in node(on: id)?.pods ?? [] {
      guard let pod = pods[number], pod.containersRun, let template = template(of: pod) else { continue }
      used += Int64(Double(template.requests.memoryBytes) * template.memoryUse.value(at: now))
    }
    return min(used, machine.hardware.memoryBytes)
  }

  /// Percent of a node's cores in use; `nil` while its kubelet does not report.
  func cpuPercent(of node: SimulatedNode) -> Double? {
    guard kubeletIsAlive(on: node), let cores = machines[node.machine]?.hardware.cpuCores, cores > 0 else { return nil }
    return 100 * busyCores(of: node.machine) / Double(cores)
  }
}
