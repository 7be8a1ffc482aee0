import Model

/// What is wrong with a worker now.
struct Issue: Equatable {
  let kind: RepairIssue
  let since: Instant
  /// For crash loops.
  let restarts: Int?

  /// The gravest first.
  static let order: [RepairIssue] = [
    .notReady, .containerdCrashLoop, .kubeletCrashLoop, .memoryPressure, .diskPressure,
  ]

  /// Everything that its node's conditions and its operating system say; empty when the node is not known.
  static func of(_ worker: WorkerRecord, _ situation: Situation) -> [Issue] {
    order.compactMap { kind in
      switch kind {
      case .notReady: condition(kind, "Ready", worker, situation) { $0 != .yes }
      case .memoryPressure: condition(kind, "MemoryPressure", worker, situation) { $0 == .yes }
      case .diskPressure: condition(kind, "DiskPressure", worker, situation) { $0 == .yes }
      case .kubeletCrashLoop: crashLoop(kind, worker, situation, \.kubeletRestarts)
      case .containerdCrashLoop: crashLoop(kind, worker, situation, \.containerdRestarts)
      }
    }
  }

  private static func condition(
    _ kind: RepairIssue, _ type: String, _ worker: WorkerRecord, _ situation: Situation,
    _ isBad: (NodeObservation.ConditionStatus) -> Bool
  ) -> Issue? {
    guard let condition = situation.node(of: worker)?.conditions[type], isBad(condition.status) else { return nil }
    return Issue(kind: kind, since: condition.since, restarts: nil)
  }

  /// Restarts count as an issue once they reach the first level of its table.
  private static func crashLoop(
    _ kind: RepairIssue, _ worker: WorkerRecord, _ situation: Situation, _ count: KeyPath<SystemObservation, Int>
  ) -> Issue? {
    guard let system = situation.snapshot.systems[worker.name] else { return nil }
    let restarts = system[keyPath: count]
    guard let first = situation.policy.repair.levels[kind]?.compactMap(\.afterRestarts).min(), restarts >= first else {
      return nil
    }
    let since = worker.repair.flatMap { $0.issue == kind ? $0.since : nil } ?? situation.now
    return Issue(kind: kind, since: since, restarts: restarts)
  }

  /// `NotReady for 6m`, `KubeletCrashLoop, 4 restarts`.
  func phrase(_ now: Instant) -> String {
    if let restarts { return "\(kind.rawValue), \(Phrase.count(restarts, "restart"))" }
    return "\(kind.rawValue) for \(max(.zero, now - since).text)"
  }
}
