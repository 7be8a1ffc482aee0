import Model

/// Always the same workers: as many as the history needs at its peak, there from the start to the end.
///
/// It knows the future, as somebody does who has sized a fleet by last month's peak; it has no budget and no minimum.
struct FixedFleet: Strategy {
  let kind = BacktestResult.Kind.fixedFleet

  func notices(_ change: ReplayChange, at now: Instant) -> Instant? { nil }

  mutating func look(_ cluster: ReplayedCluster) -> Look { Look() }

  /// Kinds of workers with which no pod waits that some worker can hold if pods are packed, as far as pools' maxima allow.
  ///
  /// The history is gone through with a fleet that gets a worker whenever a pod waits; as more workers take pods
  /// otherwise, again with the larger fleet, until nobody waits. A scheduler that spreads pods may let some wait all the
  /// same, as large workers are broken into by small pods. A worker is of the default template of a pool that the pod
  /// may use, or else of the cheapest template that holds it; of several, the cheapest.
  static func size(_ history: History, _ table: ReplayTable, _ setting: ReplaySetting) -> [Int] {
    var fleet: [Int] = []
    var setting = setting
    setting.packsPods = true
    for _ in 0..<mostRounds {
      var replay = Replay(history, table: table, strategy: FixedFleet(), name: "", setting: setting)
      let grown = replay.growing(fleet)
      if grown.count == fleet.count { break }
      fleet = grown
    }
    return fleet
  }

  /// After so many rounds somebody may still wait for a moment.
  static let mostRounds = 20

  /// What a fleet gets for a pod that waits; `nil` when no pool has room for more.
  static func kind(for pod: Int, in cluster: ReplayedCluster) -> Int? {
    let table = cluster.table
    func rank(_ kind: Int) -> (Int, HourlyPrice, String) {
      let offer = table.kinds[kind]
      return (offer.template.name == offer.pool.defaultTemplate ? 0 : 1, offer.price, offer.name)
    }
    return table.kinds.indices
      .filter { table.couldHold(pod, kind: $0) && cluster.slots(in: table.kinds[$0].pool) > 0 }
      .min { rank($0) < rank($1) }
  }
}
