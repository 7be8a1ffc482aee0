public import Model

/// A hard rule that a plan breaks. A plan with any is not carried out.
public struct PlanViolation: Hashable, Sendable, Codable, CustomStringConvertible {
  /// Which rule.
  public enum Rule: String, Sendable, Hashable, Codable, CaseIterable {
    case unknownPool = "unknown_pool"
    case unknownTemplate = "unknown_template"
    case poolDisabled = "pool_disabled"
    case maximum
    case parallelLimit = "parallel_limit"
    case nameInUse = "name_in_use"
    case price
    case commitment
    case poolBudget = "pool_budget"
    case totalBudget = "total_budget"
    case burstEventBudget = "burst_event_budget"
    case poolHourlyBudget = "pool_hourly_budget"
    case totalHourlyBudget = "total_hourly_budget"
    case ledgerUnknown = "ledger_unknown"
    case hostCapacity = "host_capacity"
    case timeToLive = "time_to_live"
    case notOurs = "not_ours"
    case alreadyLeaving = "already_leaving"
    case retiredTwice = "retired_twice"
    case readingUnknown = "reading_unknown"
    case shrinksWhileGrowing = "shrinks_while_growing"
    case pace
    case minimum
    case repair
    case disruptionBudget = "disruption_budget"
    case keptNode = "kept_node"
    case noPlace = "no_place"
    case preemption
    case consolidation
    case standby
    case upgrade
  }

  /// The rule that is broken.
  public var rule: Rule
  /// What the plan does that it must not.
  public var sentence: String
  /// The pool concerned, if it is one pool's rule.
  public var pool: PoolName?
  /// The worker concerned, if it is one worker's.
  public var worker: WorkerName?

  /// A violation of `rule`, told in a whole sentence.
  public init(_ rule: Rule, _ sentence: String, pool: PoolName? = nil, worker: WorkerName? = nil) {
    self.rule = rule
    self.sentence = sentence
    self.pool = pool
    self.worker = worker
  }

  /// The rule's code and the sentence.
  public var description: String { "\(rule.rawValue): \(sentence)" }
}
