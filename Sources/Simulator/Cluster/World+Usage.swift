import Model

/// What nodes use. Counters are areas under the pods' profiles since their last change, so that looking costs nothing
/// and changes nothing.
extension World {
  /// What the system itself takes of a machine's cores.
  static let systemShare = 0.015
  /// What the system itself takes of a machine's memory.
  static let systemMemoryBytes: Int64 = .mebibytes(640)

  /// Core-seconds that a machine has used, and has not used, since its boot.
  func coreSeconds(of id: MachineID) -> (busy: Double, idle: Double) {
    guard let machine = machines[id], let system = machine.system else { return (0, 0) }
    let cores = Double(machine.hardware.cpuCores)
    let users = (node(on: id)?.pods ?? []).compactMap { number -> (profile: LoadProfile, cores: Double)? in
      guard let pod = pods[number], pod.containersRun, let template = template(of: pod) else { return nil }
      return (template.cpuUse, pod.useFactor * Double(template.requests.cpuMillicores) / 1000)
    }
    // Pods that want more than there is get what there is, at every instant and not on average: a counter that were
    // capped over the whole time would let the idle time run backwards. So the time is cut where a profile changes.
    var (busy, idle) = (system.busyCoreSeconds, system.idleCoreSeconds)
    var start = system.meteredAt
    while start < now {
      let changes = users.compactMap { $0.profile.nextChange(after: start, reviewEvery: .seconds(30)) }
      let end = min(now, changes.filter { $0 > start }.min() ?? now)
      let seconds = (end - start).inSeconds
      let wanted = users.reduce(Self.systemShare * cores * seconds) {
        $0 + $1.profile.integral(from: start, to: end) * $1.cores
      }
      // Idle time is added up by itself: as a difference it would fall by a rounding error while all cores are busy,
      // and Prometheus takes any fall for a restart.
      busy += min(wanted, cores * seconds)
      idle += max(0, cores * seconds - wanted)
      start = end
    }
    return (busy, idle)
  }

  /// Brings the counter up to now; needed before the set of running containers changes.
  mutating func meterUse(of id: MachineID) {
    guard metersUse, machines[id]?.system != nil else { return }
    (machines[id]!.system!.busyCoreSeconds, machines[id]!.system!.idleCoreSeconds) = coreSeconds(of: id)
    machines[id]!.system!.meteredAt = now
  }

  /// Cores that a machine uses at this instant.
  func busyCores(of id: MachineID) -> Double {
    guard let cores = machines.look(at: id, { $0.system == nil ? nil : Double($0.hardware.cpuCores) }) ?? nil else {
      return 0
    }
    var busy = Self.systemShare * cores
    lookAtRunningPods(onMachine: id) { pod, template in
      busy += template.cpuUse.value(at: now) * pod.useFactor * Double(template.requests.cpuMillicores) / 1000
    }
    return min(busy, cores)
  }

  /// Memory that a machine uses at this instant.
  func usedMemoryBytes(of id: MachineID) -> Int64 {
    guard let memory = machines.look(at: id, { $0.system == nil ? nil : $0.hardware.memoryBytes }) ?? nil else {
      return 0
    }
    var used = Self.systemMemoryBytes
    lookAtRunningPods(onMachine: id) { _, template in
      used += Int64(Double(template.requests.memoryBytes) * template.memoryUse.value(at: now))
    }
    return min(used, memory)
  }

  /// Pods whose containers run, in the order of creation; without copying them, for this is asked at each look.
  private func lookAtRunningPods(onMachine id: MachineID, _ body: (SimulatedPod, PodTemplate) -> Void) {
    for number in pods(onMachine: id) {
      pods.look(at: number) { pod in
        guard pod.containersRun else { return }
        workloads.look(at: pod.workload) { body(pod, $0.pod) }
      }
    }
  }

  /// Percent of a node's cores in use; `nil` while its kubelet does not report.
  func cpuPercent(of node: SimulatedNode) -> Double? {
    let cores = machines.look(at: node.machine) { $0.kubeletAlive ? $0.hardware.cpuCores : 0 } ?? 0
    guard cores > 0 else { return nil }
    return 100 * busyCores(of: node.machine) / Double(cores)
  }
}
