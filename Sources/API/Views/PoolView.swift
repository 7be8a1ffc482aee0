public import Model

/// A pool as the HTTP API and the command line show it.
public struct PoolView: Codable, Sendable, Equatable {
  public var name: PoolName
  public var kind: PoolKind
  public var enabled: Bool
  public var minimum: Int
  public var maximum: Int
  public var defaultTemplate: TemplateName
  public var templates: [TemplateName]
  /// Whole currency units; absent without a cap.
  public var monthlyBudget: Money?
  /// Seconds; absent when workers do not expire.
  public var defaultTimeToLiveSeconds: Int64?
  public var maximumTimeToLiveSeconds: Int64?
  /// Workers by state.
  public var workers: [WorkerState: Int]
  /// What the last decision said of it; absent before the first.
  public var report: PoolReport?

  public init(_ pool: Pool, workers states: [WorkerState], report: PoolReport?) {
    name = pool.name
    kind = pool.kind
    enabled = pool.enabled
    minimum = pool.minimum
    maximum = pool.maximum
    defaultTemplate = pool.defaultTemplate
    templates = pool.templates
    monthlyBudget = pool.monthlyBudget
    defaultTimeToLiveSeconds = pool.timeToLive.map { $0.standard.milliseconds / 1000 }
    maximumTimeToLiveSeconds = pool.timeToLive.map { $0.maximum.milliseconds / 1000 }
    workers = states.reduce(into: [:]) { $0[$1, default: 0] += 1 }
    self.report = report
  }
}

/// The answer to a list of pools.
public struct PoolList: Codable, Sendable, Equatable {
  public var pools: [PoolView]

  public init(pools: [PoolView]) { self.pools = pools }
}
