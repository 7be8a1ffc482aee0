import Model

/// What stands ready when a replay begins, the same for every policy but a fixed fleet: each pool's minimum, and what the
/// pods need that are there already. Without the latter every policy would begin with a wait that the history never saw.
enum InitialFleet {
  static func kinds(_ history: History, _ table: ReplayTable, _ setting: ReplaySetting) -> [Int] {
    var minimum: [Int] = []
    for pool in table.policy.pools where pool.enabled {
      guard let kind = table.kind(pool: pool.name, template: pool.defaultTemplate) else { continue }
      minimum += Array(repeating: kind, count: max(0, min(pool.minimum, pool.maximum)))
    }
    var beginning = history
    beginning.pods = Array(history.pods.prefix { $0.createdAt <= history.start })
    guard !beginning.pods.isEmpty else { return minimum }
    beginning.end = history.start.advanced(by: .milliseconds(1))
    var replay = Replay(
      beginning, table: ReplayTable(history: beginning, policy: table.policy, setting: setting),
      strategy: FixedFleet(), name: "", setting: setting)
    return replay.growing(minimum)
  }
}
