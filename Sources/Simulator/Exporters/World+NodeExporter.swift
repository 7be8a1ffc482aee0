import Model

extension World {
  /// What the label `instance` holds.
  public enum InstanceLabel: String, Sendable, CaseIterable {
    /// `10.20.0.2:9100`, as a scrape by address leaves it.
    case address
    /// The node's name, as relabelling often makes it.
    case nodeName
  }

  /// What the node exporters of all nodes show at this instant. A machine that is off or reboots shows nothing; one whose
  /// kubelet is dead goes on.
  public func nodeExporterMetrics(instance: InstanceLabel = .address) -> [ExporterSample] {
    let shown = nodes.values.compactMap { node in
      machines[node.machine].flatMap { $0.system?.stage == .running ? (node, $0) : nil }
    }
    func label(_ node: SimulatedNode) -> String {
      instance == .address ? node.address + ":9100" : node.name.rawValue
    }
    var page = ExporterPage()
    let seconds = ExporterFamily(
      name: "node_cpu_seconds_total", help: "Seconds that the CPUs spent in each mode.", kind: .counter)
    for (node, machine) in shown {
      for entry in cpuSeconds(of: machine) {
        page.add(seconds, entry.seconds, ["instance": label(node), "cpu": String(entry.cpu), "mode": entry.mode])
      }
    }
    let total = ExporterFamily(name: "node_memory_MemTotal_bytes", help: "All memory.")
    for (node, machine) in shown {
      page.add(total, Double(machine.hardware.memoryBytes), ["instance": label(node)])
    }
    let available = ExporterFamily(name: "node_memory_MemAvailable_bytes", help: "Memory that programs can still get.")
    for (node, machine) in shown {
      let free = machine.hardware.memoryBytes - usedMemoryBytes(of: machine.id)
      page.add(available, Double(free), ["instance": label(node)])
    }
    let load = ExporterFamily(name: "node_load1", help: "Tasks that run or want to run.")
    for (node, machine) in shown { page.add(load, busyCores(of: machine.id), ["instance": label(node)]) }
    let boot = ExporterFamily(name: "node_boot_time_seconds", help: "When the system was started, in Unix seconds.")
    for (node, machine) in shown {
      page.add(boot, machine.system?.bootedAt.seconds ?? 0, ["instance": label(node)])
    }
    return page.samples
  }

  /// The counters of each core, busy ones and idle ones alike: the load is spread evenly.
  private func cpuSeconds(of machine: SimulatedMachine) -> [(cpu: Int, mode: String, seconds: Double)] {
    guard machine.system != nil else { return [] }
    let series = max(1, machine.hardware.cpuCores)
    let (busy, idle) = coreSeconds(of: machine.id)
    let modes = [("idle", idle), ("system", busy * 0.2), ("user", busy * 0.8)]
    return (0..<series).flatMap { cpu in modes.map { (cpu, $0.0, $0.1 / Double(series)) } }
  }
}
