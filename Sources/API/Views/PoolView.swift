public import Model

/// A pool as the HTTP API and the command line show it.
public struct PoolView: Codable, Sendable, Equatable {
  /// The key of the pool in the configuration.
  public var name: PoolName
  /// What the pool is for.
  public var kind: PoolKind
  /// Whether decisions are made for it.
  public var enabled: Bool
  /// Workers that it never goes below.
  public var minimum: Int
  /// Workers that it never goes above.
  public var maximum: Int
  /// The template of workers that are asked for without one.
  public var defaultTemplate: TemplateName
  /// Templates that its workers may have, sorted by name.
  public var templates: [TemplateName]
  /// Whole currency units; absent without a cap.
  public var monthlyBudget: Money?
  /// Seconds; absent when workers do not expire.
  public var defaultTimeToLiveSeconds: Int64?
  /// Seconds; absent when workers do not expire.
  public var maximumTimeToLiveSeconds: Int64?
  /// Workers by state.
  public var workers: [WorkerState: Int]
  /// What the last decision said of it; absent before the first.
  public var report: PoolReport?

  /// The view of a pool, of the states of its workers, and of the last report on it.
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
  /// Sorted by name.
  public var pools: [PoolView]

  /// A list of views.
  public init(pools: [PoolView]) { self.pools = pools }
}
