public import Model

/// Searches a policy's figures on a history for a cheaper policy under which pods wait hardly longer.
///
/// The first 70 % of the time are searched, knob by knob: each is moved to neighbouring values, and the change that saves most
/// without breaking the limits is kept, until a whole round brings nothing. What comes of it is judged on the rest of the
/// time, which the search has not seen. Deterministic; nothing is applied.
public enum Tuning {
  /// How much worse it may become for pods, in relation to the policy as it is.
  public struct Limits: Sendable, Codable, Equatable {
    /// The 95th percentile of waits may become longer by this share, or by `slack`, whichever is more.
    public var waitShare = 0.1
    public var slack: Duration = .seconds(30)
    /// The longest wait may become longer by this share, or by three times `slack`.
    public var longestShare = 0.25
    /// Pods that never run may be more by this share of all pods.
    public var neverRanShare = 0.0
    /// A change that saves less than this share is not worth proposing.
    public var leastSaving = 0.002
    /// Rounds over all knobs, at most.
    public var rounds = 3
    /// The share of the time that is searched.
    public var searchedShare = 0.7

    public init() {}
  }

  /// How much of all work the search is told to be; the rest is the judgement.
  private static let shareOfSearch = 0.95

  /// Replays a history under a policy; told how to ask whether to go on.
  public typealias Evaluate = (History, Policy, Backtest.Proceed) -> BacktestResult

  /// - Parameters:
  ///   - evaluate: by default Poolkeeper's own replay.
  ///   - proceed: told how far it is, by the most that it may still have to do, so that it may end early.
  public static func search(
    _ history: History, policy: Policy, knobs: [Knob]? = nil, limits: Limits = Limits(),
    proceed: @escaping Backtest.Proceed = { _ in true },
    evaluate: @escaping Evaluate = { Backtest.replay($0, under: Contestant(.poolkeeper, policy: $1), proceed: $2) }
  ) -> TuningResult {
    let span = history.end.milliseconds - history.start.milliseconds
    let split = Instant(milliseconds: history.start.milliseconds + Int64(Double(span) * limits.searchedShare))
    let rest = history.part(from: split, to: history.end)
    var run = TuningRun(
      history: history.part(from: history.start, to: split), policy: policy, knobs: knobs ?? Knob.all(of: policy),
      limits: limits, proceed: { proceed($0 * shareOfSearch) }, evaluate: evaluate)
    var result = run.search()
    result.split = split
    guard !result.proposals.isEmpty else {
      result.holds = result.isComplete
      return result
    }
    // An interrupted search is judged all the same: otherwise it would be worth nothing.
    let wasInterrupted = !result.isComplete
    func judge(_ policy: Policy, _ half: Double) -> BacktestResult {
      evaluate(rest, policy) { proceed(shareOfSearch + (1 - shareOfSearch) * (half + $0) / 2) || wasInterrupted }
    }
    let before = judge(policy, 0)
    let after = judge(result.policy, 1)
    guard before.isComplete, after.isComplete else {
      result.isComplete = false
      return result
    }
    result.heldOut = TuningResult.Pair(before: Judgement(before), after: Judgement(after))
    result.holds = result.heldOut!.saving > 0 && Judgement(after).isAllowed(by: limits, Judgement(before))
    return result
  }
}

/// What a policy comes to in one replay.
public struct Judgement: Sendable, Codable, Equatable {
  public var cost: Money
  /// Seconds.
  public var medianWait: Double
  public var waitPercentile95: Double
  public var longestWait: Double
  public var pods: Int
  public var neverRan: Int
  public var podsMoved: Int

  public init(_ result: BacktestResult) {
    cost = result.cost
    medianWait = result.waits.median
    waitPercentile95 = result.waits.percentile95
    longestWait = result.waits.longest
    pods = result.waits.pods
    neverRan = result.waits.neverRan
    podsMoved = result.churn.podsMoved
  }

  func isAllowed(by limits: Tuning.Limits, _ before: Judgement) -> Bool {
    let slack = limits.slack.inSeconds
    return waitPercentile95 <= max(before.waitPercentile95 * (1 + limits.waitShare), before.waitPercentile95 + slack)
      && longestWait <= max(before.longestWait * (1 + limits.longestShare), before.longestWait + 3 * slack)
      && Double(neverRan - before.neverRan) <= limits.neverRanShare * Double(pods)
  }
}

/// What a search proposes.
public struct TuningResult: Sendable, Codable, Equatable {
  public struct Pair: Sendable, Codable, Equatable {
    public var before: Judgement
    public var after: Judgement

    /// Of the cost before, 0 ... 1; negative when it became dearer.
    public var saving: Double {
      before.cost > .zero ? (before.cost - after.cost).units / before.cost.units : 0
    }
  }

  /// One figure to change.
  public struct Proposal: Sendable, Codable, Equatable {
    public var knob: Knob
    public var from: Double
    public var to: Double
    /// What is saved with all proposals, less what is saved without this one; on the searched part.
    public var saving: Money
    public var sentence: String
  }

  /// In the order in which they were found.
  public var proposals: [Proposal]
  /// With all proposals.
  public var policy: Policy
  /// On the part that was searched.
  public var searched: Pair
  /// On the part that was not; `nil` when nothing is proposed, and when it was interrupted before.
  public var heldOut: Pair?
  /// Whether the proposals save money, within the limits, where the search has not looked.
  public var holds: Bool
  /// Where the searched part ends and the other begins.
  public var split: Instant
  public var evaluations: Int
  /// `false`: it was interrupted, and there may be more to save.
  public var isComplete: Bool
}

extension History {
  /// A part of it: pods that are there in it. Services that are there when it begins are there from then on; work that began
  /// before it belongs to the part before.
  public func part(from start: Instant, to end: Instant) -> History {
    var part = self
    part.start = start
    part.end = end
    part.pods = pods.compactMap { recorded in
      guard recorded.createdAt < end else { return nil }
      if recorded.createdAt >= start { return recorded }
      guard recorded.runsFor == nil, recorded.deletedAt ?? end > start else { return nil }
      var recorded = recorded
      recorded.createdAt = start
      recorded.pod.createdAt = start
      return recorded
    }.sorted { ($0.createdAt, $0.pod.key) < ($1.createdAt, $1.pod.key) }
    part.readings = readings.mapValues { $0.filter { $0.at >= start && $0.at < end } }
    return part
  }
}
