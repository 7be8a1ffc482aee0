/// Everything that the operator has decided about how to decide: pools, templates, triggers, limits and times.
public struct Policy: Hashable, Sendable, Codable {
  public var clusterName: String
  /// Sorted by name.
  public var pools: [Pool]
  /// Sorted by name.
  public var templates: [Template]
  /// Sorted by name.
  public var triggers: [Trigger]
  public var provisioning: ProvisioningPolicy
  public var draining: DrainingPolicy
  public var termination: TerminationPolicy
  public var cleanup: CleanupPolicy
  public var health: HealthPolicy
  public var repair: RepairPolicy
  public var money: MoneyPolicy
  public var pace: PacePolicy
  public var placement: PlacementPolicy
  /// Sorted by name.
  public var schedules: [Schedule]
  public var signals: SignalPolicy
  public var consolidation: ConsolidationPolicy
  public var preemption: PreemptionPolicy
  public var approvals: ApprovalPolicy

  public init(clusterName: String, pools: [Pool], templates: [Template], triggers: [Trigger] = []) {
    self.clusterName = clusterName
    self.pools = pools.sorted { $0.name < $1.name }
    self.templates = templates.sorted { $0.name < $1.name }
    self.triggers = triggers.sorted { $0.name < $1.name }
    provisioning = ProvisioningPolicy()
    draining = DrainingPolicy()
    termination = TerminationPolicy()
    cleanup = CleanupPolicy()
    health = HealthPolicy()
    repair = RepairPolicy()
    money = MoneyPolicy()
    pace = PacePolicy()
    placement = PlacementPolicy()
    schedules = []
    signals = SignalPolicy()
    consolidation = ConsolidationPolicy()
    preemption = PreemptionPolicy()
    approvals = ApprovalPolicy()
  }

  public func pool(_ name: PoolName) -> Pool? { pools.first { $0.name == name } }
  public func template(_ name: TemplateName) -> Template? { templates.first { $0.name == name } }
}

/// How often things happen, and how fast they may.
public struct PacePolicy: Hashable, Sendable, Codable {
  /// Between two decisions when nothing calls for an earlier one.
  public var tick: Duration = .seconds(5)
  /// Samples are expected this often; a reading older than twice this is missing.
  public var expectedSampleInterval: Duration = .seconds(30)
  /// A single pod that waits longer than this is looked at even when the count is below its threshold.
  public var maximumPending: Duration = .seconds(600)
  /// At most this share of a pool's temporary workers (at least one) goes by choice within `shrinkWindow`.
  public var shrinkPercent: Double = 20
  public var shrinkWindow: Duration = .minutes(30)
  /// A pool whose creations fail backs off from `backoffInitial`, doubled up to `backoffMaximum`.
  public var backoffInitial: Duration = .minutes(5)
  public var backoffMaximum: Duration = .minutes(30)
  public var backoffReset: Duration = .hours(3)
  /// Pods below this priority neither cause growth nor prevent shrinking.
  public var priorityCutoff: Int = -10

  public init() {}
}

/// Caps, the currency and the zone that months are counted in.
public struct MoneyPolicy: Hashable, Sendable, Codable {
  public var currency = "USD"
  /// IANA name of the zone whose calendar months the budgets follow.
  public var timeZone = "UTC"
  /// For all pools together; `nil`: the pools' own caps only.
  public var monthlyBudget: Money?
  /// What the workers of all pools together may cost an hour; `nil`: the pools' own caps only.
  public var hourlyBudget: HourlyPrice?
  /// What a standby clone costs of its worker's price.
  public var standbyPricePercent = 5.0
  /// At this share of a budget an alert is raised.
  public var alertPercent = 80.0
  /// `nil`: a burst event is bounded by the pool's budget only.
  public var burstEventMaximum: Money?

  public init() {}
}
