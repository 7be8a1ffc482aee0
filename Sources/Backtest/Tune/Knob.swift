public import Model

/// A figure of a policy that a search may change, and the values that it may take.
public struct Knob: Sendable, Codable, Equatable {
  /// Which figure. Times are in seconds.
  public enum Kind: Sendable, Codable, Hashable {
    case idleTimeout(PoolName)
    case growCooldown(PoolName)
    case shrinkCooldown(PoolName)
    case timeToLive(PoolName)
    case minimum(PoolName)
    case cpuTarget(PoolName)
    case memoryTarget(PoolName)
    case growAt(PoolName)
    case shrinkAt(PoolName)
    case triggerThreshold(TriggerName)
    case triggerHold(TriggerName)
    case consolidationUtilisation
    case consolidationUnneeded
    case consolidationSaving
  }

  /// What its values are.
  public enum Unit: String, Sendable, Codable {
    case seconds, percent, workers, pods, plain
  }

  public var kind: Kind
  /// Ascending, without repetition. The search goes from one to a neighbouring one; the first and the last are the bounds.
  public var values: [Double]

  public init(_ kind: Kind, values: [Double]) {
    self.kind = kind
    self.values = Set(values).sorted()
  }

  public var unit: Unit {
    switch kind {
    case .idleTimeout, .growCooldown, .shrinkCooldown, .timeToLive, .triggerHold, .consolidationUnneeded: .seconds
    case .minimum: .workers
    case .triggerThreshold(let name): name.rawValue.hasSuffix("pending_pods") ? .pods : .plain
    default: .percent
    }
  }

  /// For people: `idle time of pool burst`.
  public var title: String {
    switch kind {
    case .idleTimeout(let pool): "idle time of pool \(pool)"
    case .growCooldown(let pool): "cooldown after growth of pool \(pool)"
    case .shrinkCooldown(let pool): "cooldown after shrinking of pool \(pool)"
    case .timeToLive(let pool): "standard time to live in pool \(pool)"
    case .minimum(let pool): "minimum size of pool \(pool)"
    case .cpuTarget(let pool): "target of CPU utilisation of pool \(pool)"
    case .memoryTarget(let pool): "target of memory utilisation of pool \(pool)"
    case .growAt(let pool): "utilisation at which pool \(pool) grows"
    case .shrinkAt(let pool): "utilisation below which pool \(pool) shrinks"
    case .triggerThreshold(let trigger): "threshold of trigger \(trigger)"
    case .triggerHold(let trigger): "hold time of trigger \(trigger)"
    case .consolidationUtilisation: "utilisation below which a worker is little used"
    case .consolidationUnneeded: "time after which pods are moved for a saving"
    case .consolidationSaving: "least saving for which pods are moved"
    }
  }

  /// A value as a person writes it: `10m`, `55 %`, `3`.
  public func text(_ value: Double) -> String {
    let number = value == value.rounded() ? String(Int64(value)) : String(value)
    switch unit {
    case .seconds: return Duration.milliseconds(Int64((value * 1000).rounded())).text
    case .percent: return "\(number) %"
    case .workers, .pods, .plain: return number
    }
  }
}

extension Knob.Kind {
  /// What a policy says; `nil` where it has no such figure.
  public func value(in policy: Policy) -> Double? {
    switch self {
    case .idleTimeout(let pool): policy.pool(pool)?.idleTimeout?.inSeconds
    case .growCooldown(let pool): policy.pool(pool)?.growCooldown.inSeconds
    case .shrinkCooldown(let pool): policy.pool(pool)?.shrinkCooldown.inSeconds
    case .timeToLive(let pool): policy.pool(pool)?.timeToLive?.standard.inSeconds
    case .minimum(let pool): policy.pool(pool).map { Double($0.minimum) }
    case .cpuTarget(let pool): policy.pool(pool)?.utilisation?.cpuTargetPercent
    case .memoryTarget(let pool): policy.pool(pool)?.utilisation?.memoryTargetPercent
    case .growAt(let pool): policy.pool(pool)?.utilisation?.growAtPercent
    case .shrinkAt(let pool): policy.pool(pool)?.utilisation?.shrinkAtPercent
    case .triggerThreshold(let name): policy.triggers.first { $0.name == name }?.threshold
    case .triggerHold(let name): policy.triggers.first { $0.name == name }?.hold.inSeconds
    case .consolidationUtilisation: policy.consolidation.utilisationPercent
    case .consolidationUnneeded: policy.consolidation.unneededFor.inSeconds
    case .consolidationSaving: policy.consolidation.minimumSavingPercent
    }
  }

