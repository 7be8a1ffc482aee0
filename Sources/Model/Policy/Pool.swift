/// What a pool is for.
public enum PoolKind: String, Sendable, Codable, Hashable, CaseIterable {
  case permanent, burst, spot, gpu
}

/// What becomes of workers that were made from a template as it is no longer.
public enum UpgradeMode: String, Sendable, Codable, Hashable, CaseIterable {
  /// They stay until they go for another reason.
  case none
  /// They are replaced one by one.
  case replace
}

/// How long a temporary worker may live.
public struct TimeToLivePolicy: Hashable, Sendable, Codable {
  public var standard: Duration
  public var maximum: Duration

  public init(standard: Duration, maximum: Duration) {
    self.standard = standard
    self.maximum = maximum
  }
}

/// Keeps a pool's utilisation near a target: above `growAt` it grows, below `shrinkAt` it may shrink. Percent, 0 ... 100.
public struct UtilisationPolicy: Hashable, Sendable, Codable {
  public var cpuTargetPercent: Double
  public var memoryTargetPercent: Double
  public var growAtPercent: Double
  public var shrinkAtPercent: Double

  public init(
    cpuTargetPercent: Double, memoryTargetPercent: Double, growAtPercent: Double, shrinkAtPercent: Double
  ) {
    self.cpuTargetPercent = cpuTargetPercent
    self.memoryTargetPercent = memoryTargetPercent
    self.growAtPercent = growAtPercent
    self.shrinkAtPercent = shrinkAtPercent
  }
}

/// A set of workers that are alike in purpose, limits, labels and taints.
public struct Pool: Hashable, Sendable, Codable {
  public var name: PoolName
  public var kind: PoolKind
  public var enabled: Bool
  public var minimum: Int
  public var maximum: Int
  public var defaultTemplate: TemplateName
  /// Templates that a plan may choose from, `defaultTemplate` among them; sorted by name.
  public var templates: [TemplateName]
  public var labels: [String: String]
  public var taints: [Taint]
  /// 0 ... 100, taken off a template's price.
  public var savingPercent: Double
  /// `nil`: workers of this pool do not expire.
  public var timeToLive: TimeToLivePolicy?
  /// An idle temporary worker goes after this time; `nil`: never because of idleness.
  public var idleTimeout: Duration?
  public var utilisation: UtilisationPolicy?
  public var growCooldown: Duration
  public var shrinkCooldown: Duration
  /// `nil`: no cap of its own.
  public var monthlyBudget: Money?
  /// What all its workers together may cost an hour; `nil`: no cap of its own.
  public var hourlyBudget: HourlyPrice?
  /// Whether pending pods may get workers of this pool without a person's request.
  public var servesPendingPods: Bool
  /// Whether manual requests are taken.
  public var acceptsRequests: Bool
  /// Whether they need somebody's word first.
  public var requestsNeedApproval: Bool
  /// How long a worker without time to live is sure to be kept (its commitment).
  public var horizon: Duration
  /// Stopped clones of the default template that are kept ready to start.
  public var standby: Int
  /// What becomes of its workers when their template has another version.
  public var upgrade: UpgradeMode
  /// Notice before a preemptible worker goes; `nil` when the pool is not preemptible.
  public var preemptionGrace: Duration?

  public init(
    name: PoolName, kind: PoolKind, minimum: Int = 0, maximum: Int, defaultTemplate: TemplateName,
    templates: [TemplateName]
  ) {
    self.name = name
    self.kind = kind
    enabled = true
    self.minimum = minimum
    self.maximum = maximum
    self.defaultTemplate = defaultTemplate
    self.templates = templates
    labels = ["node-pool": name.rawValue]
    taints = []
    savingPercent = 0
    growCooldown = .seconds(60)
    shrinkCooldown = .seconds(600)
    servesPendingPods = kind != .gpu
    acceptsRequests = true
    requestsNeedApproval = false
    standby = 0
    upgrade = .none
    horizon = kind == .permanent ? .hours(24) : .hours(4)
  }

  /// What a worker of a template costs in this pool.
  public func price(of template: Template) -> HourlyPrice { template.price.reduced(byPercent: savingPercent) }

  /// What a standby clone of a worker of this price costs.
  public func standbyPrice(of template: Template, _ money: MoneyPolicy) -> HourlyPrice {
    price(of: template).reduced(byPercent: 100 - money.standbyPricePercent)
  }

  /// Whether workers of this pool come and go with the load.
  public var isTemporary: Bool { kind != .permanent }
}
