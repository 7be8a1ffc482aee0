import Model

extension ConfigurationDecoder {
  /// Utilisation that pressure comes down to in pools that do not say so themselves, in percent.
  private static let standardCPUTarget = 70.0
  private static let standardMemoryTarget = 75.0

  /// All triggers: those that the pools' scaling brings, and the operator's own.
  mutating func triggers(for pools: [Pool]) -> [Trigger] {
    var triggers: [Trigger] = []
    for pool in pools {
      guard let section = root.entries("worker_pool_definitions").first(where: { $0.name == pool.name.rawValue })
      else { continue }
      let forecast = forecast(of: pool.name.rawValue)
      triggers += standardTriggers(for: pool, section.section).map { trigger in
        var trigger = trigger
        if trigger.kind == .cpuPressure || trigger.kind == .memoryPressure { trigger.forecast = forecast }
        return trigger
      }
    }
    return triggers + customTriggers(besides: Set(triggers.map(\.name.rawValue)))
  }

  private mutating func standardTriggers(for pool: Pool, _ section: Section) -> [Trigger] {
    let hold = overrides(of: pool.name.rawValue).optionalDuration("hold_seconds")
    switch scaling(of: pool.name.rawValue, pool.kind) {
    case .utilisation: return utilisationTriggers(for: pool, hold: hold ?? .seconds(120))
    case .pendingPods: return provisioningTriggers(for: pool, section)
    case .cost: return [trigger(.pendingPods, for: pool, threshold: 1, hold: hold ?? .seconds(60))]
    case .manual: return []
    }
  }

  private mutating func trigger(
    _ kind: Trigger.Kind, for pool: Pool, threshold: Double, hold: Duration
  ) -> Trigger {
    let expressions = root.section("poolkeeper").section("expressions")
    let name = TriggerName("\(pool.name)/\(kind.rawValue)")
    triggerPointers[name] = expressions.at(kind.rawValue)
    return Trigger(
      name: name, pool: pool.name, kind: kind, expression: expressions.text(kind.rawValue), threshold: threshold,
      hold: hold)
  }

  private mutating func utilisationTriggers(for pool: Pool, hold: Duration) -> [Trigger] {
    guard let utilisation = pool.utilisation else { return [] }
    var cpu = trigger(.cpuPressure, for: pool, threshold: utilisation.growAtPercent, hold: hold)
    cpu.targetPercent = utilisation.cpuTargetPercent
    var memory = trigger(.memoryPressure, for: pool, threshold: utilisation.growAtPercent, hold: hold)
    memory.targetPercent = utilisation.memoryTargetPercent
    return [cpu, memory]
  }

  private mutating func provisioningTriggers(for pool: Pool, _ section: Section) -> [Trigger] {
    let described = section.section("provisioning_triggers")
    var triggers: [Trigger] = []
    let pending = described.section("pending_pods")
    if pending.isPresent || !described.isPresent, pending.boolean("enabled") {
      triggers.append(
        trigger(
          .pendingPods, for: pool, threshold: pending.number("threshold_count"),
          hold: pending.duration("threshold_duration_seconds")))
    }
    let pressures: [(Trigger.Kind, target: Double)] = [
      (.cpuPressure, ConfigurationDecoder.standardCPUTarget),
      (.memoryPressure, ConfigurationDecoder.standardMemoryTarget),
    ]
    for (kind, target) in pressures {
      let pressure = described.section(kind.rawValue)
      guard pressure.isPresent, pressure.boolean("enabled") else { continue }
      let threshold = pressure.number("threshold_percent")
      var trigger = trigger(kind, for: pool, threshold: threshold, hold: pressure.duration("duration_seconds"))
      trigger.targetPercent = min(target, threshold)
      triggers.append(trigger)
    }
    return triggers
  }

  private mutating func customTriggers(besides taken: Set<String>) -> [Trigger] {
    var taken = taken
    var triggers: [Trigger] = []
    for section in root.section("poolkeeper").sections("triggers") {
      guard let name = section.optionalText("name"), let pool = section.optionalText("pool"),
        let expression = section.optionalText("expression"), let threshold = section.optionalNumber("threshold")
      else { continue }
      if !taken.insert(name).inserted {
        problems.add(
          .error, "duplicate_trigger", at: section.at("name"), "There is another trigger \(JSONText.shown(name)).",
          "Give each trigger a name of its own; POOL/pending_pods and the like are the standard ones.")
      }
      checkReference(pool, to: "pool", among: poolNames, at: section.at("pool"))
      var trigger = Trigger(
        name: TriggerName(name), pool: PoolName(pool), kind: .custom, expression: expression, threshold: threshold,
        hold: section.duration("hold_seconds"))
      trigger.comparison = section.choice("comparison") ?? .atLeast
      trigger.fold = section.choice("fold")
      trigger.workers = section.integer("workers")
      trigger.perWorker = section.optionalNumber("per_worker")
      trigger.template = template(named: "template", in: section)
      if trigger.perWorker != nil, section.has("workers") {
        problems.add(
          .warning, "no_effect", at: section.at("workers"), "With per_worker the number of workers is not looked at.",
          "Remove workers or per_worker.")
      }
      triggerPointers[trigger.name] = section.at("expression")
      triggers.append(trigger)
    }
    return triggers
  }
}
