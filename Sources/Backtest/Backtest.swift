public import Model

/// Replays histories: what a policy would have cost and how long pods would have waited, and the least that any could cost.
/// Pure functions of values; several may run at once.
public enum Backtest {
  /// Told how far it is, 0 ... 1; answers whether to go on. Asked now and then, on the caller's own thread.
  public typealias Proceed = (Double) -> Bool

  /// Goes through a history with one contestant deciding.
  ///
  /// Virtual time goes from event to event. Pods come when they were created, and are put on nodes at once where there is
  /// room; services end when they were deleted; work ends once it has run for its time, and begins again where it was moved.
  /// At the start the pools' minimum is there, with what the pods that are there at the start need.
  /// - Returns: the whole history's figures, or those until it was told to stop (`isComplete` is then `false`).
  public static func replay(
    _ history: History, under contestant: Contestant, setting: ReplaySetting = ReplaySetting(),
    proceed: Proceed = { _ in true }
  ) -> BacktestResult {
    let (policy, notes) = adapted(contestant.policy, history, contestant.kind)
    let table = ReplayTable(history: history, policy: policy, setting: setting)
    let initial =
      contestant.kind == .fixedFleet
      ? FixedFleet.size(history, table, setting) : InitialFleet.kinds(history, table, setting)
    var replay = Replay(
      history, table: table, strategy: strategy(contestant.kind, history, table, setting), name: contestant.name,
      setting: setting)
    var result = replay.run(initial: initial, proceed: proceed)
    result.notes = notes + result.notes
    return result
  }

  /// Replays a history under each contestant, one after the other, and works out the floor by the first one's policy.
  public static func compare(
    _ history: History, contestants: [Contestant], setting: ReplaySetting = ReplaySetting(),
    proceed: Proceed = { _ in true }
  ) -> BacktestComparison {
    let parts = Double(contestants.count + 1)
    var results: [BacktestResult] = []
    var goesOn = true
    for (index, contestant) in contestants.enumerated() where goesOn {
      let result = replay(history, under: contestant, setting: setting) { share in
        goesOn = proceed((Double(index) + share) / parts)
        return goesOn
      }
      results.append(result)
    }
    var floor: CostFloor?
    if goesOn, let first = contestants.first {
      floor = self.floor(history, policy: first.policy, setting: setting) { share in
        proceed((parts - 1 + share) / parts)
      }
    }
    return BacktestComparison(
      facts: HistoryFacts(history), currency: contestants.first?.policy.money.currency ?? "USD", results: results,
      floor: floor)
  }

  private static func strategy(
    _ kind: BacktestResult.Kind, _ history: History, _ table: ReplayTable, _ setting: ReplaySetting
  ) -> any Strategy {
    switch kind {
    case .poolkeeper: PoolkeeperStrategy(history: history, policy: table.policy, setting: setting)
    case .fixedFleet: FixedFleet()
    case .thresholds: ThresholdRule(table, start: history.start)
    case .clusterAutoscaler: ClusterAutoscalerLike(start: history.start)
    case .karpenter: KarpenterLike(start: history.start)
    }
  }

  /// A policy as far as it can be replayed, and what is left out.
  private static func adapted(
    _ policy: Policy, _ history: History, _ kind: BacktestResult.Kind
  ) -> (policy: Policy, notes: [String]) {
    guard kind == .poolkeeper else { return (policy, []) }
    var notes: [String] = []
    var adapted = policy
    let blind = policy.triggers.filter { $0.kind == .custom && history.readings[$0.name] == nil }.map(\.name.rawValue)
    if !blind.isEmpty {
      adapted.triggers.removeAll { blind.contains($0.name.rawValue) }
      notes.append("The history holds no readings of \(blind.joined(separator: ", ")), which are left out.")
    }
    let ahead = policy.triggers.filter { $0.forecast != nil }.map(\.name.rawValue)
    if !ahead.isEmpty {
      notes.append("Forecasts are not replayed: \(ahead.joined(separator: ", ")) act on their readings alone.")
      for index in adapted.triggers.indices { adapted.triggers[index].forecast = nil }
    }
    return (adapted, notes)
  }
}

/// Who decides in a replay, and by what pools, templates and prices.
public struct Contestant: Sendable, Equatable {
  /// Distinct within a comparison.
  public var name: String
  public var kind: BacktestResult.Kind
  /// Other kinds than Poolkeeper take of it what they know: pools, templates, prices, sizes, thresholds.
  public var policy: Policy

  public init(_ kind: BacktestResult.Kind, policy: Policy, name: String? = nil) {
    self.kind = kind
    self.policy = policy
    self.name = name ?? kind.title
  }

  /// The four policies to compare with, at a policy's prices.
  public static func references(_ policy: Policy) -> [Contestant] {
    [BacktestResult.Kind.fixedFleet, .thresholds, .clusterAutoscaler, .karpenter].map {
      Contestant($0, policy: policy)
    }
  }
}

extension BacktestResult.Kind {
  /// As people call it.
  public var title: String {
    switch self {
    case .poolkeeper: "Poolkeeper"
    case .fixedFleet: "Fixed fleet for the peak"
    case .thresholds: "Threshold rule"
    case .clusterAutoscaler: "Cluster Autoscaler's way"
    case .karpenter: "Karpenter's way"
    }
  }
}
