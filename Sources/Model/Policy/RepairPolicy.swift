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
