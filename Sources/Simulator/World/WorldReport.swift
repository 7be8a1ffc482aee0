public import Model

/// What one machine of ours has been through, as the world itself metered it.
public struct MachineMeter: Hashable, Sendable, Codable {
  /// The machine's number.
  public var machine: MachineID
  /// Who it belongs to.
  public var owner: MachineOwner
  /// What it was cloned as.
  public var template: TemplateName
  /// The template's price before any saving.
  public var price: HourlyPrice
  /// When the clone was accepted.
  public var cloneBeganAt: Instant
  /// When the clone had succeeded; `nil` when it has not.
  public var clonedAt: Instant?
  /// When the machine had gone.
  public var deletedAt: Instant?

  /// From the end of the clone to the machine's deletion or `now`.
  public func lifetime(until now: Instant) -> Duration {
    guard let clonedAt else { return .zero }
    return min(now, deletedAt ?? now) - clonedAt
  }
}

/// A budget that was broken by something else than an eviction.
public struct BudgetViolation: Hashable, Sendable, Codable {
  /// When it happened.
  public var at: Instant
  /// The budget's namespace and name.
  public var budget: String
  /// The call that broke it, for example `hypervisor.stop`.
  public var operation: String
  /// How many Ready pods were then missing.
  public var missing: Int
}

/// An attempt to change something that is not ours.
public struct ForeignTouch: Hashable, Sendable, Codable {
  /// When it happened.
  public var at: Instant
  /// The machine.
  public var machine: MachineID
  /// The call, for example `hypervisor.delete`.
  public var operation: String
}

/// What the world has counted since its beginning.
struct WorldTally: Hashable, Sendable, Codable {
  var meters: [MachineMeter] = []
  var doubleCreations: [WorkerID] = []
  var budgetViolations: [BudgetViolation] = []
  var foreignTouches: [ForeignTouch] = []
  var ownerRefusals = 0
  var podsCreated = 0
  var podsFinished = 0
  var podsEvicted = 0
  var evictionsRefused = 0
  var podsLost = 0
  var longestPending: Duration = .zero
  var longestPendingPod: PodKey?
  var failuresInjected = 0
}

/// The world's own account of what happened, independent of what the program believes.
public struct WorldReport: Hashable, Sendable, Codable {
  /// The instant of the report.
  public var now: Instant
  /// Every machine that was ever cloned for us, in the order of their clones.
  public var machines: [MachineMeter]
  /// Workers for which a second machine was made while the first was there.
  public var doubleCreations: [WorkerID]
  /// Budgets broken by something else than an eviction.
  public var budgetViolations: [BudgetViolation]
  /// Attempts to change what is not ours.
  public var foreignTouches: [ForeignTouch]
  /// Calls refused because the machine had another owner of our own.
  public var ownerRefusals: Int
  /// Pods made by all workloads but DaemonSets.
  public var podsCreated: Int
  /// Job pods that have succeeded.
  public var podsFinished: Int
  /// Evictions accepted.
  public var podsEvicted: Int
  /// Evictions refused by a budget.
  public var evictionsRefused: Int
  /// Pods that died without having been asked to stop, DaemonSets' apart.
  public var podsLost: Int
  /// Pods without a node at this instant.
  public var podsPending: Int
  /// The longest time from a pod's creation to its node, those included that still wait.
  public var longestPending: Duration
  /// The pod that waited so long.
  public var longestPendingPod: PodKey?
  /// Faults that were carried out.
  public var faultsInjected: Int

  /// Machines of ours that are there now.
  public var liveMachines: [MachineMeter] { machines.filter { $0.deletedAt == nil } }

  /// The seconds that machines of ours lived, from the ends of their clones; by pool.
  public var workerSeconds: [PoolName: Double] {
    machines.reduce(into: [:]) { $0[$1.owner.pool, default: 0] += $1.lifetime(until: now).inSeconds }
  }

  /// What all machines of ours cost, each at its template's price times one less its pool's saving (0 ... 100 percent).
  public func cost(savingPercent: (PoolName) -> Double) -> Money {
    machines.reduce(.zero) {
      $0 + $1.price.reduced(byPercent: savingPercent($1.owner.pool)).cost(of: $1.lifetime(until: now))
    }
  }
}
