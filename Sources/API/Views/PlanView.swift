public import Model

/// A plan as the HTTP API and the command line show it.
public struct PlanView: Codable, Sendable, Equatable {
  /// A worker that would be, or has been, created.
  public struct CreationView: Codable, Sendable, Equatable {
    public var worker: WorkerName
    public var pool: PoolName
    public var template: TemplateName
    public var host: HostName?
    /// Whole currency units an hour.
    public var pricePerHour: HourlyPrice
    /// Whole currency units that it is sure to cost.
    public var commitment: Money
    public var timeToLiveSeconds: Int64?
    public var reason: Reason
  }

  public var at: Instant
  /// Whether the plan is only shown and not carried out.
  public var dryRun: Bool
  public var summary: String
  public var creations: [CreationView]
  public var retirements: [Retirement]
  public var repairs: [RepairOrder]
  /// Whole currency units an hour of all creations.
  public var addedPricePerHour: HourlyPrice

  public init(_ plan: Plan, report: Report, dryRun: Bool) {
    at = report.at
    self.dryRun = dryRun
    summary = report.summary
    creations = plan.creations.map {
      CreationView(
        worker: $0.worker, pool: $0.pool, template: $0.template, host: $0.host, pricePerHour: $0.price,
        commitment: $0.commitment, timeToLiveSeconds: $0.timeToLive.map { $0.milliseconds / 1000 }, reason: $0.reason)
    }
    retirements = plan.retirements
    repairs = plan.repairs
    addedPricePerHour = HourlyPrice(perHour: plan.creations.reduce(.zero) { $0 + $1.price.perHour })
  }
}
