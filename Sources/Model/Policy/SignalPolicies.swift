/// A time of day and week at which a pool is to have workers, whatever its triggers say.
public struct Schedule: Hashable, Sendable, Codable {
  public var name: ScheduleName
  public var pool: PoolName
  /// When each window begins, on the wall clock of `timeZone`.
  public var cron: CronExpression
  /// IANA name.
  public var timeZone: String
  /// Length of a window.
  public var duration: Duration
  /// The pool has at least as many during a window.
  public var workers: Int
  /// `nil`: the pool's default template.
  public var template: TemplateName?
  /// Workers are asked for so long before a window begins; `nil`: what provisioning usually takes.
  public var lead: Duration?

  public init(
    name: ScheduleName, pool: PoolName, cron: CronExpression, timeZone: String = "UTC", duration: Duration, workers: Int
  ) {
    self.name = name
    self.pool = pool
    self.cron = cron
    self.timeZone = timeZone
    self.duration = duration
    self.workers = workers
  }
}

/// How far ahead a pressure trigger looks, and by what.
public struct ForecastPolicy: Hashable, Sendable, Codable {
  /// A way to know what comes.
  public enum Method: String, Sendable, Codable, Hashable, CaseIterable {
    /// The straight line through the readings of the look-back.
    case linear
    /// What came at the same time of the days before, at today's level.
    case daily
  }

  /// Sorted, without repetition; the highest of their values counts.
  public var methods: [Method]
  /// `nil`: what provisioning usually takes, and the trigger's hold time.
  public var horizon: Duration?
  /// Of the straight line.
  public var lookBack: Duration

  public init(methods: [Method] = Method.allCases, horizon: Duration? = nil, lookBack: Duration = .minutes(20)) {
    self.methods = Set(methods).sorted { $0.rawValue < $1.rawValue }
    self.horizon = horizon
    self.lookBack = lookBack
  }
}

/// Signals that come from outside.
public struct SignalPolicy: Hashable, Sendable, Codable {
  /// An alert that says no end of its own counts as firing for so long after it was last seen.
  public var alertDeadline: Duration = .hours(1)

  public init() {}
}
