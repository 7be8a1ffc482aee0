import Model

/// How long things take in the world; each time is drawn from its range.
public struct WorldTimings: Hashable, Sendable, Codable {
  /// From the clone's acceptance to the end of its task.
  public var clone: ClosedRange<Duration> = .seconds(30, to: 60)
  /// From power-on to maintenance mode, or to the running system.
  public var boot: ClosedRange<Duration> = .seconds(30, to: 60)
  /// From the configuration's application to a node that is Ready: installation, reboot, registration.
  public var join: ClosedRange<Duration> = .seconds(60, to: 90)
  /// From the boot of an installed system to a node that is Ready.
  public var rejoin: ClosedRange<Duration> = .seconds(10, to: 25)
  /// From a Ready node to its devices in `allocatable`.
  public var devices: ClosedRange<Duration> = .seconds(8, to: 20)
  /// From a task's acceptance to its first act.
  public var taskFork: ClosedRange<Duration> = .seconds(0.1, to: 0.3)
  /// Of a task that changes the power, the size of a disk or the configuration.
  public var shortTask: ClosedRange<Duration> = .seconds(0.5, to: 1.5)
  /// From the request of a highly available machine's power to its task.
  public var highAvailability: ClosedRange<Duration> = .seconds(5, to: 10)
  /// Between two broadcasts of the hypervisor's statistics.
  public var statistics: Duration = .seconds(10)
  /// How long a task waits for the lock of a machine's configuration.
  public var machineLock: Duration = .seconds(1)
  /// How long a task waits for the lock of a storage.
  public var storageLock: Duration = .seconds(10)
  /// From the deletion's acceptance to the machine's end.
  public var destroy: ClosedRange<Duration> = .seconds(2, to: 6)
  /// From the shutdown's acceptance to power-off.
  public var shutdown: ClosedRange<Duration> = .seconds(8, to: 20)
  /// From a restart of the kubelet to its first heartbeat.
  public var kubeletRestart: ClosedRange<Duration> = .seconds(3, to: 8)
  /// From a dead node's last heartbeat to Ready = Unknown.
  public var nodeLost: ClosedRange<Duration> = .seconds(40, to: 50)
  /// From a returned node's first heartbeat to Ready = True.
  public var nodeBack: ClosedRange<Duration> = .seconds(1, to: 10)
  /// How long pods stay on an unreachable node before they are deleted.
  public var unreachableToleration: Duration = .seconds(300)
  /// From a node's deletion to the removal of its pods.
  public var podCollection: ClosedRange<Duration> = .seconds(40, to: 47)
  /// From a pod's creation, or a change of the nodes, to the scheduler's answer.
  public var scheduling: ClosedRange<Duration> = .seconds(1, to: 2.5)
  /// From binding to a pod that is Ready.
  public var podStart: ClosedRange<Duration> = .seconds(2, to: 8)
  /// From a pod's deletion to its end; never longer than its own grace.
  public var podStop: ClosedRange<Duration> = .seconds(2, to: 20)
  /// How long finished pods stay in the list.
  public var finishedPodsKept: Duration = .minutes(10)
  /// Between two looks at a load profile without steps.
  public var replicaReview: Duration = .seconds(30)
  /// Between two restarts of a service in a crash loop.
  public var crashInterval: Duration = .seconds(30)

  /// What was measured on real clusters and what the user's description calls usual.
  public init() {}

  /// Everything within a second or so, except what Kubernetes itself waits for; for tests of order rather than of time.
  public static var fast: WorldTimings {
    var timings = WorldTimings()
    let instant: ClosedRange<Duration> = .seconds(0.1, to: 0.3)
    timings.clone = instant
    timings.boot = instant
    timings.join = .seconds(0.4, to: 0.8)
    timings.rejoin = instant
    timings.devices = instant
    timings.destroy = instant
    timings.taskFork = .seconds(0.01, to: 0.02)
    timings.shortTask = .seconds(0.05, to: 0.1)
    timings.highAvailability = instant
    timings.statistics = .seconds(1)
    timings.storageLock = .seconds(1)
    timings.shutdown = instant
    timings.kubeletRestart = instant
    timings.nodeLost = .seconds(2, to: 3)
    timings.nodeBack = instant
    timings.unreachableToleration = .seconds(10)
    timings.podCollection = .seconds(1, to: 2)
    timings.scheduling = instant
    timings.podStart = instant
    timings.podStop = instant
    return timings
  }
}

extension WorldTimings {
  /// Every time divided by a factor of at least 1, so that a real clock can be used and nobody has to wait long.
  public func divided(by factor: Double) -> WorldTimings {
    var timings = self
    func shorter(_ length: Duration) -> Duration {
      .milliseconds(max(1, Int64(Double(length.milliseconds) / max(1, factor))))
    }
    let ranges: [WritableKeyPath<WorldTimings, ClosedRange<Duration>>] = [
      \.clone, \.boot, \.join, \.rejoin, \.devices, \.taskFork, \.shortTask, \.highAvailability, \.destroy,
      \.shutdown, \.kubeletRestart, \.nodeLost, \.nodeBack, \.podCollection, \.scheduling, \.podStart, \.podStop,
    ]
    for range in ranges {
      let old = timings[keyPath: range]
      timings[keyPath: range] = shorter(old.lowerBound)...max(shorter(old.lowerBound), shorter(old.upperBound))
    }
    let lengths: [WritableKeyPath<WorldTimings, Duration>] = [
      \.unreachableToleration, \.finishedPodsKept, \.replicaReview, \.crashInterval, \.statistics, \.machineLock,
      \.storageLock,
    ]
    for length in lengths { timings[keyPath: length] = shorter(timings[keyPath: length]) }
    return timings
  }
}

extension ClosedRange<Duration> {
  /// A range of seconds, both ends included; whole milliseconds count.
  public static func seconds(_ low: Double, to high: Double) -> ClosedRange<Duration> {
    Duration.milliseconds(Int64((low * 1000).rounded()))...Duration.milliseconds(Int64((high * 1000).rounded()))
  }
}
