import Model

/// Brings each trigger's state up to the snapshot's readings.
enum TriggerRule {
  @Sendable static func apply(_ draft: inout Draft) {
    let situation = draft.situation
    var states: [TriggerName: TriggerState] = [:]
    for trigger in situation.triggers {
      states[trigger.name] = TriggerMachine.step(
        situation.snapshot.memory.triggers[trigger.name], trigger: trigger,
        reading: situation.snapshot.readings[trigger.name], now: situation.now, pace: situation.policy.pace)
    }
    draft.memory.triggers = states
    ForecastRule.apply(&draft)
  }

  static func report(_ trigger: Trigger, _ state: TriggerState, _ draft: Draft) -> TriggerReport {
    var report = TriggerReport(
      trigger: trigger.name, pool: trigger.pool, state: state, threshold: trigger.threshold,
      reason: reason(trigger, state, draft.situation))
    report.forecast = ForecastRule.reason(trigger, draft)
    return report
  }

  private static func reason(_ trigger: Trigger, _ state: TriggerState, _ situation: Situation) -> Reason {
    let condition = "\(trigger.comparison.rawValue) \(trigger.measured(trigger.threshold))"
    var data = ["threshold": Phrase.number(trigger.threshold), "hold": trigger.hold.text]
    if let last = state.lastReading { data["value"] = Phrase.number(last.value) }
    if state.isUncertain {
      let why = TriggerMachine.valid(
        situation.snapshot.readings[trigger.name], now: situation.now, pace: situation.policy.pace
      ).missingText
      let clause = why.hasSuffix(".") ? String(why.dropLast()) : why
      let kept = state.phase == .unknown ? "" : " It stays \(state.phase.rawValue) until two intervals have passed."
      return Reason(
        .triggerUnknown,
        "Trigger \(trigger.name) has no reading: \(clause). Nothing grows or shrinks because of it.\(kept)",
        remedy: "Check that Prometheus sends the series that \"\(trigger.expression)\" needs.", data: data)
    }
    let value = trigger.measured(state.lastReading?.value ?? .nan)
    switch state.phase {
    case .firing:
      return Reason(
        .triggerFiring,
        "Trigger \(trigger.name) fires since \(state.since.clockText): \(value) has been \(condition) for \(trigger.hold.text).",
        data: data)
    case .pending:
      let left = trigger.hold - (situation.now - (state.trueSince ?? situation.now))
      return Reason(
        .triggerPending,
        "Trigger \(trigger.name) is true since \((state.trueSince ?? state.since).clockText): \(value) is \(condition); "
          + "it fires in \(max(.zero, left).text) if that holds.", data: data)
    default:
      return Reason(
        .triggerInactive, "Trigger \(trigger.name) does not fire: \(value) is not \(condition).",
        remedy: "It would fire after \(trigger.hold.text) of \(condition).", data: data)
    }
  }
}

extension Trigger {
  /// A value of its expression in a sentence: `1 pod`, `82.5 %`.
  func measured(_ value: Double) -> String {
    let number = Phrase.number(value)
    return switch kind {
    case .pendingPods: value == 1 ? "1 pod" : "\(number) pods"
    case .cpuPressure, .memoryPressure: "\(number) %"
    case .custom: number
    }
  }
}

extension Result where Success == Reading, Failure == MissingReading {
  fileprivate var missingText: String {
    if case .failure(let missing) = self { missing.text } else { "its reading was missing until now" }
  }
}
