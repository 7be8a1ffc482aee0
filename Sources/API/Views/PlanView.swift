public import Model

/// A plan as the HTTP API and the command line show it.
public struct PlanView: Codable, Sendable, Equatable {
  /// A worker that would be, or has been, created.
  public struct CreationView: Codable, Sendable, Equatable {
    /// The name that it gets.
    public var worker: WorkerName
    /// The pool that grows.
    public var pool: PoolName
    /// The kind of worker that it will be.
    public var template: TemplateName
    /// The physical host; absent when the hypervisor chooses.
    public var host: HostName?
    /// Whole currency units an hour.
    public var pricePerHour: HourlyPrice
    /// Whole currency units that it is sure to cost.
    public var commitment: Money
    /// Seconds; absent when it does not expire.
    public var timeToLiveSeconds: Int64?
    /// `true`: a standby clone of this name is started, and no machine is made; absent otherwise.
    public var startsStandby: Bool?
    /// Why it is created.
    public var reason: Reason
  }

  /// A clone that would be, or has been, made in advance.
  public struct StandbyView: Codable, Sendable, Equatable {
    /// The worker that it will be.
    public var worker: WorkerName
    /// The pool that it is kept for.
    public var pool: PoolName
    /// The kind of worker that it will be.
    public var template: TemplateName
    /// The physical host; absent when the hypervisor chooses.
    public var host: HostName?
    /// Whole currency units an hour while it waits.
    public var standbyPricePerHour: HourlyPrice
    /// Whole currency units an hour once it is a worker.
    public var pricePerHour: HourlyPrice
    /// Whole currency units that it is sure to cost.
    public var commitment: Money
    /// Why it is made.
    public var reason: Reason
  }

  /// When the decision was made.
  public var at: Instant
  /// Whether the plan is only shown and not carried out.
  public var dryRun: Bool
  /// The whole decision in one sentence.
  public var summary: String
  /// Workers to create, of standby clones or anew.
  public var creations: [CreationView]
  /// Clones to make in advance; absent when there are none.
  public var standbys: [StandbyView]?
  /// Workers that are to go.
  public var retirements: [Retirement]
  /// Repair actions on workers.
  public var repairs: [RepairOrder]
  /// Workers whose time to live ends soon.
  public var announcements: [Announcement]
  /// Whole currency units an hour of all creations.
  public var addedPricePerHour: HourlyPrice
  /// Hard rules that the plan breaks; a plan with any is not carried out.
  public var violations: [Reason]

  /// The view of a plan and its report.
  public init(_ plan: Plan, report: Report, dryRun: Bool) {
    at = report.at
    self.dryRun = dryRun
    summary = report.summary
    creations = plan.creations.map {
      CreationView(
        worker: $0.worker, pool: $0.pool, template: $0.template, host: $0.host, pricePerHour: $0.price,
        commitment: $0.commitment, timeToLiveSeconds: $0.timeToLive.map { $0.milliseconds / 1000 },
        startsStandby: $0.isActivation ? true : nil, reason: $0.reason)
    }
    standbys = plan.standbys.map { standbys in
      standbys.map {
        StandbyView(
          worker: $0.worker, pool: $0.pool, template: $0.template, host: $0.host,
          standbyPricePerHour: $0.standbyPrice, pricePerHour: $0.price, commitment: $0.commitment, reason: $0.reason)
      }
    }
    retirements = plan.retirements
    repairs = plan.repairs
    announcements = plan.announcements
    violations = report.violations
    addedPricePerHour = HourlyPrice(perHour: plan.creations.reduce(.zero) { $0 + $1.price.perHour })
  }
}
