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
  /// Whether machines and nodes of ours that no record accounts for are removed; otherwise they are only told of.
  public var removesOrphans = true
  public var extensionsAllowed = true
  public var maximumExtensions = 3
  public var extensionLength: Duration = .hours(2)
  /// Whether an extension needs somebody's word first.
  public var extensionsNeedApproval = false

  public init() {}
}