  /// Changes a policy's figure; one that it does not have stays away.
  public func set(_ value: Double, in policy: inout Policy) {
    guard self.value(in: policy) != nil else { return }
    let time = Duration.milliseconds(Int64((value * 1000).rounded()))
    switch self {
    case .idleTimeout(let pool): policy.change(pool) { $0.idleTimeout = time }
    case .growCooldown(let pool): policy.change(pool) { $0.growCooldown = time }
    case .shrinkCooldown(let pool): policy.change(pool) { $0.shrinkCooldown = time }
    case .timeToLive(let pool): policy.change(pool) { $0.timeToLive?.standard = time }
    case .minimum(let pool): policy.change(pool) { $0.minimum = Int(value) }
    case .cpuTarget(let pool):
      policy.change(pool) { $0.utilisation?.cpuTargetPercent = value }
      policy.changeTriggers(of: pool, .cpuPressure) { $0.targetPercent = value }
    case .memoryTarget(let pool):
      policy.change(pool) { $0.utilisation?.memoryTargetPercent = value }
      policy.changeTriggers(of: pool, .memoryPressure) { $0.targetPercent = value }
    case .growAt(let pool):
      policy.change(pool) { $0.utilisation?.growAtPercent = value }
      for kind in [Trigger.Kind.cpuPressure, .memoryPressure] {
        policy.changeTriggers(of: pool, kind) { $0.threshold = value }
      }
    case .shrinkAt(let pool): policy.change(pool) { $0.utilisation?.shrinkAtPercent = value }
    case .triggerThreshold(let name): policy.change(name) { $0.threshold = value }
    case .triggerHold(let name): policy.change(name) { $0.hold = time }
    case .consolidationUtilisation: policy.consolidation.utilisationPercent = value
    case .consolidationUnneeded: policy.consolidation.unneededFor = time
    case .consolidationSaving: policy.consolidation.minimumSavingPercent = value
    }
  }
}

extension Policy {
  fileprivate mutating func change(_ name: PoolName, _ body: (inout Pool) -> Void) {
    guard let index = pools.firstIndex(where: { $0.name == name }) else { return }
    body(&pools[index])
  }

  fileprivate mutating func change(_ name: TriggerName, _ body: (inout Trigger) -> Void) {
    guard let index = triggers.firstIndex(where: { $0.name == name }) else { return }
    body(&triggers[index])
  }

  fileprivate mutating func changeTriggers(
    of pool: PoolName, _ kind: Trigger.Kind, _ body: (inout Trigger) -> Void
  ) {
    for index in triggers.indices where triggers[index].pool == pool && triggers[index].kind == kind {
      body(&triggers[index])
    }
  }

  /// Whether its figures go together, as the reader of configurations asks for: a search leaves other policies alone.
  var isSensible: Bool {
    pools.allSatisfy { pool in
      let isSized = pool.minimum >= 0 && pool.minimum <= pool.maximum
      let lives = pool.timeToLive.map { $0.standard <= $0.maximum } ?? true
      let uses =
        pool.utilisation.map { use in
          use.shrinkAtPercent < min(use.cpuTargetPercent, use.memoryTargetPercent)
            && max(use.cpuTargetPercent, use.memoryTargetPercent) <= use.growAtPercent
        } ?? true
      return isSized && lives && uses
    }
  }
}

extension Knob {
  /// All figures of a policy that are worth a search, with the bounds within which they make sense. What it says now is
  /// always among the values.
  public static func all(of policy: Policy) -> [Knob] {
    let minutes: [Double] = [1, 2, 3, 5, 10, 15, 20, 30, 45, 60, 120].map { $0 * 60 }
    let percents = stride(from: 30.0, through: 90.0, by: 5).map { $0 }
    var knobs: [Knob] = []
    func add(_ kind: Kind, _ values: [Double]) {
      guard let now = kind.value(in: policy) else { return }
      knobs.append(Knob(kind, values: values + [now]))
    }
    for pool in policy.pools where pool.enabled {
      add(.idleTimeout(pool.name), minutes)
      add(.shrinkCooldown(pool.name), [0, 60] + minutes)
      add(.growCooldown(pool.name), [0, 30, 60, 120, 300, 600])
      add(
        .timeToLive(pool.name),
        [1, 2, 4, 6, 8, 12, 24, 48, 72].map { $0 * 3600 }.filter { longest in
          longest <= pool.timeToLive?.maximum.inSeconds ?? .infinity
        })
      add(.minimum(pool.name), (0...min(pool.maximum, max(10, 2 * pool.minimum))).map(Double.init))
      add(.cpuTarget(pool.name), percents)
      add(.memoryTarget(pool.name), percents)
      add(.growAt(pool.name), percents)
      add(.shrinkAt(pool.name), percents.map { $0 - 10 })
    }
    for trigger in policy.triggers where trigger.kind != .custom {
      add(.triggerHold(trigger.name), [0, 15, 30, 60, 120, 180, 300, 600])
      guard trigger.kind == .pendingPods else { continue }
      add(.triggerThreshold(trigger.name), [1, 2, 3, 5, 8, 12, 20])
    }
    guard policy.consolidation.enabled else { return knobs }
    add(.consolidationUtilisation, percents)
    add(.consolidationUnneeded, minutes)
    add(.consolidationSaving, [1, 2, 5, 10, 15, 20, 30])
    return knobs
  }
}
