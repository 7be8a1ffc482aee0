import Model

/// What the pods on one node take together.
struct NodeLoad {
  /// Of all pods that are not finished.
  var requested = Resources.zero
  /// Of those that stay with their node.
  var belonging = Resources.zero
  /// Pods that are work: neither DaemonSet nor mirror pods, not finished; those that preemption makes room for here too.
  var workload: [PodObservation] = []

  /// Highest priority among the work; `Int.min` without any.
  var highestPriority: Int { workload.map(\.priority).max() ?? .min }

  static func byNode(_ pods: [PodObservation]) -> [NodeName: NodeLoad] {
    var loads: [NodeName: NodeLoad] = [:]
    for index in pods.indices where !pods[index].isFinished {
      guard let node = pods[index].node ?? pods[index].nominatedNode else { continue }
      let demand = pods[index].demand
      loads[node, default: NodeLoad()].add(demand, pods[index])
    }
    return loads
  }

  private mutating func add(_ demand: Resources, _ pod: PodObservation) {
    requested.add(demand)
    if pod.belongsToNode { belonging.add(demand) } else { workload.append(pod) }
  }
}

extension PodObservation {
  /// What it takes of a node.
  var demand: Resources { requests.demand }
}

extension Resources {
  /// As a pod's requests: never negative and never absurdly large, with the slot that every pod takes.
  var demand: Resources {
    func sane(_ amount: Int64) -> Int64 { min(max(0, amount), 1 << 55) }
    return Resources(
      cpuMillicores: sane(cpuMillicores), memoryBytes: sane(memoryBytes),
      ephemeralStorageBytes: sane(ephemeralStorageBytes), pods: max(1, sane(pods)),
      extended: extended.isEmpty ? [:] : extended.filter { $0.value > 0 }.mapValues(sane))
  }

  /// Adds, and stays at the largest number instead of overflowing: requests are outside data.
  mutating func add(_ other: Resources) {
    func sum(_ left: Int64, _ right: Int64) -> Int64 {
      let (value, overflow) = left.addingReportingOverflow(right)
      return overflow ? .max : value
    }
    cpuMillicores = sum(cpuMillicores, other.cpuMillicores)
    memoryBytes = sum(memoryBytes, other.memoryBytes)
    ephemeralStorageBytes = sum(ephemeralStorageBytes, other.ephemeralStorageBytes)
    pods = sum(pods, other.pods)
    for (name, amount) in other.extended { extended[name] = sum(extended[name] ?? 0, amount) }
  }

  /// The larger of both in each dimension.
  mutating func raise(to other: Resources) {
    cpuMillicores = max(cpuMillicores, other.cpuMillicores)
    memoryBytes = max(memoryBytes, other.memoryBytes)
    ephemeralStorageBytes = max(ephemeralStorageBytes, other.ephemeralStorageBytes)
    pods = max(pods, other.pods)
    for (name, amount) in other.extended { extended[name] = max(extended[name] ?? 0, amount) }
  }
}
