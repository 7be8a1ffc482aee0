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

/// Time limits and retries from clone to Ready. Defaults are the user's own values.
public struct ProvisioningPolicy: Hashable, Sendable, Codable {
  /// Limit of one step; after it the step has failed.
  public var stepLimits: [ProvisioningStep: Duration] = [
    .clone: .seconds(90), .configure: .seconds(30), .start: .seconds(60), .boot: .seconds(120),
    .applyConfiguration: .seconds(120), .nodeReady: .seconds(300), .label: .seconds(30),
  ]
  /// What a failed step leads to once its attempts are used up.
  public var errorHandling: [ProvisioningStep: StepErrorHandling] = [
    .clone: .retry, .configure: .retry, .start: .retry, .boot: .fail, .applyConfiguration: .retry,
    .nodeReady: .fail, .label: .warn,
  ]
  public var attempts = 3
  public var retryDelay: Duration = .seconds(60)
  /// Workers of all pools in provisioning or joining at once.
  public var parallelLimit = 5
  /// Joining: the node must appear, become Ready, and its kubelet run within these.
  public var nodeAppears: Duration = .seconds(180)
  public var nodeReady: Duration = .seconds(120)
  public var kubeletRuns: Duration = .seconds(60)
  public var joinCheckInterval: Duration = .seconds(10)
  /// What is usual from intent to Ready, for forecasts and checks of sense.
  public var usualTotal: Duration = .seconds(180)

  public init() {}

  public func limit(of step: ProvisioningStep) -> Duration { stepLimits[step] ?? .seconds(120) }
}

/// The steps from nothing to a node that can hold pods, in order.
public enum ProvisioningStep: String, Sendable, Codable, Hashable, CaseIterable, CodingKeyRepresentable {
  case clone = "clone_vm_from_template"
  case configure = "configure_vm_resources"
  case start = "start_vm"
  case boot = "wait_for_vm_boot"
  case applyConfiguration = "apply_talos_config"
  case nodeReady = "wait_for_node_ready"
  case label = "apply_kubernetes_labels"
}

/// What a failed step leads to.
public enum StepErrorHandling: String, Sendable, Codable, Hashable, CaseIterable {
  /// Again after the retry delay, until the attempts are used up.
  case retry
  /// The worker has failed and is removed.
  case fail
  /// Reported, and the next step follows.
  case warn
}

/// How pods leave a node.
public struct DrainingPolicy: Hashable, Sendable, Codable {
  /// At most this much of a pod's own grace period is waited for.
  public var grace: Duration = .seconds(300)
  public var limit: Duration = .seconds(600)
  public var forceAfterLimit = false
  public var ignoreDaemonSets = true
  public var deleteEmptyDirData = true
  public var batchSize = 5
  public var batchDelay: Duration = .seconds(10)

  public init() {}
}

/// How a machine goes.
public struct TerminationPolicy: Hashable, Sendable, Codable {
  public var limit: Duration = .seconds(120)
  public var graceful = true
  /// A machine that has not shut down by then is powered off.
  public var forceShutdownAfter: Duration = .seconds(300)

  public init() {}
}

/// What happens to workers whose time is over or that have nothing to do.
public struct CleanupPolicy: Hashable, Sendable, Codable {
  /// What happens at expiry when pods still run there.
  public enum Expiry: String, Sendable, Codable, Hashable, CaseIterable {
    case drainThenTerminate = "drain_then_terminate"
    case terminate
  }

  public var enabled = true
  public var expiry = Expiry.drainThenTerminate
  /// Kept this long past expiry.
  public var grace: Duration = .minutes(5)
  public var warning: Duration = .minutes(5)
  public var idleDetection = true
  public var idleCPUPercent = 5.0
  public var extensionsAllowed = true
  public var maximumExtensions = 3
  public var extensionLength: Duration = .hours(2)

  public init() {}
}

/// How a worker's health is judged.
public struct HealthPolicy: Hashable, Sendable, Codable {
  public var enabled = true
  public var interval: Duration = .seconds(30)
  /// A condition that lasts this long makes a ready worker unhealthy.
  public var unhealthyAfter: Duration = .minutes(5)

  public init() {}
}

/// What to do about an issue, level by level.
public struct RepairPolicy: Hashable, Sendable, Codable {
  /// One level of one issue's table.
  public struct Level: Hashable, Sendable, Codable {
    public var action: RepairAction
    /// Since the condition's last transition; `nil` when `afterRestarts` decides.
    public var after: Duration?
    public var afterRestarts: Int?
    /// Whether reaching this level raises an alert.
    public var escalates: Bool

    public init(action: RepairAction, after: Duration? = nil, afterRestarts: Int? = nil, escalates: Bool = false) {
      self.action = action
      self.after = after
      self.afterRestarts = afterRestarts
      self.escalates = escalates
    }
  }

  public var enabled = true
  public var levels: [RepairIssue: [Level]] = [
    .notReady: [
      Level(action: .restartKubelet, after: .seconds(300)), Level(action: .reboot, after: .seconds(600)),
      Level(action: .replace, after: .seconds(1200), escalates: true),
    ],
    .diskPressure: [
      Level(action: .cleanDisk, after: .seconds(60)), Level(action: .pruneImages, after: .seconds(300)),
    ],
    .memoryPressure: [Level(action: .drainAndReboot, after: .seconds(600))],
    .kubeletCrashLoop: [
      Level(action: .restartKubelet, afterRestarts: 3), Level(action: .reboot, afterRestarts: 5),
      Level(action: .replace, afterRestarts: 7, escalates: true),
    ],
    .containerdCrashLoop: [Level(action: .replace, afterRestarts: 3, escalates: true)],
  ]
  public var maximumAttempts = 3
  public var cooldown: Duration = .minutes(15)
  /// No repair while more than this share of a pool (and more than one worker) is unhealthy.
  public var breakerPercent = 20.0

  public init() {}
}

/// What can be wrong with a worker.
public enum RepairIssue: String, Sendable, Codable, Hashable, CaseIterable, CodingKeyRepresentable {
  case notReady = "NotReady"
  case diskPressure = "DiskPressure"
  case memoryPressure = "MemoryPressure"
  case kubeletCrashLoop = "KubeletCrashLoop"
  case containerdCrashLoop = "ContainerdCrashLoop"
}

/// What can be done about it.
public enum RepairAction: String, Sendable, Codable, Hashable, CaseIterable {
  case restartKubelet = "restart_kubelet"
  case reboot = "reboot_node"
  case replace = "replace_node"
  case cleanDisk = "cleanup_disk"
  case pruneImages = "prune_images"
  case drainAndReboot = "drain_and_reboot"
}

/// Caps, the currency and the zone that months are counted in.
public struct MoneyPolicy: Hashable, Sendable, Codable {
  public var currency = "USD"
  /// IANA name of the zone whose calendar months the budgets follow.
  public var timeZone = "UTC"
  /// For all pools together; `nil`: the pools' own caps only.
  public var monthlyBudget: Money?
  /// At this share of a budget an alert is raised.
  public var alertPercent = 80.0
  /// `nil`: a burst event is bounded by the pool's budget only.
  public var burstEventMaximum: Money?

  public init() {}
}
