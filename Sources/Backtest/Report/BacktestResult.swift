public import Model

/// What a history would have come to under one policy.
public struct BacktestResult: Sendable, Codable, Equatable {
  /// Who decided.
  public enum Kind: String, Sendable, Codable, CaseIterable {
    /// Poolkeeper's own decision under a policy.
    case poolkeeper
    /// Always as many workers as the history's peak needs.
    case fixedFleet = "fixed_fleet"
    /// Thresholds of CPU, memory and waiting pods that add and remove one worker.
    case thresholds
    case clusterAutoscaler = "cluster_autoscaler"
    case karpenter
  }

  /// As people call it; distinct within a comparison.
  public var name: String
  public var kind: Kind
  public var start: Instant
  /// Until when it was replayed: the history's end, or earlier where it was interrupted.
  public var end: Instant
  /// `false`: it was interrupted, and the figures are those until `end`.
  public var isComplete: Bool

  /// The exact sum of what all workers cost until `end`.
  public var cost: Money
  /// Of every pool of the policy.
  public var costByPool: [PoolName: Money]
  /// Of every cap that the policy has, in the order: pools' months, all pools' month, pools' hours, all pools' hour, burst
  /// event. Also of policies that know no caps: then it says what they would have broken.
  public var budgets: [BudgetUse]

  public var waits: WaitingTimes
  public var utilisation: UtilisationShares
  public var churn: Churn
  /// Hours that are paid for, of all workers.
  public var workerHours: Double
  public var workerHoursByPool: [PoolName: Double]
  /// Most workers that were paid for at once, and when that was first so.
  public var mostWorkers: Int
  public var mostWorkersAt: Instant?

  /// What made workers come and go, most workers first.
  public var causes: [Cause]
  public var decisions: Int
  /// Plans that `PlanChecker` refused; each would be a defect of the program. Always 0 for other policies.
  public var refusedPlans: Int
  /// The first refusal by each rule, sorted by code.
  public var refusals: [Reason]
  /// For charts: at most `seriesLimit` points, evenly spaced, in the order of time.
  public var series: [SeriesPoint]
  /// What to know when reading the figures, one sentence each.
  public var notes: [String]

  public static let seriesLimit = 500

  /// A result of nothing yet.
  public init(name: String, kind: Kind, start: Instant) {
    self.name = name
    self.kind = kind
    self.start = start
    end = start
    isComplete = false
    cost = .zero
    costByPool = [:]
    budgets = []
    waits = WaitingTimes()
    utilisation = UtilisationShares()
    churn = Churn()
    workerHours = 0
    workerHoursByPool = [:]
    mostWorkers = 0
    causes = []
    decisions = 0
    refusedPlans = 0
    refusals = []
    series = []
    notes = []
  }
}

/// How far a cap was used.
public struct BudgetUse: Sendable, Codable, Equatable {
  /// As in `BudgetReport`: a pool's name or `all` for a month, either with `/hour` behind it for an hour, or `burst_event`.
  public var scope: String
  public var limit: Money
  /// The most that was spent in one month or burst event, or that all workers together cost an hour.
  public var highest: Money
  /// When `highest` was reached; `nil` when nothing was spent.
  public var at: Instant?
  /// Months, burst events, or separate stretches of time in which the limit was exceeded.
  public var timesExceeded: Int

  public init(scope: String, limit: Money) {
    self.scope = scope
    self.limit = limit
    highest = .zero
    timesExceeded = 0
  }

  /// 1 is all of it; `nil` for a limit of nothing.
  public var share: Double? { limit > .zero ? highest.units / limit.units : nil }
}

/// How long pods waited for a node, all their waits together: from their creation, and again after each move.
public struct WaitingTimes: Sendable, Codable, Equatable {
  /// Pods that came until the replay's end.
  public var pods: Int
  /// Of these, those that never got a node: deleted while they waited, or still waiting at the end.
  public var neverRan: Int
  /// Of these again, those that no worker of the policy could ever hold.
  public var neverFit: Int
  /// Pods that ran and had to wait at all.
  public var waited: Int
  /// Of pods that ran; seconds. A pod that found a node at once waited for 0.
  public var median: Double
  public var percentile95: Double
  public var longest: Double
  public var mean: Double
  /// All waiting of all pods, those that never ran included, in hours.
  public var podHours: Double
  /// Pods that ran, by how long they waited: not at all, then up to each of `bounds`, then longer. Empty: not counted.
  public var distribution: [Int]

  /// Seconds; upper bounds, inclusive.
  public static let bounds: [Double] = [0, 60, 180, 600, 3_600]
  /// What the parts of `distribution` are called.
  public static let categories = ["none", "to 1m", "to 3m", "to 10m", "to 1h", "over 1h"]

  /// Counts waits of pods that ran; in seconds.
  public static func distribution(of waits: some Sequence<Double>) -> [Int] {
    waits.reduce(into: Array(repeating: 0, count: bounds.count + 1)) { counts, wait in
      counts[bounds.firstIndex { wait <= $0 } ?? bounds.count] += 1
    }
  }

  public init() {
    pods = 0
    neverRan = 0
    neverFit = 0
    waited = 0
    median = 0
    percentile95 = 0
    longest = 0
    mean = 0
    podHours = 0
    distribution = []
  }
}

/// What pods asked for of what ready workers offered, weighted by time; 0 ... 1, `nil` where nothing was offered.
public struct UtilisationShares: Sendable, Codable, Equatable {
  public var cpu: Double?
  public var memory: Double?
  /// Of all extended resources whose name contains `gpu`.
  public var gpu: Double?

  public init() {}
}

/// How much a policy stirred.
public struct Churn: Sendable, Codable, Equatable {
  public var workersMade: Int
  public var workersRemoved: Int
  /// Pods that had to begin again somewhere else.
  public var podsMoved: Int
  /// Work that had to be done again because its pod was moved, in hours.
  public var repeatedHours: Double

  public init() {
    workersMade = 0
    workersRemoved = 0
    podsMoved = 0
    repeatedHours = 0
  }
}

/// Why workers came and went.
public struct Cause: Sendable, Codable, Equatable {
  /// A reason's code: `pending_pods`, `idle_timeout`, `expired`, …
  public var code: String
  /// The reason of the first such change, as it was told then.
  public var sentence: String
  public var workersMade: Int
  public var workersRemoved: Int
  public var first: Instant

  public init(code: String, sentence: String, first: Instant) {
    self.code = code
    self.sentence = sentence
    self.first = first
    workersMade = 0
    workersRemoved = 0
  }
}

/// One instant of a replay, for charts.
public struct SeriesPoint: Sendable, Codable, Equatable {
  public var at: Instant
  /// Workers that are paid for, of every pool of the policy.
  public var workers: [PoolName: Int]
  public var pendingPods: Int
  /// Since the start.
  public var cost: Money
  /// Of pods on nodes, millicores.
  public var requestedCPU: Int64
  /// Of ready workers, millicores.
  public var allocatableCPU: Int64

  // With one capital a word, as keys go through snake case and back.
  private enum CodingKeys: String, CodingKey {
    case at, workers, pendingPods, cost
    case requestedCPU = "requestedCpu"
    case allocatableCPU = "allocatableCpu"
  }

  public init(at: Instant) {
    self.at = at
    workers = [:]
    pendingPods = 0
    cost = .zero
    requestedCPU = 0
    allocatableCPU = 0
  }
}
