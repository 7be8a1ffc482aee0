import Model
import Simulator

/// How things are handled, and what asks for workers.
extension SceneDraft {
  mutating func drawHandling(_ dice: inout SplitMix64) {
    policy.pace.tick = dice.seconds(15...60)
    policy.pace.shrinkPercent = dice.pick([20, 20, 34, 100])
    policy.pace.backoffInitial = dice.minutes(1...5)
    policy.pace.maximumPending = dice.seconds(120...600)
    policy.provisioning.parallelLimit = isBig ? 10 : dice.integer(in: 1...5)
    policy.provisioning.attempts = dice.integer(in: 2...3)
    policy.provisioning.retryDelay = dice.seconds(20...60)
    drawRemoval(&dice)
    drawHealth(&dice)
    policy.consolidation.enabled = dice.chance(0.7)
    policy.consolidation.utilisationPercent = Double(dice.integer(in: 30...65))
    policy.consolidation.unneededFor = dice.minutes(5...20)
    policy.preemption.backoff = dice.minutes(5...30)
    policy.placement.cpuOvercommit = dice.pick([2, 4, 4, 8])
    if dice.chance(0.3) { policy.placement.reservedMemoryBytes = .mebibytes(Int64(dice.integer(in: 1...4)) * 1024) }
    if dice.chance(0.3) { policy.placement.zoneLabel = "topology.kubernetes.io/zone" }
    drawSchedules(&dice)
  }

  /// The three endings of a life: drained and then kept while pods cannot leave, drained and then stopped, stopped.
  private mutating func drawRemoval(_ dice: inout SplitMix64) {
    policy.cleanup.expiry = dice.chance(0.25) ? .terminate : .drainThenTerminate
    policy.draining.forceAfterLimit = dice.chance(0.35)
    policy.draining.limit = dice.minutes(5...15)
    policy.draining.grace = dice.seconds(30...300)
    policy.draining.batchSize = dice.integer(in: 1...6)
    policy.termination.graceful = dice.chance(0.85)
    policy.termination.forceShutdownAfter = dice.seconds(60...300)
    policy.cleanup.grace = dice.minutes(1...10)
    policy.cleanup.idleDetection = dice.chance(0.92)
    policy.cleanup.extensionsAllowed = dice.chance(0.8)
    policy.cleanup.maximumExtensions = dice.integer(in: 1...3)
    policy.cleanup.extensionLength = dice.minutes(30...120)
  }

  private mutating func drawHealth(_ dice: inout SplitMix64) {
    policy.health.unhealthyAfter = dice.minutes(2...5)
    policy.repair.enabled = dice.chance(0.95)
    policy.repair.breakerPercent = dice.pick([20, 20, 34, 50])
    policy.repair.cooldown = dice.minutes(10...20)
    policy.repair.maximumAttempts = dice.integer(in: 2...3)
    guard dice.chance(0.3) else { return }
    // A shorter table than usual.
    policy.repair.levels[.notReady] = [
      .init(action: .reboot, after: dice.seconds(240...480)),
      .init(action: .replace, after: dice.seconds(900...1500), escalates: true),
    ]
    policy.repair.levels[.kubeletCrashLoop] = [.init(action: .replace, afterRestarts: 4, escalates: true)]
  }

  private mutating func drawSchedules(_ dice: inout SplitMix64) {
    for pool in policy.pools where pool.kind != .gpu && dice.chance(0.25) {
      let days = dice.pick(["*", "mon-fri", "1,3,5", "sat,sun"])
      let text = "\(dice.integer(in: 0...59)) \(dice.integer(in: 0...23)) * * \(days)"
      guard let cron = try? CronExpression(text) else { continue }
      var schedule = Schedule(
        name: ScheduleName("\(pool.name)-hours"), pool: pool.name, cron: cron,
        timeZone: dice.pick(Self.timeZones), duration: dice.minutes(30...540),
        workers: dice.integer(in: 1...min(3, pool.maximum)))
      if dice.chance(0.3) { schedule.lead = dice.minutes(1...20) }
      policy.schedules.append(schedule)
    }
    policy.schedules.sort { $0.name < $1.name }
  }

  static let timeZones = ["UTC", "UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Pacific/Auckland"]

  mutating func drawTriggers(_ dice: inout SplitMix64) {
    var triggers: [Trigger] = []
    func add(
      _ pool: Pool, _ kind: Trigger.Kind, _ expression: String, _ threshold: Int, _ hold: Duration,
      _ shape: (inout Trigger) -> Void = { _ in }
    ) {
      var trigger = Trigger(
        name: TriggerName("\(pool.name)/\(kind.rawValue)"), pool: pool.name, kind: kind, expression: expression,
        threshold: Double(threshold), hold: hold)
      shape(&trigger)
      triggers.append(trigger)
    }
    for pool in policy.pools {
      if pool.servesPendingPods {
        add(pool, .pendingPods, RunMetrics.pending, dice.integer(in: 1...4), dice.seconds(30...180))
      }
      guard pool.kind != .gpu else { continue }
      let isPermanent = pool.kind == .permanent
      if isPermanent ? pool.utilisation != nil : dice.chance(0.4) {
        let target = pool.utilisation?.cpuTargetPercent ?? Double(dice.integer(in: 55...75))
        let threshold = Int(pool.utilisation?.growAtPercent ?? Double(dice.integer(in: 80...95)))
        let forecast = dice.chance(0.15) ? ForecastPolicy(methods: [.linear]) : nil
        for (kind, expression) in [(Trigger.Kind.cpuPressure, RunMetrics.cpu), (.memoryPressure, RunMetrics.memory)] {
          add(pool, kind, expression, threshold, dice.seconds(60...300)) {
            $0.targetPercent = target
            $0.forecast = forecast
          }
        }
      }
      if !isPermanent, dice.chance(0.2) {
        let perWorker = dice.chance(0.5) ? Double(dice.integer(in: 5...20)) : nil
        let workers = dice.integer(in: 1...2)
        add(pool, .custom, RunMetrics.queue, dice.integer(in: 3...12), dice.seconds(60...300)) {
          $0.perWorker = perWorker
          $0.workers = workers
        }
      }
    }
    policy.triggers = triggers.sorted { $0.name < $1.name }
  }
}
