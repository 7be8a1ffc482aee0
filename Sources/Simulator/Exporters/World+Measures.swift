public import Model

/// What people who watch the cluster as a whole would read off, without walking lists that are made for it.
extension World {
  /// Pods that the scheduler found no place for.
  public var unschedulablePods: Int { waitingPods.count { pods.look(at: $0) { $0.unschedulable } == true } }

  /// Pods of jobs that have no node yet.
  public var queuedJobPods: Int {
    waitingPods.count { number in
      guard let name = pods.look(at: number, { $0.workload }) else { return false }
      return workloads.look(at: name) { if case .job = $0.kind { true } else { false } } ?? false
    }
  }

  /// The mean over all nodes that report, 0 ... 100; `nil` without any.
  public var meanCPUPercent: Double? {
    var (sum, count) = (0.0, 0)
    for name in nodes.keys {
      guard let share = nodes.look(at: name, cpuPercent(of:)) ?? nil else { continue }
      sum += share
      count += 1
    }
    return count == 0 ? nil : sum / Double(count)
  }

  /// The share of all reporting nodes' memory that is in use, 0 ... 100; `nil` without any.
  public var memoryPercent: Double? {
    var (used, whole) = (0.0, 0.0)
    for name in nodes.keys {
      guard let id = nodes.look(at: name, { $0.machine }),
        let memory = machines.look(at: id, { $0.kubeletAlive ? $0.hardware.memoryBytes : nil }) ?? nil
      else { continue }
      used += Double(usedMemoryBytes(of: id))
      whole += Double(memory)
    }
    return whole == 0 ? nil : 100 * used / whole
  }

  /// Pods on a node that serve: Ready, and of no DaemonSet. By number.
  public func servingPods(on name: NodeName) -> [Int] {
    guard let node = nodes[name] else { return [] }
    return node.pods.filter { pods[$0]?.ready == true && !isDaemonSetPod($0) }.sorted()
  }

  /// The pod of this name that is there now.
  public func pod(_ key: PodKey) -> SimulatedPod? {
    for number in pods.keys where pods[number]!.key == key { return pods[number] }
    return nil
  }

  /// A number that changes when something happens that a watch of machines, nodes or waiting pods would tell of.
  public var activity: Int {
    var sum = 0
    func mix(_ value: Int) { sum = sum &* 31 &+ value }
    mix(unschedulablePods)
    for id in machines.keys {
      machines.look(at: id) { machine in
        mix(id.rawValue)
        mix(machine.running ? 1 : 0)
        mix(machine.lock == nil ? 0 : 1)
        mix(machine.system == nil ? 0 : machine.system!.answersAt <= now ? 2 : 1)
      }
    }
    for name in nodes.keys {
      nodes.look(at: name) { node in
        mix(node.isReady ? 1 : 0)
        mix(node.unschedulable ? 1 : 0)
        mix(node.taints.count)
      }
    }
    return sum
  }
}
