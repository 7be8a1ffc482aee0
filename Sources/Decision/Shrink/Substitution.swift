import Model

/// Workers that were created to take the place of others: their records' reasons name whom.
enum Substitution {
  /// The key in a consolidating worker's reason: names, separated by blanks.
  static let consolidates = "consolidates"

  /// Those that a worker is to replace and that are still there, by name; none for an ordinary worker.
  static func replaced(by worker: WorkerRecord, _ situation: Situation) -> [WorkerRecord] {
    let text: String?
    if worker.reason.has(.consolidates) {
      text = worker.reason.data[consolidates]
    } else if worker.reason.has(.replacesWorker) {
      text = worker.reason.data[ReplacementRule.replaces]
    } else if worker.reason.has(.upgrades) {
      text = worker.reason.data[UpgradeRule.upgrades]
    } else {
      return []
    }
    let names = Set((text ?? "").split(separator: " ").map { WorkerName(rawValue: String($0)) })
    return names.isEmpty
      ? [] : situation.workers.filter { names.contains($0.name) && $0.createdAt < worker.wantedSince }
  }

  /// Whether a worker was asked for to take the place of a broken one. Names are given again: an elder worker's substitute
  /// is nobody's who bears its name today.
  static func isSubstitute(_ worker: WorkerRecord, of broken: WorkerRecord) -> Bool {
    worker.reason.has(.replacesWorker) && worker.reason.data[ReplacementRule.replaces] == broken.name.rawValue
      && broken.createdAt < worker.wantedSince
  }

  /// On its way, or ready for no longer than a consolidation may take to pay back: after that it is a worker like others.
  static func isInFlight(_ worker: WorkerRecord, _ situation: Situation) -> Bool {
    guard worker.isStaying else { return false }
    if worker.state.isUnderWay { return true }
    guard let ready = worker.readyAt else { return false }
    return situation.now - ready < situation.policy.consolidation.payback
  }
}
