import Model

/// How much of a node its pods ask for.
enum Utilisation {
  /// The larger share of CPU and memory; on a node with GPUs theirs alone, as they are what it is there for. 1 is all;
  /// `nil` where the node offers nothing.
  static func of(_ node: NodeObservation, _ load: NodeLoad) -> Double? {
    let gpus = node.allocatable.extended.keys.filter { $0.contains("gpu") && node.allocatable.extended[$0]! > 0 }
    if !gpus.isEmpty {
      return gpus.map { share(load.requested.extended[$0] ?? 0, node.allocatable.extended[$0]!) }.max()
    }
    guard node.allocatable.cpuMillicores > 0, node.allocatable.memoryBytes > 0 else { return nil }
    return max(
      share(load.requested.cpuMillicores, node.allocatable.cpuMillicores),
      share(load.requested.memoryBytes, node.allocatable.memoryBytes))
  }

  private static func share(_ amount: Int64, _ whole: Int64) -> Double { Double(amount) / Double(whole) }
}

/// What the cluster's use of CPU and memory would be in percent with fewer or other workers, by the readings of the
/// pressure triggers.
struct ClusterUse {
  private struct Limit {
    let isCPU: Bool
    let percent: Double
    let target: Double
  }

  private let limits: [Limit]
  private let whole: Resources
  /// What is left once those have gone that this plan lets go.
  private var left: Resources

  init(_ draft: borrowing Draft) {
    let situation = draft.situation
    var whole = Resources.zero
    var left = Resources.zero
    for node in situation.nodes ?? [] where node.takesPods {
      whole.add(node.allocatable)
      if !draft.retiring.contains(WorkerName(node.name.rawValue)) { left.add(node.allocatable) }
    }
    self.whole = whole
    self.left = left
    limits = situation.triggers.compactMap { trigger in
      guard trigger.kind == .cpuPressure || trigger.kind == .memoryPressure, trigger.comparison.isUpper,
        let state = draft.memory.triggers[trigger.name], !state.isUncertain, let value = state.lastReading?.value
      else { return nil }
      return Limit(isCPU: trigger.kind == .cpuPressure, percent: value, target: trigger.targetPercent)
    }
  }

  /// Percent of the whole after one more change, of which the use is `percent` now.
  func after(_ percent: Double, isCPU: Bool, removing gone: Resources, adding new: Resources = .zero) -> Double {
    func amount(_ resources: Resources) -> Double {
      Double(isCPU ? resources.cpuMillicores : resources.memoryBytes)
    }
    let rest = amount(left) - amount(gone) + amount(new)
    return rest > 0 ? percent * amount(whole) / rest : .infinity
  }

  /// Whether every pressure trigger would stay at or below the target that growth aims at: otherwise what goes now would
  /// be created again.
  func staysBelowTargets(removing gone: Resources, adding new: Resources = .zero) -> Bool {
    limits.allSatisfy { after($0.percent, isCPU: $0.isCPU, removing: gone, adding: new) <= $0.target }
  }

  mutating func remove(_ gone: Resources) { left -= gone }
}

extension Comparison {
  fileprivate var isUpper: Bool { self == .atLeast || self == .above }
}
