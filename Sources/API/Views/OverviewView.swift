public import Model
public import Ports

/// All that the console shows, as of one instant: one answer, so that its parts agree.
public struct OverviewView: Codable, Sendable, Equatable {
  /// What a worker of a pool and template costs an hour.
  public struct PriceView: Codable, Sendable, Equatable {
    /// The pool.
    public var pool: PoolName
    /// One of its templates.
    public var template: TemplateName
    /// Whole currency units, after the pool's saving.
    public var pricePerHour: HourlyPrice
  }

  /// What a trigger looks at.
  public struct TriggerView: Codable, Sendable, Equatable {
    /// Its name.
    public var trigger: TriggerName
    /// The pool that it feeds.
    public var pool: PoolName
    /// What firing asks for.
    public var kind: Trigger.Kind
    /// In PromQL.
    public var expression: String
    /// How a reading is compared with the threshold.
    public var comparison: Comparison
    /// The condition must hold this long before it fires.
    public var holdSeconds: Int64
  }

  /// Workers that went are shown for so long.
  static let departedFor: Duration = .hours(6)
  /// Workers that went, in one answer.
  static let departedAtMost = 200
  /// Decisions in one answer.
  static let decisionsAtMost = 40
  /// Events in one answer.
  static let eventsAtMost = 60

  /// The program's version.
  public var version: String
  /// The cluster's name.
  public var cluster: String
  /// `observe` or `act`.
  public var mode: Status.Mode
  /// While another replica leads: who.
  public var following: String?
  /// When the program was started.
  public var startedAt: Instant
  /// The program's time; ages are to be reckoned from it.
  public var now: Instant
  /// When it last decided; absent before the first decision.
  public var lastDecisionAt: Instant?
  /// Decisions since the start.
  public var ticks: Int
  /// Seconds between two decisions at most, while nothing happens.
  public var tickSeconds: Int64
  /// The last decision in one sentence.
  public var summary: String
  /// What prices and budgets are in.
  public var currency: String
  /// By how much an extension without a length lets a worker live longer.
  public var extensionSeconds: Int64
  /// How often a worker may be extended; 0 when none may.
  public var maximumExtensions: Int
  /// Each with what the last decision said of it.
  public var pools: [PoolView]
  /// Sorted by pool, then by template.
  public var prices: [PriceView]
  /// Sorted by name.
  public var triggers: [TriggerView]
  /// The last report; absent before the first decision.
  public var report: Report?
  /// Not terminated, sorted by name.
  public var workers: [WorkerView]
  /// Terminated within the last six hours, the newest first, 200 at most.
  public var departed: [WorkerView]
  /// The last decisions that differed from the one before, the newest first.
  public var decisions: [DecisionNote]
  /// The newest first.
  public var events: [JournalEvent]

  /// Why the events are not known, and so not listed; absent otherwise.
  public var eventsUnknown: String?

  /// A view without workers, decisions and events.
  public init(_ status: Status, policy: Policy, report: Report?) {
    version = status.version
    cluster = status.cluster
    mode = status.mode
    following = status.following
    startedAt = status.startedAt
    now = status.now
    lastDecisionAt = report?.at
    ticks = status.ticks
    tickSeconds = policy.pace.tick.milliseconds / 1000
    summary = report?.summary ?? status.summary
    currency = policy.money.currency
    extensionSeconds = policy.cleanup.extensionLength.milliseconds / 1000
    maximumExtensions = policy.cleanup.extensionsAllowed ? policy.cleanup.maximumExtensions : 0
    pools = policy.pools.map { pool in
      PoolView(pool, workers: [], report: report?.pools.first { $0.pool == pool.name })
    }
    prices = policy.pools.flatMap { pool in
      pool.templates.compactMap { name in
        policy.template(name).map {
          PriceView(pool: pool.name, template: name, pricePerHour: pool.price(of: $0))
        }
      }
    }
    triggers = policy.triggers.map {
      TriggerView(
        trigger: $0.name, pool: $0.pool, kind: $0.kind, expression: $0.expression, comparison: $0.comparison,
        holdSeconds: $0.hold.milliseconds / 1000)
    }
    self.report = report
    workers = []
    departed = []
    decisions = []
    events = []
  }
}
